# SPDX-License-Identifier: Apache-2.0
"""Rows of paper: past midnight, through the hour that comes twice, and the one that never was."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.centre.model.paper import Timed, clock_in, key_of, timed

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
LATER = datetime(2100, 1, 1, tzinfo=UTC)


def instants(first: date, *rows: str, now: datetime = LATER) -> list[Timed]:
    return list(timed(rows, first, COPENHAGEN, now))


def utc(*at: int) -> datetime:
    return datetime(*at, tzinfo=UTC)  # type: ignore[arg-type, misc]


def test_rows_go_on_past_midnight_and_over_a_leap_day() -> None:
    found = instants(date(2028, 2, 28), "23:50", "0010", "0.20", "23:59", "00:01:30")
    assert [each.at for each in found] == [
        utc(2028, 2, 28, 22, 50),
        utc(2028, 2, 28, 23, 10),
        utc(2028, 2, 28, 23, 20),
        utc(2028, 2, 29, 22, 59),
        utc(2028, 2, 29, 23, 1, 30),
    ]


def test_a_row_that_was_written_a_little_late_stays_on_its_day() -> None:
    late, after = instants(date(2027, 1, 4), "14:30", "14:05")
    assert (late.at, after.at) == (utc(2027, 1, 4, 13, 30), utc(2027, 1, 4, 13, 5))


def test_in_the_hour_that_comes_twice_a_time_that_goes_back_is_the_second() -> None:
    # 31 October 2027: at 03:00 summer time the clock goes back to 02:00.
    found = instants(date(2027, 10, 31), "01:50", "02:40", "02:10", "02:50", "03:05")
    assert [each.at for each in found] == [
        utc(2027, 10, 30, 23, 50),
        utc(2027, 10, 31, 0, 40),
        utc(2027, 10, 31, 1, 10),
        utc(2027, 10, 31, 1, 50),
        utc(2027, 10, 31, 2, 5),
    ]


def test_the_hour_that_spring_leaves_out_never_was() -> None:
    # 28 March 2027: 02:00 becomes 03:00.
    before, never, after = instants(date(2027, 3, 28), "01:59", "02:30", "03:01")
    assert (before.at, after.at) == (utc(2027, 3, 28, 0, 59), utc(2027, 3, 28, 1, 1))
    assert never == Timed(wrong="paper_no_such_hour")


def test_what_is_no_time_and_what_has_not_been_yet_says_so_and_stops_no_other_row() -> None:
    now = utc(2027, 1, 4, 12)
    found = instants(date(2027, 1, 4), "0900", "kl. ni", "1400", "0910", now=now)
    assert [each.wrong for each in found] == ["", "paper_no_time", "paper_ahead", ""]


@pytest.mark.parametrize("typed", ["", "9", "2460", "25:00", "02:60", "02:1", "٠٢:١٤", "-0214"])
def test_no_time_of_day(typed: str) -> None:
    assert clock_in(typed) is None


@given(st.lists(st.times(), max_size=30), st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_each_row_has_an_instant_or_a_reason_and_says_the_clock_that_was_read(
    clocks: list[object], first: date
) -> None:
    rows = [f"{each:%H:%M:%S}" for each in clocks]
    for typed, found in zip(rows, instants(first, *rows), strict=True):
        assert (found.at is None) == bool(found.wrong)
        if found.at is not None:
            assert f"{found.at.astimezone(COPENHAGEN):%H:%M:%S}" == typed


def test_a_row_is_known_by_its_time_and_its_words_whatever_the_case() -> None:
    at = utc(2027, 1, 4, 1)
    assert key_of(at, "NJB-01  fremme") == key_of(at, "njb-01 Fremme")
    assert key_of(at, "njb-01 fremme") != key_of(at + timedelta(minutes=1), "njb-01 fremme")
