# SPDX-License-Identifier: Apache-2.0
"""The whole house over an empty node that hosts one service, for stories of calls."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

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
from tests.runtime.web.house import QUICK, House

SERVICE = OrganisationId("njb")


@asynccontextmanager
async def whole(path: Path) -> AsyncIterator[House]:
    """The whole house over a node that hosts one service: an empty one, or one begun again."""
    country, parts, world = built_in(COUNTRY), catalogue(), World("lilleland")
    folder = Folder(path / "node")
    if not folder.path.exists():
        found_node(folder, world, NodeId("n"), hosts=[SERVICE], areas=[SERVICE], catalogue=parts)
    live = Live(open_to_write(folder, world, parts, may=country_gate(country)))
    access = Access(path / "access.db", QUICK)
    try:
        callers = Callers(access, country=country)
        provided = given(live, country, folder.path)
        door = make_app(live, callers, CAPABILITIES, provided=provided)
        yield House(live=live, access=access, callers=callers, door=door)
    finally:
        await live.close()
        access.close()
