# SPDX-License-Identifier: Apache-2.0
"""What is open when a stand-in is named is told to it then; later it is told nothing more."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from bavn.capabilities.operations.capability import OPERATIONS
from bavn.capabilities.operations.decisions import CloseIncident, subject_of
from bavn.journal import handing_open
from bavn.journal.catalogue import catalogue_of
from bavn.journal.fact import Fact, decode_fact
from bavn.journal.handed import handed_in
from bavn.journal.kept import EVIDENCE, HANDED, SHARED
from bavn.journal.kinds import FACT_HANDED
from bavn.journal.reader import HistoryItem, Reader
from bavn.journal.sharing import FactHanded
from bavn.journal.strike import EraseKey, StrikeFact
from bavn.journal.trust.deciding import EndStandIn, NameStandIn
from bavn.journal.trust.statements import StandInEnded, StandInNamed
from bavn.journal.vault import Gone
from bavn.kernel.identity import FactId, NodeId
from bavn.kernel.refusal import Refused
from tests.journal.test_sharing import (
    INCIDENT,
    NOTED,
    PHONE,
    SAID,
    all_hear,
    lilleland,
    named,
    noted,
    reported,
    texts_at,
)
from tests.lilleland.nodes import (
    EAST,
    EASTERN,
    EASTTOWN,
    HARBOUR,
    PORT,
    WEST,
    WESTERN,
    Node,
    Settings,
    request,
)

ALL_TEXTS = sorted((SAID, NOTED, PHONE))
AT_EAST = Reader(organisations=frozenset({EASTTOWN, EASTERN}), personal=True)
AT_WEST = Reader(organisations=frozenset({WESTERN}), personal=True)


@pytest.fixture
def nodes() -> Iterator[dict[NodeId, Node]]:
    found = lilleland()
    yield found
    for each in found.values():
        assert list(each.journal.verify()) == []
        each.close()


def ended(nodes: dict[NodeId, Node], stand_in: NodeId = WEST) -> None:
    over = StandInEnded(owner=EASTTOWN, stand_in=stand_in)
    nodes[EAST].done(request(EASTTOWN, EndStandIn(ended=over)))
    all_hear(nodes)


def closed(node: Node, incident: str = INCIDENT) -> None:
    node.done(request(EASTTOWN, CloseIncident(incident=incident, area=EASTERN)))


def items(node: Node, reader: Reader, incident: str = INCIDENT) -> list[HistoryItem]:
    return node.journal.query.history(reader, EASTTOWN, subject_of(incident))


def texts(node: Node, *of: object) -> list[str]:
    return sorted(map(str, texts_at(node, *of)))  # type: ignore[arg-type]


def handed(node: Node) -> list[Fact]:
    """Every fact that hands another on, as the node has it."""
    facts = map(decode_fact, (row.raw for row in node.store.facts_after(0, 10_000)))
    return [fact for fact in facts if fact.kind == FACT_HANDED.name]


@pytest.mark.requirement("E5.6")
def test_what_is_open_when_a_stand_in_is_named_is_read_there_and_at_nobody_else(
    nodes: dict[NodeId, Node],
) -> None:
    reported(nodes[EAST])
    noted(nodes[EAST])
    all_hear(nodes)
    assert texts(nodes[WEST], WESTERN) == []
    named(nodes)
    assert texts(nodes[WEST], WESTERN) == ALL_TEXTS
    assert texts(nodes[HARBOUR], PORT) == []
    # As it was told: the same facts, under their own numbers and instants, each once.
    there, here = items(nodes[WEST], AT_WEST), items(nodes[EAST], AT_EAST)
    assert len({item.fact.id for item in here}) == len(here) == 3
    told = {item.fact.id: (item.fact.kind, item.fact.happened_at) for item in here}
    assert {item.fact.id: (item.fact.kind, item.fact.happened_at) for item in there} == told
    assert [item.fact.id for item in there] == [item.fact.id for item in here]
    kinds = {item.fact.kind for item in here}
    for kind in kinds:
        of_it = nodes[WEST].journal.query.history(AT_WEST, EASTTOWN, subject_of(INCIDENT), {kind})
        assert of_it == [item for item in there if item.fact.kind == kind] != []
    # And it goes on as before: what is told now is told there at once, and once.
    noted(nodes[EAST])
    all_hear(nodes)
    assert len(items(nodes[WEST], AT_WEST)) == len(items(nodes[EAST], AT_EAST)) == 4
    assert len(handed(nodes[EAST])) == 2


def test_what_is_over_or_struck_is_not_handed_on(nodes: dict[NodeId, Node]) -> None:
    for incident in ("over", INCIDENT):
        reported(nodes[EAST], incident)
        noted(nodes[EAST], incident)
    closed(nodes[EAST], "over")
    note = next(
        item.fact for item in items(nodes[EAST], AT_EAST) if item.fact.kind.endswith("noted")
    )
    nodes[EAST].done(request(EASTTOWN, StrikeFact(fact=note.id)))
    named(nodes)
    assert texts(nodes[WEST], WESTERN) == sorted((SAID, PHONE))
    assert {json.loads(bytes(fact.body))["node"] for fact in handed(nodes[EAST])} == {WEST}
    assert len(handed(nodes[EAST])) == 1
    over = [item.fact.kind for item in items(nodes[WEST], AT_WEST, "over")]
    assert over == ["operations.incident_reported", "operations.incident_closed"]


def test_what_is_struck_or_closed_afterwards_is_so_at_the_stand_in(
    nodes: dict[NodeId, Node],
) -> None:
    reported(nodes[EAST])
    noted(nodes[EAST])
    named(nodes)
    note = next(
        item.fact for item in items(nodes[EAST], AT_EAST) if item.fact.kind.endswith("noted")
    )
    nodes[EAST].done(request(EASTTOWN, StrikeFact(fact=note.id)))
    closed(nodes[EAST])
    all_hear(nodes)
    at_west = {item.fact.id: item for item in items(nodes[WEST], AT_WEST)}
    assert at_west[note.id].struck
    assert "operations.incident_closed" in {item.fact.kind for item in at_west.values()}


def test_the_views_come_out_the_same_when_they_are_made_anew(nodes: dict[NodeId, Node]) -> None:
    reported(nodes[EAST])
    noted(nodes[EAST])
    named(nodes)
    ended(nodes)
    named(nodes)
    for each in (nodes[EAST], nodes[WEST]):
        before = rows_of(each)
        each.journal.rebuild()
        assert rows_of(each) == before


def rows_of(node: Node) -> list[tuple[str, list[object]]]:
    views = node.journal.record.views.tables
    return [(view, list(node.store.rows(table, {}))) for view, table in views.items()]


def test_many_are_handed_on_in_turns_and_going_on_after_a_power_cut_none_is_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing_open, "SUBJECTS_PER_TURN", 4)
    nodes = lilleland(tmp_path, (EAST, WEST))
    incidents = [f"i{number:02}" for number in range(18)]
    for incident in incidents:
        reported(nodes[EAST], incident)
    stand_in = StandInNamed(owner=EASTTOWN, stand_in=WEST, order=1)
    nodes[EAST].done(request(EASTTOWN, NameStandIn(named=stand_in)))
    for _ in range(5):
        nodes[EAST].journal.turn()
    half = len(handed(nodes[EAST]))
    assert 0 < half < len(incidents)
    nodes[EAST].close()
    settings = Settings(catalogue=catalogue_of([OPERATIONS.part]), seed=3)
    nodes[EAST] = Node(EAST, str(tmp_path / EAST), settings)
    all_hear(nodes)
    assert len(handed(nodes[EAST])) == len(incidents)
    for incident in incidents:
        facts = [item.fact.id for item in items(nodes[WEST], AT_WEST, incident)]
        assert len(facts) == len(set(facts)) == 2
    (row,) = nodes[EAST].store.rows(HANDED, {})
    assert row["reached"] == handing_open.ALL
    assert nodes[EAST].journal.turn() == 0
    for each in nodes.values():
        assert list(each.journal.verify()) == []
        each.close()


def test_another_node_named_later_is_told_too(nodes: dict[NodeId, Node]) -> None:
    reported(nodes[EAST])
    named(nodes)
    noted(nodes[EAST])
    stand_in = StandInNamed(owner=EASTTOWN, stand_in=HARBOUR, order=2)
    nodes[EAST].done(request(EASTTOWN, NameStandIn(named=stand_in)))
    all_hear(nodes)
    for node, organisation in ((WEST, WESTERN), (HARBOUR, PORT)):
        assert texts(nodes[node], organisation) == ALL_TEXTS
    assert len(items(nodes[EAST], AT_EAST)) == 3


def test_what_was_told_in_an_earlier_life_of_the_node_is_handed_on_too(
    nodes: dict[NodeId, Node],
) -> None:
    reported(nodes[EAST])
    all_hear(nodes)
    nodes[EAST].journal.begin_incarnation()
    noted(nodes[EAST])
    named(nodes)
    assert texts(nodes[WEST], WESTERN) == ALL_TEXTS
    assert [item.fact.id for item in items(nodes[WEST], AT_WEST)] == [
        item.fact.id for item in items(nodes[EAST], AT_EAST)
    ]


@pytest.mark.requirement("E5.6")
def test_who_stands_in_no_longer_is_told_nothing_more_and_keeps_what_it_has(
    nodes: dict[NodeId, Node],
) -> None:
    named(nodes)
    reported(nodes[EAST])
    all_hear(nodes)
    ended(nodes)
    assert nodes[WEST].journal.record.roster.stand_ins == {}
    noted(nodes[EAST])
    reported(nodes[EAST], "later")
    all_hear(nodes)
    assert texts(nodes[WEST], WESTERN) == sorted((SAID, PHONE))
    # Of what is told from then on it hears what everybody does.
    (later,) = items(nodes[WEST], AT_WEST, "later")
    assert later.fact.kind == "operations.incident_reported"
    # An erasure still reaches what it holds.
    nodes[EAST].done(request(EASTTOWN, EraseKey(subject=subject_of(INCIDENT), ground="retention")))
    all_hear(nodes)
    assert texts_at(nodes[WEST], WESTERN) == [Gone.ERASED, Gone.ERASED]


def test_a_key_that_was_still_owed_is_not_given_any_more(nodes: dict[NodeId, Node]) -> None:
    stand_in = StandInNamed(owner=EASTTOWN, stand_in=WEST, order=1)
    nodes[EAST].done(request(EASTTOWN, NameStandIn(named=stand_in)))
    reported(nodes[EAST])
    nodes[EAST].journal.turn()
    assert nodes[EAST].store.rows(SHARED, {"waits": 1})
    ended(nodes)
    assert nodes[EAST].store.rows(SHARED, {"waits": 1}) == []
    assert nodes[WEST].keys.key(f"{EASTTOWN}/{subject_of(INCIDENT)}") is None
    assert all(isinstance(each, Refused) for each in texts_at(nodes[WEST], WESTERN))


def test_who_is_named_again_is_told_what_it_has_missed(nodes: dict[NodeId, Node]) -> None:
    named(nodes)
    reported(nodes[EAST])
    ended(nodes)
    noted(nodes[EAST])
    all_hear(nodes)
    named(nodes)
    assert texts(nodes[WEST], WESTERN) == ALL_TEXTS
    assert len(items(nodes[WEST], AT_WEST)) == 3


def test_what_cannot_be_handed_on_is_given_up_and_a_person_is_told(
    nodes: dict[NodeId, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    reported(nodes[EAST])
    reported(nodes[EAST], "other")
    monkeypatch.setattr("bavn.journal.telling.FACT_BYTES_LIMIT", 900)
    named(nodes)
    assert nodes[EAST].journal.turn() == 0
    assert {row["sort"] for row in nodes[EAST].store.rows(EVIDENCE, {})} == {"not_shared"}


def forged(by: Fact, **other: object) -> Fact:
    """The fact that hands on, with another inside."""
    body = json.loads(bytes(by.body))
    held = json.loads(body["fact"]) | other
    body["fact"] = json.dumps(held)
    return msgspec.structs.replace(by, body=msgspec.Raw(json.dumps(body).encode()))


@pytest.mark.parametrize(
    "other",
    [
        {"node": "west"},
        {"owner": "port"},
        {"world": "real"},
        {"about": ["incident:another"]},
        {"recorded_at": "2099-01-01T00:00:00.000Z/0000"},
        {"epoch": 9},
        {"incarnation": 9},
        {"kind": FACT_HANDED.name},
        {"id": "no id"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_only_a_tellers_own_earlier_fact_about_the_same_is_read_in_anothers_place(
    nodes: dict[NodeId, Node], other: dict[str, object]
) -> None:
    reported(nodes[EAST])
    named(nodes)
    (fact,) = handed(nodes[EAST])
    whole = handed_in(forged(fact))
    assert whole is not None
    assert whole.fact.id in {FactId(item.fact.id) for item in items(nodes[EAST], AT_EAST)}
    assert handed_in(forged(fact, **other)) is None


def test_what_hands_on_noise_hands_on_nothing(nodes: dict[NodeId, Node]) -> None:
    reported(nodes[EAST])
    named(nodes)
    (fact,) = handed(nodes[EAST])
    for body in (b"1", b"{}", msgspec.json.encode(FactHanded(node=WEST, fact="noise"))):
        assert handed_in(msgspec.structs.replace(fact, body=msgspec.Raw(body))) is None
