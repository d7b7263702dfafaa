# SPDX-License-Identifier: Apache-2.0
"""Telling notices: what is refused, what replaces what, and that all come to hold the same."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bavn.capabilities.notices.decisions import WithdrawNotice, notice_id, tell, withdraw
from bavn.capabilities.notices.facts import POINTS_LIMIT, NoticeTold, Where
from bavn.journal.decision import Done
from bavn.journal.strike import StrikeFact
from bavn.kernel.refusal import Refused
from tests.capabilities.notices.told import HASTY, HOUR, STORM, Town, at, context, noted, storm
from tests.lilleland.nodes import EASTTOWN, NATION, PORT, START, WEST, Node, Settings

RING = tuple((9.0 + each / 1000, 56.0) for each in range(POINTS_LIMIT + 1))


def code_of(outcome: object) -> str:
    assert isinstance(outcome, Refused), outcome
    return outcome.code


@pytest.mark.requirement("E5.7")
@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"number": ""}, "notice_without_number"),
        ({"title": "  "}, "notice_without_title"),
        ({"source": ""}, "notice_without_source"),
        ({"title": "x" * 161}, "notice_too_wordy"),
        ({"text": "x" * 2_001}, "notice_too_wordy"),
        ({"link": "javascript:alert(1)"}, "notice_link_unsafe"),
        ({"valid_to": START}, "notice_ends_first"),
        ({"valid_from": START - 2 * HOUR, "valid_to": START - HOUR}, "notice_over_already"),
        ({"valid_to": START + timedelta(days=30, seconds=1)}, "notice_too_long"),
        ({"where": Where()}, "notice_nowhere"),
        ({"where": Where(polygons=((RING,),))}, "notice_too_many_points"),
        ({"where": Where(points=((9.0, 91.0),))}, "notice_place_unreadable"),
        ({"where": Where(points=((float("nan"), 56.0),))}, "notice_place_unreadable"),
    ],
)
def test_what_makes_no_sense_is_refused(other: dict[str, object], code: str) -> None:
    assert code_of(tell(None, storm(**other), context())) == code


@pytest.mark.requirement("E5.7")
@pytest.mark.parametrize(
    "other",
    [
        {},
        {"valid_to": START + timedelta(days=30)},
        {"title": "x" * 160, "link": "https://example.org/"},
        {"where": Where(everywhere=True)},
        {"where": Where(polygons=((RING[:-1],),))},
    ],
)
def test_what_is_just_within_the_limits_is_told(other: dict[str, object]) -> None:
    drafts = tell(None, storm(**other), context())
    assert not isinstance(drafts, Refused)
    assert [type(each.body) for each in drafts] == [NoticeTold]


def test_a_clock_that_is_ahead_holds_nothing_back() -> None:
    drafts = tell(None, storm(issued_at=START + HOUR), context())
    assert not isinstance(drafts, Refused)
    (draft,) = drafts
    assert isinstance(draft.body, NoticeTold)
    assert draft.body.issued_at == START


def test_the_same_number_of_two_senders_is_two_notices() -> None:
    ids = {
        notice_id(*each) for each in ((EASTTOWN, "a", "1"), (EASTTOWN, "b", "1"), (PORT, "a", "1"))
    }
    assert len(ids) == 3
    assert notice_id(EASTTOWN, "a", "1") in ids


@pytest.mark.requirement("E5.7")
@settings(max_examples=20)
@given(order=st.permutations(range(4)))
def test_in_whatever_order_tellings_come_the_latest_issued_stands(order: list[int]) -> None:
    town = Town()
    town.clock.forward(hours=1)
    newest = -1
    for each in order:
        issued_at = START + timedelta(minutes=each)
        outcome = town.ask(storm(title=f"Storm {each}", issued_at=issued_at))
        if each > newest:
            assert isinstance(outcome, Done)
            newest = each
        else:
            assert code_of(outcome) == "notice_is_older"
    (stands,) = town.stands()
    assert stands.title == "Storm 3"
    town.node.close()


@pytest.mark.requirement("E5.7")
@settings(max_examples=10)
@given(order=st.permutations(range(4)))
def test_an_older_one_that_is_on_record_all_the_same_replaces_nothing(order: list[int]) -> None:
    town = Town(HASTY)
    town.clock.forward(hours=1)
    for each in order:
        issued_at = START + timedelta(minutes=each)
        assert isinstance(town.ask(storm(title=f"Storm {each}", issued_at=issued_at)), Done)
    (stands,) = town.stands()
    assert stands.title == "Storm 3"
    town.node.close()


@pytest.mark.requirement("E5.7")
def test_what_stands_so_already_makes_no_fact_and_is_no_refusal() -> None:
    town = Town()
    first = town.ask(STORM)
    assert isinstance(first, Done)
    assert len(first.facts) == 1
    for repeat in (STORM, storm(issued_at=START + HOUR)):
        again = town.ask(repeat)
        assert isinstance(again, Done)
        assert again.facts == ()


@pytest.mark.requirement("E5.7")
def test_one_withdrawn_is_not_brought_back_by_a_feed_that_repeats_itself() -> None:
    town = Town()
    town.ask(STORM)
    assert isinstance(town.withdraw(), Done)
    again = town.ask(STORM)
    assert isinstance(again, Done)
    (stands,) = town.stands()
    assert stands.withdrawn_at is not None
    assert not stands.holds(town.clock())
    # Its sender says it again, later: then it holds.
    town.clock.forward(minutes=5)
    assert isinstance(town.ask(storm(issued_at=town.clock())), Done)
    (stands,) = town.stands()
    assert stands.holds(town.clock())


@pytest.mark.requirement("E5.7")
def test_one_is_withdrawn_once_by_whoever_told_it_while_it_is_not_over() -> None:
    town = Town()
    assert code_of(town.withdraw()) == "no_such_notice"
    town.ask(STORM)
    other = town.ask(WithdrawNotice(id=STORM.id, area=EASTTOWN), EASTTOWN)
    assert isinstance(other, Done)
    assert code_of(town.withdraw()) == "notice_withdrawn_already"
    town.ask(storm(id="b" * 32))
    town.clock.forward(hours=6)
    late = town.ask(WithdrawNotice(id="b" * 32, area=EASTTOWN))
    assert code_of(late) == "notice_ended_already"
    bad = town.ask(WithdrawNotice(id="æ:../x", area=EASTTOWN))
    assert code_of(bad) == "no_such_notice"


def test_another_organisation_has_told_no_such_notice() -> None:
    assert code_of(withdraw(None, WithdrawNotice(id="c" * 32, area=EASTTOWN), context())) == (
        "no_such_notice"
    )


@pytest.mark.requirement("E5.7")
def test_everybody_comes_to_the_same_notices_and_one_struck_is_gone() -> None:
    town = Town()
    first = town.ask(STORM)
    assert isinstance(first, Done)
    second = town.ask(storm(title="Orkan"))
    assert isinstance(second, Done)
    nation, west = (
        Node(name, settings=Settings(catalogue=town.node.settings.catalogue, clock=town.clock))
        for name in (NATION, WEST)
    )
    # One hears it as it goes, the other all of it at the end, by way of the first.
    nation.hear(town.node)
    assert [each.title for each in noted(nation)] == ["Orkan"]
    assert isinstance(town.ask(StrikeFact(fact=second.facts[0])), Done)
    nation.hear(town.node)
    west.hear(nation)
    for here, there in pairwise((town.node, nation, west)):
        assert noted(here) == noted(there)
    assert [each.title for each in noted(west)] == ["Storm"]
    assert noted(west)[0].holds(at(1))
