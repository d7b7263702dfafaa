# SPDX-License-Identifier: Apache-2.0
"""Requests and decisions: what is asked, how it is decided, and what comes back."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any, Protocol

import msgspec

from bavn.journal.fact import Draft, Fact
from bavn.journal.store import RefKey
from bavn.journal.table import Row, Value
from bavn.journal.trust.standing import Teller
from bavn.journal.views import View
from bavn.kernel.audience import Audience
from bavn.kernel.identity import REAL, FactId, NodeId, OrganisationId, Subject, World
from bavn.kernel.mandate import Actor
from bavn.kernel.refusal import BadInput, Problem, Refused

# Ids of control-room systems are a line at most; they are kept in every fact.
SENDER_CHARACTERS_LIMIT = 64
REF_CHARACTERS_LIMIT = 128
# One sentence has few consequences; an import is many requests.
FACTS_PER_REQUEST_LIMIT = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A fact, the audiences that it was told to, and whether it still counts."""

    fact: Fact
    audiences: tuple[Audience, ...]
    struck: bool


class Reading(Protocol):
    """What a decision may look at.

    The rows of its own node, as they are at this moment in the transaction.
    """

    def row(self, view: View, subject: str, *key: Value) -> Row | None:
        """The owner's row about a subject in a view of scope own or nation."""

    def rows(self, view: View, where: Mapping[str, Value]) -> list[Row]:
        """The rows with these values, of every owner."""

    def told(self, fact_id: FactId) -> Told | None:
        """A fact and to whom it was told."""

    def about(self, subject: Subject) -> list[Fact]:
        """All that the owner has told about a subject, each fact once, the struck ones too."""

    def evidence(self, evidence_id: str) -> Row | None:
        """A piece of evidence that this node has noticed."""

    def heads(self, nodes: Collection[NodeId]) -> dict[str, int]:
        """How far this node has heard each channel of these nodes, by the channel's text."""

    def to_hand(self, subject: Subject, organisation: OrganisationId) -> list[str]:
        """What a stand-in would need of a subject that is open, and has not been told."""

    def teller(self) -> Teller:
        """What this node knows about trust, and its own place in it."""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision is told beside state and request.

    Who asks, on what ground, when and in which zone's days, and ids to give away. In which world:
    the real one is the strictest, so that who forgets to say gets that.
    """

    owner: OrganisationId
    actor: Actor
    basis: str
    now: datetime
    new_id: Callable[[], str]
    world: World = REAL
    zone: tzinfo = UTC

    @property
    def today(self) -> date:
        """The day on the wall of who decides: a signature at half past midnight has the new one."""
        return self.now.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """How one sort of request is decided.

    `load` reads the state that matters, inside the transaction; `decide` is pure. An `alarm`
    decision may make facts of alarm kinds only, and is what the alarm path is made of: it is
    flagged at most, and uses the reserved space. One that `erases` may tell that keys were
    destroyed; they are, once its facts are on disk.
    """

    act: str
    request: type[msgspec.Struct]
    load: Callable[[Reading, Any, OrganisationId], Any]
    decide: Callable[[Any, Any, Context], Sequence[Draft] | Refused]
    alarm: bool = False
    erases: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Something asked of an owner.

    `sender` and `ref` are the sender's own number of it, and make a repeat harmless. A sort of
    content names in `FOUND_HERE` the fields that the sender does not send, such as who works at an
    incident by now: a repeat that finds them otherwise is a repeat.
    """

    owner: OrganisationId
    actor: Actor
    content: msgspec.Struct
    sender: str | None = None
    ref: str | None = None

    @property
    def numbered(self) -> RefKey | None:
        """Whom it is for, who sent it and its number there; None when the sender gave none."""
        if self.sender is None or self.ref is None:
            return None
        return (self.owner, self.sender, self.ref)

    def __post_init__(self) -> None:
        """A number needs a sender and a sender needs a number, within their limits."""
        problems = [
            Problem(where=where, says=f"must have 1 to {limit} characters")
            for where, text, limit in (
                ("sender", self.sender, SENDER_CHARACTERS_LIMIT),
                ("ref", self.ref, REF_CHARACTERS_LIMIT),
            )
            if text is not None and not 1 <= len(text) <= limit
        ]
        if (self.sender is None) != (self.ref is None):
            problems.append(Problem(where="ref", says="sender and ref go together"))
        if problems:
            raise BadInput(*problems)


class Done(msgspec.Struct, frozen=True, gc=False):
    """The request was carried out and is on disk. `repeated` tells that it had been before."""

    facts: tuple[FactId, ...]
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """Our own bug stopped this one request.

    Nothing of it was written, and those beside it were not touched.
    """

    error: Exception


Outcome = Done | Refused | Failed
