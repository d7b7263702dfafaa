# SPDX-License-Identifier: Apache-2.0
"""Who there is and what they have, on any day.

Rows of different owners meet here and nowhere else. A node may lack some, and two owners may claim
the same: both are shown as they are, never guessed away.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from bavn.capabilities.organisation.facts import (
    AreaDescribed,
    MunicipalityCovered,
    ServiceDescribed,
    ServicePlaced,
    StationDescribed,
    UnitDescribed,
)
from bavn.capabilities.organisation.model.dated import B, Held, on_day
from bavn.kernel.identity import OrganisationId
from bavn.kernel.refusal import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class StationOnDay:
    """A station and the service that has it on the day."""

    id: str
    service: OrganisationId
    told: Held[StationDescribed]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitOnDay:
    """A unit, the service that has it on the day, and that service's area."""

    id: str
    service: OrganisationId
    area: OrganisationId | None
    told: Held[UnitDescribed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Everything on one day."""

    on: date
    areas: Mapping[OrganisationId, Held[AreaDescribed]]
    # Of each service that there is: its placement, whose owner is its area, and its description.
    placements: Mapping[OrganisationId, Held[ServicePlaced]]
    services: Mapping[OrganisationId, Held[ServiceDescribed]]
    memberships: Mapping[str, Held[MunicipalityCovered]]
    stations: Mapping[str, StationOnDay]
    units: Mapping[str, UnitOnDay]
    # Claims that contradict each other, for a person to settle.
    problems: tuple[Problem, ...]

    def area_of(self, service: OrganisationId) -> OrganisationId | None:
        """The area that a service belongs to."""
        placed = self.placements.get(service)
        return None if placed is None else placed.owner

    def service_of(self, municipality: str) -> OrganisationId | None:
        """The service that covers a municipality."""
        covered = self.memberships.get(municipality)
        return None if covered is None else covered.body.service

    def covered_by(self, service: OrganisationId) -> list[str]:
        """The municipalities that a service covers."""
        return sorted(c for c, each in self.memberships.items() if each.body.service == service)


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """All dated rows that a node knows, of all owners."""

    areas: list[Held[AreaDescribed]] = field(default_factory=list)
    services: list[Held[ServiceDescribed]] = field(default_factory=list)
    placements: list[Held[ServicePlaced]] = field(default_factory=list)
    memberships: list[Held[MunicipalityCovered]] = field(default_factory=list)
    stations: list[Held[StationDescribed]] = field(default_factory=list)
    units: list[Held[UnitDescribed]] = field(default_factory=list)

    def on(self, day: date) -> Day:
        """Who there is and what they have on a day."""
        problems: list[Problem] = []
        areas = _one_each("area", on_day(self.areas, day), problems)
        placements = _one_each("service", on_day(self.placements, day), problems)
        memberships = _one_each("municipality", on_day(self.memberships, day), problems)
        placed = {OrganisationId(id_): each for id_, each in placements.items()}
        services = _described(on_day(self.services, day), placed)
        local = {each.id for each in self.placements}
        stations = self._stations(day, placed, memberships, local)
        return Day(
            on=day,
            areas={OrganisationId(id_): each for id_, each in areas.items()},
            placements=placed,
            services=services,
            memberships=memberships,
            stations=stations,
            units=self._units(day, placed, stations),
            problems=tuple(problems),
        )

    def _stations(
        self,
        day: date,
        placed: Mapping[OrganisationId, Held[ServicePlaced]],
        memberships: Mapping[str, Held[MunicipalityCovered]],
        local: set[str],
    ) -> dict[str, StationOnDay]:
        stations: dict[str, StationOnDay] = {}
        said = _said(self.stations, day)
        # What a service that there is tells of a station comes before what an earlier one told.
        told = sorted(on_day(self.stations, day), key=lambda each: each.owner not in placed)
        for each in told:
            service = each.owner
            covered = memberships.get(each.body.municipality)
            if service in local and service not in placed and covered is not None:
                # Of a service that was merged or split, a station follows its municipality, until
                # the one that has it now says otherwise.
                service = covered.body.service
                if (service, each.id) in said:
                    continue
            if each.id not in stations:
                stations[each.id] = StationOnDay(id=each.id, service=service, told=each)
        return stations

    def _units(
        self,
        day: date,
        placed: Mapping[OrganisationId, Held[ServicePlaced]],
        stations: Mapping[str, StationOnDay],
    ) -> dict[str, UnitOnDay]:
        units: dict[str, UnitOnDay] = {}
        said = _said(self.units, day)
        for each in sorted(on_day(self.units, day), key=lambda each: each.owner not in placed):
            station = stations.get(each.body.station)
            # A unit follows its home, but only when its own service has gone with it.
            service = each.owner
            if service not in placed and station is not None and station.service != service:
                service = station.service
                if (service, each.id) in said:
                    continue
            area = placed[service].owner if service in placed else None
            if each.id not in units:
                units[each.id] = UnitOnDay(id=each.id, service=service, area=area, told=each)
        return units


def _one_each(what: str, every: Iterable[Held[B]], problems: list[Problem]) -> dict[str, Held[B]]:
    """One row for each subject; where two claim it, the first owner's, and a problem."""
    found: dict[str, Held[B]] = {}
    for each in every:
        before = found.setdefault(each.id, each)
        if before is not each:
            says = f"{before.owner} and {each.owner} both claim it"
            problems.append(Problem(where=f"{what} {each.id}", says=says))
    return found


def _said(every: Iterable[Held[B]], day: date) -> set[tuple[OrganisationId, str]]:
    """Who has said anything about what, as of a day: also that it is not, or no longer, there."""
    return {(each.owner, each.id) for each in every if (each.body.valid_from or date.min) <= day}


def _described(
    every: Iterable[Held[ServiceDescribed]], placed: Mapping[OrganisationId, Held[ServicePlaced]]
) -> dict[OrganisationId, Held[ServiceDescribed]]:
    """How each service is described: by itself, or else by the area that formed it."""
    found: dict[OrganisationId, Held[ServiceDescribed]] = {}
    for each in every:
        service = OrganisationId(each.id)
        by_itself = each.owner == service
        if service in placed and (by_itself or service not in found):
            found[service] = each
    return found
