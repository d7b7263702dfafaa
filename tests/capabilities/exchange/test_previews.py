# SPDX-License-Identifier: Apache-2.0
"""What a preview shows is what is done: a file that was carried out has nothing left to change."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bavn.capabilities.exchange.facts import FileRow
from bavn.capabilities.exchange.model import incidents, statuses
from bavn.capabilities.exchange.model.columns import Words
from bavn.capabilities.exchange.model.incidents import IncidentStands, Known, numbered
from bavn.capabilities.exchange.model.preview import Preview, Sort
from bavn.capabilities.exchange.model.statuses import UnitStands
from bavn.frame.country import Bounds
from bavn.node.exchange import words_of

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Copenhagen")
WORDS = Words(words_of("denmark"))
STATUSES = {"available": False, "alerted": True, "at_scene": True}
UNITS = (
    UnitStands(id="a-1", callsign="A 1", status="available", at=NOW - timedelta(minutes=5)),
    UnitStands(id="a-2", callsign="A 2", status="alerted", at=NOW, incident="i1"),
    UnitStands(id="b-1", callsign="Same"),
    UnitStands(id="b-2", callsign="SAME", status="alerted", beside=("available",)),
)
KNOWN = Known(
    codes={
        "type": frozenset({"BR-ABA", "BR-ETG"}),
        "urgency": frozenset({"immediate"}),
        "municipality": frozenset({"0851"}),
        "state": frozenset({"open", "closed"}),
        "outcome": frozenset({"real", "blind_other"}),
    },
    bounds=Bounds(south=54, west=8, north=58, east=16),
    now=NOW,
    zone=ZONE,
)


def rows(*cells: dict[str, str]) -> list[FileRow]:
    return [FileRow(number, each) for number, each in enumerate(cells, start=2)]


def of_units(*cells: dict[str, str], units: Sequence[UnitStands] = UNITS) -> Preview:
    return statuses.compared(rows(*cells), units, STATUSES, WORDS, (NOW, ZONE))


def codes(found: Preview) -> list[tuple[int, str, str]]:
    return [(each.row, each.column, each.name.rpartition(".")[2]) for each in found.faults]


CELL = st.sampled_from(
    ("", "ledig", "alerted", "ankommet", "i1", "i 2", "22-11-2026 03:59", "a-1", "A 2", "same", "x")
)
STATUS_ROW = st.dictionaries(st.sampled_from(("unit", "status", "incident", "at")), CELL)


@given(st.lists(STATUS_ROW, max_size=8))
def test_statuses_that_were_carried_out_leave_nothing_to_do(cells: list[dict[str, str]]) -> None:
    found = of_units(*cells)
    # Each row is told of once: what it does, or what is wrong with it.
    told = {each.row for each in found.changes} | {each.row for each in found.faults}
    assert told == {row.number for row in rows(*cells)}
    after = {each.id: each for each in UNITS}
    for each in found.to_do:
        on_task = STATUSES[each.wanted["status"]]
        after[each.of] = replace(
            after[each.of],
            status=each.wanted["status"],
            incident=(each.wanted["incident"] or after[each.of].incident) if on_task else None,
            at=datetime.fromisoformat(each.wanted["at"]) if each.wanted["at"] else NOW,
        )
    again = of_units(*cells, units=tuple(after.values()))
    assert again.to_do == ()
    assert again.faults == found.faults


def test_where_a_unit_stands_by_a_file() -> None:
    found = of_units(
        {"unit": "a-1", "status": "Kaldt", "incident": "i1", "at": "22-11-2026 04:00"},
        {"unit": "A 2", "status": "ledig", "incident": "i1", "at": "22-11-2026 03:59"},
        {"unit": "b-2", "status": "available"},
        {"unit": "same", "status": "available"},
        {"unit": "a-1", "status": "ledig"},
        {"unit": "b-1", "status": "sover"},
    )
    assert [(each.row, each.of, each.sort) for each in found.changes] == [
        (2, "a-1", Sort.CHANGED),
        # Something later stands.
        (3, "a-2", Sort.OLDER),
        # This source's word is known, and another's holds.
        (4, "b-2", Sort.UNCHANGED),
    ]
    first = found.changes[0]
    assert first.wanted == {
        "status": "alerted",
        "incident": "i1",
        "at": "2026-11-22T03:00:00+00:00",
    }
    assert codes(found) == [(5, "unit", "unit"), (6, "unit", "twice"), (7, "status", "status")]
    assert found.absent == ()
    assert of_units().absent == ("A 1", "A 2", "Same", "SAME")


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"incident": "i 2"}, "incident"),
        ({"at": "i går"}, "moment"),
        ({"at": "29-03-2026 02:30"}, "moment"),
        ({"at": "2026-11-22T05:00:00Z"}, "moment_far"),
        ({"at": "2026-10-01T05:00:00Z"}, "moment_far"),
    ],
)
def test_what_is_wrong_with_a_status(cells: dict[str, str], fault: str) -> None:
    assert [each[2] for each in codes(of_units({"unit": "a-1", "status": "kaldt", **cells}))] == [
        fault
    ]


STANDS = IncidentStands(
    id="i1",
    label="Brand",
    state="open",
    type="BR-ABA",
    urgency="immediate",
    lat=57.0488004,
    lon=9.9217,
    beside={"type": ["BR-ETG"]},
)


def of_incidents(
    *cells: dict[str, str], stands: dict[str, IncidentStands] | None = None
) -> Preview:
    known = {
        "i1": STANDS,
        "i2": replace(STANDS, id="i2", state="closed", outcome="real", beside={}),
    }
    return incidents.compared("njb", rows(*cells), {**known, **(stands or {})}.get, KNOWN, WORDS)


VALUE = st.sampled_from(
    (
        "",
        "i1",
        "i2",
        "7",
        "BR-ABA",
        "BR-ETG",
        "åben",
        "afsluttet",
        "reel",
        "0851",
        "57,1",
        "9.9",
        "x",
    )
)
NAMES = (
    "id",
    "number",
    "type",
    "urgency",
    "municipality",
    "lat",
    "lon",
    "state",
    "outcome",
    "closed_at",
)
INCIDENT_ROW = st.dictionaries(st.sampled_from((*NAMES, "reported_at", "text")), VALUE)


@given(st.lists(INCIDENT_ROW, max_size=6))
def test_incidents_that_were_carried_out_leave_nothing_to_do(cells: list[dict[str, str]]) -> None:
    found = of_incidents(*cells)
    told = {each.row for each in found.changes} | {each.row for each in found.faults}
    assert told == {row.number for row in rows(*cells)}
    after = {
        "i1": STANDS,
        "i2": replace(STANDS, id="i2", state="closed", outcome="real", beside={}),
    }
    for each in found.to_do:
        before = after.get(each.of, IncidentStands(id=each.of, label=each.label, state="open"))
        left = {"lat", "lon", "reported_at", "closed_at"}
        said: dict[str, str | float] = {n: v for n, v in each.wanted.items() if n not in left}
        if "lat" in each.wanted:
            said |= {name: float(each.wanted[name]) for name in ("lat", "lon")}
        after[each.of] = replace(before, **said)
    again = of_incidents(*cells, stands=after)
    assert [(each.of, each.fields) for each in again.to_do] == []


def test_what_a_row_does_to_an_incident() -> None:
    found = of_incidents(
        {"id": "i1", "type": "BR-ETG", "lat": "57,04880001", "lon": "9.9217"},
        {"number": "7", "type": "BR-ABA", "text": "", "state": "closed", "outcome": "blind"},
        {"number": "7"},
        {"id": "i2", "state": "closed", "outcome": "real"},
    )
    assert [(each.row, each.of, each.sort) for each in found.changes] == [
        # What this source has said beside is no news, nor is a tenth of a metre.
        (2, "i1", Sort.UNCHANGED),
        (3, numbered("njb", "7"), Sort.NEW),
        (5, "i2", Sort.UNCHANGED),
    ]
    new = found.changes[1]
    assert new.private == ("text",)
    assert (new.wanted["state"], new.wanted["outcome"]) == ("closed", "blind_other")
    assert codes(found) == [(4, "number", "twice")]
    assert numbered("njb", "7") != numbered("nvjb", "7")


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"type": "BR-ABA"}, "no_number"),
        ({"id": "nobody"}, "no_incident"),
        ({"id": "i 1"}, "incident"),
        ({"id": "i1", "type": "x"}, "type"),
        ({"id": "i1", "urgency": "x"}, "urgency"),
        ({"id": "i1", "municipality": "x"}, "municipality"),
        ({"id": "i1", "state": "x"}, "state"),
        ({"id": "i1", "state": "closed", "outcome": "x"}, "outcome"),
        ({"id": "i1", "outcome": "reel"}, "outcome_open"),
        ({"id": "i1", "lat": "57"}, "half_place"),
        ({"id": "i1", "lat": "57", "lon": "x"}, "number"),
        ({"id": "i1", "lat": "57", "lon": "2"}, "outside"),
        ({"id": "i1", "reported_at": "x"}, "moment"),
        ({"id": "i1", "closed_at": "x"}, "moment"),
        ({"id": "i1", "closed_at": "2026-11-22T04:00:00Z"}, "moment_far"),
        ({"number": "1", "reported_at": "2026-11-22T04:00:00Z"}, "moment_far"),
        ({"number": "1", "reported_at": "2026-01-01T04:00:00Z"}, "moment_old"),
        ({"id": "i2", "state": "åben"}, "reopen"),
        ({"id": "i2", "state": "lukket", "outcome": "blind"}, "outcome_told"),
    ],
)
def test_what_is_wrong_with_an_incident(cells: dict[str, str], fault: str) -> None:
    found = of_incidents(cells)
    assert fault in [each[2] for each in codes(found)]
    assert found.to_do == ()


def test_a_mark_is_another_when_anything_that_would_be_done_is() -> None:
    one = of_units({"unit": "a-1", "status": "kaldt"})
    same = of_units({"unit": "a-1", "status": "kaldt"}, {"unit": "a-2", "status": "kaldt"})
    assert of_units({"unit": "a-1", "status": "kaldt"}).mark == one.mark
    assert same.mark == one.mark, "what changes nothing is in no mark"
    marks = {
        one.mark,
        of_units({"unit": "a-1", "status": "ankommet"}).mark,
        of_units({"unit": "a-1", "status": "kaldt"}, {"unit": "x", "status": "kaldt"}).mark,
        of_units({"unit": "b-1", "status": "kaldt"}).mark,
        of_units().mark,
    }
    assert len(marks) == 5
