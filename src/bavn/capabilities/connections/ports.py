# SPDX-License-Identifier: Apache-2.0
"""Whom connections asks: `node` connects it with what the runtime sees of other nodes."""

from datetime import datetime
from typing import Protocol, TypeAlias

import msgspec

from bavn.capabilities.connections.model.nodes import ConnectionsNow, State
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.frame.given import CallGiven, DeskGiven, Given
from bavn.journal.conflicts import Conflict
from bavn.kernel.identity import NodeId, OrganisationId, Subject

__all__ = (
    "CallGiven",
    "Connections",
    "ConnectionsGiven",
    "ConnectionsNow",
    "DeskGiven",
    "HostNow",
    "OwnerNow",
    "SaidOf",
    "TakeOvers",
    "TakeOversGiven",
)


class Connections(Protocol):
    """Who sees the other nodes."""

    def now(self, call: Call) -> ConnectionsNow:
        """All that is known of the connections of this node; names in the country's own words."""

    def instant(self, call: Call, at: datetime) -> str:
        """An instant in the country's time, with its day and year: it may be read on paper."""


# How handlers are given it: by the runtime, under the name `connections`.
ConnectionsGiven: TypeAlias = Given[Connections]


class HostNow(msgspec.Struct, frozen=True, kw_only=True):
    """A node that goes on for an organisation, claims to, or may: and how it is heard now."""

    node: NodeId
    name: str
    state: State
    heard_at: datetime | None = None
    behind_count: int = 0

    @property
    def is_heard(self) -> bool:
        """True for this node itself, and for one that is heard now, directly or by others."""
        return self.state in {"here", "heard", "relayed"}


class OwnerNow(msgspec.Struct, frozen=True, kw_only=True):
    """Who goes on for an organisation, who may, and what this node may do about it.

    `host` is None when nobody does, or several claim to. `before` are the nodes that had it
    earlier. `is_home` where the host is the one that had it first. `waiting_keys` counts the
    incidents whose texts a stand-in cannot read yet, because its node has offered nothing to seal
    their keys for.
    """

    id: OrganisationId
    name: str
    epoch: int
    host: HostNow | None
    claims: tuple[HostNow, ...]
    stand_ins: tuple[HostNow, ...]
    before: tuple[HostNow, ...]
    may_take_over: bool
    may_settle_claim: bool
    may_name: bool
    is_home: bool = True
    waiting_keys: int = 0

    @property
    def is_here(self) -> bool:
        """True when this node goes on for it."""
        return self.host is not None and self.host.state == "here"

    @property
    def is_taken_over(self) -> bool:
        """True where this node goes on for what another had first: it waits to be handed back."""
        return self.is_here and not self.is_home and bool(self.before)

    @property
    def wants_a_person(self) -> bool:
        """True where somebody may have to act: no host, none that is heard, or one to hand back."""
        return self.host is None or not self.host.is_heard or self.is_taken_over


class SaidOf(msgspec.Struct, frozen=True, kw_only=True):
    """A fact in the caller's words; `texts` are those that he may read, by what they are."""

    says: str
    by: str
    texts: tuple[tuple[str, str], ...] = ()


class TakeOvers(Protocol):
    """Who knows which node goes on for whom, and what several have told of one thing."""

    def owners(self, call: Call) -> list[OwnerNow]:
        """Every organisation that a node hosts or claims."""

    def conflicts(self, call: Call) -> list[Conflict]:
        """What was told by several, neither knowing of the other, as far as the caller may read."""

    async def said(
        self, call: Call, desk: Desk, owner: OrganisationId, subject: Subject
    ) -> dict[str, SaidOf]:
        """The facts about a subject in the caller's words, by their ids."""

    def about(self, call: Call, subject: Subject) -> str:
        """What a subject is called, as far as it is known here."""

    def nodes(self, call: Call) -> list[HostNow]:
        """All nodes."""

    def here(self, call: Call) -> str:
        """What this node is called."""

    def seat(self, call: Call) -> OrganisationId:
        """The organisation by which this node speaks: the caller's own where it is hosted here."""

    def organisation(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""

    def node(self, call: Call, node: str) -> str:
        """What a node is called."""

    def function(self, call: Call, function: str) -> str:
        """What a function is called."""

    def instant(self, call: Call, at: datetime) -> str:
        """An instant in the country's time, in the caller's language."""

    def local(self, typed: str) -> datetime | None:
        """The instant that somebody typed in the country's time; None when it is none."""


TakeOversGiven: TypeAlias = Given[TakeOvers]
