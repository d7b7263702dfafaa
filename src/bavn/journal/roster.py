# SPDX-License-Identifier: Apache-2.0
"""Who is who among the nodes: keys, who hosts whom since which epoch, and who may hear what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from bavn.kernel.audience import NATION, OWN, Audience
from bavn.kernel.identity import NodeId, OrganisationId


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A node as the others know it. `hears` is what it may hear beside `nation`."""

    node: NodeId
    key: bytes
    hears: frozenset[Audience] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """An organisation is hosted by a node, since an epoch."""

    owner: OrganisationId
    node: NodeId
    epoch: int


@dataclass(frozen=True, slots=True)
class Roster:
    """All nodes and all grants, as this node knows them."""

    peers: Mapping[NodeId, Peer]
    grants: frozenset[Grant]
    _hosting: dict[OrganisationId, Grant] = field(init=False, repr=False, compare=False)
    grants_fingerprint: str = field(init=False, repr=False, compare=False)
    _granted: frozenset[tuple[str, str, int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Find each organisation's newest grant; of two for one epoch neither is chosen."""
        hosting: dict[OrganisationId, Grant] = {}
        for owner in {grant.owner for grant in self.grants}:
            grants = [grant for grant in self.grants if grant.owner == owner]
            newest = max(grant.epoch for grant in grants)
            holders = [grant for grant in grants if grant.epoch == newest]
            if len(holders) == 1:
                hosting[owner] = holders[0]
        object.__setattr__(self, "_hosting", hosting)
        granted = frozenset((grant.owner, grant.node, grant.epoch) for grant in self.grants)
        object.__setattr__(self, "_granted", granted)
        text = "\n".join(f"{owner} {node} {epoch}" for owner, node, epoch in sorted(granted))
        object.__setattr__(self, "grants_fingerprint", sha256(text.encode()).hexdigest())

    def epoch_at(self, node: NodeId, owner: OrganisationId) -> int | None:
        """The epoch in which the node hosts the organisation now; None when it does not."""
        grant = self._hosting.get(owner)
        return grant.epoch if grant is not None and grant.node == node else None

    def host_of(self, owner: OrganisationId) -> NodeId | None:
        """The node that hosts an organisation now; None when none does, or when two claim it."""
        grant = self._hosting.get(owner)
        return None if grant is None else grant.node

    def may_write(self, node: NodeId, owner: OrganisationId, epoch: int) -> bool:
        """True when the node was granted the organisation for this epoch, now or earlier."""
        return (owner, node, epoch) in self._granted

    def may_hear(self, node: NodeId, audience: Audience) -> bool:
        """True when facts to this audience may be told to the node; `own` is told to nobody."""
        if audience == OWN or node not in self.peers:
            return False
        return audience == NATION or audience in self.peers[node].hears


def roster_of(peers: Iterable[Peer], grants: Iterable[Grant]) -> Roster:
    """A roster of these nodes and grants."""
    return Roster({peer.node: peer for peer in peers}, frozenset(grants))
