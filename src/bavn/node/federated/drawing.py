# SPDX-License-Identifier: Apache-2.0
"""The tree of nodes as a drawing: where each box and each line stands. Pure."""

from typing import NamedTuple

from bavn.kernel.identity import NodeId
from bavn.node.federated.plan import Plan

BOX_WIDTH, BOX_HEIGHT = 190, 56
GAP_WIDTH, GAP_HEIGHT = 18, 52
MARGIN = 6


class Box(NamedTuple):
    """A node: the left upper corner, and the middle."""

    node: NodeId
    x: int
    y: int

    @property
    def middle(self) -> int:
        """The middle from left to right."""
        return self.x + BOX_WIDTH // 2


class Edge(NamedTuple):
    """A link, from the lower node to the one above, and the point in its middle."""

    node: NodeId
    x1: int
    y1: int
    x2: int
    y2: int

    @property
    def middle(self) -> tuple[int, int]:
        """Where a mark on it stands."""
        return (self.x1 + self.x2) // 2, (self.y1 + self.y2) // 2


class Drawing(NamedTuple):
    """The whole drawing."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]


def drawing_of(plan: Plan) -> Drawing:
    """The tree, each node above the middle of those below it."""
    boxes: dict[NodeId, Box] = {}
    width = _place(plan, plan.top.node, MARGIN, 0, boxes)
    edges = []
    for each in plan.nodes:
        if each.parent is not None:
            low, high = boxes[each.node], boxes[each.parent]
            edges.append(Edge(each.node, low.middle, low.y, high.middle, high.y + BOX_HEIGHT))
    height = max(box.y for box in boxes.values()) + BOX_HEIGHT + MARGIN
    return Drawing(width + 2 * MARGIN, height, tuple(boxes.values()), tuple(edges))


def _place(plan: Plan, node: NodeId, left: int, depth: int, boxes: dict[NodeId, Box]) -> int:
    """Place a node and all below it from `left` on; how wide they are."""
    width = 0
    for child in plan.children_of(node):
        gap = GAP_WIDTH if width else 0
        width += gap + _place(plan, child.node, left + width + gap, depth + 1, boxes)
    width = max(width, BOX_WIDTH)
    y = MARGIN + depth * (BOX_HEIGHT + GAP_HEIGHT)
    boxes[node] = Box(node, left + (width - BOX_WIDTH) // 2, y)
    return width
