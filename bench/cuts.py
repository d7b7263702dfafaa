# SPDX-License-Identifier: Apache-2.0
"""From a link's return until the picture is whole at both ends, over three tiers and real servers.

Both ends tell as in a storm, before, while and after. Whole is when each end has on record all that
the other told until the link was back. Beside it, on the same leaf links and in the same run: the
first bare message of the same client that is heard again at both ends.
"""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from bavn.journal.decision import Request
from bavn.journal.roster import Grant, Peer, Roster, roster_of
from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.kernel.mandate import Actor
from bavn.runtime.peers.line import Unreachable
from bavn.runtime.peers.nats_line import NatsLine
from bavn.runtime.peers.nats_server import NatsServer
from bavn.runtime.peers.nkeys import read_nkey
from bavn.runtime.peers.switch import Switch
from bench.measure import folder
from bench.tiers import (
    CENTRE,
    HERE,
    LOCAL,
    NATION,
    TIERS,
    Ports,
    Running,
    free_ports,
    key_of,
    line_of,
    servers,
    until,
    url_of,
)
from bench.vocabulary import SERVICE, report

AGENCY = OrganisationId("agency")
# At each end. The storm day of the demonstration makes some three facts a second in all.
FACTS_S = 5
TIMES = 3
SHORT_S, LONG_S, LONGEST_S = 10, 120, 1_200
GOAL_S = 5
# What was told less than this ago may still be on its way where nothing is cut.
UNDER_WAY_S = 0.5
BARE_EACH_S, BARE_WORLD = 0.05, World("bare")
GIVEN_UP_S = 120


class Course(NamedTuple):
    """From the return of the link, in seconds."""

    bare_s: float
    whole_s: float
    facts: int


class End:
    """One end: what it tells, and what it hears of the other."""

    def __init__(self, place: Path, node: NodeId, owner: OrganisationId, ports: Ports) -> None:
        self.node = node
        self.owner = owner
        self.running = Running(place, node, [line_of(place, node, ports)], _roster())
        self.told_s: list[float] = []
        # When the last bare message that came from the other end was sent.
        self.bare_s = 0.0
        self.tells_bare = True
        self.bare = NatsLine(node, BARE_WORLD, url_of(ports), read_nkey(place / f"{node}.nk"))

    async def tell_for_ever(self, to: NodeId) -> None:
        """Tell facts at their pace, and bare messages at theirs."""
        actor = Actor(organisation=self.owner, function="duty_officer")
        at_s, due_s = time.monotonic(), time.monotonic()
        while True:
            if time.monotonic() >= due_s:
                due_s += 1 / FACTS_S
                content = report(len(self.told_s)).content
                incident = f"{self.node}-{len(self.told_s)}"
                content = msgspec.structs.replace(content, incident=incident)
                await self.running.tell(Request(owner=self.owner, actor=actor, content=content))
                self.told_s.append(time.monotonic())
            if self.tells_bare:
                with suppress(Unreachable):
                    await self.bare.tell(to, str(time.monotonic()).encode())
            at_s = max(at_s + BARE_EACH_S, time.monotonic() - 1)
            await asyncio.sleep(max(0.0, at_s - time.monotonic()))

    async def hears(self, letter: bytes) -> bytes | None:
        """A bare message came."""
        self.bare_s = float(letter)
        return None

    def told_until(self, at_s: float) -> int:
        """How many facts this end had told by then."""
        return sum(each <= at_s for each in self.told_s)


class Federation:
    """Three nodes with their servers; the lowest one's link goes through a switch."""

    def __init__(self, place: Path, ports: dict[NodeId, Ports], running: dict[NodeId, NatsServer]):
        self.place, self.ports, self.servers = place, ports, running
        self.switch = Switch((HERE, ports[CENTRE].leaf))
        self.low = End(place, LOCAL, SERVICE, ports[LOCAL])
        self.high = End(place, NATION, AGENCY, ports[NATION])
        self.middle = self._middle()

    @property
    def ends(self) -> tuple[End, End]:
        """Both that tell."""
        return self.low, self.high

    def _middle(self) -> Running:
        return Running(
            self.place, CENTRE, [line_of(self.place, CENTRE, self.ports[CENTRE])], _roster()
        )

    async def end_middle(self) -> None:
        """End the node in the middle, and its server as a power cut does."""
        await self.servers[CENTRE].kill()
        await self.middle.close()

    async def start_middle(self) -> None:
        """Start both anew, with what they have on disk."""
        await self.servers[CENTRE].start()
        self.middle = self._middle()
        await self.middle.exchange.open()

    def has_all_until(self, at_s: float) -> bool:
        """True when each end has what the other had told by then."""
        low, high = self.low, self.high
        return high.running.holds(LOCAL) >= low.told_until(at_s) and low.running.holds(
            NATION
        ) >= high.told_until(at_s)

    def bare_since(self, at_s: float) -> bool:
        """True when bare messages that were sent after then have come to both ends."""
        return min(self.low.bare_s, self.high.bare_s) > at_s


def main(*, is_long: bool = False) -> None:
    """Print how long it took, beside bare messages."""
    print(f"\nlink's return → whole at both ends; {FACTS_S} facts/s told at each end meanwhile")
    with folder() as place:
        asyncio.run(_measured(place, is_long=is_long))


async def _measured(place: Path, *, is_long: bool) -> None:
    async with federation(place) as net:
        for _ in range(TIMES):
            # Once by once, so that what is slow on a busy machine falls on all of them.
            for name, course in (
                ("cut 10 s", cut(net, SHORT_S)),
                ("half-open, found out by itself", _stranded(net)),
                ("held up 10 s without a word", _frozen(net, SHORT_S)),
                ("the middle away 10 s, node and server", _restarted(net, SHORT_S)),
            ):
                _COURSES.setdefault(name, []).append(await course)
                await quiet(net)
        for seconds in (LONG_S, LONGEST_S) if is_long else (LONG_S,):
            _COURSES[f"cut {seconds // 60} min"] = [await cut(net, seconds)]
            await quiet(net)
    for name, courses in _COURSES.items():
        _print(name, courses)
    print(f"  aim: whole within {GOAL_S} s")


_COURSES: dict[str, list[Course]] = {}


def _print(name: str, courses: list[Course]) -> None:
    whole = [each.whole_s for each in courses]
    bare = [each.bare_s for each in courses]
    ratio = statistics.median(whole) / statistics.median(bare)
    facts = statistics.median(each.facts for each in courses)
    print(
        f"  {name:<38} whole {statistics.median(whole):>5.2f} s"
        f" ({min(whole):.2f} to {max(whole):.2f}), {facts:,.0f} facts;"
        f" bare message {statistics.median(bare):.2f} s; ratio {ratio:.1f}"
    )


# What is done to the link


async def cut(net: Federation, seconds: float) -> Course:
    """Cut the link for so long, both ends told."""
    cut_s = time.monotonic()
    await net.switch.cut()
    await asyncio.sleep(seconds)
    return await from_return(net, cut_s, net.switch.let_pass)


async def _frozen(net: Federation, seconds: float) -> Course:
    cut_s = time.monotonic()
    await net.switch.freeze()
    await asyncio.sleep(seconds)
    return await from_return(net, cut_s, net.switch.let_pass)


async def _restarted(net: Federation, seconds: float) -> Course:
    cut_s = time.monotonic()
    await net.end_middle()
    await asyncio.sleep(seconds)
    return await from_return(net, cut_s, net.start_middle)


async def _stranded(net: Federation) -> Course:
    """Nobody mends anything: from the moment of its death, found out and made anew."""
    dead_s = time.monotonic()
    net.switch.strand()

    def is_whole() -> bool:
        now_s = time.monotonic()
        # Something was told since, and all but what may be under way is there.
        return now_s > dead_s + 2 * UNDER_WAY_S and net.has_all_until(now_s - UNDER_WAY_S)

    bare = asyncio.create_task(_at(lambda: net.bare_since(dead_s + UNDER_WAY_S)))
    whole_s = await _at(is_whole)
    return Course(await bare - dead_s, whole_s - dead_s, _told(net, dead_s, whole_s))


async def from_return(
    net: Federation, cut_s: float, returns: Callable[[], Awaitable[None]]
) -> Course:
    """What came of a return; bare messages are waited for only where they are told."""
    back_s = time.monotonic()
    whole = asyncio.create_task(_at(lambda: net.has_all_until(back_s)))
    bare = asyncio.create_task(_at(lambda: net.bare_since(back_s) or not net.low.tells_bare))
    await returns()
    whole_s, first_s = await whole, await bare
    return Course(first_s - back_s, whole_s - back_s, _told(net, cut_s, back_s))


async def _at(holds: Callable[[], bool]) -> float:
    await until(holds, GIVEN_UP_S, 0.01)
    return time.monotonic()


def _told(net: Federation, from_s: float, to_s: float) -> int:
    return sum(each.told_until(to_s) - each.told_until(from_s) for each in net.ends)


async def quiet(net: Federation) -> None:
    """Until all is as if nothing had been: nobody's patience is longer than at first."""
    await until(lambda: net.has_all_until(time.monotonic() - UNDER_WAY_S), GIVEN_UP_S)
    await asyncio.sleep(6)


# The federation


def _roster() -> Roster:
    parents = {CENTRE: NATION, LOCAL: CENTRE}
    peers = [
        Peer(node=each, key=key_of(each).verify_key.encode(), parent=parents.get(each))
        for each in TIERS
    ]
    grants = [Grant(owner=SERVICE, node=LOCAL, epoch=1), Grant(owner=AGENCY, node=NATION, epoch=1)]
    return roster_of(peers, grants)


@asynccontextmanager
async def federation(place: Path) -> AsyncIterator[Federation]:
    """Three tiers that tell and hear, from here to the end of the block."""
    ports = free_ports()
    found = Switch((HERE, ports[CENTRE].leaf))
    await found.start()
    async with servers(place, ports, {LOCAL: found.port}) as running:
        net = Federation(place, ports, running)
        net.switch = found
        ends = net.ends
        for each in (net.low.running, net.middle, net.high.running):
            await each.exchange.open()
        for end in ends:
            await end.bare.open(end.hears)
        others = {LOCAL: NATION, NATION: LOCAL}
        telling = [asyncio.create_task(end.tell_for_ever(others[end.node])) for end in ends]
        try:
            await quiet(net)
            yield net
        finally:
            for task in telling:
                task.cancel()
            await asyncio.gather(*telling, return_exceptions=True)
            for end in ends:
                await end.bare.close()
                await end.running.close()
            await net.middle.close()
            await found.stop()
