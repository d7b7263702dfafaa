# SPDX-License-Identifier: Apache-2.0
"""Several incidents at once: nobody is sent twice, and no way of sharing out is better."""

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bavn.engines.dispatch import (
    Arrival,
    Claim,
    Cover,
    Joint,
    Patience,
    Rule,
    Score,
    Standing,
    Units,
    Want,
    Why,
    recommend,
    recommend_together,
)
from bavn.engines.dispatch.words import FINE
from tests.engines import dispatch_worlds as worlds
from tests.engines.dispatch_worlds import STEP, World, chosen, world

seeds = st.integers(0, 1_000_000)
RULE = Rule(cover_step=STEP)


def several(seed: int, count: int, incidents: int, wants: int = 2) -> list[World]:
    """The same units beside several needs."""
    first = world(seed, count, wants)
    others = [world(seed + 1 + number, count, wants) for number in range(incidents - 1)]
    return [
        first,
        *(World(first.units, each.wants, each.arrival, first.layer) for each in others),
    ]


def claims_of(of: list[World], urgencies: list[int]) -> list[Claim]:
    return [
        Claim(each.wants, each.arrival, urgency)
        for each, urgency in zip(of, urgencies, strict=True)
    ]


def scored(of: list[World], urgencies: list[int], teams: list[tuple[int, ...]]) -> list[float]:
    """Score a way of sharing out, counted anew: by urgency missing, late, seconds; then units."""
    score = [0.0] * (3 * (1 + max(urgencies)) + 1)
    for each, urgency, team in zip(of, urgencies, teams, strict=True):
        got, when = worlds.met(each, team)
        for have, at_s, want in zip(got, when, each.wants, strict=True):
            # In millionths of a want, each rounded up: where shares are as good as equal, that
            # decides which plan is the better one.
            lacking = 1 - Fraction(round(have * FINE), round(want.amount * FINE))
            score[3 * urgency] += math.ceil(lacking * 1_000_000)
            score[3 * urgency + 1] += max(at_s - want.within_s, 0.0) if have else 0.0
            score[3 * urgency + 2] += at_s
        score[-1] += len(team)
    return score


def shared_out(of: list[World]) -> list[list[tuple[int, ...]]]:
    """Every way to give each unit that can be sent to one of the incidents, or to none."""
    units = of[0].units
    free = np.flatnonzero(np.isin(units.standing, [Standing.HOME, Standing.ROAD])).tolist()
    ways = []
    for picks in product(range(-1, len(of)), repeat=len(free)):
        teams: list[list[int]] = [[] for _ in of]
        for unit, pick in zip(free, picks, strict=True):
            if pick >= 0:
                teams[pick].append(unit)
        possible = all(
            np.isfinite(each.arrival.median_s[team]).all()
            for each, team in zip(of, teams, strict=True)
        )
        if possible:
            ways.append([tuple(team) for team in teams])
    return ways


def teams_of(found: Joint) -> list[tuple[int, ...]]:
    return [each.best.units for each in found.each]


def urgencies_of(seed: int, incidents: int) -> list[int]:
    drawn: list[int] = np.random.default_rng(seed).integers(0, 2, size=incidents).tolist()
    return drawn


@pytest.mark.requirement("E2.4")
@example(seed=686, count=4, incidents=2)
@given(seed=seeds, count=st.integers(0, 6), incidents=st.integers(1, 3))
def test_no_way_of_sharing_out_is_better(seed: int, count: int, incidents: int) -> None:
    of = several(seed, count, incidents)
    urgencies = urgencies_of(seed, incidents)
    found = recommend_together(of[0].units, claims_of(of, urgencies), RULE)
    best = min(scored(of, urgencies, teams) for teams in shared_out(of))
    assert found.proven
    assert scored(of, urgencies, teams_of(found)) == best
    assert found.bound == found.cost


@pytest.mark.slow
def test_no_way_of_sharing_out_more_units_is_better() -> None:
    for seed in range(6):
        of = several(seed, 7, 3)
        urgencies = urgencies_of(seed, 3)
        found = recommend_together(of[0].units, claims_of(of, urgencies), RULE)
        best = min(scored(of, urgencies, teams) for teams in shared_out(of))
        assert scored(of, urgencies, teams_of(found)) == best


@given(
    seed=seeds,
    incidents=st.integers(1, 5),
    limit=st.sampled_from([0.0, 120.0]),
    nodes=st.sampled_from([0, 3, 20, 10_000]),
)
def test_no_unit_is_sent_twice_and_only_who_is_free_also_when_time_is_out(
    seed: int, incidents: int, limit: float, nodes: int
) -> None:
    of = several(seed, 12, incidents)
    urgencies = urgencies_of(seed, incidents)
    units = of[0].units
    found = recommend_together(
        units,
        claims_of(of, urgencies),
        Rule(near_tie_s=limit, cover_step=STEP),
        cover=Cover(units, (of[0].layer,)),
        patience=Patience(nodes_limit=nodes),
    )
    sent = [unit for team in teams_of(found) for unit in team]
    assert len(sent) == len(set(sent))
    for each, recommendation in zip(of, found.each, strict=True):
        assert set(recommendation.best.units) <= set(worlds.useful(each))
        got, when = worlds.met(each, recommendation.best.units)
        assert tuple(one.got for one in recommendation.best.met) == got
        for one, at_s in zip(recommendation.best.met, when, strict=True):
            assert one.at_s == at_s or one.got == 0
    # What is promised as the least is no more than what is reached.
    assert found.bound <= found.cost
    if found.proven:
        assert found.bound == found.cost


@given(seed=seeds, incidents=st.integers(2, 4))
def test_out_of_time_the_plan_is_feasible_and_between_the_bound_and_nothing(
    seed: int, incidents: int
) -> None:
    of = several(seed, 8, incidents)
    claims = claims_of(of, urgencies_of(seed, incidents))
    brief = recommend_together(of[0].units, claims, RULE, patience=Patience(nodes_limit=0))
    whole = recommend_together(of[0].units, claims, RULE)
    assert whole.proven
    assert brief.bound <= whole.cost <= brief.cost
    if brief.cost != whole.cost:
        assert not brief.proven


@given(seed=seeds)
def test_the_less_urgent_changes_nothing_for_the_more_urgent(seed: int) -> None:
    of = several(seed, 8, 4)
    claims = claims_of(of, [0, 0, 1, 1])
    both = recommend_together(of[0].units, claims, RULE)
    alone = recommend_together(of[0].units, claims[:2], RULE)
    assert both.cost[0] == alone.cost[0]


@given(seed=seeds)
def test_the_order_of_the_units_changes_no_score(seed: int) -> None:
    of = several(seed, 10, 3)
    order = np.random.default_rng(seed).permutation(10)
    mixed = [chosen(each, order) for each in of]
    urgencies = urgencies_of(seed, 3)
    one = recommend_together(of[0].units, claims_of(of, urgencies), RULE)
    two = recommend_together(mixed[0].units, claims_of(mixed, urgencies), RULE)
    assert one.cost == two.cost


@given(seed=seeds, count=st.integers(1, 12))
def test_one_incident_together_is_one_incident(seed: int, count: int) -> None:
    of = world(seed, count)
    for limit in (0.0, 120.0):
        rule = Rule(near_tie_s=limit, cover_step=STEP)
        single = recommend(of.units, of.wants, of.arrival, rule)
        (together,) = recommend_together(of.units, claims_of([of], [0]), rule).each
        assert together.best == single.best
        assert together.runner_up is None or single.runner_up is not None


# Once two plans that were apart became better with one and the same unit.
@example(seed=1261, limit=60.0)
@given(seed=seeds, limit=st.sampled_from([60.0, 300.0]))
def test_a_near_tie_makes_nothing_come_later_than_its_limit(seed: int, limit: float) -> None:
    of = several(seed, 12, 3)
    claims = claims_of(of, [0, 0, 1])
    cover = Cover(of[0].units, (of[0].layer,))
    strict = recommend_together(of[0].units, claims, RULE, cover=cover)
    near = recommend_together(
        of[0].units, claims, Rule(near_tie_s=limit, cover_step=STEP), cover=cover
    )
    for one, other in zip(near.each, strict.each, strict=True):
        for here, there in zip(one.best.met, other.best.met, strict=True):
            # A unit that one lets go may fill what another lacked: then there is more of it.
            assert here.got >= there.got
            assert here.got > there.got or not here.at_s > there.at_s + limit


# Examples

PUMP = (Want(0, 1, 600),)


def two_pumps() -> Units:
    return Units(
        name=np.array(["a", "b"]), standing=np.zeros(2, dtype=np.int64), gives=np.ones((2, 1))
    )


def at(*seconds: float) -> Arrival:
    return Arrival(np.array(seconds), np.array(seconds) * 1.5)


def test_the_nearest_goes_where_nobody_else_is_near() -> None:
    # Both want "a" most; the second has nobody else for half an hour.
    claims = [Claim(PUMP, at(300.0, 360.0)), Claim(PUMP, at(240.0, 1_800.0))]
    found = recommend_together(two_pumps(), claims, Rule())
    assert teams_of(found) == [(1,), (0,)]
    assert found.cost == (Score(0.0, 0.0, 600.0),)
    reason = found.each[0].reason
    assert (reason.why, reason.deciding, reason.instead) == (Why.ELSEWHERE, 1, 0)
    assert (reason.incident, reason.later_s) == (1, -60.0)


def test_what_is_more_urgent_has_its_soonest_whatever_it_costs_the_other() -> None:
    claims = [Claim(PUMP, at(300.0, 360.0), 0), Claim(PUMP, at(240.0, 1_800.0), 1)]
    found = recommend_together(two_pumps(), claims, Rule())
    assert teams_of(found) == [(0,), (1,)]
    assert found.cost == (Score(0.0, 0.0, 300.0), Score(0.0, 1_200.0, 1_800.0))


def test_one_pump_for_two_leaves_one_of_them_short_and_says_so() -> None:
    units = Units(
        name=np.array(["a", "b"]),
        standing=np.array([Standing.HOME, Standing.BUSY]),
        gives=np.ones((2, 1)),
    )
    claims = [Claim(PUMP, at(300.0, 900.0)), Claim(PUMP, at(240.0, 700.0))]
    found = recommend_together(units, claims, Rule())
    assert teams_of(found) == [(), (0,)]
    assert found.each[0].reason.why is Why.ELSEWHERE
    (short,) = found.each[0].shortfalls
    assert [(each.unit, each.at_s) for each in short.fillers] == [(1, 900.0)]
    assert found.cost == (Score(1.0, 0.0, 240.0),)


def test_no_incident_is_no_work_and_no_urgency_is_below_zero() -> None:
    found = recommend_together(two_pumps(), [], Rule())
    assert (found.each, found.left, found.proven) == ((), None, True)
    with pytest.raises(ValueError, match="urgent"):
        recommend_together(two_pumps(), [Claim(PUMP, at(1.0, 2.0), -1)], Rule())
