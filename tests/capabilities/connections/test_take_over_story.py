# SPDX-License-Identifier: Apache-2.0
"""A centre falls silent in the middle of a day, another goes on for it, and it comes back."""

import pytest

from bavn.capabilities.connections.decisions.asking import Ask
from bavn.capabilities.connections.facts import KINDS
from bavn.capabilities.connections.views import ASKED, CHANGES_OF_HOST
from bavn.capabilities.operations.decisions import subject_of
from bavn.capabilities.operations.model.unit import UnitStatus
from bavn.journal.conflicts import KEEPS_BOTH, Conflicts
from bavn.journal.decision import Done
from bavn.journal.reader import Reader
from bavn.journal.trust.deciding import SettleClaim
from bavn.journal.trust.statements import ClaimSettled
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from tests.capabilities.connections.centres import CALLED, CHIEF, Centres
from tests.lilleland.nodes import (
    AGENCY,
    EAST,
    EASTTOWN,
    HARBOUR,
    NATION,
    PORT,
    WEST,
    WESTERN,
    request,
)

ENGINE = "easttown-01-asp-1"


def silent() -> Centres:
    """West stands in, an incident is going on, and the east is not heard any more."""
    world = Centres()
    world.name(EASTTOWN, WEST, NATION)
    world.report(EAST, "before", incident_type="BR-VIL")
    world.note(EAST, "before", "note foer")
    world.unit(EAST, ENGINE, UnitStatus.EN_ROUTE, "before")
    world.talk()
    world.cut_off(EAST)
    world.later(minutes=20)
    return world


@pytest.mark.requirement("E5.6", "E5.9", "K9")
def test_a_centre_falls_silent_another_goes_on_and_all_is_whole_again() -> None:
    world = silent()
    # Both centres work: the silent one knows of nothing, and the alarms come on elsewhere.
    world.correct(EAST, "before", "BR-SKO")
    world.report(EAST, "east-alone")
    world.report_for(WEST, "for-the-east")
    world.talk()
    assert world.incidents(NATION)[WESTERN, "for-the-east"]["state"] == "open"

    # Somebody decides, and it is taken over.
    assert isinstance(world.take_over(WEST), Done)
    world.talk()
    taken = world.incidents(NATION)
    assert taken[EASTTOWN, "for-the-east"]["state"] == "open"
    assert taken[WESTERN, "for-the-east"]["state"] == "closed"
    # What was going on is known there, with its texts; who is moving keeps the last order.
    assert world.texts(WEST, "before", EASTTOWN) == ["note foer", "tekst before"]
    assert world.units(WEST)[ENGINE]["status"] == UnitStatus.EN_ROUTE
    assert world.units(WEST)[ENGINE]["incident"] == "before"
    world.note(WEST, "before", "note fra vest")
    world.correct(WEST, "before", "BR-GAS")
    world.report(WEST, "after")

    comes_back(world)


def comes_back(world: Centres) -> None:
    """The east hears who goes on for it, and what it told meanwhile goes out."""
    world.mend()
    world.talk()
    assert world[EAST].journal.record.roster.host_of(EASTTOWN) == WEST
    assert isinstance(world.note(EAST, "before", "x"), Refused)
    assert world.incidents(WEST)[EASTTOWN, "east-alone"]["state"] == "open"
    assert world.texts(EAST, "before", EASTTOWN) == ["note foer", "note fra vest", "tekst before"]
    assert world.texts(EAST, "for-the-east", EASTTOWN, owners=[WESTERN]) == ["tekst for-the-east"]
    (conflict,) = world.conflicts(WEST)
    assert world.conflicts(EAST) == [conflict]
    assert conflict.subject == "incident:before"
    assert [(each.node, each.epoch) for each in conflict.courses] == [(EAST, 1), (WEST, 2)]

    # A person weighs the two, and the town goes home.
    assert isinstance(world.settle(WEST, conflict, EAST), Done)
    world.talk()
    assert world.conflicts(WEST) == world.conflicts(EAST) == world.conflicts(NATION) == []
    assert world.incidents(NATION)[EASTTOWN, "before"]["incident_type"] == "BR-SKO"
    assert isinstance(world.hand_back(WEST), Done)
    world.talk()
    assert world[EAST].journal.record.roster.epoch_at(EAST, EASTTOWN) == 3
    assert isinstance(world.note(EAST, "after", "hjemme igen"), Done)
    assert isinstance(world.note(WEST, "after", "x"), Refused)
    world.talk()
    assert world.conflicts(EAST) == []
    assert world.texts(EAST, "after", EASTTOWN) == ["hjemme igen", "tekst after"]
    world.are_whole()


@pytest.mark.requirement("E5.6")
def test_texts_are_read_at_the_stand_in_and_nowhere_else() -> None:
    world = silent()
    world.report_for(WEST, "for-the-east")
    world.take_over(WEST)
    world.note(WEST, "before", "note fra vest")
    world.mend()
    world.talk()
    # Told to be an organisation's, and still without the key.
    assert world.texts(HARBOUR, "before", EASTTOWN, WESTERN) == []
    for node in (WEST, EAST, NATION):
        assert "note fra vest" in world.texts(node, "before", EASTTOWN)


def test_an_alarm_for_a_silent_centre_is_taken_at_once_and_is_its_own_when_it_comes_back() -> None:
    world = silent()
    done = world.report_for(WEST, "waits")
    assert done.facts
    world.talk()
    (row,) = world[WEST].journal.query.rows(
        Reader(organisations=frozenset({WESTERN})), ASKED, {"of": EASTTOWN}
    )
    assert (row["incident"], row["answer"]) == ("waits", None)
    # Nobody takes over: the east hears of it when it is back.
    world.mend()
    world.talk()
    reader = Reader(organisations=frozenset({WESTERN}))
    rows = world[WEST].journal.query.rows(reader, ASKED, {"subject": row["subject"]})
    answers = {str(each["owner"]): each["answer"] for each in rows}
    assert answers == {WESTERN: None, EASTTOWN: "taken"}
    assert world.incidents(NATION)[EASTTOWN, "waits"]["state"] == "open"
    assert world.incidents(NATION)[WESTERN, "waits"]["outcome"] == "handed_over"
    assert world.texts(EAST, "waits", EASTTOWN, owners=[WESTERN]) == ["tekst waits"]
    world.are_whole()


def test_an_alarm_that_was_taken_up_and_closed_is_not_opened_again_by_the_return() -> None:
    world = silent()
    world.report_for(WEST, "over-soon")
    world.take_over(WEST)
    world.talk()
    world.close(WEST, "over-soon")
    world.mend()
    world.talk()
    assert isinstance(world.hand_back(WEST), Done)
    world.talk()
    assert world.incidents(EAST)[EASTTOWN, "over-soon"]["state"] == "closed"
    assert world.incidents(EAST)[WESTERN, "over-soon"]["state"] == "closed"
    told = world[EAST].journal.query.history(Reader(), EASTTOWN, subject_of("over-soon"))
    kinds = [item.fact.kind for item in told]
    assert kinds == ["operations.incident_reported", "operations.incident_closed"]
    world.are_whole()


def test_what_was_noted_by_one_who_was_never_named_comes_home_too() -> None:
    world = Centres(root=NATION)
    world.report(EAST, "before")
    world.talk()
    world.cut_off(EAST)
    assert isinstance(world.take_over(NATION), Done)
    world.talk()
    world.note(NATION, "before", "note fra nationen")
    world.mend()
    world.talk()
    assert world.texts(EAST, "before", EASTTOWN) == ["note fra nationen", "tekst before"]
    # What was said before it was taken over, nobody had been given.
    assert world.texts(NATION, "before", EASTTOWN) == ["note fra nationen"]
    world.are_whole()


def test_thirty_alarms_are_all_taken_up_once() -> None:
    world = silent()
    for number in range(30):
        world.report_for(WEST, f"one-{number}")
    world.take_over(WEST)
    world.talk()
    world.mend()
    world.talk()
    shown = world.incidents(NATION)
    own = [key for key, row in shown.items() if key[0] == EASTTOWN and row["state"] == "open"]
    assert len(own) == 30 + 1
    assert sum(row["state"] == "open" for row in shown.values()) == 30 + 1
    world.are_whole()


def test_names_of_who_decided_and_who_was_called_are_sealed() -> None:
    world = silent()
    done = world.take_over(WEST)
    assert isinstance(done, Done)
    world.talk()
    for node in world.nodes.values():
        for fact in node.store.facts_after(0, 1_000):
            assert CHIEF.encode() not in fact.raw
            assert CALLED.encode() not in fact.raw
    (row,) = world[HARBOUR].journal.query.rows(Reader(), CHANGES_OF_HOST)
    assert (row["node"], row["from_node"], row["epoch"]) == (WEST, EAST, 2)
    assert row["by"] == "duty_officer"


@pytest.mark.requirement("E5.6")
def test_two_who_take_over_at_once_both_stand_until_a_person_says_which_holds() -> None:
    world = Centres(root=NATION)
    world.name(EASTTOWN, WEST, HARBOUR)
    world.report(EAST, "before", incident_type="BR-VIL")
    world.talk()
    world.cut_off(EAST)
    world.cut_off(WEST)
    assert isinstance(world.take_over(WEST), Done)
    assert isinstance(world.take_over(HARBOUR), Done)
    world.correct(EAST, "before", "BR-SKO")
    world.correct(WEST, "before", "BR-GAS")
    world.correct(HARBOUR, "before", "BR-BYG")
    world.mend()
    world.talk()
    for node in world.nodes.values():
        roster = node.journal.record.roster
        assert roster.host_of(EASTTOWN) is None
        assert [claim.node for claim in roster.claims_to(EASTTOWN)] == [HARBOUR, WEST]
        (conflict,) = world.conflicts(node.name)
        assert [each.node for each in conflict.courses] == [EAST, HARBOUR, WEST]
    refused = world.take_over(NATION)
    assert isinstance(refused, Refused)
    assert refused.code == "claims_unsettled"

    settled = ClaimSettled(owner=EASTTOWN, epoch=2, node=HARBOUR)
    world[NATION].done(request(AGENCY, SettleClaim(settled=settled)))
    world.talk()
    (conflict,) = world.conflicts(HARBOUR)
    assert [each.node for each in conflict.courses] == [EAST, HARBOUR, WEST]
    assert isinstance(world.settle(HARBOUR, conflict, WEST), Done)
    world.talk()
    assert all(world.conflicts(node) == [] for node in world.nodes)
    assert world.incidents(NATION)[EASTTOWN, "before"]["incident_type"] == "BR-GAS"
    world.are_whole()


def test_what_is_heard_after_a_settlement_is_a_conflict_of_its_own() -> None:
    world = silent()
    world.correct(EAST, "before", "BR-SKO")
    world.take_over(WEST)
    world.correct(WEST, "before", "BR-GAS")
    # Of what the east told, a part comes through, and the line is cut again.
    world.mend()
    world.nodes[WEST].hear(world[EAST])
    world.cut_off(EAST)
    (conflict,) = world.conflicts(WEST)
    assert isinstance(world.settle(WEST, conflict, WEST), Done)
    assert world.conflicts(WEST) == []
    # It has not heard the grant, and goes on.
    world.correct(EAST, "before", "BR-BYG")
    world.mend()
    world.talk()
    (again,) = world.conflicts(EAST)
    assert world.conflicts(WEST) == [again]
    assert isinstance(world.settle(WEST, again, KEEPS_BOTH), Done)
    world.talk()
    assert world.conflicts(EAST) == world.conflicts(WEST) == []
    world.are_whole()


def test_a_settlement_of_what_has_changed_since_is_refused() -> None:
    world = silent()
    world.correct(EAST, "before", "BR-SKO")
    world.take_over(WEST)
    world.correct(WEST, "before", "BR-GAS")
    world.mend()
    world.talk()
    (conflict,) = world.conflicts(WEST)
    assert isinstance(world.settle(WEST, conflict, WEST), Done)
    again = world.settle(WEST, conflict, EAST)
    assert isinstance(again, Refused)
    assert again.code == "conflict_changed"
    other = world.settle(WEST, conflict, HARBOUR)
    assert isinstance(other, Refused)


def test_a_long_course_is_struck_to_its_end() -> None:
    world = silent()
    for number in range(80):
        world.correct(EAST, "before", ("BR-SKO", "BR-VIL")[number % 2])
    world.take_over(WEST)
    world.correct(WEST, "before", "BR-GAS")
    world.mend()
    world.talk()
    (conflict,) = world.conflicts(WEST)
    assert isinstance(world.settle(WEST, conflict, WEST), Done)
    world.talk()
    node = world[EAST].journal
    items = node.query.history(Reader(), EASTTOWN, conflict.subject)
    late = [item for item in items if item.fact.id in conflict.weighed]
    assert [item.struck for item in late] == [item.fact.node == EAST for item in late]
    assert world.incidents(EAST)[EASTTOWN, "before"]["incident_type"] == "BR-GAS"
    world.are_whole()


def test_who_goes_on_hears_what_is_asked_of_the_one_that_is_silent() -> None:
    world = silent()
    world.take_over(WEST)
    world.talk()
    asked = Ask(of=EASTTOWN, text=Private("en baad"))
    world.cut.clear()
    world.cut_off(EAST)
    done = world[HARBOUR].done(request(PORT, asked))
    world.talk()
    reader = Reader(organisations=frozenset({PORT}))
    rows = world[HARBOUR].journal.query.rows(reader, ASKED)
    assert {str(row["owner"]): row["heard_at_ms"] is not None for row in rows} == {
        PORT: False,
        EASTTOWN: True,
    }
    assert world[WEST].journal.query.item(Reader(organisations=frozenset({PORT})), done.facts[0])


def test_what_is_followed_as_it_comes_is_what_is_found_from_the_beginning() -> None:
    world = silent()
    following = {name: Conflicts(node.journal.record) for name, node in world.nodes.items()}

    def agree() -> None:
        for name, each in following.items():
            assert each.all() == world.conflicts(name)

    agree()
    world.correct(EAST, "before", "BR-SKO")
    world.take_over(WEST)
    agree()
    world.correct(WEST, "before", "BR-GAS")
    world.talk()
    agree()
    world.mend()
    world[WEST].hear(world[EAST])
    agree()
    (conflict,) = following[WEST].all()
    assert following[WEST].of("incident:before") == [conflict]
    assert following[WEST].of("incident:other") == []
    world.settle(WEST, conflict, EAST)
    agree()
    world.talk()
    agree()
    assert following[EAST].all() == []


def test_every_kind_says_whether_it_comes_with_an_alarm() -> None:
    assert {kind.name for kind in KINDS if kind.alarm} == {"connections.asked"}
