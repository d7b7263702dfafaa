# SPDX-License-Identifier: Apache-2.0
"""What goes in and out of the interface, version 1. Fields are added, never changed."""

from datetime import date
from typing import Annotated, Generic, TypeVar

import msgspec

from bavn.capabilities.organisation.decisions.changes import NewService
from bavn.journal.decision import REF_CHARACTERS_LIMIT
from bavn.kernel.identity import OrganisationId

T = TypeVar("T")
Ref = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=REF_CHARACTERS_LIMIT,
        description="The sender's own number of this request; a repeat is recognised by it.",
    ),
]


class Listed(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A whole list; `next` is where to go on, and these lists are given whole."""

    items: tuple[T, ...]
    next: str | None = None


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A place in degrees."""

    lat: float
    lon: float


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """A preparedness area."""

    id: str
    name: str
    centre: str
    valid_from: date | None
    valid_to: date | None
    basis: str
    source: str


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """A local service on the day, in its area, with what it covers."""

    id: str
    name: str
    form: str
    area: str
    municipalities: tuple[str, ...]
    population: int
    valid_from: date | None
    valid_to: date | None
    basis: str
    source: str


class Municipality(msgspec.Struct, frozen=True, kw_only=True):
    """A municipality on the day. Area and service, region and police district are independent."""

    code: str
    name: str
    service: str | None
    area: str | None
    region: str | None
    police_district: str
    population: int
    place: Place
    basis: str
    source: str


class Station(msgspec.Struct, frozen=True, kw_only=True):
    """A station, and the service that has it on the day."""

    id: str
    service: str
    name: str
    place: Place
    place_basis: str
    municipality: str
    crewing: str
    capabilities: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None
    basis: str
    source: str


class Partner(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom we show and never send."""

    id: str
    name: str
    task: str
    dispatchable: bool
    basis: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A change of services: `state` is planned, merged or split."""

    id: str
    area: str
    state: str
    services: tuple[str, ...]
    into: tuple[str, ...]
    name: str
    on: date
    basis: str
    source: str


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sent: a field that nobody knows is refused, never dropped."""


class MergeBody(Body, frozen=True, kw_only=True):
    """Services that become one on a day."""

    change: str
    services: tuple[OrganisationId, ...]
    into: OrganisationId
    name: str
    headquarters: str = ""
    on: date
    ground: str
    sender_ref: Ref | None = None


class SplitBody(Body, frozen=True, kw_only=True):
    """A service that becomes several on a day."""

    change: str
    service: OrganisationId
    into: tuple[NewService, ...]
    on: date
    ground: str
    sender_ref: Ref | None = None


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What was done: the facts that it became."""

    id: str
    facts: tuple[str, ...]
    repeated: bool


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is wrong with a list, and where."""

    where: str
    says: str


class FieldChange(msgspec.Struct, frozen=True, kw_only=True):
    """One field as it holds and as the list has it."""

    field: str
    before: str
    after: str


class Differs(msgspec.Struct, frozen=True, kw_only=True):
    """One thing: added, changed, removed or unchanged."""

    id: str
    sort: str
    fields: tuple[FieldChange, ...]


class ListShown(msgspec.Struct, frozen=True, kw_only=True):
    """A received list. To confirm it, give back the `ground` of the differences that were seen."""

    id: str
    service: str
    what: str
    on: date
    state: str
    row_count: int
    received_by: str
    settled_by: str | None = None
    # Of a confirmed list, how much of it has been told.
    applied_count: int = 0
    to_apply: int = 0
    counts: dict[str, int] = {}
    ground: str | None = None
    differences: tuple[Differs, ...] = ()
    problems: tuple[Wrong, ...] = ()


class ConfirmBody(Body, frozen=True, kw_only=True):
    """That the differences were seen."""

    ground: str
    sender_ref: Ref | None = None


class RejectBody(Body, frozen=True, kw_only=True):
    """Why the list will not be used."""

    reason: str
    sender_ref: Ref | None = None


class Staffing(msgspec.Struct, frozen=True, kw_only=True):
    """How many have a function, of one employment."""

    function: str
    employment: str
    count: int
    valid_from: date | None
    basis: str


class StaffingBody(Body, frozen=True, kw_only=True):
    """How many have a function from a day on."""

    function: str
    employment: str
    count: int
    on: date
    sender_ref: Ref | None = None


class PickLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """So many of a type, each with its least crew; or so much of a capability over all that come.

    `within_min` is a deadline in minutes.
    """

    count: int
    type: str = ""
    capability: str = ""
    crew: int = 0
    within_min: int = 0


class PickList(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent first; `own` is false where the service has none and the country's is shown.

    `lines` tells of the needs in full: the least crew of each, deadlines, and what is counted up.
    """

    type: str
    needs: dict[str, int]
    lines: tuple[PickLine, ...]
    own: bool
    basis: str
