# SPDX-License-Identifier: Apache-2.0
"""The fleet of a day: units with their homes, crews and capabilities, and the places they cover."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from bavn.capabilities.dispatch.model.proposal import Source
from bavn.capabilities.dispatch.ports import CrewTurnOut, Fleet, FleetUnit, Need, Picked, Place
from bavn.capabilities.organisation.facts import PickListSet, StationDescribed
from bavn.capabilities.organisation.model.directory import Day, UnitOnDay
from bavn.engines.travel import Places
from bavn.frame.country import Country
from bavn.runtime.travel.coarse import CoarseWays
from bavn.runtime.travel.tables import TravelTables, travel_tables


class Fleets:
    """Makes the fleet of a day out of the register and the country's tables."""

    def __init__(self, country: Country, ways: CoarseWays) -> None:
        self._country = country
        self._ways = ways

    def of(self, day: Day, own: Sequence[tuple[str, CrewTurnOut]] = ()) -> Fleet:
        """Who there is on a day; the ways from their homes are settled with it.

        `own` is what services have told of their crews; for all others the country's table holds.
        """
        country = self._country
        told = [("", each) for each in country_turn_outs(country)]
        told += own
        kinds = [(service, each.crew) for service, each in told]
        # Who is on the road leaves at once.
        rows = [(each.median_s, each.spread, each.limit_s) for _, each in told]
        figures = np.array([*rows, (0.0, 0.0, 0.0)])
        # Without a home nobody knows from where a unit would come.
        units = [each for each in day.units.values() if each.told.body.station in day.stations]
        homes = self._homes([day.stations[each.told.body.station].told.body for each in units])
        self._ways.settle(homes)
        return Fleet(
            units=self._units(day, units, homes, {each: at for at, each in enumerate(kinds)}),
            places=self._places(),
            median_s=figures[:, 0],
            spread=figures[:, 1],
            limit_s=figures[:, 2],
            on_the_road=len(kinds),
            stand_ins=_stand_ins(country, travel_tables(country.id)),
        )

    def _homes(self, stations: Sequence[StationDescribed]) -> Places:
        lat = np.array([each.lat for each in stations], dtype=np.float64)
        lon = np.array([each.lon for each in stations], dtype=np.float64)
        codes = [each.municipality for each in stations]
        return Places(lat, lon, self._ways.lands.of_each(codes, lat, lon))

    def _units(
        self,
        day: Day,
        units: Sequence[UnitOnDay],
        homes: Places,
        kinds: Mapping[tuple[str, str], int],
    ) -> tuple[FleetUnit, ...]:
        country, found = self._country, []
        tables = travel_tables(country.id)
        for at, each in enumerate(units):
            told = each.told.body
            station = day.stations[told.station].told.body
            crew = tables.crew_of(told.type, station.crewing)
            found.append(
                FleetUnit(
                    id=each.id,
                    callsign=told.callsign,
                    type=told.type,
                    service=each.service,
                    crew=told.crew,
                    lat=station.lat,
                    lon=station.lon,
                    land=int(homes.land[at]),
                    crewing=kinds.get((each.service, crew), kinds["", crew]),
                    is_ours=each.service != country.agency.id,
                    # What a service writes beside the type's own it gives too.
                    gives=dict.fromkeys(told.capabilities, 1.0)
                    | {**tables.gives.get(told.type, {})},
                )
            )
        return tuple(found)

    def _places(self) -> tuple[Place, ...]:
        towns = self._country.municipalities
        lat = np.array([each.town_lat for each in towns], dtype=np.float64)
        lon = np.array([each.town_lon for each in towns], dtype=np.float64)
        lands = self._ways.lands.of_each([each.code for each in towns], lat, lon)
        return tuple(
            Place(
                code=each.code,
                name=each.name,
                lat=each.town_lat,
                lon=each.town_lon,
                land=int(land),
                weight=float(each.population),
            )
            for each, land in zip(towns, lands, strict=True)
        )


def country_turn_outs(country: Country) -> list[CrewTurnOut]:
    """How long each kind of crew needs, by the country's table."""
    return [
        CrewTurnOut(
            crew=each.crew,
            median_s=each.median_s,
            spread=each.spread,
            limit_s=each.limit_s,
            basis=each.basis,
        )
        for each in travel_tables(country.id).turnouts
    ]


def picked_of(country: Country, own: PickListSet | None, type_: str | None) -> Picked:
    """What a service sends first to a type of incident, else what the country's table says."""
    if own is not None:
        needs = tuple(msgspec.convert(each, Need, from_attributes=True) for each in own.needs)
        return Picked(needs=needs, source=Source.SERVICE, basis=own.basis)
    known = next((each for each in country.incident_types if each.code == type_), None)
    if known is None:
        return Picked(needs=(), source=Source.COUNTRY, basis="")
    needs = tuple(Need(each.type, each.count) for each in known.first_dispatch)
    return Picked(needs=needs, source=Source.COUNTRY, basis=known.basis)


def _stand_ins(country: Country, tables: TravelTables) -> Mapping[str, frozenset[str]]:
    """By type: those that give at least what a stand-in for it must give."""
    types = [each.code for each in country.resource_types]
    return {
        asked: frozenset(each for each in types if tables.stands_in(each, asked)) for asked in types
    }
