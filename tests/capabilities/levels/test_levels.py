# SPDX-License-Identifier: Apache-2.0
"""Levels: what one covers, from when, what it opens, and what it cannot stop."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from bavn.capabilities.levels.decisions import SetLevel
from bavn.journal.decision import Done
from bavn.journal.strike import StrikeFact
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import ORDINARY, Actor, Allowed, Circumstances, Resource, ask
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from bavn.node.levelling import speaks_of_level
from tests.capabilities.levels.played import (
    AGENCY,
    AREA_OF,
    CHIEF,
    GATES,
    HOSTS,
    MIDDLE,
    NJB,
    NORTH,
    NVJB,
    OSTBV,
    START,
    Levels,
    Played,
    code_of,
)
from tests.lilleland.nodes import NATION
from tests.runtime.mandates.denmark import ALARMS, book

SET, LEAD = "levels.set_level", "levels.lead_strategy"
TICK = timedelta(milliseconds=1)


@pytest.fixture
def played() -> Played:
    return Played()


@pytest.mark.requirement("E7.1")
def test_a_level_holds_everywhere_from_its_own_instant_on(played: Played) -> None:
    assert isinstance(played.sets(NJB, 3), Done)
    at = played.clock()
    assert [played.level(NJB, each) for each in (at - TICK, at, at + TICK)] == [{1}, {3}, {3}]
    assert played.level(NVJB) == played.level(NORTH) == played.level(AGENCY) == {1}
    played.clock.forward(hours=1)
    assert isinstance(played.sets(NJB, 2), Done)
    later = played.clock()
    assert [played.level(NJB, each) for each in (later - TICK, later)] == [{3}, {2}]


@pytest.mark.requirement("E7.1")
def test_it_is_raised_at_once_and_lowered_one_step_at_a_time(played: Played) -> None:
    assert isinstance(played.sets(NJB, 4), Done)
    for wrong in (2, 1):
        assert code_of(played.sets(NJB, wrong)) == "level_steps_down"
    for right in (3, 2, 1, 4):
        assert isinstance(played.sets(NJB, right), Done)
    assert played.level(NJB) == {4}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"level": 1}, "level_is_that"),
        ({"level": 0}, "no_such_level"),
        ({"level": 5}, "no_such_level"),
        ({"level": 3, "reason": "Hr. Hansen er syg"}, "no_such_level"),
    ],
)
def test_what_is_no_level_is_refused(played: Played, wrong: dict[str, object], code: str) -> None:
    content = msgspec.structs.replace(SetLevel(area=NORTH, level=2), **wrong)
    assert code_of(played.ask(NJB, content)) == code


def test_why_is_sealed_for_the_own_organisation(played: Played) -> None:
    text = Private("Brand i Hansens gård.")
    assert isinstance(played.ask(NJB, SetLevel(area=NORTH, level=2, text=text)), Done)
    (told,) = played.places[NATION].room.told()[NJB]
    assert told.has_text
    room = played.places[HOSTS[NJB]].room
    found = room.text_of(played.call(NJB), told.fact)
    assert found is not None
    assert found[0] == NJB
    assert room.text_of(played.call(NVJB), told.fact) is None
    assert isinstance(played.ask(NJB, SetLevel(area=NORTH, level=3, text=Private(" "))), Done)
    assert [each.has_text for each in room.told()[NJB]] == [False, True]


@pytest.mark.requirement("E9.1")
def test_the_law_in_force_knows_no_levels() -> None:
    played = Played(law="today")
    for owner in (NJB, NORTH, AGENCY):
        assert code_of(played.sets(owner, 3)) == "not_by_mandate"
        assert played.level(owner) == {1}


@pytest.mark.parametrize(
    ("owner", "organisation", "function"),
    [
        (NVJB, NJB, "duty_officer"),
        (NJB, NORTH, "area_duty_leader"),
        (NJB, NJB, "control_room_operator"),
        (NJB, NJB, "planner"),
        (NORTH, NJB, "duty_officer"),
        (NORTH, MIDDLE, "area_duty_leader"),
        (NORTH, NORTH, "area_operator"),
        (AGENCY, NORTH, "area_duty_leader"),
        (AGENCY, AGENCY, "inspector"),
        (AGENCY, AGENCY, "national_chief"),
        (NJB, NJB, "system"),
        (NJB, NJB, "machine"),
        (NJB, NJB, "operator"),
    ],
)
def test_whoever_may_not_set_it_is_refused(
    played: Played, owner: OrganisationId, organisation: OrganisationId, function: str
) -> None:
    actor = Actor(organisation=organisation, function=function)
    assert code_of(played.sets(owner, 4, actor)) == "not_by_mandate"
    assert played.level(owner) == {1}


@pytest.mark.requirement("E7.2")
def test_a_level_opens_what_a_policy_says_and_only_within_its_scope(played: Played) -> None:
    own = Resource(owner=AGENCY)
    for owner in (NJB, NORTH):
        assert isinstance(played.sets(owner, 4), Done)
    # Nobody opens another's powers by raising himself.
    assert played.may(CHIEF, LEAD, AGENCY) == {False}
    assert isinstance(played.sets(AGENCY, 3), Done)
    assert played.may(CHIEF, LEAD, AGENCY) == {True}
    assert played.may(CHIEF, LEAD, AGENCY, played.clock() - TICK) == {False}
    gate = played.places[NATION].gate
    # Whoever asks cannot say himself how things stand.
    claimed = Resource(owner=AGENCY, circumstances=Circumstances(level=1, procedure=True))
    assert isinstance(gate(CHIEF, LEAD, claimed, played.clock()), Allowed)
    played.clock.forward(minutes=1)
    assert isinstance(played.sets(AGENCY, 2), Done)
    # What was remembered is not what holds.
    assert played.may(CHIEF, LEAD, AGENCY) == {False}
    claimed = msgspec.structs.replace(claimed, circumstances=Circumstances(level=4))
    assert isinstance(gate(CHIEF, LEAD, claimed, played.clock()), Refused)
    assert isinstance(gate(CHIEF, LEAD, own, played.clock()), Refused)


def test_what_a_reader_is_made_of_is_made_anew_when_a_level_changes(played: Played) -> None:
    gate = played.places[NATION].gate
    before = gate.state(played.clock())
    assert gate.state(played.clock()) == before
    played.sets(AGENCY, 3)
    assert gate.state(played.clock()) != before


def test_another_book_judges_what_was_told_anew(played: Played) -> None:
    played.sets(NJB, 3)
    place = played.places[NATION]
    without = [each for each in book().policies if each.id != "set-own-level"]
    place.gate.take(
        msgspec.structs.replace(book(), policies=tuple(without), mark="other"), played.clock()
    )
    # A law that was chosen for an exercise stays chosen.
    assert place.gate.law == "proposed"
    assert place.conditions.level_of(NJB, played.clock()) == 1
    place.gate.take(book(), played.clock())
    assert place.conditions.level_of(NJB, played.clock()) == 3


def test_a_book_without_the_chosen_law_is_not_taken(played: Played) -> None:
    gate = played.places[NATION].gate
    today = tuple(each for each in book().law_sets if each.code == "today")
    with pytest.raises(ValueError, match="no law set proposed"):
        gate.take(msgspec.structs.replace(book(), law_sets=today), played.clock())
    assert gate.law == "proposed"


def test_a_level_that_was_struck_holds_no_longer(played: Played) -> None:
    done = played.sets(NJB, 3)
    assert isinstance(done, Done)
    place = played.places[HOSTS[NJB]]
    # Pages strike facts about incidents alone; a record can do it, and the gate hears it.
    place.gate.conditions = None
    machine = Actor(organisation=NJB, function="duty_officer")
    assert isinstance(played.ask(NJB, StrikeFact(fact=done.facts[0]), machine), Done)
    assert played.level(NJB) == {1}


class Broken:
    """How things stand cannot be found."""

    def level_of(self, *_: object) -> int:
        raise OSError("the record cannot be read")

    agreed = state = level_of


def test_where_nobody_knows_how_things_stand_alarms_pass(played: Played) -> None:
    gate = played.places[NATION].gate
    gate.conditions = Broken()  # type: ignore[assignment]
    nobody = Actor(organisation=NJB, function="inspector")
    for act in ALARMS:
        answer = ask(gate, nobody, act, Resource(owner=NJB, alarm=True), played.clock())
        assert answer == Allowed(basis="alarm_gate_broken", flagged=True)


@pytest.mark.requirement("E5.4")
def test_a_call_for_assistance_takes_no_level(played: Played) -> None:
    leader = Actor(organisation=NJB, function="incident_commander")
    answers = []
    for level in (None, 2, 4):
        if level is not None:
            played.sets(NVJB, level)
        gate, at = played.places[NATION].gate, played.clock()
        resource = Resource(owner=NVJB, alarm=True)
        answers.append(ask(gate, leader, "reinforcement.call_assistance", resource, at))
    assert len(set(answers)) == 1
    assert answers[0] == Allowed(basis="mandate:alarm-path mandate:call-for-assistance")


@pytest.mark.requirement("E7.2")
def test_a_preview_says_what_a_level_opens_and_for_whom(played: Played) -> None:
    around, call = played.places[NATION].room.around, played.call(AGENCY)
    (opened,) = around.opens(call, AGENCY, 3, 1)
    assert (opened.act, opened.function, opened.organisation) == (LEAD, "national_chief", AGENCY)
    assert opened.planned
    assert "ekspertpanelet" in opened.ground
    assert around.opens(call, AGENCY, 2, 1) == []
    assert around.opens(call, NJB, 4, 1) == []
    assert Levels(GATES["today"]).opens(call, AGENCY, 4, 1) == []


def test_only_what_asks_for_the_level_of_things_speaks_of_it() -> None:
    speaking = {each.id for each in book().policies if speaks_of_level(each.rule)}
    # `resource.level` is where an organisation stands, not how serious things are.
    assert speaking == {"lead-strategy"}


def test_a_raised_level_is_loud_with_those_that_it_covers(played: Played) -> None:
    played.sets(NORTH, 3)
    (there,) = played.places[HOSTS[NJB]].room.wanting(played.call(NJB))
    assert there.loud
    assert (there.service, there.about) == (NJB, "level:nordjylland")
    assert there.values["level"] == "3"
    for elsewhere in (OSTBV, AGENCY):
        room = played.places[HOSTS[elsewhere]].room
        assert room.wanting(played.call(elsewhere)) == []
    for level in (2, 1):
        played.clock.forward(minutes=1)
        played.sets(NORTH, level)
    assert played.places[HOSTS[NJB]].room.wanting(played.call(NJB)) == []


def test_the_time_of_a_level_is_an_instant_whatever_the_clocks_say(played: Played) -> None:
    """Set in the hour that comes twice, lowered when it comes again."""
    first, again = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    played.clock.now = first
    played.sets(NJB, 2)
    played.clock.now = again
    played.sets(NJB, 1)
    instants = (first - TICK, first, again - TICK, again)
    assert [played.level(NJB, each) for each in instants] == [{1}, {2}, {2}, {1}]


def test_what_covers_an_organisation_is_what_lies_above_it() -> None:
    around = Levels(GATES["proposed"])
    for owner, area in AREA_OF.items():
        if owner != NVJB:
            expected = dict.fromkeys((owner, area, AGENCY))
            assert around.above(owner, START) == tuple(expected)
    assert around.above(OrganisationId("police"), START) == ("police",)
    assert NJB in around.services_of(NORTH, START)
    assert around.services_of(NJB, START) == []
    assert GATES["proposed"].grounds(CHIEF, LEAD, AGENCY, ORDINARY, START) is None
