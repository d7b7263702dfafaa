# SPDX-License-Identifier: Apache-2.0
"""The hybrid clock: it never runs backwards, and no peer leads it astray."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.kernel.hybrid_clock import COUNTER_LIMIT, PEER_LEAD_MS_LIMIT, HybridClock, Tick

LATEST_MS = 253_402_300_799_999  # the end of the year 9999
readings = st.integers(0, LATEST_MS - 100_000)
ticks = st.builds(Tick, st.integers(0, LATEST_MS), st.integers(0, COUNTER_LIMIT))


@given(st.lists(readings, max_size=50))
def test_ticks_rise_strictly_whatever_the_wall_clock_does(walls: list[int]) -> None:
    clock = HybridClock()
    ticked = [clock.tick(wall) for wall in walls]
    assert all(before < after for before, after in pairwise(ticked))
    assert all(tick.ms >= wall for tick, wall in zip(ticked, walls, strict=True))


@given(st.lists(st.tuples(readings, st.none() | ticks), max_size=50))
def test_ticks_rise_strictly_and_past_every_peer_that_was_followed(
    events: list[tuple[int, Tick | None]],
) -> None:
    clock, last = HybridClock(), Tick(0, 0)
    for now_ms, heard in events:
        if heard is None:
            tick = clock.tick(now_ms)
            assert tick > last
            last = tick
        elif clock.witness(heard, now_ms):
            last = max(last, heard)
        assert clock.last >= last


@given(st.lists(st.tuples(readings, ticks), max_size=30), readings)
def test_no_peer_pulls_the_clock_further_than_the_bound(
    heard: list[tuple[int, Tick]], now_ms: int
) -> None:
    clock = HybridClock()
    for wall, tick in heard:
        clock.witness(tick, wall)
    highest = max([wall for wall, _ in heard], default=0)
    assert clock.last.ms <= highest + PEER_LEAD_MS_LIMIT
    assert clock.tick(now_ms).ms <= max(now_ms, highest + PEER_LEAD_MS_LIMIT) + 1


@pytest.mark.parametrize(("over_ms", "followed"), [(-1, True), (0, True), (1, False)])
def test_a_peer_is_followed_up_to_five_seconds_ahead_and_no_further(
    over_ms: int, followed: bool
) -> None:
    clock = HybridClock()
    now_ms = 1_000_000
    heard = Tick(now_ms + 5_000 + over_ms, 7)
    assert clock.witness(heard, now_ms) is followed
    assert (clock.last == heard) is followed
    assert (clock.lead_ms(now_ms) > 0) is followed
    assert (clock.tick(now_ms) > heard) is followed


def test_a_peer_that_is_behind_changes_nothing() -> None:
    clock = HybridClock()
    tick = clock.tick(1_000)
    assert clock.witness(Tick(999, COUNTER_LIMIT), 1_000)
    assert clock.last == tick


def test_a_full_counter_goes_on_in_the_next_millisecond() -> None:
    clock = HybridClock(Tick(1_000, COUNTER_LIMIT - 1))
    assert [clock.tick(1_000), clock.tick(1_000), clock.tick(1_000)] == [
        Tick(1_000, COUNTER_LIMIT),
        Tick(1_001, 0),
        Tick(1_001, 1),
    ]


def test_a_standing_clock_counts_and_a_going_one_starts_from_nought() -> None:
    clock = HybridClock()
    walls = (1_000, 1_000, 999, 1_001)
    assert [clock.tick(wall) for wall in walls] == [
        Tick(1_000, 0),
        Tick(1_000, 1),
        Tick(1_000, 2),
        Tick(1_001, 0),
    ]
    assert clock.lead_ms(900) == 101
    assert clock.lead_ms(2_000) == 0


@given(ticks)
def test_a_tick_comes_back_from_its_text(tick: Tick) -> None:
    assert Tick.parse(tick.text()) == tick


@given(ticks, ticks)
def test_texts_sort_as_ticks_do(left: Tick, right: Tick) -> None:
    assert (left < right) == (left.text() < right.text())


@given(st.text(max_size=40))
def test_any_other_text_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Tick.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "2027-01-01T00:00:00.000Z",
        "2027-01-01T00:00:00.000Z/000",
        "2027-01-01T00:00:00.000Z/00000",
        "2027-01-01T00:00:00.000Z/000A",
        "2027-01-01T00:00:00.000Z/-001",
        "2027-01-01T00:00:00.000Z/0x01",
        "2027-01-01T00:00:00.000Z 0000",
        "2027-01-01T00:00:00.0000/0000",
        "2027-01-01T00:00:00.000z/0000",
        "2027-01-01 00:00:00.000Z/0000",
        "2027-01-01T00:00:00,000Z/0000",
        "2027-01-01T00:00:60.000Z/0000",
        "2027-02-30T00:00:00.000Z/0000",
        "2027-13-01T00:00:00.000Z/0000",
        "2027-W01-1T00:00:00.00Z/00000",
        "1969-12-31T23:59:59.999Z/0000",
        "0000-01-01T00:00:00.000Z/0000",
        "+027-01-01T00:00:00.000Z/0000",
        "2027-01-01T24:00:00.000Z/0000",
        "２027-01-01T00:00:00.000Z/0000",
        "2027-01-01T00:00:00.000Z/0000\n",
    ],
)
def test_a_text_that_is_nearly_a_tick_is_a_value_error(text: str) -> None:
    assert Tick.parse("2027-01-01T00:00:00.000Z/0000")
    with pytest.raises(ValueError, match=r"."):
        Tick.parse(text)
