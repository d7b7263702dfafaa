# SPDX-License-Identifier: Apache-2.0
"""Reactions and timers: each fires once, where its organisation is hosted, never in a rebuild."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bavn.journal.catalogue import Catalogue, catalogue_of
from bavn.journal.kept import EVIDENCE
from bavn.journal.reaction import Reaction, Timer
from bavn.journal.store import StoreFull
from tests.journal.faulty import fail
from tests.journal.pictures import evidence_at
from tests.journal.segments import facts_of
from tests.lilleland.nodes import (
    EAST,
    EASTERN,
    HARBOUR,
    NODES,
    START,
    WEST,
    WESTTOWN,
    Clock,
    Node,
    Settings,
    request,
)
from tests.lilleland.vocabulary import (
    PART,
    REACTIONS,
    REMIND_AFTER,
    TIMERS,
    AskHelp,
    CloseFire,
    FireReported,
    ReportFire,
    SendCrew,
)

ASK_HELP = AskHelp(fire="1", of=WESTTOWN, crews=2)


def report(fire: str = "1") -> ReportFire:
    return ReportFire(fire=fire, what="smoke", area=EASTERN)


def kinds_at(node: Node) -> list[str]:
    return [fact.kind.removeprefix("lilleland.") for fact in facts_of(node)]


def turn_until_quiet(node: Node) -> int:
    turns = 0
    while node.journal.turn():
        turns += 1
        assert turns < 20
    return turns


# Reactions


def test_a_reaction_fires_once_for_each_fact_and_names_its_cause() -> None:
    node = Node(EAST)
    node.journal.commit([request(EASTERN, report("1")), request(EASTERN, report("2"))])
    turn_until_quiet(node)
    assert kinds_at(node).count("fire_acknowledged") == 2
    acknowledged = facts_of(node)[-1]
    assert acknowledged.by.function == "machine"
    assert acknowledged.sender is not None
    assert acknowledged.sender.sender == "reaction acknowledge"
    for _ in range(3):
        node.journal.rebuild()
        assert turn_until_quiet(node) == 0
    assert node.journal.reactor.behind == 0


def test_a_reaction_fires_only_where_its_organisation_is_hosted() -> None:
    nodes = {name: Node(name) for name in NODES}
    nodes[EAST].done(request(EASTERN, report()))
    nodes[EAST].done(request(EASTERN, ASK_HELP))
    for _ in range(3):
        for node in nodes.values():
            node.hear(*(other for other in nodes.values() if other is not node))
            turn_until_quiet(node)
    # The east acknowledges its own report, the west answers for its service, each once.
    told = [
        (fact.kind, fact.node)
        for node in nodes.values()
        for fact in facts_of(node)
        if fact.node == node.name
    ]
    assert told.count(("lilleland.fire_acknowledged", EAST)) == 1
    assert told.count(("lilleland.help_answered", WEST)) == 1
    assert len(told) == 4


def test_a_reaction_fires_once_though_the_fact_is_heard_through_two_channels() -> None:
    once = Reaction(
        name="note-in-port",
        body=FireReported,
        requests=lambda _fact, _body: [report("copied")],
        stale_after=timedelta(hours=1),
        owner=lambda fact, _body: type(fact.owner)("port"),
    )
    # Only for the east's facts: the copy itself is no cause for another.
    first = replace(
        once, requests=lambda fact, _body: [report("copied")] if fact.owner == EASTERN else []
    )
    harbour = Node(HARBOUR, settings=Settings(catalogue=with_reactions(first)))
    east = Node(EAST)
    east.done(request(EASTERN, report()))
    segments = east.journal.offer(HARBOUR, {})
    assert len(segments) == 2
    for segment in segments:
        harbour.journal.merge(segment)
        turn_until_quiet(harbour)
    assert kinds_at(harbour) == ["fire_reported", "fire_reported"]


def with_reactions(*reactions: Reaction, timers: tuple[Timer, ...] = ()) -> Catalogue:
    return catalogue_of([replace(PART, reactions=reactions, timers=timers)])


@pytest.mark.parametrize(("hours", "answered"), [(11, True), (13, False)])
def test_a_call_for_help_that_was_old_when_it_was_heard_is_left_to_a_person(
    hours: int,
    answered: bool,
) -> None:
    clock = Clock()
    east = Node(EAST, settings=Settings(clock=clock))
    west = Node(WEST, settings=Settings(clock=clock))
    east.done(request(EASTERN, ASK_HELP))
    clock.forward(hours=hours)
    west.hear(east)
    # How long this node itself was down after it heard does not count.
    clock.forward(days=30)
    turn_until_quiet(west)
    assert ("help_answered" in kinds_at(west)) == answered
    assert evidence_at(west) == ([] if answered else ["too_old_to_act_on"])


def test_what_a_node_told_itself_is_never_too_old_for_it() -> None:
    clock = Clock()
    node = Node(EAST, settings=Settings(clock=clock))
    node.done(request(EASTERN, report()))
    clock.forward(days=400)
    turn_until_quiet(node)
    assert "fire_acknowledged" in kinds_at(node)


@pytest.mark.requirement("E0.1")
@pytest.mark.parametrize("reacted", [True, False])
def test_after_a_crash_between_fact_and_reaction_it_fires_exactly_once(
    tmp_path: Path, reacted: bool
) -> None:
    node = Node(EAST, str(tmp_path))
    node.done(request(EASTERN, report()))
    if reacted:
        node.journal.turn()
    again = Node(EAST, str(tmp_path))
    turn_until_quiet(again)
    assert kinds_at(again).count("fire_acknowledged") == 1
    assert turn_until_quiet(Node(EAST, str(tmp_path))) == 0


def test_a_reaction_that_could_not_be_written_fires_when_it_can() -> None:
    node = Node(EAST)
    node.done(request(EASTERN, report()))
    fail(node, commit=StoreFull("full"))
    assert node.journal.turn() == 0
    turn_until_quiet(node)
    assert kinds_at(node).count("fire_acknowledged") == 1


def test_a_cursor_that_was_lost_makes_no_reaction_fire_again() -> None:
    node = Node(EAST)
    node.done(request(EASTERN, report()))
    turn_until_quiet(node)
    node.journal.reactor._cursor = 0
    turn_until_quiet(node)
    assert kinds_at(node).count("fire_acknowledged") == 1


def boom(*_: Any) -> Any:
    raise ZeroDivisionError


class Nonsense(SendCrew, frozen=True, kw_only=True):
    """A request that nobody decides."""


BROKEN: dict[str, dict[str, Callable[..., Any]]] = {
    "requests": {"requests": boom},
    "owner": {"owner": boom},
    "a request that nobody decides": {
        "requests": lambda *_: [Nonsense(fire="1", crew="c", area=EASTERN)]
    },
    "a request that breaks": {"requests": lambda *_: [report("not a fire id")]},
}


@pytest.mark.parametrize("where", BROKEN)
def test_a_reaction_that_breaks_is_noted_once_and_stops_nothing(where: str) -> None:
    good = REACTIONS[0]
    bad = replace(good, name="bad", **BROKEN[where])  # type: ignore[arg-type]
    node = Node(EAST, settings=Settings(catalogue=with_reactions(bad, good)))
    node.done(request(EASTERN, report()))
    turn_until_quiet(node)
    assert kinds_at(node) == ["fire_reported", "fire_acknowledged"]
    assert evidence_at(node) == ["reaction_failed"]
    (evidence,) = node.store.rows(EVIDENCE, {})
    assert "bad" in str(evidence["says"])
    node.done(request(EASTERN, report("2")))
    turn_until_quiet(node)
    assert kinds_at(node).count("fire_acknowledged") == 2


def test_many_facts_are_looked_at_in_turns_of_bounded_size() -> None:
    node = Node(EAST)
    count = 300
    node.journal.commit([request(EASTERN, report(str(fire))) for fire in range(count)])
    looked = node.journal.turn()
    assert 0 < looked < count
    turn_until_quiet(node)
    assert kinds_at(node).count("fire_acknowledged") == count


# Timers


def reminded(node: Node) -> int:
    return kinds_at(node).count("reminded")


def burning(folder: str | None = None) -> tuple[Node, Clock]:
    clock = Clock()
    node = Node(EAST, folder, Settings(clock=clock))
    node.done(request(EASTERN, report()))
    turn_until_quiet(node)
    return node, clock


@pytest.mark.parametrize(("ms_after_due", "fires"), [(-1, 0), (0, 1), (1, 1), (86_400_000, 1)])
def test_a_timer_fires_at_its_instant_or_after_and_not_before(
    ms_after_due: int, fires: int
) -> None:
    node, clock = burning()
    clock.now = START + REMIND_AFTER + timedelta(milliseconds=ms_after_due)
    turn_until_quiet(node)
    assert reminded(node) == fires


def test_a_timer_whose_row_went_away_does_not_fire() -> None:
    node, clock = burning()
    node.done(request(EASTERN, CloseFire(fire="1", area=EASTERN)))
    clock.forward(hours=1)
    turn_until_quiet(node)
    assert reminded(node) == 0


def test_a_timer_fires_once_also_after_rebuild_and_restart(tmp_path: Path) -> None:
    node, clock = burning(str(tmp_path))
    clock.forward(hours=1)
    turn_until_quiet(node)
    node.journal.rebuild()
    turn_until_quiet(node)
    node.close()
    again = Node(EAST, str(tmp_path), Settings(clock=clock))
    turn_until_quiet(again)
    assert reminded(again) == 1


def test_a_timer_that_came_due_while_the_node_was_down_fires_at_its_return(tmp_path: Path) -> None:
    node, clock = burning(str(tmp_path))
    node.close()
    clock.forward(days=2)
    again = Node(EAST, str(tmp_path), Settings(clock=clock))
    turn_until_quiet(again)
    assert reminded(again) == 1


def test_a_timer_whose_row_stays_fires_once_for_each_instant() -> None:
    clock = Clock()
    # A reminder that leaves the row where it is.
    still = replace(
        TIMERS[0], request=lambda row: CloseFire(fire=str(row["subject"])[5:], area=EASTERN)
    )
    watch = TIMERS[0].view
    stubborn = replace(watch, folds={FireReported: watch.folds[FireReported]})
    part = replace(
        PART,
        views=tuple(stubborn if view is watch else view for view in PART.views),
        reactions=(),
        timers=(replace(still, view=stubborn),),
    )
    node = Node(EAST, settings=Settings(clock=clock, catalogue=catalogue_of([part])))
    node.done(request(EASTERN, report()))
    clock.forward(hours=1)
    turn_until_quiet(node)
    node.journal.rebuild()
    turn_until_quiet(node)
    assert kinds_at(node) == ["fire_reported", "fire_closed"]


def test_timers_run_only_where_the_owner_is_hosted() -> None:
    node, clock = burning()
    harbour = Node(HARBOUR, settings=Settings(clock=clock))
    harbour.hear(node)
    clock.forward(hours=1)
    turn_until_quiet(harbour)
    assert reminded(harbour) == 0


def test_a_timer_that_breaks_is_noted_once_and_stops_nothing() -> None:
    clock = Clock()
    bad = replace(TIMERS[0], name="bad", request=boom)
    catalogue = with_reactions(*REACTIONS, timers=(bad, TIMERS[0]))
    node = Node(EAST, settings=Settings(clock=clock, catalogue=catalogue))
    node.done(request(EASTERN, report()))
    clock.forward(hours=1)
    turn_until_quiet(node)
    assert reminded(node) == 1
    assert evidence_at(node) == ["reaction_failed"]


def test_more_timers_than_one_turn_takes_fire_in_the_next() -> None:
    clock = Clock()
    node = Node(EAST, settings=Settings(clock=clock))
    count = 300
    node.journal.commit([request(EASTERN, report(str(fire))) for fire in range(count)])
    clock.forward(hours=1)
    turn_until_quiet(node)
    assert reminded(node) == count
