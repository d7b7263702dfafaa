# SPDX-License-Identifier: Apache-2.0
"""What dispatch stands on: expected arrivals, pick lists as capabilities, what is left behind."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bavn.engines.dispatch import (
    Arrival,
    Cover,
    Crews,
    Line,
    Rule,
    Standing,
    Units,
    recommend,
    shared_out,
    still_wanted,
    wants_of,
)
from bavn.engines.dispatch.lines import SHARED_LINES_LIMIT
from bavn.engines.travel import TurnOut
from tests.engines import dispatch_worlds as worlds
from tests.engines.dispatch_worlds import PLACES, Floats, world

seeds = st.integers(0, 1_000_000)
FULL_TIME, PART_TIME, ROAD = range(3)
# Medians, spreads and limits of the demonstration's crews.
CREWS = Crews(
    median_s=np.array([60.0, 235.0, 75.0]),
    spread=np.array([0.25, 0.2, 0.3]),
    limit_s=np.array([120.0, 300.0, 120.0]),
    run_spread=0.15,
)


@pytest.mark.parametrize("kind", [FULL_TIME, PART_TIME, ROAD])
@pytest.mark.parametrize("run_s", [0.0, 45.0, 333.0, 1_500.0, 60_000.0])
def test_the_expected_arrival_is_that_of_many_draws(kind: int, run_s: float) -> None:
    chance = np.random.default_rng(1)
    crew = TurnOut(
        median_s=float(CREWS.median_s[kind]),
        spread=float(CREWS.spread[kind]),
        limit_s=float(CREWS.limit_s[kind]),
    )
    draws = crew.seconds(chance.standard_normal(200_000))
    draws = draws + run_s * np.exp(CREWS.run_spread * chance.standard_normal(200_000))
    found = CREWS.expected(np.array([kind]), np.array([run_s]), np.array([0.0]))
    for column, share in ((found.median_s, 0.5), (found.p90_s, 0.9)):
        drawn = float(np.quantile(draws, share))
        # Two seconds, and a hundredth where a run takes many hours.
        assert column[0] == pytest.approx(drawn, abs=2.0, rel=0.01 if run_s > 43_200 else 0.003)


@given(
    kind=st.integers(0, 2),
    run_s=st.floats(0, 90_000),
    more_s=st.floats(0.001, 1_000),
    wait_s=st.floats(0, 7_200),
)
def test_longer_runs_arrive_later_and_waiting_is_added(
    kind: int, run_s: float, more_s: float, wait_s: float
) -> None:
    found = CREWS.expected(
        np.full(3, kind), np.array([run_s, run_s + more_s, run_s]), np.array([0.0, 0.0, wait_s])
    )
    for column in (found.median_s, found.p90_s):
        assert column[0] < column[1]
        assert column[2] == pytest.approx(column[0] + wait_s)
    assert (found.median_s < found.p90_s).all()


def test_who_cannot_come_is_never_there() -> None:
    found = CREWS.expected(
        np.zeros(2, dtype=np.int64), np.array([np.inf, 60.0]), np.array([0.0, np.inf])
    )
    assert np.isinf(found.median_s).all()
    assert np.isinf(found.p90_s).all()


@given(seed=seeds, lines=st.integers(1, 4), units=st.integers(0, 5))
def test_all_wants_of_a_list_are_met_just_when_its_lines_can_be_filled(
    seed: int, lines: int, units: int
) -> None:
    chance = np.random.default_rng(seed)
    fits = chance.random((units, 4)) < 0.5
    asked = [Line(number, int(chance.integers(1, 3)), 60.0 * number) for number in range(lines)]
    table, wants = wants_of(fits, asked, 7)
    met = all(table[:, want.capability - 7].sum() >= want.amount for want in wants)
    slots = [line.fits for line in asked for _ in range(line.number)]
    can = any(
        all(fits[unit, slot] for unit, slot in zip(order, slots, strict=True))
        for order in permutations(range(units), len(slots))
    )
    assert met == can


def test_a_vehicle_that_could_be_either_is_counted_once() -> None:
    # Engine, tanker, car; the second unit is an engine with a tank.
    fits = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1]], dtype=np.bool_)
    table, wants = wants_of(fits, [Line(0, 1, 600.0), Line(1, 1, 900.0), Line(2, 1, 300.0)])
    assert [(want.amount, want.within_s) for want in wants] == [
        (1.0, 600.0),
        (1.0, 900.0),
        (1.0, 300.0),
        (2.0, 900.0),
    ]
    assert table[:, 3].tolist() == [1.0, 1.0, 1.0, 0.0]


@given(seed=seeds, lines=st.integers(1, 3), units=st.integers(0, 6))
def test_what_is_still_wanted_is_had_just_when_the_list_can_be_filled_with_those_that_come(
    seed: int, lines: int, units: int
) -> None:
    chance = np.random.default_rng(seed)
    fits = chance.random((units, 3)) < 0.5
    asked = [Line(number, int(chance.integers(1, 3))) for number in range(lines)]
    table, wants = wants_of(fits, asked)
    names = np.array([f"u{number}" for number in range(units)], dtype=np.str_)
    all_units = Units(name=names, standing=np.zeros(units, dtype=np.int64), gives=table)
    coming = np.flatnonzero(chance.random(units) < 0.4).tolist()
    beside = [u for u in range(units) if u not in coming and chance.random() < 0.5]
    left = still_wanted(all_units, wants, coming)
    assert all(wants[number].capability == want.capability for number, want in left)
    met = all(table[beside, want.capability].sum() >= want.amount for _, want in left)
    team = [*coming, *beside]
    stands = shared_out(fits, asked, team)
    filled = [stands.count(at) for at in range(len(asked))]
    assert met == (filled == [line.number for line in asked])


@given(seed=seeds, lines=st.integers(1, 3), units=st.integers(0, 5))
def test_units_are_shared_out_among_as_many_lines_as_can_be_filled(
    seed: int, lines: int, units: int
) -> None:
    chance = np.random.default_rng(seed)
    fits = chance.random((units, 3)) < 0.5
    asked = [Line(number, int(chance.integers(1, 3))) for number in range(lines)]
    team = chance.permutation(units).tolist()
    stands = shared_out(fits, asked, team)
    placed = [(unit, at) for unit, at in zip(team, stands, strict=True) if at >= 0]
    assert all(fits[unit, asked[at].fits] for unit, at in placed)
    assert all(stands.count(at) <= line.number for at, line in enumerate(asked))
    slots = [line.fits for line in asked for _ in range(line.number)]
    most = 0
    for order in permutations([*range(units), *[-1] * len(slots)], len(slots)):
        pairs = zip(order, slots, strict=True)
        most = max(most, sum(unit >= 0 and bool(fits[unit, slot]) for unit, slot in pairs))
        if most == min(len(slots), units):
            break
    assert len(placed) == most


@example(seed=3937, limit=0.0)
@given(seed=seeds, limit=st.sampled_from([0.0, 30.0, 100.0]))
def test_nobody_is_sent_who_stands_in_no_line_of_a_list_that_is_filled(
    seed: int, limit: float
) -> None:
    chance = np.random.default_rng(seed)
    count = int(chance.integers(1, 8))
    fits = chance.random((count, 3)) < 0.5
    lines = [Line(at, int(chance.integers(1, 3))) for at in range(int(chance.integers(1, 4)))]
    table, wants = wants_of(fits, lines)
    names = np.array([f"u{number}" for number in range(count)])
    units = Units(name=names, standing=np.zeros(count, dtype=np.int64), gives=table)
    at_s: Floats = chance.permutation(count).astype(np.float64) * 60.0 + 60.0
    found = recommend(units, wants, Arrival(at_s, at_s), Rule(near_tie_s=limit))
    if found.best.adequate:
        assert -1 not in shared_out(fits, lines, found.best.units)
        assert len(found.best.units) == sum(line.number for line in lines)


@given(seed=seeds, reach_s=st.sampled_from([0.0, 90.0, 240.0, 600.0]))
def test_who_is_too_far_away_is_not_sent_and_is_told_of_where_something_is_short(
    seed: int, reach_s: float
) -> None:
    of = world(seed, 8)
    far = of.arrival.median_s > reach_s
    found = recommend(of.units, of.wants, of.arrival._replace(reach_s=reach_s), Rule())
    gone = np.where(far, np.inf, of.arrival.median_s)
    near = recommend(of.units, of.wants, Arrival(gone, gone), Rule())
    assert found.best.units == near.best.units
    assert found.best.met == near.best.met
    for short in found.shortfalls:
        free_far = far & of.units.free & np.isfinite(of.arrival.median_s)
        can = free_far & (of.units.gives[:, of.wants[short.want].capability] > 0)
        told = {each.unit for each in short.fillers if each.standing is Standing.FAR}
        assert told <= set(np.flatnonzero(can).tolist())
        assert can.any() <= bool(short.fillers)


def test_a_list_that_grows_without_limit_is_refused() -> None:
    many = SHARED_LINES_LIMIT + 1
    with pytest.raises(ValueError, match="share"):
        wants_of(np.ones((2, many), dtype=np.bool_), [Line(number, 1) for number in range(many)])


@given(seed=seeds, count=st.integers(1, 9))
def test_what_is_left_behind_is_what_looking_place_by_place_finds(seed: int, count: int) -> None:
    of = world(seed, count)
    units, layer = of.units, of.layer
    cover = Cover(units, (layer,))
    gone = np.random.default_rng(seed).random(count) < 0.5
    team = tuple(np.flatnonzero(gone & units.free).tolist())
    left = cover.left(frozenset(team))
    assert left.loss == cover.loss(frozenset(team)) == worlds.loss(of, team)
    told = {int(place): row for row, place in enumerate(left.place)}
    counts = units.free & (units.gives[:, 0] >= 1) & (layer.post >= 0)
    for place in range(PLACES):
        times = {
            int(unit): float(layer.ready_s[unit] + layer.run_s[layer.post[unit], place])
            for unit in np.flatnonzero(counts)
        }
        rest = {unit: at_s for unit, at_s in times.items() if unit not in team}
        before_s = min(times.values(), default=np.inf)
        after_s = min(rest.values(), default=np.inf)
        assert (place in told) == (after_s > before_s)
        if place in told:
            row = told[place]
            assert left.first_s[row] == before_s == times[int(left.first[row])]
            assert left.following_s[row] == after_s
            following = int(left.following[row])
            assert following == -1 if np.isinf(after_s) else rest[following] == after_s
            lost = before_s <= layer.goal_s < after_s
            assert (place in left.uncovered.tolist()) == lost


@given(seed=seeds)
def test_losses_never_shrink_when_sets_are_put_together(seed: int) -> None:
    of = world(seed, 9)
    cover = Cover(of.units, (of.layer,))
    chance = np.random.default_rng(seed)
    share = chance.integers(0, 3, size=9)
    one, other = (frozenset(np.flatnonzero(share == part).tolist()) for part in (0, 1))
    assert cover.loss(one | other) >= cover.loss(one) + cover.loss(other)


def test_several_layers_are_told_apart() -> None:
    of = world(3, 9)
    layers = (of.layer, of.layer)
    left = Cover(of.units, layers).left(frozenset(range(9)))
    single = Cover(of.units, layers[:1]).left(frozenset(range(9)))
    assert left.place.tolist() == single.place.tolist() * 2
    assert left.layer.tolist() == [0] * len(single.place) + [1] * len(single.place)
    assert left.loss == 2 * single.loss


def test_units_that_do_something_else_are_the_same_units() -> None:
    of = world(3, 9)
    standing = np.zeros(9, dtype=np.int64)
    now = of.units.now(standing)
    anew = Units(name=of.units.name, standing=standing, gives=of.units.gives)
    assert (now.free == anew.free).all()
    assert (now.rank == anew.rank).all()
    assert (now.fine == anew.fine).all()
    assert not of.units.free.all()
    with pytest.raises(ValueError, match="standing"):
        of.units.now(standing[:3])
