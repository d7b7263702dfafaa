# SPDX-License-Identifier: Apache-2.0
"""Whom connections asks: `node` connects it with what the runtime sees of other nodes."""

from typing import Protocol, TypeAlias

from bavn.capabilities.connections.model.nodes import ConnectionsNow
from bavn.frame.call import Call
from bavn.frame.given import CallGiven, Given

__all__ = ("CallGiven", "Connections", "ConnectionsGiven", "ConnectionsNow")


class Connections(Protocol):
    """Who sees the other nodes."""

    def now(self, call: Call) -> ConnectionsNow:
        """All that is known of the connections of this node; names in the country's own words."""


# How handlers are given it: by the runtime, under the name `connections`.
ConnectionsGiven: TypeAlias = Given[Connections]
