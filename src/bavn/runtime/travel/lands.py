# SPDX-License-Identifier: Apache-2.0
"""The country's lands and crossings (`travel.csv`), and the way over them."""

from collections.abc import Sequence
from datetime import time
from functools import cache
from importlib.resources import files
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bavn.engines import travel
from bavn.engines.travel import Crossing, Crossings, Floats, Places, Speed, Whole
from bavn.engines.turnouts import Spot
from bavn.frame.country import Row
from bavn.runtime.countries import read_table
from bavn.runtime.travel.closures import Closure

Flags: TypeAlias = NDArray[np.bool_]
MINUTES_PER_HOUR, METRES_PER_KM = 60, 1000.0
# Points at which a crossing is looked at.
CLOSURE_STEPS = 65


class LandRow(Row, frozen=True, kw_only=True):
    """A municipality's lands, an anchor that tells them apart, or a crossing between two of them.

    A crossing goes from one point to another and takes so many minutes beyond its length.
    """

    kind: str
    name: str
    municipality: str = ""
    lands: str
    lat: float = 0.0
    lon: float = 0.0
    to_lat: float = 0.0
    to_lon: float = 0.0
    minutes: float = 0.0
    # When a ferry sails, as 05:30-23:00, by the country's own time; empty: at all hours.
    hours: str = ""

    def is_served(self, at: time) -> bool:
        """True where somebody may cross at this time of the day."""
        if not self.hours:
            return True
        first, last = (time.fromisoformat(each) for each in self.hours.split("-"))
        if first <= last:
            return first <= at < last
        # Over midnight.
        return at >= first or at < last


class Lands:
    """Which land each place lies on, and the crossings between lands."""

    def __init__(self, rows: Sequence[LandRow], speed: Speed) -> None:
        of = {row.municipality: row.lands.split() for row in rows if _is(row, "municipality")}
        names = dict.fromkeys(land for lands in of.values() for land in lands)
        self._numbers = {name: number for number, name in enumerate(names)}
        self._of = {code: [self._numbers[land] for land in lands] for code, lands in of.items()}
        anchors = [row for row in rows if _is(row, "anchor")]
        self._anchors: dict[str, Places] = {
            code: _places([row for row in anchors if row.municipality == code], self._numbers)
            for code, lands in self._of.items()
            if len(lands) > 1
        }
        self._rows = [row for row in rows if _is(row, "crossing")]
        self._speed = speed
        self.crossings = self._crossings(self._rows, speed)

    def without(self, closed: Sequence[Closure], at: time | None = None) -> Crossings:
        """The crossings that no closure lies on, and that are served at this time of the day."""
        return self._crossings(
            [
                row
                for row in self._rows
                if (at is None or row.is_served(at))
                and not any(_lies_on(each, row) for each in closed)
            ],
            self._speed,
        )

    def silent_at(self, at: time) -> frozenset[str]:
        """The crossings that nobody serves at this time of the day."""
        return frozenset(row.name for row in self._rows if not row.is_served(at))

    def knows(self, municipality: str) -> bool:
        """True for a municipality whose lands the table has."""
        return municipality in self._of

    def of(self, municipality: str, lat: Floats, lon: Floats) -> Whole:
        """The land of each of these places in a municipality: that of the nearest anchor."""
        lands = self._of[municipality]
        if len(lands) == 1:
            return np.full(len(lat), lands[0], dtype=np.int64)
        anchors = self._anchors[municipality]
        return np.asarray(anchors.land[travel.nearest(lat, lon, anchors.lat, anchors.lon)])

    def of_each(self, municipalities: Sequence[str], lat: Floats, lon: Floats) -> Whole:
        """The land of each place, which is in the municipality beside it."""
        found = [
            self.of(code, lat[at : at + 1], lon[at : at + 1])[0]
            for at, code in enumerate(municipalities)
        ]
        return np.array(found, dtype=np.int64)

    def _crossings(self, rows: Sequence[LandRow], speed: Speed) -> Crossings:
        lat, lon, land, pairs = [], [], [], []
        for row in rows:
            one, other = row.lands.split()
            lat += [row.lat, row.to_lat]
            lon += [row.lon, row.to_lon]
            land += [self._numbers[one], self._numbers[other]]
            extra_km = row.minutes / MINUTES_PER_HOUR * speed.cruise_km_h
            pairs.append(Crossing(len(lat) - 2, len(lat) - 1, extra_km))
        ends = Places(np.array(lat), np.array(lon), np.array(land, dtype=np.int64))
        return travel.crossings(ends, pairs, speed.detour)


def _is(row: LandRow, kind: str) -> bool:
    return row.kind == kind


def _lies_on(closure: Closure, row: LandRow) -> bool:
    """True for a closure that touches a crossing somewhere along it."""
    steps = np.linspace(0.0, 1.0, CLOSURE_STEPS)
    lat = row.lat + steps * (row.to_lat - row.lat)
    lon = row.lon + steps * (row.to_lon - row.lon)
    km = travel.air_km(lat, lon, np.array(closure.lat), np.array(closure.lon))
    length_km = float(travel.air_km(lat[:1], lon[:1], lat[-1:], lon[-1:])[0])
    reach_km = closure.radius_m / METRES_PER_KM + length_km / (CLOSURE_STEPS - 1) / 2
    return bool((km <= reach_km).any())


def _places(rows: Sequence[LandRow], numbers: dict[str, int]) -> Places:
    return Places(
        np.array([row.lat for row in rows]),
        np.array([row.lon for row in rows]),
        np.array([numbers[row.lands] for row in rows], dtype=np.int64),
    )


@cache
def lands_of(country: str, speed: Speed) -> Lands:
    """The lands of this country."""
    return Lands(read_table(files("bavn") / "countries" / country, "travel", LandRow), speed)


class CountryRoads:
    """The way from many places to one; the homes of units are looked up, not measured anew."""

    def __init__(self, over: Crossings, speed: Speed, homes: Places) -> None:
        self._over = over
        self._speed = speed
        self._ends_km = travel.to_ends(homes, over, speed.detour)
        keys = zip(homes.lat.tolist(), homes.lon.tolist(), homes.land.tolist(), strict=True)
        self._rows = {key: row for row, key in enumerate(keys)}
        # The places that were asked of last, told by their column, and the ways from them.
        self._asked: tuple[Floats, Flags, Floats] | None = None

    def run_s(self, lat: Floats, lon: Floats, land: Whole, goal: Spot) -> Floats:
        """Seconds from each place to the goal; infinite where no road leads."""
        here, detour = Places(lat, lon, land), self._speed.detour
        keys = zip(lat.tolist(), lon.tolist(), land.tolist(), strict=True)
        rows = np.array([self._rows.get(key, -1) for key in keys], dtype=np.int64)
        ends_km = self._ends_km[rows]
        away = rows < 0
        if away.any():
            ends_km[away] = travel.to_ends(
                Places(lat[away], lon[away], land[away]), self._over, detour
            )
        km = travel.road_to_km(here, ends_km, _one(goal), self._over, detour)
        return self._speed.run_s(km)

    def from_homes_s(self, places: Places, away: Flags, goal: Spot) -> Floats:
        """Seconds to the goal from places of which those that are not away are the homes."""
        detour = self._speed.detour
        ends_km = self._ends_from(places, away) if away.any() else self._ends_km
        km = travel.road_to_km(places, ends_km, _one(goal), self._over, detour)
        return self._speed.run_s(km)

    def _ends_from(self, places: Places, away: Flags) -> Floats:
        """Road from each place to each end; several incidents at one moment ask of the same."""
        if self._asked is None or self._asked[0] is not places.lat or self._asked[1] is not away:
            lat, lon, land = places
            ends_km = self._ends_km.copy()
            elsewhere = Places(lat[away], lon[away], land[away])
            ends_km[away] = travel.to_ends(elsewhere, self._over, self._speed.detour)
            self._asked = lat, away, ends_km
        return self._asked[2]

    def bends(self, start: Spot, goal: Spot) -> Floats:
        """The way between two places, as rows of latitude and longitude."""
        return travel.route(_one(start), _one(goal), self._over, self._speed.detour)

    def along(self, bends: Floats, share: float) -> tuple[float, float]:
        """Where one is when a share of the way is done."""
        return travel.along(bends, share)


def _one(spot: Spot) -> Places:
    return Places(np.array([spot.lat]), np.array([spot.lon]), np.array([spot.land]))
