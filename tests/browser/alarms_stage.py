# SPDX-License-Identifier: Apache-2.0
"""The north with its units at home, objects with cards, and a duty officer who can sign in.

A process of its own: `python -m tests.browser.alarms_stage --port N --data DIR`.
"""

import argparse
import asyncio
from pathlib import Path

import uvicorn

from bavn.journal.decision import Done
from bavn.node.play.objects import telling_objects
from bavn.node.wiring import COUNTRY
from bavn.runtime.countries import built_in
from tests.node.watch import NJB, founded, watch


async def _serve(data: Path, port: int) -> None:
    country = built_in(COUNTRY)
    async with watch(founded(data / "node", country), demo=False) as north:
        for request in telling_objects(country, [NJB]):
            assert isinstance(await north.live.write(request), Done)
        await north.at_home(NJB)
        north.house.account(organisation=NJB, function="duty_officer", personal=True)
        config = uvicorn.Config(north.house.door, port=port, log_level="error", access_log=False)
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    asyncio.run(_serve(options.data, options.port))
