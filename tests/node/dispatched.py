# SPDX-License-Identifier: Apache-2.0
"""The country in one node, its northern units at home, and a duty officer who asks."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import msgspec

from bavn.capabilities.dispatch.model.proposal import Proposal
from bavn.capabilities.dispatch.views.room import Room
from bavn.capabilities.operations.decisions import ReportIncident, SetUnitStatus
from bavn.capabilities.operations.model.unit import UnitStatus
from bavn.capabilities.organisation.decisions.founding import founding_requests
from bavn.frame.call import Call
from bavn.journal.decision import Done, Request
from bavn.journal.reader import Reader
from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.kernel.mandate import Actor
from bavn.node.wiring import catalogue, given
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.founding import found_node
from bavn.runtime.live import Live
from bavn.runtime.opened import open_to_write
from bavn.runtime.texts import Texts

COUNTRY = built_in("denmark")
WORLD = World("demo")
NORTH, NJB = OrganisationId("nordjylland"), OrganisationId("njb")
AALBORG, NYKOEBING_MORS = (57.0488, 9.9217), (56.7953, 8.8590)
LAESOE = (57.2667, 10.9333)
# Of another service.
VIBORG = (56.4532, 9.4020)
# Whose units have said where they stand.
AT_HOME = tuple(map(OrganisationId, ("njb", "nvjb", "brmv", "bsik")))


class Centre:
    """The whole country in one node, all units at home, and a duty officer who asks."""

    def __init__(self, live: Live, folder: Folder) -> None:
        self.live = live
        self.room: Room = given(live, COUNTRY, folder.path)["dispatch"]
        self.later = timedelta()

    @property
    def now(self) -> datetime:
        return clock.now() + self.later

    async def done(self, owner: OrganisationId, *contents: msgspec.Struct) -> None:
        actor = Actor(organisation=owner, function="duty_officer")
        asked = [Request(owner=owner, actor=actor, content=each) for each in contents]
        for outcome in await asyncio.gather(*(self.live.write(each) for each in asked)):
            assert isinstance(outcome, Done), outcome

    async def report(
        self, incident: str, type_: str | None = "BR-VIL", place: tuple[float, float] | None = None
    ) -> str:
        lat, lon = place or (None, None)
        content = ReportIncident(
            incident=incident, area=NORTH, incident_type=type_, latitude=lat, longitude=lon
        )
        await self.done(NJB, content)
        return incident

    def propose(self, incident: str, language: str = "da") -> Proposal:
        call = self.call(language)
        return self.room.propose(call, self.live.query, self.room.around.goal(call, incident))

    def call(self, language: str = "da") -> Call:
        return Call(
            actor=Actor(organisation=NJB, function="duty_officer"),
            organisations=frozenset({NJB}),
            reader=Reader(organisations=frozenset({NJB})),
            sender="board",
            language=language,
            now=self.now,
            say=Texts(language),
        )

    async def stand(self, unit: str, status: UnitStatus, incident: str | None = None) -> None:
        # An order and a word within one millisecond are not told apart.
        await asyncio.sleep(0.002)
        content = SetUnitStatus(
            unit=unit, area=NORTH, status=status, incident=incident, at=self.now
        )
        await self.done(OrganisationId(unit.partition("-")[0]), content)


def made_at(folder: Folder) -> Folder:
    """The country founded in one node; the units of the north have said that they are at home."""
    found_node(
        folder,
        WORLD,
        NodeId("denmark"),
        hosts=COUNTRY.organisations,
        areas=[area.id for area in COUNTRY.areas],
        catalogue=catalogue(),
    )
    opened = open_to_write(folder, WORLD, catalogue())
    opened.journal.commit(list(founding_requests(COUNTRY)))
    opened.close()

    async def at_home(centre: Centre) -> None:
        fleet, now = centre.room.around.fleet(centre.now.date()), centre.now
        for service in AT_HOME:
            contents = [
                SetUnitStatus(unit=each.id, area=NORTH, status=UnitStatus.AVAILABLE, at=now)
                for each in fleet.units
                if each.service == service
            ]
            await centre.done(service, *contents)

    play(folder, at_home)
    return folder


def play(folder: Folder, story: Callable[[Centre], Awaitable[None]]) -> None:
    async def played() -> None:
        opened = open_to_write(folder, WORLD, catalogue())
        live = Live(opened)
        try:
            await story(Centre(live, folder))
        finally:
            await live.close()

    asyncio.run(played())
