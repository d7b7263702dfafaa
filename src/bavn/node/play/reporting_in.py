# SPDX-License-Identifier: Apache-2.0
"""Reporting in: every unit that the play has says that it is available, as at the start of a watch.

A unit that has never said anything is counted nowhere. That is right for a real node, and would
make the demonstration's country look empty.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from bavn.engines.turnouts import Kind
from bavn.node.play.cast import UnitHere
from bavn.node.play.client import Server
from bavn.node.play.telling import API
from bavn.node.play.tempo import written

# Few enough that the course of the day, told at the same time, is not kept waiting.
AT_ONCE_LIMIT = 4


async def report_in(server: Server, units: Sequence[UnitHere], act: str, at: datetime) -> None:
    """Have every silent unit say that it is available since `at`, which is before the play began.

    What a unit has said of later moments stands: an earlier word that is heard late is history.
    """
    at_once = asyncio.Semaphore(AT_ONCE_LIMIT)

    async def say(unit: UnitHere) -> None:
        body = {
            "status": Kind.AVAILABLE.value,
            "at": written(at),
            "sender_ref": f"{act}-{unit.id}-in",
        }
        async with at_once:
            await server.ask("POST", f"{API}/units/{unit.id}/status", body, whose=unit.service)

    silent = [each for each in units if each.status is None]
    await asyncio.gather(*(say(each) for each in silent))
