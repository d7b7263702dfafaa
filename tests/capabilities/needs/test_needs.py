# SPDX-License-Identifier: Apache-2.0
"""A scene asks, its centre answers: each tells its own, and both sides see the same."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.centre.capability import CENTRE
from bavn.capabilities.centre.decisions import SeeAttention
from bavn.capabilities.needs.capability import NEEDS
from bavn.capabilities.needs.decisions import AnswerNeed, AskNeed, TakeBackNeed
from bavn.capabilities.needs.facts import Wanted
from bavn.capabilities.needs.model.need import (
    Answer,
    Answered,
    Because,
    Ordered,
    Sort,
    State,
    is_loud,
    proposed,
    state_of,
)
from bavn.capabilities.needs.ports import Scene, UnitThere
from bavn.capabilities.needs.views.room import Need, Room
from bavn.frame.call import Call
from bavn.journal.catalogue import catalogue_of
from bavn.journal.decision import Done, Outcome, Request
from bavn.journal.reader import Reader
from bavn.journal.strike import StrikeFact
from bavn.kernel.identity import FactId, OrganisationId
from bavn.kernel.mandate import Actor, Resource
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from bavn.node.needs import need_rules_of
from bavn.runtime.texts import Texts
from tests.capabilities.command.test_command import Held
from tests.lilleland.nodes import (
    AGENCY,
    EAST,
    EASTERN,
    EASTTOWN,
    NATION,
    WEST,
    WESTTOWN,
    Clock,
    Node,
    Settings,
)

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
TWO = (Wanted("ASP", 2),)
WORD = "CANARY nøglen er hos Pia"
SCENE = Scene(incident="i1", service=EASTTOWN, area=EASTERN, assigned=(EASTTOWN, EASTERN, WESTTOWN))


class Around:
    """Lilleland's only incident, which the east owns and the west has units at."""

    zone = ZoneInfo("Europe/Copenhagen")
    rules = need_rules_of("denmark")
    orders: Sequence[Ordered] = ()

    def known(self, _call: Call, incident: str) -> Scene | None:
        return SCENE if incident == SCENE.incident else None

    def ordered(self, _call: Call, _scene: Scene) -> Sequence[Ordered]:
        return self.orders

    def types(self, _call: Call) -> Sequence[tuple[str, str]]:
        return [("ASP", "Autosprøjte")]

    def resources(self, _call: Call) -> Sequence[tuple[str, str]]:
        return [("GEN", "Nødstrøm")]

    def callsign(self, _call: Call, unit: str) -> str:
        return unit.upper()

    def label(self, _call: Call, incident: str) -> str:
        return incident

    def units_at(self, _call: Call, _scene: Scene) -> Sequence[UnitThere]:
        return ()


class Country:
    """The east's node, where the area's centre and its service are, and the nation."""

    def __init__(self, **settings: object) -> None:
        self.clock, self.around = Clock(NOW), Around()
        parts = catalogue_of([NEEDS.part, CENTRE.part])
        given = Settings(catalogue=parts, clock=self.clock, **settings)  # type: ignore[arg-type]
        self.east, self.nation = Node(EAST, settings=given), Node(NATION, settings=given)
        self.desk = Held(self.east)
        self.room = Room(self.desk.query, self.around)  # type: ignore[arg-type]

    def ask(self, content: msgspec.Struct, owner: OrganisationId = EASTTOWN) -> Outcome:
        self.clock.forward(seconds=1)
        actor = Actor(organisation=owner, function="duty_officer")
        outcome = self.east.ask(Request(owner=owner, actor=actor, content=content))
        self.nation.hear(self.east)
        return outcome

    def done(self, content: msgspec.Struct, owner: OrganisationId = EASTTOWN) -> FactId:
        outcome = self.ask(content, owner)
        assert isinstance(outcome, Done), outcome
        return outcome.facts[0]

    def refused(self, content: msgspec.Struct, owner: OrganisationId = EASTTOWN) -> str:
        outcome = self.ask(content, owner)
        assert isinstance(outcome, Refused), outcome
        assert outcome.try_instead
        return outcome.code

    def call(self, of: OrganisationId = EASTTOWN, *, personal: bool = True, **more: object) -> Call:
        return Call(
            actor=Actor(organisation=of, function="duty_officer"),
            organisations=frozenset({of}),
            reader=Reader(organisations=frozenset({of}), personal=personal, **more),  # type: ignore[arg-type]
            sender="board",
            language="da",
            now=self.clock(),
            say=Texts("da"),
        )

    def needs(self, of: OrganisationId = EASTTOWN, **more: object) -> tuple[Need, ...]:
        call = self.call(of, **more)  # type: ignore[arg-type]
        return asyncio.run(self.room.of(self.desk, call, SCENE)).items

    def one(self, of: OrganisationId = EASTTOWN) -> Need:
        (need,) = self.needs(of)
        return need

    def board(self, of: OrganisationId) -> list[tuple[str, bool]]:
        found = self.room.wanting(self.call(of))
        return [(Texts("da")(each.text, **each.values), each.loud) for each in found]

    def turn(self) -> None:
        while self.east.journal.turn():
            pass

    def close(self) -> None:
        for node in (self.east, self.nation):
            assert list(node.journal.verify()) == []
            node.close()


@pytest.fixture
def country() -> Iterator[Country]:
    country = Country()
    yield country
    country.close()


def need(sort: Sort = Sort.UNITS, wants: tuple[Wanted, ...] = TWO, **more: object) -> AskNeed:
    return AskNeed(
        incident="i1",
        area=EASTERN,
        to=SCENE.assigned,
        sort=sort,
        wants=wants,
        **more,  # type: ignore[arg-type]
    )


def word(asked: Need, answer: Answer, **more: object) -> AnswerNeed:
    return AnswerNeed(
        need=asked.id,
        area=EASTERN,
        to=SCENE.assigned,
        answer=answer,
        **{"answering": SCENE.answering, **more},  # type: ignore[arg-type]
    )


def back(asked: Need) -> TakeBackNeed:
    return TakeBackNeed(need=asked.id, area=EASTERN, to=SCENE.assigned)


@pytest.mark.requirement("E5.3")
def test_who_works_there_and_the_area_see_what_is_asked_and_what_is_answered(
    country: Country,
) -> None:
    country.done(need(text=Private(WORD), urgent=True))
    asked = country.one()
    assert (asked.asker, asked.wants, asked.urgent, asked.state) == (
        EASTTOWN,
        TWO,
        True,
        State.ASKED,
    )
    country.done(word(asked, Answer.SENT, units=("u1",), text=Private(WORD)), EASTERN)
    for organisation in (EASTTOWN, EASTERN, WESTTOWN):
        seen = country.one(organisation)
        assert (seen.text, seen.state) == (WORD, State.SENT)
        (answer,) = seen.answers
        assert (answer.by, answer.units, answer.text) == (EASTERN, ("u1",), WORD)
    # Whoever hears the area sees it, and no text; others see nothing.
    (seen,) = country.needs(AGENCY, areas=frozenset({EASTERN}))
    assert (seen.wants, seen.text, seen.has_text) == (TWO, None, True)
    assert country.needs(AGENCY) == ()


@pytest.mark.requirement("E5.3")
def test_a_service_on_a_node_of_its_own_asks_and_hears_the_answer(country: Country) -> None:
    parts = catalogue_of([NEEDS.part, CENTRE.part])
    west = Node(WEST, settings=Settings(catalogue=parts, clock=country.clock))
    actor = Actor(organisation=WESTTOWN, function="incident_commander")
    asked = west.ask(Request(owner=WESTTOWN, actor=actor, content=need(urgent=True)))
    assert isinstance(asked, Done), asked
    country.east.hear(west)
    assert [loud for _, loud in country.board(EASTTOWN)] == [True]
    country.done(word(country.one(), Answer.SENT, units=("u1",)))
    west.hear(country.east)
    there = Room(west.journal.query, country.around)  # type: ignore[arg-type]
    (seen,) = asyncio.run(there.of(Held(west), country.call(WESTTOWN), SCENE)).items
    assert (seen.state, seen.answers[0].by, seen.answers[0].units) == (
        State.SENT,
        EASTTOWN,
        ("u1",),
    )
    # One that works there and did not ask has heard both, too.
    assert country.one(EASTERN).state is State.SENT
    west.close()


def test_without_leave_to_read_names_there_is_a_need_and_no_word_of_it(country: Country) -> None:
    country.done(need(text=Private(WORD)))
    (seen,) = country.needs(EASTERN, personal=False)
    assert (seen.text, seen.has_text) == (None, True)
    for node in (country.east, country.nation):
        assert not any(b"CANARY" in held.raw for held in node.store.facts_after(0, 100))


@pytest.mark.requirement("E5.3")
def test_the_centre_that_owns_it_answers_or_its_area_and_nobody_else(country: Country) -> None:
    country.done(need())
    asked = country.one()
    others = word(asked, Answer.SEEN, answering=(EASTERN,))
    assert country.refused(others, EASTTOWN) == "need_of_others"
    for owner in (EASTTOWN, EASTERN):
        country.done(word(asked, Answer.SEEN), owner)
    assert country.one().state is State.SEEN


def test_a_no_says_why_and_a_part_says_what(country: Country) -> None:
    country.done(need())
    asked = country.one()
    assert country.refused(word(asked, Answer.CANNOT)) == "need_cannot_unsaid"
    assert country.refused(word(asked, Answer.CANNOT, because="tired")) == "need_cannot_unsaid"
    assert country.refused(word(asked, Answer.PARTLY)) == "need_partly_unsaid"
    assert country.one().state is State.ASKED
    country.done(word(asked, Answer.CANNOT, because=Because.ENGAGED, units=("u1",)))
    (answer,) = country.one().answers
    assert (answer.because, answer.units) == ("engaged", ())
    country.done(word(asked, Answer.PARTLY, units=("u1",), because=Because.ENGAGED))
    assert (country.one().state, country.one().answers[-1].because) == (State.PARTLY, None)


def test_who_asked_takes_it_back_once_and_then_it_is_over(country: Country) -> None:
    country.done(need(), EASTERN)
    asked = country.one()
    assert country.refused(back(asked)) == "need_not_asked"
    country.done(back(asked), EASTERN)
    assert country.refused(back(asked), EASTERN) == "need_not_asked"
    assert country.refused(word(asked, Answer.SENT)) == "need_taken_back"
    assert country.one().state is State.TAKEN_BACK
    assert country.board(EASTTOWN) == []


@pytest.mark.parametrize("number", ["unknown", "", "no subject / at all"])
def test_what_was_never_asked_is_not_answered(country: Country, number: str) -> None:
    country.done(need())
    asked = msgspec.structs.replace(country.one(), id=number)
    assert country.refused(word(asked, Answer.SEEN)) == "need_unknown"
    assert country.refused(back(asked)) == "need_not_asked"


@pytest.mark.requirement("E5.3")
def test_what_waits_is_on_the_boards_of_those_who_answer_and_sounds_when_nobody_looks(
    country: Country,
) -> None:
    country.done(need(), EASTERN)
    quiet = [("Skadestedet beder om 2 × Autosprøjte: i1", False)]
    assert (country.board(EASTTOWN), country.board(EASTERN)) == (quiet, quiet)
    assert country.board(WESTTOWN) == []
    country.clock.forward(minutes=3)
    assert [loud for _, loud in country.board(EASTTOWN)] == [True]
    country.done(word(country.one(), Answer.SEEN))
    assert country.board(EASTERN) == [("Set, men ikke besvaret: 2 × Autosprøjte (i1)", False)]
    country.done(word(country.one(), Answer.PARTLY, units=("u1",)))
    assert country.board(EASTERN) == [("Resten mangler: 2 × Autosprøjte (i1)", False)]
    country.done(word(country.one(), Answer.SENT, units=("u1", "u2")))
    assert country.board(EASTTOWN) == country.board(EASTERN) == []


def test_an_urgent_one_sounds_at_once_and_an_old_one_no_longer_waits(country: Country) -> None:
    country.done(need(urgent=True))
    assert country.board(EASTTOWN) == [("HASTER fra skadestedet: 2 × Autosprøjte (i1)", True)]
    country.clock.forward(hours=49)
    assert country.board(EASTTOWN) == []


@pytest.mark.requirement("E5.3")
def test_what_the_watch_has_touched_on_its_board_the_scene_sees_as_seen(country: Country) -> None:
    country.done(need(), EASTERN)
    (item,) = country.room.wanting(country.call(EASTTOWN))
    country.done(SeeAttention(item=item.id), EASTTOWN)
    country.turn()
    for organisation in (EASTTOWN, EASTERN, WESTTOWN):
        told = country.one(organisation)
        assert (told.state, told.answers[0].by) == (State.SEEN, EASTTOWN)
    # What is of others, not there, or no longer needed is touched in vain.
    country.done(back(country.one()), EASTERN)
    for other in ("command.word:0199", "needs.need:unknown", item.id):
        country.done(SeeAttention(item=other), EASTERN)
    country.turn()
    assert len(country.one().answers) == 1


def test_asking_passes_a_gate_that_lets_nothing_through_and_answering_does_not() -> None:
    def never(_actor: Actor, _act: str, _resource: Resource, _at: datetime) -> Refused:
        return Refused(code="no_mandate", says="No.", try_instead="Never.")

    country = Country(may=never)
    country.done(need())
    assert country.refused(word(country.one(), Answer.SENT)) == "no_mandate"
    assert country.refused(back(country.one())) == "no_mandate"
    country.close()


def test_a_repeat_is_one_need_and_what_waited_on_a_device_stands_at_its_own_time(
    country: Country,
) -> None:
    actor = Actor(organisation=EASTTOWN, function="incident_commander")
    at = NOW - timedelta(hours=3)
    request = Request(owner=EASTTOWN, actor=actor, content=need(at=at), sender="pia", ref="n1")
    first = country.east.ask(request)
    country.clock.forward(minutes=4)
    assert isinstance(first, Done)
    again = country.east.ask(request)
    assert isinstance(again, Done)
    assert again.facts == first.facts
    assert country.one().asked_at == at
    country.done(need(at=NOW + timedelta(hours=3)))
    assert country.needs()[0].asked_at <= country.clock()


def test_what_is_struck_was_never_asked(country: Country) -> None:
    fact = country.done(need())
    country.done(StrikeFact(fact=fact, reason=Private("tastefejl")))
    assert country.needs() == ()
    assert country.board(EASTERN) == []


@pytest.mark.requirement("E5.3")
def test_an_answer_is_proposed_when_such_units_were_ordered_after_it_was_asked(
    country: Country,
) -> None:
    country.around.orders = [Ordered(unit="u0", type="ASP", at=NOW - timedelta(minutes=9))]
    country.done(need())
    assert country.one().proposed is None
    later = country.clock() + timedelta(minutes=1)
    country.around.orders = [
        *country.around.orders,
        Ordered(unit="u1", type="ASP", at=later),
        Ordered(unit="u2", type="TAN", at=later),
    ]
    offered = country.one().proposed
    assert offered is not None
    assert (offered.answer, offered.units) == (Answer.PARTLY, ("u1",))
    country.done(word(country.one(), Answer.SENT, units=("u1",)))
    assert country.one().proposed is None


# Laws

ORGANISATIONS = (EASTTOWN, EASTERN)
answers = st.lists(
    st.builds(
        Answered,
        fact=st.uuids().map(str),
        by=st.sampled_from(ORGANISATIONS),
        function=st.just("duty_officer"),
        at=st.integers(0, 90).map(lambda minutes: NOW + timedelta(minutes=minutes)),
        answer=st.sampled_from([*Answer, "an answer of tomorrow"]).map(str),
    ),
    max_size=4,
)


@given(answers, st.booleans())
def test_how_it_stands_is_the_same_in_whatever_order_it_was_heard(
    told: list[Answered], is_back: bool
) -> None:
    taken_back_at = NOW if is_back else None
    states = {state_of(each, taken_back_at) for each in permutations(told)}
    assert len(states) == 1
    (state,) = states
    assert (state is State.TAKEN_BACK) is is_back
    said = {each.answer for each in told} & {"sent", "partly", "cannot"}
    if not is_back and said:
        # That somebody has looked takes no answer away.
        assert state in said


@given(
    st.lists(st.builds(Wanted, st.sampled_from(["ASP", "TAN"]), st.integers(1, 3)), max_size=3),
    st.lists(
        st.builds(
            Ordered,
            unit=st.integers(0, 9).map("u{}".format),
            type=st.sampled_from(["ASP", "TAN", "STI"]),
            at=st.integers(-5, 5).map(lambda minutes: NOW + timedelta(minutes=minutes)),
        ),
        max_size=8,
        unique_by=lambda each: each.unit,
    ),
)
def test_a_proposed_answer_names_what_was_ordered_since_and_no_more_than_was_asked(
    wants: list[Wanted], ordered: list[Ordered]
) -> None:
    found = proposed(wants, ordered, NOW)
    since = {each.unit: each for each in ordered if each.at >= NOW}
    fits = [each for each in since.values() if each.type in {want.type for want in wants}]
    assert (found is None) is (not fits)
    if found is None:
        return
    assert len(set(found.units)) == len(found.units) <= sum(want.count for want in wants)
    assert {*found.units} <= {*since}
    total = sum(want.count for want in wants)
    assert (found.answer is Answer.SENT) is (len(found.units) == total)


@given(st.sampled_from(State), st.booleans(), st.integers(0, 20), st.integers(0, 10))
def test_only_what_nobody_has_seen_sounds(
    state: State, urgent: bool, waited: int, seen_min: int
) -> None:
    now = NOW + timedelta(minutes=waited)
    loud = is_loud(state, NOW, now, urgent=urgent, seen_min=seen_min)
    assert loud is (state is State.ASKED and (urgent or waited >= seen_min))
