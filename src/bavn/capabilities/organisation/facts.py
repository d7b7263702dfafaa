# SPDX-License-Identifier: Apache-2.0
"""What can have happened to organisations, and who is told.

What all may know (which areas, services, stations and units there are, and since when) is told to
the nation. What an organisation keeps for itself (people, and lists that nobody has confirmed yet)
stays at home.

Dated facts hold from `valid_from` until `valid_to`, the first day on which they no longer hold. A
fact that is told again of the same subject with the same `valid_from` replaces what was told; the
history keeps both. One that ends on the day it begins never held.
"""

from datetime import date

import msgspec

from bavn.journal.fact import Sealed
from bavn.journal.kinds import Kind
from bavn.kernel.audience import Scope
from bavn.kernel.identity import OrganisationId


class DatedFact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that holds for some time, and what it stands on."""

    valid_from: date | None = None
    valid_to: date | None = None
    basis: str
    source: str = ""


class Need(msgspec.Struct, frozen=True, omit_defaults=True):
    """So many units of one type, or so much of a capability, added up over all that come.

    Each unit has at least `crew` aboard, where that is asked for, and is to be there `within_min`
    minutes, where there is a deadline. With a `capability` there is no type.
    """

    type: str
    count: int
    crew: int = 0
    within_min: int = 0
    capability: str = ""


# What all may know


class AreaDescribed(DatedFact, frozen=True, kw_only=True):
    """There is a preparedness area. Told by the national agency about `area:<id>`."""

    name: str
    centre: str


class ServiceDescribed(DatedFact, frozen=True, kw_only=True):
    """There is a service. Told by itself about `service:<id>`, or by its area when it is formed."""

    name: str
    form: str
    headquarters: str = ""


class ServicePlaced(DatedFact, frozen=True, kw_only=True):
    """A service belongs to the area that tells it. About `service:<id>`."""


class MunicipalityCovered(DatedFact, frozen=True, kw_only=True):
    """A service covers a municipality. Told by the area about `municipality:<code>`."""

    service: OrganisationId


class ChangePlanned(msgspec.Struct, frozen=True, kw_only=True):
    """Services plan to become one; nothing follows yet. Told by the area about `change:<id>`."""

    services: tuple[OrganisationId, ...]
    into: OrganisationId
    name: str
    on: date
    basis: str
    source: str


class ServicesMerged(msgspec.Struct, frozen=True, kw_only=True):
    """Services become one on a day. Told by the area about `change:<id>`."""

    services: tuple[OrganisationId, ...]
    into: OrganisationId
    on: date
    ground: str


class ServiceSplit(msgspec.Struct, frozen=True, kw_only=True):
    """A service becomes several on a day. Told by the area about `change:<id>`."""

    service: OrganisationId
    into: tuple[OrganisationId, ...]
    on: date
    ground: str


class StationDescribed(DatedFact, frozen=True, kw_only=True):
    """There is a station. Told by its service about `station:<id>`."""

    name: str
    municipality: str
    lat: float
    lon: float
    place_basis: str
    crewing: str
    capabilities: tuple[str, ...]


class UnitDescribed(DatedFact, frozen=True, kw_only=True):
    """There is a unit. Told by its service about `unit:<id>`."""

    type: str
    callsign: str
    station: str
    crew: int
    capabilities: tuple[str, ...]


class PickListSet(DatedFact, frozen=True, kw_only=True):
    """What is sent first to a type of incident. Told by the service about `pick_list:<type>`."""

    needs: tuple[Need, ...]


# What stays at home


class ImportRow(msgspec.Struct, frozen=True):
    """A row of a received list: where it stood, and its cells by column."""

    number: int
    cells: dict[str, str]


class ImportProblem(msgspec.Struct, frozen=True):
    """What is wrong with a received list, and where."""

    where: str
    says: str


class ImportReceived(msgspec.Struct, frozen=True, kw_only=True):
    """A list was received, and waits for somebody to confirm it. About `import:<id>`.

    `what` is stations, units or pick_lists; `digest` is the SHA-256 of the bytes as they came.
    """

    what: str
    format: str
    on: date
    row_count: int
    problem_count: int
    piece_count: int
    size_bytes: int
    digest: str


class ImportKept(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a received list as it came, in base64: such files may name people."""

    piece: int
    content: Sealed | None = None


class ImportRead(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of what was read from a received list."""

    piece: int
    rows: tuple[ImportRow, ...]


class ImportFaulted(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of what is wrong with a received list."""

    piece: int
    problems: tuple[ImportProblem, ...]


class ImportConfirmed(msgspec.Struct, frozen=True, kw_only=True):
    """A named person stands for a list: from its day it is what holds.

    `confirmer` is the person's account. `piece_count` pieces of rows and `removal_count` groups of
    what is no longer there are told after it.
    """

    confirmer: str
    basis: str
    piece_count: int
    removal_count: int


class ImportRejected(msgspec.Struct, frozen=True, kw_only=True):
    """A list will not be used, and why."""

    rejecter: str
    reason: Sealed | None = None


class ImportApplied(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a confirmed list has been told."""

    part: str
    piece: int


class StaffingCounted(DatedFact, frozen=True, kw_only=True):
    """How many people have a function, of one employment. About `staffing:<function>`."""

    employment: str
    count: int


class PersonEnrolled(DatedFact, frozen=True, kw_only=True):
    """A person has a function. About `person:<opaque id>`; the name lies sealed in the vault."""

    function: str
    employment: str
    station: str = ""
    name: Sealed | None = None


ALL, HOME = frozenset({Scope.NATION}), frozenset({Scope.OWN})


def _kind(name: str, body: type[msgspec.Struct], scopes: frozenset[Scope]) -> Kind:
    return Kind(name=f"organisation.{name}", version=1, body=body, scopes=scopes)


KINDS = (
    _kind("area_described", AreaDescribed, ALL),
    _kind("service_described", ServiceDescribed, ALL),
    _kind("service_placed", ServicePlaced, ALL),
    _kind("municipality_covered", MunicipalityCovered, ALL),
    _kind("change_planned", ChangePlanned, ALL),
    _kind("services_merged", ServicesMerged, ALL),
    _kind("service_split", ServiceSplit, ALL),
    _kind("station_described", StationDescribed, ALL),
    _kind("unit_described", UnitDescribed, ALL),
    _kind("pick_list_set", PickListSet, ALL),
    _kind("import_received", ImportReceived, HOME),
    _kind("import_kept", ImportKept, HOME),
    _kind("import_read", ImportRead, HOME),
    _kind("import_faulted", ImportFaulted, HOME),
    _kind("import_confirmed", ImportConfirmed, HOME),
    _kind("import_rejected", ImportRejected, HOME),
    _kind("import_applied", ImportApplied, HOME),
    _kind("staffing_counted", StaffingCounted, HOME),
    _kind("person_enrolled", PersonEnrolled, HOME),
)
