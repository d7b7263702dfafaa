# SPDX-License-Identifier: Apache-2.0
"""What operations has to ask of others: who covers a place, which units and incident types exist.

Nothing on the alarm path waits for an answer: each port has a null implementation that knows
nothing, and operations goes on with what the caller said.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol, TypeAlias

import msgspec
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from bavn.capabilities.operations.model.doubt import NO_DOUBTS, DoubtsNow
from bavn.capabilities.operations.model.incident import OwnerBy
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.kernel.identity import OrganisationId
from bavn.kernel.refusal import Problem

# As a handler asks for them: given by the runtime, and no input that has to be looked at.
CallGiven: TypeAlias = NamedDependency[SkipValidation[Call]]
DeskGiven: TypeAlias = NamedDependency[SkipValidation[Desk]]
# What is wrong with a unit that somebody sends positions of; None when nothing is.
WhyNot = Callable[[str], str | None]
Publish = Callable[[str, dict[str, Any]], None]


class Covered(msgspec.Struct, frozen=True, kw_only=True):
    """Who covers a place. `approximate` where borders are guessed."""

    service: OrganisationId
    area: OrganisationId | None = None
    municipality: str | None = None
    approximate: bool = False


class NamedArea(msgspec.Struct, frozen=True, kw_only=True):
    """An area and its name."""

    id: OrganisationId
    name: str


class NamedPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A place that a person may search for: a municipality by its code, a station by its id."""

    code: str
    name: str
    lat: float
    lon: float
    service: OrganisationId | None = None


class Territory(Protocol):
    """The country's areas, services, municipalities and stations on a day."""

    def covering(self, lat: float, lon: float, on: date) -> Covered | None:
        """Who covers a place; None when that is unknown."""

    def covering_municipality(self, code: str, on: date) -> Covered | None:
        """Who covers a municipality; None when that is unknown."""

    def area_of(self, organisation: OrganisationId, on: date) -> OrganisationId | None:
        """The area that an organisation is in; None when that is unknown."""

    def areas(self, on: date) -> Sequence[NamedArea]:
        """All areas."""

    def municipalities(self, on: date) -> Sequence[NamedPlace]:
        """All municipalities, each with a place inside it."""

    def stations(self, on: date) -> Sequence[NamedPlace]:
        """All stations of local services."""

    def name_of(self, organisation: OrganisationId, on: date) -> str | None:
        """What an organisation is called."""


class RegisteredUnit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit as the register has it. `lat` and `lon` are its station's."""

    id: str
    callsign: str
    type: str
    service: OrganisationId
    area: OrganisationId | None = None
    station: str | None = None
    crew: int = 0
    capabilities: tuple[str, ...] = ()
    lat: float | None = None
    lon: float | None = None
    basis: str = ""


class Registry(Protocol):
    """The units that the organisations have registered."""

    @property
    def version(self) -> int:
        """A number that grows whenever what is registered has changed."""

    def units(self, on: date) -> Sequence[RegisteredUnit]:
        """All units on a day."""

    def unit(self, unit_id: str, on: date) -> RegisteredUnit | None:
        """One of them; None when it is not registered."""


class KnownType(msgspec.Struct, frozen=True, kw_only=True):
    """An incident type, and the urgency that goes with it."""

    code: str
    group: str
    danish: str
    english: str
    urgency: str
    symbol: str = ""
    basis: str = ""


class KnownUrgency(msgspec.Struct, frozen=True, kw_only=True):
    """An urgency; the first of them is the most urgent."""

    code: str
    danish: str
    english: str


class IncidentTypes(Protocol):
    """The country's incident types and urgencies."""

    @property
    def types(self) -> Sequence[KnownType]:
        """All types, in their order."""

    @property
    def urgencies(self) -> Sequence[KnownUrgency]:
        """All urgencies, the most urgent first."""

    def type_of(self, code: str | None) -> KnownType | None:
        """One of them; None when there is none of this code."""


class Voice(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """As what a position is told, what that weighs, and for how long it holds against a lower."""

    source: str | None = None
    weight: int = 0
    hold_s: int = 0


NO_VOICE = Voice()
Voices = Callable[[str], Voice]


def no_voices(_unit: str) -> Voice:
    """Where nobody has said whose word holds, the newest does."""
    return NO_VOICE


class Position(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a unit said it was, and when."""

    unit: str
    lat: float
    lon: float
    at: datetime
    voice: Voice = NO_VOICE


class LastPositions(Protocol):
    """Where units are now, as far as they have said."""

    @property
    def version(self) -> int:
        """A number that grows whenever listeners were told of new positions."""

    def of(self, unit: str) -> Position | None:
        """The last that is known of a unit."""

    def track(self, unit: str) -> Sequence[Position]:
        """The last few, the oldest first."""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """How a batch of positions was received: how many were taken, and what is wrong with others.

    `outranked` were kept out since a source above has just said where the unit is, and `late` since
    something newer is known. `told_at` are a few of the instants that the sender gave.
    """

    taken: int
    problems: tuple[Problem, ...] = ()
    outranked: int = 0
    late: int = 0
    told_at: tuple[datetime, ...] = ()


class Positions(LastPositions, Protocol):
    """Where units are now, and the way to say so."""

    def take(
        self,
        items: Sequence[object],
        now: datetime,
        why_not: WhyNot,
        publish: Publish,
        voices: Voices = no_voices,
    ) -> Heard:
        """Take in a batch; `why_not` names what is wrong with a unit, `publish` tells listeners.

        `voices` tells as what each unit's position is told.
        """


class NoTerritory:
    """A territory of which nothing is known."""

    def covering(self, lat: float, lon: float, on: date) -> Covered | None:  # noqa: ARG002
        """Unknown."""
        return None

    def covering_municipality(self, code: str, on: date) -> Covered | None:  # noqa: ARG002
        """Unknown."""
        return None

    def area_of(self, organisation: OrganisationId, on: date) -> OrganisationId | None:  # noqa: ARG002
        """Unknown."""
        return None

    def areas(self, on: date) -> Sequence[NamedArea]:  # noqa: ARG002
        """None are known."""
        return ()

    def municipalities(self, on: date) -> Sequence[NamedPlace]:  # noqa: ARG002
        """None are known."""
        return ()

    def stations(self, on: date) -> Sequence[NamedPlace]:  # noqa: ARG002
        """None are known."""
        return ()

    def name_of(self, organisation: OrganisationId, on: date) -> str | None:  # noqa: ARG002
        """Unknown."""
        return None


class NoRegistry:
    """A register with nothing in it."""

    version = 0

    def units(self, on: date) -> Sequence[RegisteredUnit]:  # noqa: ARG002
        """None."""
        return ()

    def unit(self, unit_id: str, on: date) -> RegisteredUnit | None:  # noqa: ARG002
        """Not registered."""
        return None


class NoTypes:
    """A country of which no types are known: every code that has the form of one is taken."""

    types: Sequence[KnownType] = ()
    urgencies: Sequence[KnownUrgency] = ()

    def type_of(self, code: str | None) -> KnownType | None:  # noqa: ARG002
        """Unknown."""
        return None


class Whose(msgspec.Struct, frozen=True, kw_only=True):
    """Whose incident it is, in which area and municipality, and how that was found."""

    service: OrganisationId
    area: OrganisationId
    municipality: str | None
    by: OwnerBy


def whose(
    territory: Territory,
    on: date,
    caller: OrganisationId,
    *,
    named: OrganisationId | None = None,
    place: tuple[float, float] | None = None,
    municipality: str | None = None,
) -> Whose:
    """Whose incident it is. Always an answer: an alarm does not wait until borders are known.

    First whom the caller names, then who covers the place, then who covers the municipality, then
    the service of the nearest station, and at last the caller's own organisation.
    """
    covered = None if place is None else territory.covering(*place, on)
    # A border that is only guessed gives way to a municipality that somebody knows.
    if municipality is not None and (covered is None or covered.approximate):
        covered = territory.covering_municipality(municipality, on) or covered
    municipality = municipality or (covered.municipality if covered is not None else None)
    if named is not None:
        service, by = named, OwnerBy.NAMED
    elif covered is not None:
        service = covered.service
        by = OwnerBy.APPROXIMATE if covered.approximate else OwnerBy.TERRITORY
    else:
        near = None if place is None else nearest(territory.stations(on), *place)
        service, by = (caller, OwnerBy.CALLER) if near is None else (near, OwnerBy.NEAREST_STATION)
    area = covered.area if covered is not None and covered.service == service else None
    # Where nobody knows the area, the owner stands for it: somebody must be told.
    area = area or territory.area_of(service, on) or service
    return Whose(service=service, area=area, municipality=municipality, by=by)


def area_told(
    territory: Territory, service: OrganisationId, area: str | None, on: date
) -> OrganisationId:
    """The area to tell: the one that was told before, else where the service is, else itself."""
    return OrganisationId(area) if area else territory.area_of(service, on) or service


def nearest(stations: Iterable[NamedPlace], lat: float, lon: float) -> OrganisationId | None:
    """The service of the nearest station; None where there is none with a service."""
    # East and west shrink towards the poles: enough for comparing distances within a country.
    shrunk = math.cos(math.radians(lat))

    def square(station: NamedPlace) -> float:
        return float((station.lat - lat) ** 2 + ((station.lon - lon) * shrunk) ** 2)

    own = [station for station in stations if station.service is not None]
    return min(own, key=square).service if own else None


class Doubts(Protocol):
    """Who knows which nodes are not heard, and what several have told of."""

    def now(self) -> DoubtsNow:
        """All that is not sure at this moment."""


class Joined(Protocol):
    """Who knows which incidents are one, and which may be."""

    def leading(self) -> Mapping[str, str]:
        """Each incident that has become part of another, with the one that leads."""

    def whole(self, incident: str) -> tuple[str, ...]:
        """All incidents that are one with this, the leading one first; itself where it is alone."""

    def maybe_same(self, call: Call, incidents: Mapping[str, datetime]) -> frozenset[str]:
        """Those of these, by when they were reported, that may be the same as others."""


class NothingJoined:
    """Where every incident is one of its own."""

    def leading(self) -> Mapping[str, str]:
        """None is part of another."""
        return {}

    def whole(self, incident: str) -> tuple[str, ...]:
        """Itself."""
        return (incident,)

    def maybe_same(self, call: Call, incidents: Mapping[str, datetime]) -> frozenset[str]:  # noqa: ARG002
        """None."""
        return frozenset()


class NoDoubts:
    """Where one node alone tells of everything."""

    def now(self) -> DoubtsNow:
        """Nothing is doubted."""
        return NO_DOUBTS
