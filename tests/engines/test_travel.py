# SPDX-License-Identifier: Apache-2.0
"""Distances go round the water, times grow with distance, crews leave before the limit."""

import heapq
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.engines import travel
from bavn.engines.travel import Crossing, Crossings, Places, Speed, TurnOut

DETOUR = 1.3
SPEED = Speed(cruise_km_h=72.0, run_up_km=3.0, detour=DETOUR)
Pair = tuple[int, int]


def haversine_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Written anew from the formula, with plain numbers."""
    lat, to_lat = math.radians(one[0]), math.radians(other[0])
    lon = math.radians(other[1] - one[1])
    half = math.sin((to_lat - lat) / 2) ** 2
    half += math.cos(lat) * math.cos(to_lat) * math.sin(lon / 2) ** 2
    return 2 * travel.EARTH_KM * math.asin(math.sqrt(half))


class World:
    """Places and crossings from a seed, and the shortest way by plain search: the oracle."""

    def __init__(self, seed: int, lands: int, places: int, links: int) -> None:
        chance = np.random.default_rng(seed)
        self.places = self._some(chance, places, lands)
        ends = self._some(chance, 2 * links, lands)
        self.pairs = [
            Crossing(2 * each, 2 * each + 1, float(chance.choice([0.0, 5.0, 60.0])))
            for each in range(links)
        ]
        self.over: Crossings = travel.crossings(ends, self.pairs, DETOUR)

    @staticmethod
    def _some(chance: np.random.Generator, count: int, lands: int) -> Places:
        return Places(
            55 + 2 * chance.random(count),
            8 + 4 * chance.random(count),
            chance.integers(lands, size=count),
        )

    def shortest_km(self, start: int, goal: int) -> float:
        """Dijkstra over single points."""
        points = [*self._points(self.over.ends), *(self._point(each) for each in (start, goal))]
        count = len(self.over.ends.lat)
        first, last = count, count + 1
        best = {first: 0.0}
        queue = [(0.0, first)]
        while queue:
            done, here = heapq.heappop(queue)
            if here == last:
                return done
            if done > best[here]:
                continue
            for there in range(len(points)):
                km = done + self._edge(points, here, there)
                if km < best.get(there, math.inf):
                    best[there] = km
                    heapq.heappush(queue, (km, there))
        return math.inf

    def _edge(self, points: list[tuple[float, float, int]], here: int, there: int) -> float:
        one, other = points[here], points[there]
        air = haversine_km(one[:2], other[:2])
        km = air * DETOUR if one[2] == other[2] else math.inf
        for pair in self.pairs:
            if {here, there} == {pair.one, pair.other}:
                km = min(km, air + pair.extra_km)
        return km

    @staticmethod
    def _points(places: Places) -> list[tuple[float, float, int]]:
        columns = (column.tolist() for column in places)
        return list(zip(*columns, strict=True))

    def _point(self, number: int) -> tuple[float, float, int]:
        return self._points(self.places)[number]

    def one(self, number: int) -> Places:
        lat, lon, land = self.places
        only = slice(number, number + 1)
        return Places(lat[only], lon[only], land[only])


worlds = st.builds(
    World,
    seed=st.integers(0, 10_000),
    lands=st.integers(1, 4),
    places=st.just(4),
    links=st.integers(0, 5),
)


@given(world=worlds)
def test_the_way_is_the_shortest_that_a_plain_search_finds(world: World) -> None:
    found = travel.road_km(world.places, world.places, world.over, DETOUR)
    for start in range(4):
        for goal in range(4):
            assert found[start, goal] == pytest.approx(world.shortest_km(start, goal))


@given(world=worlds)
def test_many_to_one_is_a_column_of_the_table(world: World) -> None:
    table = travel.road_km(world.places, world.places, world.over, DETOUR)
    kept = travel.to_ends(world.places, world.over, DETOUR)
    for goal in range(4):
        column = travel.road_to_km(world.places, kept, world.one(goal), world.over, DETOUR)
        np.testing.assert_allclose(column, table[:, goal])


@given(world=worlds, share=st.floats(0, 1))
def test_the_bends_of_a_way_begin_here_and_end_there(world: World, share: float) -> None:
    here, there = world.one(0), world.one(1)
    km = travel.road_km(here, there, world.over, DETOUR)[0, 0]
    if not np.isfinite(km):
        with pytest.raises(ValueError, match="no road"):
            travel.route(here, there, world.over, DETOUR)
        return
    bends = travel.route(here, there, world.over, DETOUR)
    assert tuple(bends[0]) == (here.lat[0], here.lon[0])
    assert tuple(bends[-1]) == (there.lat[0], there.lon[0])
    lat, lon = travel.along(bends, share)
    lows, highs = bends.min(axis=0), bends.max(axis=0)
    assert lows[0] - 1e-9 <= lat <= highs[0] + 1e-9
    assert lows[1] - 1e-9 <= lon <= highs[1] + 1e-9


def test_a_sound_is_not_driven_across_but_round_by_its_bridge() -> None:
    # Two shores a kilometre apart, with a bridge fifty kilometres away.
    shores = Places(np.array([55.0, 55.01]), np.array([10.0, 10.0]), np.array([0, 1]))
    bridge = Places(np.array([55.45, 55.46]), np.array([10.0, 10.0]), np.array([0, 1]))
    over = travel.crossings(bridge, [Crossing(0, 1, 0.0)], DETOUR)
    km = travel.road_km(shores, shores, over, DETOUR)
    assert km[0, 0] == 0
    assert 100 < km[0, 1] < 150


@given(near=st.floats(0, 200), further=st.floats(0.01, 100))
def test_the_farther_the_longer_and_the_faster(near: float, further: float) -> None:
    near_s, far_s = SPEED.run_s(np.array([near, near + further]))
    assert near_s < far_s
    if near > 0.01:
        assert near / near_s <= (near + further) / far_s * (1 + 1e-9)


def test_both_forms_of_the_time_meet_where_cruising_speed_is_reached() -> None:
    before, after = SPEED.run_s(np.array([3.0 - 1e-9, 3.0 + 1e-9]))
    assert before == pytest.approx(after)
    # 2 r / v: twice what it would take at full speed.
    assert before == pytest.approx(2 * 3.0 / 72.0 * 3600)
    assert SPEED.run_s(np.array([np.inf]))[0] == np.inf


def test_no_crew_leaves_after_the_limit_and_half_of_them_by_the_median() -> None:
    chance = np.random.default_rng(1).standard_normal(20_000)
    seconds = TurnOut(median_s=235, spread=0.2, limit_s=300).seconds(chance)
    assert seconds.max() == 300
    assert np.median(seconds) == pytest.approx(235, rel=0.01)
    assert seconds.min() > 60
