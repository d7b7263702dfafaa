# SPDX-License-Identifier: Apache-2.0
"""What comes in and goes out over the programming interface."""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from bavn.capabilities.operations.model.incident import ClosedAs, OwnerBy
from bavn.capabilities.operations.model.unit import UnitStatus
from bavn.capabilities.operations.views.incidents import Incident, Place
from bavn.capabilities.operations.views.story import Line
from bavn.capabilities.operations.views.units import Unit
from bavn.journal.decision import REF_CHARACTERS_LIMIT
from bavn.kernel.identity import OrganisationId

Ref = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=REF_CHARACTERS_LIMIT,
        description="The sender's own number of this request; a repeat is recognised by it.",
    ),
]
Number = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=64,
        description="What the sender's system calls the incident, or called it before.",
    ),
]
Code = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}-[A-Z]{3}$")]
Municipality = Annotated[str, msgspec.Meta(pattern="^[0-9]{4}$", examples=["0851"])]
Urgency = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z_]{0,31}$", examples=["immediate"])]
Said = Annotated[str, msgspec.Meta(min_length=1)]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sent: a field that nobody knows is refused, never dropped."""


class ReportBody(Body, frozen=True, kw_only=True):
    """An alarm. Everything in it may be left out, and what cannot be read is taken as left out."""

    type: Code | None = None
    place: Place | None = None
    sender_ref: Ref | None = None
    service: str | None = None
    municipality: Municipality | None = None
    urgency: Urgency | None = None
    address: str | None = None
    callback: str | None = None
    text: str | None = None
    occurred_at: datetime | None = None
    number: Number | None = None
    was: Number | None = None


class CorrectBody(Body, frozen=True, kw_only=True):
    """What is to stand instead; what is left out still holds."""

    type: Code | None = None
    place: Place | None = None
    municipality: Municipality | None = None
    urgency: Urgency | None = None
    address: Said | None = None
    callback: Said | None = None
    text: Said | None = None
    sender_ref: Ref | None = None


class NoteBody(Body, frozen=True, kw_only=True):
    """A note, for the service alone."""

    text: str
    sender_ref: Ref | None = None


class StrikeBody(Body, frozen=True, kw_only=True):
    """A fact that is not to count, and why."""

    fact: str
    reason: Said
    sender_ref: Ref | None = None


class CloseBody(Body, frozen=True, kw_only=True):
    """What the incident turned out to be; where nobody knows yet, it is asked for afterwards."""

    outcome: ClosedAs | None = None
    sender_ref: Ref | None = None


class StatusBody(Body, frozen=True, kw_only=True):
    """Where a unit stands."""

    status: UnitStatus
    incident: str | None = None
    sender_ref: Ref | None = None
    at: datetime | None = None


class PositionsBody(Body, frozen=True, kw_only=True):
    """Where units are: each item is {unit, lat, lon, at}."""

    items: list[Any]


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """Something that could not be taken, and where it stood."""

    where: str
    says: str


class ReportedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A report that was taken: its id and whose it is. `problems` is what could not be read.

    `merged_into` is the incident that leads, where a repeat's has become part of another.
    """

    id: str
    service: OrganisationId
    area: str
    owner_by: OwnerBy
    repeated: bool
    merged_into: str | None = None
    problems: tuple[Wrong, ...] = ()


class DoneAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What was done: the facts that it became, and what the incident is part of."""

    id: str
    facts: tuple[str, ...]
    repeated: bool
    merged_into: str | None = None


class StatusAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A unit's word that was taken. `flags` is what is odd about it."""

    unit: str
    service: OrganisationId
    status: UnitStatus
    flags: tuple[str, ...]
    repeated: bool
    problems: tuple[Wrong, ...] = ()


class PositionsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How many positions were taken, and what is wrong with the others.

    `outranked` were kept out, since a source above has just said where the unit is.
    """

    taken: int
    outranked: int = 0
    problems: tuple[Wrong, ...] = ()


class IncidentList(msgspec.Struct, frozen=True, kw_only=True):
    """Incidents, the newest first, and where the list goes on."""

    items: list[Incident]
    next: str | None


class FactList(msgspec.Struct, frozen=True, kw_only=True):
    """Facts, the oldest first, and where the list goes on."""

    items: list[Line]
    next: str | None


class UnitList(msgspec.Struct, frozen=True, kw_only=True):
    """Units by id, and where the list goes on."""

    items: list[Unit]
    next: str | None
