# SPDX-License-Identifier: Apache-2.0
"""A country as data: what the system must know of it before anybody has told anything.

Everything here is read from a folder of tables (`bavn.runtime.countries`); no code knows a name, a
number or a code of any one country. Each row says its basis, and the screens show it.

Dated rows hold from `valid_from` until `valid_to`, which is the first day on which they no longer
hold, as in the registers that are kept this way; a date that is left out is open.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeVar

import msgspec

from bavn.kernel.identity import OrganisationId


class Basis(StrEnum):
    """What a row stands on. After one of these words a row may say more."""

    # A page or a register says so: `source` names it.
    SOURCE = "source"
    # Computed from what sources say: `source` says how.
    DERIVED = "derived"
    # Our own estimate or invention. Good for demonstrations and tests, for nothing else.
    CALIBRATION = "own calibration"
    # Announced or proposed by somebody, and not in force: `source` names who.
    PLANNED = "planned"


class Level(StrEnum):
    """At which level something belongs; the police and the government stand beside the three."""

    SERVICE = "service"
    AREA = "area"
    NATION = "nation"
    POLICE = "police"
    GOVERNMENT = "government"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a table: what it says, and what it stands on."""

    basis: str
    source: str = ""


class DatedRow(Row, frozen=True, kw_only=True):
    """A row that holds for some time."""

    valid_from: date | None = None
    valid_to: date | None = None


class Dated(Protocol):
    """Anything that holds for some time."""

    @property
    def valid_from(self) -> date | None:
        """The first day on which it holds; None when that is open."""

    @property
    def valid_to(self) -> date | None:
        """The first day on which it no longer holds; None when that is open."""


D = TypeVar("D", bound=Dated)


def holds(row: Dated, on: date) -> bool:
    """True when the row holds on that day."""
    begun = row.valid_from is None or row.valid_from <= on
    return begun and (row.valid_to is None or on < row.valid_to)


def holding(rows: Iterable[D], on: date) -> list[D]:
    """The rows that hold on that day, in their order."""
    return [row for row in rows if holds(row, on)]


# Geographies. Area and service, municipality, police district are independent of one another.


class Area(DatedRow, frozen=True, kw_only=True):
    """A preparedness area. Its operation centre is the organisation of the same id."""

    id: OrganisationId
    name: str
    centre: str


class Region(DatedRow, frozen=True, kw_only=True):
    """A region of the country's administration, whose borders areas may follow."""

    id: str
    name: str


class PoliceDistrict(Row, frozen=True, kw_only=True):
    """A police district."""

    id: str
    name: str


class Municipality(Row, frozen=True, kw_only=True):
    """A municipality: its people, size, main town, and a point that is always inside it."""

    code: str
    name: str
    police_district: str
    # About how many live there now, for sums and sizes; and what was last counted, to be quoted.
    population: int
    population_year: int
    counted_population: int
    counted_year: int
    area_km2: float
    main_town: str
    town_lat: float
    town_lon: float
    town_basis: str = ""
    centre_lat: float
    centre_lon: float


class MunicipalityRegion(DatedRow, frozen=True, kw_only=True):
    """A municipality belongs to a region."""

    municipality: str
    region: str


# Organisations


class Service(DatedRow, frozen=True, kw_only=True):
    """A local rescue service, of one municipality or several together."""

    id: OrganisationId
    name: str
    form: str
    headquarters: str
    stations_reported: int | None = None
    notes: str = ""


class Placement(DatedRow, frozen=True, kw_only=True):
    """A service belongs to an area."""

    service: OrganisationId
    area: OrganisationId


class Membership(DatedRow, frozen=True, kw_only=True):
    """A service covers a municipality."""

    municipality: str
    service: OrganisationId


class PlannedChange(Row, frozen=True, kw_only=True):
    """Services plan to become one. Nothing follows from it until somebody decides it."""

    id: str
    area: OrganisationId
    services: tuple[OrganisationId, ...]
    into: OrganisationId
    name: str
    on: date


class Station(DatedRow, frozen=True, kw_only=True):
    """A station of a service, or a centre or site of the national agency."""

    id: str
    service: OrganisationId
    level: Level
    name: str
    municipality: str
    lat: float
    lon: float
    place_basis: str
    crewing: str
    capabilities: tuple[str, ...] = ()


class CentreArea(DatedRow, frozen=True, kw_only=True):
    """A centre of the national agency serves an area."""

    station: str
    area: OrganisationId


class Partner(Row, frozen=True, kw_only=True):
    """Somebody whom we show and never dispatch."""

    id: str
    danish: str
    english: str
    task: str
    dispatchable: bool


class Named(Row, frozen=True, kw_only=True):
    """What has a code, and a name in both languages."""

    code: str
    danish: str
    english: str


class Function(Named, frozen=True, kw_only=True):
    """What somebody does in an organisation; what it may do stands in the country's policies."""

    level: Level


class Employment(Named, frozen=True, kw_only=True):
    """How somebody is attached to a service."""


class Crewing(Named, frozen=True, kw_only=True):
    """How a station is crewed, and by whom."""

    employments: tuple[str, ...]


# What is sent, and to what


# The kind of resource that others have: shown, and never on a list of what we send.
PARTNER = "partner"


class ResourceType(Named, frozen=True, kw_only=True):
    """A kind of vehicle, vessel, team or equipment."""

    crew: int
    capabilities: tuple[str, ...]
    kind: str


class CapabilityName(Named, frozen=True, kw_only=True):
    """What something that a unit or a station can do is called; its code is what is matched on."""


class Need(msgspec.Struct, frozen=True):
    """So many of one resource type."""

    type: str
    count: int


class Urgency(Named, frozen=True, kw_only=True):
    """How soon help is needed; the first in the table is the most urgent."""


class IncidentType(Row, frozen=True, kw_only=True):
    """A sort of incident, with the pick list that holds where a service has none of its own."""

    code: str
    group: str
    danish: str
    english: str
    urgency: str
    symbol: str = ""  # its drawing on the map; without one, that of its group
    first_dispatch: tuple[Need, ...]
    median_duration_min: int
    share_pct: float
    probability_real: float


class UnitRule(Row, frozen=True, kw_only=True):
    """Where no list of real units is known: how many of a type stand at which stations.

    At every `every`th matching station of a service, counted in the order of the stations' ids from
    the `first`, in services with at least `stations_least` stations.
    """

    type: str
    level: Level
    crewing: tuple[str, ...] = ()
    capability: str = ""
    every: int = 1
    first: int = 1
    stations_least: int = 1
    count: int = 1
    note: str = ""


# How it goes there


class ProfileWeight(Row, frozen=True, kw_only=True):
    """How much more or less happens in one month, hour or weekday; the mean is one."""

    kind: str
    group: str
    index: int
    weight: float


class Figure(Row, frozen=True, kw_only=True):
    """A published or derived figure: most are numbers, some are as "1+5"."""

    key: str
    label: str
    value: str
    unit: str
    year: str
    scope: str
    note: str = ""

    @property
    def number(self) -> float | None:
        """The value as a number, when it is one."""
        try:
            return float(self.value)
        except ValueError:
            return None


class Term(Row, frozen=True, kw_only=True):
    """A word of the trade, and what it means."""

    danish: str
    english: str
    code_name: str
    meaning: str
    domain: str


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """The corners that everything in the country lies between."""

    south: float
    west: float
    north: float
    east: float


class Agency(msgspec.Struct, frozen=True, kw_only=True):
    """The national agency, or whoever in the government stands above it."""

    id: OrganisationId
    danish: str
    english: str


class Country(msgspec.Struct, frozen=True, kw_only=True):
    """A whole country, read and checked."""

    id: str
    danish: str
    english: str
    time_zone: str
    # Before this day the tables say nothing.
    known_from: date
    agency: Agency
    # Whoever in the government has the acts that the law gives to no service and no agency.
    government: Agency | None = None
    bounds: Bounds
    areas: tuple[Area, ...]
    regions: tuple[Region, ...]
    police_districts: tuple[PoliceDistrict, ...]
    municipalities: tuple[Municipality, ...]
    municipality_regions: tuple[MunicipalityRegion, ...]
    services: tuple[Service, ...]
    placements: tuple[Placement, ...]
    memberships: tuple[Membership, ...]
    planned_changes: tuple[PlannedChange, ...]
    stations: tuple[Station, ...]
    centre_areas: tuple[CentreArea, ...]
    partners: tuple[Partner, ...]
    functions: tuple[Function, ...]
    employments: tuple[Employment, ...]
    crewings: tuple[Crewing, ...]
    resource_types: tuple[ResourceType, ...]
    capability_names: tuple[CapabilityName, ...]
    urgencies: tuple[Urgency, ...]
    incident_types: tuple[IncidentType, ...]
    unit_rules: tuple[UnitRule, ...]
    profiles: tuple[ProfileWeight, ...]
    figures: tuple[Figure, ...]
    terms: tuple[Term, ...]

    @property
    def organisations(self) -> tuple[OrganisationId, ...]:
        """Everybody who may own something, each once; a service that is only planned too."""
        ids = [self.agency.id, *(area.id for area in self.areas)]
        ids += [service.id for service in self.services]
        ids += [change.into for change in self.planned_changes]
        return tuple(dict.fromkeys(ids))
