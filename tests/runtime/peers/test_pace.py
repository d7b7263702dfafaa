# SPDX-License-Identifier: Apache-2.0
"""How much goes into a letter: little at first, more while it goes quickly, little again."""

import pytest

from bavn.runtime import clock
from bavn.runtime.peers.pace import FIRST_BYTES, FRESH_S, LEAST_BYTES, QUICK_S, SLOW_S, Pace

MOST = 1024 * 1024
# What 64 kbit/s carries in the three seconds after which a line is given up, halved: a letter the
# other way and the ping are on it too. Entries shrink to a third at least when they are sealed.
NARROW_BYTES_S, SHRINKS_TO = 8_000, 1 / 3


def full(pace: Pace, took_s: float) -> None:
    pace.took(took_s, pace.size())


def test_it_grows_while_full_letters_are_quick_and_no_further_than_it_may() -> None:
    pace = Pace(MOST)
    assert pace.size() == FIRST_BYTES
    for _ in range(20):
        full(pace, 0.001)
    assert pace.size() == MOST


def test_that_short_letters_are_quick_says_nothing_of_long_ones() -> None:
    pace = Pace(MOST)
    for _ in range(20):
        pace.took(0.001, 100)
    assert pace.size() == FIRST_BYTES


def test_a_far_node_is_not_taken_for_one_behind_a_narrow_line() -> None:
    pace = Pace(MOST)
    for _ in range(20):
        full(pace, 10 * SLOW_S)
    assert pace.size() == MOST


@pytest.mark.parametrize("before_s", [0.001, 0.03, 0.3])
def test_on_a_narrow_line_no_letter_is_long_enough_to_lose_it(before_s: float) -> None:
    pace = Pace(MOST)
    pace.took(before_s, 100)
    for _ in range(50):
        sealed_s = pace.size() * SHRINKS_TO / NARROW_BYTES_S
        assert sealed_s < 1.5
        full(pace, before_s + sealed_s)


def test_what_is_slow_or_lost_makes_it_small() -> None:
    pace = Pace(MOST)
    for _ in range(20):
        full(pace, 0.001)
    full(pace, SLOW_S + QUICK_S)
    assert pace.size() == MOST // 2
    pace.lost()
    assert pace.size() == LEAST_BYTES


def test_what_was_learnt_long_ago_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    pace, now_s = Pace(MOST), clock.seconds()
    for _ in range(20):
        full(pace, 0.001)
    monkeypatch.setattr(clock, "seconds", lambda: now_s + FRESH_S + 1)
    assert pace.size() == FIRST_BYTES
