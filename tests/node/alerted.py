# SPDX-License-Identifier: Apache-2.0
"""A service that alerts: the whole application over a node without a country's facts.

`python -m tests.node.alerted FOLDER GATEWAY` serves such a node until it is killed: what is queued
on record is handed over.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.node.wiring import CAPABILITIES, COUNTRY, catalogue, country_gate, given
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
from tests.runtime.web.house import QUICK, House

WORLD = World("lilleland")
NJB, BSIK, NORTH = map(OrganisationId, ("njb", "bsik", "nordjylland"))
SECRET = "et langt delt ord til prøven"
CANARY = "kanariefugl@example.org"
_NUMBERS = count()
ROOMY = Limit("roomy", 100_000, 100_000)


@dataclass(frozen=True, kw_only=True)
class Alerted:
    """A served node, its rooms, and its visitors."""

    house: House
    rooms: dict[str, Any]

    def officer(self, function: str = "duty_officer", owner: str = NJB) -> httpx.AsyncClient:
        """A program with a token that may read what is personal."""
        # A token made again under its name takes the place of the one before.
        name = f"{function}-{owner}-{next(_NUMBERS)}"
        return self.house.machine(function, name=name, organisations=(owner,), personal=True)

    async def until(self, so: Callable[[], bool]) -> None:
        """Wait until something that was told has made it so."""
        told = asyncio.Event()
        self.house.live.after_news(told.set)
        async with asyncio.timeout(15):
            while not so():
                told.clear()
                await told.wait()


def settings_in(folder: Path, gateway: str = "") -> None:
    """A spool folder, and a webhook where one is given."""
    folder.mkdir(parents=True, exist_ok=True)
    spool = folder / "spool"
    spool.mkdir(exist_ok=True)
    text = f'[channel.slips]\nsort = "spool"\nfolder = "{spool}"\n'
    if gateway:
        secret = folder / "gateway-secret"
        secret.write_text(SECRET)
        secret.chmod(0o600)
        text += f'[channel.gateway]\nsort = "webhook"\nurl = "http://{gateway}/alert"\n'
        text += f'secret_file = "{secret}"\n'
    (folder / "alerting.toml").write_text(text)


@asynccontextmanager
async def alerted(
    path: Path, gateway: str = "", *, settings: str | None = None
) -> AsyncIterator[Alerted]:
    """The whole application over a node that hosts two services and their area."""
    country, parts = built_in(COUNTRY), catalogue()
    folder = Folder(path / "node")
    if not folder.is_there():
        found_node(
            folder, WORLD, NodeId("n"), hosts=[NJB, BSIK, NORTH], areas=[NORTH], catalogue=parts
        )
    settings_in(folder.path, gateway)
    if settings is not None:
        (folder.path / "alerting.toml").write_text(settings)
    live = Live(open_to_write(folder, WORLD, parts, may=country_gate(country)))
    access = Access(path / "access.db", QUICK)
    limits = Limits(token=ROOMY, session=ROOMY, address=ROOMY, unknown=ROOMY, alarm=ROOMY)
    try:
        callers = Callers(access, country=country, site=Site(limits=limits))
        rooms = given(live, country, folder.path)
        door = make_app(live, callers, CAPABILITIES, provided=rooms)
        house = House(live=live, access=access, callers=callers, door=door)
        yield Alerted(house=house, rooms=rooms)
    finally:
        await live.close()
        access.close()


async def _serve(path: Path, gateway: str) -> None:
    async with alerted(path, gateway) as own:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await own.house.live.alone(lambda _: None)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), sys.argv[2]))
