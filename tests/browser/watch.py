# SPDX-License-Identifier: Apache-2.0
"""A whole node on watch for browser tests: real accounts, and a test that has things happen.

A process of its own: `python -m tests.browser.watch --port N --data DIR`.
"""

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

import uvicorn

from bavn.capabilities.operations.decisions import ReportIncident, SetUnitStatus
from bavn.capabilities.operations.model.unit import UnitStatus
from bavn.journal.decision import Done, Request
from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.kernel.mandate import Actor
from bavn.node.wiring import CAPABILITIES, COUNTRY, catalogue, country_gate, given
from bavn.runtime.access import Access
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.founding import found_node
from bavn.runtime.live import Live
from bavn.runtime.opened import open_to_write
from bavn.runtime.web.app import make_app
from bavn.runtime.web.callers import Callers
from bavn.runtime.web.site import Site
from tests.runtime.web.house import QUICK, House

STAGE = "/stage/"
WORLD, HOST = World("lilleland"), OrganisationId("njb")
FIRST, UNIT = "0199-aaaa-4a7f", "njb-01"


class Stage:
    """The node's door, and beside it what a test has happen."""

    def __init__(self, own: House) -> None:
        self._own = own

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a test, or have the node answer a browser."""
        path = str(scope.get("path", ""))
        if scope["type"] != "http" or not path.startswith(STAGE):
            await self._own.door(scope, receive, send)
            return
        act, _, what = path.removeprefix(STAGE).partition("/")
        if act == "report":
            await self.report(what)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps({}).encode()})

    async def report(self, incident: str) -> None:
        """An alarm that comes from somewhere else."""
        await self._told(
            ReportIncident(
                incident=incident, area=HOST, incident_type="BR-VIL", municipality="0851"
            )
        )

    async def begin(self) -> None:
        """What stands there at first: two on watch, an incident, and a unit at home."""
        for name in ("pia", "bo"):
            self._own.account(name, organisation=HOST, function="duty_officer")
        await self.report(FIRST)
        await self._told(
            SetUnitStatus(unit=UNIT, area=HOST, status=UnitStatus.AVAILABLE, registered=False)
        )

    async def _told(self, content: ReportIncident | SetUnitStatus) -> None:
        actor = Actor(organisation=HOST, function="duty_officer")
        outcome = await self._own.live.write(Request(owner=HOST, actor=actor, content=content))
        assert isinstance(outcome, Done), outcome


async def serve(port: int, data: Path) -> None:
    """Serve until told to end."""
    country, parts = built_in(COUNTRY), catalogue()
    folder = Folder(data / "node")
    found_node(folder, WORLD, NodeId("n"), hosts=[HOST], areas=[HOST], catalogue=parts)
    live = Live(open_to_write(folder, WORLD, parts, may=country_gate(country)))
    access = Access(data / "access.db", QUICK)
    try:
        callers = Callers(access, country=country, site=Site())
        door = make_app(live, callers, CAPABILITIES, provided=given(live, country, folder.path))
        stage = Stage(House(live=live, access=access, callers=callers, door=door))
        await stage.begin()
        config = uvicorn.Config(stage, port=port, log_level="error", access_log=False)
        await uvicorn.Server(config).serve()
    finally:
        await live.close()
        access.close()


def main() -> None:
    """Read what is asked, and serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    asked = parser.parse_args()
    asyncio.run(serve(asked.port, asked.data))


if __name__ == "__main__":
    main()
