# SPDX-License-Identifier: Apache-2.0
"""Whatever comes in is rows, faults or a question to a person; and nothing of it is said aloud."""

import tracemalloc

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.exchange.model.columns import (
    BYTES_LIMIT,
    CELL_LIMIT,
    COLUMNS_LIMIT,
    CSV,
    FAULTS_LIMIT,
    GEOJSON,
    OF,
    ROWS_LIMIT,
    What,
    Words,
    folded,
)
from bavn.capabilities.exchange.model.reading import read_file
from bavn.codecs import sheets
from bavn.node.exchange import words_of
from bavn.runtime.texts import Texts

WORDS = Words(words_of("denmark"))
SAID = Texts("da")
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


def faults(raw: bytes, what: What = What.STATUSES, form: str = CSV) -> list[tuple[int, str, str]]:
    found = read_file(raw, what, form, WORDS).faults
    return [(each.row, each.column, each.name.rpartition(".")[2]) for each in found]


@given(
    raw=st.binary(max_size=400) | TEXTS.map(str.encode),
    what=st.sampled_from(What),
    form=st.sampled_from((CSV, GEOJSON)),
)
def test_no_bytes_break_it_and_every_fault_has_words(raw: bytes, what: What, form: str) -> None:
    found = read_file(raw, what, form, WORDS)
    assert found.rows or found.faults or found.lacks
    assert set(found.lacks) <= set(OF[what].all)
    for each in found.faults:
        assert SAID(each.name, **each.values)


@given(
    rows=st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=6),
    between=st.sampled_from(",;\t"),
)
def test_what_is_written_is_read_again(rows: list[tuple[str, str, str]], between: str) -> None:
    raw = sheets.written(("Enhed", "Status", "Kl."), rows, between=between)
    found = read_file(raw, What.STATUSES, CSV, WORDS)
    wanted = [
        {name: _as_read(cell)}
        for row in rows
        for name, cell in zip(("unit", "status", "at"), row, strict=True)
        if _as_read(cell)
    ]
    assert [{name: cell} for row in found.rows for name, cell in row.cells.items()] == wanted


def _as_read(cell: str) -> str:
    return sheets.plain_in(sheets.text_of(sheets.defused(cell).encode()).strip())


@pytest.mark.parametrize(
    ("heading", "line", "encoding"),
    [
        ("Enhed;Status", "y;x", "utf-8-sig"),
        ("unit,status", "y,x", "ascii"),
        ("Vejr;Enhed;Melding", "z;y;x", "latin-1"),
        ("Køretøj\tEnhedsstatus", "y\tx", "cp1252"),
    ],
)
def test_columns_are_known_in_danish_and_english(heading: str, line: str, encoding: str) -> None:
    found = read_file(f"{heading}\r\n{line}\r\n".encode(encoding), What.STATUSES, CSV, WORDS)
    assert found.lacks == ()
    assert [row.cells for row in found.rows] == [{"unit": "y", "status": "x"}]


def test_what_is_unknown_is_asked_for_and_remembered_by_its_shape() -> None:
    raw = b"vogn;hvordan;vejr\na;b;c\n"
    first = read_file(raw, What.STATUSES, CSV, WORDS)
    assert (first.lacks, first.rows, first.faults) == (("unit", "status"), (), ())
    told = {first.shape: ("unit", "status", "")}
    found = read_file(b"VOGN,Hvordan,Vejr\nd,e,f\n", What.STATUSES, CSV, WORDS, told)
    assert [row.cells for row in found.rows] == [{"unit": "d", "status": "e"}]
    assert found.left_out == (3,)
    # Other headings, or another sort of file, are another shape.
    assert read_file(raw, What.UNITS, CSV, WORDS, told).lacks
    assert read_file(b"vogn;hvordan\na;b\n", What.STATUSES, CSV, WORDS, told).lacks
    # A column that is there twice is a question as well.
    assert read_file(b"Enhed;Unit;Status\n", What.STATUSES, CSV, WORDS).lacks == ("unit",)


@pytest.mark.parametrize(
    ("raw", "form", "fault"),
    [
        (b"PK\x03\x04", CSV, "spreadsheet"),
        (b"\xd0\xcf\x11\xe0", CSV, "spreadsheet"),
        (b"PK\x03\x04", GEOJSON, "spreadsheet"),
        (b"\x1f\x8b", CSV, "packed"),
        (b"%PDF", CSV, "pdf"),
        (b"\xff\xfeE\0", CSV, "utf16"),
        (b"a\0b", CSV, "binary"),
        (b" \n\n", CSV, "empty"),
        (b'Enhed;Status\n"a;b', CSV, "torn"),
        (b"Enhed;Status\n", CSV, "no_rows"),
        (b"{}", GEOJSON, "geojson"),
        (b'{"type":"FeatureCollection","features":[]}', GEOJSON, "no_rows"),
        (b"[" * 100_000, GEOJSON, "geojson"),
        (b";".join(b"Enhed Status".split() + [b"x"] * COLUMNS_LIMIT), CSV, "too_many_columns"),
        (b"Enhed;Status\n" + b"a;b\n" * (ROWS_LIMIT + 1), CSV, "too_many_rows"),
    ],
)
def test_each_thing_that_is_no_table_is_told_apart(raw: bytes, form: str, fault: str) -> None:
    found = read_file(raw, What.STATUSES, form, WORDS)
    assert found.rows == ()
    assert found.lacks == ()
    assert (0, "", fault) in faults(raw, form=form)


def test_a_row_that_is_wrong_costs_no_other() -> None:
    long = "x" * (CELL_LIMIT + 1)
    raw = f"Enhed;Status\na;b;CANARY\n{long};b\n\nc;d\n".encode()
    assert faults(raw) == [(2, "", "width"), (3, "unit", "too_long")]
    found = read_file(raw, What.STATUSES, CSV, WORDS)
    assert [(row.number, row.cells) for row in found.rows] == [(5, {"unit": "c", "status": "d"})]
    assert b"CANARY" not in msgspec.json.encode(found.faults)
    many = b"Enhed;Status\n" + b"a\n" * (FAULTS_LIMIT + 7)
    assert faults(many)[-1] == (0, "", "more_faults")
    assert len(faults(many)) == FAULTS_LIMIT + 1


def test_points_of_a_map_program_are_rows_with_their_place() -> None:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [9.9217, 57.0488]},
            "properties": {"Sagsnr": 7, "Type": "BR-ABA", "lat": 1, "Tekst": "CANARY"},
        },
        {"type": "Feature", "geometry": None, "properties": {"Sagsnr": "8", "Type": None}},
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": [[9, 57], [10, 57]]},
            "properties": {},
        },
        {"type": "Feature", "geometry": {"type": "Cube"}, "properties": {}},
    ]
    raw = msgspec.json.encode({"type": "FeatureCollection", "features": features})
    found = read_file(b"\xef\xbb\xbf" + raw, What.INCIDENTS, GEOJSON, WORDS)
    assert [row.cells for row in found.rows] == [
        {"number": "7", "type": "BR-ABA", "text": "", "lat": "57.0488000", "lon": "9.9217000"},
        {"number": "8"},
    ]
    assert found.texts == {1: {"text": "CANARY"}}
    assert [(each.row, each.name) for each in found.faults] == [
        (4, "exchange.fault.feature"),
        (3, "exchange.fault.no_point"),
    ]


def test_what_may_name_people_is_told_apart_from_what_does_not() -> None:
    raw = b"Sagsnr;Adresse;Tekst;Type\n1;CANARYVEJ 3;CANARY;BR-ABA\n"
    found = read_file(raw, What.INCIDENTS, CSV, WORDS)
    assert b"CANARY" not in msgspec.json.encode(found.rows)
    assert found.texts == {2: {"address": "CANARYVEJ 3", "text": "CANARY"}}


def test_no_two_columns_of_a_sort_of_file_have_one_word() -> None:
    for what, columns in OF.items():
        seen: dict[str, str] = {}
        for code in columns.all:
            for language in ("da", "en"):
                word = folded(WORDS.title("column", code, language))
                assert seen.setdefault(word, code) == code, (what, word)
                assert WORDS.column(what, word) == code, (what, word)


def test_the_largest_file_is_read_in_bounded_memory() -> None:
    line = b"njb-01-01;ledig;2026-11-22T03:04:05Z;" + b"x" * 70 + b"\n"
    raw = b"Enhed;Status;Kl;H\xc3\xa6ndelse\n" + line * ((BYTES_LIMIT - 100) // len(line))
    tracemalloc.start()
    try:
        found = read_file(raw, What.STATUSES, CSV, WORDS)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(found.rows) > 4_000
    assert peak < 15 * BYTES_LIMIT
