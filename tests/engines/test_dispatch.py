# SPDX-License-Identifier: Apache-2.0
"""One incident: adequate before soon, soon before few; every answer has its reason and its next."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.engines.dispatch import (
    Cover,
    Patience,
    Recommendation,
    Rule,
    Standing,
    Why,
    recommend,
)
from bavn.engines.dispatch.case import Case
from bavn.engines.dispatch.search import best
from tests.engines import dispatch_worlds as worlds
from tests.engines.dispatch_worlds import STEP, World, world

seeds = st.integers(0, 1_000_000)
LIMITS = (0.0, 60.0, 300.0)


def asked(
    of: World, rule: Rule | None = None, *, by_cover: bool = True, patience: Patience | None = None
) -> Recommendation:
    cover = Cover(of.units, (of.layer,)) if by_cover else None
    rule = rule or Rule(cover_step=STEP)
    return recommend(of.units, of.wants, of.arrival, rule, cover=cover, patience=patience)


def names(of: World, team: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(sorted(of.units.name[list(team)].tolist()))


def same_as_all_sets(seed: int, count: int, rule: Rule, *, by_cover: bool) -> None:
    of = world(seed, count)
    found = asked(of, rule, by_cover=by_cover)
    assert found.proven
    assert names(of, found.best.units) == worlds.best(of, rule, by_cover=by_cover)


@pytest.mark.requirement("E5.1")
@given(
    seed=seeds,
    count=st.integers(0, 7),
    limit=st.sampled_from(LIMITS),
    wider=st.booleans(),
    by_cover=st.booleans(),
)
def test_it_is_the_set_that_trying_all_sets_finds(
    seed: int, count: int, limit: float, *, wider: bool, by_cover: bool
) -> None:
    rule = Rule(near_tie_s=limit, cover_step=STEP, wider=wider)
    same_as_all_sets(seed, count, rule, by_cover=by_cover)


@pytest.mark.slow
@pytest.mark.parametrize("limit", LIMITS)
def test_it_is_the_set_that_trying_all_sets_of_twelve_units_finds(limit: float) -> None:
    for seed in range(25):
        rule = Rule(near_tie_s=limit, cover_step=STEP)
        same_as_all_sets(seed, 12, rule, by_cover=bool(seed % 2))


@pytest.mark.slow
@pytest.mark.requirement("E5.1")
@pytest.mark.parametrize("part", range(4))
def test_no_inadequate_set_where_an_adequate_one_exists_in_100_000_states(part: int) -> None:
    """What decides the set, without the words about it; a state is who of the free is left."""
    chance = np.random.default_rng(part)
    states, units = 50, 16
    adequate = short = 0
    for number in range(500):
        of = world(1_000 * (part + 1) + number, units)
        case = Case(of.units, of.wants, of.arrival)
        amounts = np.array([want.amount for want in of.wants])
        gives = of.units.gives[:, [want.capability for want in of.wants]]
        can = np.zeros(units, dtype=np.bool_)
        can[worlds.useful(of)] = True
        gone = chance.random((states, units)) < 0.8 * chance.random((states, 1))
        teams = np.zeros((states, units))
        for state, row in enumerate(gone):
            without = frozenset(np.flatnonzero(row).tolist())
            for unit in best(case, Rule(), None, Patience(), without).units:
                teams[state, unit] += 1
        left = can & ~gone
        # Nobody twice, and nobody who is not there.
        assert (teams <= left).all()
        # Where it can be adequate all is met; where it cannot, all that there is goes.
        there, brings = left.astype(np.float64) @ gives, teams @ gives
        assert (brings >= np.minimum(there, amounts)).all()
        met = (brings >= amounts).all(axis=1)
        assert (met == (there >= amounts).all(axis=1)).all()
        adequate, short = adequate + int(met.sum()), short + int((~met).sum())
    assert adequate + short == 25_000
    assert min(adequate, short) > 2_000


@given(seed=seeds, count=st.integers(1, 12), limit=st.sampled_from(LIMITS))
def test_the_order_of_the_units_changes_nothing(seed: int, count: int, limit: float) -> None:
    of = world(seed, count)
    order = np.random.default_rng(seed).permutation(count)
    other = worlds.chosen(of, order)
    rule = Rule(near_tie_s=limit, cover_step=STEP)
    one, two = asked(of, rule), asked(other, rule)
    assert names(of, one.best.units) == names(other, two.best.units)
    assert one.best.met == two.best.met
    assert one.reason.why is two.reason.why
    nexts = [
        names(which, found.runner_up.units) if found.runner_up else None
        for which, found in ((of, one), (other, two))
    ]
    assert nexts[0] == nexts[1]


@given(seed=seeds, count=st.integers(2, 12), limit=st.sampled_from(LIMITS))
def test_one_more_free_unit_never_makes_it_worse(seed: int, count: int, limit: float) -> None:
    more = world(seed, count)
    fewer = worlds.chosen(more, np.arange(count - 1))
    rule = Rule(near_tie_s=limit, cover_step=STEP)
    after, before = asked(more, rule), asked(fewer, rule)
    for one, other in zip(after.best.met, before.best.met, strict=True):
        assert one.got >= other.got
    soonest, formerly = after.soonest or after.best, before.soonest or before.best
    for one, other in zip(soonest.met, formerly.met, strict=True):
        # With more of it there it may take longer: then it is not the same that is there.
        assert one.got > other.got or not one.at_s > other.at_s
    for one, other in zip(after.best.met, soonest.met, strict=True):
        assert not one.at_s > other.at_s + limit


@given(seed=seeds, count=st.integers(1, 12))
def test_without_near_ties_nothing_can_be_there_sooner(seed: int, count: int) -> None:
    of = world(seed, count)
    found = asked(of)
    assert found.soonest is None
    everybody = worlds.met(of, tuple(worlds.useful(of)))
    for each, got, at_s in zip(found.best.met, *everybody, strict=True):
        assert each.got == got
        assert each.at_s == at_s or got == 0


@given(seed=seeds, count=st.integers(0, 12))
def test_a_shortfall_is_named_only_where_there_is_one(seed: int, count: int) -> None:
    of = world(seed, count)
    found = asked(of)
    free, standing = worlds.useful(of), of.units.standing
    lacking = {}
    for number, want in enumerate(of.wants):
        there = float(of.units.gives[free, want.capability].sum())
        if there < want.amount:
            lacking[number] = want.amount - there
    assert {each.want: each.missing for each in found.shortfalls} == lacking
    assert found.best.adequate == (not lacking)
    assert (found.reason.why in {Why.SHORT, Why.NOBODY}) == bool(lacking)
    for each in found.shortfalls:
        capability = of.wants[each.want].capability
        times = [filler.at_s for filler in each.fillers]
        assert times == sorted(times)
        for filler in each.fillers:
            assert standing[filler.unit] in {Standing.BUSY, Standing.OUTSIDE}
            assert filler.amount == of.units.gives[filler.unit, capability] > 0
        enough = [
            at_s
            for at, at_s in enumerate(times)
            if sum(filler.amount for filler in each.fillers[: at + 1]) >= each.missing
        ]
        if enough:
            assert each.filled_s == enough[0]


@given(seed=seeds, count=st.integers(1, 12), limit=st.sampled_from(LIMITS))
def test_the_runner_up_is_the_best_without_the_unit_that_decides(
    seed: int, count: int, limit: float
) -> None:
    of = world(seed, count)
    rule = Rule(near_tie_s=limit, cover_step=STEP)
    found = asked(of, rule, by_cover=False)
    reason = found.reason
    if reason.why is Why.NOBODY:
        assert (found.runner_up, reason.deciding, found.best.units) == (None, -1, ())
        return
    assert reason.deciding in found.best.units
    others = np.flatnonzero(np.arange(count) != reason.deciding)
    without = asked(worlds.chosen(of, others), rule, by_cover=False)
    if found.runner_up is None:
        assert without.best.units == ()
    else:
        assert tuple(others[list(without.best.units)]) == found.runner_up.units


@given(seed=seeds, count=st.integers(1, 12), limit=st.sampled_from(LIMITS))
def test_the_reason_is_borne_out_by_its_figures(seed: int, count: int, limit: float) -> None:
    of = world(seed, count)
    found = asked(of, Rule(near_tie_s=limit, cover_step=STEP))
    reason, other = found.reason, found.soonest or found.runner_up
    if reason.why is Why.ONLY:
        assert found.runner_up is None or not found.runner_up.adequate
        return
    if other is None or reason.why is Why.NOBODY:
        return
    assert reason.more_units == len(other.units) - len(found.best.units)
    losses = [worlds.loss(of, each.units) for each in (other, found.best)]
    assert reason.more_loss == losses[0] - losses[1]
    both = list(zip(found.best.met, other.met, strict=True))
    match reason.why:
        case Why.SOONEST:
            assert any(there.at_s > here.at_s for here, there in both)
        case Why.FEWER:
            assert reason.more_units > 0
        case Why.COVER:
            assert reason.more_units <= 0
            assert reason.more_loss > 0
        case Why.NAME:
            assert reason.more_units <= 0
            assert losses[0] // STEP == losses[1] // STEP
        case why:
            assert why is Why.SHORT


@given(seed=seeds, count=st.integers(4, 12), nodes=st.integers(0, 6))
def test_out_of_time_it_is_as_adequate_and_as_soon_and_says_that_it_is_unproven(
    seed: int, count: int, nodes: int
) -> None:
    of = world(seed, count, wants=6)
    rule = Rule(near_tie_s=300.0, cover_step=STEP)
    brief = asked(of, rule, patience=Patience(nodes_limit=nodes))
    whole = asked(of, rule)
    assert [each.got for each in brief.best.met] == [each.got for each in whole.best.met]
    assert brief.least_units <= len(whole.best.units) <= len(brief.best.units)
    if names(of, brief.best.units) != names(of, whole.best.units):
        assert not brief.proven
    assert whole.proven


def test_a_clock_that_has_run_out_ends_the_search() -> None:
    of = world(0, 12, wants=6)
    rule = Rule(near_tie_s=300.0, cover_step=STEP)
    found = asked(of, rule, patience=Patience(is_over=lambda: True))
    assert not found.proven
    assert found.best.adequate == asked(of, rule).best.adequate


def test_the_sooner_of_sent_comes_first_with_its_ninety_percent() -> None:
    of = world(11, 12)
    for each, after in pairwise(asked(of).best.sent):
        assert each.median_s <= after.median_s
    for each in asked(of).best.sent:
        assert each.p90_s == of.arrival.p90_s[each.unit]
