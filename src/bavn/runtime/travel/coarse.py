# SPDX-License-Identifier: Apache-2.0
"""The coarse network of a country: straight lines, a detour, and the crossings of water."""

from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from bavn.engines import travel
from bavn.engines.travel import Floats, Places, Whole
from bavn.engines.turnouts import Spot
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.log import log_error
from bavn.runtime.maps import Maps
from bavn.runtime.travel.closures import Closure, Closures
from bavn.runtime.travel.lands import CountryRoads, Flags, Lands, lands_of
from bavn.runtime.travel.tables import travel_tables


class CoarseWays:
    """The ways without a map of roads: by the country's lands, bridges and ferries."""

    def __init__(self, country: str, maps: Maps, closures: Closures | None = None) -> None:
        self._maps = maps
        self._closures = closures or Closures(Path("/nowhere"))
        tables = travel_tables(country)
        self.basis, self.run_spread, self._speed = tables.basis, tables.run_spread, tables.speed
        self.lands: Lands = lands_of(country, self._speed)
        nowhere = np.array([], dtype=np.float64)
        self._closed: tuple[Closure, ...] = ()
        self._silent: frozenset[str] = frozenset()
        self._zone = ZoneInfo(built_in(country).time_zone)
        self._over = self.lands.crossings
        self.settle(Places(nowhere, nowhere, nowhere.astype(np.int64)))

    def land_at(self, lat: float, lon: float) -> int:
        """The number of the land that a place is on; -1 at sea and where the map says nothing."""
        try:
            found = self._maps.municipality_at(lat, lon)
        except Exception as error:  # noqa: BLE001 - a broken map must not stop an alarm
            log_error("map.not_asked", error)
            return -1
        if found is None or not self.lands.knows(found.code):
            return -1
        return int(self.lands.of(found.code, np.array([lat]), np.array([lon]))[0])

    def settle(self, homes: Places) -> None:
        """Keep the ways from these places to all crossings: most runs begin there."""
        self._homes = homes
        self._roads = CountryRoads(self._over, self._speed, homes)

    def _open_ways(self) -> CountryRoads:
        """The ways as they are now: a crossing that is closed is none."""
        closed, at = self._closures.now(), clock.now().astimezone(self._zone).time()
        silent = self.lands.silent_at(at)
        if (closed, silent) != (self._closed, self._silent):
            self._closed, self._silent = closed, silent
            self._over = self.lands.without(closed, at)
            self.settle(self._homes)
        return self._roads

    def run_s(
        self, lat: Floats, lon: Floats, land: Whole, goal: tuple[float, float], away: Flags
    ) -> Floats:
        """Seconds from each of those that are settled; a goal at sea is reached from land."""
        number = self.land_at(*goal)
        if number < 0 and len(lat):
            at = travel.nearest(np.array([goal[0]]), np.array([goal[1]]), lat, lon)
            number = int(land[int(at[0])])
        return self._open_ways().from_homes_s(Places(lat, lon, land), away, Spot(*goal, number))

    def table_s(
        self, here: tuple[Floats, Floats, Whole], there: tuple[Floats, Floats, Whole]
    ) -> Floats:
        """Seconds from each place to each other, with nothing closed."""
        km = travel.road_km(Places(*here), Places(*there), self.lands.crossings, self._speed.detour)
        return self._speed.run_s(km)
