# SPDX-License-Identifier: Apache-2.0
"""The other nodes, for programs: the same as the page says."""

from litestar import get

from bavn.capabilities.connections.model.nodes import ConnectionsNow
from bavn.capabilities.connections.ports import CallGiven, ConnectionsGiven


@get(
    "/api/v1/connections",
    opt={"act": "connections.read_overview"},
    summary="Every node: when it was heard, how far behind, by which way, and what is wrong",
)
async def read_overview(call: CallGiven, connections: ConnectionsGiven) -> ConnectionsNow:
    """Worst first. `condition` sums a node up in one word; a null is something nobody knows."""
    return connections.now(call)


HANDLERS = (read_overview,)
