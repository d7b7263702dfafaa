# SPDX-License-Identifier: Apache-2.0
"""Two real centres for browser tests: the stand-in is served, and the link to the other is ours.

A process of its own: `python -m tests.browser.centres --port N --data DIR`. What a test has happen
it posts to /stage/..., which no node has.
"""

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvicorn

from bavn.capabilities.operations.decisions import CorrectIncident
from bavn.journal.conflicts import Conflicts
from bavn.runtime.peers import known, lookout
from bavn.runtime.peers.memory_line import Mode
from tests.story.centres import CENTRE, SERVICE, STAND_IN, Two, known_to_the_stand_in, two

STAGE = "/stage/"
# Silence after so many seconds, so that nobody waits for it here.
QUICK_SILENT_S, QUICK_LOOK_S = 1.5, 0.1


class Stage:
    """The stand-in's door, and beside it what a test has happen."""

    def __init__(self, world: Two) -> None:
        self._world = world
        self._acts: dict[str, Callable[[], Awaitable[None]]] = {
            "cut": self._cut,
            "mend": self._mend,
            "settled": self._settled,
            "home": self._home,
        }

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a test, or have the node answer a browser."""
        path = str(scope.get("path", ""))
        if scope["type"] != "http" or not path.startswith(STAGE):
            await self._world.house.door(scope, receive, send)
            return
        await self._acts[path.removeprefix(STAGE)]()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps({}).encode()})

    async def _cut(self) -> None:
        """The link is gone, and the north goes on by itself."""
        self._world.link(Mode.CUT)
        await self._world.north_asks(
            CorrectIncident(incident="one", area=CENTRE, incident_type="BR-SKO")
        )

    async def _mend(self) -> None:
        """The link is back, and what both did has met here."""
        self._world.link(Mode.PASS)
        live = self._world.house.live
        conflicts = Conflicts(live.journal.record, live.reading)
        await self._world.until(lambda: bool(conflicts.all()), "both courses are here")

    async def _settled(self) -> None:
        """Wait until nothing has to be settled any more, at both."""
        found = [
            Conflicts(live.journal.record, live.reading)
            for live in (self._world.house.live, self._world.north)
        ]
        await self._world.until(lambda: not any(each.all() for each in found), "all is settled")

    async def _home(self) -> None:
        """Wait until the north has its own again."""
        record = self._world.north.journal.record
        await self._world.until(lambda: record.hosts(SERVICE), "the north has it again")


async def _serve(data: Path, port: int) -> None:
    known.SILENT_S, lookout.LOOK_EACH_S = QUICK_SILENT_S, QUICK_LOOK_S
    lookout.WAITS_AFTER_START_S = 0.0
    async with two(data) as world:
        await known_to_the_stand_in(world)
        for name in ("pia", "per"):
            world.house.account(
                name, organisation=STAND_IN, function="area_duty_leader", personal=True
            )
        config = uvicorn.Config(Stage(world), port=port, log_level="error", access_log=False)
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    asyncio.run(_serve(options.data, options.port))
