# SPDX-License-Identifier: Apache-2.0
"""Taking over and handing back: what is done first, what each refusal says, and what follows."""

from datetime import timedelta

import pytest

from bavn.capabilities.connections.decisions.asking import AnswerAsked, Ask
from bavn.capabilities.connections.model.contact import (
    TRIED_WITHIN,
    Contact,
    Way,
    Why,
    missing,
    ways_left,
)
from bavn.capabilities.connections.views import ASKED
from bavn.capabilities.operations.model.unit import UnitStatus
from bavn.journal.decision import Done
from bavn.journal.reader import Reader
from bavn.kernel.identity import NodeId, OrganisationId, Subject
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from tests.capabilities.connections.centres import Centres
from tests.lilleland.nodes import (
    EAST,
    EASTERN,
    EASTTOWN,
    HARBOUR,
    NATION,
    START,
    WEST,
    WESTERN,
    request,
)


def named() -> Centres:
    world = Centres()
    world.name(EASTTOWN, WEST)
    return world


REFUSED = {
    "it is heard, and nobody has its word": ({"is_heard": True}, "still_heard"),
    "only the radio was tried": ({"tried_by": ("sine",)}, "not_tried"),
    "only the telephone was tried": ({"tried_by": ("phone", "messenger")}, "not_tried"),
    "nothing was tried": ({"tried_by": ()}, "not_tried"),
    "nobody said when": ({"tried_at": None}, "no_time"),
    "it was tried too long ago": (
        {"tried_at": START - TRIED_WITHIN - timedelta(seconds=1)},
        "tried_too_long_ago",
    ),
    "it was tried tomorrow": ({"tried_at": START + timedelta(days=1)}, "tried_too_long_ago"),
    "nobody said who decides": ({"decider": Private(" ")}, "no_decider"),
    "nobody said who was called": ({"called": Private("")}, "nobody_called"),
    "there is no reason": ({"reason": Private("")}, "no_reason_given"),
    "another is the host by now": ({"from_node": HARBOUR}, "host_changed"),
    "it is no organisation": ({"of": OrganisationId("nowhere")}, "no_such_owner"),
    "it is hosted here": ({"of": WESTERN}, "hosted_here"),
    "voice, but nobody said when": (
        {"contact": Contact.VOICE, "tried_by": (), "tried_at": None},
        "no_time",
    ),
}


@pytest.mark.requirement("E5.9")
@pytest.mark.parametrize("what", REFUSED)
def test_a_take_over_is_refused_and_says_what_to_do(what: str) -> None:
    world = named()
    otherwise, code = REFUSED[what]
    refused = world.take_over(WEST, **otherwise)  # type: ignore[arg-type]
    assert isinstance(refused, Refused)
    assert refused.code == code
    assert refused.try_instead
    assert world[WEST].journal.record.roster.host_of(EASTTOWN) == EAST


def test_who_was_not_named_and_stands_not_above_may_not_and_is_told_who_may() -> None:
    world = named()
    refused = world.take_over(HARBOUR)
    assert isinstance(refused, Refused)
    assert refused.code == "not_stand_in"
    assert WEST in refused.try_instead


def test_with_the_centres_own_word_it_is_taken_over_while_it_is_heard() -> None:
    world = named()
    done = world.take_over(WEST, contact=Contact.VOICE, tried_by=("phone",), is_heard=True)
    assert isinstance(done, Done)
    assert world[WEST].journal.record.roster.epoch_at(WEST, EASTTOWN) == 2


def test_where_trust_begins_may_take_over_without_being_named() -> None:
    world = Centres(root=NATION)
    assert isinstance(world.take_over(NATION), Done)
    world.talk()
    assert world[EAST].journal.record.roster.host_of(EASTTOWN) == NATION


def test_the_second_take_over_at_one_node_is_refused() -> None:
    world = named()
    assert isinstance(world.take_over(WEST), Done)
    again = world.take_over(WEST)
    assert isinstance(again, Refused)
    assert again.code == "hosted_here"


def test_a_unit_that_moves_keeps_its_last_order_and_its_own_word_is_taken() -> None:
    world = named()
    world.report(EAST, "one")
    world.unit(EAST, "u-1", UnitStatus.EN_ROUTE, "one")
    world.talk()
    before = world.units(WEST)["u-1"]
    world.cut_off(EAST)
    world.take_over(WEST)
    world.talk()
    assert world.units(WEST)["u-1"] == before
    world.unit(WEST, "u-1", UnitStatus.AT_SCENE, "one")
    assert world.units(WEST)["u-1"]["status"] == UnitStatus.AT_SCENE


BACK_REFUSED = {
    "to itself": ({"node": WEST}, "not_to_hand_back"),
    "to who never had it": ({"node": HARBOUR}, "not_to_hand_back"),
    "to nobody": ({"node": NodeId("nowhere")}, "not_to_hand_back"),
    "while it is not heard": ({"is_heard": False}, "hand_back_unheard"),
}


@pytest.mark.parametrize("what", BACK_REFUSED)
def test_handing_back_is_refused(what: str) -> None:
    world = named()
    world.take_over(WEST)
    otherwise, code = BACK_REFUSED[what]
    refused = world.hand_back(WEST, **otherwise)  # type: ignore[arg-type]
    assert isinstance(refused, Refused)
    assert refused.code == code


def test_who_does_not_have_it_hands_nothing_back() -> None:
    world = named()
    refused = world.hand_back(WEST)
    assert isinstance(refused, Refused)
    assert refused.code == "not_hosted_here"


@pytest.mark.parametrize("contact", Contact)
@pytest.mark.parametrize("is_heard", [True, False])
def test_what_is_missing_is_found_whole(contact: Contact, is_heard: bool) -> None:
    found = missing(contact, list(Way), START, START, is_heard=is_heard)
    still = is_heard and contact is Contact.NO_CONTACT
    assert found == (Why.STILL_HEARD if still else None)


def test_the_ways_that_are_left_are_named() -> None:
    assert ways_left([]) == [Way.SINE, Way.PHONE]
    assert ways_left(["phone", "messenger"]) == [Way.SINE]
    assert ways_left(list(Way)) == []


# Requests in words


def asked(world: Centres, at: NodeId, organisation: OrganisationId) -> dict[str, object]:
    rows = world[at].journal.query.rows(Reader(organisations=frozenset({organisation})), ASKED)
    return {str(row["owner"]): (row["heard_at_ms"] is not None, row["answer"]) for row in rows}


@pytest.mark.requirement("E5.9")
def test_a_request_is_kept_then_heard_then_answered_and_never_done_before() -> None:
    world = named()
    world.cut_off(EAST)
    done = world[WEST].done(request(WESTERN, Ask(of=EASTTOWN, text=Private("en tankvogn"))))
    world.talk()
    assert asked(world, WEST, WESTERN) == {WESTERN: (False, None)}
    world.mend()
    world.talk()
    assert asked(world, WEST, WESTERN) == {WESTERN: (False, None), EASTTOWN: (True, None)}
    (item,) = (
        each
        for each in [world[WEST].journal.query.item(READS_WEST, done.facts[0])]
        if each is not None
    )
    subject = Subject(item.fact.about[0])
    answer = AnswerAsked(asked=subject, answer="taken", text=Private("den kommer"))
    world[EAST].done(request(EASTTOWN, answer))
    world.talk()
    assert asked(world, WEST, WESTERN) == {WESTERN: (False, None), EASTTOWN: (True, "taken")}
    again = world[EAST].ask(request(EASTTOWN, answer))
    assert isinstance(again, Refused)
    assert again.code == "answered_already"
    elsewhere = world[EAST].ask(request(EASTERN, answer))
    assert isinstance(elsewhere, Refused)
    assert elsewhere.code == "never_asked"


READS_WEST = Reader(organisations=frozenset({WESTERN}))


@pytest.mark.parametrize(
    ("of", "text", "code"),
    [(WESTERN, "x", "asks_itself"), (EASTTOWN, "  ", "nothing_asked")],
)
def test_nothing_is_asked_of_oneself_and_nothing_is_not_asked(
    of: OrganisationId, text: str, code: str
) -> None:
    world = named()
    refused = world[WEST].ask(request(WESTERN, Ask(of=of, text=Private(text))))
    assert isinstance(refused, Refused)
    assert refused.code == code
