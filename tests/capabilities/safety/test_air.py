# SPDX-License-Identifier: Apache-2.0
"""The air of a team: laws, and one table of examples that the device is held to as well."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.safety.model.air import (
    MINUTE_MS,
    Air,
    AirRules,
    Cylinder,
    Reading,
    air_of,
    believed,
)
from bavn.capabilities.safety.model.teams import (
    LOUD,
    Signal,
    Step,
    StepSort,
    TeamNow,
    signals_of,
    teams_now,
)
from bavn.node.safety import air_rules_of, cylinders_of
from tests.browser.finding import ROOT

# `node --test` reads the same file: web/tests/divers.test.ts.
EXAMPLES = json.loads((ROOT / "web/tests/divers.examples.json").read_text(encoding="utf-8"))
RULES = air_rules_of("denmark")
ONE = cylinders_of("denmark")[0].figures
START = 1_700_000_000_000


@pytest.mark.requirement("E5.3")
@pytest.mark.parametrize("example", EXAMPLES["examples"], ids=lambda each: each["name"])
def test_the_node_counts_as_the_table_of_examples_says(example: dict[str, object]) -> None:
    rules = msgspec.convert(EXAMPLES["rules"], AirRules)
    steps = msgspec.convert(example["steps"], list[Step])
    teams = teams_now(steps, rules, msgspec.convert(example["now_ms"], int))
    # Through JSON, where a tuple is a list.
    assert msgspec.json.decode(msgspec.json.encode(teams)) == example["teams"]


def test_the_examples_are_counted_by_the_country_s_own_figures() -> None:
    assert msgspec.to_builtins(RULES) == EXAMPLES["rules"]
    named = {
        signal for each in EXAMPLES["examples"] for t in each["teams"] for signal in t["signals"]
    }
    assert named == {each.value for each in Signal}, "each signal has an example"


def test_the_country_says_what_its_figures_stand_on() -> None:
    for each in cylinders_of("denmark"):
        assert each.basis == "own calibration"
        figures = each.figures
        assert 0 < figures.reserve_bar < figures.working_bar
        assert figures.litres > 0
        assert figures.use_l_min > 0


bars = st.integers(min_value=0, max_value=340)
cylinders = st.builds(
    Cylinder,
    litres=st.sampled_from([6.0, 6.8, 8.0, 13.6]),
    working_bar=st.sampled_from([200, 300]),
    reserve_bar=st.integers(min_value=30, max_value=80),
    use_l_min=st.integers(min_value=30, max_value=100),
)


@st.composite
def readings(draw: st.DrawFn, least: int = 1, *, corrects: bool = False) -> list[Reading]:
    """Pressures in the order of time, as people tell them: any of them may be wrong."""
    at, found = START, list[Reading]()
    for _ in range(draw(st.integers(min_value=least, max_value=6))):
        is_correction = corrects and bool(found) and draw(st.booleans())
        found.append(Reading(at, draw(bars), is_correction))
        at += draw(st.integers(min_value=0, max_value=12 * MINUTE_MS))
    return found


def air(told: list[Reading], cylinder: Cylinder) -> Air:
    found = air_of(told, cylinder, RULES)
    assert found is not None
    return found


@given(readings(corrects=True), cylinders)
def test_nothing_is_later_than_the_least_use_of_what_is_left_allows(
    told: list[Reading], cylinder: Cylinder
) -> None:
    found = air(told, cylinder)
    least = cylinder.use_l_min / cylinder.litres * RULES.use_least_pct / 100
    left = max(0, found.bar - cylinder.reserve_bar)
    assert found.reserve_ms <= found.bar_at_ms + left / least * MINUTE_MS + 1
    assert found.bar <= cylinder.working_bar * 1.1
    assert found.use_bar_min >= least


@given(readings(corrects=True), cylinders)
def test_a_team_turns_before_it_is_on_the_reserve(told: list[Reading], cylinder: Cylinder) -> None:
    found = air(told, cylinder)
    assert told[0].at_ms <= found.turn_ms <= found.reserve_ms


@given(readings(least=2), cylinders, bars)
def test_a_lower_pressure_never_leaves_more_time(
    told: list[Reading], cylinder: Cylinder, lower: int
) -> None:
    last = told[-1]
    less = [*told[:-1], Reading(last.at_ms, min(last.bar, lower))]
    one, other = air(told, cylinder), air(less, cylinder)
    assert other.reserve_ms <= one.reserve_ms
    assert other.turn_ms <= one.turn_ms


@given(readings(), cylinders, st.integers(min_value=0, max_value=60))
def test_who_is_planned_to_use_more_has_no_more_time(
    told: list[Reading], cylinder: Cylinder, more: int
) -> None:
    heavier = msgspec.structs.replace(cylinder, use_l_min=cylinder.use_l_min + more)
    assert air(told, heavier).reserve_ms <= air(told, cylinder).reserve_ms


@given(readings(), cylinders)
def test_pressure_never_rises_by_itself(told: list[Reading], cylinder: Cylinder) -> None:
    known = [each.bar for each in believed(told, cylinder)]
    assert known == sorted(known, reverse=True)
    assert len(known) == len(told)


def test_who_says_that_a_pressure_before_was_wrong_is_believed() -> None:
    told = [Reading(START, 300), Reading(START + MINUTE_MS, 26)]
    assert air(told, ONE).reserve_ms == START + MINUTE_MS
    for corrects, bar in ((False, 26), (True, 260)):
        more = [*told, Reading(START + 2 * MINUTE_MS, 260, corrects)]
        assert air(more, ONE).bar == bar


def test_two_pressures_close_together_measure_nothing() -> None:
    near = [Reading(START, 300), Reading(START + 59_000, 240)]
    assert not air(near, ONE).is_measured
    apart = [Reading(START, 300), Reading(START + 60_000, 240)]
    found = air(apart, ONE)
    assert (found.is_measured, found.use_bar_min) == (True, 60.0)


def test_the_steeper_of_two_uses_counts() -> None:
    slow, fast = Reading(START + 10 * MINUTE_MS, 280), Reading(START + 12 * MINUTE_MS, 240)
    assert air([Reading(START, 300), slow, fast], ONE).use_bar_min == 20.0


# Teams


sorts = st.sampled_from([each for each in StepSort if each is not StepSort.ENTERED])


@st.composite
def told_steps(draw: st.DrawFn) -> list[Step]:
    """What was told of two teams, some of it twice, some of a team that nobody told in."""
    found = []
    for team in draw(st.sampled_from([("a",), ("a", "b"), ("b",)])):
        if draw(st.booleans()):
            at = START + draw(st.integers(min_value=0, max_value=5)) * MINUTE_MS
            entered = Step(
                step=f"{team}-in",
                team=team,
                sort=StepSort.ENTERED,
                at_ms=at,
                callsign="RD 1",
                count=2,
                bar=draw(bars),
                cylinder=ONE,
            )
            found.append(entered)
        for number in range(draw(st.integers(min_value=1, max_value=5))):
            sort = draw(sorts)
            at = START + draw(st.integers(min_value=0, max_value=30)) * MINUTE_MS
            bar = draw(bars) if sort is StepSort.PRESSURE else None
            found.append(Step(step=f"{team}{number}", team=team, sort=sort, at_ms=at, bar=bar))
    return found


@given(told_steps(), st.randoms(use_true_random=False), st.data())
def test_the_same_words_in_any_order_and_however_often_are_the_same_teams(
    steps: list[Step], chance: object, data: st.DataObject
) -> None:
    now_ms = START + data.draw(st.integers(min_value=0, max_value=60)) * MINUTE_MS
    again = [*steps, *data.draw(st.lists(st.sampled_from(steps), max_size=4))]
    chance.shuffle(again)  # type: ignore[attr-defined]
    assert teams_now(again, RULES, now_ms) == teams_now(steps, RULES, now_ms)


def pressing(team: TeamNow) -> int:
    order = list(Signal)
    return min((order.index(each) for each in team.signals), default=len(order))


@given(told_steps(), st.integers(min_value=0, max_value=60), st.integers(min_value=0, max_value=60))
def test_while_nothing_is_told_time_makes_nothing_better(
    steps: list[Step], minutes: int, more: int
) -> None:
    now_ms = START + minutes * MINUTE_MS
    for team in teams_now(steps, RULES, now_ms):
        later = signals_of(team, RULES, now_ms + more * MINUTE_MS)
        assert LOUD.intersection(team.signals) <= LOUD.intersection(later)
        assert pressing(msgspec.structs.replace(team, signals=later)) <= pressing(team)


@given(told_steps())
def test_a_mayday_counts_until_it_is_over_or_all_are_out(steps: list[Step]) -> None:
    # Nobody says that it is over: then only a later word of "out" ends it.
    told = [each for each in steps if each.sort is not StepSort.MAYDAY_ENDED]
    for team in teams_now(told, RULES, START):
        own = [each for each in told if each.team == team.team]
        maydays = [each.at_ms for each in own if each.sort is StepSort.MAYDAY]
        outs = [each.at_ms for each in own if each.sort is StepSort.OUT]
        if maydays and (not outs or max(outs) < max(maydays)):
            assert team.is_inside
            assert Signal.MAYDAY in team.signals


def team_of(*told: tuple[StepSort, int]) -> TeamNow:
    steps = [
        Step(step=f"{number}", team="t", sort=sort, at_ms=START + at * MINUTE_MS)
        for number, (sort, at) in enumerate(told)
    ]
    (team,) = teams_now(steps, RULES, START + 40 * MINUTE_MS)
    return team


def test_who_is_heard_after_having_been_told_out_is_inside() -> None:
    assert not team_of((StepSort.CONTACT, 1), (StepSort.OUT, 2)).is_inside
    assert team_of((StepSort.OUT, 2), (StepSort.CONTACT, 3)).is_inside
    # What comes late finds its place: it was before.
    assert not team_of((StepSort.OUT, 5), (StepSort.PRESSURE, 3)).is_inside


def test_out_before_in_is_a_team_that_nobody_told_in() -> None:
    team = team_of((StepSort.OUT, 2))
    assert (team.is_entered, team.is_inside, team.air) == (False, False, None)


def test_who_has_turned_is_not_told_to_turn() -> None:
    entered = Step(
        step="1", team="t", sort=StepSort.ENTERED, at_ms=START, count=2, bar=300, cylinder=ONE
    )
    later = START + 25 * MINUTE_MS
    (inside,) = teams_now([entered], RULES, later)
    assert Signal.TURN_NOW in inside.signals
    turned = Step(step="2", team="t", sort=StepSort.TURNED, at_ms=START + 20 * MINUTE_MS)
    (team,) = teams_now([entered, turned], RULES, later)
    assert Signal.TURN_NOW not in team.signals


def test_by_hand() -> None:
    # 60 l/min out of 6.8 l: 240 bar above the reserve last 27.2 minutes, and half of them 13.6.
    planned = air([Reading(START, 300)], ONE)
    assert round((planned.reserve_ms - START) / 1000) == 27 * 60 + 12
    assert round((planned.turn_ms - START) / 1000) == 13 * 60 + 36
    # 40 bar in 4 minutes is 10 bar a minute: from 260 bar to 180 in 8 minutes, to 60 in 20.
    measured = air([Reading(START, 300), Reading(START + 4 * MINUTE_MS, 260)], ONE)
    assert measured.turn_ms == START + 12 * MINUTE_MS
    assert measured.reserve_ms == START + 24 * MINUTE_MS
