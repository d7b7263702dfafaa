# SPDX-License-Identifier: Apache-2.0
"""Who talks with whom: each with its parent and its children, and some beyond for what is narrow.

A nation-wide fact goes from neighbour to neighbour. A fact for few goes the same way as long as
everyone on it may hear it; else its node talks with the one it is for directly.
"""

from collections.abc import Iterable

from bavn.journal.roster import Roster
from bavn.kernel.audience import NATION, OWN, Audience
from bavn.kernel.identity import NodeId

# Deeper trees than a country has; a ring, which nobody should make, ends here.
_DEPTH_LIMIT = 16


def neighbours(roster: Roster, node: NodeId) -> set[NodeId]:
    """The parent and the children; those who have no parent are each other's neighbours."""
    above = parent(roster, node)
    near = set(roster.children_of(node))
    if above is not None:
        near.add(above)
    else:
        near |= {each for each in roster.peers if parent(roster, each) is None}
    return near - {node}


def beyond_parent(roster: Roster, node: NodeId) -> set[NodeId]:
    """Those to talk with while the parent is silent: its own neighbours, but for us."""
    above = parent(roster, node)
    return set() if above is None else neighbours(roster, above) - {node}


def far(roster: Roster, node: NodeId, audiences: Iterable[Audience]) -> set[NodeId]:
    """The nodes that may hear one of our narrow channels and cannot be told by a neighbour."""
    found: set[NodeId] = set()
    for audience in set(audiences) - {OWN, NATION}:
        for other in roster.peers:
            if other != node and roster.may_hear(other, audience):
                between = path(roster, node, other)[1:-1]
                if not all(roster.may_hear(each, audience) for each in between):
                    found.add(other)
    return found


def path(roster: Roster, start: NodeId, end: NodeId) -> list[NodeId]:
    """The nodes from one to another along the tree, both included."""
    up, down = _line_up(roster, start), _line_up(roster, end)
    for index, node in enumerate(up):
        if node in down:
            return up[: index + 1] + down[: down.index(node)][::-1]
    # Two trees: their roots are neighbours.
    return up + down[::-1]


def _line_up(roster: Roster, node: NodeId) -> list[NodeId]:
    line = [node]
    while len(line) < _DEPTH_LIMIT:
        above = parent(roster, line[-1])
        if above is None or above in line:
            break
        line.append(above)
    return line


def parent(roster: Roster, node: NodeId) -> NodeId | None:
    """The parent, when it is a node that is known."""
    above = roster.parent_of(node)
    return above if above in roster.peers else None
