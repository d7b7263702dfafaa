# SPDX-License-Identifier: Apache-2.0
"""How long it takes to get out and to get there: turn-out, road distance round the water, speed.

The time of a run follows Kolesar and Blum, "Square root laws for fire engine response distances"
(Management Science 19, 1973) and their measurements in New York: on short ways an engine is still
gathering speed, so the time grows with the root of the way; on long ones with the way itself.

    t(d) = 2 sqrt(d r) / v   for d <= r        r: the way on which cruising speed is reached
    t(d) = (d + r) / v       for d >  r        v: cruising speed

Water is not driven across. A place lies on a *land*; lands meet at crossings (a bridge, a ferry,
the neck of a peninsula), and the shortest way over them is found once, for all pairs of ends.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

EARTH_KM = 6371.0088
HOUR_S = 3600.0


class Places(NamedTuple):
    """Where things are: degrees, and the number of the land that each lies on."""

    lat: Floats
    lon: Floats
    land: Whole


@dataclass(frozen=True, kw_only=True)
class Speed:
    """How fast a vehicle under blue lights gets along."""

    cruise_km_h: float
    run_up_km: float
    # Road kilometres for each kilometre as the crow flies.
    detour: float

    def run_s(self, road_km: Floats) -> Floats:
        """Give the seconds that a way takes; infinite ways take for ever."""
        near = 2.0 * np.sqrt(np.minimum(road_km, self.run_up_km) * self.run_up_km)
        far = road_km + self.run_up_km
        km = np.where(road_km <= self.run_up_km, near, far)
        return np.asarray(km / self.cruise_km_h * HOUR_S)


@dataclass(frozen=True, kw_only=True)
class Crossings:
    """The ends of all crossings, and the shortest road between any two of them."""

    ends: Places
    km: Floats
    # The end that comes next on the way from one to another.
    following: Whole


class Crossing(NamedTuple):
    """One crossing, by the numbers of its two ends, and what it costs beyond its length."""

    one: int
    other: int
    # Waiting and sailing, as the kilometres that would be driven meanwhile.
    extra_km: float


def air_km(lat: Floats, lon: Floats, to_lat: Floats, to_lon: Floats) -> Floats:
    """Great-circle distance; the arrays are broadcast against each other."""
    a, b = np.radians(lat), np.radians(to_lat)
    half = np.sin((b - a) / 2) ** 2
    half = half + np.cos(a) * np.cos(b) * np.sin(np.radians(to_lon - lon) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(half)))


def crossings(ends: Places, pairs: list[Crossing], detour: float) -> Crossings:
    """Find the shortest way between all ends: over land where they share one, else by crossings."""
    count = len(ends.lat)
    air = air_km(ends.lat[:, None], ends.lon[:, None], ends.lat[None, :], ends.lon[None, :])
    same = ends.land[:, None] == ends.land[None, :]
    km = np.where(same, air * detour, np.inf)
    for pair in pairs:
        # A bridge is as long as it is: no detour on it.
        length = air[pair.one, pair.other] + pair.extra_km
        km[pair.one, pair.other] = min(km[pair.one, pair.other], length)
        km[pair.other, pair.one] = km[pair.one, pair.other]
    np.fill_diagonal(km, 0.0)
    following = np.where(np.isfinite(km), np.arange(count)[None, :], -1)
    for by in range(count):  # Floyd and Warshall
        through = km[:, by, None] + km[None, by, :]
        shorter = through < km
        km = np.where(shorter, through, km)
        following = np.where(shorter, following[:, by, None], following)
    return Crossings(ends=ends, km=km, following=following)


def to_ends(places: Places, over: Crossings, detour: float) -> Floats:
    """Road from each place to each end on its own land; infinite to all other ends."""
    ends = over.ends
    km = air_km(places.lat[:, None], places.lon[:, None], ends.lat[None, :], ends.lon[None, :])
    return np.where(places.land[:, None] == ends.land[None, :], km * detour, np.inf)


def _least_sum(left: Floats, right: Floats) -> Floats:
    """Give min over k of left[i, k] + right[j, k]: the shortest way through any of the ends."""
    least = np.full((len(left), len(right)), np.inf)
    for k in range(left.shape[1]):
        if np.isfinite(left[:, k]).any():
            np.minimum(least, left[:, k, None] + right[None, :, k], out=least)
    return least


def road_km(here: Places, there: Places, over: Crossings, detour: float) -> Floats:
    """Road distance from each place to each other, as a table; infinite where no road leads."""
    direct = _direct_km(here, there, detour)
    if not len(over.ends.lat):
        return direct
    reach = _least_sum(to_ends(here, over, detour), over.km)
    return np.minimum(direct, _least_sum(reach, to_ends(there, over, detour)))


def road_to_km(
    here: Places, ends_km: Floats, goal: Places, over: Crossings, detour: float
) -> Floats:
    """Road distance from many places to one; `ends_km` are those from `to_ends`, kept from before.

    The same as a column of `road_km`, at a fraction of its cost when the places stay the same.
    """
    direct = _direct_km(here, goal, detour)[:, 0]
    if not len(over.ends.lat):
        return direct
    last = to_ends(goal, over, detour)[0]
    near = np.isfinite(last)
    reach = (over.km[:, near] + last[near]).min(axis=1, initial=np.inf)
    return np.asarray(np.minimum(direct, (ends_km + reach).min(axis=1)))


def _direct_km(here: Places, there: Places, detour: float) -> Floats:
    air = air_km(here.lat[:, None], here.lon[:, None], there.lat[None, :], there.lon[None, :])
    return np.where(here.land[:, None] == there.land[None, :], air * detour, np.inf)


def route(here: Places, there: Places, over: Crossings, detour: float) -> Floats:
    """Give the bends of the way between two single places, as rows of latitude and longitude."""
    start, goal = (here.lat[0], here.lon[0]), (there.lat[0], there.lon[0])
    straight = _direct_km(here, there, detour)[0, 0]
    whole = to_ends(here, over, detour)[0][:, None] + over.km + to_ends(there, over, detour)[0]
    if straight <= whole.min(initial=np.inf):
        if not np.isfinite(straight):
            raise ValueError("no road leads there")
        return np.array([start, goal])
    at, last = divmod(int(np.argmin(whole)), whole.shape[1])
    bends = [start]
    while True:
        bends.append((over.ends.lat[at], over.ends.lon[at]))
        if at == last:
            break
        at = int(over.following[at, last])
    return np.array([*bends, goal])


def along(bends: Floats, share: float) -> tuple[float, float]:
    """Where one is when a share of the way is done (0: at the start, 1: there)."""
    legs = air_km(bends[:-1, 0], bends[:-1, 1], bends[1:, 0], bends[1:, 1])
    done = float(np.clip(share, 0.0, 1.0)) * float(legs.sum())
    for leg, length in enumerate(legs):
        if done <= length:
            part = done / length if length else 1.0
            lat, lon = bends[leg] + part * (bends[leg + 1] - bends[leg])
            return float(lat), float(lon)
        done -= float(length)
    return float(bends[-1, 0]), float(bends[-1, 1])


@dataclass(frozen=True, kw_only=True)
class TurnOut:
    """How long crews of a kind need from the alarm until they roll."""

    median_s: float
    # Of the logarithm: crews differ, and so do nights.
    spread: float
    # The rule's: at this time whoever has come leaves.
    limit_s: float

    def seconds(self, chance: Floats) -> Floats:
        """Give turn-out times from standard normal draws; none exceeds the limit."""
        return np.minimum(self.median_s * np.exp(self.spread * chance), self.limit_s)


def nearest(lat: Floats, lon: Floats, anchor_lat: Floats, anchor_lon: Floats) -> Whole:
    """For each place the number of the anchor that is nearest to it."""
    km = air_km(lat[:, None], lon[:, None], anchor_lat[None, :], anchor_lon[None, :])
    return np.asarray(np.argmin(km, axis=1))
