# SPDX-License-Identifier: Apache-2.0
"""The whole country served by one node, to measure: many incidents, many units."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from bavn.capabilities.operations.decisions import ReportIncident, SetUnitStatus
from bavn.capabilities.operations.model.unit import UnitStatus
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.organisation.decisions.founding import founding_requests
from bavn.capabilities.organisation.views.register import Register
from bavn.frame.country import Country, holding
from bavn.journal.decision import Done, Request
from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.kernel.mandate import Actor
from bavn.node.wiring import COUNTRY, catalogue, country_gate, given
from bavn.runtime.access import Access
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.founding import found_node
from bavn.runtime.live import Live
from bavn.runtime.opened import Opened, open_to_write
from bavn.runtime.tokens import Token
from bavn.runtime.web.callers import Callers
from bavn.runtime.web.limits import Limit, Limits
from bavn.runtime.web.site import Site

WORLD = World("bench")
UNITS, INCIDENTS = 2_500, 1_000
GROUP, SEED = 200, 1
FUNCTION = "duty_officer"
# Nobody is held back while it is measured.
FREE = Limits(token=Limit("token", 10**9, 10**9), alarm=Limit("alarm", 10**9, 10**9))


@dataclass(frozen=True, kw_only=True)
class Served:
    """A country in a folder, open to write, and a token that acts for all of it."""

    country: Country
    opened: Opened
    access: Access
    token: str

    @property
    def callers(self) -> Callers:
        """Whoever has the token, and nobody held back."""
        return Callers(self.access, country=self.country, site=Site(limits=FREE))

    def rooms(self, live: Live) -> dict[str, Any]:
        """What handlers ask for, connected as a node connects it; each unit has a position."""
        rooms = given(live, self.country, self.opened.folder.path)
        operations = rooms["operations"]
        assert isinstance(operations, Room)
        _everywhere(operations)
        return rooms


@contextmanager
def country_in(
    place: Path, *, organisation: str = "brs", incidents: int = INCIDENTS, units: int = UNITS
) -> Iterator[Served]:
    """The country with so many open incidents, and a word of so many units."""
    country, folder = built_in(COUNTRY), Folder(place / "node")
    hosts = country.organisations
    areas = [area.id for area in country.areas]
    found_node(folder, WORLD, NodeId(country.id), hosts=hosts, areas=areas, catalogue=catalogue())
    may = country_gate(country)
    opened = open_to_write(folder, WORLD, catalogue(), may=may)
    opened.journal.commit(list(founding_requests(country)))
    register = Register(country, opened.journal.query)
    requests = [*_reports(country, incidents), *_words(country, unit_names(register, units))]
    for first in range(0, len(requests), GROUP):
        outcomes = opened.journal.commit(requests[first : first + GROUP])
        assert all(isinstance(each, Done) for each in outcomes), outcomes
    access = Access(folder.access_path(WORLD))
    asks = OrganisationId(organisation)
    token = Token(name="bench", function=FUNCTION, organisations=(asks,))
    try:
        raw = access.tokens.make(token)
        yield Served(country=country, opened=opened, access=access, token=raw)
    finally:
        access.close()


def service_areas(country: Country) -> dict[OrganisationId, OrganisationId]:
    """The area of each service today."""
    today = datetime.now(UTC).date()
    return {each.service: each.area for each in holding(country.placements, today)}


def unit_names(register: Register, count: int) -> list[tuple[str, OrganisationId]]:
    """So many units with their services: those that are registered, and some that only report."""
    country = register.country
    registered = register.on(datetime.now(UTC).date()).units.values()
    names = [(unit.id, unit.service) for unit in registered][:count]
    services = list(service_areas(country))
    for number in range(count - len(names)):
        service = services[number % len(services)]
        names.append((f"{service}-borrowed-{number}", service))
    return names


def _reports(country: Country, count: int) -> Iterator[Request]:
    chance, areas = Random(SEED), service_areas(country)
    stations = [each for each in country.stations if each.service in areas]
    for number in range(count):
        station = stations[number % len(stations)]
        content = ReportIncident(
            area=areas[station.service],
            incident_type=chance.choice(country.incident_types).code,
            municipality=station.municipality,
            latitude=station.lat + chance.uniform(-0.05, 0.05),
            longitude=station.lon + chance.uniform(-0.05, 0.05),
            owner_by="territory",
        )
        yield _request(station.service, content)


def _words(country: Country, names: list[tuple[str, OrganisationId]]) -> Iterator[Request]:
    chance, areas = Random(SEED), service_areas(country)
    for unit, service in names:
        status, area = chance.choice(list(UnitStatus)), areas.get(service, service)
        content = SetUnitStatus(unit=unit, area=area, status=status, incident="i1")
        yield _request(service, content)


def _request(owner: OrganisationId, content: ReportIncident | SetUnitStatus) -> Request:
    actor = Actor(organisation=owner, function=FUNCTION)
    return Request(owner=owner, actor=actor, content=content)


def _everywhere(operations: Room) -> None:
    """Each registered unit has sent a position."""
    now = datetime.now(UTC)
    items = [
        {"unit": unit.id, "lat": unit.lat, "lon": unit.lon, "at": now.isoformat()}
        for unit in operations.registry.units(now.date())
        if unit.lat is not None
    ]
    operations.positions.take(items, now, lambda _: None, lambda *_: None)
