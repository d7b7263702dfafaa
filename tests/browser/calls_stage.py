# SPDX-License-Identifier: Apache-2.0
"""One real node of one service, its units at home and with an invented register of addresses.

A process of its own: `python -m tests.browser.calls_stage --port N --data DIR`. Killed and begun
again with the same folder it goes on with what was told.
"""

import argparse
import asyncio
from pathlib import Path

import uvicorn

from bavn.capabilities.operations.decisions import SetUnitStatus
from bavn.capabilities.operations.model.unit import UnitStatus
from bavn.capabilities.organisation.decisions.founding import founding_requests
from bavn.capabilities.organisation.model.units import units_of
from bavn.journal.decision import Done, Request
from bavn.kernel.mandate import Actor
from bavn.node.invented_addresses import found_addresses
from bavn.node.wiring import COUNTRY
from bavn.runtime.countries import built_in
from bavn.runtime.live import Live
from tests.story.calling import SERVICE, whole

ACTOR = Actor(organisation=SERVICE, function="duty_officer")


async def _told(live: Live) -> None:
    """The service's stations and units, and each unit's word that it is at home."""
    country = built_in(COUNTRY)
    for request in founding_requests(country):
        if request.owner == SERVICE:
            assert isinstance(await live.write(request), Done)
    homes = [each.id for each in units_of(country) if each.id.startswith(f"{SERVICE}-")]
    for unit in homes:
        content = SetUnitStatus(unit=unit, area=SERVICE, status=UnitStatus.AVAILABLE)
        outcome = await live.write(Request(owner=SERVICE, actor=ACTOR, content=content))
        assert isinstance(outcome, Done)


async def _serve(data: Path, port: int) -> None:
    is_new = not (data / "node").exists()
    async with whole(data) as house:
        if is_new:
            found_addresses([data / "node"], built_in(COUNTRY))
            await _told(house.live)
            house.account(organisation=SERVICE, function="control_room_operator", personal=True)
        config = uvicorn.Config(house.door, port=port, log_level="error", access_log=False)
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    asyncio.run(_serve(options.data, options.port))
