# SPDX-License-Identifier: Apache-2.0
"""The centre's board with a storm's incidents and all units: `python -m bench centre`.

The page, each part that has changed, and one that has not, beside an empty page behind the same
door; and what a told fact costs: reading what it is about, and drawing the parts anew once for
everybody. Times are of the processor: what others do on the machine does not count.
"""

import asyncio
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from litestar import get

from bavn.capabilities.operations.decisions import SetUnitStatus
from bavn.capabilities.operations.model.unit import UnitStatus
from bavn.journal.decision import Done, Request
from bavn.journal.reader import Reader
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor
from bavn.node.board import LiveBoard
from bavn.node.wiring import CAPABILITIES
from bavn.runtime.clock import now
from bavn.runtime.live import Live
from bavn.runtime.web.app import make_app
from bench.measure import folder
from bench.picture import Caller, Measured
from bench.served import country_in

ROUNDS, EACH = 9, 8
HTML = {"accept": "text/html"}
PART = "/centre/parts/"
SERVICE = OrganisationId("njb")


@get("/empty", opt={"act": "centre.read_board"}, sync_to_thread=False)
def empty() -> str:
    """Say nothing, behind the same door and guard."""
    return ""


def main() -> None:
    """Print what the board costs."""
    with folder() as place:
        asyncio.run(_main(place))


async def _main(place: Path) -> None:
    with country_in(place) as world:
        live = Live(world.opened)
        rooms = world.rooms(live)
        app = make_app(live, world.callers, CAPABILITIES, handlers=[empty], provided=rooms)
        await _print(Caller(app, world.token), live)
        _print_reading(live, LiveBoard(live, rooms["operations"]))
        await live.close()


async def _print(caller: Caller, live: Live) -> None:
    gzip, marks = {"accept-encoding": "gzip"}, {}
    for name in ("incidents", "units"):
        _, headers, _ = await caller.ask(PART + name, HTML)
        marks[name] = {**HTML, "if-none-match": headers["etag"]}
    bare = Measured("an empty page of the same framework", "/empty")
    ours = [
        Measured("the board's page, 1,000 incidents, 2,500 units", "/centre", HTML),
        Measured("the same, packed", "/centre", {**HTML, **gzip}),
        Measured("part of incidents, drawn already", PART + "incidents", HTML),
        Measured("part of units, drawn already", PART + "units", HTML),
        Measured(
            "part of incidents, not changed (304)", PART + "incidents", marks["incidents"], 304
        ),
        Measured("part of units, not changed (304)", PART + "units", marks["units"], 304),
        Measured("part of what waits, for one watch", PART + "wants", HTML),
    ]
    for _ in range(ROUNDS):
        for each in (bare, *ours):
            each.times_ms.append(await _round(caller, each))
    # A fact is told before each of these: the part is drawn anew, once for everybody.
    told = [
        Measured("part of incidents after a fact", PART + "incidents", HTML),
        Measured("part of units after a fact", PART + "units", HTML),
    ]
    for count in range(ROUNDS):
        for each in told:
            await _tell(live, count)
            began = time.process_time()
            status, _, body = await caller.ask(each.path, each.headers)
            each.times_ms.append((time.process_time() - began) * 1_000)
            assert status == each.status, body[:500]
            each.size = len(body)
    print(f"\n  {bare.name:<48} {bare.ms:>8.2f} ms {bare.size:>10,} bytes")
    for each in (*ours, *told):
        ratios = [a / b for a, b in zip(each.times_ms, bare.times_ms, strict=True)]
        ratio = f"{statistics.median(ratios):.0f} ({min(ratios):.0f} to {max(ratios):.0f})"
        print(f"  {each.name:<48} {each.ms:>8.2f} ms {each.size:>10,} bytes   ratio {ratio}")


async def _round(caller: Caller, wanted: Measured) -> float:
    began = time.process_time()
    for _ in range(EACH):
        status, _, body = await caller.ask(wanted.path, wanted.headers)
        assert status == wanted.status, (wanted.name, status, body[:500])
        wanted.size = len(body)
    return (time.process_time() - began) / EACH * 1_000


async def _tell(live: Live, count: int) -> None:
    status = UnitStatus.EN_ROUTE if count % 2 else UnitStatus.AT_SCENE
    content = SetUnitStatus(unit="bench-unit", area=SERVICE, status=status, registered=False)
    actor = Actor(organisation=SERVICE, function="duty_officer")
    outcome = await live.write(Request(owner=SERVICE, actor=actor, content=content))
    assert isinstance(outcome, Done), outcome


def _print_reading(live: Live, board: LiveBoard) -> None:
    """Reading all of it, once after a start; and what is about one unit, after each fact."""
    at = now()
    whole = _ms(lambda: board.now(at))
    times = []
    for item in live.query.history(Reader(), SERVICE, "unit:bench-unit"):
        board.heard(item.fact)
        times.append(_ms(lambda: board.now(at)))
    print(f"  {'read from the record, once after a start':<48} {whole:>8.2f} ms")
    print(f"  {'read after a fact':<48} {statistics.median(times):>8.2f} ms")


def _ms(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1_000
