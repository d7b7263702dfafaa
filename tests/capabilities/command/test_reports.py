# SPDX-License-Identifier: Apache-2.0
"""Reports from a scene: told to those who work there, and asked for when the next one is late."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.command.decisions.reporting import TellReport
from bavn.capabilities.command.model.reporting import (
    CLOCK_AHEAD,
    CLOCK_BACK,
    FIELDS,
    Reported,
    ReportForm,
    instant_of_clock,
    is_over,
    last_of,
)
from bavn.capabilities.command.views.reports import ReportsNow, form_next
from bavn.journal.decision import Done, Request
from bavn.journal.strike import StrikeFact
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from bavn.node.commanding import report_fields_of, report_rules_of
from bavn.runtime.texts import Texts
from tests.capabilities.command.test_command import NOW, SCENE, Around, Country
from tests.lilleland.nodes import AGENCY, EASTERN, EASTTOWN, WESTTOWN

SEEN = "CANARY lade i brand, to i fare"
COPENHAGEN = ZoneInfo("Europe/Copenhagen")


@pytest.fixture
def country() -> Iterator[Country]:
    country = Country()
    yield country
    country.close()


def told(*to: OrganisationId, seen: str = SEEN, **more: object) -> TellReport:
    given = {"form": ReportForm.FIRST, "seen": Private(seen), **more}
    return TellReport(incident="i1", to=to or (EASTERN, WESTTOWN), **given)  # type: ignore[arg-type]


def now(
    country: Country, organisation: OrganisationId = EASTTOWN, *, personal: bool = True
) -> ReportsNow:
    call = country.call(organisation, personal=personal)
    return asyncio.run(country.room.reports.of(country.desk, call, SCENE))


def missed(country: Country, organisation: OrganisationId = EASTERN) -> list[str]:
    return [
        Texts("da")(each.text, **each.values)
        for each in country.room.wanting(country.call(organisation))
        if each.text == "command.report.missed"
    ]


@pytest.mark.requirement("E5.1")
def test_those_who_work_there_read_a_report_and_nobody_else(country: Country) -> None:
    assert form_next(now(country)) is ReportForm.FIRST
    country.done(told(needed=Private("En tankvogn"), leads=Private("Nord 1")))
    for organisation in (EASTTOWN, EASTERN, WESTTOWN):
        (report,) = now(country, organisation).items
        assert report.texts == {"seen": SEEN, "needed": "En tankvogn", "leads": "Nord 1"}
        assert (report.by, report.form, report.sealed_count) == (EASTTOWN, "first", 0)
    assert now(country, AGENCY).items == ()
    assert form_next(now(country)) is ReportForm.SITUATION


def test_without_leave_to_read_names_there_is_a_report_and_no_word_of_it(country: Country) -> None:
    country.done(told())
    (report,) = now(country, EASTERN, personal=False).items
    assert (report.texts, report.sealed_count) == ({}, 1)
    for node in (country.east, country.nation):
        assert not any(b"CANARY" in held.raw for held in node.store.facts_after(0, 100))


def test_an_empty_report_is_none(country: Country) -> None:
    assert country.refused(told(seen="  ")) == "empty_report"


def test_the_next_one_comes_within_a_day(country: Country) -> None:
    far = told(next_at=NOW + timedelta(hours=25))
    assert country.refused(far) == "next_report_far"
    country.done(told(next_at=NOW + timedelta(hours=23)))


def test_nobody_reports_in_anothers_name(country: Country) -> None:
    stranger = Actor(organisation=WESTTOWN, function="duty_officer")
    refused = country.east.ask(Request(owner=EASTTOWN, actor=stranger, content=told()))
    assert isinstance(refused, Refused)
    assert refused.code == "no_mandate"


def test_what_waited_on_a_device_stands_at_its_own_time_and_a_wrong_clock_does_not(
    country: Country,
) -> None:
    early, future, old = (NOW + timedelta(hours=each) for each in (-3, 3, -50))
    for at in (early, future, old):
        country.done(told(at=at, next_min=10))
    ats = [each.at for each in now(country).items]
    assert ats[0] == early
    assert all(NOW <= at <= country.clock() for at in ats[1:])


def test_a_repeat_is_one_report(country: Country) -> None:
    actor = Actor(organisation=EASTTOWN, function="duty_officer")
    request = Request(owner=EASTTOWN, actor=actor, content=told(at=NOW), sender="pia", ref="r1")
    first = country.east.ask(request)
    country.clock.forward(minutes=4)
    again = country.east.ask(request)
    assert isinstance(first, Done)
    assert isinstance(again, Done)
    assert (again.facts, again.repeated) == (first.facts, True)
    assert len(now(country).items) == 1


def test_a_report_that_is_late_is_asked_for_until_the_next_one_comes(country: Country) -> None:
    country.done(told(next_min=10))
    country.clock.forward(minutes=14)
    assert (missed(country), now(country).is_over) == ([], False)
    country.clock.forward(minutes=2)
    assert now(country).is_over
    for organisation in (EASTTOWN, EASTERN, WESTTOWN):
        assert len(missed(country, organisation)) == 1
    assert missed(country) == ["Melding mangler siden 13:10: i1"]
    assert missed(country, AGENCY) == []
    country.done(told(EASTTOWN, form=ReportForm.SITUATION, next_min=30), EASTERN)
    # The centre wrote it down for the scene, and told the service: neither asks any longer.
    assert (missed(country), missed(country, EASTTOWN)) == ([], [])


def test_a_late_word_does_not_take_the_place_of_a_newer_one(country: Country) -> None:
    country.done(told(next_min=30))
    country.done(told(at=NOW - timedelta(hours=1), next_min=10))
    assert not now(country).is_over
    assert [each.at < NOW for each in now(country).items] == [True, False]


def test_a_struck_report_stays_and_the_one_before_counts_again(country: Country) -> None:
    country.done(told(next_min=10))
    wrong = country.done(told(form=ReportForm.SITUATION, next_min=60))
    country.clock.forward(minutes=20)
    assert missed(country) == []
    country.done(StrikeFact(fact=wrong, reason=Private("another incident")))
    assert len(missed(country)) == 1
    assert [each.struck for each in now(country).items] == [False, True]


def test_none_agreed_is_never_late_and_what_is_over_is_not_asked_for(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    country.done(told())
    country.clock.forward(hours=10)
    assert (missed(country), now(country).next_at) == ([], None)
    country.done(told(next_min=10))
    country.clock.forward(minutes=30)
    assert len(missed(country)) == 1
    closed = msgspec.structs.replace(SCENE, is_open=False)
    monkeypatch.setattr(Around, "known", lambda *_: closed)
    assert missed(country) == []


def test_after_a_day_the_log_alone_remembers(country: Country) -> None:
    country.done(told(next_min=10))
    country.clock.forward(hours=24)
    assert len(missed(country)) == 1
    country.clock.forward(minutes=20)
    assert missed(country) == []


@pytest.mark.parametrize(
    ("clock", "at", "instant"),
    [
        ("14.30", "2026-07-01T12:10:00Z", "2026-07-01T12:30:00Z"),
        ("00:15", "2026-07-01T21:50:00Z", "2026-07-01T22:15:00Z"),
        # A moment ago, when the form lay a while.
        ("14:00", "2026-07-01T12:10:00Z", "2026-07-01T12:00:00Z"),
        ("23:50", "2026-07-01T22:10:00Z", "2026-07-01T21:50:00Z"),
        # The hour that comes twice: whichever is next.
        ("02:30", "2026-10-25T00:10:00Z", "2026-10-25T00:30:00Z"),
        ("02:30", "2026-10-25T00:40:00Z", "2026-10-25T01:30:00Z"),
        # The hour that the clock jumps over: when it would have been.
        ("02:30", "2026-03-29T00:50:00Z", "2026-03-29T01:30:00Z"),
        # After the night in which the clock goes back an hour is longer.
        ("06:00", "2026-10-24T22:00:00Z", "2026-10-25T05:00:00Z"),
        ("11:00", "2026-07-01T12:10:00Z", None),
        ("24:10", "2026-07-01T12:10:00Z", None),
        ("1430", "2026-07-01T12:10:00Z", None),
        ("snart", "2026-07-01T12:10:00Z", None),
    ],
)
def test_a_time_of_day_names_the_instant_that_is_meant(
    clock: str, at: str, instant: str | None
) -> None:
    found = instant_of_clock(clock, datetime.fromisoformat(at), COPENHAGEN)
    assert found == (None if instant is None else datetime.fromisoformat(instant))


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.text("0123456789:. ", max_size=6),
)
def test_whatever_is_typed_is_near_or_nothing(at: datetime, clock: str) -> None:
    found = instant_of_clock(clock, at, COPENHAGEN)
    assert found is None or -CLOCK_BACK <= found - at <= CLOCK_AHEAD


@given(st.permutations(range(4)))
def test_the_last_by_its_own_time_counts_in_whatever_order_it_was_heard(order: list[int]) -> None:
    reports = [
        Reported(fact=str(each), by=EASTTOWN, at=NOW + timedelta(minutes=each), form="first")
        for each in order
    ]
    last = last_of(reports)
    assert last is not None
    assert last.fact == "3"
    assert last_of([]) is None
    assert not is_over(None, NOW, timedelta())


def test_the_country_names_every_field_and_form_and_says_what_they_stand_on() -> None:
    fields, rules = report_fields_of("denmark"), report_rules_of("denmark")
    assert {each.code for each in fields} == set(FIELDS)
    assert {each.code for each in rules} == {each.value for each in ReportForm}
    assert {each.basis for each in fields} == {each.basis for each in rules} == {"own calibration"}
    assert all(set(each.forms) <= {form.value for form in ReportForm} for each in fields)
