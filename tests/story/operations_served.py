# SPDX-License-Identifier: Apache-2.0
"""Lilleland's operations, served for real: one node for both areas, on a loopback port."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import msgspec
import uvicorn

from bavn.capabilities.connections.capability import CONNECTIONS
from bavn.capabilities.operations.capability import OPERATIONS, room
from bavn.capabilities.operations.ports import (
    Covered,
    KnownType,
    KnownUrgency,
    NamedArea,
    NamedPlace,
    RegisteredUnit,
)
from bavn.capabilities.operations.views.room import Room
from bavn.journal.catalogue import catalogue_of
from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.node.wiring import country_gate
from bavn.runtime.access import Access
from bavn.runtime.accounts import Account
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.founding import found_node
from bavn.runtime.live import Live
from bavn.runtime.maps import Maps
from bavn.runtime.opened import open_to_write
from bavn.runtime.tokens import Token
from bavn.runtime.web.app import make_app
from bavn.runtime.web.callers import Callers
from tests.lilleland.nodes import EASTERN, EASTTOWN, PORT, WESTERN, WESTTOWN
from tests.runtime.web.house import NAME, PASSWORD, QUICK, sign_in

LILLELAND = World("lilleland")
HOSTED = (EASTERN, EASTTOWN, PORT, WESTERN, WESTTOWN)
AREAS = {EASTERN: EASTERN, EASTTOWN: EASTERN, PORT: EASTERN, WESTERN: WESTERN, WESTTOWN: WESTERN}
# East of the tenth meridian is Easttown, west of it Westtown; north of 58 is the sea.
BORDER, COAST = 10.0, 58.0
AT_EAST = {"lat": 57.123456, "lon": 10.654321}
AT_WEST = {"lat": 57.123456, "lon": 9.345678}

# No line here is encrypted: to read whom this machine trusts, for each client, is time wasted.
NO_AUTHORITY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Land:
    """Lilleland's territory."""

    def covering(self, lat: float, lon: float, on: date) -> Covered | None:
        """By the border."""
        if lat > COAST:
            return None
        service, area, code = (
            (EASTTOWN, EASTERN, "0001") if lon >= BORDER else (WESTTOWN, WESTERN, "0002")
        )
        return Covered(service=service, area=area, municipality=code)

    def covering_municipality(self, code: str, on: date) -> Covered | None:
        """By the number."""
        owners = {"0001": (EASTTOWN, EASTERN), "0002": (WESTTOWN, WESTERN)}
        if code not in owners:
            return None
        service, area = owners[code]
        return Covered(service=service, area=area, municipality=code)

    def area_of(self, organisation: OrganisationId, on: date) -> OrganisationId | None:
        """By the table."""
        return AREAS.get(organisation)

    def areas(self, on: date) -> Sequence[NamedArea]:
        """Two."""
        return (NamedArea(id=EASTERN, name="Østlandet"), NamedArea(id=WESTERN, name="Vestlandet"))

    def municipalities(self, on: date) -> Sequence[NamedPlace]:
        """Two."""
        return (
            NamedPlace(code="0001", name="Østby", lat=57.1, lon=10.6, service=EASTTOWN),
            NamedPlace(code="0002", name="Vestby", lat=57.1, lon=9.3, service=WESTTOWN),
        )

    def stations(self, on: date) -> Sequence[NamedPlace]:
        """One each."""
        return (
            NamedPlace(code="easttown-01", name="Øst", lat=57.1, lon=10.6, service=EASTTOWN),
            NamedPlace(code="westtown-01", name="Vest", lat=57.1, lon=9.3, service=WESTTOWN),
        )

    def name_of(self, organisation: OrganisationId, on: date) -> str | None:
        """The service of the east has a name."""
        return "Østby Brandvæsen" if organisation == EASTTOWN else None


class Types:
    """Two sorts of incident."""

    types: Sequence[KnownType] = (
        KnownType(
            code="BR-VIL",
            group="fire",
            danish="Villabrand",
            english="House fire",
            urgency="immediate",
            basis="own calibration",
        ),
        KnownType(
            code="RE-DYR",
            group="rescue",
            danish="Dyreredning",
            english="Animal rescue",
            urgency="ordinary",
            basis="source",
        ),
    )
    urgencies: Sequence[KnownUrgency] = (
        KnownUrgency(code="immediate", danish="Straks", english="Immediate"),
        KnownUrgency(code="ordinary", danish="Almindelig", english="Ordinary"),
    )

    def type_of(self, code: str | None) -> KnownType | None:
        """By its code."""
        return next((each for each in self.types if each.code == code), None)


class Register:
    """Two units; the second came on New Year's Day."""

    version = 1
    second_from = date(2027, 1, 1)

    def units(self, on: date) -> Sequence[RegisteredUnit]:
        """Those of a day."""
        first = _unit("easttown-01-asp-1", EASTTOWN, EASTERN)
        second = _unit("westtown-01-asp-1", WESTTOWN, WESTERN)
        return (first, second) if on >= self.second_from else (first,)

    def unit(self, unit_id: str, on: date) -> RegisteredUnit | None:
        """By its id."""
        return next((each for each in self.units(on) if each.id == unit_id), None)


def _unit(unit: str, service: OrganisationId, area: OrganisationId) -> RegisteredUnit:
    return RegisteredUnit(
        id=unit,
        callsign=unit[:4].upper(),
        type="ASP",
        service=service,
        area=area,
        station=unit[:-6],
        crew=6,
        capabilities=("pump",),
        lat=57.1,
        lon=10.6,
        basis="own calibration",
    )


@dataclass(frozen=True, kw_only=True)
class Served:
    """A served world."""

    live: Live
    access: Access
    room: Room
    origin: str

    def client(
        self,
        *organisations: OrganisationId,
        function: str = "duty_officer",
        areas: tuple[OrganisationId, ...] = (),
        personal: bool = True,
        language: str = "en",
    ) -> httpx.AsyncClient:
        """A program with a token of its own."""
        token = Token(
            name=f"{function} of {organisations[0]}",
            function=function,
            organisations=organisations,
            areas=areas,
            personal=personal,
        )
        headers = {
            "authorization": f"Bearer {self.access.tokens.make(token)}",
            "accept-language": language,
        }
        return _client(self.origin, headers)

    @asynccontextmanager
    async def person(self, organisation: OrganisationId) -> AsyncIterator[httpx.AsyncClient]:
        """A browser that a duty officer has signed in with."""
        account = Account(
            id="id-pia",
            name=NAME,
            organisation=organisation,
            function="duty_officer",
            personal=True,
            display="Pia Opdigtet",
        )
        self.access.accounts.add(account, QUICK.make(PASSWORD), None)
        headers = {"accept": "text/html", "accept-language": "da"}
        async with _client(self.origin, headers) as browser:
            answer = await sign_in(browser)
            assert answer.status_code == 303, answer.text
            yield browser


def _client(origin: str, headers: dict[str, str]) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=origin, headers=headers, timeout=10, verify=NO_AUTHORITY)


@asynccontextmanager
async def served(path: Path) -> AsyncIterator[Served]:
    """Lilleland's node, served until the story is told."""
    folder, parts = Folder(path / "node"), catalogue_of([OPERATIONS.part, CONNECTIONS.part])
    if not folder.is_there():
        found_node(
            folder,
            LILLELAND,
            NodeId("lilleland"),
            hosts=HOSTED,
            areas=(EASTERN, WESTERN),
            catalogue=parts,
        )
    country = built_in("denmark")
    may = country_gate(country)
    live = Live(open_to_write(folder, LILLELAND, parts, may=may))
    access = Access(folder.access_path(LILLELAND), QUICK)
    maps = Maps(files("bavn") / "countries" / country.id, path)
    operations = room(territory=Land(), registry=Register(), types=Types())
    app = make_app(
        live,
        Callers(access, country=country),
        (OPERATIONS,),
        provided={"operations": operations, "maps": maps},
    )
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="on")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started:
            assert not serving.done(), "the server ended by itself"
            await asyncio.sleep(0.005)
        origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
        yield Served(live=live, access=access, room=operations, origin=origin)
    finally:
        server.should_exit = True
        live.hub.close()
        await serving
        await live.close()
        access.close()


class Hearing:
    """Somebody who listens to the stream, and can go away and come back."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self.events: list[tuple[str, Any]] = []
        self.last_id = ""

    async def until(self, count: int, event: str = "fact") -> None:
        """Listen, from where it left off, until so many of an event have been heard in all."""
        headers = {"last-event-id": self.last_id} if self.last_id else {}
        async with self._client.stream("GET", "/api/v1/stream", headers=headers) as answer:
            assert answer.status_code == 200
            name = ""
            async for line in answer.aiter_lines():
                field, _, value = line.partition(": ")
                if field == "id":
                    self.last_id = value
                elif field == "event":
                    name = value
                elif field == "data":
                    self.events.append((name, msgspec.json.decode(value)))
                    if len(self.of(event)) >= count:
                        return

    def of(self, event: str) -> list[Any]:
        """What was heard of one sort of event."""
        return [data for name, data in self.events if name == event]


def tell(story: Coroutine[Any, Any, None]) -> None:
    """Tell a story to its end, in a loop of its own."""
    asyncio.run(asyncio.wait_for(story, 60))
