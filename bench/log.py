# SPDX-License-Identifier: Apache-2.0
"""The first page of a log of 20,000 entries, beside one of 50: `python -m bench log`.

Through the whole door, in one process without a socket: the token, the reader, and the page as it
is shown, with its texts opened. `new` is what somebody waits for who opens the log when nothing of
it is at hand. A sort of which there are few entries, and a search without a hit, take the whole
log; how long others wait for their turn meanwhile is what an alarm would wait. At last a browser
opens both over a socket: until something of the page is seen.
"""

import asyncio
import os
import socket
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from litestar import Litestar
from playwright.async_api import async_playwright

from bavn.capabilities.operations.decisions import NoteIncident, ReportIncident
from bavn.capabilities.operations.views.room import Room
from bavn.journal.decision import Done, Request
from bavn.journal.fact import decode_fact
from bavn.kernel.identity import OrganisationId, id_bytes
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.node.wiring import CAPABILITIES
from bavn.runtime.live import Live
from bavn.runtime.web.app import make_app
from bench.measure import folder
from bench.served import FUNCTION, Served, country_in
from tests.browser.finding import QUIET, find

LONG, SHORT = 20_000, 50
GROUP, ROUNDS = 200, 5
SERVICE = OrganisationId("njb")
_SEEN = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
_IS_SEEN = f"{_SEEN} > 0"


def main() -> None:
    """Print what a long log costs its reader."""
    with folder() as place, country_in(place, organisation=SERVICE, incidents=10, units=10) as here:
        asyncio.run(_measure(here))


def _asked(content: ReportIncident | NoteIncident) -> Request:
    actor = Actor(organisation=SERVICE, function=FUNCTION)
    return Request(owner=SERVICE, actor=actor, content=content)


def _written(here: Served, count: int) -> str:
    area = OrganisationId("nordjylland")
    report = ReportIncident(area=area, incident_type="BR-GRD")
    (done,) = here.opened.journal.commit([_asked(report)])
    assert isinstance(done, Done), done
    (row,) = here.opened.journal.record.store.facts_with([id_bytes(done.facts[0])])
    incident = decode_fact(row.raw).about[0].partition(":")[2]
    for first in range(0, count, GROUP):
        notes = [
            _asked(NoteIncident(incident=incident, text=Private(f"Opdigtet notat {number}")))
            for number in range(first, min(first + GROUP, count))
        ]
        outcomes = here.opened.journal.commit(notes)
        assert all(isinstance(each, Done) for each in outcomes), outcomes
    return incident


async def _measure(here: Served) -> None:
    names = {count: _written(here, count) for count in (SHORT, LONG)}
    live = Live(here.opened)
    try:
        rooms = here.rooms(live)
        operations = rooms["operations"]
        assert isinstance(operations, Room)
        door = make_app(live, here.callers, CAPABILITIES, provided=rooms)
        transport = httpx.ASGITransport(door, client=("127.0.0.1", 5000))
        headers = {"authorization": f"Bearer {here.token}", "accept": "text/html"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1:8112", headers=headers, timeout=120
        ) as browser:
            await _print(browser, operations, names)
        await _painted(door, operations, names, here.token)
    finally:
        await live.close()


async def _print(browser: httpx.AsyncClient, operations: Room, names: dict[int, str]) -> None:
    taken: dict[tuple[int, str], list[float]] = {}
    for _ in range(ROUNDS):
        for count, name in names.items():
            operations.logs = type(operations.logs)()
            for what, path in (
                ("first page, new", f"/incidents/{name}/log"),
                ("first page, again", f"/incidents/{name}/log"),
                ("a rare sort, new", f"/incidents/{name}/log/entries?sort=alarm"),
                ("a rare sort, again", f"/incidents/{name}/log/entries?sort=alarm"),
            ):
                began = time.perf_counter()
                answer = await browser.get(path)
                taken.setdefault((count, what), []).append(time.perf_counter() - began)
                assert answer.status_code == 200, answer.text  # noqa: PLR2004
    for (count, what), each in taken.items():
        middle = statistics.median(each)
        ratio = middle / statistics.median(taken[SHORT, what])
        print(f"{count:>7,} entries: {what:<30} {middle * 1e3:8.1f} ms   ×{ratio:.1f}")
    operations.logs = type(operations.logs)()
    async with _watched() as waits:
        began = time.perf_counter()
        found = await browser.get(f"/incidents/{names[LONG]}/log/entries?q=findes+ikke")
        took_s = time.perf_counter() - began
    assert "entry-" not in found.text
    print(f"{LONG:>7,} entries: {'a search that finds nothing':<30} {took_s * 1e3:8.1f} ms")
    print(f"{'':>16} meanwhile others waited {max(waits) * 1e3:.0f} ms at most")


@asynccontextmanager
async def _watched() -> AsyncIterator[list[float]]:
    """How long whoever asks for a turn of the loop waits for it."""
    waits = list[float]()

    async def watch() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0)
            waits.append(time.perf_counter() - began)

    watching = asyncio.create_task(watch())
    try:
        yield waits
    finally:
        watching.cancel()


async def _painted(door: Litestar, operations: Room, names: dict[int, str], token: str) -> None:
    """Until a browser shows something of the page, of each length in turn."""
    found = find()
    if isinstance(found, str):
        print(f"until something is seen in a browser: not measured, {found}")
        return
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(door, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve([listening]))
    taken: dict[int, list[float]] = {count: [] for count in names}
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=found.path,
                env={**os.environ, **found.environment},
                args=list(QUIET),
            )
            headers = {"authorization": f"Bearer {token}"}
            # The first one warms what both need.
            for round_ in range(ROUNDS + 1):
                for count, name in names.items():
                    operations.logs = type(operations.logs)()
                    context = await browser.new_context(extra_http_headers=headers)
                    page = await context.new_page()
                    await page.goto(f"{url}/incidents/{name}/log")
                    await page.wait_for_function(_IS_SEEN)
                    if round_:
                        taken[count].append(await page.evaluate(_SEEN))
                    await context.close()
            await browser.close()
    finally:
        server.should_exit = True
        await serving
    short = statistics.median(taken[SHORT])
    for count, each in taken.items():
        middle = statistics.median(each)
        what = "until something is seen"
        print(f"{count:>7,} entries: {what:<30} {middle:8.1f} ms   ×{middle / short:.1f}")
