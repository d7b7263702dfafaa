# SPDX-License-Identifier: Apache-2.0
"""The one write path: what is answered "done" is on disk, and each request stands alone."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bavn.journal.catalogue import Catalogue, Part, catalogue_of
from bavn.journal.chain import SEGMENT_BYTES_LIMIT, SEGMENT_FACTS_LIMIT, Segment
from bavn.journal.decision import (
    FACTS_PER_REQUEST_LIMIT,
    Context,
    Decision,
    Done,
    Failed,
    Outcome,
    Request,
)
from bavn.journal.fact import FACT_BYTES_LIMIT, SUBJECTS_LIMIT, Draft
from bavn.journal.kinds import Struck
from bavn.journal.reader import Reader
from bavn.journal.store import StoreBroken, StoreFull
from bavn.journal.vault import PRIVATE_BYTES_LIMIT
from bavn.journal.write import SIGN_EVERY_FACTS
from bavn.kernel.audience import NATION, OWN, Audience, area
from bavn.kernel.identity import FactId, OrganisationId, Subject
from bavn.kernel.mandate import Actor, Allowed, Resource
from bavn.kernel.private import Private
from bavn.kernel.refusal import BadInput, BrokenPromise, Refused
from tests.journal.faulty import Disk, fail
from tests.journal.pictures import Picture, bytes_held, heads_of, picture, views_of
from tests.journal.segments import channel_of, facts_of
from tests.lilleland.nodes import (
    EAST,
    EASTERN,
    EASTTOWN,
    START,
    WEST,
    WESTERN,
    WESTTOWN,
    Node,
    Settings,
    request,
)
from tests.lilleland.nodes import NATION as NATIONS_NODE
from tests.lilleland.vocabulary import (
    FIRE_SEEN,
    PART,
    CrewSent,
    FireReported,
    HelpAsked,
    Note,
    Noted,
    ReportFire,
    SendCrew,
    refused,
)


def report(fire: str = "1", owner: OrganisationId = EASTERN, **more: Any) -> Request:
    return request(owner, ReportFire(fire=fire, what="smoke", area=EASTERN), **more)


def send(fire: str, crew: str = "ladder") -> Request:
    return request(EASTERN, SendCrew(fire=fire, crew=crew, area=EASTERN))


def note(text: str, fire: str = "1") -> Request:
    return request(EASTERN, Note(fire=fire, mark="m", text=Private(text)))


def all_of(node: Node) -> tuple[Picture, int]:
    return picture(node), bytes_held(node)


# Done is on disk


@pytest.mark.requirement("E0.1")
def test_what_is_done_is_there_when_the_node_is_opened_again(tmp_path: Path) -> None:
    node = Node(EAST, str(tmp_path))
    done = node.done(report())
    before = all_of(node)
    # No farewell: another connection reads what the disk has.
    again = Node(EAST, str(tmp_path))
    assert [fact.id for fact in facts_of(again)] == list(done.facts)
    assert all_of(again) == before
    assert list(again.journal.verify()) == []


@pytest.mark.parametrize("where", ["add_facts", "add_entries", "commit"])
@pytest.mark.parametrize("fault", [StoreFull("full"), StoreBroken("gone"), ValueError("odd")])
def test_what_did_not_reach_the_disk_is_not_answered_done_and_leaves_nothing(
    where: str, fault: Exception
) -> None:
    node = Node(EAST)
    node.done(report("0"))
    before = all_of(node)
    fail(node, **{where: fault})
    try:
        outcomes = node.journal.commit([note("secret", "0")])
    except StoreBroken:
        outcomes = []
    assert not any(isinstance(outcome, Done) for outcome in outcomes)
    node.store.rollback()  # what a crash does
    assert all_of(node) == before


def test_after_a_failed_commit_later_writes_go_on_in_the_same_chains() -> None:
    node = Node(EAST)
    node.done(report("0"))
    fail(node, commit=StoreFull("full"))
    assert isinstance(node.ask(note("secret", "0")), Refused)
    node.done(report("1"))
    node.done(note("told", "0"))
    assert [heads[0] for heads in heads_of(node).values()] == [2, 2, 1]
    assert list(node.journal.verify()) == []


def test_a_broken_store_takes_nothing_more_until_it_is_opened_anew(tmp_path: Path) -> None:
    node = Node(EAST, str(tmp_path))
    node.done(report("0"))
    before = all_of(node)
    fail(node, commit=StoreBroken("gone"))
    with pytest.raises(StoreBroken):
        node.ask(report("1"))
    # Though the store itself would take it: what reached the disk is not known.
    node.store.rollback()
    with pytest.raises(StoreBroken):
        node.ask(report("2"))
    with pytest.raises(StoreBroken):
        node.journal.rebuild()
    node.close()
    again = Node(EAST, str(tmp_path))
    assert all_of(again) == before
    again.done(report("1"))
    assert list(again.journal.verify()) == []


def test_a_store_that_cannot_even_roll_back_is_broken() -> None:
    node = Node(EAST)
    fail(node, commit=StoreFull("full"), rollback=StoreBroken("gone"))
    assert isinstance(node.ask(note("text")), Refused)
    with pytest.raises(StoreBroken):
        node.ask(report())


def test_every_fact_says_who_did_what_on_which_basis() -> None:
    node = Node(EAST)
    node.done(report())
    (fact,) = facts_of(node)
    assert fact.by == Actor(organisation=EASTERN, function="duty_officer")
    assert (fact.owner, fact.basis, fact.epoch) == (EASTERN, "owner", 1)
    assert (fact.node, fact.world, fact.incarnation) == (EAST, "lilleland", 1)
    assert fact.happened_at == START
    assert fact.recorded_at == "2027-01-01T00:00:00.000Z/0000"


@pytest.mark.requirement("E9.1")
def test_the_basis_that_the_gate_gave_stands_in_the_fact_and_in_its_history() -> None:
    def may(actor: Actor, act: str, resource: Resource, at: datetime) -> Allowed:  # noqa: ARG001
        return Allowed(basis=f"instruction 7 for {act}")

    node = Node(EAST, settings=Settings(may=may))
    node.done(report())
    reader = Reader(organisations=frozenset({EASTERN}))
    (item,) = node.journal.query.history(reader, EASTERN, "fire:1")
    assert item.fact.basis == "instruction 7 for lilleland.report_fire"
    assert item.fact.by.function == "duty_officer"


# Group commit


def test_a_group_is_one_commit_and_one_signature_per_channel() -> None:
    node = Node(EAST)
    outcomes = node.journal.commit([report(str(fire)) for fire in range(10)])
    assert all(isinstance(outcome, Done) for outcome in outcomes)
    for channel in node.journal.record.channels.values():
        rows = node.store.chain(channel.key, 1, 100)
        assert [row.sequence for row in rows if row.signature is not None] == [10]


def test_a_request_in_a_group_sees_what_those_before_it_told() -> None:
    node = Node(EAST)
    outcomes = node.journal.commit([report("1"), send("1"), send("2"), send("1", "pump")])
    assert [type(outcome) for outcome in outcomes] == [Done, Done, Refused, Done]
    (row,) = node.journal.query.rows(
        Reader(organisations=frozenset({EASTERN})), PART.views[1], {"subject": "fire:1"}
    )
    assert row["crews"] == "ladder pump"


def boom(*_: Any) -> Any:
    raise ZeroDivisionError


class Break(msgspec.Struct, frozen=True, kw_only=True):
    """Be decided as the test says."""


class Undecided(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody decides this."""


def deciding(decide: Callable[..., Any], *, alarm: bool = False) -> Catalogue:
    """Give Lilleland with one more decision."""
    decision = Decision(
        act="test.break", request=Break, load=lambda *_: None, decide=decide, alarm=alarm
    )
    return catalogue_of([PART, Part(decisions=(decision,))])


def tell_then_refuse(_state: None, _request: Break, _context: Context) -> Sequence[Draft]:
    # The second draft is too long, so what the first one wrote must be undone.
    return [draft(CrewSent(crew="lost")), draft(CrewSent(crew="x" * FACT_BYTES_LIMIT))]


def draft(body: msgspec.Struct, **more: Any) -> Draft:
    given = {"about": (Subject("fire:1"),), "happened_at": START, "area": EASTERN}
    return Draft(body=body, **{**given, **more})


@pytest.mark.parametrize(
    ("decide", "comes_out"),
    [
        (boom, Failed),
        (lambda *_: refused("no"), Refused),
        (tell_then_refuse, Refused),
        (lambda *_: [draft(CrewSent(crew="lost")), draft(Undecided())], Failed),
    ],
)
def test_a_refused_or_broken_request_leaves_nothing_and_those_beside_it_go_on(
    decide: Callable[..., Any], comes_out: type[Outcome]
) -> None:
    node, alone = (Node(EAST, settings=Settings(catalogue=deciding(decide))) for _ in range(2))
    outcomes = node.journal.commit([report("1"), request(EASTERN, Break()), send("1")])
    assert [type(outcome) for outcome in outcomes] == [Done, comes_out, Done]
    alone.journal.commit([report("1"), send("1")])
    assert bytes_held(node) == bytes_held(alone)
    assert {name: head[0] for name, head in heads_of(node).items()} == {
        name: head[0] for name, head in heads_of(alone).items()
    }
    assert "lost" not in str(views_of(node))
    assert list(node.journal.verify()) == []


def test_a_refused_first_request_leaves_not_even_a_channel() -> None:
    node = Node(EAST, settings=Settings(catalogue=deciding(tell_then_refuse)))
    assert isinstance(node.ask(request(EASTERN, Break())), Refused)
    assert node.journal.record.channels == {}
    node.done(report("1"))
    assert next(iter(node.journal.record.channels)) == channel_of(node, NATION)
    assert list(node.journal.verify()) == []


def test_a_request_that_nobody_decides_is_our_bug_and_its_alone() -> None:
    node = Node(EAST)
    first, second = node.journal.commit([request(EASTERN, Undecided()), report()])
    assert isinstance(first, Failed)
    assert isinstance(first.error, BrokenPromise)
    assert isinstance(second, Done)


def test_a_fault_in_writing_the_group_out_makes_each_request_be_tried_by_itself() -> None:
    # Two entries for one channel cannot be written, and nothing sees it before the store does.
    twice = deciding(
        lambda *_: [draft(HelpAsked(of=WESTTOWN, crews=1), area=None, to=(WESTTOWN,) * 2)]
    )
    node = Node(EAST, settings=Settings(catalogue=twice))
    outcomes = node.journal.commit([report("1"), request(EASTERN, Break()), send("1")])
    assert [type(outcome) for outcome in outcomes] == [Done, Failed, Done]
    assert [fact.kind for fact in facts_of(node)] == [
        "lilleland.fire_reported",
        "lilleland.crew_sent",
    ]
    assert list(node.journal.verify()) == []


def test_a_passing_fault_in_writing_the_group_out_costs_nobody_their_request() -> None:
    node = Node(EAST)
    fail(node, add_facts=ValueError("odd"))
    outcomes = node.journal.commit([report("1"), report("2")])
    assert [type(outcome) for outcome in outcomes] == [Done, Done]
    assert list(node.journal.verify()) == []


def test_an_empty_group_is_nothing() -> None:
    node = Node(EAST)
    assert node.journal.commit([]) == []


def test_a_large_group_is_signed_often_enough_to_travel() -> None:
    east, nation = Node(EAST), Node(NATIONS_NODE)
    count = SIGN_EVERY_FACTS + 5
    east.journal.commit([report(str(fire)) for fire in range(count)])
    rows = east.store.chain(1, 1, count)
    assert [row.sequence for row in rows if row.signature] == [SIGN_EVERY_FACTS, count]
    assert nation.hear(east) == count
    assert len(facts_of(nation)) == count


def test_a_group_of_long_facts_is_signed_often_enough_to_travel() -> None:
    east, nation = Node(EAST), Node(NATIONS_NODE)
    long = ReportFire(fire="1", what="x" * (FACT_BYTES_LIMIT - 1_000), area=EASTERN)
    count = SEGMENT_BYTES_LIMIT // FACT_BYTES_LIMIT + 10
    east.journal.commit([request(EASTERN, long) for _ in range(count)])
    segments = east.journal.offer(NATIONS_NODE, {})
    assert sum(len(segment.facts) for segment in segments) == count
    for segment in segments:
        assert len(segment.facts) <= SEGMENT_FACTS_LIMIT
        nation.journal.merge(Segment.from_bytes(segment.to_bytes()))
    assert nation.journal.have() == {channel_of(east, NATION).text(): count}


# Refusals


def test_only_the_node_that_hosts_the_owner_writes_for_it() -> None:
    asked = request(WESTERN, ReportFire(fire="1", what="smoke", area=WESTERN))
    east, west = Node(EAST), Node(WEST)
    assert isinstance(west.ask(asked), Done)
    answer = east.ask(asked)
    assert isinstance(answer, Refused)
    assert (answer.code, answer.values["host"]) == ("not_hosted_here", WEST)
    assert WEST in answer.try_instead
    assert bytes_held(east) == 0


def test_an_owner_that_nobody_hosts_is_refused_with_a_way() -> None:
    answer = Node(EAST).ask(report(owner=OrganisationId("nobody")))
    assert isinstance(answer, Refused)
    assert answer.code == "not_hosted_here"
    assert answer.try_instead


@pytest.mark.requirement("E9.1")
def test_who_has_no_mandate_is_refused_and_told_who_has_but_an_alarm_passes_flagged() -> None:
    stranger = Actor(organisation=EASTTOWN, function="duty_officer")
    node = Node(EAST)
    alarm = Request(owner=EASTERN, actor=stranger, content=report().content)
    assert isinstance(node.ask(alarm), Done)
    assert facts_of(node)[-1].basis == "alarm"
    other = Request(owner=EASTERN, actor=stranger, content=send("1").content)
    answer = node.ask(other)
    assert isinstance(answer, Refused)
    assert (answer.code, answer.values["owner"]) == ("no_mandate", EASTERN)
    assert isinstance(node.ask(send("1")), Done)


@pytest.mark.parametrize(
    ("gate", "basis"),
    [(boom, "alarm_gate_broken"), (lambda *_: refused("no"), "alarm_refused")],
)
def test_an_alarm_gets_through_whatever_the_gate_does(gate: Any, basis: str) -> None:
    node = Node(EAST, settings=Settings(may=gate))
    outcomes = node.journal.commit([report("1"), send("1")])
    assert isinstance(outcomes[0], Done)
    assert not isinstance(outcomes[1], Done)
    assert [fact.basis for fact in facts_of(node)] == [basis]


@pytest.mark.parametrize("over", [0, 1])
def test_a_private_text_is_kept_whole_or_refused_whole(over: int) -> None:
    # Each letter is two bytes: what counts is what is kept.
    letters = "æ" * (PRIVATE_BYTES_LIMIT // 2) + "x" * over
    node = Node(EAST)
    answer = node.ask(note(letters))
    if over:
        assert isinstance(answer, Refused)
        assert (answer.code, answer.values["over"]) == ("too_long", "1")
        assert bytes_held(node) == 0
    else:
        assert isinstance(answer, Done)


def test_a_fact_is_kept_whole_or_refused_whole() -> None:
    node = Node(EAST)
    node.done(report("1"))
    spare = FACT_BYTES_LIMIT - len(node.store.facts_after(0, 1)[0].raw) + len("smoke")
    fits = ReportFire(fire="2", what="x" * spare, area=EASTERN)
    over = ReportFire(fire="3", what="x" * (spare + 1), area=EASTERN)
    node.done(request(EASTERN, fits))
    assert len(node.store.facts_after(1, 1)[0].raw) == FACT_BYTES_LIMIT
    answer = node.ask(request(EASTERN, over))
    assert isinstance(answer, Refused)
    assert (answer.code, answer.values["over"]) == ("too_long", "1")
    assert len(facts_of(node)) == 2


FIRES = tuple(Subject(f"fire:{number}") for number in range(SUBJECTS_LIMIT + 1))
KEPT_PROMISES = {
    "an area": draft(CrewSent(crew="a")),
    "sixteen subjects": draft(CrewSent(crew="a"), about=FIRES[:-1]),
    "nobody told": draft(HelpAsked(of=WESTTOWN, crews=1), area=None),
    "somebody told": draft(HelpAsked(of=WESTTOWN, crews=1), area=None, to=(WESTTOWN, EASTTOWN)),
    "own": draft(Noted(mark="m"), area=None),
    "a strike and its audiences": draft(
        Struck(fact=FactId("x")), area=None, audiences=(NATION, area(EASTERN))
    ),
}
BROKEN_PROMISES = {
    "no area": draft(CrewSent(crew="a"), area=None),
    "an area too many": draft(Noted(mark="m")),
    "an area that is no name": draft(CrewSent(crew="a"), area="East Area"),
    "told to somebody too many": draft(CrewSent(crew="a"), to=(WESTTOWN,)),
    "told to no name": draft(HelpAsked(of=WESTTOWN, crews=1), area=None, to=("West Town",)),
    "told twice to the same": draft(
        HelpAsked(of=WESTTOWN, crews=1), area=None, to=(WESTTOWN, WESTTOWN)
    ),
    "no subject": draft(CrewSent(crew="a"), about=()),
    "seventeen subjects": draft(CrewSent(crew="a"), about=FIRES),
    "one subject twice": draft(CrewSent(crew="a"), about=(FIRES[0], FIRES[0])),
    "a subject that is none": draft(CrewSent(crew="a"), about=("fire 1",)),
    "audiences of its own": draft(CrewSent(crew="a"), audiences=(OWN,)),
    "an audience that is none": draft(
        Struck(fact=FactId("x")), area=None, audiences=(Audience("all"),)
    ),
    "a body that nobody declared": draft(Undecided()),
    "a seal on a field that there is not": draft(
        Noted(mark="m"), area=None, seal={"more": Private("x")}
    ),
}


@pytest.mark.parametrize("promise", KEPT_PROMISES)
def test_a_decision_that_keeps_its_promises_is_carried_out(promise: str) -> None:
    catalogue = deciding(lambda *_: [KEPT_PROMISES[promise]])
    node = Node(EAST, settings=Settings(catalogue=catalogue))
    node.done(request(EASTERN, Break()))
    assert list(node.journal.verify()) == []


@pytest.mark.parametrize("promise", BROKEN_PROMISES)
def test_a_decision_that_breaks_a_promise_fails_and_writes_nothing(promise: str) -> None:
    catalogue = deciding(lambda *_: [draft(CrewSent(crew="lost")), BROKEN_PROMISES[promise]])
    node = Node(EAST, settings=Settings(catalogue=catalogue))
    assert isinstance(node.ask(request(EASTERN, Break())), Failed)
    assert bytes_held(node) == 0
    node.done(report())
    assert list(node.journal.verify()) == []


@pytest.mark.parametrize(
    ("body", "comes_out"), [(FireReported(what="smoke"), Done), (CrewSent(crew="a"), Failed)]
)
def test_an_alarm_decision_makes_facts_of_alarm_kinds_only(
    body: msgspec.Struct, comes_out: type[Outcome]
) -> None:
    node = Node(EAST, settings=Settings(catalogue=deciding(lambda *_: [draft(body)], alarm=True)))
    assert isinstance(node.ask(request(EASTERN, Break())), comes_out)


@pytest.mark.parametrize("over", [0, 1])
def test_one_request_makes_no_more_facts_than_the_limit(over: int) -> None:
    drafts = [draft(CrewSent(crew="a"))] * (FACTS_PER_REQUEST_LIMIT + over)
    node = Node(EAST, settings=Settings(catalogue=deciding(lambda *_: drafts)))
    assert isinstance(node.ask(request(EASTERN, Break())), Failed if over else Done)
    assert len(facts_of(node)) == (0 if over else FACTS_PER_REQUEST_LIMIT)


# Disk full


def test_a_full_disk_refuses_with_a_way_and_work_goes_on_when_there_is_room() -> None:
    disk = Disk()
    node = Node(EAST, settings=Settings(reserve=disk))
    node.done(report("1"))
    before = all_of(node)
    fail(node, commit=StoreFull("full"))
    answer = node.ask(send("1"))
    assert isinstance(answer, Refused)
    assert answer.code == "disk_full"
    assert answer.try_instead
    assert (all_of(node), disk.released) == (before, [])
    node.done(send("1"))
    assert list(node.journal.verify()) == []


def test_an_alarm_is_written_into_the_reserve_and_the_rest_of_its_group_is_refused() -> None:
    disk = Disk()
    node = Node(EAST, settings=Settings(reserve=disk))
    node.done(report("1"))
    fail(node, commit=StoreFull("full"))
    outcomes = node.journal.commit([send("1"), report("2"), send("1"), report("3")])
    assert [type(outcome) for outcome in outcomes] == [Refused, Done, Refused, Done]
    assert [fact.about for fact in facts_of(node)] == [("fire:1",), ("fire:2",), ("fire:3",)]
    assert list(node.journal.verify()) == []


def test_the_reserve_is_given_up_share_by_share_and_then_even_alarms_are_refused() -> None:
    disk = Disk(shares=1)
    node = Node(EAST, settings=Settings(reserve=disk))
    fail(node, commit=StoreFull("full"))
    disk.is_tight = True
    assert isinstance(node.ask(report("1")), Done)
    assert disk.released == [0]
    fail(node, commit=StoreFull("full"))
    answer = node.ask(report("2"))
    assert isinstance(answer, Refused)
    assert answer.code == "disk_full"
    assert isinstance(node.ask(report("2")), Done)


def test_while_room_is_tight_only_alarms_are_written() -> None:
    disk = Disk(is_tight=True)
    east = Node(EAST, settings=Settings(reserve=disk))
    west = Node(WEST)
    west.done(request(WESTERN, ReportFire(fire="1", what="smoke", area=WESTERN)))
    (segment,) = west.journal.offer(EAST, {})
    outcomes = east.journal.commit([report("1"), send("1")])
    assert [type(outcome) for outcome in outcomes] == [Done, Refused]
    answer = east.journal.merge(segment)
    assert isinstance(answer, Refused)
    assert answer.code == "disk_full"
    assert east.journal.turn() == 0
    assert len(facts_of(east)) == 1
    disk.is_tight = False
    east.hear(west)
    assert east.journal.turn() > 0
    assert isinstance(east.ask(send("1")), Done)


def test_a_full_disk_while_hearing_and_reacting_is_no_error_and_loses_nothing() -> None:
    east, west = Node(EAST), Node(WEST)
    west.done(request(WESTERN, ReportFire(fire="1", what="smoke", area=WESTERN)))
    east.done(report("1"))
    (segment,) = west.journal.offer(EAST, {})
    fail(east, commit=StoreFull("full"))
    answer = east.journal.merge(segment)
    assert isinstance(answer, Refused)
    assert answer.code == "disk_full"
    fail(east, commit=StoreFull("full"))
    assert east.journal.turn() == 0
    east.hear(west)
    assert east.journal.turn() > 0
    assert east.store.rows(east.journal.record.views.table_of(FIRE_SEEN), {"state": "acknowledged"})
    assert list(east.journal.verify()) == []


# What a request must be


@pytest.mark.parametrize(
    "numbers", [{}, {"sender": "s", "ref": "1"}, {"sender": "s" * 64, "ref": "1" * 128}]
)
def test_a_request_has_a_whole_number_or_none(numbers: dict[str, Any]) -> None:
    assert isinstance(Node(EAST).ask(report(**numbers)), Done)


@pytest.mark.parametrize(
    "numbers",
    [
        {"sender": "s"},
        {"ref": "1"},
        {"sender": "", "ref": "1"},
        {"sender": "s", "ref": ""},
        {"sender": "s" * 65, "ref": "1"},
        {"sender": "s", "ref": "1" * 129},
    ],
)
def test_a_request_with_half_a_number_or_too_long_a_one_is_bad_input(
    numbers: dict[str, Any],
) -> None:
    with pytest.raises(BadInput) as caught:
        report(**numbers)
    assert {problem.where for problem in caught.value.problems} <= {"sender", "ref"}
