# SPDX-License-Identifier: Apache-2.0
"""The lookout: keeps looking at the other nodes, remembers since when each is silent, and tells."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path

from bavn.kernel.identity import NodeId, OrganisationId
from bavn.runtime import clock
from bavn.runtime.log import log, log_error
from bavn.runtime.peers.overview import LineSeen, NodeSeen, Overview
from bavn.runtime.peers.overview_file import Told, write_told

# Looking costs a sum over all channels for each node, so a look serves everyone for this long.
LOOK_EACH_S = 1.0
# Whoever shows it on a screen hears at each change, and this often that nothing has changed.
TELL_EACH_S = 3.0
# The file is for who cannot ask this process; `bavn doctor` minds one much older than this.
WRITE_EACH_S = 5.0
# Two looks at the same instant of silence differ by the rounding of clocks, not by this.
_SAME_S = 2.0
UNHEARD_STATES = frozenset({"silent", "never"})
# After a start nobody was heard yet: a word of a third node comes with each fifth beat.
WAITS_AFTER_START_S = 10.0
EVENT = "connections"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A node as it was at the last look.

    `is_silent` when it is not heard and should have been; `is_catching_up` from when it is heard
    again until all that it had is here.
    """

    seen: NodeSeen
    heard_at: datetime | None
    is_silent: bool
    is_catching_up: bool


@dataclass(frozen=True, slots=True)
class Look:
    """All nodes and lines at one instant. `mark` differs when what is not known differs."""

    at: datetime
    at_s: float
    sightings: tuple[Sighting, ...]
    lines: tuple[LineSeen, ...]
    mark: str

    @property
    def silent_count(self) -> int:
        """How many nodes are not heard."""
        return sum(each.is_silent for each in self.sightings)

    @property
    def silent_owners(self) -> dict[OrganisationId, datetime | None]:
        """The organisations of nodes that are not heard, and when those last were."""
        return {
            owner: each.heard_at
            for each in self.sightings
            if each.is_silent
            for owner in each.seen.hosts
        }


class Lookout:
    """One world's lookout, in the event loop that the world lives in."""

    def __init__(self, overview: Overview, tells: Callable[[str, dict[str, object]], None]) -> None:
        self._overview = overview
        self._tell = tells
        self._look: Look | None = None
        self._heard_at: dict[NodeId, datetime] = {}
        # Nodes that were silent and have not given all that they had since.
        self._returned: set[NodeId] = set()
        self._states: dict[NodeId, str] = {}
        self._looking: asyncio.Task[None] | None = None
        self._began_s = clock.seconds()

    def look(self) -> Look:
        """What is seen now, at most a second old."""
        if self._look is None or clock.seconds() - self._look.at_s >= LOOK_EACH_S:
            self._look = self._looked()
        return self._look

    def open(self, path: Path) -> None:
        """Look by itself from now on: tell who listens, and leave a file for who cannot ask."""
        self._looking = asyncio.create_task(self._look_for_ever(path), name="lookout")

    async def close(self) -> None:
        """End it."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    def _looked(self) -> Look:
        at, at_s = clock.now(), clock.seconds()
        sightings = tuple(self._sighting(each, at) for each in self._overview.nodes())
        told = [
            (each.seen.node, each.is_silent, each.is_catching_up and each.seen.behind)
            for each in sightings
        ]
        mark = blake2b(repr(told).encode(), digest_size=6).hexdigest()
        return Look(at, at_s, sightings, tuple(self._overview.lines()), mark)

    def _sighting(self, seen: NodeSeen, at: datetime) -> Sighting:
        before = self._states.get(seen.node)
        if before != seen.state:
            self._states[seen.node] = seen.state
            self._log(seen, before)
        is_unheard = seen.state in UNHEARD_STATES
        if is_unheard:
            self._returned.add(seen.node)
        elif not seen.behind:
            self._returned.discard(seen.node)
        is_early = clock.seconds() - self._began_s < WAITS_AFTER_START_S
        return Sighting(
            seen,
            self._heard(seen, at),
            is_silent=is_unheard and not (seen.state == "never" and is_early),
            is_catching_up=not is_unheard and seen.node in self._returned,
        )

    def _heard(self, seen: NodeSeen, at: datetime) -> datetime | None:
        """When it was last heard: the same instant for as long as it is silent."""
        if seen.heard_ago_s is None:
            return None
        found = at - timedelta(seconds=seen.heard_ago_s)
        known = self._heard_at.get(seen.node)
        if known is None or abs((found - known).total_seconds()) > _SAME_S:
            known = self._heard_at[seen.node] = found
        return known if seen.state in UNHEARD_STATES else found

    @staticmethod
    def _log(seen: NodeSeen, before: str | None) -> None:
        if seen.state in UNHEARD_STATES and before is not None:
            log("peers.silent", peer=seen.node)
        elif before == "silent":
            log("peers.heard_again", peer=seen.node, behind=seen.behind)

    async def _look_for_ever(self, path: Path) -> None:
        told_s = wrote_s = float("-inf")
        mark = ""
        while True:
            try:
                look = self.look()
                if look.mark != mark or look.at_s - told_s >= TELL_EACH_S:
                    mark, told_s = look.mark, look.at_s
                    self._tell(EVENT, {"silent": look.silent_count, "mark": mark})
                if look.at_s - wrote_s >= WRITE_EACH_S:
                    wrote_s = look.at_s
                    write_told(path, told_of(look))
            except Exception as error:  # noqa: BLE001 - the next look is in a second
                log_error("peers.look_failed", error)
            await asyncio.sleep(LOOK_EACH_S)


def told_of(look: Look) -> Told:
    """What a look says, for a file."""
    return Told(at=look.at, nodes=tuple(each.seen for each in look.sightings), lines=look.lines)
