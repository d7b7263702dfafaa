# SPDX-License-Identifier: Apache-2.0
"""Decisions: what is told to whom, and each refusal with what to do instead."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.operations import decisions
from bavn.capabilities.operations.capability import OPERATIONS
from bavn.capabilities.operations.decisions import (
    CloseIncident,
    CorrectIncident,
    Known,
    NoteIncident,
    ReportIncident,
    SetUnitStatus,
)
from bavn.capabilities.operations.facts import (
    IncidentClosed,
    IncidentCorrected,
    IncidentDescribed,
    UnitStatusChanged,
)
from bavn.capabilities.operations.model.incident import told_apart
from bavn.capabilities.operations.model.unit import ON_TASK, UnitFlag, UnitStatus
from bavn.capabilities.operations.views import (
    INCIDENT_DETAILS,
    INCIDENT_PICTURE,
    INCIDENT_TRACE,
    UNIT_PICTURE,
)
from bavn.journal.catalogue import catalogue_of
from bavn.journal.decision import Context, Done, Outcome, Request
from bavn.journal.reader import NOBODY, Reader
from bavn.journal.strike import StrikeFact
from bavn.journal.table import Row, Value
from bavn.journal.vault import PRIVATE_BYTES_LIMIT
from bavn.journal.views import View
from bavn.kernel.instants import ms_of
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from tests.lilleland.nodes import EAST, EASTERN, EASTTOWN, NATION, WEST, Clock, Node, Settings

NOW = datetime(2027, 1, 1, tzinfo=UTC)
ACTOR = Actor(organisation=EASTTOWN, function="control_room")
CONTEXT = Context(owner=EASTTOWN, actor=ACTOR, basis="owner", now=NOW, new_id=lambda: "0199")
OWNERS = Reader(organisations=frozenset({EASTTOWN}))
CENTRES = Reader(organisations=frozenset({EASTERN}), areas=frozenset({EASTERN}))
KNOWN: Row = {
    "incident_type": "BR-VIL",
    "municipality": "0851",
    "latitude": 57.05,
    "longitude": 9.92,
    "urgency": None,
    "state": "open",
}


class Country:
    """The east, which writes; the nation and the west, which hear."""

    def __init__(self) -> None:
        parts = catalogue_of([OPERATIONS.part])
        self.clock = Clock()
        settings = Settings(catalogue=parts, clock=self.clock)
        self.east = Node(EAST, settings=settings)
        self.nation = Node(NATION, settings=settings)
        self.west = Node(WEST, settings=settings)

    def ask(self, content: msgspec.Struct) -> Outcome:
        outcome = self.east.ask(Request(owner=EASTTOWN, actor=ACTOR, content=content))
        self.nation.hear(self.east)
        self.west.hear(self.east)
        return outcome

    def done(self, content: msgspec.Struct) -> Done:
        outcome = self.ask(content)
        assert isinstance(outcome, Done), outcome
        return outcome

    def rows(
        self, view: View, reader: Reader = NOBODY, where: Mapping[str, Value] | None = None
    ) -> list[Row]:
        """What the reader sees at home; everyone's view is the same at the nation's node."""
        here = self.east.journal.query.rows(reader, view, where)
        if reader is NOBODY:
            assert self.nation.journal.query.rows(reader, view, where) == here
        return here

    def close(self) -> None:
        for node in (self.east, self.nation, self.west):
            assert list(node.journal.verify()) == []
            node.close()


@pytest.fixture
def country() -> Iterator[Country]:
    country = Country()
    yield country
    country.close()


def report(incident: str = "i1", **more: object) -> ReportIncident:
    known = {"incident_type": "BR-VIL", "municipality": "0851"}
    return ReportIncident(incident=incident, area=EASTERN, **{**known, **more})  # type: ignore[arg-type]


def correct(**more: object) -> CorrectIncident:
    return CorrectIncident(incident="i1", area=EASTERN, **more)  # type: ignore[arg-type]


def stand(status: UnitStatus, **more: object) -> SetUnitStatus:
    return SetUnitStatus(unit="u1", area=EASTERN, status=status, **more)  # type: ignore[arg-type]


# Reports


def test_the_exact_place_is_for_the_owner_and_its_areas_centre_alone(country: Country) -> None:
    country.done(report(latitude=57.048812, longitude=9.921723, text=Private("CANARY")))
    for reader in (OWNERS, CENTRES):
        (row,) = country.rows(INCIDENT_DETAILS, reader)
        assert (row["latitude"], row["longitude"]) == (57.048812, 9.921723)
    assert country.rows(INCIDENT_DETAILS) == []
    (row,) = country.rows(INCIDENT_PICTURE)
    assert (row["latitude"], row["longitude"]) == (57.05, 9.92)
    for node in (country.nation, country.west):
        held = [fact.raw for fact in node.store.facts_after(0, 100)]
        assert held
        assert not any(b"57.048812" in raw or b"incident_described" in raw for raw in held)


def test_a_report_without_an_id_gets_one() -> None:
    (draft,) = decisions.report(None, ReportIncident(area=EASTERN), CONTEXT)
    assert draft.about == ("incident:0199",)


@pytest.mark.parametrize(("ago", "told_ago"), [(None, 0), (60, 60), (-60, 0)])
def test_when_it_occurred_is_told_but_never_as_in_the_future(
    ago: int | None, told_ago: int
) -> None:
    occurred = None if ago is None else NOW - timedelta(seconds=ago)
    (draft,) = decisions.report(None, report(occurred_at=occurred), CONTEXT)
    assert draft.happened_at == NOW - timedelta(seconds=told_ago)


def test_a_text_that_is_too_long_for_a_fact_is_told_in_several_and_nothing_is_lost(
    country: Country,
) -> None:
    long = "ø" * PRIVATE_BYTES_LIMIT + "slut"
    done = country.done(report(text=Private(long), address=Private("Vejen 1")))
    assert len(done.facts) == 1 + 3
    drafts = decisions.report(None, report(text=Private(long)), CONTEXT)[1:]
    assert "".join(draft.seal["text"].reveal() for draft in drafts) == long


@given(st.text(max_size=200), st.integers(min_value=4, max_value=50))
def test_a_text_told_apart_is_the_text(text: str, limit: int) -> None:
    text = text.encode("utf-8", "replace").decode()
    parts = told_apart(text, limit)
    assert "".join(parts) == text
    assert all(len(part.encode()) <= limit for part in parts)


# Corrections


def test_a_correction_tells_only_what_differs(country: Country) -> None:
    country.done(report(latitude=57.05, longitude=9.92))
    country.done(correct(incident_type="BR-ETG", municipality="0851", urgency="soon"))
    (row,) = country.rows(INCIDENT_PICTURE)
    assert (row["incident_type"], row["urgency"]) == ("BR-ETG", "soon")
    history = country.nation.journal.query.history(NOBODY, EASTTOWN, "incident:i1")
    assert msgspec.json.decode(history[-1].fact.body) == {
        "incident_type": "BR-ETG",
        "urgency": "soon",
    }


def test_a_place_corrected_within_the_town_is_news_for_those_alone_who_know_the_place(
    country: Country,
) -> None:
    country.done(report(latitude=57.0501, longitude=9.9201))
    before = country.nation.journal.record.position
    country.done(correct(latitude=57.0502, longitude=9.9202))
    assert country.nation.journal.record.position == before
    (row,) = country.rows(INCIDENT_DETAILS, CENTRES)
    assert (row["latitude"], row["longitude"]) == (57.0502, 9.9202)


def test_a_struck_correction_gives_back_what_stood_before(country: Country) -> None:
    country.done(report())
    before = country.rows(INCIDENT_PICTURE, where={"state": "open"})[0]["incident_type"]
    (wrong,) = country.done(correct(incident_type="MI-STO")).facts
    country.done(StrikeFact(fact=wrong))
    (row,) = country.rows(INCIDENT_PICTURE)
    assert row["incident_type"] == before


@given(
    st.sampled_from([None, "BR-VIL", "MI-STO", "nonsense"]),
    st.sampled_from([None, 57.05, 57.051, 58.0, 91.0]),
    st.sampled_from([None, "soon", "NOW"]),
)
def test_a_correction_says_something_new_or_is_refused(
    type_: str | None, latitude: float | None, urgency: str | None
) -> None:
    asked = correct(incident_type=type_, latitude=latitude, longitude=9.92, urgency=urgency)
    outcome = decisions.correct(Known(row=KNOWN), asked, CONTEXT)
    if isinstance(outcome, Refused):
        assert outcome.code == "nothing_to_correct"
        return
    for draft in outcome:
        if isinstance(draft.body, IncidentCorrected):
            said = msgspec.to_builtins(draft.body)
            assert any(value != KNOWN[name] for name, value in said.items())
            assert ("latitude" in said) == ("longitude" in said)
        else:
            assert isinstance(draft.body, IncidentDescribed)


# Refusals


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (
            decisions.correct(Known(row=None), correct(incident_type="BR-ETG"), CONTEXT),
            "no_such_incident",
        ),
        (decisions.correct(Known(row=KNOWN), correct(), CONTEXT), "nothing_to_correct"),
        (
            decisions.correct(Known(row=KNOWN), correct(incident_type="BR-VIL"), CONTEXT),
            "nothing_to_correct",
        ),
        (
            decisions.note(None, NoteIncident(incident="i1", text=Private("x")), CONTEXT),
            "no_such_incident",
        ),
        (
            decisions.note(KNOWN, NoteIncident(incident="i1", text=Private(" \n")), CONTEXT),
            "empty_note",
        ),
        (
            decisions.close(None, CloseIncident(incident="i1", area=EASTERN), CONTEXT),
            "no_such_incident",
        ),
        (
            decisions.close(
                {**KNOWN, "state": "closed"}, CloseIncident(incident="i1", area=EASTERN), CONTEXT
            ),
            "incident_closed",
        ),
    ],
)
def test_each_refusal_says_what_to_do_instead(outcome: object, code: str) -> None:
    assert isinstance(outcome, Refused)
    assert (outcome.code, bool(outcome.says), bool(outcome.try_instead)) == (code, True, True)


# Closing


def test_what_it_was_may_come_after_the_closing_and_is_told_of_the_same_moment() -> None:
    closed = {**KNOWN, "state": "closed", "outcome": None, "closed_at_ms": 1_000}
    told = decisions.close(
        closed, CloseIncident(incident="i1", area=EASTERN, outcome="real"), CONTEXT
    )
    assert not isinstance(told, Refused)
    (draft,) = told
    assert ms_of(draft.happened_at) == 1_000
    again = {**closed, "outcome": "real"}
    for row, outcome in ((closed, None), (again, "real"), (again, None)):
        refused = decisions.close(
            row, CloseIncident(incident="i1", area=EASTERN, outcome=outcome), CONTEXT
        )
        assert isinstance(refused, Refused)


def test_a_closing_says_what_it_was_and_whoever_knows_the_place_hears_of_it(
    country: Country,
) -> None:
    country.done(report(latitude=57.05, longitude=9.92))
    open_details = {"state": "open"}
    assert len(country.rows(INCIDENT_DETAILS, CENTRES, open_details)) == 1
    closing = CloseIncident(incident="i1", area=EASTERN, outcome="blind_automatic")
    (closed,) = country.done(closing).facts
    assert country.rows(INCIDENT_PICTURE)[0]["outcome"] == "blind_automatic"
    assert country.rows(INCIDENT_DETAILS, CENTRES, open_details) == []
    country.done(StrikeFact(fact=closed))
    assert country.rows(INCIDENT_PICTURE)[0]["state"] == "open"
    assert len(country.rows(INCIDENT_DETAILS, CENTRES, open_details)) == 1


def test_an_outcome_that_is_none_is_not_told() -> None:
    closing = CloseIncident(incident="i1", area=EASTERN, outcome="whatever")
    drafts = decisions.close(KNOWN, closing, CONTEXT)
    assert not isinstance(drafts, Refused)
    assert drafts[0].body == IncidentClosed()


def test_an_incident_of_which_all_is_struck_is_still_known_to_have_been(country: Country) -> None:
    facts = country.done(report(latitude=57.05, longitude=9.92)).facts
    for fact in facts:
        country.done(StrikeFact(fact=fact))
    assert country.rows(INCIDENT_PICTURE) == []
    assert country.rows(INCIDENT_DETAILS, OWNERS) == []
    assert [row["subject"] for row in country.rows(INCIDENT_TRACE)] == ["incident:i1"]


# Units


@pytest.mark.parametrize("status", UnitStatus)
@pytest.mark.parametrize("before", [None, *UnitStatus])
@pytest.mark.parametrize("registered", [True, False])
def test_a_units_own_word_is_never_refused(
    before: UnitStatus | None, status: UnitStatus, registered: bool
) -> None:
    row: Row | None = None
    if before is not None:
        row = {"status": before.value, "status_at_ms": ms_of(NOW) - 1, "incident": "i1"}
    (draft,) = decisions.set_status(row, stand(status, registered=registered), CONTEXT)
    body = draft.body
    assert isinstance(body, UnitStatusChanged)
    assert body.status == status
    assert (UnitFlag.NOT_REGISTERED in body.flags) == (not registered)
    # It goes on with, or leaves, the incident that it was at.
    assert body.incident == ("i1" if before in ON_TASK else None)


def test_a_status_that_nobody_here_knows_the_word_for_stops_nothing() -> None:
    row: Row = {"status": "diving", "status_at_ms": ms_of(NOW), "incident": None}
    (draft,) = decisions.set_status(row, stand(UnitStatus.AVAILABLE), CONTEXT)
    assert isinstance(draft.body, UnitStatusChanged)
    assert draft.body.flags == []


def test_a_unit_is_at_its_incident_until_it_leaves(country: Country) -> None:
    country.done(report())
    for status, is_there in (
        (UnitStatus.ALERTED, True),
        (UnitStatus.EN_ROUTE, True),
        (UnitStatus.AT_SCENE, True),
        (UnitStatus.RETURNING, False),
        (UnitStatus.AVAILABLE, False),
    ):
        country.clock.forward(minutes=1)
        given = {"incident": "i1"} if status is UnitStatus.ALERTED else {}
        country.done(stand(status, **given))
        (row,) = country.rows(UNIT_PICTURE)
        assert (row["status"], row["incident"]) == (status, "i1" if is_there else None)
        assert row["flags"] == ""
    history = country.nation.journal.query.history(NOBODY, EASTTOWN, "incident:i1")
    # That it left is told of the incident too; that it is home concerns nobody there.
    assert len(history) == 1 + 4


def test_what_is_heard_late_is_history_and_moves_no_unit(country: Country) -> None:
    country.done(stand(UnitStatus.AT_SCENE))
    at = country.clock() - timedelta(minutes=5)
    country.done(stand(UnitStatus.EN_ROUTE, at=at))
    (row,) = country.rows(UNIT_PICTURE)
    assert row["status"] == UnitStatus.AT_SCENE
    history = country.nation.journal.query.history(NOBODY, EASTTOWN, "unit:u1")
    assert msgspec.json.decode(history[-1].fact.body)["flags"] == ["late"]


def test_a_clock_that_is_ahead_does_not_stop_those_who_come_after(country: Country) -> None:
    country.done(stand(UnitStatus.ALERTED, at=country.clock() + timedelta(days=365)))
    (row,) = country.rows(UNIT_PICTURE)
    assert (row["flags"], row["status_at_ms"]) == ("clock_ahead", ms_of(country.clock()))
    country.clock.forward(seconds=1)
    country.done(stand(UnitStatus.EN_ROUTE))
    assert country.rows(UNIT_PICTURE)[0]["status"] == UnitStatus.EN_ROUTE


def test_an_incident_that_cannot_be_one_is_left_out() -> None:
    (draft,) = decisions.set_status(None, stand(UnitStatus.EN_ROUTE, incident="i 1"), CONTEXT)
    assert draft.about == ("unit:u1",)
    assert draft.body == UnitStatusChanged(status="en_route")
