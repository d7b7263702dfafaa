# SPDX-License-Identifier: Apache-2.0
"""Which nodes there are, who is under whom, and whom each hosts: from the country's own tables.

One for the nation and one for each area. A service has a node of its own where `demo.csv` says so,
and so has a municipality; everyone else is hosted by the node of its area.
"""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from bavn.frame.country import Country
from bavn.kernel.identity import NodeId, OrganisationId
from bavn.kernel.refusal import BadInput, Problem
from bavn.node.play.manner import FILE, Manner


class Tier(StrEnum):
    """What a node is for; the uppermost first."""

    NATION = "nation"
    AREA = "area"
    SERVICE = "service"
    MUNICIPALITY = "municipality"


class PlannedNode(msgspec.Struct, frozen=True, kw_only=True):
    """A node of the demonstration: its parent, whom it hosts, and whose area it hears."""

    node: NodeId
    name: str
    tier: Tier
    parent: NodeId | None
    hosts: tuple[OrganisationId, ...]
    areas: tuple[OrganisationId, ...] = ()


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All nodes, each after its parent."""

    nodes: tuple[PlannedNode, ...]

    def __getitem__(self, node: NodeId) -> PlannedNode:
        """The node of this name."""
        return next(each for each in self.nodes if each.node == node)

    @property
    def top(self) -> PlannedNode:
        """The node above all others."""
        return self.nodes[0]

    def children_of(self, node: NodeId) -> list[PlannedNode]:
        """The nodes right under a node."""
        return [each for each in self.nodes if each.parent == node]

    def from_here_down(self, node: NodeId) -> list[NodeId]:
        """A node and all below it."""
        below = [self.from_here_down(each.node) for each in self.children_of(node)]
        return [node, *(each for one in below for each in one)]

    def stand_ins_of(self, node: NodeId) -> list[NodeId]:
        """Who may go on for those whom an area's node hosts: the other areas', the next first."""
        areas = [each.node for each in self.nodes if each.tier is Tier.AREA]
        if node not in areas:
            return []
        at = areas.index(node)
        return areas[at + 1 :] + areas[:at]

    def gathered(self) -> "Plan":
        """The same with the nation's node and the areas' only, that host all services."""
        kept = [each for each in self.nodes if each.tier in {Tier.NATION, Tier.AREA}]
        return Plan(nodes=tuple(self._with_services(each) for each in kept))

    def _with_services(self, node: PlannedNode) -> PlannedNode:
        below = [each for each in self.children_of(node.node) if each.tier is Tier.SERVICE]
        hosts = (*node.hosts, *(owner for each in below for owner in each.hosts))
        return msgspec.structs.replace(node, hosts=hosts)

    def only(self, nodes: Sequence[str]) -> "Plan":
        """The same with these nodes only, and nobody hosting whom the others would."""
        return Plan(nodes=tuple(each for each in self.nodes if each.node in nodes))


def plan_of(country: Country, manner: Manner) -> Plan:
    """The nodes of a country's demonstration; BadInput where its tables do not fit together."""
    area_of = {each.service: each.area for each in country.placements}
    service_of = {each.municipality: each.service for each in country.memberships}
    names = {each.id: each.name for each in country.services}
    alone = [OrganisationId(each) for each in manner.names("federation.services")]
    for service in alone:
        if service not in area_of:
            raise _unknown("federation.services", service)
    top = NodeId(manner.text("federation.nation"))
    nodes = [
        PlannedNode(
            node=top,
            name=country.agency.danish,
            tier=Tier.NATION,
            parent=None,
            hosts=(country.agency.id,),
        )
    ]
    for area in country.areas:
        under = [each for each in area_of if area_of[each] == area.id and each not in alone]
        under += [change.into for change in country.planned_changes if change.area == area.id]
        hosts = tuple(dict.fromkeys((area.id, *under)))
        nodes.append(_node(area.id, area.name, Tier.AREA, top, hosts, area.id))
    nodes += [
        _node(each, names[each], Tier.SERVICE, NodeId(area_of[each]), (each,)) for each in alone
    ]
    known = {each.code: each.name for each in country.municipalities}
    for owner, code in _pairs(manner):
        if code not in known:
            raise _unknown("federation.municipalities", code)
        area_id = area_of[service_of[code]]
        own = OrganisationId(owner)
        name = manner.text("federation.municipality_name").format(name=known[code])
        nodes.append(_node(own, name, Tier.MUNICIPALITY, NodeId(area_id), (own,), area_id))
    return Plan(nodes=tuple(nodes))


def _node(
    organisation: OrganisationId,
    name: str,
    tier: Tier,
    parent: NodeId,
    hosts: tuple[OrganisationId, ...],
    *areas: OrganisationId,
) -> PlannedNode:
    """A node that bears the name of the organisation that it is there for."""
    return PlannedNode(
        node=NodeId(organisation), name=name, tier=tier, parent=parent, hosts=hosts, areas=areas
    )


def _pairs(manner: Manner) -> list[tuple[str, str]]:
    parts = (part.partition(":") for part in manner.names("federation.municipalities"))
    return [(owner, code) for owner, _, code in parts]


def _unknown(key: str, what: str) -> BadInput:
    return BadInput(Problem(where=f"{FILE}, {key}", says=f"nobody knows {what!r}"))
