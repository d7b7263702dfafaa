# SPDX-License-Identifier: Apache-2.0
"""What a node can truly say of all the others: heard when, by which way, and how far behind."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from bavn.journal.kept import WAITING
from bavn.journal.record import Record
from bavn.journal.store import Store
from bavn.kernel.identity import NodeId, OrganisationId
from bavn.runtime import clock
from bavn.runtime.peers.exchange import Exchange
from bavn.runtime.peers.known import SILENT_S
from bavn.runtime.program import VERSION

# What others tell of third nodes comes with each fifth beat, over several tiers.
RELAYED_SILENT_S = 15.0

State = Literal["here", "heard", "relayed", "silent", "never"]


class NodeSeen(msgspec.Struct, frozen=True, kw_only=True):
    """One node, as this one sees it now.

    `behind` is how many entries of it are known to exist and are not here; `unheard` how many of
    ours it lacks, where it has said what it has.
    """

    node: NodeId
    state: State
    hosts: tuple[OrganisationId, ...]
    parent: NodeId | None
    heard_ago_s: float | None
    way: str
    by: NodeId | None
    behind: int
    behind_s: float | None
    unheard: int | None
    waiting: int
    stopped: tuple[str, ...]
    skew_ms: int | None
    version: str
    incarnation: int


class LineSeen(msgspec.Struct, frozen=True, kw_only=True):
    """One line to other nodes."""

    name: str
    is_up: bool


class Overview:
    """All nodes of the roster, seen from here."""

    def __init__(self, record: Record, exchange: Exchange, reading: Store) -> None:
        self._record = record
        self._reading = reading
        self._exchange = exchange
        # Since when entries of a node were known to be missing here.
        self._behind_since_s: dict[NodeId, float] = {}

    def lines(self) -> list[LineSeen]:
        """The lines, in the order in which they are tried."""
        return [LineSeen(name=each.name, is_up=each.is_up) for each in self._exchange.post.lines]

    def nodes(self) -> list[NodeSeen]:
        """This node first, then all others by name."""
        here = self._record.identity.node
        behind = self._behind()
        waiting = self._waiting()
        names = sorted(self._record.roster.peers, key=lambda node: (node != here, node))
        return [self._seen(node, behind, waiting) for node in names]

    def silent_owners(self) -> dict[OrganisationId, float | None]:
        """The organisations whose nodes are not heard, and for how many seconds they were not."""
        return {
            owner: seen.heard_ago_s
            for seen in self.nodes()
            if seen.state in {"silent", "never"}
            for owner in seen.hosts
        }

    def _seen(
        self, node: NodeId, behind: Mapping[NodeId, int], waiting: Mapping[NodeId, int]
    ) -> NodeSeen:
        others, roster = self._exchange.others, self._record.roster
        known, told = others.get(node), others.seen(node)
        is_here = node == self._record.identity.node
        state = "here" if is_here else self._state(node)
        direct = state in {"heard", "silent"} and known is not None and known.heard_s is not None
        return NodeSeen(
            node=node,
            state=state,
            hosts=roster.hosted_by(node),
            parent=roster.parent_of(node),
            heard_ago_s=0.0 if is_here else others.heard_ago_s(node),
            way=known.way if known is not None else "",
            by=None if direct or told is None else told.by,
            behind=behind.get(node, 0),
            behind_s=self._behind_s(node, behind),
            unheard=None if is_here else others.unheard(node),
            waiting=waiting.get(node, 0),
            stopped=self._stopped(node),
            skew_ms=known.skew_ms if known is not None and direct else None,
            version=VERSION if is_here else self._version(node),
            incarnation=self._incarnation(node),
        )

    def _state(self, node: NodeId) -> State:
        known = self._exchange.others.get(node)
        if known is not None and not known.is_silent(clock.seconds()):
            return "heard"
        ago_s = self._exchange.others.heard_ago_s(node)
        if ago_s is None:
            return "never"
        # Whoever was heard by its own letters once may be heard through others alone since. That
        # they heard it as it fell silent for us is no sign of life.
        is_relayed = self._exchange.others.is_told_later(node, SILENT_S)
        return "relayed" if is_relayed and ago_s <= RELAYED_SILENT_S + SILENT_S else "silent"

    def _version(self, node: NodeId) -> str:
        known, told = self._exchange.others.get(node), self._exchange.others.seen(node)
        if known is not None and known.version:
            return known.version
        return "" if told is None else told.version

    def _incarnation(self, node: NodeId) -> int:
        if node == self._record.identity.node:
            return self._record.incarnation
        numbers = [each.incarnation for each in list(self._record.channels) if each.node == node]
        return max(numbers, default=0)

    def _behind(self) -> dict[NodeId, int]:
        """Entries of each node that somebody says to have, and that are not here."""
        announced: dict[str, int] = {}
        for known in self._exchange.others:
            for name, number in known.theirs.items():
                announced[name] = max(number, announced.get(name, 0))
        behind: dict[NodeId, int] = {}
        for name, number in self._exchange.home.lacks(announced).items():
            node = NodeId(name.partition("/")[0])
            behind[node] = behind.get(node, 0) + announced[name] - number
        return behind

    def _behind_s(self, node: NodeId, behind: Mapping[NodeId, int]) -> float | None:
        if not behind.get(node):
            self._behind_since_s.pop(node, None)
            return None
        now_s = clock.seconds()
        return now_s - self._behind_since_s.setdefault(node, now_s)

    def _waiting(self) -> dict[NodeId, int]:
        """Segments of each node that wait behind a gap."""
        found: dict[NodeId, int] = {}
        for row in self._reading.rows(WAITING, {}):
            name = self._record.names[int(str(row["channel"]))]
            found[name.node] = found.get(name.node, 0) + 1
        return found

    def _stopped(self, node: NodeId) -> tuple[str, ...]:
        channels = list(self._record.channels.values())
        return tuple(
            f"{each.name.text()}: {each.stopped}"
            for each in channels
            if each.stopped and each.name.node == node
        )
