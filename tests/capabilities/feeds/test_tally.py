# SPDX-License-Identifier: Apache-2.0
"""What is counted of a sender: clocks, bursts, lateness, and when it is called silent."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.feeds.model.tally import (
    PAUSES,
    SKEWS,
    SKEWS_LEAST,
    Clock,
    SilenceRule,
    Tally,
)
from bavn.frame.feeds import FeedSort, Spoken
from bavn.kernel.instants import ms_of

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
RULE = SilenceRule(silent_min=60, spoken_least=5, late_min=10)
LATE_MS = RULE.late_min * 60_000


def spoken(*told_at: datetime, count: int = 1, **more: int) -> Spoken:
    return Spoken(sort=FeedSort.STATUS, count=count, told_at=told_at, **more)


def heard(every: timedelta, count: int, off: timedelta = timedelta()) -> Tally:
    tally = Tally()
    for number in range(count):
        at = NOW - every * (count - 1 - number)
        tally.hear(spoken(at - off), ms_of(at), LATE_MS)
    return tally


@pytest.mark.parametrize(
    ("off_min", "clock"), [(7, Clock.BEHIND), (-7, Clock.AHEAD), (0.5, Clock.AGREES)]
)
def test_a_clock_is_told_by_the_middle_of_what_came(off_min: float, clock: Clock) -> None:
    skew = heard(timedelta(seconds=30), 50, timedelta(minutes=off_min)).skew()
    assert skew.clock is clock
    assert skew.middle_s == off_min * 60


def test_a_few_words_say_nothing_of_a_clock() -> None:
    found = heard(timedelta(seconds=30), SKEWS_LEAST - 1, timedelta(minutes=7)).skew()
    assert found.clock is Clock.UNKNOWN


def test_a_burst_after_an_outage_is_late_and_says_nothing_of_the_clock() -> None:
    tally = heard(timedelta(seconds=30), 50)
    burst = [NOW - timedelta(hours=6) + timedelta(minutes=each) for each in range(100)]
    tally.hear(spoken(*burst, count=100), ms_of(NOW), LATE_MS)
    assert tally.late_count == 100
    assert tally.skew().clock is Clock.AGREES


def test_what_is_told_again_says_nothing_new_of_the_clock() -> None:
    tally = heard(timedelta(seconds=30), 50)
    for _ in range(200):
        old = NOW - timedelta(minutes=9)
        tally.hear(spoken(old, repeated_count=1), ms_of(NOW), LATE_MS)
    assert tally.skew().clock is Clock.AGREES
    assert tally.repeated_count == 200


@given(st.lists(st.tuples(st.integers(0, 7_200), st.integers(1, 9)), max_size=60))
def test_the_last_hour_holds_what_came_within_it(came: list[tuple[int, int]]) -> None:
    tally = Tally()
    for ago_s, count in sorted(came, reverse=True):
        tally.hear(spoken(count=count), ms_of(NOW - timedelta(seconds=ago_s)), LATE_MS)
    counted = tally.last_hour(ms_of(NOW))
    assert sum(c for s, c in came if s < 59 * 60) <= counted
    assert counted <= sum(c for s, c in came if s <= 60 * 60)
    assert tally.count == sum(count for _, count in came)


def test_it_is_silent_when_it_normally_speaks_and_no_longer_does() -> None:
    tally = heard(timedelta(minutes=5), 20)
    long_ago = NOW - timedelta(days=1)
    assert not tally.is_silent(RULE, NOW + timedelta(minutes=60), long_ago)
    assert tally.is_silent(RULE, NOW + timedelta(minutes=61), long_ago)
    tally.hear(spoken(), ms_of(NOW + timedelta(minutes=70)), LATE_MS)
    assert not tally.is_silent(RULE, NOW + timedelta(minutes=71), long_ago)


def test_one_that_has_hardly_spoken_is_never_silent() -> None:
    tally = heard(timedelta(minutes=5), RULE.spoken_least - 1)
    assert not tally.is_silent(RULE, NOW + timedelta(days=30), NOW - timedelta(days=1))


def test_its_own_usual_pauses_are_no_silence() -> None:
    tally = heard(timedelta(hours=2), 20)
    assert tally.silent_after(RULE) == timedelta(hours=6)
    assert not tally.is_silent(RULE, NOW + timedelta(hours=5), NOW - timedelta(days=9))


def test_while_nobody_listened_is_no_silence_and_a_silence_outlives_a_restart() -> None:
    tally = heard(timedelta(minutes=5), 20)
    later = NOW + timedelta(hours=9)
    assert not tally.is_silent(RULE, later, later - timedelta(minutes=1))
    assert tally.is_silent(RULE, later, NOW)
    again = msgspec.json.decode(msgspec.json.encode(tally), type=Tally)
    assert again.is_silent(RULE, later, later), "known before the process began"


def test_who_sends_what_nobody_can_read_is_not_silent() -> None:
    tally = heard(timedelta(minutes=5), 20)
    later = NOW + timedelta(minutes=50)
    tally.fault(3, ms_of(later))
    assert (tally.fault_count, tally.count) == (3, 20)
    assert not tally.is_silent(RULE, later + timedelta(minutes=50), NOW)


def test_what_is_kept_of_a_sender_is_bounded() -> None:
    tally = heard(timedelta(minutes=2), 3_000)
    assert len(tally.skews_ms) <= 2 * SKEWS
    assert len(tally.pauses_ms) <= PAUSES
    assert len(tally.minutes) <= 121
    assert len(msgspec.json.encode(tally)) < 8_000
