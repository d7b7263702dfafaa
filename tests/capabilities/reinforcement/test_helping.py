# SPDX-License-Identifier: Apache-2.0
"""Asked, answered, ended: each tells its own, and both sides see the same."""

from datetime import UTC, datetime

import msgspec
import pytest

from bavn.capabilities.reinforcement.capability import REINFORCEMENT
from bavn.capabilities.reinforcement.decisions import (
    AnswerHelp,
    Ask,
    Because,
    CallAssistance,
    DemandHelp,
    NoLongerNeed,
)
from bavn.capabilities.reinforcement.facts import Needed
from bavn.capabilities.reinforcement.views.room import Help, Room
from bavn.frame.call import Call
from bavn.journal.catalogue import catalogue_of
from bavn.journal.decision import Done, Outcome, Request
from bavn.journal.reader import Reader
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor, Resource
from bavn.kernel.refusal import Refused
from tests.lilleland.nodes import (
    EAST,
    EASTERN,
    EASTTOWN,
    WEST,
    WESTERN,
    WESTTOWN,
    Clock,
    Node,
    Settings,
)

NEEDS = (Needed("ASP", 2),)
CALL = CallAssistance(incident="i1", area=EASTERN, of=(WESTTOWN,), needs=NEEDS)


class Names:
    """Called by their ids."""

    def name_of(self, _call: Call, organisation: str) -> str:
        return organisation

    def label(self, _call: Call, incident: str) -> str:
        return incident


class Country:
    """Two services on two nodes; what one tells the other hears when it is let."""

    def __init__(self, **settings: object) -> None:
        parts = catalogue_of([REINFORCEMENT.part])
        given = Settings(catalogue=parts, clock=Clock(), **settings)  # type: ignore[arg-type]
        self.east, self.west = Node(EAST, settings=given), Node(WEST, settings=given)

    def ask(self, owner: OrganisationId, content: msgspec.Struct) -> Outcome:
        node = self.east if owner == EASTTOWN else self.west
        actor = Actor(organisation=owner, function="duty_officer")
        return node.ask(Request(owner=owner, actor=actor, content=content))

    def hear(self) -> None:
        self.east.hear(self.west)
        self.west.hear(self.east)

    def seen(self, node: Node) -> list[Help]:
        return Room(node.journal.query, Names()).of_incident("i1")  # type: ignore[arg-type]


def call_of(organisation: OrganisationId) -> Call:
    return Call(
        actor=Actor(organisation=organisation, function="duty_officer"),
        organisations=frozenset({organisation}),
        reader=Reader(organisations=frozenset({organisation})),
        sender="x",
        language="da",
        now=datetime(2027, 1, 1, tzinfo=UTC),
        say=lambda name, **_: name,
    )


@pytest.fixture
def country() -> Country:
    return Country()


def asked(country: Country, content: Ask = CALL) -> Help:
    assert isinstance(country.ask(EASTTOWN, content), Done)
    country.hear()
    return country.seen(country.west)[0]


@pytest.mark.requirement("E5.4")
@pytest.mark.parametrize("demanded", [False, True])
def test_who_is_asked_hears_it_answers_and_is_heard(country: Country, demanded: bool) -> None:
    sort = DemandHelp if demanded else CallAssistance
    one = asked(country, sort(incident="i1", area=EASTERN, of=(WESTTOWN,), needs=NEEDS))
    assert (one.asker, one.demanded, one.needs) == (EASTTOWN, demanded, NEEDS)
    assert one.waits == (WESTTOWN,)
    answer = AnswerHelp(asked=one.id, area=WESTERN, coming=True, units=("w-1",))
    assert isinstance(country.ask(WESTTOWN, answer), Done)
    country.hear()
    for node in (country.east, country.west):
        (told,) = country.seen(node)
        assert told.waits == ()
        (said,) = told.answers
        assert (said.of, said.coming, said.units) == (WESTTOWN, True, ("w-1",))


def test_who_cannot_says_why_and_may_come_after_all(country: Country) -> None:
    one = asked(country)
    cannot = AnswerHelp(asked=one.id, area=WESTERN, coming=False, because=Because.ENGAGED)
    assert isinstance(country.ask(WESTTOWN, cannot), Done)
    assert country.seen(country.west)[0].answers[0].because == "engaged"
    coming = AnswerHelp(asked=one.id, area=WESTERN, coming=True, because="forgotten")
    assert isinstance(country.ask(WESTTOWN, coming), Done)
    said = country.seen(country.west)[0].answers[0]
    assert (said.coming, said.because) == (True, None)


@pytest.mark.parametrize("because", [None, "", "no idea"])
def test_a_no_without_a_reason_is_refused(country: Country, because: str | None) -> None:
    one = asked(country)
    outcome = country.ask(
        WESTTOWN, AnswerHelp(asked=one.id, area=WESTERN, coming=False, because=because)
    )
    assert isinstance(outcome, Refused)
    assert outcome.code == "cannot_unsaid"


def test_only_who_is_asked_answers(country: Country) -> None:
    one = asked(country)
    outcome = country.ask(EASTTOWN, AnswerHelp(asked=one.id, area=EASTERN, coming=True))
    assert isinstance(outcome, Refused)
    assert outcome.code == "not_asked"


@pytest.mark.parametrize("asked_id", ["unknown", "", "no subject / at all"])
def test_what_was_never_asked_is_not_answered(country: Country, asked_id: str) -> None:
    outcome = country.ask(WESTTOWN, AnswerHelp(asked=asked_id, area=WESTERN, coming=True))
    assert isinstance(outcome, Refused)
    assert outcome.code == "not_asked"


def test_what_is_over_is_answered_no_more_and_ended_once(country: Country) -> None:
    one = asked(country)
    elsewhere = country.ask(WESTTOWN, NoLongerNeed(asked=one.id, area=WESTERN))
    assert isinstance(elsewhere, Refused)
    assert elsewhere.code == "no_help_asked"
    assert isinstance(country.ask(EASTTOWN, NoLongerNeed(asked=one.id, area=EASTERN)), Done)
    again = country.ask(EASTTOWN, NoLongerNeed(asked=one.id, area=EASTERN))
    assert isinstance(again, Refused)
    country.hear()
    late = country.ask(WESTTOWN, AnswerHelp(asked=one.id, area=WESTERN, coming=True))
    assert isinstance(late, Refused)
    assert late.code == "needed_no_longer"
    assert country.seen(country.west)[0].waits == ()


def test_a_demand_of_oneself_is_refused_and_a_call_is_told(country: Country) -> None:
    demand = DemandHelp(incident="i1", area=EASTERN, of=(EASTTOWN,))
    outcome = country.ask(EASTTOWN, demand)
    assert isinstance(outcome, Refused)
    assert outcome.code == "demands_of_itself"
    call = CallAssistance(incident="i1", area=EASTERN, of=(EASTTOWN,))
    assert isinstance(country.ask(EASTTOWN, call), Done)


def test_a_call_passes_a_gate_that_lets_nothing_through() -> None:
    def never(_actor: Actor, _act: str, _resource: Resource, _at: datetime) -> Refused:
        return Refused(code="no_mandate", says="No.", try_instead="Never.")

    country = Country(may=never)
    assert isinstance(country.ask(EASTTOWN, CALL), Done)
    (told,) = country.seen(country.east)
    assert told.basis == "alarm_refused"
    demand = DemandHelp(incident="i1", area=EASTERN, of=(WESTTOWN,))
    assert isinstance(country.ask(EASTTOWN, demand), Refused)


def test_what_waits_for_us_is_loud_until_it_is_answered(country: Country) -> None:
    one = asked(country)
    room = Room(country.west.journal.query, Names())  # type: ignore[arg-type]
    (wanted,) = room.wanting(call_of(WESTTOWN))
    assert wanted.loud
    assert wanted.service == WESTTOWN
    assert room.wanting(call_of(EASTTOWN)) == []
    assert isinstance(
        country.ask(WESTTOWN, AnswerHelp(asked=one.id, area=WESTERN, coming=True)), Done
    )
    assert room.wanting(call_of(WESTTOWN)) == []
