# SPDX-License-Identifier: Apache-2.0
"""Figures are counts, lists are in order, and news is what is newer than was seen."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.situation.api import INCIDENT_COLUMNS, UNIT_COLUMNS, encoded
from bavn.capabilities.situation.model.picture import (
    OUT,
    SORTS,
    Look,
    area_figures,
    at_work,
    changes,
    direction,
    figures,
    ordered,
    other_way,
)
from bavn.capabilities.situation.pages.picture import look_of, seen_of
from bavn.capabilities.situation.ports import (
    AreaSeen,
    ClosedSeen,
    IncidentSeen,
    PictureNow,
    SilencesNow,
    UnitSeen,
)

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
AREAS = ("north", "south")
NOBODY_SILENT = SilencesNow(mark="", silent=(), catching_up=())


def incident(number: int, **more: object) -> IncidentSeen:
    whole = {
        "id": f"i{number}",
        "type": "BR-BIL",
        "type_name": "Bilbrand",
        "symbol": "fire",
        "urgency": 1,
        "owner": "lake",
        "owner_name": "Lake Service",
        "area": "north",
        "place_name": "Aby",
        "reported_at": NOON,
        "changed_at": NOON,
        "position": number,
        "reported_position": number,
    }
    return msgspec.convert({**whole, **more}, IncidentSeen)


def unit(number: int, **more: object) -> UnitSeen:
    whole = {
        "id": f"u{number}",
        "callsign": f"U{number}",
        "type": "ASP",
        "status": "available",
        "status_at": NOON,
        "service": "lake",
        "area": "north",
    }
    return msgspec.convert({**whole, **more}, UnitSeen)


def picture(
    incidents: list[IncidentSeen], units: list[UnitSeen], closed: list[ClosedSeen] | None = None
) -> PictureNow:
    return PictureNow(
        position=100,
        areas=[AreaSeen(id=each, name=each.title()) for each in AREAS],
        incidents=incidents,
        units=units,
        closed=closed or [],
        urgencies=["Now", "Soon", "Later"],
    )


INCIDENTS = st.lists(
    st.builds(
        incident,
        st.integers(0, 99),
        urgency=st.integers(0, 5),
        area=st.sampled_from(AREAS),
        place_name=st.sampled_from(["Aby", "Bro", "Cirkel"]),
        reported_at=st.integers(0, 500).map(lambda m: NOON - timedelta(minutes=m)),
        position=st.integers(1, 99),
        reported_position=st.integers(1, 99),
    ),
    max_size=20,
    unique_by=lambda each: each.id,
)
STATES = st.sampled_from([*sorted(OUT), "available", "not_ready", "never heard of"])
UNITS = st.lists(
    st.builds(unit, st.integers(0, 99), status=STATES, area=st.sampled_from(AREAS)),
    max_size=20,
    unique_by=lambda each: each.id,
)


@given(incidents=INCIDENTS, units=UNITS)
def test_every_incident_and_unit_is_counted_once(
    incidents: list[IncidentSeen], units: list[UnitSeen]
) -> None:
    whole = figures(incidents, units)
    assert whole.open == sum(whole.urgency) + whole.urgency_unknown == len(incidents)
    assert whole.out + whole.available + whole.not_ready == len(units)
    parts = [each.figures for each in area_figures(picture(incidents, units))]
    assert sum(each.open for each in parts) == whole.open
    assert sum(each.out for each in parts) == whole.out


@pytest.mark.requirement("E5.2")
def test_a_status_that_nobody_knows_is_not_counted_on() -> None:
    assert figures([], [unit(1, status="dancing")]).not_ready == 1


@given(incidents=INCIDENTS, sort=st.sampled_from([*SORTS, *(f"-{name}" for name in SORTS)]))
def test_a_list_holds_all_of_them_in_any_order(incidents: list[IncidentSeen], sort: str) -> None:
    shown = ordered(incidents, Look(sort=sort))
    assert {each.id for each in shown} == {each.id for each in incidents}
    name = sort.removeprefix("-")
    keys = {"place": "place_name", "reported": "reported_at", "changed": "changed_at"}
    if name in keys:
        values = [getattr(each, keys[name]) for each in shown]
        assert values == sorted(values, reverse=direction(sort, name) == "descending")


def test_the_most_urgent_stand_first_the_unknown_last_and_the_newest_first_among_equals() -> None:
    older = incident(1, reported_at=NOON - timedelta(hours=1))
    newer = incident(2)
    soon, unknown = incident(3, urgency=2), incident(4, urgency=0)
    shown = ordered([unknown, older, soon, newer], Look())
    assert [each.id for each in shown] == ["i2", "i1", "i3", "i4"]


def test_a_heading_turns_its_own_order_round() -> None:
    assert other_way("place", "place") == "-place"
    assert other_way("-place", "place") == "place"
    assert direction("urgency", "place") == ""
    assert direction("reported", "reported") == "descending"


def test_an_area_shows_its_own_only() -> None:
    shown = ordered([incident(1), incident(2, area="south")], Look(area="south"))
    assert [each.id for each in shown] == ["i2"]


@given(incidents=INCIDENTS, seen=st.integers(0, 100))
def test_news_is_what_is_newer_than_was_seen_and_nothing_else(
    incidents: list[IncidentSeen], seen: int
) -> None:
    found = changes(picture(incidents, []), seen)
    assert {each.id for each in (*found.new, *found.changed)} == {
        each.id for each in incidents if each.position > seen
    }
    assert not {each.id for each in found.new} & {each.id for each in found.changed}


def test_what_was_closed_since_is_told() -> None:
    gone = ClosedSeen(
        id="x", type_name="Bilbrand", owner_name="Lake", area="north", closed_at=NOON, position=50
    )
    assert changes(picture([], [], [gone]), 49).closed == [gone]
    assert changes(picture([], [], [gone]), 50).count == 0


def test_units_at_work_are_counted_by_how_far_they_are() -> None:
    units = [
        unit(1, incident="i1", status="at_scene"),
        unit(2, incident="i1", status="en_route"),
        unit(3, incident="i1", status="en_route"),
        unit(4, incident="i1", status="available"),
        unit(5, status="en_route"),
    ]
    assert at_work(units) == {"i1": {"at_scene": 1, "en_route": 2}}
    assert list(at_work(units)["i1"]) == ["at_scene", "en_route"]


@pytest.mark.parametrize(
    ("cookie", "seen"),
    [("", 100), ("40", 40), ("0", 0), ("101", 100), ("-1", 100), ("x", 100), ("9" * 30, 100)],
)
def test_what_was_seen_is_never_beyond_the_record(cookie: str, seen: int) -> None:
    assert seen_of(cookie, 100) == seen


@pytest.mark.parametrize(
    ("asked", "look"),
    [
        ({}, Look()),
        (
            {"sort": "-place", "area": "north", "from": "100"},
            Look(sort="-place", area="north", first=100),
        ),
        ({"sort": "drop table", "from": "-5"}, Look()),
        ({"from": "9" * 40}, Look()),
    ],
)
def test_an_address_asks_for_what_there_is(asked: dict[str, str], look: Look) -> None:
    assert look_of(asked) == look


@given(incidents=INCIDENTS, units=UNITS)
def test_every_row_of_the_compact_form_has_its_columns(
    incidents: list[IncidentSeen], units: list[UnitSeen]
) -> None:
    told = msgspec.json.decode(
        encoded(picture(incidents, units), NOBODY_SILENT, at="2026-11-21T12:00:00Z")
    )
    assert all(len(row) == len(INCIDENT_COLUMNS) for row in told["incidents"])
    assert all(len(row) == len(UNIT_COLUMNS) for row in told["units"])
    ids = [dict(zip(told["columns"]["units"], row, strict=True))["id"] for row in told["units"]]
    assert ids == [each.id for each in units]
