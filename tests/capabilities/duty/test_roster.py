# SPDX-License-Identifier: Apache-2.0
"""Who has the duty: exactly one at every instant that is covered, and every gap is shown."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.duty.decisions.entering import preview
from bavn.capabilities.duty.model.lists import instant_in, read_list, watch_id
from bavn.capabilities.duty.model.roster import Gap, Watch, gaps, months, posts
from bavn.journal.fact import Sealed

ZONE = ZoneInfo("Europe/Copenhagen")
NOW = datetime(2026, 12, 31, 12, tzinfo=UTC)
NOTHING = Sealed(sealed="", key="njb/watch:x")
HOURS = st.integers(-48, 48)
SPANS = st.lists(st.tuples(HOURS, st.integers(1, 30)), max_size=8)


def hour(number: float) -> datetime:
    return NOW + timedelta(hours=number)


def watch(begins: float, ends: float, place: int = 1, function: str = "chief") -> Watch:
    return Watch(
        id=f"{function}-{begins}-{place}",
        function=function,
        organisation="Øst",
        begins_at=hour(begins),
        ends_at=hour(ends),
        place=place,
        basis="invented",
        name=NOTHING,
        number=NOTHING,
    )


@given(SPANS)
def test_an_hour_is_in_a_watch_or_in_a_gap_and_never_in_both(spans: list[tuple[int, int]]) -> None:
    watches = [watch(begins, begins + length) for begins, length in spans]
    found = gaps(watches, hour(-50), hour(90))
    for half in range(-100, 180):
        at = NOW + timedelta(minutes=30 * half)
        is_covered = any(each.holds(at) for each in watches)
        in_gaps = sum(each.begins_at <= at < each.ends_at for each in found)
        assert in_gaps == (not is_covered)
    assert all(each.begins_at < each.ends_at for each in found)


def test_at_the_change_of_the_watch_exactly_one_has_it() -> None:
    watches = [watch(-8, 0), watch(0, 8)]
    (post,) = posts(watches, NOW, timedelta(hours=12))
    assert [each.begins_at for each in post.now] == [NOW]
    assert not post.is_empty
    assert post.gaps == (Gap(hour(8), hour(12)),)


def test_a_stand_in_is_shown_and_fills_no_gap() -> None:
    (post,) = posts([watch(-1, 1, place=2), watch(2, 3)], NOW, timedelta(hours=3))
    assert post.is_empty
    assert [each.place for each in post.now] == [2]
    assert post.following is not None
    assert post.following.begins_at == hour(2)
    assert post.gaps == (Gap(NOW, hour(2)),)


def test_each_function_of_each_organisation_stands_by_itself() -> None:
    found = posts([watch(0, 1), watch(0, 1, function="police")], NOW, timedelta(hours=1))
    assert [(each.function, len(each.now)) for each in found] == [("chief", 1), ("police", 1)]


def test_the_months_of_a_watch_reach_over_the_new_year() -> None:
    assert months(hour(0), hour(24)) == ["2026-12", "2027-01"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-12-24 08:00", datetime(2026, 12, 24, 7, tzinfo=UTC)),
        ("2026-07-01T08:00", datetime(2026, 7, 1, 6, tzinfo=UTC)),
        # The night in which the clock is put forward, and the one in which it is put back.
        ("2027-03-28 02:30", "no_such_time"),
        ("2027-03-28 03:00", datetime(2027, 3, 28, 1, tzinfo=UTC)),
        ("2026-10-25 02:30", "time_twice"),
        ("2026-10-25 02:30+02:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25 02:30+01:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ("2028-02-29 00:00", datetime(2028, 2, 28, 23, tzinfo=UTC)),
        ("2027-02-29 00:00", "no_time"),
        ("i morgen", "no_time"),
    ],
)
def test_times_are_the_countrys_also_when_the_clock_is_changed(
    text: str, found: datetime | str
) -> None:
    assert instant_in(text, ZONE) == found


HEAD = "function;organisation;from;to;name;number;place\n"
CODES = {"chief", "police"}


def faults(*rows: str) -> list[tuple[int, str, str]]:
    raw = (HEAD + "\n".join(rows)).encode()
    read = read_list(raw, ZONE, CODES, "invented")
    assert bool(read.watches) != bool(read.faults), "all of it or nothing"
    return [(each.row, each.column, each.name) for each in read.faults]


def test_a_list_is_read_whole_in_any_spelling_of_spreadsheets() -> None:
    text = HEAD + "chief;Østby;2026-12-31 20:00;2027-01-01 08:00;Åse Opdigtet;+45 00 00 00 01;\n"
    for raw in (text.encode(), text.encode("latin-1"), text.replace(";", ",").encode("utf-8-sig")):
        (found,) = read_list(raw, ZONE, CODES, "invented").watches
        assert (found.function, found.organisation, found.place) == ("chief", "Østby", 1)
        assert found.begins_at == datetime(2026, 12, 31, 19, tzinfo=UTC)
        assert found.ends_at == datetime(2027, 1, 1, 7, tzinfo=UTC)
        assert found.name.reveal() == "Åse Opdigtet"
        assert "Opdigtet" not in repr(found)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("chief;Ø;2026-12-31 20:00;2026-12-31 20:00;A;112 112;1", (2, "to", "ends_first")),
        ("chief;Ø;2026-12-31 20:00;2028-12-31 20:00;A;112 112;1", (2, "to", "too_far")),
        (
            "cook;Ø;2026-12-31 20:00;2027-01-01 08:00;A;112 112;1",
            (2, "function", "unknown_function"),
        ),
        ("chief;Ø;2026-12-31 20:00;2027-01-01 08:00;;112 112;1", (2, "name", "empty")),
        ("chief;Ø;2026-12-31 20:00;2027-01-01 08:00;A;call me;1", (2, "number", "no_number")),
        ("chief;Ø;2026-12-31 20:00;2027-01-01 08:00;A;112 112;0", (2, "place", "no_place")),
        ("chief;Ø;2027-03-28 02:30;2027-03-28 08:00;A;112 112;1", (2, "from", "no_such_time")),
        (
            f"chief;{'Ø' * 121};2026-12-31 20:00;2027-01-01 08:00;A;112 112;1",
            (2, "organisation", "too_long"),
        ),
        ("chief;Ø", (0, "", "table")),
    ],
)
def test_every_fault_is_named_by_row_and_column(row: str, expected: tuple[int, str, str]) -> None:
    assert faults(row) == [expected]


def test_two_who_have_one_duty_at_one_time_are_a_fault_and_the_change_of_watch_is_none() -> None:
    first = "chief;Ø;2026-12-31 20:00;2027-01-01 08:00;A;112 112;1"
    assert faults(first, "chief;Ø;2027-01-01 07:59;2027-01-01 20:00;B;112 112;1") == [
        (3, "from", "overlaps")
    ]
    assert faults(first, "chief;Ø;2027-01-01 08:00;2027-01-01 20:00;B;112 112;1") == []
    assert faults(first, "chief;Ø;2026-12-31 20:00;2027-01-01 08:00;B;112 112;2") == []
    assert faults() == [(0, "", "empty_list")]


def test_a_list_takes_the_place_of_what_begins_while_it_lasts_and_of_nothing_else() -> None:
    raw = (HEAD + "chief;Øst;2026-12-31 13:00;2027-01-01 13:00;A;112 112;1").encode()
    read = read_list(raw, ZONE, CODES, "invented")
    (given,) = read.watches
    assert given.id == watch_id("chief", "Øst", NOW, 1)
    known = [watch(-1, 0), watch(5, 6), watch(24, 25)]
    found = preview(read, raw, known)
    assert (found.set_count, found.added_count) == (1, 1)
    assert found.removed == (known[1].id,)
    # Another list, or another roster, has another ground.
    assert preview(read, raw, known[:1]).ground != found.ground
    assert preview(read, raw + b"\n", known).ground != found.ground
    assert preview(read, raw, list(reversed(known))).ground == found.ground
