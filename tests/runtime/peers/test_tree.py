# SPDX-License-Identifier: Apache-2.0
"""Who talks with whom."""

from dataclasses import replace

import pytest

from bavn.journal.roster import Peer, Roster, roster_of
from bavn.kernel.audience import NATION as EVERYONE
from bavn.kernel.audience import OWN, Audience, area, to
from bavn.kernel.identity import NodeId
from bavn.runtime.peers import tree
from tests.lilleland.nodes import (
    EAST,
    EASTERN,
    EASTTOWN,
    HARBOUR,
    NATION,
    PORT,
    WEST,
    WESTTOWN,
)
from tests.runtime.peers.federation import tree_roster

ALL = {NATION, EAST, WEST, HARBOUR}


@pytest.mark.parametrize(
    ("node", "expected"),
    [(NATION, {EAST, WEST}), (EAST, {NATION, HARBOUR}), (HARBOUR, {EAST}), (WEST, {NATION})],
)
def test_each_talks_with_its_parent_and_its_children(node: NodeId, expected: set[NodeId]) -> None:
    assert tree.neighbours(tree_roster(), node) == expected


def test_while_the_parent_is_silent_its_neighbours_are_talked_with() -> None:
    assert tree.beyond_parent(tree_roster(), HARBOUR) == {NATION}
    assert tree.beyond_parent(tree_roster(), EAST) == {WEST}
    assert tree.beyond_parent(tree_roster(), NATION) == set()


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        (EVERYONE, set()),
        (OWN, set()),
        (area(EASTERN), set()),  # its parent may hear it, and passes it on
        (to(EASTTOWN), set()),
        (to(WESTTOWN), {WEST}),  # two nodes lie between that may not
    ],
)
def test_what_neighbours_cannot_pass_on_goes_straight(
    audience: Audience, expected: set[NodeId]
) -> None:
    assert tree.far(tree_roster(), HARBOUR, [audience]) == expected


def test_a_path_goes_up_to_where_the_ways_meet_and_down_again() -> None:
    roster = tree_roster()
    assert tree.path(roster, HARBOUR, WEST) == [HARBOUR, EAST, NATION, WEST]
    assert tree.path(roster, EAST, HARBOUR) == [EAST, HARBOUR]
    assert tree.path(roster, WEST, WEST) == [WEST]


def with_parents(**parents: str) -> Roster:
    flat = tree_roster()
    peers = [
        replace(peer, parent=NodeId(parents[node]) if node in parents else None)
        for node, peer in flat.peers.items()
    ]
    return roster_of(peers, flat.grants)


def test_nodes_without_a_parent_are_each_others_neighbours() -> None:
    roster = with_parents(harbour="east")
    assert tree.neighbours(roster, NATION) == {EAST, WEST}
    assert tree.neighbours(roster, EAST) == {NATION, WEST, HARBOUR}
    assert tree.path(roster, HARBOUR, WEST) == [HARBOUR, EAST, WEST]


def test_a_parent_that_nobody_knows_is_none() -> None:
    roster = with_parents(east="ghost")
    assert tree.parent(roster, EAST) is None


def test_a_ring_ends() -> None:
    """Two nodes that each name the other as parent must not hang a third."""
    roster = with_parents(east="west", west="east", harbour="east")
    assert len(tree.path(roster, HARBOUR, WEST)) <= len(ALL)


def test_a_node_alone_talks_with_nobody() -> None:
    alone = roster_of([Peer(node=PORT_NODE, key=bytes(32))], [])
    assert tree.neighbours(alone, PORT_NODE) == set()


PORT_NODE = NodeId(PORT)
