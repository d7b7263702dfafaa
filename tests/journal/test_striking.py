# SPDX-License-Identifier: Apache-2.0
"""Striking through: what was told wrongly does not count, and stays to be seen."""

import pytest

from bavn.journal.decision import Done
from bavn.journal.reader import Reader
from bavn.journal.strike import EraseKey, StrikeFact
from bavn.kernel.audience import NATION, OWN, area, to
from bavn.kernel.identity import FactId, OrganisationId, Subject
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from tests.journal.pictures import Rows, heads_of, own_rows, rows_told_to, views_of
from tests.journal.segments import facts_of
from tests.lilleland.nodes import (
    EAST,
    EASTERN,
    EASTTOWN,
    HARBOUR,
    PORT,
    WEST,
    WESTTOWN,
    Node,
    request,
)
from tests.lilleland.vocabulary import AskHelp, Note, ReportFire, SendCrew

ALL = Reader(organisations=frozenset({EASTERN, EASTTOWN}), personal=True)


def report(fire: str = "1") -> ReportFire:
    return ReportFire(fire=fire, what="smoke", area=EASTERN)


def told(node: Node, content: object) -> FactId:
    (fact,) = node.done(request(EASTERN, content)).facts
    return fact


def strike(node: Node, fact: FactId, reason: str | None = None) -> FactId:
    return told(node, StrikeFact(fact=fact, reason=None if reason is None else Private(reason)))


def without_ids(rows: Rows) -> Rows:
    """Give rows without the fact that touched them last."""
    return {
        name: [{key: row[key] for key in row if key != "last_fact"} for row in each]
        for name, each in rows.items()
    }


@pytest.mark.parametrize(
    "content",
    [
        SendCrew(fire="1", crew="ladder", area=EASTERN),
        Note(fire="1", mark="wrong"),
        AskHelp(fire="1", of=WESTTOWN, crews=3),
    ],
)
def test_views_are_as_if_a_struck_fact_had_never_been_told(content: object) -> None:
    node = Node(EAST)
    told(node, report())
    before = views_of(node)
    wrong = told(node, content)
    assert views_of(node) != before
    strike(node, wrong)
    assert views_of(node) == before
    assert list(node.journal.verify()) == []


def test_a_fact_between_others_is_taken_out_of_their_midst() -> None:
    struck, never = Node(EAST), Node(EAST)
    told(struck, report())
    wrong = told(struck, SendCrew(fire="1", crew="wrong", area=EASTERN))
    told(struck, SendCrew(fire="1", crew="ladder", area=EASTERN))
    strike(struck, wrong)
    told(never, report())
    told(never, SendCrew(fire="1", crew="ladder", area=EASTERN))
    assert without_ids(views_of(struck)) == without_ids(views_of(never))


@pytest.mark.requirement("E9.1")
def test_history_still_shows_a_struck_fact_with_who_struck_it_and_why() -> None:
    node = Node(EAST)
    wrong = told(node, report())
    by = strike(node, wrong, "it was a barbecue")
    first, second = node.journal.query.history(ALL, EASTERN, "fire:1")
    assert (first.fact.id, first.struck) == (wrong, True)
    assert (second.fact.id, second.struck) == (by, False)
    assert second.fact.causes == (wrong,)
    assert second.fact.by.function == "duty_officer"
    assert b"barbecue" not in bytes(second.fact.body)


def test_a_struck_strike_counts_no_more_and_the_fact_counts_again() -> None:
    node = Node(EAST)
    told(node, report())
    sent = told(node, SendCrew(fire="1", crew="ladder", area=EASTERN))
    counting = views_of(node)
    first = strike(node, sent)
    not_counting = views_of(node)
    second = strike(node, first)
    assert views_of(node) == counting
    strike(node, second)
    assert views_of(node) == not_counting
    assert list(node.journal.verify()) == []


def test_a_fact_can_be_struck_again_after_its_strike_was_struck() -> None:
    node = Node(EAST)
    fact = told(node, report())
    strike(node, strike(node, fact))
    assert isinstance(node.ask(request(EASTERN, StrikeFact(fact=fact))), Done)
    assert views_of(node)["fire_seen"] == []


def test_a_fact_is_struck_once() -> None:
    node = Node(EAST)
    fact = told(node, report())
    first, second = node.journal.commit([request(EASTERN, StrikeFact(fact=fact))] * 2)
    assert isinstance(first, Done)
    assert isinstance(second, Refused)
    assert second.code == "already_struck"


@pytest.mark.parametrize("fact", ["none", "01234567-89ab-7def-8123-456789abcdef", ""])
def test_what_is_no_fact_here_cannot_be_struck(fact: str) -> None:
    answer = Node(EAST).ask(request(EASTERN, StrikeFact(fact=FactId(fact))))
    assert isinstance(answer, Refused)
    assert answer.code == "not_ours_to_strike"


@pytest.mark.parametrize(("owner", "allowed"), [(EASTERN, True), (EASTTOWN, False)])
def test_only_the_owner_strikes_a_fact_though_one_node_hosts_both(
    owner: OrganisationId,
    allowed: bool,
) -> None:
    node = Node(EAST)
    fact = told(node, report())
    answer = node.ask(request(owner, StrikeFact(fact=fact)))
    assert isinstance(answer, Done if allowed else Refused)


def test_an_erasure_cannot_be_struck() -> None:
    node = Node(EAST)
    erased = told(node, EraseKey(subject=Subject("fire:1"), ground="retention"))
    answer = node.ask(request(EASTERN, StrikeFact(fact=erased)))
    assert isinstance(answer, Refused)
    assert answer.code == "erasure_stands"


@pytest.mark.parametrize(
    ("content", "audiences"),
    [
        (report(), {NATION, area(EASTERN)}),
        (SendCrew(fire="1", crew="ladder", area=EASTERN), {area(EASTERN)}),
        (Note(fire="1", mark="wrong"), {OWN}),
        (AskHelp(fire="1", of=WESTTOWN, crews=3), {to(WESTTOWN)}),
    ],
)
def test_a_strike_is_told_to_exactly_those_who_were_told_the_fact(
    content: object, audiences: set[str]
) -> None:
    node = Node(EAST)
    told(node, report())
    before = {name: head[0] for name, head in heads_of(node).items()}
    strike(node, told(node, content))
    grown = {
        name.rpartition("/")[2]
        for name, head in heads_of(node).items()
        if head[0] == before.get(name, 0) + 2
    }
    assert grown == audiences


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_strike_that_is_heard_late_or_early_takes_the_fact_out_everywhere(
    order: tuple[int, int],
) -> None:
    east, west, harbour = Node(EAST), Node(WEST), Node(HARBOUR)
    fact = told(east, report())
    told(east, SendCrew(fire="1", crew="ladder", area=EASTERN))
    strike(east, fact)
    segments = east.journal.offer(HARBOUR, {})
    for index in order:
        harbour.journal.merge(segments[index])
    west.hear(east)
    for node in (west, harbour):
        assert rows_told_to(node, NATION) == rows_told_to(east, NATION)
        assert rows_told_to(node, NATION)["fire_seen"] == []
        assert list(node.journal.verify()) == []
    (row,) = rows_told_to(harbour, area(EASTERN))["fire_in_area"]
    assert (row["what"], row["crews"]) == ("?", "ladder")
    assert own_rows(harbour)["fire_own"] == []


def test_a_strike_by_another_owner_heard_from_elsewhere_strikes_nothing() -> None:
    east, harbour, west = Node(EAST), Node(HARBOUR), Node(WEST)
    fact = told(east, report())
    # The port tells, about a fire of the same name, and strikes its own report.
    (theirs,) = harbour.done(request(PORT, report())).facts
    harbour.done(request(PORT, StrikeFact(fact=theirs)))
    west.hear(east, harbour)
    (row,) = rows_told_to(west, NATION)["fire_seen"]
    assert (row["owner"], row["last_fact"]) == (EASTERN, fact)
    assert len(facts_of(west)) == 3
