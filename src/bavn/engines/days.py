# SPDX-License-Identifier: Apache-2.0
"""A day of incidents drawn from rates: of which sort, when, where. The same chance, the same day.

Each sort of incident happens as a Poisson process whose rate follows month, weekday and hour. Each
falls on a municipality by the number of its people and how much happens to a thousand of them, and
there on a town or the open country. What comes on top of an ordinary day (New Year's Eve, a storm)
is a *surge*: more of some sorts, at its own hours, or as a front that passes over the country.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
Chance = np.random.Generator

DAY_S = 86_400
HOUR_S = 3_600
# One degree of latitude; of longitude it is this times the cosine.
DEGREE_KM = 111.195


@dataclass(frozen=True, kw_only=True)
class Sorts:
    """How often each sort of incident happens, and its rhythm; every rhythm's mean is one."""

    per_day: Floats
    month: Floats
    weekday: Floats
    hour: Floats
    # The share that happens between towns.
    outside: Floats


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Where incidents happen: municipalities' shares, and in each of them pools of places.

    A pool is a town or the open country, as a sample of places that are known to be on land.
    """

    share: Floats
    middle_lat: Floats
    middle_lon: Floats
    pool_municipality: Whole
    # Of its municipality's incidents in towns, or of those outside.
    pool_share: Floats
    pool_outside: Flags
    # A row for each pool.
    place_lat: Floats
    place_lon: Floats


@dataclass(frozen=True, kw_only=True)
class Front:
    """Weather that passes over the country on a straight track."""

    from_lat: float
    from_lon: float
    # Clockwise from north.
    bearing_deg: float
    km_h: float
    begins_s: float
    # How long it lasts in one place, and how wide it is: standard deviations.
    lasts_s: float
    wide_km: float

    def _track(self, lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
        """How far along the track and how far beside it each place lies."""
        north = (lat - self.from_lat) * DEGREE_KM
        east = (lon - self.from_lon) * DEGREE_KM * np.cos(np.radians(self.from_lat))
        bearing = np.radians(self.bearing_deg)
        ahead = north * np.cos(bearing) + east * np.sin(bearing)
        beside = east * np.cos(bearing) - north * np.sin(bearing)
        return ahead, beside

    def weight(self, lat: Floats, lon: Floats) -> Floats:
        """How hard it hits each place; one on the track itself."""
        _, beside = self._track(lat, lon)
        return np.asarray(np.exp(-0.5 * (beside / self.wide_km) ** 2))

    def passes_s(self, lat: Floats, lon: Floats) -> Floats:
        """When its middle is over each place."""
        ahead, _ = self._track(lat, lon)
        return np.asarray(self.begins_s + ahead / self.km_h * HOUR_S)


@dataclass(frozen=True, kw_only=True)
class Surge:
    """What comes on top of an ordinary day: so many of each sort, by the hour or with a front."""

    count: Floats
    hour: Floats
    front: Front | None = None


class Day(NamedTuple):
    """The incidents of one day in the order in which they happen."""

    at_s: Floats
    sort: Whole
    municipality: Whole
    lat: Floats
    lon: Floats


def expected(sorts: Sorts, month: int, weekday: int) -> Floats:
    """How many of each sort an ordinary day brings; January and Monday are 0."""
    return np.asarray(sorts.per_day * sorts.month[:, month] * sorts.weekday[:, weekday])


def draw(
    chance: Chance, sorts: Sorts, ground: Ground, month: int, weekday: int, surge: Surge | None
) -> Day:
    """Draw one day's incidents."""
    parts = [_ordinary(chance, sorts, ground, expected(sorts, month, weekday))]
    if surge is not None:
        parts.append(_surge(chance, sorts, ground, surge))
    at_s, sort, municipality, lat, lon = (
        np.concatenate([part[column] for part in parts]) for column in range(len(Day._fields))
    )
    order = np.argsort(at_s, kind="stable")
    return Day(at_s[order], sort[order], municipality[order], lat[order], lon[order])


def _ordinary(chance: Chance, sorts: Sorts, ground: Ground, count: Floats) -> Day:
    sort = np.repeat(np.arange(len(count)), chance.poisson(count))
    hours = sorts.hour[sort] / sorts.hour[sort].sum(axis=1, keepdims=True)
    at_s = _moments(chance, hours)
    municipality = chance.choice(len(ground.share), size=len(sort), p=ground.share)
    lat, lon = places(chance, ground, municipality, sorts.outside[sort])
    return Day(at_s, sort, municipality, lat, lon)


def _surge(chance: Chance, sorts: Sorts, ground: Ground, surge: Surge) -> Day:
    sort = np.repeat(np.arange(len(surge.count)), chance.poisson(surge.count))
    share = ground.share
    if surge.front is not None:
        share = share * surge.front.weight(ground.middle_lat, ground.middle_lon)
        share = share / share.sum()
    municipality = chance.choice(len(share), size=len(sort), p=share)
    lat, lon = places(chance, ground, municipality, sorts.outside[sort])
    if surge.front is None:
        at_s = _moments(chance, np.tile(surge.hour / surge.hour.sum(), (len(sort), 1)))
    else:
        late = chance.standard_normal(len(sort)) * surge.front.lasts_s
        at_s = np.clip(surge.front.passes_s(lat, lon) + late, 0, DAY_S - 1)
    return Day(at_s, sort, municipality, lat, lon)


def _moments(chance: Chance, hours: Floats) -> Floats:
    """For each row of hourly shares one moment of the day."""
    drawn = chance.random(len(hours))
    hour = (np.cumsum(hours, axis=1) < drawn[:, None]).sum(axis=1).clip(0, 23)
    return np.asarray((hour + chance.random(len(hours))) * HOUR_S)


def places(
    chance: Chance, ground: Ground, municipality: Whole, outside: Floats
) -> tuple[Floats, Floats]:
    """For each incident a place in its municipality: in a town, or outside."""
    count = len(municipality)
    is_outside = chance.random(count) < outside
    drawn, place = chance.random(count), chance.integers(ground.place_lat.shape[1], size=count)
    # Pools stand on a line, those of a municipality together, each as long as its share of them.
    kind = ground.pool_municipality * 2 + ground.pool_outside
    order = np.argsort(kind, kind="stable")
    share = ground.pool_share[order]
    ends = np.cumsum(share)
    wanted = municipality * 2 + is_outside
    first = np.searchsorted(kind[order], wanted, side="left")
    last = np.searchsorted(kind[order], wanted, side="right") - 1
    begins, until = ends[first] - share[first], ends[last]
    found = np.searchsorted(ends, begins + drawn * (until - begins), side="right")
    pool = order[np.clip(found, first, last)]
    return ground.place_lat[pool, place], ground.place_lon[pool, place]
