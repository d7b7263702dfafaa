# SPDX-License-Identifier: Apache-2.0
"""What is kept of coded alarms: never refused, counted, known by the sender's number; and rules."""

from collections.abc import Iterator
from datetime import date, datetime

import msgspec
import pytest

from bavn.capabilities.operations.capability import OPERATIONS
from bavn.capabilities.operations.decisions import CloseIncident, ReportIncident
from bavn.capabilities.receiving.capability import RECEIVING
from bavn.capabilities.receiving.model.here import AlarmHere
from bavn.capabilities.receiving.model.requests import (
    MapAlarmCode,
    NoteAlarm,
    NoteAnswer,
    NoteRepeat,
    SetAlarmRule,
)
from bavn.capabilities.receiving.model.rule import Result, Units
from bavn.capabilities.receiving.views import ALARM_REFS
from bavn.capabilities.receiving.views.looking import alarm_at, codes_of, rules_of
from bavn.journal.catalogue import catalogue_of
from bavn.journal.decision import Done, Outcome, Request
from bavn.journal.reader import NOBODY, Reader
from bavn.journal.strike import StrikeFact
from bavn.kernel.mandate import Actor, Resource
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from bavn.runtime.texts import LANGUAGES, Texts
from tests.lilleland.nodes import EAST, EASTERN, EASTTOWN, NATION, Clock, Node, Settings

ACTOR = Actor(organisation=EASTTOWN, function="duty_officer")
OWN = Reader(organisations=frozenset({EASTTOWN}))
CATALOGUE = catalogue_of([OPERATIONS.part, RECEIVING.part])
RULE = SetAlarmRule(
    type="BR-ABA",
    sends=True,
    units=Units.OWN,
    valid_from=date(2027, 1, 1),
    valid_to=None,
    setter="id-pia",
    reason=Private("CANARY aftalt"),
)


class Service:
    """A service that takes alarms, and the nation that hears."""

    def __init__(self) -> None:
        self.clock = Clock()
        settings = Settings(catalogue=CATALOGUE, clock=self.clock)
        self.east = Node(EAST, settings=settings)
        self.nation = Node(NATION, settings=settings)

    def ask(self, content: msgspec.Struct, ref: str | None = None) -> Outcome:
        sender = None if ref is None else "aba"
        request = Request(owner=EASTTOWN, actor=ACTOR, content=content, sender=sender, ref=ref)
        outcome = self.east.ask(request)
        self.nation.hear(self.east)
        return outcome

    def done(self, content: msgspec.Struct, ref: str | None = None) -> Done:
        outcome = self.ask(content, ref)
        assert isinstance(outcome, Done), outcome
        return outcome

    def refused(self, content: msgspec.Struct) -> str:
        outcome = self.ask(content)
        assert isinstance(outcome, Refused), outcome
        for language in LANGUAGES:
            assert Texts(language).has(f"refused.{outcome.code}.says")
        return outcome.code

    def alarm(self) -> AlarmHere:
        found = alarm_at(self.east.journal.query, OWN, "i1")
        assert found is not None
        return found


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    for node in (service.east, service.nation):
        assert list(node.journal.verify()) == []
        node.close()


def noted(**more: object) -> NoteAlarm:
    return NoteAlarm(incident="i1", number="4711", type="BR-ABA", **more)  # type: ignore[arg-type]


def test_repeats_are_counted_and_a_struck_one_is_not(service: Service) -> None:
    service.done(noted(told_code="DBI-17"), "a")
    service.clock.forward(seconds=30)
    service.done(NoteRepeat(incident="i1", number="4711", told_code="DBI-18"), "b")
    again = service.done(NoteRepeat(incident="i1", number="4711", told_code="DBI-18"), "b")
    assert again.repeated
    found = service.alarm()
    assert (found.repeat_count, found.repeat_code, found.told_code) == (1, "DBI-18", "DBI-17")
    assert (found.last_at - found.taken_at).total_seconds() == 30
    rows = service.east.journal.query.rows(OWN, ALARM_REFS)
    assert {row["ref"] for row in rows} == {"aba/a", "aba/b"}
    service.done(StrikeFact(fact=again.facts[0], reason=Private("et andet sted")))
    assert service.alarm().repeat_count == 0


def test_it_follows_its_incident_and_what_came_of_the_rule(service: Service) -> None:
    report = ReportIncident(incident="i1", area=EASTERN)
    service.done(report)
    service.done(noted(sends=True))
    assert service.alarm().is_open
    assert service.alarm().result is None
    service.done(NoteAnswer(incident="i1", result=Result.SENT, units=("u1",)))
    service.done(CloseIncident(incident="i1", area=EASTERN))
    found = service.alarm()
    assert (found.is_open, found.result) == (False, Result.SENT)
    service.done(report)
    assert service.alarm().is_open


def test_how_it_came_in_stays_at_home(service: Service) -> None:
    service.done(noted())
    service.done(RULE)
    held = [each.raw for each in service.nation.store.facts_after(0, 100)]
    assert not any(b"receiving." in raw for raw in held)
    at_home = [each.raw for each in service.east.store.facts_after(0, 100)]
    assert not any(b"CANARY" in raw for raw in at_home)
    assert rules_of(service.east.journal.query, NOBODY, EASTTOWN) == []


def test_a_rule_replaces_the_one_before_it(service: Service) -> None:
    service.done(RULE)
    service.done(msgspec.structs.replace(RULE, sends=False, units=Units.ANY))
    (found,) = rules_of(service.east.journal.query, OWN, EASTTOWN)
    assert (found.rule.sends, found.rule.units, found.by) == (False, Units.ANY, "duty_officer")
    assert found.reason is not None


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (msgspec.structs.replace(RULE, setter=""), "rule_needs_a_person"),
        (msgspec.structs.replace(RULE, type="ikke en kode"), "no_such_code"),
        (msgspec.structs.replace(RULE, valid_to=RULE.valid_from), "rule_never_holds"),
        (msgspec.structs.replace(RULE, reason=Private("  ")), "reason_is_empty"),
        (MapAlarmCode(code="a b", type="BR-ABA", setter="id-pia"), "no_such_code"),
        (MapAlarmCode(code="A1", type="BR-ABA", setter=""), "rule_needs_a_person"),
    ],
)
def test_each_refusal_has_words_and_leaves_no_trace(
    service: Service, request_: msgspec.Struct, code: str
) -> None:
    before = service.east.journal.record.position
    assert service.refused(request_) == code
    assert service.east.journal.record.position == before


def test_a_code_stands_for_a_type_until_it_stands_for_nothing(service: Service) -> None:
    query = service.east.journal.query
    service.done(MapAlarmCode(code="dbi-17", type="BR-ABA", setter="id-pia"))
    assert [(each.code, each.type) for each in codes_of(query, OWN, EASTTOWN)] == [
        ("DBI-17", "BR-ABA")
    ]
    service.done(MapAlarmCode(code="DBI-17", type=None, setter="id-pia"))
    assert codes_of(query, OWN, EASTTOWN) == []


def test_no_gate_stops_what_is_kept_of_an_alarm_and_every_gate_a_rule() -> None:
    def refusing(actor: Actor, act: str, resource: Resource, at: datetime) -> Refused:  # noqa: ARG001
        return Refused(code="no_mandate", says="No.", try_instead="Ask.")

    node = Node(EAST, settings=Settings(catalogue=CATALOGUE, may=refusing))
    told = (noted(), NoteRepeat(incident="i1"), NoteAnswer(incident="i1", result=Result.FAILED))
    try:
        for content in told:
            outcome = node.ask(Request(owner=EASTTOWN, actor=ACTOR, content=content))
            assert isinstance(outcome, Done)
        outcome = node.ask(Request(owner=EASTTOWN, actor=ACTOR, content=RULE))
        assert isinstance(outcome, Refused)
    finally:
        node.close()
