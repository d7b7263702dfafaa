# SPDX-License-Identifier: Apache-2.0
"""Tables of spreadsheets: what is read, and every fault with its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.codecs.sheets import Fault, number_in, read

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
