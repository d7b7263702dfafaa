# SPDX-License-Identifier: Apache-2.0
"""A repeat is harmless, and a changed repeat is told apart: the sender's number decides."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.journal.decision import Done, Request
from bavn.journal.strike import StrikeFact
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from tests.journal.pictures import bytes_held, picture
from tests.journal.segments import facts_of
from tests.lilleland.nodes import EAST, EASTERN, EASTTOWN, HARBOUR, PORT, Node, request
from tests.lilleland.vocabulary import Note, ReportFire


def report(
    ref: str, fire: str = "1", owner: OrganisationId = EASTERN, sender: str = "room-7"
) -> Request:
    content = ReportFire(fire=fire, what="smoke", area=EASTERN)
    return request(owner, content, sender=sender, ref=ref)


def note(ref: str, text: str) -> Request:
    content = Note(fire="1", mark="m", text=Private(text))
    return request(EASTERN, content, sender="room-7", ref=ref)


def test_the_same_number_with_the_same_content_gives_the_same_facts() -> None:
    node = Node(EAST)
    first = node.done(report("1"))
    before = picture(node), bytes_held(node)
    again = node.done(report("1"))
    assert (first.repeated, again.repeated) == (False, True)
    assert again.facts == first.facts
    assert (picture(node), bytes_held(node)) == before


def test_a_repeat_within_one_group_is_a_repeat() -> None:
    node = Node(EAST)
    first, again, other = node.journal.commit([report("1"), report("1"), report("2")])
    assert isinstance(first, Done)
    assert again == Done(first.facts, repeated=True)
    assert isinstance(other, Done)
    assert other.facts != first.facts
    assert len(facts_of(node)) == 2


def test_a_repeat_is_known_after_a_restart(tmp_path: Path) -> None:
    node = Node(EAST, str(tmp_path))
    first = node.done(report("1"))
    noted = node.done(note("2", "Mrs. A."))
    node.close()
    again = Node(EAST, str(tmp_path))
    assert again.done(report("1")) == Done(first.facts, repeated=True)
    assert again.done(note("2", "Mrs. A.")) == Done(noted.facts, repeated=True)


@pytest.mark.parametrize("in_one_group", [True, False])
def test_the_same_number_with_other_content_is_refused_and_names_the_way(
    in_one_group: bool,
) -> None:
    node = Node(EAST)
    if in_one_group:
        first, answer = node.journal.commit([report("1"), report("1", fire="2")])
    else:
        first, answer = node.ask(report("1")), node.ask(report("1", fire="2"))
    assert isinstance(first, Done)
    assert isinstance(answer, Refused)
    assert answer.code == "repeat_differs"
    assert answer.values["facts"] == " ".join(first.facts)
    assert "strike" in answer.try_instead
    assert len(facts_of(node)) == 1


def test_a_private_text_counts_as_content_and_is_not_in_the_digest_for_others_to_try() -> None:
    node, twin = Node(EAST), Node(HARBOUR)
    node.done(note("1", "Mrs. A."))
    node.done(note("1", "Mrs. A."))
    answer = node.ask(note("1", "Mrs. B."))
    assert isinstance(answer, Refused)
    assert answer.code == "repeat_differs"
    # Another node, with another key, digests the same content differently.
    twin.done(request(PORT, note("1", "Mrs. A.").content, sender="room-7", ref="1"))
    (ours,), (theirs,) = facts_of(node), facts_of(twin)
    assert ours.sender is not None
    assert theirs.sender is not None
    assert ours.sender.digest != theirs.sender.digest


def test_another_act_with_equal_fields_is_no_repeat() -> None:
    node = Node(EAST)
    (fact,) = node.done(report("1")).facts
    answer = node.ask(request(EASTERN, StrikeFact(fact=fact), sender="room-7", ref="1"))
    assert isinstance(answer, Refused)
    assert answer.code == "repeat_differs"


def test_numbers_of_other_senders_and_to_other_owners_are_other_numbers() -> None:
    node = Node(EAST)
    outcomes = node.journal.commit(
        [report("1"), report("1", sender="room-8"), report("1", owner=EASTTOWN)]
    )
    assert [outcome for outcome in outcomes if isinstance(outcome, Done) and outcome.repeated] == []
    assert len(facts_of(node)) == 3


def test_a_refused_request_has_not_used_its_number() -> None:
    node = Node(EAST)
    send = Note(fire="1", mark="m", text=Private("x" * 40_000))
    refused = node.ask(request(EASTERN, send, sender="room-7", ref="1"))
    assert isinstance(refused, Refused)
    assert not node.done(report("1")).repeated


def test_a_repeat_of_what_was_struck_is_still_a_repeat() -> None:
    node = Node(EAST)
    first = node.done(report("1"))
    node.done(request(EASTERN, StrikeFact(fact=first.facts[0])))
    assert node.done(report("1")) == Done(first.facts, repeated=True)
    assert [fact.kind for fact in facts_of(node)][1:] == ["journal.struck"]


requests = st.lists(
    st.tuples(st.sampled_from("12"), st.sampled_from("ab"), st.sampled_from([EASTERN, EASTTOWN])),
    max_size=12,
)


@given(requests, st.integers(1, 4))
def test_however_requests_are_repeated_and_grouped_each_number_is_carried_out_once(
    asked: list[tuple[str, str, OrganisationId]], group: int
) -> None:
    node = Node(EAST)
    first: dict[tuple[str, OrganisationId], tuple[str, Done]] = {}
    requested = [report(ref, fire, owner) for ref, fire, owner in asked]
    outcomes = [
        outcome
        for start in range(0, len(asked), group)
        for outcome in node.journal.commit(requested[start : start + group])
    ]
    for (ref, fire, owner), outcome in zip(asked, outcomes, strict=True):
        if (ref, owner) not in first:
            assert isinstance(outcome, Done)
            assert not outcome.repeated
            first[ref, owner] = (fire, outcome)
        elif first[ref, owner][0] == fire:
            assert outcome == Done(first[ref, owner][1].facts, repeated=True)
        else:
            assert isinstance(outcome, Refused)
    assert len(facts_of(node)) == len(first)
    node.close()
