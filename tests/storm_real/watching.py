# SPDX-License-Identifier: Apache-2.0
"""Watching from outside how nodes come back: when all hear each other, when all is whole."""

import asyncio
import statistics
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from bavn.kernel.identity import NodeId
from tests.lilleland.nodes import NODES
from tests.storm.broken import Broken
from tests.storm_real.ground import Ground
from tests.storm_real.lilleland import HEARINGS, hearers
from tests.storm_real.promises import BOUNDED
from tests.storm_real.words import Seen

# Not what is aimed at (five seconds to hear): what a machine that is busy with other tests keeps.
WHOLE_WITHIN_S = 60.0
EACH_S = 0.1
# A unit's last value goes out twice a second; this old it has not arrived for several beats.
LATEST_MS = 10_000


async def looks(ground: Ground, *, all_: bool = False) -> dict[NodeId, Seen]:
    """What each node has and hears, of those that answer."""
    _raise_broken(ground)
    found = await asyncio.gather(*(each.look(all_=all_) for each in ground.members.values()))
    _raise_broken(ground)
    return {node: seen for node, seen in zip(ground.members, found, strict=True) if seen}


def _raise_broken(ground: Ground) -> None:
    for member in ground.members.values():
        if member.broken is not None:
            raise member.broken


@dataclass(slots=True)
class Times:
    """Seconds from mending, by what was mended: until all hear all, and until all is whole."""

    heard_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    whole_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def table(self) -> str:
        """All of it, in words."""
        lines = [
            f"{'seconds after mending, median and most':<40} {'n':>4} {'hears':>12} {'whole':>12}"
        ]
        for what in sorted(self.heard_s):
            heard, whole = self.heard_s[what], self.whole_s[what]
            lines.append(f"{what:<40} {len(heard):>4} {_both(heard):>12} {_both(whole):>12}")
        return "\n".join(lines)


def _both(times: list[float]) -> str:
    return f"{statistics.median(times):.1f} {max(times):.1f}"


async def until_whole(
    ground: Ground, mended_s: float, what: str, times: Times
) -> tuple[float, float]:
    """Wait until all neighbours have heard each other since, and all have what there was then."""
    heard_s: float | None = None
    # The highest numbers that anybody had when all were first seen.
    target: dict[str, int] | None = None
    while True:
        seen = await looks(ground)
        now_s = time.monotonic()
        if len(seen) == len(NODES):
            target = target or _highest(seen)
            if heard_s is None and not _unheard(seen, mended_s):
                heard_s = now_s
            if heard_s is not None and not _lacking(seen, target):
                found = heard_s - mended_s, now_s - mended_s
                times.heard_s[what].append(found[0])
                times.whole_s[what].append(found[1])
                return found
        if now_s - mended_s > WHOLE_WITHIN_S:
            raise Broken(BOUNDED, f"after {what}: {_why(seen, target, mended_s)}")
        await asyncio.sleep(EACH_S)


def _highest(seen: Mapping[NodeId, Seen]) -> dict[str, int]:
    highest: dict[str, int] = {}
    for each in seen.values():
        for channel, number in each.heads.items():
            highest[channel] = max(number, highest.get(channel, 0))
    return highest


def _unheard(seen: Mapping[NodeId, Seen], since_s: float) -> list[str]:
    """Who has not heard a neighbour since."""
    return [
        f"{who} does not hear {whom}"
        for who, whom in HEARINGS
        if seen[who].heard_s.get(whom, 0.0) < since_s
    ]


def _lacking(seen: Mapping[NodeId, Seen], target: Mapping[str, int]) -> list[str]:
    """Who lacks something of what there was."""
    return [
        f"{node} has {seen[node].heads.get(channel, 0)} of {number} in {channel}"
        for channel, number in target.items()
        for node in hearers(channel)
        if seen[node].heads.get(channel, 0) < number
    ]


def _why(seen: Mapping[NodeId, Seen], target: dict[str, int] | None, mended_s: float) -> str:
    if len(seen) < len(NODES):
        return f"only {sorted(seen)} answer"
    return "; ".join([*_unheard(seen, mended_s), *_lacking(seen, target or {})])


async def until_all_is_well(ground: Ground) -> None:
    """Wait until everyone is answered, and every node says of every other that all is well."""
    until_s = time.monotonic() + WHOLE_WITHIN_S
    while wrong := await _not_well(ground):
        if time.monotonic() > until_s:
            raise Broken(BOUNDED, "; ".join(wrong))
        await asyncio.sleep(EACH_S)


async def _not_well(ground: Ground) -> list[str]:
    wrong = [
        f"{member.node} has not answered {len(member.ledger.waiting)}"
        for member in ground.members.values()
        if member.ledger.waiting
    ]
    seen = await looks(ground, all_=True)
    if len(seen) < len(NODES):
        return [*wrong, f"only {sorted(seen)} answer"]
    wrong += _lacking(seen, _highest(seen))
    for node, each in seen.items():
        wrong += _not_well_seen(node, each)
    return wrong


def _not_well_seen(here: NodeId, seen: Seen) -> list[str]:
    """What a node says of the others that is not as it should be."""
    wrong = []
    for each in seen.nodes:
        is_neighbour = (here, each.node) in HEARINGS
        state = "here" if each.node == here else "heard" if is_neighbour else "relayed"
        if each.state not in {state, "heard"}:
            wrong.append(f"{here} says that {each.node} is {each.state}")
        if each.behind or each.unheard or each.waiting or each.stopped:
            wrong.append(f"{here} says of {each.node}: {each}")
        if is_neighbour and each.unheard is None:
            wrong.append(f"{here} does not know what {each.node} has")
        if seen.latest_ms.get(each.node, LATEST_MS) >= LATEST_MS:
            wrong.append(f"{here} has no late value of {each.node}'s unit")
    return wrong
