# SPDX-License-Identifier: Apache-2.0
"""What is normal is the middle of many weeks; no single one moves it, and little is never shown."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.situation.model.normal import (
    ALL,
    FEWER,
    GAP_WEEKS_LIMIT,
    GROUP,
    MORE,
    USUAL,
    WEEK_HOURS,
    WEEKS_LEAST,
    WEEKS_LIMIT,
    Place,
    Told,
    Usual,
    compared,
    covered,
    hour_number,
    normals,
    usual,
    verdict,
)

COUNTS = st.lists(st.integers(0, 60), min_size=WEEKS_LEAST, max_size=WEEKS_LIMIT)
LAKE, SHORE = "lake", "shore"


@given(counts=COUNTS, storm=st.integers(1_000, 9_000))
def test_the_middle_lies_within_the_span_and_a_storm_moves_nothing_far(
    counts: list[int], storm: int
) -> None:
    normal = usual(counts)
    assert min(counts) <= normal.low <= normal.median <= normal.high <= max(counts)
    stormy = usual([*counts, storm])
    assert stormy.high <= max(counts)
    # Where it falls among the weeks, the middle is at most the next one that has been.
    assert stormy.median in counts
    assert sum(normal.median < each < stormy.median for each in counts) == 0


@given(counts=COUNTS)
def test_the_order_of_weeks_does_not_matter(counts: list[int]) -> None:
    assert usual(counts) == usual(counts[::-1]) == usual(sorted(counts))


def test_the_verdict_is_a_word_for_each_side_of_the_span() -> None:
    normal = Usual(12, 8, 17, 156)
    given = {count: verdict(normal, count) for count in (7, 8, 12, 17, 18)}
    assert given == {7: FEWER, 8: USUAL, 12: USUAL, 17: USUAL, 18: MORE}


def test_hours_are_those_of_the_clock_on_the_wall_also_when_it_is_moved() -> None:
    zone = ZoneInfo("Europe/Copenhagen")
    monday = datetime(2026, 11, 16, 0, 30, tzinfo=zone)
    assert hour_number(monday) % WEEK_HOURS == 0
    assert hour_number(monday + timedelta(days=6, hours=23)) % WEEK_HOURS == WEEK_HOURS - 1
    once = datetime(2024, 10, 27, 2, 30, tzinfo=zone)
    assert hour_number(once) == hour_number(once.replace(fold=1))
    assert date.fromordinal(hour_number(monday) // WEEK_HOURS * 7 + 1) == monday.date()


@pytest.mark.parametrize(
    ("weeks", "count"),
    [
        ([], 0),
        ([*range(WEEKS_LEAST)], 0),
        # The first week and the last may be half ones.
        ([*range(WEEKS_LEAST + 2)], WEEKS_LEAST),
        ([*range(1_000)], WEEKS_LIMIT),
        # Weeks in which nothing happened are weeks, a year that nobody kept is none.
        ([*range(0, 150, 3)], 147 - 1),
        ([*range(80), *range(120, 200)], WEEKS_LIMIT - 40 - 4),
        ([*range(20), *range(100, 190)], 0),
    ],
)
def test_weeks_are_counted_where_the_list_tells_of_them(weeks: list[int], count: int) -> None:
    found = covered(dict.fromkeys(weeks, 1))
    assert len(found) == pytest.approx(count, abs=3)
    assert (count == 0) == (not found)
    if found:
        assert max(found) < max(weeks)
        assert min(found) > min(weeks)
    assert GAP_WEEKS_LIMIT < 40


def test_only_services_with_enough_history_are_on_either_side() -> None:
    long, short = frozenset(range(WEEKS_LEAST)), frozenset[int]()
    told = [Told(LAKE, "fire", week, 2) for week in long]
    told += [Told(LAKE, "rescue", week, 1) for week in long]
    told += [Told(SHORE, "fire", week, 50) for week in range(20)]
    places = [
        Place(ALL, "", "", frozenset({LAKE, SHORE})),
        Place(GROUP, "fire", "Fire", frozenset({LAKE, SHORE}), "fire"),
        Place("service", SHORE, "Shore", frozenset({SHORE})),
    ]
    found = normals(places, {LAKE: long, SHORE: short}, told)
    now = [(LAKE, "fire")] * 4 + [(SHORE, "fire")] * 9
    lines = compared(found, now)
    assert [(each.scope, each.median, each.now_count, each.verdict) for each in lines] == [
        (ALL, 3, 4, MORE),
        (GROUP, 2, 4, MORE),
    ]


def test_weeks_without_a_turnout_count_as_nothing_happening() -> None:
    weeks = {LAKE: frozenset(range(WEEKS_LEAST))}
    told = [Told(LAKE, "fire", week, 5) for week in range(10)]
    ((_, normal),) = normals([Place(ALL, "", "", frozenset({LAKE}))], weeks, told)
    assert normal == Usual(0, 0, 0, WEEKS_LEAST)


def test_services_are_added_in_weeks_that_all_of_them_tell_of() -> None:
    weeks = {LAKE: frozenset(range(150)), SHORE: frozenset(range(40, 150))}
    told = [Told(each, "fire", week, 1) for each in (LAKE, SHORE) for week in weeks[each]]
    ((_, normal),) = normals([Place(ALL, "", "", frozenset({LAKE, SHORE}))], weeks, told)
    assert normal == Usual(2, 2, 2, 110)
