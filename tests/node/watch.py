# SPDX-License-Identifier: Apache-2.0
"""The north of the country in one node, through its door: services, units at home, and people."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bavn.capabilities.operations.decisions import SetUnitStatus
from bavn.capabilities.operations.model.unit import UnitStatus
from bavn.capabilities.organisation.decisions.founding import founding_requests
from bavn.frame.country import Country
from bavn.journal.decision import Done, Request
from bavn.journal.reaction import MACHINE
from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.kernel.mandate import Actor
from bavn.node.wiring import CAPABILITIES, COUNTRY, catalogue, country_gate, given
from bavn.runtime import clock
from bavn.runtime.access import Access
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.founding import found_node
from bavn.runtime.live import Live
from bavn.runtime.opened import open_to_write
from bavn.runtime.web.app import make_app
from bavn.runtime.web.callers import Callers
from bavn.runtime.web.limits import Limit, Limits
from bavn.runtime.web.site import Site
from tests.runtime.web.house import QUICK, House, form_key

WORLD = World("demo")
NORTH = OrganisationId("nordjylland")
NJB, NVJB, AGENCY = OrganisationId("njb"), OrganisationId("nvjb"), OrganisationId("brs")
AALBORG = (57.0488, 9.9217)
ROOMY = Limit("roomy", 100_000, 100_000)


@dataclass(kw_only=True)
class Watch:
    """The door, what stands behind it, and who comes to it."""

    house: House
    rooms: dict[str, Any]

    @property
    def live(self) -> Live:
        """The served world."""
        return self.house.live

    def system(
        self,
        *organisations: OrganisationId,
        function: str = "system",
        personal: bool = False,
        areas: tuple[OrganisationId, ...] = (),
    ) -> httpx.AsyncClient:
        """A program with a token."""
        return self.house.machine(
            function,
            name=f"{function} {' '.join(organisations)} {personal}",
            organisations=organisations,
            personal=personal,
            areas=areas,
        )

    async def person(
        self, organisation: OrganisationId, function: str = "duty_officer", **what: Any
    ) -> "Person":
        """A browser that somebody has signed in with."""
        # A folder keeps its accounts, and stories share one.
        name = f"{function}-{organisation}-{self.live.position}".replace("_", "-")
        browser = await self.house.person(
            name, organisation=organisation, function=function, **what
        )
        browser.headers["accept"] = "text/html"
        return Person(browser)

    def unit_of(self, service: OrganisationId, sort: str | None = None) -> str:
        """One of a service's units."""
        register = self.rooms["organisation"]
        units = register.on(register.today(clock.now())).units.values()
        return str(
            next(
                each.id
                for each in units
                if each.service == service and sort in {None, each.told.body.type}
            )
        )

    async def at_home(self, *services: OrganisationId) -> None:
        """Have the units of these services say that they are available."""
        register = self.rooms["organisation"]
        asked = [
            Request(
                owner=each.service,
                actor=Actor(organisation=each.service, function=MACHINE),
                content=SetUnitStatus(unit=each.id, area=NORTH, status=UnitStatus.AVAILABLE),
            )
            for each in register.on(register.today(clock.now())).units.values()
            if each.service in services
        ]
        for outcome in await asyncio.gather(*map(self.live.write, asked)):
            assert isinstance(outcome, Done), outcome

    async def settled(self) -> None:
        """Let what follows by itself be done."""
        for _ in range(40):
            await asyncio.sleep(0.01)
            tasks = {each.get_name() for each in asyncio.all_tasks()}
            if "cards" not in tasks and not self.live.journal.reactor.behind:
                return


@dataclass(frozen=True)
class Person:
    """Somebody at a screen: looks at pages, and sends the forms on them."""

    browser: httpx.AsyncClient

    async def page(self, path: str, status: int = 200) -> str:
        """A page as it is shown."""
        answer = await self.browser.get(path)
        assert answer.status_code == status, (answer.status_code, answer.text)
        return answer.text

    async def send(
        self, path: str, fields: dict[str, Any], status: int = 303, *, at: str = "", **files: Any
    ) -> httpx.Response:
        """What comes of a form that stands on a page."""
        key = form_key(await self.page(at or "/incidents/new"))
        answer = await self.browser.post(path, data={"csrf": key, **fields}, **files)
        assert answer.status_code == status, (answer.status_code, answer.text)
        return answer


def founded(path: Path, country: Country) -> Folder:
    """The north, with all its units at home."""
    folder = Folder(path)
    found_node(
        folder,
        WORLD,
        NodeId("north"),
        hosts=country.organisations,
        areas=[each.id for each in country.areas],
        catalogue=catalogue(),
    )
    here = {NORTH, NJB, NVJB, AGENCY}
    opened = open_to_write(folder, WORLD, catalogue())
    told = [each for each in founding_requests(country) if each.owner in here]
    opened.journal.commit(told)
    opened.close()
    return folder


@asynccontextmanager
async def watch(
    folder: Folder, *, demo: bool = True, law: str | None = None
) -> AsyncIterator[Watch]:
    """The north, open; in a demonstration people choose who they are."""
    country = built_in(COUNTRY)
    live = Live(open_to_write(folder, WORLD, catalogue(), may=country_gate(country, law)))
    access = Access(folder.access_path(WORLD), QUICK)
    try:
        limits = Limits(token=ROOMY, session=ROOMY, address=ROOMY, unknown=ROOMY, alarm=ROOMY)
        callers = Callers(access, country=country, site=Site(demo=demo, limits=limits))
        rooms = given(live, country, folder.path)
        door = make_app(live, callers, CAPABILITIES, provided=rooms)
        house = House(live=live, access=access, callers=callers, door=door)
        yield Watch(house=house, rooms=rooms)
    finally:
        await live.close()
        access.close()
