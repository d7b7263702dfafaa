# SPDX-License-Identifier: Apache-2.0
"""Feeds through the interface with everything on, and proposals asked meanwhile.

`python -m bench feed`. The whole country in one node with every capability, 2,500 units and open
incidents: statuses and positions per second beside an empty handler of the same framework, 50,000
late statuses in bulk, and the time of a recommendation, alone and while a feed is running. The
application is called as its server calls it: no network and no client is in the time.
"""

import asyncio
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from litestar import post

from bavn.capabilities.operations.decisions import SetUnitStatus
from bavn.capabilities.operations.model.unit import UnitStatus
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.organisation.views.register import Register
from bavn.frame.feeds import NoFeeds
from bavn.journal.decision import Request
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor
from bavn.node.wiring import CAPABILITIES
from bavn.runtime.clock import now
from bavn.runtime.live import Live
from bavn.runtime.web.app import make_app
from bench.measure import folder
from bench.served import FUNCTION, GROUP, Served, country_in, unit_names

UNITS, INCIDENTS = 2_500, 200
ROUNDS, STATUSES, AT_ONCE = 5, 600, 32
POSITIONS = 1_000
LATE = 50_000
ASKED = 150


@post("/empty", opt={"act": "operations.set_unit_status"}, status_code=200)
async def empty(data: dict[str, str]) -> dict[str, str]:
    """Take a body and say it back, behind the same door and guard."""
    return data


def main() -> None:
    """Measure and print."""
    with folder() as place:
        asyncio.run(_main(place))


async def _main(place: Path) -> None:
    with country_in(place, incidents=INCIDENTS, units=UNITS) as world:
        live = Live(world.opened)
        rooms = world.rooms(live)
        rooms["dispatch"].warm(now())
        app = make_app(live, world.callers, CAPABILITIES, handlers=[empty], provided=rooms)
        headers = {"authorization": f"Bearer {world.token}"}
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://127.0.0.1",
            headers=headers,
            timeout=60,
        ) as client:
            await _feeds(client, live, world)
            await _account(client, live, world, rooms["operations"])
            await _proposals(client, live, world)
            await _late(client, live, world)
        await live.close()


async def _feeds(client: httpx.AsyncClient, live: Live, world: Served) -> None:
    names = [each for each, _ in unit_names(Register(world.country, live.query), UNITS)]
    rates: dict[str, list[float]] = {"an empty handler": [], "statuses": [], "positions": []}
    for turn in range(ROUNDS):
        words = [
            (f"/api/v1/units/{names[(turn * STATUSES + at) % len(names)]}/status", _word(at))
            for at in range(STATUSES)
        ]
        rates["an empty handler"].append(await _rate(client, [("/empty", b) for _, b in words]))
        rates["statuses"].append(await _rate(client, words))
        at = datetime.now(UTC).isoformat()
        items = [
            {"unit": each, "lat": 55.0 + 0.001 * turn, "lon": 10.0, "at": at}
            for each in names[:POSITIONS]
        ]
        began = time.perf_counter()
        answer = await client.post("/api/v1/positions", json={"items": items})
        assert answer.is_success, answer.text
        rates["positions"].append(POSITIONS / (time.perf_counter() - began))
    print(f"\nfeed: {UNITS:,} units, {INCIDENTS} open incidents, {AT_ONCE} senders at once")
    for name, found in rates.items():
        print(
            f"  {name:<40} {statistics.median(found):>9,.0f} a second"
            f"  ({min(found):,.0f} to {max(found):,.0f})"
        )
    ratio = statistics.median(
        a / b for a, b in zip(rates["statuses"], rates["an empty handler"], strict=True)
    )
    print(f"  statuses beside the empty handler: {ratio:.2f}")


async def _account(client: httpx.AsyncClient, live: Live, world: Served, room: Room) -> None:
    """The same words with and without the account of what other systems send, in turns."""
    names = [each for each, _ in unit_names(Register(world.country, live.query), UNITS)]
    account, nobody = room.feeds, NoFeeds()
    ratios = []
    for turn in range(ROUNDS):
        rates = []
        for feeds in (nobody, account) if turn % 2 else (account, nobody):
            room.feeds = feeds
            words = [
                (f"/api/v1/units/{names[at % len(names)]}/status", _word(at + turn))
                for at in range(STATUSES)
            ]
            rates.append((feeds is account, await _rate(client, words)))
        told = dict(rates)
        ratios.append(told[True] / told[False])
    room.feeds = account
    middle, spread = statistics.median(ratios), f"({min(ratios):.2f} to {max(ratios):.2f})"
    print(f"  statuses with the account of feeds beside without it: {middle:.3f} {spread}")


def _word(number: int) -> dict[str, str]:
    return {"status": ("available", "alerted", "en_route", "at_scene")[number % 4]}


async def _rate(client: httpx.AsyncClient, asked: Sequence[tuple[str, dict[str, str]]]) -> float:
    """Requests a second, so many at once."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(path: str, body: dict[str, str]) -> None:
        async with gate:
            answer = await client.post(path, json=body)
            assert answer.is_success, answer.text

    began = time.perf_counter()
    await asyncio.gather(*(one(*each) for each in asked))
    return len(asked) / (time.perf_counter() - began)


async def _proposals(client: httpx.AsyncClient, live: Live, world: Served) -> None:
    """How long a recommendation takes, alone, while a feed runs, and for 25 incidents at once."""
    listed = await client.get("/api/v1/incidents?limit=100&state=open")
    found = [each["id"] for each in listed.json()["items"] if each["type"] and each["place"]]
    alone = await _asked(client, found)
    feed = asyncio.create_task(_feeding(client, live, world))
    busy = await _asked(client, found)
    feed.cancel()
    await asyncio.gather(feed, return_exceptions=True)
    query = "&".join(f"incident={each}" for each in found[:25])
    together = []
    for _ in range(20):
        began = time.perf_counter()
        answer = await client.get(f"/api/v1/recommendations?{query}")
        assert answer.is_success, answer.text
        together.append((time.perf_counter() - began) * 1000)
    for name, times in (
        ("a recommendation, alone", alone),
        ("a recommendation, a feed running", busy),
        ("25 incidents in one request", together),
    ):
        times.sort()
        p99 = times[min(len(times) - 1, round(0.99 * len(times)))]
        print(f"  {name:<40} p50 {statistics.median(times):7.1f} ms  p99 {p99:7.1f} ms")


async def _asked(client: httpx.AsyncClient, incidents: Sequence[str]) -> list[float]:
    times = []
    for number in range(ASKED):
        began = time.perf_counter()
        path = f"/api/v1/incidents/{incidents[number % len(incidents)]}/recommendation"
        answer = await client.get(path)
        assert answer.is_success, answer.text
        times.append((time.perf_counter() - began) * 1000)
    return times


async def _feeding(client: httpx.AsyncClient, live: Live, world: Served) -> None:
    """A hundred words a second, until nobody wants them any more."""
    names = [each for each, _ in unit_names(Register(world.country, live.query), UNITS)]
    number = 0
    while True:
        path = f"/api/v1/units/{names[number % len(names)]}/status"
        await client.post(path, json=_word(number))
        number += 1
        await asyncio.sleep(0.01)


async def _late(client: httpx.AsyncClient, live: Live, world: Served) -> None:
    """What a control room's system sends after a night without a line: in groups, as one writes."""
    names = [unit for unit, _ in unit_names(Register(world.country, live.query), UNITS)]
    long_ago, sorts = datetime.now(UTC) - timedelta(hours=8), list(UnitStatus)
    began = time.perf_counter()
    for first in range(0, LATE, GROUP):
        items = [
            {
                "unit": names[number % len(names)],
                "status": sorts[number % len(sorts)],
                "at": (long_ago + timedelta(milliseconds=number)).isoformat(),
            }
            for number in range(first, first + GROUP)
        ]
        answer = await client.post("/api/v1/statuses", json={"items": items}, timeout=120)
        assert answer.json()["taken"] == GROUP, answer.text
    took_s = time.perf_counter() - began
    print(f"  {LATE:,} late statuses in bulk: {took_s:.1f} s, {LATE / took_s:,.0f} a second")


def _request(owner: OrganisationId, content: SetUnitStatus) -> Request:
    return Request(owner=owner, actor=Actor(organisation=owner, function=FUNCTION), content=content)


if __name__ == "__main__":
    main()
