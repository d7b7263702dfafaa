# SPDX-License-Identifier: Apache-2.0
"""Who is who among the nodes: keys, who hosts whom since which epoch, and who may hear what.

A roster is a value. Where trust begins is read from a file; the rest is folded from what nodes have
stated (`trust/fold.py`), and every node that knows the same statements has the same roster.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

from bavn.journal.chain import ChannelName
from bavn.journal.trust.statements import StatementKey
from bavn.kernel.audience import NATION, OWN, Audience
from bavn.kernel.identity import NodeId, OrganisationId


class Span(NamedTuple):
    """From when and until when something holds, in milliseconds since 1970; None has no end."""

    from_ms: int | None = None
    to_ms: int | None = None

    def holds(self, at_ms: int) -> bool:
        """True at an instant within it, the last one included."""
        return (self.from_ms is None or self.from_ms <= at_ms) and (
            self.to_ms is None or at_ms <= self.to_ms
        )

    def nearly_holds(self, at_ms: int) -> bool:
        """True at an instant within it by somebody's clock, which may be wrong."""
        return (self.from_ms is None or self.from_ms - CLOCK_GRACE_MS <= at_ms) and (
            self.to_ms is None or at_ms <= self.to_ms + CLOCK_GRACE_MS
        )

    def within(self, other: "Span") -> "Span":
        """What two spans have in common."""
        begins = [each for each in (self.from_ms, other.from_ms) if each is not None]
        ends = [each for each in (self.to_ms, other.to_ms) if each is not None]
        return Span(max(begins, default=None), min(ends, default=None))


ALWAYS = Span()
# A grant is given for months. A node whose clock is wrong by less than a day must not have its
# alarms doubted for it; a skewed clock is flagged by itself.
CLOCK_GRACE_MS = 24 * 60 * 60 * 1_000


class KeySince(NamedTuple):
    """The key that a node signs with from an incarnation on."""

    incarnation: int
    key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A key that is not believed any more, but for what these channels held up to these numbers."""

    key: bytes
    believed: Mapping[str, int]
    new_key: bytes | None = None
    from_incarnation: int = 0
    # The node's own signatures under those numbers, as the one who revoked told them on.
    signatures: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A node as the others know it. `hears` is what it may hear beside `nation`.

    `key` is the one that it joined with. `later_keys` are those that it has signed with since,
    `cuts` are its keys that were revoked.
    """

    node: NodeId
    key: bytes
    hears: frozenset[Audience] = frozenset()
    parent: NodeId | None = None
    span: Span = ALWAYS
    later_keys: tuple[KeySince, ...] = ()
    cuts: tuple[Cut, ...] = ()

    def key_at(self, incarnation: int) -> bytes:
        """The key that it signs with in an incarnation."""
        found = self.key
        for since in self.later_keys:
            if since.incarnation <= incarnation:
                found = since.key
        return found

    def cut_at(self, incarnation: int) -> Cut | None:
        """What is still believed of an incarnation whose key was revoked; None when it was not."""
        if not self.cuts:
            return None
        key = self.key_at(incarnation)
        return next((cut for cut in self.cuts if cut.key == key), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """An organisation is hosted by a node, since an epoch."""

    owner: OrganisationId
    node: NodeId
    epoch: int
    span: Span = ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """A node that may take an organisation over; the lowest order is asked first."""

    order: int
    node: NodeId


@dataclass(frozen=True, slots=True)
class Roster:
    """All nodes and all grants, as this node knows them.

    `roots` are the nodes whose word counts for everything. `under` are the organisations that each
    organisation sees to. `unheeded` tells why a statement was not followed; `contested` are names
    that two nodes gave to different keys.
    """

    peers: Mapping[NodeId, Peer]
    grants: frozenset[Grant]
    roots: frozenset[NodeId] = frozenset()
    under: Mapping[OrganisationId, frozenset[OrganisationId]] = field(default_factory=dict)
    stand_ins: Mapping[OrganisationId, tuple[StandIn, ...]] = field(default_factory=dict)
    settled: Mapping[tuple[OrganisationId, int], NodeId] = field(default_factory=dict)
    contested: frozenset[NodeId] = frozenset()
    unheeded: Mapping[StatementKey, str] = field(default_factory=dict)
    _hosting: dict[OrganisationId, Grant] = field(init=False, repr=False, compare=False)
    grants_fingerprint: str = field(init=False, repr=False, compare=False)
    _granted: dict[tuple[str, str, int], tuple[Span, ...]] = field(
        init=False, repr=False, compare=False
    )
    # Owner, node and epoch of the grants without beginning or end: those of nearly all facts.
    granted_always: frozenset[tuple[str, str, int]] = field(init=False, repr=False, compare=False)
    _children: dict[NodeId, tuple[NodeId, ...]] = field(init=False, repr=False, compare=False)
    _contended: frozenset[tuple[OrganisationId, int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Find each organisation's newest grant; of two for one epoch neither is chosen.

        Unless a person has settled which of them holds.
        """
        by_owner: dict[OrganisationId, list[Grant]] = {}
        granted: dict[tuple[str, str, int], tuple[Span, ...]] = {}
        for grant in sorted(self.grants, key=_order_of):
            by_owner.setdefault(grant.owner, []).append(grant)
            name = (grant.owner, grant.node, grant.epoch)
            granted[name] = _joined((*granted.get(name, ()), grant.span))
        places = Counter((owner, epoch) for owner, _, epoch in granted)
        contended = frozenset(
            (OrganisationId(owner), epoch) for (owner, epoch), count in places.items() if count > 1
        )
        hosting = {
            owner: holder
            for owner, grants in by_owner.items()
            if (holder := self._holder(grants)) is not None
        }
        children: dict[NodeId, list[NodeId]] = {}
        for node in sorted(self.peers):
            parent = self.peers[node].parent
            if parent is not None:
                children.setdefault(parent, []).append(node)
        object.__setattr__(self, "_hosting", hosting)
        object.__setattr__(self, "_granted", granted)
        always = frozenset(name for name, spans in granted.items() if spans[0] is ALWAYS)
        object.__setattr__(self, "granted_always", always)
        object.__setattr__(self, "_contended", contended)
        object.__setattr__(
            self, "_children", {node: tuple(all_) for node, all_ in children.items()}
        )
        object.__setattr__(self, "grants_fingerprint", self._fingerprint(granted, hosting))

    def _holder(self, grants: list[Grant]) -> Grant | None:
        newest = max(grant.epoch for grant in grants)
        holders = {grant.node: grant for grant in grants if grant.epoch == newest}
        if len(holders) > 1:
            settled = self.settled.get((grants[0].owner, newest))
            return None if settled is None else holders.get(settled)
        return next(iter(holders.values()))

    def _fingerprint(
        self,
        granted: Mapping[tuple[str, str, int], tuple[Span, ...]],
        hosting: Mapping[OrganisationId, Grant],
    ) -> str:
        """A hash of all that views hang on: whose facts count, and which node hosts whom."""
        lines = [
            f"{owner} {node} {epoch} {spans}" for (owner, node, epoch), spans in granted.items()
        ]
        lines += [f"{owner} at {grant.node} {grant.epoch}" for owner, grant in hosting.items()]
        for node, peer in self.peers.items():
            for cut in peer.cuts:
                believed = sorted(cut.believed.items())
                lines.append(f"{node} {cut.key.hex()} {believed} {peer.later_keys}")
        return sha256("\n".join(sorted(lines)).encode()).hexdigest()

    # Who hosts whom

    def epoch_at(self, node: NodeId, owner: OrganisationId, at_ms: int | None = None) -> int | None:
        """The epoch in which the node hosts the organisation now; None when it does not.

        With an instant, only while the grant holds.
        """
        grant = self._hosting.get(owner)
        if grant is None or grant.node != node:
            return None
        if at_ms is not None and not self._holds(grant, at_ms):
            return None
        return grant.epoch

    def _holds(self, grant: Grant, at_ms: int) -> bool:
        spans = self._granted[grant.owner, grant.node, grant.epoch]
        return any(span.holds(at_ms) for span in spans)

    def host_of(self, owner: OrganisationId) -> NodeId | None:
        """The node that hosts an organisation now; None when none does, or when two claim it."""
        grant = self._hosting.get(owner)
        return None if grant is None else grant.node

    def hosted_by(self, node: NodeId) -> tuple[OrganisationId, ...]:
        """The organisations that a node hosts now, by name."""
        return tuple(sorted(owner for owner, grant in self._hosting.items() if grant.node == node))

    def spans_of(self, node: str, owner: str, epoch: int) -> tuple[Span, ...]:
        """When the node was granted the organisation for this epoch; empty when it never was."""
        return self._granted.get((owner, node, epoch), ())

    def may_write(
        self, node: NodeId, owner: OrganisationId, epoch: int, at_ms: int | None = None
    ) -> bool:
        """True when the node was granted the organisation for this epoch, now or earlier.

        With an instant, only when the grant held then, give or take a wrong clock.
        """
        spans = self._granted.get((owner, node, epoch))
        if spans is None:
            return False
        return at_ms is None or any(span.nearly_holds(at_ms) for span in spans)

    def is_contended(self, owner: OrganisationId, epoch: int) -> bool:
        """True when several nodes were granted an epoch, settled or not: none knew of the other."""
        return (owner, epoch) in self._contended

    def claims_to(self, owner: OrganisationId) -> tuple[Grant, ...]:
        """The grants of an organisation's newest epoch, where several nodes have one."""
        grants = [grant for grant in self.grants if grant.owner == owner]
        newest = max((grant.epoch for grant in grants), default=0)
        holders = {grant.node: grant for grant in grants if grant.epoch == newest}
        found = sorted(holders.values(), key=_order_of)
        return tuple(found) if len(found) > 1 else ()

    # Who may hear what

    def may_hear(self, node: NodeId, audience: Audience) -> bool:
        """True when facts to this audience may be told to the node; `own` is told to nobody."""
        if audience == OWN or node not in self.peers:
            return False
        hears = self.peers[node].hears
        return audience == NATION or audience in hears or self._is_host(node, audience)

    def has_left(self, node: NodeId, at_ms: int) -> bool:
        """True when the invitation of a node had run out by then: it is told nothing more."""
        peer = self.peers.get(node)
        return peer is not None and peer.span.to_ms is not None and peer.span.to_ms < at_ms

    def _is_host(self, node: NodeId, audience: Audience) -> bool:
        """True for what is told to an organisation that the node has taken over, or to its area."""
        hosting = self._hosting.get(OrganisationId(audience.partition(":")[2]))
        return hosting is not None and hosting.node == node

    # Keys and the tree

    def key_of(self, node: NodeId, incarnation: int) -> bytes | None:
        """The key that a node signs with in an incarnation; None for a node that is not known."""
        peer = self.peers.get(node)
        return None if peer is None else peer.key_at(incarnation)

    def line_key_of(self, node: NodeId) -> bytes | None:
        """The key that letters to a node are sealed for, and from it are known by.

        The one it joined with, or the last that replaced a revoked one: a key that a node changes
        by itself does not reach those who have not heard of it yet.
        """
        peer = self.peers.get(node)
        if peer is None:
            return None
        renewed = [cut for cut in peer.cuts if cut.new_key is not None]
        newest = max(renewed, key=lambda cut: cut.from_incarnation, default=None)
        return peer.key if newest is None else newest.new_key

    def is_cut_off(self, node: NodeId) -> bool:
        """True when the key that a node would sign with now is revoked."""
        peer = self.peers.get(node)
        if peer is None:
            return False
        newest = peer.later_keys[-1].key if peer.later_keys else peer.key
        return any(cut.key == newest for cut in peer.cuts)

    def believed_of(self, channel: ChannelName) -> int | None:
        """Up to which number a channel is believed; None when all of it is."""
        peer = self.peers.get(channel.node)
        cut = None if peer is None else peer.cut_at(channel.incarnation)
        return None if cut is None else cut.believed.get(channel.text(), 0)

    def parent_of(self, node: NodeId) -> NodeId | None:
        """The node above a node; None for the uppermost, and for one that is not known."""
        peer = self.peers.get(node)
        return None if peer is None else peer.parent

    def children_of(self, node: NodeId) -> tuple[NodeId, ...]:
        """The nodes right under a node, in the order of their names."""
        return self._children.get(node, ())


def _joined(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """The spans, or the one that has all others in it."""
    return (ALWAYS,) if ALWAYS in spans else spans


def _order_of(grant: Grant) -> tuple[str, int, str, tuple[int, int]]:
    span = (grant.span.from_ms or 0, grant.span.to_ms or 0)
    return (grant.owner, grant.epoch, grant.node, span)


def roster_of(
    peers: Iterable[Peer], grants: Iterable[Grant], roots: Iterable[NodeId] = ()
) -> Roster:
    """A roster of these nodes and grants."""
    return Roster({peer.node: peer for peer in peers}, frozenset(grants), frozenset(roots))
