# SPDX-License-Identifier: Apache-2.0
"""Proving and mending: damage is named with its place, and what is derived is made anew."""

from pathlib import Path

import pytest

from bavn.journal.rebuild import in_silence, rebuilding, reindex
from bavn.journal.record import Identity, Record
from bavn.journal.store import StoreBroken
from bavn.journal.strike import StrikeFact
from bavn.kernel.audience import NATION, area
from bavn.kernel.identity import World
from bavn.kernel.private import Private
from tests.journal.pictures import rows_told_to, views_of
from tests.lilleland.nodes import (
    EAST,
    EASTERN,
    HARBOUR,
    PORT,
    WEST,
    WESTERN,
    WORLD,
    Node,
    key_of,
    request,
    roster,
)
from tests.lilleland.vocabulary import (
    AskHelp,
    CloseFire,
    Note,
    ReportFire,
    SendCrew,
    catalogue,
)


def told() -> Node:
    """Give the east's node with facts of its own and of the west, in several channels."""
    node, west = Node(EAST), Node(WEST)
    report = ReportFire(fire="1", what="smoke", area=EASTERN)
    node.done(request(EASTERN, report, sender="room-7", ref="1"))
    node.journal.commit(
        [
            request(EASTERN, SendCrew(fire="1", crew="ladder", area=EASTERN)),
            request(EASTERN, SendCrew(fire="1", crew="pump", area=EASTERN)),
        ]
    )
    node.done(request(EASTERN, Note(fire="1", mark="m", text=Private("Mrs. A."))))
    wrong = node.done(request(EASTERN, SendCrew(fire="1", crew="wrong", area=EASTERN)))
    node.done(request(EASTERN, StrikeFact(fact=wrong.facts[0])))
    west.done(request(WESTERN, ReportFire(fire="1", what="smoke", area=WESTERN)))
    west.done(request(WESTERN, AskHelp(fire="1", of=EASTERN, crews=2)))
    node.hear(west)
    return node


SMOKY = (
    "UPDATE fact SET raw = CAST(replace(CAST(raw AS TEXT), 'smoke', 'smoky') AS BLOB)"
    " WHERE position = 1"
)
CHANGES: dict[str, tuple[str, str]] = {
    "a fact's bytes": (
        SMOKY,
        "east/1/nation 1",
    ),
    "a fact's id": ("UPDATE fact SET id = zeroblob(16) WHERE position = 3", "fact 3"),
    "a fact gone": ("DELETE FROM fact WHERE position = 2", "fact 3"),
    "a heard fact's bytes": (
        SMOKY.replace("position = 1", "position = 7"),
        "west/1/nation 1",
    ),
    "a fact that nobody told": (
        "INSERT INTO fact SELECT 99, zeroblob(16), raw, 0 FROM fact WHERE position = 1",
        "fact 99",
    ),
    "an entry's hash": (
        "UPDATE entry SET hash = zeroblob(32) WHERE sequence = 1",
        "east/1/nation 1",
    ),
    "an entry's fact": (
        "UPDATE entry SET position = 3 WHERE channel = 2 AND sequence = 2",
        "east/1/area:eastern 2",
    ),
    "an entry gone": (
        "DELETE FROM entry WHERE channel = 2 AND sequence = 2",
        "east/1/area:eastern",
    ),
    "a signature": (
        "UPDATE entry SET signature = zeroblob(64) WHERE channel = 2 AND sequence = 1",
        "east/1/area:eastern 1",
    ),
    "the last signature gone": (
        "UPDATE entry SET signature = NULL WHERE channel = 1",
        "east/1/nation 1",
    ),
    "what a fact is about": ("UPDATE about SET subject = 'fire:2'", "index about"),
    "what a fact is about gone": (
        "DELETE FROM about WHERE (stamp, channel) IN (SELECT stamp, channel FROM about LIMIT 1)",
        "index about",
    ),
    "a sender's number": ("UPDATE ref SET ref = '2'", "index ref"),
    "a sender's number gone": ("DELETE FROM ref", "index ref"),
    "a row of a view": ("UPDATE fire_seen_0 SET state = 'closed'", "views"),
    "a row of a view gone": ("DELETE FROM fire_in_area_0", "views"),
    "a ciphertext": ("UPDATE sealed SET ciphertext = zeroblob(60)", "sealed "),
    "a ciphertext gone": ("DELETE FROM sealed", "sealed "),
    "a ciphertext that no fact told of": (
        "INSERT INTO sealed VALUES ('0', 'eastern/fire:1', zeroblob(60))",
        "sealed 0",
    ),
    "the fingerprint of the views": (
        "UPDATE meta SET value = '' WHERE name = 'fingerprint'",
        "views",
    ),
}


@pytest.mark.requirement("E9.1")
@pytest.mark.parametrize("what", CHANGES)
def test_what_was_changed_behind_the_journals_back_is_named_with_its_place(what: str) -> None:
    node = told()
    assert list(node.journal.verify()) == []
    sql, where = CHANGES[what]
    node.store.connection.execute(sql)
    assert node.store.connection.changes() > 0
    faults = list(node.journal.verify())
    assert [fault for fault in faults if fault.where.startswith(where)], faults


def test_a_whole_chain_that_somebody_made_up_is_named_by_its_signatures() -> None:
    node, forger = told(), told()
    channel = next(iter(node.journal.record.channels.values()))
    peers = node.journal.record.roster.peers
    assert peers[EAST].key == key_of(EAST).verify_key.encode()
    # Every hash is right; only the key is another's.
    forger.journal.record.identity = Identity(EAST, WORLD, key_of(WEST))
    forger.done(request(EASTERN, CloseFire(fire="1", area=EASTERN)))
    rows = forger.store.chain(channel.key, 1, 10)
    assert all(row.signature for row in rows)
    forger.journal.record.identity = node.journal.record.identity
    faults = list(forger.journal.verify())
    assert {fault.where for fault in faults} == {"east/1/nation 2", "east/1/area:eastern 6"}


def test_verify_can_leave_the_views_out_and_tells_how_far_it_is() -> None:
    node = told()
    node.store.connection.execute("DELETE FROM fire_seen_0")
    heard: list[tuple[int, int]] = []
    faults = list(node.journal.verify(lambda done, of: heard.append((done, of)), views=False))
    assert faults == []
    assert heard
    assert all(done > 0 for done, _ in heard)


@pytest.mark.parametrize("sql", ["DELETE FROM fire_seen_0", "UPDATE fire_own_0 SET crews = 'x'"])
def test_a_rebuild_mends_views_that_do_not_agree_with_the_facts(sql: str) -> None:
    node = told()
    before = views_of(node)
    node.store.connection.execute(sql)
    assert views_of(node) != before
    node.journal.rebuild()
    assert views_of(node) == before
    assert list(node.journal.verify()) == []


@pytest.mark.parametrize(
    "sql", ["DELETE FROM about", "DELETE FROM ref", "UPDATE about SET subject = 'fire:7'"]
)
def test_indexes_are_told_anew_from_facts_and_chains(sql: str) -> None:
    node = told()
    before = sorted(node.store.all_abouts()), sorted(node.store.all_refs())
    node.store.connection.execute(sql)
    reindex(node.journal.record)
    assert (sorted(node.store.all_abouts()), sorted(node.store.all_refs())) == before
    assert list(node.journal.verify()) == []


# Rebuilding while the record is in use


def test_a_fact_heard_through_a_second_channel_during_a_rebuild_is_in_the_new_views() -> None:
    harbour, east = Node(HARBOUR), Node(EAST)
    harbour.done(request(PORT, ReportFire(fire="1", what="smoke", area=EASTERN)))
    to_nation, to_area = sorted(
        harbour.journal.offer(EAST, {}), key=lambda segment: segment.channel.audience != NATION
    )
    east.journal.merge(to_nation)
    building = rebuilding(east.journal.record, in_silence)
    next(building)
    east.journal.merge(to_area)
    assert list(building) != []
    assert rows_told_to(east, area(EASTERN)) == rows_told_to(harbour, area(EASTERN))
    assert list(east.journal.verify()) == []


def test_all_that_is_told_during_a_rebuild_is_in_the_new_views() -> None:
    node, never_rebuilt = Node(EAST), Node(EAST)
    building = rebuilding(node.journal.record, in_silence)
    for number in range(20):
        for each in (node, never_rebuilt):
            fire = str(number % 5)
            each.done(request(EASTERN, ReportFire(fire=fire, what="smoke", area=EASTERN)))
            each.done(request(EASTERN, SendCrew(fire=fire, crew=str(number), area=EASTERN)))
        if number == 2:
            next(building)
    assert list(building) != []
    assert node.journal.record.views.generation == 1
    assert views_of(node) == views_of(never_rebuilt)
    assert list(node.journal.verify()) == []


def test_a_strike_during_a_rebuild_is_in_the_new_views() -> None:
    node = Node(EAST)
    (fact,) = node.done(request(EASTERN, ReportFire(fire="1", what="smoke", area=EASTERN))).facts
    building = rebuilding(node.journal.record, in_silence)
    next(building)
    node.done(request(EASTERN, StrikeFact(fact=fact)))
    assert list(building) != []
    assert views_of(node)["fire_seen"] == []
    assert list(node.journal.verify()) == []


def test_a_refused_request_during_a_rebuild_changes_nothing() -> None:
    node = told()
    before = views_of(node)
    building = rebuilding(node.journal.record, in_silence)
    next(building)
    node.ask(request(EASTERN, CloseFire(fire="9", area=EASTERN)))
    assert list(building) != []
    assert views_of(node) == before


def test_a_rebuild_that_a_crash_cut_off_is_forgotten_at_the_next(tmp_path: Path) -> None:
    node = Node(EAST, str(tmp_path))
    node.done(request(EASTERN, ReportFire(fire="1", what="smoke", area=EASTERN)))
    before, tables = views_of(node), node.store.table_names()
    building = rebuilding(node.journal.record, in_silence)
    next(building)
    assert len(node.store.table_names()) > len(tables)
    again = Node(EAST, str(tmp_path))
    assert views_of(again) == before
    again.done(request(EASTERN, CloseFire(fire="1", area=EASTERN)))
    after = views_of(again)
    again.journal.rebuild()
    assert views_of(again) == after
    assert len(again.store.table_names()) == len(tables)
    del building


def test_a_rebuild_of_an_empty_record_is_a_rebuild_of_nothing() -> None:
    node = Node(EAST)
    assert node.journal.rebuild() == 0
    node.done(request(EASTERN, ReportFire(fire="1", what="smoke", area=EASTERN)))
    assert node.journal.rebuild() == 1
    assert list(node.journal.verify()) == []


# Whose the store is


@pytest.mark.parametrize(
    ("identity", "opens"),
    [
        (Identity(EAST, WORLD, key_of(EAST)), True),
        (Identity(WEST, WORLD, key_of(WEST)), False),
        (Identity(EAST, World("exercise-1"), key_of(EAST)), False),
    ],
)
def test_a_store_is_opened_by_its_node_in_its_world_only(
    identity: Identity,
    opens: bool,
) -> None:
    node = Node(EAST)
    if opens:
        assert Record.open(node.store, identity, roster(), catalogue()).position == 0
    else:
        with pytest.raises(StoreBroken, match="belongs to"):
            Record.open(node.store, identity, roster(), catalogue())
