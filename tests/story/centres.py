# SPDX-License-Identifier: Apache-2.0
"""Two centres that know each other, of which one can be silent: real nodes, served and joined."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bavn.capabilities.operations.decisions import (
    NoteIncident,
    ReportIncident,
    SetUnitStatus,
)
from bavn.capabilities.operations.model.unit import UnitStatus
from bavn.capabilities.operations.views import UNIT_PICTURE
from bavn.journal.decision import Done, Request
from bavn.journal.kept import RECEIVED, SHARED, WRAP_KEY
from bavn.journal.reader import NOBODY
from bavn.journal.trust.deciding import NameStandIn
from bavn.journal.trust.statements import StandInNamed
from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.node.take_overs import goes_on_for, hosted_at
from bavn.node.wiring import CAPABILITIES, COUNTRY, catalogue, country_gate, given
from bavn.runtime.access import Access
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.founding import found_node, introduce, write_roster
from bavn.runtime.live import Live
from bavn.runtime.opened import open_to_write
from bavn.runtime.peers.memory_line import Mode, Network
from bavn.runtime.peers.opening import Peers
from bavn.runtime.web.app import make_app
from bavn.runtime.web.callers import Callers
from tests.runtime.web.house import QUICK, House

WORLD = World("lilleland")
MIDDLE, NORTH = NodeId("midtjylland"), NodeId("nordjylland")
CENTRE, SERVICE = OrganisationId("nordjylland"), OrganisationId("njb")
STAND_IN = OrganisationId("midtjylland")
HOSTS = {MIDDLE: [STAND_IN], NORTH: [CENTRE, SERVICE]}
TEXT, NOTE, CHIEF = "pige savnes i kaelderen", "noeglen er hos naboen", "Mette Opdigtet"
AT_MOST_S, AGAIN_S = 15.0, 0.05
ZONE = ZoneInfo("Europe/Copenhagen")


@dataclass(frozen=True, kw_only=True)
class Two:
    """The stand-in's house, the north's world, and the link between them."""

    house: House
    north: Live
    network: Network

    def link(self, mode: Mode) -> None:
        """Have the link do this from now on."""
        self.network.link(NORTH).mode = mode

    async def north_asks(self, content: Any, owner: OrganisationId = SERVICE) -> None:
        """Somebody in the north does something, whatever its links are like."""
        actor = Actor(organisation=owner, function="duty_officer")
        outcome = await self.north.write(Request(owner=owner, actor=actor, content=content))
        assert isinstance(outcome, Done), outcome

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until something holds."""
        for _ in range(int(AT_MOST_S / AGAIN_S)):
            if holds():
                return
            await asyncio.sleep(AGAIN_S)
        raise AssertionError(f"waited in vain: {what}")


@asynccontextmanager
async def two(path: Path) -> AsyncIterator[Two]:
    """Two centres that know each other, served and joined."""
    country, network = built_in(COUNTRY), Network()
    folders = {node: Folder(path / node) for node in HOSTS}
    rosters = [
        found_node(folder, WORLD, node, hosts=HOSTS[node], areas=[], catalogue=catalogue())
        for node, folder in folders.items()
    ]
    for folder, roster in zip(folders.values(), introduce(*rosters), strict=True):
        write_roster(folder, roster)
    network.join(NORTH, MIDDLE)
    may = country_gate(country)
    lives = {
        node: Live(open_to_write(folder, WORLD, catalogue(), may=may))
        for node, folder in folders.items()
    }
    peers = {
        node: Peers(lives[node], folder, [network.line(node)]) for node, folder in folders.items()
    }
    access, live = Access(path / "access.db", QUICK), lives[MIDDLE]
    callers = Callers(
        access, country=country, goes_on_for=goes_on_for([live]), hosts=hosted_at([live])
    )
    provided = given(live, country, folders[MIDDLE].path, peers[MIDDLE].lookout)
    door = make_app(live, callers, CAPABILITIES, provided=provided)
    try:
        for each in peers.values():
            await each.open()
        house = House(live=live, access=access, callers=callers, door=door)
        yield Two(house=house, north=lives[NORTH], network=network)
    finally:
        for each in peers.values():
            await each.close()
        for one in lives.values():
            await one.close()
        access.close()


async def known_to_the_stand_in(world: Two) -> None:
    """The stand-in is named, and what it needs of an incident and a unit has come to it."""
    named = StandInNamed(owner=SERVICE, stand_in=MIDDLE, order=1)
    await world.north_asks(NameStandIn(named=named))
    roster = world.house.live.journal.record
    await world.until(lambda: bool(roster.roster.stand_ins), "the naming has come")
    offered = world.north.reading
    await world.until(lambda: bool(offered.row(WRAP_KEY, (MIDDLE,))), "a key to seal for has come")
    await world.north_asks(
        ReportIncident(incident="one", area=CENTRE, incident_type="BR-VIL", text=Private(TEXT))
    )
    await world.north_asks(NoteIncident(incident="one", text=Private(NOTE)))
    await world.north_asks(
        SetUnitStatus(unit="njb-01-asp-1", area=CENTRE, status=UnitStatus.EN_ROUTE, incident="one")
    )
    opened = world.house.live.reading
    await world.until(lambda: len(opened.rows(RECEIVED, {})) > 1, "the texts have come")
    await world.until(lambda: bool(opened.rows(SHARED, {})), "and their key")
    query = world.house.live.query
    await world.until(lambda: bool(query.rows(NOBODY, UNIT_PICTURE)), "and the unit's word")
