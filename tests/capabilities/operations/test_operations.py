# SPDX-License-Identifier: Apache-2.0
"""Operations: an alarm always becomes a fact, everyone hears the open part, notes stay at home."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.operations import decisions
from bavn.capabilities.operations.capability import OPERATIONS
from bavn.capabilities.operations.decisions import CloseIncident, NoteIncident, ReportIncident
from bavn.capabilities.operations.facts import KINDS, IncidentDescribed, IncidentReported
from bavn.capabilities.operations.model.incident import IncidentState
from bavn.capabilities.operations.views import INCIDENT_BOARD, INCIDENT_PICTURE
from bavn.journal.catalogue import catalogue_of
from bavn.journal.decision import Context, Done, Outcome, Request
from bavn.journal.fact import Draft, decode_fact
from bavn.journal.kinds import Kind, Kinds
from bavn.journal.reader import NOBODY, Reader
from bavn.journal.strike import StrikeFact
from bavn.journal.table import Row
from bavn.kernel.audience import Scope
from bavn.kernel.identity import is_subject
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from tests.lilleland.nodes import EAST, EASTERN, EASTTOWN, NATION, WESTTOWN, Node, Settings

NOW = datetime(2027, 1, 1, tzinfo=UTC)
ACTOR = Actor(organisation=EASTTOWN, function="control_room")
EXAMPLES = Path(__file__).parents[2] / "contract" / "facts"
CONTEXT = Context(
    owner=EASTTOWN,
    actor=ACTOR,
    basis="owner",
    now=NOW,
    new_id=lambda: "0199",
)


def report(incident: str = "i1", **more: object) -> ReportIncident:
    known = {"incident_type": "BR-VIL", "municipality": "0851"}
    return ReportIncident(incident=incident, area=EASTERN, **{**known, **more})  # type: ignore[arg-type]


class Country:
    """The east, which writes, and the nation, which hears."""

    def __init__(self) -> None:
        parts = catalogue_of([OPERATIONS.part])
        self.east = Node(EAST, settings=Settings(catalogue=parts))
        self.nation = Node(NATION, settings=Settings(catalogue=parts))

    def ask(self, content: msgspec.Struct) -> Outcome:
        outcome = self.east.ask(Request(owner=EASTTOWN, actor=ACTOR, content=content))
        self.nation.hear(self.east)
        return outcome

    def done(self, content: msgspec.Struct) -> Done:
        outcome = self.ask(content)
        assert isinstance(outcome, Done), outcome
        return outcome

    def board(self) -> list[Row]:
        reader = Reader(organisations=frozenset({EASTTOWN}))
        return self.east.journal.query.rows(reader, INCIDENT_BOARD)

    def picture(self) -> list[Row]:
        """What everyone may see, the same at both nodes."""
        here, there = (
            node.journal.query.rows(NOBODY, INCIDENT_PICTURE) for node in (self.east, self.nation)
        )
        assert here == there
        return here

    def close(self) -> None:
        for node in (self.east, self.nation):
            assert list(node.journal.verify()) == []
            node.close()


@pytest.fixture
def country() -> Iterator[Country]:
    country = Country()
    yield country
    country.close()


def test_a_report_is_on_the_board_and_in_everyones_picture(country: Country) -> None:
    country.done(report(latitude=57.04881, longitude=9.92172))
    for rows in (country.board(), country.picture()):
        (row,) = rows
        assert row["incident_type"] == "BR-VIL"
        assert row["municipality"] == "0851"
        assert row["state"] == IncidentState.OPEN


def test_everyone_is_told_no_closer_than_a_kilometre(country: Country) -> None:
    country.done(report(latitude=57.04881, longitude=9.92172))
    (row,) = country.picture()
    assert (row["latitude"], row["longitude"]) == (57.05, 9.92)


def test_a_note_is_counted_on_the_board_and_unknown_elsewhere(country: Country) -> None:
    country.done(report())
    before = country.picture()
    country.done(NoteIncident(incident="i1", text=Private("kode 4711")))
    (row,) = country.board()
    assert row["note_count"] == 1
    assert country.picture() == before
    assert country.nation.journal.record.position == 1


def test_a_closed_incident_is_closed_for_all(country: Country) -> None:
    country.done(report())
    country.done(CloseIncident(incident="i1", area=EASTERN))
    (row,) = country.picture()
    assert row["state"] == IncidentState.CLOSED
    assert row["closed_at_ms"] is not None


def test_a_report_of_a_closed_incident_opens_it_again(country: Country) -> None:
    country.done(report())
    country.done(CloseIncident(incident="i1", area=EASTERN))
    country.done(report(incident_type=None, municipality=None))
    (row,) = country.picture()
    assert (row["state"], row["closed_at_ms"]) == (IncidentState.OPEN, None)
    assert (row["incident_type"], row["municipality"]) == ("BR-VIL", "0851")


def test_a_struck_report_leaves_the_board_and_the_picture(country: Country) -> None:
    (wrong,) = country.done(report()).facts
    country.done(report("i2"))
    country.done(StrikeFact(fact=wrong))
    assert [row["subject"] for row in country.picture()] == ["incident:i2"]
    assert [row["subject"] for row in country.board()] == ["incident:i2"]


def test_a_note_of_a_struck_report_keeps_the_incident_on_the_own_board(country: Country) -> None:
    (wrong,) = country.done(report()).facts
    country.done(NoteIncident(incident="i1", text=Private("text")))
    country.done(StrikeFact(fact=wrong))
    assert [row["note_count"] for row in country.board()] == [1]
    assert country.picture() == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (NoteIncident(incident="i9", text=Private("text")), "no_such_incident"),
        (NoteIncident(incident="i1", text=Private("  ")), "empty_note"),
        (CloseIncident(incident="i9", area=EASTERN), "no_such_incident"),
        (CloseIncident(incident="closed", area=EASTERN), "incident_closed"),
    ],
)
def test_a_refusal_says_what_to_do(country: Country, content: msgspec.Struct, code: str) -> None:
    country.done(report())
    country.done(report("closed"))
    country.done(CloseIncident(incident="closed", area=EASTERN))
    outcome = country.ask(content)
    assert isinstance(outcome, Refused)
    assert outcome.code == code
    assert outcome.try_instead


texts = st.none() | st.text(max_size=200)
numbers = st.none() | st.floats()


@given(texts, texts, numbers, numbers, st.text(max_size=200))
def test_an_alarm_is_never_stopped_by_a_form(
    incident_type: str | None,
    municipality: str | None,
    latitude: float | None,
    longitude: float | None,
    incident: str,
) -> None:
    request = ReportIncident(
        incident=incident,
        area=EASTERN,
        incident_type=incident_type,
        municipality=municipality,
        latitude=latitude,
        longitude=longitude,
    )
    draft, *described = decisions.report(None, request, CONTEXT)
    body = draft.body
    assert isinstance(body, IncidentReported)
    # An exact place is told apart, and never where everyone hears of it.
    assert bool(described) == (body.latitude is not None)
    assert all(isinstance(each.body, IncidentDescribed) for each in described)
    assert all((each.area, each.to) == (None, (EASTERN,)) for each in described)
    assert body.incident_type is None or body.incident_type == incident_type
    assert body.municipality is None or body.municipality == municipality
    assert msgspec.json.decode(msgspec.json.encode(body), type=IncidentReported) == body
    assert "-0.0" not in str((body.latitude, body.longitude))
    assert all(map(is_subject, draft.about))


def test_what_cannot_be_read_is_told_as_unknown() -> None:
    request = report("", incident_type="brand", municipality="Aalborg", latitude=91, longitude=9)
    drafts = decisions.report(None, request, CONTEXT)
    (draft,) = drafts
    assert isinstance(draft, Draft)
    assert draft.body == IncidentReported(area=EASTERN)
    assert draft.about == ("incident:0199",)


@pytest.mark.requirement("E9.1")
def test_every_fact_names_the_ground_it_stands_on(country: Country) -> None:
    country.done(report())
    country.done(CloseIncident(incident="i1", area=EASTERN))
    history = country.nation.journal.query.history(NOBODY, EASTTOWN, "incident:i1")
    assert [item.fact.basis for item in history] == ["owner", "owner"]
    stranger = Actor(organisation=WESTTOWN, function="control_room")
    close = CloseIncident(incident="i1", area=EASTERN)
    refused = country.east.ask(Request(owner=EASTTOWN, actor=stranger, content=close))
    assert isinstance(refused, Refused)
    assert refused.code == "no_mandate"
    alarm = country.east.ask(Request(owner=EASTTOWN, actor=stranger, content=report("i2")))
    assert isinstance(alarm, Done)


def test_an_alarm_and_a_units_word_are_on_the_alarm_path_and_only_notes_stay_at_home() -> None:
    assert {kind.name for kind in KINDS if kind.alarm} == {
        "operations.incident_reported",
        "operations.incident_described",
        "operations.unit_status_changed",
    }
    assert {decision.act for decision in OPERATIONS.part.decisions if decision.alarm} == {
        "operations.report_incident",
        "operations.set_unit_status",
    }
    own = {kind.name for kind in KINDS if kind.scopes == {Scope.OWN}}
    assert own == {"operations.incident_noted"}


def test_what_everyone_hears_has_no_room_for_a_text_or_an_exact_place() -> None:
    # Who adds such a field to what everyone hears must come by here.
    told_to_all = {kind.name: set(kind.body.__struct_fields__) for kind in KINDS if _to_all(kind)}
    assert told_to_all == {
        "operations.incident_reported": {
            "incident_type",
            "municipality",
            "latitude",
            "longitude",
            "urgency",
            "area",
            "owner_by",
            "place_by",
            "source",
            "weights",
        },
        "operations.incident_corrected": {
            "incident_type",
            "municipality",
            "latitude",
            "longitude",
            "urgency",
            "source",
            "weights",
        },
        "operations.incident_closed": {"outcome"},
        "operations.unit_status_changed": {
            "status",
            "incident",
            "flags",
            "source",
            "weight",
            "hold_s",
        },
        "operations.authority_ordered": {"field", "sources", "hold_s"},
    }


def _to_all(kind: Kind) -> bool:
    return Scope.NATION in kind.scopes


@pytest.mark.contract
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_stored_version_is_still_read(kind: Kind) -> None:
    for version in range(1, kind.version + 1):
        stored = (EXAMPLES / f"{kind.name}.v{version}.json").read_text(encoding="utf-8")
        example = json.loads(stored)
        fact = decode_fact(example["fact"].encode())
        assert (fact.kind, fact.version) == (kind.name, version)
        assert msgspec.to_builtins(Kinds(KINDS).read(fact)) == example["reads_as"]
