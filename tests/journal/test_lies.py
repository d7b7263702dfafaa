# SPDX-License-Identifier: Apache-2.0
"""Lies told to the journal by a node that holds a real key and a real grant, but not this one.

docs/lies.md lists every lie that was tried; here are those that need a node gone bad.
"""

from bavn.journal.decision import Done, Request
from bavn.journal.kept import EVIDENCE, SET_ASIDE
from bavn.journal.merge import Merged
from bavn.journal.reader import Reader
from bavn.journal.strike import StrikeFact
from bavn.kernel.audience import NATION as TO_NATION
from bavn.kernel.audience import to
from tests.journal.segments import channel_of, cut, facts_of, retold, signed
from tests.lilleland.nodes import (
    EAST,
    EASTERN,
    EASTTOWN,
    HARBOUR,
    NATION,
    PORT,
    WEST,
    WESTERN,
    WESTTOWN,
    Clock,
    Node,
    Settings,
    request,
)
from tests.lilleland.vocabulary import FIRE_SEEN, AskHelp, CloseFire, ReportFire


def report(fire: str, owner: str = EASTTOWN, **number: str) -> Request:
    area = WESTERN if owner == WESTTOWN else EASTERN
    return request(owner, ReportFire(fire=fire, what="barn", area=area), **number)  # type: ignore[arg-type]


def evidence(node: Node) -> set[str]:
    return {str(row["sort"]) for row in node.store.rows(EVIDENCE, {})}


def test_a_fact_cannot_be_kept_from_being_heard_by_telling_another_under_its_id() -> None:
    east, west, nation = Node(EAST), Node(WEST), Node(NATION)
    east.done(report("1"))
    west.done(report("2", WESTTOWN))
    (stolen,) = [fact.id for fact in facts_of(east)]
    honest = cut(west, channel_of(west, TO_NATION), 1, 1)
    thief = signed(honest.channel, [retold(honest.facts[0], id=stolen)])
    assert nation.journal.merge(thief) == Merged(applied=1)
    nation.hear(east)
    everyone = Reader()
    before = nation.journal.query.rows(everyone, FIRE_SEEN)
    assert {row["owner"] for row in before} == {EASTTOWN, WESTTOWN}
    assert list(nation.journal.verify()) == []
    nation.journal.rebuild()
    assert nation.journal.query.rows(everyone, FIRE_SEEN) == before


def test_nobody_can_have_an_alarm_taken_for_a_repeat_by_using_up_its_number() -> None:
    east, west = Node(EAST), Node(WEST)
    west.done(report("2", WESTTOWN, sender="cad", ref="77"))
    honest = cut(west, channel_of(west, TO_NATION), 1, 1)
    thief = signed(honest.channel, [retold(honest.facts[0], owner=EASTTOWN)])
    assert east.journal.merge(thief) == Merged(applied=1)
    assert [row["sort"] for row in east.store.rows(SET_ASIDE, {})] == ["disputed"]
    told = east.done(report("1", sender="cad", ref="77"))
    assert not told.repeated
    assert {fact.owner for fact in facts_of(east) if fact.id in told.facts} == {EASTTOWN}


def test_a_copy_that_goes_on_after_its_node_was_restored_is_noticed() -> None:
    clock = Clock()
    real, twin, nation = (
        Node(name, settings=Settings(clock=clock, seed=seed))
        for name, seed in ((EAST, 1), (EAST, 2), (NATION, 1))
    )
    clock.forward(minutes=1)
    real.journal.begin_incarnation()
    real.done(report("1"))
    nation.hear(real)
    assert "twin" not in evidence(nation)
    clock.forward(minutes=1)
    twin.done(report("2"))
    nation.hear(twin)
    assert "twin" in evidence(nation)


def test_two_restores_of_one_backup_share_no_number_and_come_in_order() -> None:
    clock = Clock()
    first, again, nation = (
        Node(name, settings=Settings(clock=clock, seed=seed))
        for name, seed in ((EAST, 1), (EAST, 2), (NATION, 1))
    )
    clock.forward(hours=1)
    first.journal.begin_incarnation()
    first.done(report("1"))
    nation.hear(first)
    clock.forward(minutes=-50)
    again.journal.begin_incarnation()
    assert again.journal.record.incarnation != first.journal.record.incarnation
    again.hear(nation)
    assert "overtaken" in evidence(again)
    assert again.journal.record.incarnation > first.journal.record.incarnation
    again.done(request(EASTTOWN, CloseFire(fire="1", area=EASTERN)))
    nation.hear(again)
    for node in (again, nation):
        rows = node.journal.query.rows(Reader(), FIRE_SEEN)
        assert [row["state"] for row in rows] == ["closed"]
        assert list(node.journal.verify()) == []


def test_a_node_whose_channel_a_copy_has_forked_goes_on_in_another() -> None:
    real, copy, nation = (
        Node(name, settings=Settings(seed=seed))
        for name, seed in ((EAST, 1), (EAST, 2), (NATION, 1))
    )
    copy.done(report("copy"))
    for number in range(3):
        real.done(report(f"{number}"))
    (told,) = copy.journal.offer(EAST, {"east/1/area:eastern": 9})
    assert real.journal.merge(told).stopped == "fork"  # type: ignore[union-attr]
    assert real.journal.record.incarnation > 1
    real.done(report("after"))
    nation.hear(real)
    seen = {row["subject"] for row in nation.journal.query.rows(Reader(), FIRE_SEEN)}
    assert "fire:after" in seen


def test_two_copies_that_overtake_each_other_stop_and_wait_for_a_person() -> None:
    one, other = (Node(EAST, settings=Settings(seed=seed)) for seed in (1, 2))
    for round_number in range(40):
        for node, copy in ((one, other), (other, one)):
            node.done(report(f"{round_number}"))
            copy.hear(node)
    begun = {name.incarnation for name in one.journal.record.channels if name.node == EAST}
    assert len(begun) < 40


def test_a_strike_of_anothers_fact_strikes_nothing() -> None:
    east, west, nation = Node(EAST), Node(WEST), Node(NATION)
    first = east.done(report("1")).facts[0]
    own = west.done(report("2", WESTTOWN)).facts[0]
    west.done(request(WESTTOWN, StrikeFact(fact=own)))
    honest = cut(west, channel_of(west, TO_NATION), 1, 2)
    lie = retold(honest.facts[1], about=("fire:1",), body=b'{"fact":"%s"}' % first.encode())
    assert nation.journal.merge(signed(honest.channel, [honest.facts[0], lie])).applied == 2  # type: ignore[union-attr]
    nation.hear(east)
    rows = nation.store.rows(nation.journal.record.views.table_of(FIRE_SEEN), {"owner": EASTTOWN})
    assert [row["state"] for row in rows] == ["burning"]


def test_what_is_told_to_the_wrong_audience_stands_in_no_view_of_it() -> None:
    harbour, nation = Node(HARBOUR), Node(NATION)
    harbour.done(request(PORT, AskHelp(fire="1", of=EASTTOWN, crews=1)))
    fact = next(fact for fact in facts_of(harbour) if fact.kind == "lilleland.help_asked")
    raw = next(row.raw for row in harbour.store.facts_after(0, 9) if fact.id.encode() in row.raw)
    assert channel_of(harbour, to(EASTTOWN)) in harbour.journal.record.channels
    leak = signed(channel_of(harbour, TO_NATION), [raw])
    assert nation.journal.merge(leak) == Merged(applied=1)
    assert all(
        nation.store.rows(table, {}) == [] for table in nation.journal.record.views.tables.values()
    )
    assert isinstance(nation.ask(report("9", "agency")), Done)
