# SPDX-License-Identifier: Apache-2.0
"""Who hosts whom, found by hand: from the statements that a node holds, by the plainest rules.

Nothing of `bavn.journal.trust` is used. What is stated is gone through again and again until
nothing more may be believed; times, which never matter in a storm, are left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from bavn.journal.fact import Fact, decode_fact
from bavn.journal.roster import Roster
from tests.storm.machine import SimMachine

PREFIX = "journal."
SORTS = frozenset(
    PREFIX + name
    for name in (
        "node_joined",
        "granted",
        "stand_in_named",
        "claim_settled",
        "key_changed",
        "key_revoked",
    )
)
_MARKS = tuple(f'"kind":"{name}"'.encode() for name in sorted(SORTS))


class Said(NamedTuple):
    """A statement as it stands in a channel to the nation."""

    order: tuple[int, str, str]
    node: str
    fact: str
    incarnation: int
    sequence: int
    sort: str
    body: dict[str, Any]


class Place(NamedTuple):
    """Who holds whom in which epoch."""

    owner: str
    node: str
    epoch: int


def said_in(machine: SimMachine, channel: int, looked: dict[int, int]) -> Iterator[Said]:
    """What was stated in a channel since it was looked at last; `looked` is kept up."""
    after = looked.get(channel, 0)
    for row in machine.up.record.store.chain(channel, after + 1, 1_000_000):
        looked[channel] = row.sequence
        if any(mark in row.raw for mark in _MARKS):
            yield _said(decode_fact(row.raw), row.sequence)


def _said(fact: Fact, sequence: int) -> Said:
    body = msgspec.json.decode(fact.body)
    order = (fact.incarnation, fact.recorded_at, fact.id)
    sort = fact.kind.removeprefix(PREFIX)
    return Said(order, fact.node, fact.id, fact.incarnation, sequence, sort, body)


@dataclass
class ByHand:
    """What all statements together come to."""

    base: Roster
    said: list[Said]
    nodes: dict[str, str | None] = field(default_factory=dict)
    places: set[Place] = field(default_factory=set)
    under: dict[str, set[str]] = field(default_factory=dict)
    stand_ins: dict[str, set[str]] = field(default_factory=dict)
    heeded: set[tuple[str, str]] = field(default_factory=set)
    # Each node's keys with the incarnation from which it has them, and what is believed of each
    # that was revoked.
    keys: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    believed: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with what is trusted anyway, and go through what was said until nothing is new."""
        base = self.base
        self.roots = set(base.roots)
        self.nodes = {node: peer.parent for node, peer in base.peers.items()}
        self.places = {Place(grant.owner, grant.node, grant.epoch) for grant in base.grants}
        self.under = {owner: set(others) for owner, others in base.under.items()}
        self.keys = {node: [(0, peer.key.hex())] for node, peer in base.peers.items()}
        # Keys first: what is not believed may not have joined or revoked anybody else.
        for sorts in (
            ("key_revoked", "node_joined"),
            ("key_changed",),
            ("node_joined", "granted", "stand_in_named", "claim_settled"),
        ):
            while sum(self._heed(each) for each in list(self._open(sorts))):
                pass

    def _open(self, sorts: tuple[str, ...]) -> Iterator[Said]:
        return (
            each
            for each in sorted(self.said)
            if each.sort in sorts and (each.node, each.fact) not in self.heeded
        )

    def _heed(self, said: Said) -> bool:
        body = said.body
        if not (self.is_believed(said) and self.may_state(said.node, said.sort, body)):
            return False
        self.heeded.add((said.node, said.fact))
        match said.sort:
            case "node_joined":
                self.nodes.setdefault(body["node"], body["parent"])
                self.keys.setdefault(body["node"], [(0, body["key"])])
            case "granted":
                self.places.add(Place(body["owner"], body["node"], body["epoch"]))
                self.under.setdefault(body["owner"], set()).update(body["under"])
            case "stand_in_named":
                self.stand_ins.setdefault(body["owner"], set()).add(body["stand_in"])
            case "key_changed":
                self.keys[said.node].append((body["from_incarnation"], body["key"]))
            case "key_revoked":
                self.believed[body["node"], body["key"]] = body["believed"]
                if body["new_key"] is not None:
                    self.keys[body["node"]].append((body["from_incarnation"], body["new_key"]))
            case _:
                pass  # who settled a claim is looked up when it is asked
        return True

    # What is believed

    def key_at(self, node: str, incarnation: int) -> str:
        """The key that a node signs with in an incarnation."""
        return max(since for since in self.keys[node] if since[0] <= incarnation)[1]

    def limit_of(self, channel: str) -> int | None:
        """How far a channel is believed; None for all of it."""
        node, incarnation, _ = channel.split("/", 2)
        if node not in self.keys:
            return 0
        believed = self.believed.get((node, self.key_at(node, int(incarnation))))
        return None if believed is None else believed.get(channel, 0)

    def is_believed(self, said: Said) -> bool:
        """True for a statement of a node that is known, within what is believed of its key."""
        if said.node not in self.nodes:
            return False
        limit = self.limit_of(f"{said.node}/{said.incarnation}/nation")
        return limit is None or said.sequence <= limit

    # Who may state what

    def may_state(self, node: str, sort: str, body: dict[str, Any]) -> bool:
        """True when a node may state this, by all that is heeded so far."""
        match sort:
            case "key_changed":
                return node == str(body["node"])
            case "key_revoked":
                above = node in self.roots or self.nodes.get(body["node"]) == node
                return above and body["node"] not in self.roots
            case _:
                return node in self.roots or self._may_by_grant(node, sort, body)

    def _may_by_grant(self, node: str, sort: str, body: dict[str, Any]) -> bool:
        match sort:
            case "node_joined":
                return body["parent"] == node and any(place.node == node for place in self.places)
            case "granted":
                return self._may_grant(node, body["owner"], body["node"], body["epoch"])
            case "stand_in_named":
                return self._hosts(node, body["owner"]) or self._sees_to(node, body["owner"])
            case _:
                return self._sees_to(node, body["owner"])

    def _may_grant(self, node: str, owner: str, to: str, epoch: int) -> bool:
        held_before = {place.node for place in self.places if place[::2] == (owner, epoch - 1)}
        takes_over = node == to and node in self.stand_ins.get(owner, ())
        return (
            (takes_over and bool(held_before))
            or node in held_before
            or (self._sees_to(node, owner) and (epoch == 1 or bool(held_before)))
        )

    def _hosts(self, node: str, owner: str) -> bool:
        return any(place[:2] == (owner, node) for place in self.places)

    def _sees_to(self, node: str, owner: str) -> bool:
        return any(
            place.node == node and owner in self.under.get(place.owner, ()) for place in self.places
        )

    # What it comes to

    def newest(self, owner: str) -> int:
        """The newest epoch of an organisation."""
        return max((place.epoch for place in self.places if place.owner == owner), default=0)

    def claims(self, owner: str) -> list[str]:
        """The nodes that were granted the newest epoch."""
        newest = self.newest(owner)
        return sorted(place.node for place in self.places if place[::2] == (owner, newest))

    def settled(self, owner: str, epoch: int) -> str | None:
        """Whose claim to an epoch holds, if that was said."""
        words = dict[str, str]()
        for said in sorted(self.said):
            if said.sort != "claim_settled" or (said.node, said.fact) not in self.heeded:
                continue
            if (said.body["owner"], said.body["epoch"]) == (owner, epoch):
                words[said.node] = str(said.body["node"])
        of_roots = {held for node, held in words.items() if node in self.roots}
        counted = of_roots or set(words.values())
        return counted.pop() if len(counted) == 1 else None

    def host_of(self, owner: str) -> str | None:
        """The node that hosts an organisation; None while several claim it."""
        claims = self.claims(owner)
        if len(claims) == 1:
            return claims[0]
        settled = self.settled(owner, self.newest(owner))
        return settled if settled in claims else None

    def counts(self, fact: Fact) -> bool:
        """True when the teller was granted the owner for the epoch of the fact."""
        return fact.kind in SORTS or Place(fact.owner, fact.node, fact.epoch) in self.places
