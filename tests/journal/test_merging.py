# SPDX-License-Identifier: Apache-2.0
"""Hearing others: what is refused, what is kept and set aside, and what is evidence."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from nacl.signing import SigningKey

from bavn.journal.catalogue import Catalogue, Part, catalogue_of
from bavn.journal.chain import ChannelName, Segment
from bavn.journal.fact import COUNT_LIMIT, SUBJECTS_LIMIT, decode_fact
from bavn.journal.kept import EVIDENCE
from bavn.journal.kinds import Kind
from bavn.journal.merge import Merged
from bavn.journal.record import begun_s
from bavn.journal.roster import Grant, roster_of
from bavn.journal.table import Column
from bavn.journal.views import View
from bavn.kernel.audience import NATION, OWN, Scope, area, to
from bavn.kernel.hybrid_clock import PEER_LEAD_MS_LIMIT, Tick
from bavn.kernel.identity import FactId, NodeId, OrganisationId, Subject, World, uuid_text
from bavn.kernel.instants import ms_of
from bavn.kernel.refusal import BadInput, Refused
from tests.journal.pictures import (
    bytes_held,
    evidence_at,
    heads_told_to,
    picture,
    rows_told_to,
    set_aside_at,
    views_of,
    waiting_at,
)
from tests.journal.segments import channel_of, cut, facts_of, retold, signed
from tests.lilleland.nodes import (
    AGENCY,
    EAST,
    EASTERN,
    EASTTOWN,
    HARBOUR,
    PORT,
    START,
    WEST,
    WESTERN,
    WESTTOWN,
    Clock,
    Node,
    Settings,
    key_of,
    request,
    roster,
)
from tests.lilleland.nodes import NATION as NATIONS_NODE
from tests.lilleland.vocabulary import (
    KINDS,
    PART,
    AskHelp,
    CloseFire,
    CrewSent,
    ReportFire,
    SendCrew,
)

EAST_TO_NATION = ChannelName(EAST, 1, NATION)


def teller(count: int = 3) -> Node:
    """Give the east's node, which has told of some fires, each in a commit of its own."""
    node = Node(EAST)
    for fire in range(1, count + 1):
        node.done(request(EASTERN, ReportFire(fire=str(fire), what="smoke", area=EASTERN)))
    return node


def one_fact() -> bytes:
    (row,) = teller(1).store.facts_after(0, 10)
    return row.raw


def merged(node: Node, segment: Segment) -> Merged:
    """Give what came of a segment that must be taken."""
    outcome = node.journal.merge(segment)
    assert isinstance(outcome, Merged), outcome
    return outcome


# Refused, leaving no trace


def told_by(node: NodeId) -> Callable[[Segment], Segment]:
    return lambda segment: replace(segment, channel=replace_channel(segment, node=node))


def replace_channel(segment: Segment, **changes: Any) -> ChannelName:
    return msgspec.structs.replace(segment.channel, **changes)


def turned(raw: bytes) -> bytes:
    return raw[:-1] + bytes([raw[-1] ^ 1])


TAMPERED: dict[str, Callable[[Segment], Segment]] = {
    "told by another": told_by(WEST),
    "another incarnation": lambda s: replace(s, channel=replace_channel(s, incarnation=2)),
    "another audience": lambda s: replace(s, channel=replace_channel(s, audience=area(EASTERN))),
    "another number": lambda s: replace(s, first=2),
    "another predecessor": lambda s: replace(s, previous=turned(s.previous)),
    "another signature": lambda s: replace(s, signature=turned(s.signature)),
    "no signature": lambda s: replace(s, signature=b""),
    "a fact less": lambda s: replace(s, facts=s.facts[:-1]),
    "the first fact gone": lambda s: replace(s, facts=s.facts[1:], first=2),
    "a fact twice": lambda s: replace(s, facts=(*s.facts, s.facts[-1])),
    "facts in another order": lambda s: replace(s, facts=s.facts[::-1]),
    "a fact told otherwise": lambda s: replace(
        s, facts=(retold(s.facts[0], basis="nobody"), *s.facts[1:])
    ),
    "signed by another": lambda s: signed(s.channel, s.facts, key=key_of(WEST)),
    "signed for another world": lambda s: signed(s.channel, s.facts, world=World("exercise-1")),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_segment_that_is_not_what_its_node_signed_is_refused_and_leaves_no_trace(
    how: str,
) -> None:
    hearer = Node(HARBOUR)
    segment = cut(teller(), EAST_TO_NATION, 1, 3)
    answer = hearer.journal.merge(TAMPERED[how](segment))
    assert isinstance(answer, Refused)
    assert answer.code == "not_signed"
    assert (bytes_held(hearer), hearer.journal.have(), evidence_at(hearer)) == (0, {}, [])
    assert merged(hearer, segment).applied == 3


@pytest.mark.parametrize(
    ("channel", "code"),
    [
        (ChannelName(NodeId("stranger"), 1, NATION), "unknown_node"),
        (ChannelName(EAST, 1, area(EASTERN)), "not_for_us"),
        (ChannelName(EAST, 1, to(WESTTOWN)), "not_for_us"),
        (ChannelName(EAST, 1, OWN), "not_for_us"),
        (ChannelName(NATIONS_NODE, 1, OWN), "not_for_us"),
    ],
)
def test_what_is_not_for_us_or_of_nobody_known_is_refused_though_signed(
    channel: ChannelName, code: str
) -> None:
    hearer = Node(NATIONS_NODE)
    answer = hearer.journal.merge(signed(channel, [one_fact()]))
    assert isinstance(answer, Refused)
    assert answer.code == code
    assert answer.try_instead
    assert bytes_held(hearer) == 0


def test_a_node_with_a_new_key_is_not_the_node_that_is_known() -> None:
    forged = signed(EAST_TO_NATION, [one_fact()], key=SigningKey(bytes(32)))
    assert isinstance(Node(NATIONS_NODE).journal.merge(forged), Refused)


# Gaps


def test_nothing_is_applied_past_a_gap_and_the_gap_can_be_seen() -> None:
    east, hearer = teller(5), Node(NATIONS_NODE)
    hearer.journal.merge(cut(east, EAST_TO_NATION, 1, 1))
    before = views_of(hearer)
    assert merged(hearer, cut(east, EAST_TO_NATION, 3, 5)) == Merged(waiting=3)
    assert views_of(hearer) == before
    assert hearer.journal.have() == {EAST_TO_NATION.text(): 1}
    assert hearer.journal.record.channels[EAST_TO_NATION].announced == 5
    assert [(name, first) for name, first, _ in waiting_at(hearer)] == [(EAST_TO_NATION.text(), 3)]
    assert merged(hearer, cut(east, EAST_TO_NATION, 2, 2)) == Merged(applied=4)
    assert waiting_at(hearer) == []
    assert rows_told_to(hearer, NATION) == rows_told_to(east, NATION)


def test_what_waits_is_still_there_after_a_restart(tmp_path: Path) -> None:
    east, hearer = teller(3), Node(NATIONS_NODE, str(tmp_path))
    hearer.journal.merge(cut(east, EAST_TO_NATION, 2, 3))
    hearer.close()
    again = Node(NATIONS_NODE, str(tmp_path))
    assert again.journal.record.channels[EAST_TO_NATION].announced == 3
    assert merged(again, cut(east, EAST_TO_NATION, 1, 1)).applied == 3


def test_pieces_that_overlap_while_they_wait_are_no_fork() -> None:
    east, hearer = teller(9), Node(NATIONS_NODE)
    for first, last in ((4, 9), (6, 7), (5, 5), (4, 6), (8, 9)):
        hearer.journal.merge(cut(east, EAST_TO_NATION, first, last))
    assert merged(hearer, cut(east, EAST_TO_NATION, 1, 4)) == Merged(applied=9)
    assert waiting_at(hearer) == []
    assert evidence_at(hearer) == []


@pytest.mark.parametrize("order", [(3, 5), (5, 3)])
def test_of_two_pieces_that_begin_alike_the_longer_waits(order: tuple[int, int]) -> None:
    east, hearer = teller(5), Node(NATIONS_NODE)
    for last in order:
        hearer.journal.merge(cut(east, EAST_TO_NATION, 3, last))
    assert waiting_at(hearer) == [
        (EAST_TO_NATION.text(), 3, cut(east, EAST_TO_NATION, 3, 5).to_bytes())
    ]
    assert merged(hearer, cut(east, EAST_TO_NATION, 1, 2)) == Merged(applied=5)


@pytest.mark.parametrize(("first", "last", "known"), [(1, 2, 2), (2, 2, 1), (1, 4, 3), (2, 5, 2)])
def test_what_is_known_already_is_counted_and_not_applied_again(
    first: int, last: int, known: int
) -> None:
    east, hearer = teller(5), Node(NATIONS_NODE)
    hearer.journal.merge(cut(east, EAST_TO_NATION, 1, 3))
    assert merged(hearer, cut(east, EAST_TO_NATION, first, last)) == Merged(
        applied=max(0, last - 3), known=known
    )


# Forks


def twins() -> tuple[Node, Node]:
    """Give two copies of one node that have told the same first fact and then different ones."""
    first, second = teller(1), teller(1)
    assert facts_of(first) == facts_of(second)
    first.done(request(EASTERN, ReportFire(fire="left", what="smoke", area=EASTERN)))
    second.done(request(EASTERN, ReportFire(fire="right", what="smoke", area=EASTERN)))
    return first, second


@pytest.mark.parametrize(("first", "last"), [(2, 2), (1, 2), (2, 3), (1, 3), (3, 3)])
def test_two_signed_heads_for_one_number_are_evidence_and_stop_the_channel(
    first: int, last: int
) -> None:
    left, right = twins()
    for node, fire in ((left, "left-2"), (right, "right-2")):
        node.done(request(EASTERN, ReportFire(fire=fire, what="smoke", area=EASTERN)))
    hearer = Node(NATIONS_NODE)
    merged(hearer, cut(left, EAST_TO_NATION, 1, 2))
    before = views_of(hearer)
    forked = cut(right, EAST_TO_NATION, first, last)
    assert merged(hearer, forked).stopped == "fork"
    assert evidence_at(hearer) == ["fork"]
    # Nothing of either is lost: the one is in the channel, the other in the evidence.
    assert views_of(hearer) == before
    (evidence,) = hearer.store.rows(EVIDENCE, {})
    assert evidence["raw"] == forked.to_bytes()
    assert evidence["channel"] == EAST_TO_NATION.text()
    # Nothing more is taken, of either.
    assert merged(hearer, cut(left, EAST_TO_NATION, 3, 3)) == Merged(stopped="fork")
    assert hearer.journal.have()[EAST_TO_NATION.text()] == 2
    assert list(hearer.journal.verify()) == []


def test_a_fork_stops_one_channel_only_and_stays_after_a_restart(tmp_path: Path) -> None:
    left, right = twins()
    hearer = Node(HARBOUR, str(tmp_path))
    merged(hearer, cut(left, EAST_TO_NATION, 1, 2))
    merged(hearer, cut(right, EAST_TO_NATION, 1, 2))
    hearer.close()
    again = Node(HARBOUR, str(tmp_path))
    left.done(request(EASTERN, CloseFire(fire="left", area=EASTERN)))
    again.hear(left)
    assert again.journal.have() == {
        EAST_TO_NATION.text(): 2,
        ChannelName(EAST, 1, area(EASTERN)).text(): 3,
    }


def test_a_fork_among_what_waited_is_found_when_the_gap_closes() -> None:
    left, right = teller(4), twins()[1]
    hearer = Node(NATIONS_NODE)
    right.done(request(EASTERN, ReportFire(fire="right-2", what="smoke", area=EASTERN)))
    merged(hearer, cut(right, EAST_TO_NATION, 3, 3))
    assert merged(hearer, cut(left, EAST_TO_NATION, 1, 2)).stopped == "fork"
    assert hearer.journal.have()[EAST_TO_NATION.text()] == 2
    assert evidence_at(hearer) == ["fork"]


# Kept and set aside


def the_hearer_of(*facts: bytes, channel: ChannelName = EAST_TO_NATION) -> Node:
    hearer = Node(HARBOUR)
    assert merged(hearer, signed(channel, facts)).applied == len(facts)
    return hearer


def aside(node: Node) -> list[str]:
    return [sort for _, sort in set_aside_at(node)]


OTHER_ID = FactId("01234567-89ab-7def-8123-456789abcdef")
NESTED = msgspec.Raw(b'{"what":' + b"[" * 20_000 + b"]" * 20_000 + b"}")
SET_ASIDE_FOR: dict[str, tuple[str, dict[str, Any]]] = {
    "no such owner": ("disputed", {"owner": OrganisationId("nobody")}),
    "an owner hosted elsewhere": ("disputed", {"owner": WESTERN}),
    "an epoch that was not granted": ("disputed", {"epoch": 2}),
    "an unknown kind": ("not_understood", {"kind": "lilleland.flood_reported"}),
    "an unknown version": ("not_understood", {"version": 3}),
    "a body of another shape": ("not_understood", {"body": msgspec.Raw(b'{"place":1}')}),
    "a body that is no object": ("not_understood", {"body": msgspec.Raw(b"[1]")}),
    "another world": ("misplaced", {"world": World("exercise-1")}),
    "another node": ("misplaced", {"node": WEST}),
    "another incarnation": ("misplaced", {"incarnation": 2}),
    "no subject": ("unreadable", {"about": ()}),
    "no real subject": ("unreadable", {"about": (Subject("fire"),)}),
    "one subject twice": ("unreadable", {"about": (Subject("fire:1"),) * 2}),
    "too many subjects": (
        "unreadable",
        {"about": tuple(Subject(f"fire:{n}") for n in range(SUBJECTS_LIMIT + 1))},
    ),
    "no id": ("unreadable", {"id": FactId("1")}),
    "an epoch below zero": ("unreadable", {"epoch": -1}),
    "an epoch beyond all": ("unreadable", {"epoch": 2**32}),
    "an incarnation beyond all": ("unreadable", {"incarnation": 2**64}),
    "no time": ("unreadable", {"recorded_at": "yesterday"}),
    "a time without a zone": ("unreadable", {"recorded_at": "2027-01-01T00:00:00.0000/0000"}),
    "a time before all": ("unreadable", {"recorded_at": "1969-12-31T23:59:59.000Z/0000"}),
    "a day that never was": ("unreadable", {"recorded_at": "2027-02-30T00:00:00.000Z/0000"}),
    "a body too deep": ("unreadable", {"body": NESTED}),
}


@pytest.mark.parametrize("why", SET_ASIDE_FOR)
def test_what_does_not_count_is_kept_listed_and_passed_on_and_those_beside_it_count(
    why: str,
) -> None:
    sort, changes = SET_ASIDE_FOR[why]
    good = one_fact()
    odd = retold(good, **{"id": OTHER_ID, **changes})
    hearer, clean = the_hearer_of(odd, good), the_hearer_of(good)
    assert set_aside_at(hearer) == [(odd, sort)]
    assert views_of(hearer) == views_of(clean)
    (passed_on,) = hearer.journal.offer(WEST, {})
    assert passed_on.facts == (odd, good)
    third = Node(WEST)
    assert merged(third, Segment.from_bytes(passed_on.to_bytes())).applied == 2
    assert set_aside_at(third) == [(odd, sort)]
    # Made anew, it is still set aside, and the record has no fault.
    hearer.journal.rebuild()
    assert set_aside_at(hearer) == [(odd, sort)]
    assert list(hearer.journal.verify()) == []


@pytest.mark.parametrize(
    "rubbish", [b"", b"{}", b"null", b"\xff\xfe", b"[" * 5_000, b"x" * 64 * 1024]
)
def test_rubbish_that_a_known_node_signed_is_kept_and_set_aside(rubbish: bytes) -> None:
    good = one_fact()
    hearer = the_hearer_of(rubbish, good)
    assert set_aside_at(hearer) == [(rubbish, "unreadable")]
    assert views_of(hearer) == views_of(the_hearer_of(good))
    hearer.journal.rebuild()
    assert list(hearer.journal.verify()) == []


@pytest.mark.parametrize("incarnation", [-1, COUNT_LIMIT + 1, 2**63, 2**64])
def test_an_incarnation_beyond_all_is_refused_or_harmless(incarnation: int) -> None:
    channel = ChannelName(EAST, incarnation, NATION)
    segment = signed(channel, [retold(one_fact(), incarnation=incarnation)])
    with pytest.raises(BadInput):
        Segment.from_bytes(segment.to_bytes())


def test_one_fact_told_with_two_contents_is_a_contradiction_and_both_are_kept() -> None:
    good = one_fact()
    other = retold(good, basis="other")
    hearer = the_hearer_of(good, other)
    assert set_aside_at(hearer) == [(other, "contradiction")]
    assert views_of(hearer) == views_of(the_hearer_of(good))
    (evidence,) = hearer.store.rows(EVIDENCE, {})
    assert (evidence["sort"], evidence["raw"]) == ("contradiction", other)
    assert decode_fact(good).id in str(evidence["says"])
    hearer.journal.rebuild()
    assert aside(hearer) == ["contradiction"]
    assert list(hearer.journal.verify()) == []


@pytest.mark.parametrize("rubbish_first", [True, False])
def test_a_fact_under_the_id_that_rubbish_is_kept_by_is_a_fact_all_the_same(
    rubbish_first: bool,
) -> None:
    rubbish = b"rubbish"
    fact = retold(one_fact(), id=uuid_text(sha256(rubbish).digest()[:16]))
    told = (rubbish, fact) if rubbish_first else (fact, rubbish)
    hearer = the_hearer_of(*told)
    assert set_aside_at(hearer) == [(rubbish, "unreadable")]
    assert len(rows_told_to(hearer, NATION)["fire_seen"]) == 1
    hearer.journal.turn()
    hearer.journal.rebuild()
    assert list(hearer.journal.verify()) == []


@pytest.mark.parametrize("order", [(EAST, WEST), (WEST, EAST)])
def test_nobody_keeps_a_fact_from_being_heard_by_telling_another_under_its_id(
    order: tuple[NodeId, NodeId],
) -> None:
    fact = one_fact()
    told = {
        EAST: signed(EAST_TO_NATION, [fact]),
        WEST: signed(
            ChannelName(WEST, 1, NATION), [retold(fact, node=WEST, owner=WESTERN, basis="other")]
        ),
    }
    hearer = Node(NATIONS_NODE)
    for node in order:
        assert merged(hearer, told[node]).applied == 1
    owners = [row["owner"] for row in rows_told_to(hearer, NATION)["fire_seen"]]
    assert owners == [EASTERN, WESTERN]
    assert (aside(hearer), evidence_at(hearer)) == ([], [])
    assert list(hearer.journal.verify()) == []


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_calls_for_help_with_one_id_from_two_nodes_are_both_answered(
    order: tuple[int, int],
) -> None:
    west = Node(WEST)
    west.done(request(WESTERN, AskHelp(fire="1", of=EASTERN, crews=2)))
    (call,) = west.store.facts_after(0, 1)
    other = retold(call.raw, node=HARBOUR, owner=PORT, basis="other")
    told = [
        signed(ChannelName(WEST, 1, to(EASTERN)), [call.raw]),
        signed(ChannelName(HARBOUR, 1, to(EASTERN)), [other]),
    ]
    hearer = Node(EAST)
    for index in order:
        merged(hearer, told[index])
    hearer.journal.turn()
    answers = [fact for fact in facts_of(hearer) if fact.kind == "lilleland.help_answered"]
    assert len(answers) == 2


def test_a_fact_that_stands_twice_in_a_channel_counts_once() -> None:
    good = one_fact()
    hearer = the_hearer_of(good, good, good)
    assert set_aside_at(hearer) == [(good, "doubled")]
    assert views_of(hearer) == views_of(the_hearer_of(good))
    hearer.journal.rebuild()
    assert aside(hearer) == ["doubled"]
    assert list(hearer.journal.verify()) == []
    reader_sees = hearer.store.history(EASTERN, "fire:1")
    assert len(reader_sees) == 1


def test_a_disputed_fact_counts_when_the_roster_grants_it(tmp_path: Path) -> None:
    hearer = Node(NATIONS_NODE, str(tmp_path))
    odd = retold(one_fact(), owner=WESTERN, epoch=2)
    merged(hearer, signed(EAST_TO_NATION, [odd]))
    assert set_aside_at(hearer) == [(odd, "disputed")]
    hearer.close()
    known = roster()
    grants = {*known.grants, Grant(owner=WESTERN, node=EAST, epoch=2)}
    taken_over = roster_of(known.peers.values(), grants)
    again = Node(NATIONS_NODE, str(tmp_path), Settings(roster=taken_over))
    again.journal.rebuild()
    assert set_aside_at(again) == []
    (row,) = rows_told_to(again, NATION)["fire_seen"]
    assert row["owner"] == WESTERN
    assert list(again.journal.verify()) == []


def test_what_an_older_host_tells_later_does_not_come_after_what_the_new_one_told() -> None:
    known = roster()
    grants = {*known.grants, Grant(owner=WESTERN, node=EAST, epoch=2)}
    both = Settings(roster=roster_of(known.peers.values(), grants))
    late = Clock(START + timedelta(hours=1))
    west = Node(WEST, settings=Settings(clock=late))
    east = Node(EAST, settings=both)
    for fire in ("1", "2"):
        east.done(request(WESTERN, ReportFire(fire=fire, what="new", area=WESTERN)))
        west.done(request(WESTERN, ReportFire(fire=fire, what="old", area=WESTERN)))
    for order in ((east, west), (west, east)):
        hearer = Node(NATIONS_NODE, settings=both)
        hearer.hear(*order)
        assert [row["what"] for row in rows_told_to(hearer, NATION)["fire_seen"]] == ["new"] * 2


# Not understood yet


class FloodReported(msgspec.Struct, frozen=True, kw_only=True):
    """Water where it should not be: a kind of next year's program."""

    depth_cm: int


def _flooded(rows: Any, body: FloodReported, _fact: Any) -> None:
    rows.put({"depth": str(body.depth_cm)})


FLOOD = Kind(
    name="lilleland.flood_reported",
    version=1,
    body=FloodReported,
    scopes=frozenset({Scope.NATION}),
)
FLOODS = View(
    name="floods",
    version=1,
    about="fire",
    scope=Scope.NATION,
    columns=(Column("depth"),),
    folds={FloodReported: _flooded},
)


def next_year() -> Catalogue:
    return catalogue_of([PART, Part(kinds=(FLOOD,), views=(FLOODS,))])


def last_year() -> Catalogue:
    """Give Lilleland before crews were told of."""
    views = tuple(
        replace(
            view, folds={body: fold for body, fold in view.folds.items() if body is not CrewSent}
        )
        for view in PART.views
    )
    kinds = tuple(kind for kind in KINDS if kind.body is not CrewSent)
    return catalogue_of([replace(PART, kinds=kinds, views=views)])


@pytest.mark.requirement("E0.1")
def test_a_kind_of_a_newer_program_is_kept_passed_on_and_counts_after_the_upgrade(
    tmp_path: Path,
) -> None:
    flood = retold(one_fact(), kind=FLOOD.name, version=1, body=msgspec.Raw(b'{"depth_cm":40}'))
    old = Node(NATIONS_NODE, str(tmp_path))
    merged(old, signed(EAST_TO_NATION, [flood]))
    assert set_aside_at(old) == [(flood, "not_understood")]
    # A node with next year's program hears it through the old one, byte for byte.
    new = Node(WEST, settings=Settings(catalogue=next_year()))
    assert new.hear(old) == 1
    assert [row["depth"] for row in views_of(new)["floods"]] == ["40"]
    old.close()
    upgraded = Node(NATIONS_NODE, str(tmp_path), Settings(catalogue=next_year()))
    assert set_aside_at(upgraded) == []
    assert views_of(upgraded)["floods"] == views_of(new)["floods"]
    assert list(upgraded.journal.verify()) == []


def test_a_node_goes_back_to_an_older_program_and_forward_again(tmp_path: Path) -> None:
    east = teller(1)
    east.done(request(EASTERN, SendCrew(fire="1", crew="ladder", area=EASTERN)))
    views = []
    for catalogue in (PART, None, PART):
        settings = Settings(catalogue=last_year()) if catalogue is None else Settings()
        node = Node(HARBOUR, str(tmp_path), settings)
        node.hear(east)
        assert list(node.journal.verify()) == []
        views.append(views_of(node))
        assert aside(node) == ([] if catalogue else ["not_understood"])
        node.close()
    assert views[0] == views[2]
    assert views[1]["fire_in_area"] != views[0]["fire_in_area"]


def test_a_crew_that_was_not_understood_stands_in_its_place_after_the_upgrade(
    tmp_path: Path,
) -> None:
    east = teller(1)
    east.done(request(EASTERN, SendCrew(fire="1", crew="ladder", area=EASTERN)))
    east.done(request(EASTERN, CloseFire(fire="1", area=EASTERN)))
    old = Node(HARBOUR, str(tmp_path), Settings(catalogue=last_year()))
    old.hear(east)
    old.close()
    upgraded, always = Node(HARBOUR, str(tmp_path)), Node(HARBOUR)
    always.hear(east)
    assert picture(upgraded) == picture(always)


# Clocks


@pytest.mark.parametrize("over_ms", [0, 1])
def test_a_clock_within_the_bound_is_followed_and_one_beyond_it_is_evidence(over_ms: int) -> None:
    ahead = Clock(START + timedelta(milliseconds=PEER_LEAD_MS_LIMIT + over_ms))
    east = Node(EAST, settings=Settings(clock=ahead))
    for fire in ("1", "2"):
        east.done(request(EASTERN, ReportFire(fire=fire, what="smoke", area=EASTERN)))
        ahead.forward(milliseconds=-1)
    hearer = Node(NATIONS_NODE)
    assert hearer.hear(east) == 2
    assert evidence_at(hearer) == (["clock_astray"] if over_ms else [])
    # What it tells comes after what it followed, and never beyond the bound.
    hearer.done(request(AGENCY, ReportFire(fire="9", what="smoke", area=EASTERN)))
    tick = Tick.parse(facts_of(hearer)[-1].recorded_at)
    assert ms_of(START) <= tick.ms <= ms_of(START) + PEER_LEAD_MS_LIMIT
    assert (tick.ms == ms_of(START)) == bool(over_ms)


def test_a_clock_that_runs_backwards_does_not_change_what_came_after_what() -> None:
    clock = Clock()
    east = Node(EAST, settings=Settings(clock=clock))
    east.done(request(EASTERN, ReportFire(fire="1", what="smoke", area=EASTERN)))
    clock.forward(days=-400)
    east.done(request(EASTERN, CloseFire(fire="1", area=EASTERN)))
    hearer = Node(NATIONS_NODE)
    hearer.hear(east)
    (row,) = rows_told_to(hearer, NATION)["fire_seen"]
    assert row["state"] == "closed"
    assert rows_told_to(hearer, NATION) == rows_told_to(east, NATION)


# Restored from an older file


def restored() -> tuple[Node, Node, Clock]:
    """Give a node that has forgotten all but its first fact, and one that has heard it all."""
    clock = Clock()
    settings = Settings(clock=clock)
    before, after = Node(EAST, settings=settings), Node(EAST, settings=settings)
    first = request(EASTERN, ReportFire(fire="1", what="smoke", area=EASTERN))
    assert before.done(first) == after.done(first)
    for fire in ("2", "3"):
        clock.forward(seconds=1)
        before.done(request(EASTERN, ReportFire(fire=fire, what="smoke", area=EASTERN)))
    heard_all = Node(HARBOUR, settings=settings)
    heard_all.hear(before)
    return after, heard_all, clock


@pytest.mark.requirement("E0.1")
def test_a_node_that_has_forgotten_hears_its_own_facts_back_in_a_new_incarnation() -> None:
    node, peer, clock = restored()
    clock.forward(hours=1)
    lost, other = peer.journal.offer(EAST, node.journal.have())
    assert merged(node, lost) == Merged(stopped="rolled_back")
    assert evidence_at(node) == ["rolled_back"]
    assert begun_s(node.journal.record.incarnation) * 1_000 == ms_of(clock.now)
    assert merged(node, lost).applied == merged(node, other).applied == 2
    assert node.hear(peer) == 0
    assert rows_told_to(node, NATION) == rows_told_to(peer, NATION)
    assert rows_told_to(node, area(EASTERN)) == rows_told_to(peer, area(EASTERN))
    # It goes on in channels of its new incarnation, and its peer hears it.
    node.done(request(EASTERN, CloseFire(fire="2", area=EASTERN)))
    assert channel_of(node, NATION).incarnation == node.journal.record.incarnation
    peer.hear(node)
    assert heads_told_to(node, NATION) == heads_told_to(peer, NATION)
    assert rows_told_to(node, NATION) == rows_told_to(peer, NATION)
    assert evidence_at(peer) == []
    assert [*node.journal.verify(), *peer.journal.verify()] == []


def test_after_a_restore_reactions_are_held_until_a_person_lets_them_go() -> None:
    node, peer, _ = restored()
    node.hear(peer)
    node.hear(peer)
    assert node.journal.reactor.held
    assert node.journal.turn() == 0
    node.journal.reactor.resume()
    assert node.journal.turn() > 0
    assert {row["state"] for row in rows_told_to(node, NATION)["fire_seen"]} == {"acknowledged"}


def test_two_restores_never_share_an_incarnation() -> None:
    node = Node(EAST)
    first = node.journal.begin_incarnation()
    second = node.journal.begin_incarnation()
    assert 1 < first < second


def test_a_node_that_hears_what_its_twin_told_has_the_evidence() -> None:
    left, right = twins()
    assert merged(left, cut(right, EAST_TO_NATION, 1, 2)).stopped == "fork"
    assert evidence_at(left) == ["fork"]
    right.done(request(EASTERN, ReportFire(fire="more", what="smoke", area=EASTERN)))
    left, _ = twins()
    assert merged(left, cut(right, EAST_TO_NATION, 1, 3)).stopped == "rolled_back"
    assert evidence_at(left) == ["rolled_back"]


def test_a_twin_that_goes_on_after_the_restore_of_the_real_one_is_evidence() -> None:
    real, peer, clock = restored()
    peer.hear(real)
    real.journal.begin_incarnation()
    real.done(request(EASTERN, CloseFire(fire="1", area=EASTERN)))
    peer.hear(real)
    assert evidence_at(peer) == []
    twin = teller(3)
    assert isinstance(twin.settings.clock, Clock)
    twin.settings.clock.now = clock.now + timedelta(hours=1)
    twin.done(request(EASTERN, ReportFire(fire="4", what="smoke", area=EASTERN)))
    hearer = Node(NATIONS_NODE)
    hearer.hear(real)
    hearer.hear(twin)
    assert "twin" in evidence_at(hearer)


def test_facts_of_all_owners_of_a_node_arrive_in_their_own_rows() -> None:
    east, hearer = Node(EAST), Node(NATIONS_NODE)
    for owner in (EASTERN, EASTTOWN):
        east.done(request(owner, ReportFire(fire="1", what=owner, area=EASTERN)))
    hearer.hear(east)
    rows = rows_told_to(hearer, NATION)["fire_seen"]
    assert [(row["owner"], row["what"]) for row in rows] == [
        (EASTERN, EASTERN),
        (EASTTOWN, EASTTOWN),
    ]


def test_the_bytes_of_a_fact_are_never_written_anew() -> None:
    # Another program spells the same fact with spaces and its fields in another order.
    fields = msgspec.json.decode(one_fact())
    spelled = msgspec.json.format(msgspec.json.encode(dict(reversed(fields.items()))), indent=-1)
    spaced = spelled.replace(b":", b" : ", 1)
    assert decode_fact(spaced) == decode_fact(one_fact())
    hearer = the_hearer_of(spaced)
    third = Node(WEST)
    third.hear(hearer)
    assert [row.raw for row in third.store.facts_after(0, 10)] == [spaced]
    assert views_of(third)["fire_seen"] == rows_told_to(hearer, NATION)["fire_seen"]
