# SPDX-License-Identifier: Apache-2.0
"""The north with an operator and the officer on watch, by Denmark's own policies.

A process of its own: `python -m tests.browser.mandates_stage --port N --data DIR`.
"""

import argparse
import asyncio
from pathlib import Path

import uvicorn

from bavn.node.wiring import COUNTRY
from bavn.runtime.countries import built_in
from tests.node.watch import NJB, founded, watch

PEOPLE = {"pia": "control_room_operator", "bo": "duty_officer"}


async def _serve(data: Path, port: int) -> None:
    async with watch(founded(data / "node", built_in(COUNTRY)), demo=False) as north:
        for name, function in PEOPLE.items():
            north.house.account(
                name, organisation=NJB, function=function, personal=True, display=name.title()
            )
        config = uvicorn.Config(north.house.door, port=port, log_level="error", access_log=False)
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    asyncio.run(_serve(options.data, options.port))
