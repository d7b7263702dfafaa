# SPDX-License-Identifier: Apache-2.0
"""What comes in and goes out over the programming interface."""

from datetime import datetime
from typing import Annotated

import msgspec

from bavn.capabilities.objects.model.card import (
    CARD_CHARACTERS_LIMIT,
    CELL_CHARACTERS_LIMIT,
    NUMBERS_LIMIT,
    Card,
    Described,
)
from bavn.capabilities.objects.views.cards import AtObject, Why
from bavn.capabilities.objects.views.looking import ObjectHere, Reading
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
Cell = Annotated[str, msgspec.Meta(max_length=CELL_CHARACTERS_LIMIT)]
Part = Annotated[str, msgspec.Meta(max_length=CARD_CHARACTERS_LIMIT)]
Lat = Annotated[float, msgspec.Meta(ge=-90, le=90)]
Lon = Annotated[float, msgspec.Meta(ge=-180, le=180)]
Number = Annotated[str, msgspec.Meta(pattern="^[A-Z0-9][A-Z0-9._/-]{0,31}$")]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sent: a field that nobody knows is refused, never dropped."""


class CardBody(Body, frozen=True, kw_only=True):
    """What a crew has to know."""

    access: Part = ""
    key_box: Part = ""
    alarm_plan: Part = ""
    water: Part = ""
    batteries: Part = ""
    hazards: Part = ""
    contact: Part = ""


class Point(Body, frozen=True, kw_only=True):
    """A place on Earth (WGS 84)."""

    lat: Lat
    lon: Lon


class ObjectBody(Body, frozen=True, kw_only=True):
    """What an object is from now on, whole: what is left out is unknown."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=CELL_CHARACTERS_LIMIT)]
    municipality: Annotated[str, msgspec.Meta(pattern="^[0-9]{4}$")]
    sort: Cell = ""
    address: Cell = ""
    place: Point | None = None
    alarm_numbers: Annotated[tuple[Number, ...], msgspec.Meta(max_length=NUMBERS_LIMIT)] = ()
    card: CardBody = CardBody()
    sender_ref: Ref | None = None


class RefBody(Body, frozen=True, kw_only=True):
    """Nothing but the sender's own number."""

    sender_ref: Ref | None = None


class LinkBody(Body, frozen=True, kw_only=True):
    """Which object of the incident's owner the incident is at."""

    object: Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]{0,63}$")]
    sender_ref: Ref | None = None


class ObjectAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An object. `card` is there for one object alone, where it is open; `why` says why or not."""

    id: str
    service: OrganisationId
    described: Described
    basis: str
    is_over: bool
    changed_at: datetime
    why: Why | None = None
    card: Card | None = None
    readings: tuple[Reading, ...] = ()


class ObjectList(msgspec.Struct, frozen=True, kw_only=True):
    """Objects by name; `total` tells how many there are when not all are shown."""

    items: list[ObjectAnswer]
    total: int
    next: str | None = None


class AtObjectAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What an incident is at; None where nobody knows."""

    at: AtObject | None


class FaultAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a list, and where."""

    where: str
    says: str


class DiffersAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a list does to an object."""

    id: str
    name: str
    sort: str
    fields: tuple[str, ...]


class ListAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a list would change, or has changed; and `ground`, by which it is confirmed."""

    row_count: int
    faults: tuple[FaultAnswer, ...]
    differences: tuple[DiffersAnswer, ...]
    ground: str | None
    told_count: int = 0


class DoneAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """It is done; `repeated` tells that it had been before."""

    id: str
    facts: tuple[str, ...]
    repeated: bool


def answer_of(here: ObjectHere) -> ObjectAnswer:
    """An object as it is listed: its card is opened one at a time."""
    return ObjectAnswer(
        id=here.id,
        service=here.owner,
        described=here.described,
        basis=here.basis,
        is_over=here.is_over,
        changed_at=here.changed_at,
    )
