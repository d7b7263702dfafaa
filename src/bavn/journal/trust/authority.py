# SPDX-License-Identifier: Apache-2.0
"""Who may state what about trust: pure rules over what is known of those above.

The root may state everything. A node that hosts an organisation may hand it on, name its stand-ins,
and invite nodes under itself for what it hosts and for what lies under that. A stand-in may take
over what it was named for. A node may change its own key, and its parent or the root may revoke it.
What was accepted once is not made void by what is accepted later: so it does not matter in which
order statements are heard.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bavn.journal.chain import ChannelName
from bavn.journal.roster import Grant, Peer
from bavn.journal.trust.statements import (
    ClaimSettled,
    Granted,
    KeyChanged,
    KeyRevoked,
    NodeJoined,
    StandInEnded,
    StandInNamed,
    Statement,
)
from bavn.kernel.audience import NATION, Audience, area, to
from bavn.kernel.identity import NodeId, OrganisationId


@dataclass(slots=True)
class Known:
    """What has been accepted so far."""

    roots: frozenset[NodeId]
    peers: dict[NodeId, Peer] = field(default_factory=dict)
    grants: set[Grant] = field(default_factory=set)
    under: dict[OrganisationId, set[OrganisationId]] = field(default_factory=dict)
    stand_ins: dict[OrganisationId, set[NodeId]] = field(default_factory=dict)
    # Every word on whether a node stands in for an owner.
    on_stand_ins: dict[tuple[OrganisationId, NodeId], list[Statement]] = field(default_factory=dict)
    _of_node: dict[NodeId, list[Grant]] = field(default_factory=dict)
    _of_epoch: dict[tuple[OrganisationId, int], list[Grant]] = field(default_factory=dict)

    def add_grant(self, grant: Grant) -> None:
        """Accept a grant."""
        if grant not in self.grants:
            self.grants.add(grant)
            self._of_node.setdefault(grant.node, []).append(grant)
            self._of_epoch.setdefault((grant.owner, grant.epoch), []).append(grant)

    def held(self, node: NodeId, at_ms: int) -> Iterator[Grant]:
        """The grants that a node had at an instant by its clock, of whatever epoch."""
        return (each for each in self._of_node.get(node, ()) if each.span.nearly_holds(at_ms))

    def hosts(self, node: NodeId, owner: OrganisationId, at_ms: int) -> bool:
        """True when the node was granted the organisation, in whatever epoch."""
        return any(grant.owner == owner for grant in self.held(node, at_ms))

    def sees_to(self, node: NodeId, owner: OrganisationId, at_ms: int) -> bool:
        """True when the organisation lies under one that the node was granted."""
        return any(owner in self.under.get(grant.owner, ()) for grant in self.held(node, at_ms))

    def held_at(self, owner: OrganisationId, epoch: int) -> Iterable[Grant]:
        """The grants of one epoch of an organisation."""
        return self._of_epoch.get((owner, epoch), ())


def refusal(known: Known, told: Statement) -> str:
    """Why the node may not state this; empty when it may."""
    # The root may state everything, but for these: no node changes another's key, and nobody
    # revokes a root's.
    match told.body:
        case KeyChanged():
            return _changed(told, told.body)
        case KeyRevoked():
            return _revoked(known, told, told.body)
        case _ if told.node in known.roots:
            return ""
        case _:
            return _by_grants(known, told)


def _by_grants(known: Known, told: Statement) -> str:
    """What a node may state for what it hosts, and for what that sees to."""
    match told.body:
        case NodeJoined():
            return _joined(known, told, told.body)
        case Granted():
            return _granted(known, told, told.body)
        case StandInNamed(owner=owner) | StandInEnded(owner=owner):
            may = _hosts_or_sees_to(known, told, owner)
            return "" if may else f"{told.node} neither hosts nor sees to {owner}"
        case ClaimSettled(owner=owner):
            may = known.sees_to(told.node, owner, told.tick.ms)
            return "" if may else f"{told.node} does not see to {owner}"
        case _:
            return f"{told.node} may not state this"


def _hosts_or_sees_to(known: Known, told: Statement, owner: OrganisationId) -> bool:
    at_ms = told.tick.ms
    return known.hosts(told.node, owner, at_ms) or known.sees_to(told.node, owner, at_ms)


def _joined(known: Known, told: Statement, body: NodeJoined) -> str:
    """A node is invited under oneself, by one who hosts something, to hear what he may give."""
    if body.parent != told.node:
        return f"{told.node} may invite under itself only"
    if next(iter(known.held(told.node, told.tick.ms)), None) is None:
        return f"{told.node} hosts no organisation"
    for audience in body.hears:
        if not _may_give(known, told, audience):
            return f"{audience} is not for {told.node} to give"
    return ""


def _may_give(known: Known, told: Statement, audience: Audience) -> bool:
    """What one hears oneself may be given on, and what is told to those one hosts or sees to."""
    if audience in known.peers[told.node].hears:
        return True
    owner = OrganisationId(audience.partition(":")[2])
    if audience == area(owner):
        return known.hosts(told.node, owner, told.tick.ms)
    return audience == to(owner) and _hosts_or_sees_to(known, told, owner)


def _granted(known: Known, told: Statement, body: Granted) -> str:
    may = (
        _takes_over(known, told, body)
        or _hands_on(known, told, body)
        or _grants_below(known, told, body)
    )
    if not may:
        return f"{told.node} may not grant {body.owner} for epoch {body.epoch}"
    for owner in body.under:
        if not _hosts_or_sees_to(known, told, owner):
            return f"{told.node} neither hosts nor sees to {owner}"
    return ""


def _takes_over(known: Known, told: Statement, body: Granted) -> bool:
    """A stand-in that was named takes the next epoch for itself."""
    named = body.node == told.node and told.node in known.stand_ins.get(body.owner, ())
    if _knew_that_it_was_over(known, body):
        return False
    return named and any(True for _ in known.held_at(body.owner, body.epoch - 1))


def _knew_that_it_was_over(known: Known, body: Granted) -> bool:
    """True when the stand-in had heard that it was one no longer, and not that it was one again.

    Who has not heard of it goes on in good faith, and what it was told then is an alarm all the
    same: whoever named somebody else goes on too, and a person settles which of them holds.
    """
    words = known.on_stand_ins.get((body.owner, body.node), ())
    over = [each for each in words if isinstance(each.body, StandInEnded) and _heard(body, each)]
    last = max((each.tick for each in over), default=None)
    return last is not None and not any(
        isinstance(each.body, StandInNamed) and each.tick > last for each in words
    )


def _heard(body: Granted, told: Statement) -> bool:
    channel = ChannelName(told.node, told.incarnation, NATION)
    return body.knew.get(channel.text(), 0) >= told.sequence


def _hands_on(known: Known, told: Statement, body: Granted) -> bool:
    """Who holds an epoch gives the next one away."""
    return any(
        grant.node == told.node and grant.span.nearly_holds(told.tick.ms)
        for grant in known.held_at(body.owner, body.epoch - 1)
    )


def _grants_below(known: Known, told: Statement, body: Granted) -> bool:
    """Who sees to an organisation grants it: the first epoch, or the one after one that is held."""
    if not known.sees_to(told.node, body.owner, told.tick.ms):
        return False
    held_before = any(True for _ in known.held_at(body.owner, body.epoch - 1))
    return body.epoch == FIRST_EPOCH or held_before


FIRST_EPOCH = 1


def _changed(told: Statement, body: KeyChanged) -> str:
    if body.node != told.node:
        return f"{told.node} may change its own key only"
    if body.from_incarnation <= told.incarnation:
        return "a key changes with an incarnation that has not begun"
    return ""


def _revoked(known: Known, told: Statement, body: KeyRevoked) -> str:
    if body.node in known.roots:
        return f"{body.node} is where trust begins: it is taken out of node.toml instead"
    if told.node in known.roots:
        return ""
    peer = known.peers.get(body.node)
    if peer is None or peer.parent != told.node:
        return f"{told.node} is not above {body.node}"
    return ""
