# SPDX-License-Identifier: Apache-2.0
"""A mandate that is missing, asked for between two nodes: who hears it, who answers, what holds."""

from datetime import timedelta

import msgspec
import pytest

from bavn.capabilities.mandates.decisions.asking_for import page_of
from bavn.capabilities.mandates.decisions.requests import (
    GIVEN_FOR,
    GIVEN_LIMIT,
    AnswerMandate,
    AskForMandate,
    Because,
    Standing,
    WithdrawAsk,
)
from bavn.capabilities.mandates.facts import Page
from bavn.capabilities.mandates.views import REQUESTS
from bavn.capabilities.mandates.views.requests import Asked, Requests, State
from bavn.journal.decision import Done
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from tests.capabilities.mandates.test_granting import World
from tests.lilleland.nodes import EASTERN, EASTTOWN, WESTERN, WESTTOWN

ACT = "operations.close_incident"
NOTHING = Private("")


@pytest.fixture
def world() -> World:
    return World()


def asking(**more: object) -> AskForMandate:
    wish = AskForMandate(
        of=WESTTOWN, act=ACT, at=WESTTOWN, page="/incidents/one", incident="one", text=NOTHING
    )
    return msgspec.structs.replace(wish, **more)


def asked(world: World, seen_by: OrganisationId = EASTTOWN) -> list[Asked]:
    node = world.east if seen_by == EASTTOWN else world.west
    room = Requests(node.journal.query, None, None)  # type: ignore[arg-type]
    return room.all(world.call(seen_by))


def the_one(world: World, seen_by: OrganisationId = EASTTOWN) -> Asked:
    (found,) = asked(world, seen_by)
    return found


def code_of(outcome: object) -> str:
    assert isinstance(outcome, Refused), outcome
    return outcome.code


def answering(world: World, **more: object) -> AnswerMandate:
    word = AnswerMandate(area=WESTERN, asked=the_one(world).id, text=NOTHING)
    return msgspec.structs.replace(word, **more)


@pytest.mark.requirement("E9.1")
def test_what_is_asked_at_one_node_is_answered_at_another_and_comes_back(world: World) -> None:
    assert isinstance(world.ask(EASTTOWN, asking()), Done)
    told = the_one(world, WESTTOWN)
    assert (told.asker, told.function, told.act, told.state) == (
        EASTTOWN,
        "duty_officer",
        ACT,
        State.WAITS,
    )
    assert (told.incident, told.page) == ("one", "/incidents/one")
    until = world.clock() + GIVEN_FOR
    assert isinstance(world.ask(WESTTOWN, answering(world, until=until)), Done)
    given = the_one(world)
    assert (given.state, given.until) == (State.GIVEN, until)
    assert the_one(world, WESTTOWN) == given
    held = world.delegation()
    assert (held.id, held.of, held.to, held.acts) == (given.delegation, WESTTOWN, EASTTOWN, (ACT,))
    assert held.holds(world.clock())
    assert not held.holds(until)


def test_only_those_two_hear_of_it(world: World) -> None:
    world.ask(EASTTOWN, asking())
    world.ask(WESTTOWN, answering(world, because=Because.OTHER))
    for node in (world.east, world.west):
        names = node.journal.record.names.values()
        told = {each.audience for each in names if each.audience.startswith("to:")}
        assert told <= {f"to:{EASTTOWN}", f"to:{WESTTOWN}"}
    room = Requests(world.west.journal.query, None, None)  # type: ignore[arg-type]
    assert room.all(world.call(OrganisationId("somewhere"))) == []


def test_a_second_click_is_one_request_and_another_wish_is_another(world: World) -> None:
    world.ask(EASTTOWN, asking())
    again = world.ask(EASTTOWN, asking(page="/elsewhere"))
    assert code_of(again) == "mandate_asked_already"
    assert isinstance(again, Refused)
    assert again.values["asked"] == the_one(world).id
    assert isinstance(world.ask(EASTTOWN, asking(act="duty.set_watch")), Done)
    # Answered, it may be asked for anew.
    first = min(asked(world), key=lambda each: each.asked_at)
    world.ask(WESTTOWN, AnswerMandate(area=WESTERN, asked=first.id, because="other", text=NOTHING))
    assert isinstance(world.ask(EASTTOWN, asking()), Done)


@pytest.mark.parametrize("late", [GIVEN_LIMIT + timedelta(seconds=60), timedelta(), -GIVEN_FOR])
def test_it_is_given_from_now_and_not_for_long(world: World, late: timedelta) -> None:
    world.ask(EASTTOWN, asking())
    answer = world.ask(WESTTOWN, answering(world, until=world.clock() + late))
    assert code_of(answer) == "given_too_long"
    assert the_one(world).state is State.WAITS


@pytest.mark.parametrize("because", [None, "", "no such reason"])
def test_who_does_not_give_it_says_why(world: World, because: str | None) -> None:
    world.ask(EASTTOWN, asking())
    answer = world.ask(WESTTOWN, answering(world, because=because))
    assert code_of(answer) == "not_given_unsaid"
    world.ask(WESTTOWN, answering(world, because=Because.NOT_NEEDED))
    denied = the_one(world)
    assert (denied.state, denied.because, denied.delegation) == (
        State.NOT_GIVEN,
        Because.NOT_NEEDED,
        None,
    )


def test_it_is_answered_once_and_by_whom_it_was_asked_of(world: World) -> None:
    world.ask(EASTTOWN, asking())
    until = world.clock() + GIVEN_FOR
    # Not by who asked, and nothing that nobody asked.
    own = world.ask(EASTTOWN, answering(world, area=EASTERN, until=until))
    assert code_of(own) == "mandate_not_asked"
    for name in ("unknown", "", "no subject / at all"):
        answer = world.ask(WESTTOWN, answering(world, asked=name, until=until))
        assert code_of(answer) == "mandate_not_asked"
    world.ask(WESTTOWN, answering(world, until=until))
    again = world.ask(WESTTOWN, answering(world, because=Because.OTHER))
    assert code_of(again) == "mandate_answered_already"


def test_anothers_word_is_no_answer(world: World) -> None:
    world.ask(EASTTOWN, asking())
    row = world.west.journal.query.rows(world.call(WESTTOWN).reader, REQUESTS)[0]
    said: Row = {
        "subject": row["subject"],
        "owner": "somewhere",
        "delegation": None,
        "because": "other",
        "by": "duty_officer",
        "answered_at_ms": row["asked_at_ms"],
    }
    assert Standing([row], [said]).waits(row)
    assert not Standing([row], [{**said, "owner": WESTTOWN}]).waits(row)


def test_who_asked_withdraws_it_while_it_waits(world: World) -> None:
    world.ask(EASTTOWN, asking())
    one = the_one(world).id
    assert code_of(world.ask(WESTTOWN, WithdrawAsk(asked=one))) == "mandate_not_asked"
    assert isinstance(world.ask(EASTTOWN, WithdrawAsk(asked=one)), Done)
    assert the_one(world, WESTTOWN).state is State.WITHDRAWN
    assert code_of(world.ask(EASTTOWN, WithdrawAsk(asked=one))) == "mandate_answered_already"
    late = answering(world, until=world.clock() + GIVEN_FOR)
    assert code_of(world.ask(WESTTOWN, late)) == "mandate_answered_already"


@pytest.mark.parametrize(
    ("path", "is_ours"),
    [
        ("/incidents/0199-aaaa/send", True),
        ("/", True),
        ("/duty/roster/", True),
        ("//elsewhere.example/x", False),
        ("https://elsewhere.example/", False),
        ("/units?search=Hansen", False),
        ("/x#y", False),
        ("javascript:alert(1)", False),
        ("/" + "a" * 200, False),
        ("", False),
        (None, False),
    ],
)
def test_one_goes_back_to_a_page_of_ours_without_what_was_searched_for(
    path: str | None, is_ours: bool
) -> None:
    assert page_of(path) == (path if is_ours else None)
    if is_ours:
        assert msgspec.convert(path, Page) == path
