# SPDX-License-Identifier: Apache-2.0
"""A foreign system's week, as fast as it goes, beside its own pace: `python -m bench foreign_week`.

The made-up system of the tests, with all its vices: incidents that are numbered anew, repeats, a
clock that goes wrong, an outage with a burst after it, and rows that nobody can take. It is sent
one request after the other through the application as its server calls it; the node's clock is at
the time of each message. What it took and kept is looked at afterwards.
"""

import asyncio
import statistics
import time
from datetime import datetime, timedelta
from pathlib import Path

from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bench.measure import folder
from tests.node.foreign_system import ForeignSystem, Plan
from tests.node.replaying import Replay
from tests.node.watch import NJB, founded, watch

# A middle-sized service: ten incidents a day, and every unit that goes tells where it is.
UNITS, INCIDENTS, LASTS = 16, 70, timedelta(days=7)
ROUNDS = 3
AIM = 1_000


def main() -> None:
    """Measure and print."""
    ratios = []
    for turn in range(ROUNDS):
        with folder() as place:
            ratios.append(asyncio.run(_week(place, turn)))
    found = f"({min(ratios):,.0f} to {max(ratios):,.0f}; aim {AIM:,})"
    print(f"  beside its own pace: ×{statistics.median(ratios):,.0f} {found}")


async def _week(place: Path, turn: int) -> float:
    real = clock.now
    at = [real()]

    def then(sent: datetime) -> None:
        at[0] = sent

    node = founded(place / "node", built_in("denmark"))
    clock.now = lambda: at[0]
    try:
        async with watch(node) as north:
            register = north.rooms["organisation"]
            known = register.on(register.today(at[0])).units.values()
            units = [str(each.id) for each in known if each.service == NJB][:UNITS]
            begins = at[0] + timedelta(minutes=1)
            plan = Plan(units=units, begins=begins, lasts=LASTS, incidents=INCIDENTS, seed=turn)
            foreign = ForeignSystem(plan)
            cad = north.house.machine("system", name="cad", organisations=(NJB,))
            replay, before = Replay(cad, foreign, then), north.live.position
            began = time.perf_counter()
            await replay.all()
            took_s = time.perf_counter() - began
            assert not replay.others, "never a second incident"
            assert replay.taken - replay.repeated == len(foreign.truth.status_refs)
            facts = north.live.position - before
    finally:
        clock.now = real
    count = len(foreign.messages)
    print(
        f"  a week, seed {turn}: {count:,} requests ({foreign.truth.faults} rows that nobody can"
        f" take), {facts:,} facts, {took_s:.1f} s, {count / took_s:,.0f} requests a second"
    )
    return LASTS.total_seconds() / took_s


if __name__ == "__main__":
    main()
