# SPDX-License-Identifier: Apache-2.0
"""Lilleland in two sizes: four nodes that all know each other, or eight in three tiers.

nation                      where trust begins
east, west, north, south    the areas' centres, under the nation
harbour, airport            services with nodes of their own, under east and west
townhall                    a municipality's node, under north
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bavn.journal.roster import Grant, Peer, Roster, roster_of
from bavn.kernel.audience import NATION as TO_NATION
from bavn.kernel.audience import OWN, Audience, area, to
from bavn.kernel.identity import NodeId, OrganisationId
from tests.lilleland.nodes import (
    AGENCY,
    AREA_OF,
    EAST,
    EASTERN,
    EASTTOWN,
    HARBOUR,
    HEARS_AREA,
    HOSTS,
    NATION,
    PORT,
    WEST,
    WESTERN,
    WESTTOWN,
    key_of,
)

NORTH, SOUTH, AIRPORT, TOWNHALL = map(NodeId, ("north", "south", "airport", "townhall"))
NORTHERN, SOUTHERN, TERMINAL, BOROUGH = map(
    OrganisationId, ("northern", "southern", "terminal", "borough")
)


@dataclass(frozen=True, kw_only=True)
class Country:
    """Nodes, what each hosts at first, and who is above whom."""

    hosts: Mapping[OrganisationId, NodeId]
    area_of: Mapping[OrganisationId, OrganisationId]
    hears_area: Mapping[NodeId, OrganisationId]
    # The node above each; empty where nobody is above anybody and nothing is stated about trust.
    parents: Mapping[NodeId, NodeId] = field(default_factory=dict)

    @property
    def nodes(self) -> tuple[NodeId, ...]:
        """All nodes, the nation's first."""
        return tuple(dict.fromkeys(self.hosts.values()))

    @property
    def owners(self) -> tuple[OrganisationId, ...]:
        """All organisations."""
        return tuple(self.hosts)

    @property
    def has_tiers(self) -> bool:
        """True when there is something to state about trust."""
        return bool(self.parents)

    @property
    def audiences(self) -> tuple[Audience, ...]:
        """Everything that can be told to others."""
        areas = dict.fromkeys(self.area_of.values())
        return (TO_NATION, *map(area, areas), *map(to, self.owners))

    def owners_at(self, node: NodeId) -> tuple[OrganisationId, ...]:
        """What a node hosts at first."""
        return tuple(owner for owner, host in self.hosts.items() if host == node)

    def hears(self, node: NodeId) -> frozenset[Audience]:
        """What a node may hear beside `nation`."""
        heard = set(map(to, self.owners_at(node)))
        if node in self.hears_area:
            heard.add(area(self.hears_area[node]))
        return frozenset(heard)

    def may_hear(self, node: NodeId, audience: Audience) -> bool:
        """True when a node may hear an audience, whoever hosts whom."""
        return audience != OWN and (audience == TO_NATION or audience in self.hears(node))

    def peer(self, node: NodeId) -> Peer:
        """A node as the others know it."""
        return Peer(
            node=node,
            key=key_of(node).verify_key.encode(),
            hears=self.hears(node),
            parent=self.parents.get(node),
        )

    def roster(self, *, without: NodeId | None = None) -> Roster:
        """Where trust begins: all nodes but one, and what each hosts."""
        under: dict[OrganisationId, frozenset[OrganisationId]] = {}
        for parent in dict.fromkeys(self.parents.values()):
            below = [node for node in self.parents if self.parents[node] == parent]
            owners = {owner for node in below for owner in self.owners_at(node)}
            under[self.owners_at(parent)[0]] = frozenset(owners)
        plain = roster_of(
            [self.peer(node) for node in self.nodes if node != without],
            [
                Grant(owner=owner, node=node, epoch=1)
                for owner, node in self.hosts.items()
                if node != without
            ],
            [NATION] if self.has_tiers else [],
        )
        return Roster(plain.peers, plain.grants, plain.roots, under)


SMALL = Country(hosts=HOSTS, area_of=AREA_OF, hears_area=HEARS_AREA)
LARGE = Country(
    hosts={
        AGENCY: NATION,
        EASTERN: EAST,
        EASTTOWN: EAST,
        WESTERN: WEST,
        WESTTOWN: WEST,
        NORTHERN: NORTH,
        SOUTHERN: SOUTH,
        PORT: HARBOUR,
        TERMINAL: AIRPORT,
        BOROUGH: TOWNHALL,
    },
    area_of={
        **AREA_OF,
        NORTHERN: NORTHERN,
        SOUTHERN: SOUTHERN,
        TERMINAL: WESTERN,
        BOROUGH: NORTHERN,
    },
    hears_area={
        EAST: EASTERN,
        HARBOUR: EASTERN,
        WEST: WESTERN,
        AIRPORT: WESTERN,
        NORTH: NORTHERN,
        TOWNHALL: NORTHERN,
        SOUTH: SOUTHERN,
    },
    parents={
        EAST: NATION,
        WEST: NATION,
        NORTH: NATION,
        SOUTH: NATION,
        HARBOUR: EAST,
        AIRPORT: WEST,
        TOWNHALL: NORTH,
    },
)
