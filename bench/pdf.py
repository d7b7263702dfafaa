# SPDX-License-Identifier: Apache-2.0
"""A signed report and a log of 1,000 entries as PDF, beside the same page printed by Chromium.

`python -m bench pdf`. Ours goes through the whole door, in one process without a socket: the token,
the reader, the texts opened, the paper made and set. Chromium runs already; it is given the page
that a person would print by the same door, and prints it. Both in turn, several times.
"""

import asyncio
import resource
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx
from playwright.async_api import Page, Route, async_playwright

from bavn.capabilities.operations.decisions import CloseIncident, NoteIncident, ReportIncident
from bavn.capabilities.reports.decisions import SignReport
from bavn.capabilities.reports.facts import SignedCourse, SignedField
from bavn.frame.paper import Paper, Prose
from bavn.journal.decision import Done, Request
from bavn.journal.fact import decode_fact
from bavn.kernel.identity import OrganisationId, id_bytes
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.node.reporting import fields_of
from bavn.node.wiring import CAPABILITIES, COUNTRY
from bavn.runtime.live import Live
from bavn.runtime.press import data_of, press
from bavn.runtime.web.app import make_app
from bench.measure import folder
from bench.served import FUNCTION, Served, country_in
from tests.browser.finding import QUIET, find

ENTRIES, COURSES, GROUP, ROUNDS = 1_000, 12, 200, 5
SERVICE, AREA = OrganisationId("njb"), OrganisationId("nordjylland")
ORIGIN = "http://127.0.0.1:8112"
NOTE = "Opdigtet notat {}: slangehold indsat på 2. sal, røgdykkere skiftet, ingen i fare"
OK = 200
# What typst has not used for so many papers, it forgets.
FORGETS_AFTER = 12


def main() -> None:
    """Print what a paper costs."""
    with folder() as place, country_in(place, organisation=SERVICE, incidents=5, units=5) as here:
        asyncio.run(_measure(here))


def _commit(here: Served, *contents: object, function: str = FUNCTION) -> str:
    actor = Actor(organisation=SERVICE, function=function)
    asked = [Request(owner=SERVICE, actor=actor, content=each) for each in contents]  # type: ignore[arg-type]
    done = here.opened.journal.commit(asked)[-1]
    assert isinstance(done, Done), done
    (row,) = here.opened.journal.record.store.facts_with([id_bytes(done.facts[0])])
    return decode_fact(row.raw).about[0].partition(":")[2]


def _written(here: Served) -> str:
    """An incident with a long log, closed, and its report signed."""
    incident = _commit(here, ReportIncident(area=AREA, incident_type="BR-GRD"))
    for first in range(0, ENTRIES, GROUP):
        notes = (
            NoteIncident(incident=incident, text=Private(NOTE.format(first + number)))
            for number in range(GROUP)
        )
        _commit(here, *notes)
    _commit(here, CloseIncident(incident=incident, area=AREA, outcome="real"))
    at = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    courses = tuple(
        SignedCourse(
            unit=f"njb-unit-{number}",
            number=1,
            alerted_at=at,
            left_at=at + timedelta(minutes=2),
            arrived_at=at + timedelta(minutes=9),
            ended_at=at + timedelta(minutes=90 + number),
            turn_out_s=120.0,
            drive_s=420.0,
            response_s=540.0,
            missing=("", "", ""),
            crew=4,
        )
        for number in range(COURSES)
    )
    values = {"number": "3", "instant": "2026-01-02T03:04:00Z", "type": "BR-GRD", "place": "0851"}
    signed = SignReport(
        incident=incident,
        read="",
        now="",
        lacking=(),
        fields=tuple(
            SignedField(code=each.code, drafted=value, value=value)
            if (value := values.get(each.sort, ""))
            else SignedField(code=each.code, missing="not_told")
            for each in fields_of(COUNTRY)
        ),
        courses=courses,
        texts=Private(""),
        account="bench",
        name=Private(""),
    )
    _commit(here, signed, function="incident_commander")
    return incident


async def _measure(here: Served) -> None:
    incident = _written(here)
    live = Live(here.opened)
    try:
        door = make_app(live, here.callers, CAPABILITIES, provided=here.rooms(live))
        transport = httpx.ASGITransport(door, client=("127.0.0.1", 5000))
        headers = {"authorization": f"Bearer {here.token}", "accept": "text/html"}
        async with httpx.AsyncClient(
            transport=transport, base_url=ORIGIN, headers=headers, timeout=120
        ) as client:
            await _print(client, incident)
    finally:
        await live.close()


async def _print(client: httpx.AsyncClient, incident: str) -> None:
    found = find()
    assert not isinstance(found, str), found

    async def through_the_door(route: Route) -> None:
        answer = await client.get(route.request.url)
        await route.fulfill(
            status=answer.status_code,
            body=answer.content,
            content_type=answer.headers.get("content-type", ""),
        )

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found.path, args=list(QUIET))
        page = await browser.new_page()
        await page.route("**/*", through_the_door)
        version = f"/reports/{incident}/versions/1"
        for what, file, printed in (
            ("signed report", f"{version}/report.pdf", version),
            (
                f"log of {ENTRIES:,} entries",
                f"/incidents/{incident}/log.pdf",
                f"/incidents/{incident}/log/print",
            ),
        ):
            await _beside(what, partial(_ours, client, file), partial(_theirs, page, printed))
        await browser.close()
    await _again(client, f"/incidents/{incident}/log.pdf")


async def _ours(client: httpx.AsyncClient, path: str) -> bytes:
    answer = await client.get(path)
    assert answer.status_code == OK, answer.text
    return answer.content


async def _theirs(page: Page, path: str) -> bytes:
    await page.goto(ORIGIN + path)
    return await page.pdf(format="A4")


async def _beside(
    what: str, ours: Callable[[], Awaitable[bytes]], theirs: Callable[[], Awaitable[bytes]]
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    took: dict[str, list[float]] = {"typst": [], "Chromium": []}
    sizes: dict[str, int] = {}
    first = 0.0
    for number in range(ROUNDS + 1):
        await asyncio.to_thread(_forget)
        for name, make in (("typst", ours), ("Chromium", theirs)):
            began = time.perf_counter()
            sizes[name] = len(await make())
            spent = time.perf_counter() - began
            if number:
                took[name].append(spent)
            elif name == "typst":
                first = spent
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    pairs = [a / b for a, b in zip(took["typst"], took["Chromium"], strict=True)]
    print(f"\n{what}: the first one {first * 1e3:,.0f} ms; the process grew by {grown:,.0f} MiB")
    for name, each in took.items():
        low, high = min(each) * 1e3, max(each) * 1e3
        middle = statistics.median(each) * 1e3
        size = f"{sizes[name] / 1e3:8,.0f} kB"
        print(f"  {name:<9} {middle:8,.0f} ms ({low:,.0f} to {high:,.0f})  {size}")
    spread = f"{min(pairs):.2f} to {max(pairs):.2f}"
    print(f"  ratio of typst to Chromium: {statistics.median(pairs):.2f} ({spread})")


def _forget() -> None:
    """Have typst let go of what it remembers of the last papers: each is to be a new one."""
    for number in range(FORGETS_AFTER):
        at = datetime(2026, 1, 1, tzinfo=UTC)
        blocks = (Prose(text=f"{number}"),)
        made = Paper(language="da", title="x", at=at, foot="", page="", blocks=blocks)
        press(data_of(made), at)


async def _again(client: httpx.AsyncClient, path: str) -> None:
    """How long the loop is held from others while a long paper is made."""
    longest = 0.0

    async def beat() -> None:
        nonlocal longest
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - began - 0.001)

    beating = asyncio.create_task(beat())
    await _ours(client, path)
    beating.cancel()
    print(f"\nthe loop was held for at most {longest * 1e3:,.0f} ms while the log was made")
