# SPDX-License-Identifier: Apache-2.0
"""Tables of spreadsheets: what is read, and every fault with its place."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.codecs.sheets import (
    Fault,
    NoTable,
    defused,
    moment_in,
    number_in,
    plain_in,
    read,
    table,
    written,
)

REQUIRED, OPTIONAL = ("id", "name"), ("note",)


@pytest.mark.parametrize("between", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_a_table_is_read_as_a_spreadsheet_writes_it(between: str, encoding: str) -> None:
    text = "ID|Name |note\r\na|Ærø|\r\n\r\nb|Bø|x\r\n".replace("|", between)
    rows, faults = read(text.encode(encoding), REQUIRED, OPTIONAL)
    assert faults == []
    # An empty line has a number as well, as in the sheet.
    assert rows == [(2, {"id": "a", "name": "Ærø"}), (4, {"id": "b", "name": "Bø", "note": "x"})]


def test_a_heading_that_is_wrong_gives_no_rows_and_says_all_that_is() -> None:
    rows, faults = read(b"id,id,colour\n1,2,3\n", REQUIRED, OPTIONAL)
    assert rows == []
    assert faults == [
        Fault("row 1", "has no column name"),
        Fault("row 1", "column 3 is none that is known"),
        Fault("row 1", "has the column id twice"),
    ]


def test_a_row_of_another_length_is_a_fault_and_the_others_are_read() -> None:
    rows, faults = read(b"id,name\na,b,c\nd,e\n", REQUIRED)
    assert rows == [(3, {"id": "d", "name": "e"})]
    assert faults == [Fault("row 2", "has 3 cells, and there are 2 columns")]


def test_what_is_no_table_says_so_without_a_word_of_it() -> None:
    rows, faults = read(b'id,name\n"Hans Hansen,x', REQUIRED)
    assert rows == []
    assert [each.where for each in faults] == ["file"]
    assert "Hans" not in faults[0].says


@given(st.binary(max_size=200))
def test_no_bytes_break_it(raw: bytes) -> None:
    rows, faults = read(raw, REQUIRED, OPTIONAL)
    assert all(set(cells) <= {*REQUIRED, *OPTIONAL} for _, cells in rows)
    assert all(fault.says for fault in faults)


@pytest.mark.parametrize("text", ["1e3", "nan", "", "1,2,3", "x"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert number_in(text) is None


@given(st.text())
def test_what_was_defused_is_as_it_was(cell: str) -> None:
    assert plain_in(defused(cell)) == cell
    # Nothing is left that a spreadsheet would take for a formula, but numbers.
    safe = defused(cell)
    assert not safe.startswith(("=", "+", "@", "\t", "\r"))
    assert not safe.startswith("-") or safe[1:].replace(",", ".").replace(".", "").isdigit()


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_characters="\0\r", codec="utf-8")), min_size=2, max_size=2
        ),
        max_size=5,
    ),
    st.sampled_from(",;\t"),
)
def test_a_table_that_was_written_is_read_line_by_line(
    lines: list[list[str]], between: str
) -> None:
    found = table(written(("one", "two"), lines, between=between))
    assert found.heading == ("one", "two")
    kept = [each for each in lines if any(cell.strip() for cell in map(defused, each))]
    assert [[plain_in(cell) for cell in line] for _, line in found.lines] == kept


def test_a_table_has_the_rows_of_a_spreadsheet() -> None:
    raw = written(("Navn",), [["Ærø"]])
    assert raw == b"\xef\xbb\xbfNavn\r\n\xc3\x86r\xc3\xb8\r\n"
    found = table(b"a;b\n1;2\n\n ; \n3;4\n")
    assert [*found.lines] == [(2, ["1", "2"]), (5, ["3", "4"])]
    with pytest.raises(NoTable, match="torn"):
        [*table(b'a;b\n1;"2\n').lines]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("22-11-2026 03:04", datetime(2026, 11, 22, 2, 4, tzinfo=UTC)),
        ("22.11.2026 kl. 03.04.05", datetime(2026, 11, 22, 2, 4, 5, tzinfo=UTC)),
        ("2026-07-01T03:04:05", datetime(2026, 7, 1, 1, 4, 5, tzinfo=UTC)),
        ("2026-11-22T03:04:05Z", datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)),
        ("2026-11-22T03:04:05.123+01:00", datetime(2026, 11, 22, 2, 4, 5, 123_000, tzinfo=UTC)),
        # The hour that comes twice is its first; the one that is skipped is none.
        ("25-10-2026 02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("29-03-2026 02:30", None),
        ("31-02-2026 02:30", None),
        ("22-11-26 02:30", None),
        ("2026-11-22", None),
        ("22-11-2026 25:30", None),
        ("0001-01-01T00:00", None),
    ],
)
def test_a_moment_is_read_by_the_countrys_clock(text: str, at: datetime | None) -> None:
    assert moment_in(text, ZoneInfo("Europe/Copenhagen")) == at


@given(
    st.text(max_size=30) | st.from_regex(r"[0-9]{1,4}-[0-9]{1,2}-[0-9]{1,4} [0-9]{1,2}:[0-9]{2}Z?")
)
def test_no_text_breaks_a_moment(text: str) -> None:
    found = moment_in(text, ZoneInfo("Europe/Copenhagen"))
    assert found is None or found.tzinfo is UTC
