# SPDX-License-Identifier: Apache-2.0
"""A house: several nodes served by one process, each with a record of its own.

They are joined as nodes on different machines are, by the same exchange, over lines in memory.
Whoever calls is at the node that hosts his organisation, and sees what that node knows.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from bavn.frame.call import Call
from bavn.journal.decision import Done, Outcome, Request
from bavn.journal.fact import Sealed
from bavn.journal.offer import may_be_told
from bavn.journal.reader import Query, Reader
from bavn.journal.vault import Gone
from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from bavn.runtime.control.serving import Control
from bavn.runtime.live import Live
from bavn.runtime.peers.opening import Peers

# A request makes a few facts; what is more comes by the exchange.
HEARS_BYTES = 256 * 1024


class Served(NamedTuple):
    """One node of the house, with its way to others and what its handlers ask for by name.

    And where it hears its own command line, if it does.
    """

    live: Live
    given: Mapping[str, Any]
    peers: Peers | None = None
    control: Control | None = None


class House:
    """The nodes that one process serves; `front` is where those go who belong to no other."""

    def __init__(self, front: Served, others: Sequence[Served] = ()) -> None:
        self.front = front
        self._served = {each.live.node: each for each in (front, *others)}

    @property
    def nodes(self) -> Sequence[Served]:
        """All of them, the front first."""
        return tuple(self._served.values())

    async def open(self) -> None:
        """Begin to hear and to tell other nodes."""
        for each in self.nodes:
            if each.peers is not None:
                await each.peers.open()
            if each.control is not None:
                await each.control.open()

    def let_go(self) -> None:
        """End what is told to those who listen: a stream never ends by itself."""
        for each in self.nodes:
            each.live.hub.close()

    async def close(self) -> None:
        """Hear no more, write what waits, and let go of the files."""
        for each in self.nodes:
            if each.control is not None:
                await each.control.close()
        for each in self.nodes:
            if each.peers is not None:
                await each.peers.close()
        for each in self.nodes:
            await each.live.close()

    def peers_of(self, node: NodeId) -> Peers | None:
        """A node's way to others."""
        return self._served[node].peers

    def hosting(self, owner: OrganisationId) -> Live | None:
        """The node of this house that hosts an organisation."""
        host = self.front.live.journal.record.roster.host_of(owner)
        served = None if host is None else self._served.get(host)
        return None if served is None else served.live

    def given_to(self, call: Call | None) -> Mapping[str, Any]:
        """What a caller's handlers are given: by the node of the organisation it belongs to.

        A machine that acts for several organisations has none of its own, and is at the front.
        """
        if call is None or len(call.organisations) != 1:
            return self.front.given
        live = self.hosting(call.actor.organisation)
        return self.front.given if live is None else self._served[live.node].given


class HouseDesk:
    """The desk of one node, that has what is another node's written there."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self.house: House | None = None

    @property
    def world(self) -> World:
        """The world that this desk is in."""
        return self._live.world

    @property
    def query(self) -> Query:
        """The way to what is on record at this node."""
        return self._live.query

    @property
    def position(self) -> int:
        """The position of the newest fact at this node."""
        return self._live.position

    async def write(self, request: Request) -> Outcome:
        """The outcome of a request, when the disk of the node that hosts its owner has it."""
        host = None if self.house is None else self.house.hosting(request.owner)
        if host is None or host is self._live:
            return await self._live.write(request)
        outcome = await host.write(request)
        if isinstance(outcome, Done):
            await self._heard(host)
        return outcome

    async def reveal(
        self, reader: Reader, owner: OrganisationId, sealed: Sealed
    ) -> Private | Gone | Refused:
        """A private text, for a reader who may read it."""
        return await self._live.reveal(reader, owner, sealed)

    def publish(self, event: str, data: msgspec.Struct | dict[str, Any] | list[Any]) -> None:
        """Tell everyone who listens something that is no fact."""
        self._live.publish(event, data)

    async def _heard(self, host: Live) -> None:
        """Hear what the other node has just told, as far as we may, before its push comes.

        Who told it is answered at once, and finds it here when he looks.
        """
        assert self.house is not None, "who has no house writes at home"
        here, there = self.house.peers_of(self.node), self.house.peers_of(host.node)
        if here is None or there is None:
            return
        held = self._live.journal.record.channels
        after = {
            name.text(): held[name].sequence if name in held else 0
            for name, channel in list(host.journal.record.channels.items())
            if name.node == host.node and may_be_told(host.journal.record, self.node, channel)
        }
        segments = await there.exchange.home.segments(self.node, after, HEARS_BYTES)
        await here.exchange.take_from(host.node, [each.to_bytes() for each in segments])

    @property
    def node(self) -> NodeId:
        """The node whose desk this is."""
        return self._live.node
