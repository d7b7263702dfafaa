# SPDX-License-Identifier: Apache-2.0
"""What operations asks of the country: who covers a place, which units and incident types exist.

Operations declares these as ports; organisation's register and the map answer them.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files

from bavn.capabilities.operations.ports import (
    Covered,
    KnownType,
    KnownUrgency,
    NamedArea,
    NamedPlace,
    RegisteredUnit,
)
from bavn.capabilities.organisation.views.register import Register
from bavn.frame.country import Country, Row
from bavn.kernel.identity import OrganisationId
from bavn.runtime.countries import read_table
from bavn.runtime.log import log_error
from bavn.runtime.maps import Maps


class TellersRow(Row, frozen=True, kw_only=True):
    """Which functions usually say a status of a unit."""

    status: str
    functions: tuple[str, ...]


@cache
def tellers_of(country: str) -> Mapping[str, frozenset[str]]:
    """By status, the functions that usually say it; by a country that comes with the program."""
    rows = read_table(files("bavn") / "countries" / country, "unit_words", TellersRow)
    return {row.status: frozenset(row.functions) for row in rows}


class Land:
    """The territory: services by municipality, municipalities by the map."""

    def __init__(self, register: Register, maps: Maps) -> None:
        self._register = register
        self._maps = maps

    def covering(self, lat: float, lon: float, on: date) -> Covered | None:
        """Who covers a place; None when that is unknown, and when the map cannot be asked."""
        try:
            found = self._maps.municipality_at(lat, lon)
        except Exception as error:  # noqa: BLE001 - a broken map must not stop an alarm
            log_error("map.not_asked", error)
            return None
        if found is None:
            return None
        covered = self.covering_municipality(found.code, on)
        if covered is None or not found.approximate:
            return covered
        return Covered(
            service=covered.service,
            area=covered.area,
            municipality=covered.municipality,
            approximate=True,
        )

    def covering_municipality(self, code: str, on: date) -> Covered | None:
        """Who covers a municipality; None when nobody is known to."""
        day = self._register.on(on)
        service = day.service_of(code)
        if service is None:
            return None
        return Covered(service=service, area=day.area_of(service), municipality=code)

    def area_of(self, organisation: OrganisationId, on: date) -> OrganisationId | None:
        """The area that an organisation is in; an area is in itself."""
        day = self._register.on(on)
        return organisation if organisation in day.areas else day.area_of(organisation)

    def areas(self, on: date) -> Sequence[NamedArea]:
        """All areas."""
        day = self._register.on(on)
        return [NamedArea(id=each, name=told.body.name) for each, told in day.areas.items()]

    def municipalities(self, on: date) -> Sequence[NamedPlace]:
        """All municipalities, each with a point that is always inside it."""
        day = self._register.on(on)
        return [
            NamedPlace(
                code=each.code,
                name=each.name,
                lat=each.centre_lat,
                lon=each.centre_lon,
                service=day.service_of(each.code),
            )
            for each in self._register.country.municipalities
        ]

    def stations(self, on: date) -> Sequence[NamedPlace]:
        """All stations of local services."""
        agency = self._register.country.agency.id
        return [
            NamedPlace(
                code=each.id,
                name=each.told.body.name,
                lat=each.told.body.lat,
                lon=each.told.body.lon,
                service=each.service,
            )
            for each in self._register.on(on).stations.values()
            if each.service != agency
        ]

    def name_of(self, organisation: OrganisationId, on: date) -> str | None:
        """What an organisation is called."""
        day, agency = self._register.on(on), self._register.country.agency
        if organisation == agency.id:
            return agency.danish
        told = day.services.get(organisation) or day.areas.get(organisation)
        return None if told is None else told.body.name


class Units:
    """The registry of units: organisation's register, as operations asks for it."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self._day: date | None = None
        self._version = -1
        self._units: dict[str, RegisteredUnit] = {}

    @property
    def version(self) -> int:
        """A number that grows whenever what is registered may have changed."""
        return self._register.version

    def units(self, on: date) -> Sequence[RegisteredUnit]:
        """All units on a day."""
        return [*self._on(on).values()]

    def unit(self, unit_id: str, on: date) -> RegisteredUnit | None:
        """One of them; None when it is not registered."""
        return self._on(on).get(unit_id)

    def _on(self, on: date) -> dict[str, RegisteredUnit]:
        # It is asked for today with each picture, and for other days hardly ever.
        if (self._day, self._version) != (on, self.version):
            self._units = self._looked_up(on)
            self._day, self._version = on, self.version
        return self._units

    def _looked_up(self, on: date) -> dict[str, RegisteredUnit]:
        day = self._register.on(on)
        found = {}
        for each in day.units.values():
            told, home = each.told.body, day.stations.get(each.told.body.station)
            found[each.id] = RegisteredUnit(
                id=each.id,
                callsign=told.callsign,
                type=told.type,
                service=each.service,
                area=each.area,
                station=told.station,
                crew=told.crew,
                capabilities=told.capabilities,
                lat=None if home is None else home.told.body.lat,
                lon=None if home is None else home.told.body.lon,
                basis=told.basis,
            )
        return found


class Types:
    """The country's incident types and urgencies."""

    def __init__(self, country: Country) -> None:
        self.types: Sequence[KnownType] = [
            KnownType(
                code=each.code,
                group=each.group,
                danish=each.danish,
                english=each.english,
                urgency=each.urgency,
                symbol=each.symbol,
                basis=each.basis,
            )
            for each in country.incident_types
        ]
        self.urgencies: Sequence[KnownUrgency] = [
            KnownUrgency(code=each.code, danish=each.danish, english=each.english)
            for each in country.urgencies
        ]
        self._by_code = {each.code: each for each in self.types}

    def type_of(self, code: str | None) -> KnownType | None:
        """One of them; None when there is none of this code."""
        return None if code is None else self._by_code.get(code)
