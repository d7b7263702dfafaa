# SPDX-License-Identifier: Apache-2.0
"""What is known of the federation in a storm: who was robbed, who changed a key, who is to join.

And who hosts whom at each node, found by hand from what it holds.
"""

import random
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec
from nacl.signing import SigningKey

from bavn.journal.chain import ChannelName, Segment
from bavn.journal.conflicts import Conflicts
from bavn.journal.journal import Journal
from bavn.journal.roster import Roster
from bavn.journal.trust import deciding
from bavn.journal.trust.statements import (
    ClaimSettled,
    Granted,
    KeyChanged,
    KeyRevoked,
    NodeJoined,
    StandInNamed,
)
from bavn.kernel.audience import NATION
from bavn.kernel.identity import FactId, NodeId, OrganisationId
from tests.lilleland.countries import AIRPORT, TOWNHALL, Country
from tests.lilleland.nodes import HARBOUR
from tests.storm.machine import SimMachine
from tests.storm.trust_by_hand import ByHand, Said, said_in

if TYPE_CHECKING:
    from tests.storm.world import World

# One of these may be invited in the middle of a storm.
SERVICES = (HARBOUR, AIRPORT, TOWNHALL)
# Refusals of what an honest peer passes on, by one who has not heard of its teller or key yet.
NOT_HEARD_OF = frozenset({"not_signed", "unknown_node", "key_revoked"})
_SORTS = {
    NodeJoined: "node_joined",
    Granted: "granted",
    StandInNamed: "stand_in_named",
    ClaimSettled: "claim_settled",
    KeyChanged: "key_changed",
    KeyRevoked: "key_revoked",
}


@dataclass
class Theft:
    """Somebody has a node's key, and a machine on which the node's record goes on without it."""

    victim: NodeId
    twin: SimMachine
    # The lives that the thief leads in the node's name.
    incarnations: set[int]
    # How far the node itself had told each channel when it was robbed.
    heads: dict[str, int]
    is_revoked: bool = False


@dataclass
class _Heard:
    """The statements of a journal that is open, as far as it was looked through."""

    journal: Journal
    looked: dict[int, int] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    found: ByHand | None = None


class Federation:
    """The part of a storm's world that is about trust."""

    def __init__(self, country: Country, chance: random.Random) -> None:
        self.country = country
        self.chance = chance
        self.invited: NodeId | None = None
        if country.has_tiers and chance.random() < 0.6:
            self.invited = chance.choice(SERVICES)
        self.base = country.roster(without=self.invited)
        self.theft: Theft | None = None
        # The keys that nodes have gone over to, or were about to.
        self.new_keys: dict[NodeId, SigningKey] = {}
        self._heard: dict[NodeId, _Heard] = {}
        # The list of conflicts at each node that runs, as it has grown since it was looked at.
        self._conflicts: dict[NodeId, tuple[Journal, Conflicts]] = {}

    def close(self) -> None:
        """Put the thief's machine away."""
        if self.theft is not None:
            self.theft.twin._let_go()
            self.theft.twin.disk.close()

    # By hand

    def by_hand(self, machine: SimMachine) -> ByHand:
        """Who hosts whom by what a node holds; an older program knows of no statement."""
        if machine.older:
            return ByHand(machine.base, [])
        heard = self._heard.get(machine.name)
        if heard is None or heard.journal is not machine.up:
            heard = self._heard[machine.name] = _Heard(machine.up)
        new = [
            said
            for name, channel in machine.up.record.channels.items()
            if name.audience == NATION and channel.sequence > heard.looked.get(channel.key, 0)
            for said in said_in(machine, channel.key, heard.looked)
        ]
        heard.said += new
        if new or heard.found is None:
            heard.found = ByHand(machine.base, heard.said)
        return heard.found

    def conflicts_at(self, machine: SimMachine) -> Conflicts:
        """The list of conflicts that a running node keeps up."""
        journal, kept = self._conflicts.get(machine.name, (None, None))
        if kept is None or journal is not machine.up:
            kept = Conflicts(machine.up.record)
            self._conflicts[machine.name] = (machine.up, kept)
        return kept

    def counts_at(self, machine: SimMachine, fact: FactId) -> bool:
        """True when a node holds a fact and may let it count."""
        return machine.holds(fact) and self.by_hand(machine).counts(machine.held(fact).fact)

    def hosts(self, machine: SimMachine, owner: str) -> bool:
        """True when a node hosts an organisation, by what it holds."""
        return self.by_hand(machine).host_of(owner) == machine.name

    def may_be_refused(self, machine: SimMachine, content: object) -> bool:
        """True when a node may not state what it is asked to state."""
        bodies = deciding._bodies(content) if isinstance(content, deciding._Content) else ()
        if not bodies:
            return False
        record, found = machine.up.record, self.by_hand(machine)
        last = record.channels.get(record.own_channel(NATION))
        if any(_has_begun(machine, body) for body in bodies):
            return True
        limit = found.limit_of(ChannelName(machine.name, record.incarnation, NATION).text())
        if limit is not None and (last is None or last.sequence >= limit):
            return True
        plain = [(_SORTS[type(body)], msgspec.to_builtins(body)) for body in bodies]
        return not all(found.may_state(machine.name, sort, body) for sort, body in plain)

    # Nodes

    def base_of(self, node: NodeId) -> Roster:
        """Where trust begins for a node: one that was invited finds itself in its own file."""
        if node != self.invited:
            return self.base
        peers = {**self.base.peers, node: self.country.peer(node)}
        return replace(self.base, peers=peers)

    def excused(self, hearer: SimMachine, segment: Segment) -> Collection[str]:
        """The codes with which a node may refuse what an honest peer passes on to it."""
        teller = segment.channel.node
        special = teller == self.invited or teller in self.new_keys or self.is_victim(teller)
        codes = set(NOT_HEARD_OF) if special else set()
        if segment.channel.audience != NATION and self.country.has_tiers:
            # It was granted something and has not heard of it, or has heard that it is over.
            codes.add("not_for_us")
        if hearer.name == self.invited:
            codes.add("not_for_us")
        return codes

    def is_victim(self, node: str) -> bool:
        """True for the node whose key was stolen."""
        return self.theft is not None and self.theft.victim == node

    def is_thiefs(self, name: ChannelName) -> bool:
        """True for a channel in which the thief tells."""
        return self.is_victim(name.node) and name.incarnation in self.theft_lives

    @property
    def theft_lives(self) -> set[int]:
        """The lives that a thief has led."""
        return set() if self.theft is None else self.theft.incarnations

    def is_unsure(self, owner: str, found: ByHand) -> bool:
        """True for an organisation for which more than one node may have told something."""
        several = len({place.node for place in found.places if place.owner == owner}) > 1
        robbed = self.theft is not None and any(
            self.is_victim(place.node) for place in found.places if place.owner == owner
        )
        return several or robbed

    def make_key(self, node: NodeId) -> SigningKey:
        """Make a node a new key, and have it wait until the node goes over to it."""
        key = SigningKey(sha256(f"new {node} {self.chance.getrandbits(60)}".encode()).digest())
        self.new_keys[node] = key
        return key

    def look_at_key(self, world: "World", machine: SimMachine) -> None:
        """Put a node's new key in place once the node knows itself by it."""
        new = self.new_keys.get(machine.name)
        if new is None or machine.key == new or machine.older:
            return
        known = machine.up.record.roster.key_of(machine.name, _FOR_EVER)
        if known == new.verify_key.encode():
            machine.kill()
            world.went_down(machine)
            machine.key = new
            world.note("key", machine.name)
            world.start(machine)

    def take_back_key(self, world: "World", machine: SimMachine) -> None:
        """Put the old key back where nobody knows of the new one any more."""
        new = self.new_keys.get(machine.name)
        known = machine.up.record.roster.key_of(machine.name, _FOR_EVER)
        if new is not None and machine.key == new and known != new.verify_key.encode():
            del self.new_keys[machine.name]
            machine.kill()
            world.went_down(machine)
            machine.key = None
            world.start(machine)

    def owner_at(self, world: "World", machine: SimMachine) -> OrganisationId | None:
        """In whose name people at a node state something; None when it hosts nobody."""
        owners = world.owners_at(machine)
        own = [owner for owner in owners if self.country.hosts[owner] == machine.name]
        return next(iter((*own, *owners)), None)


def _has_begun(machine: SimMachine, body: object) -> bool:
    """True for a change of key that was asked for again, after the life that it was to begin."""
    return isinstance(body, KeyChanged) and body.from_incarnation <= machine.up.record.incarnation


# Later than any incarnation that a storm can come to.
_FOR_EVER = 1 << 60
