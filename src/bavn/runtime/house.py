# SPDX-License-Identifier: Apache-2.0
"""A house: several nodes served by one process, each with a record of its own.

They are joined as nodes on different machines are, by the same exchange, over lines in memory.
Whoever calls is at the node that hosts his organisation, and sees what that node knows.
"""

import asyncio
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
from bavn.runtime import clock
from bavn.runtime.live import Live
from bavn.runtime.peers.opening import Peers

# Who has told something through one node and looks at another finds it; if not by then, the node
# that was told has it all the same.
HEARS_WITHIN_S = 2.0
_LOOK_S = 0.002


class Served(NamedTuple):
    """One node of the house, with its way to others and what its handlers ask for by name."""

    live: Live
    given: Mapping[str, Any]
    peers: Peers | None = None


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

    def let_go(self) -> None:
        """End what is told to those who listen: a stream never ends by itself."""
        for each in self.nodes:
            each.live.hub.close()

    async def close(self) -> None:
        """Hear no more, write what waits, and let go of the files."""
        for each in self.nodes:
            if each.peers is not None:
                await each.peers.close()
        for each in self.nodes:
            await each.live.close()

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
        """Wait until this node has heard what the other has just told, as far as it may."""
        told = {
            name: channel.sequence
            for name, channel in list(host.journal.record.channels.items())
            if name.node == host.node and may_be_told(host.journal.record, self.node, channel)
        }
        here, until_s = self._live.journal.record.channels, clock.seconds() + HEARS_WITHIN_S
        while clock.seconds() < until_s:
            if all(name in here and here[name].sequence >= told[name] for name in told):
                return
            await asyncio.sleep(_LOOK_S)

    @property
    def node(self) -> NodeId:
        """The node whose desk this is."""
        return self._live.node
