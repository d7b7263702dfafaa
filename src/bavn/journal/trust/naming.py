# SPDX-License-Identifier: Apache-2.0
"""Which node a name belongs to: who may say so, and what comes of several who do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bavn.journal.roster import Peer, Span
from bavn.journal.trust.statements import NodeJoined, Statement
from bavn.kernel.identity import NodeId
from bavn.kernel.instants import ms_of


@dataclass(frozen=True, slots=True)
class Candidate:
    """A name with the node that it belongs to; none when two keys have it and nobody may choose."""

    peer: Peer | None
    heeded: tuple[Statement, ...]
    passed_over: tuple[tuple[Statement, str], ...] = ()
    name: NodeId | None = None

    @property
    def node(self) -> NodeId:
        """The name."""
        found = self.name if self.peer is None else self.peer.node
        assert found is not None
        return found


def candidates(
    roots: frozenset[NodeId], listed: Mapping[NodeId, Peer], joined: Sequence[Statement]
) -> list[Candidate]:
    """The nodes that are listed or were joined, each decided by itself.

    The root's word comes first, then that of the parent, then the list.
    """
    by_node: dict[NodeId, list[Statement]] = {}
    for told in joined:
        if isinstance(told.body, NodeJoined):
            by_node.setdefault(told.body.node, []).append(told)
    names = sorted(listed.keys() | by_node.keys())
    return [_decided(roots, node, listed.get(node), by_node.get(node, [])) for node in names]


def _decided(
    roots: frozenset[NodeId], node: NodeId, listed: Peer | None, told: Sequence[Statement]
) -> Candidate:
    of_roots = [each for each in told if each.node in roots]
    if of_roots:
        return _by(of_roots, told)
    if listed is not None:
        of_parent = [each for each in told if each.node == listed.parent]
        if of_parent:
            return _by(of_parent, told)
        passed = tuple((each, f"{node} is a node of somebody else") for each in told)
        return Candidate(listed, (), passed)
    keys = {each.body.key for each in told if isinstance(each.body, NodeJoined)}
    if len(keys) > 1 and len({each.node for each in told}) > 1:
        passed = tuple((each, f"{node} is the name of two nodes") for each in told)
        return Candidate(None, (), passed, node)
    # One who invites twice with two keys has said the first of them; see `word_on`.
    first = min(told, key=lambda each: (each.tick, each.node, each.fact))
    return _by([each for each in told if each.node == first.node], told)


def _by(words: Sequence[Statement], told: Sequence[Statement]) -> Candidate:
    """The node as these have it: with the key that was said first, else as was said last."""
    ordered = sorted(words, key=lambda each: (each.tick, each.node, each.fact))
    first = ordered[0].body
    assert isinstance(first, NodeJoined)
    heeded = [each for each in ordered if _key_of(each) == first.key]
    last = heeded[-1].body
    assert isinstance(last, NodeJoined)
    peer = Peer(
        node=first.node,
        key=bytes.fromhex(first.key),
        hears=frozenset(last.hears),
        parent=last.parent,
        span=Span(ms_of(last.valid_from), None if last.valid_to is None else ms_of(last.valid_to)),
    )
    chosen = {each.key for each in heeded}
    # What others said of it is looked at again once it is settled: one of them may be its parent.
    theirs = {each.key for each in words} - chosen
    passed = tuple((each, _other_key(first.node)) for each in told if each.key in theirs)
    return Candidate(peer, tuple(heeded), passed)


def _key_of(told: Statement) -> str:
    assert isinstance(told.body, NodeJoined)
    return told.body.key


def _other_key(node: NodeId) -> str:
    return f"{node} joined with another key: a key is changed or revoked, not told anew"


def word_on(peer: Peer, told: Statement, roots: frozenset[NodeId]) -> str:
    """Why a later word on a settled node does not count; empty when it does."""
    if _key_of(told) != peer.key.hex():
        return _other_key(peer.node)
    if told.node not in roots and told.node != peer.parent:
        return f"{peer.node} is a node of somebody else"
    return ""


def ready(found: Sequence[Candidate]) -> list[Candidate]:
    """Those that can be settled now: who revokes a node's key must be settled before it.

    Where nodes are said to be above each other in a ring, all of them are.
    """
    names = {each.node for each in found}
    first = [
        each
        for each in found
        if each.peer is None or each.peer.parent is None or each.peer.parent not in names
    ]
    return first or list(found)
