# SPDX-License-Identifier: Apache-2.0
"""The board's rows: nobody sent first; ordered, alerted, on the way and in place never mixed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.centre.model.board import (
    STAGES,
    UNITS_LIMIT,
    BoardNow,
    IncidentSeen,
    Look,
    OrderSeen,
    Stage,
    UnitSeen,
    rows_of,
    services_of,
)
from bavn.capabilities.centre.model.wants import SEEN_HOLDS, SeenBy, wants_of
from bavn.frame.attention import Attention
from bavn.kernel.identity import OrganisationId, Subject

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)


def incident(
    name: str, *, urgency: int = 1, minutes: int = 5, service: str = "njb"
) -> IncidentSeen:
    at = NOW - timedelta(minutes=minutes)
    return IncidentSeen(
        id=name,
        type="BR-VIL",
        group="fire",
        symbol="fire",
        urgency=urgency,
        service=service,
        area="north",
        place="Aalborg",
        reported_at=at,
        changed_at=at,
    )


def unit(name: str, status: str | None = None, at: str | None = None, minutes: int = 3) -> UnitSeen:
    return UnitSeen(
        id=name,
        callsign=name.upper(),
        type="ASP",
        service="njb",
        area="north",
        status=status,
        status_at=None if status is None else NOW - timedelta(minutes=minutes),
        incident=at,
    )


def board(
    *incidents: IncidentSeen, units: tuple[UnitSeen, ...] = (), orders: tuple[OrderSeen, ...] = ()
) -> BoardNow:
    return BoardNow(mark="1", incidents=incidents, units=units, orders=orders)


def ordered(name: str, to: str, minutes: int = 1) -> OrderSeen:
    return OrderSeen(unit=name, incident=to, at=NOW - timedelta(minutes=minutes))


@pytest.mark.requirement("E5.2")
def test_those_that_nobody_is_sent_to_come_first_then_by_urgency_and_age() -> None:
    rows = rows_of(
        board(
            incident("calm", urgency=3, minutes=60),
            incident("manned", urgency=1),
            incident("new", urgency=1, minutes=1),
            incident("old", urgency=1, minutes=9),
            incident("odd", urgency=0, minutes=99),
            units=(unit("a", "at_scene", "manned"),),
        ),
        Look(),
    )
    assert [row.incident.id for row in rows] == ["old", "new", "calm", "odd", "manned"]
    assert [row.is_unsent for row in rows] == [True, True, True, True, False]


UNITS = st.builds(
    unit,
    st.sampled_from([f"u{n}" for n in range(6)]),
    st.sampled_from(
        [None, "available", "alerted", "en_route", "at_scene", "returning", "not_ready"]
    ),
    st.sampled_from([None, "i1", "i2"]),
    st.integers(0, 9),
)
ORDERS = st.builds(
    ordered,
    st.sampled_from([f"u{n}" for n in range(6)]),
    st.sampled_from(["i1", "i2"]),
    st.integers(0, 9),
)


@given(
    st.lists(UNITS, unique_by=lambda each: each.id, max_size=6),
    st.lists(ORDERS, max_size=8),
)
def test_a_unit_stands_in_one_stage_at_one_incident(
    units: list[UnitSeen], orders: list[OrderSeen]
) -> None:
    known = {each.id: each for each in units}
    rows = rows_of(
        board(incident("i1"), incident("i2"), units=tuple(units), orders=tuple(orders)), Look()
    )
    own: list[str] = []
    for row in rows:
        for stage, who in row.at.items():
            for at in who:
                if stage is Stage.ORDERED:
                    # An order stands until the unit has said something since.
                    said = known.get(at.unit)
                    assert said is None or said.status_at is None or said.status_at < at.since
                else:
                    own.append(at.unit)
                    assert STAGES[str(known[at.unit].status)] is stage
                    assert known[at.unit].incident == row.incident.id
    assert len(own) == len(set(own))


def test_an_order_that_was_answered_is_not_on_order() -> None:
    answered = board(
        incident("i1"),
        units=(unit("u1", "en_route", "i1", minutes=1), unit("u2", "available", minutes=1)),
        orders=(ordered("u1", "i1", 3), ordered("u2", "i1", 3), ordered("u3", "i1", 3)),
    )
    (row,) = rows_of(answered, Look())
    assert [each.unit for each in row.at[Stage.ORDERED]] == ["u3"]
    assert [each.unit for each in row.at[Stage.EN_ROUTE]] == ["u1"]


def test_a_look_takes_a_service_an_area_or_a_kind_of_work() -> None:
    whole = board(incident("a"), incident("b", service="other"), units=(unit("u1"),))
    assert [row.incident.id for row in rows_of(whole, Look(service="other"))] == ["b"]
    assert rows_of(whole, Look(area="south")) == []
    assert len(rows_of(whole, Look(group="fire"))) == 2
    (service,) = services_of(whole, Look(), str)
    # At home and chosen by nobody: counted, not listed.
    assert (service.counts, list(service.units)) == ({"unknown": 1}, [])
    (chosen,) = services_of(whole, Look(service="njb"), str)
    assert [each.id for each in chosen.units] == ["u1"]


def test_in_a_storm_units_are_counted_and_those_that_wait_are_listed() -> None:
    out = tuple(unit(f"u{number}", "at_scene", "i1") for number in range(UNITS_LIMIT + 1))
    called = unit("called", "alerted", "i1")
    (row,) = services_of(board(incident("i1"), units=(*out, called)), Look(), str)
    assert row.counts == {"at_scene": UNITS_LIMIT + 1, "alerted": 1}
    assert [each.id for each in row.units] == ["called"]
    (row,) = services_of(board(incident("i1"), units=(*out, called)), Look(service="njb"), str)
    assert len(row.units) == UNITS_LIMIT + 2


def attention(name: str, minutes: int = 5, *, loud: bool = False) -> Attention:
    return Attention(
        id=name,
        text="centre.want_silent",
        since=NOW - timedelta(minutes=minutes),
        about=Subject("node:x"),
        path="/",
        service=OrganisationId("njb"),
        loud=loud,
    )


def test_what_waits_is_unseen_first_loud_first_oldest_first_and_each_once() -> None:
    seen = {"seen": SeenBy(function="duty_officer", account="a", at=NOW - timedelta(hours=1))}
    items = [attention("quiet", 9), attention("loud", loud=True), attention("seen", loud=True)]
    wants = wants_of([*items, attention("quiet", 9)], seen, NOW)
    assert [each.item.id for each in wants] == ["loud", "quiet", "seen"]
    assert [each.sounds for each in wants] == [True, False, False]
    assert [each.number for each in wants] == [1, 2, 3]


def test_what_was_seen_a_day_ago_is_asked_for_again() -> None:
    seen = {"old": SeenBy(function="duty_officer", account="a", at=NOW - SEEN_HOLDS)}
    (want,) = wants_of([attention("old", loud=True)], seen, NOW)
    assert want.sounds
