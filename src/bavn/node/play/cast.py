# SPDX-License-Identifier: Apache-2.0
"""Who plays: the stations, units and services as the server tells of them, in numbered columns."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from bavn.engines.travel import Places
from bavn.engines.turnouts import Units
from bavn.frame.country import Country
from bavn.node.play.manner import Manner
from bavn.runtime.travel.lands import CountryRoads, Lands, lands_of
from bavn.runtime.travel.tables import travel_tables


class Point(msgspec.Struct, frozen=True):
    """A place as the API writes it."""

    lat: float
    lon: float


class StationHere(msgspec.Struct, frozen=True):
    """What the play needs to know of a station."""

    id: str
    service: str
    municipality: str
    place: Point
    crewing: str


class UnitHere(msgspec.Struct, frozen=True):
    """What the play needs to know of a unit."""

    id: str
    # None for what no register knows: nobody can play it.
    type: str | None
    service: str
    station: str | None
    crew: int
    # None for a unit that has never said where it stands.
    status: str | None = None


class MunicipalityHere(msgspec.Struct, frozen=True):
    """What the play needs to know of a municipality."""

    code: str
    service: str


class Told(msgspec.Struct, frozen=True):
    """What the server told of the country on the day of the play."""

    stations: tuple[StationHere, ...]
    units: tuple[UnitHere, ...]
    municipalities: tuple[MunicipalityHere, ...]


class Town(NamedTuple):
    """A town in which a station stands, and how much happens there beside the other such towns."""

    municipality: str
    lat: float
    lon: float
    weight: float


class Cast:
    """All who play, and the roads between them."""

    def __init__(self, country: Country, manner: Manner, told: Told) -> None:
        self.country = country
        self.manner = manner
        self.types = [each.code for each in country.resource_types]
        self.type_numbers: dict[str | None, int] = {
            code: number for number, code in enumerate(self.types)
        }
        # By their ids, so that the order in which a server tells of them changes nothing.
        units = sorted(told.units, key=lambda each: each.id)
        found = {each.id: each for each in told.stations}
        self.units: list[UnitHere] = []
        self.stations: list[StationHere] = []
        for unit in units:
            if unit.station in found and unit.type in self.type_numbers:
                self.units.append(unit)
                self.stations.append(found[unit.station])
        self.services = sorted(
            {each.service for each in told.municipalities} | {each.service for each in self.units}
        )
        self.service_numbers = {each: number for number, each in enumerate(self.services)}
        self.owners = {each.code: each.service for each in told.municipalities}
        self.towns = [
            Town(each.municipality, each.place.lat, each.place.lon, self._size(each))
            for each in sorted(told.stations, key=lambda each: each.id)
            if each.service != country.agency.id
        ]
        self.travel = travel_tables(country.id)
        speed = self.travel.speed
        self.lands: Lands = lands_of(country.id, speed)
        homes = _homes(self.stations, self.lands)
        self.columns = self._columns(homes)
        self.roads = CountryRoads(self.lands.crossings, speed, homes)
        self.adequate = _adequate(self.types, manner)

    def _size(self, station: StationHere) -> float:
        key = self.manner.first(f"town.weight.{station.crewing}", "town.weight.other")
        return self.manner.number(key or "town.weight.other")

    def _goes_as(self, unit: UnitHere, station: StationHere) -> int:
        """The type that the unit counts as: where there is nothing else, less must do."""
        key = f"goes_as.{station.crewing}.{unit.type}"
        return self.type_numbers[self.manner.text(key) if self.manner.has(key) else unit.type]

    def _columns(self, homes: Places) -> Units:
        commanders = set(self.manner.names("commanders"))
        pairs = list(zip(self.units, self.stations, strict=True))
        told = {each.crew: each for each in self.travel.turnouts}
        crews = [
            told[self.travel.crew_of(unit.type or "", station.crewing)] for unit, station in pairs
        ]
        turn_outs = np.array([(each.median_s, each.spread, each.limit_s) for each in crews])
        agency = self.country.agency.id
        return Units(
            type=np.array([self._goes_as(*each) for each in pairs]),
            service=np.array([self.service_numbers[unit.service] for unit in self.units]),
            lat=homes.lat,
            lon=homes.lon,
            land=homes.land,
            median_s=turn_outs[:, 0],
            spread=turn_outs[:, 1],
            limit_s=turn_outs[:, 2],
            national=np.array([unit.service == agency for unit in self.units]),
            commander=np.array([unit.type in commanders for unit in self.units]),
        )


def _homes(stations: Sequence[StationHere], lands: Lands) -> Places:
    lat = np.array([each.place.lat for each in stations])
    lon = np.array([each.place.lon for each in stations])
    return Places(lat, lon, lands.of_each([each.municipality for each in stations], lat, lon))


def _adequate(
    types: Sequence[str], manner: Manner
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    adequate = np.eye(len(types), dtype=np.bool_)
    for asked, others in _instead(manner):
        for other in others:
            adequate[types.index(asked), types.index(other)] = True
    return adequate


def _instead(manner: Manner) -> Iterable[tuple[str, tuple[str, ...]]]:
    return ((asked, manner.names(f"instead.{asked}")) for asked, _ in manner.under("instead"))
