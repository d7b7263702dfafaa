# SPDX-License-Identifier: Apache-2.0
"""The picture with a storm's incidents and all units: server time and bytes, beside an empty page.

The application is called as its server calls it, so that no network and no client is in the time.
"""

import asyncio
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from litestar import get

from bavn.capabilities.operations.views.room import Room
from bavn.journal.reader import Reader
from bavn.kernel.identity import OrganisationId
from bavn.node.wiring import CAPABILITIES
from bavn.runtime.clock import now
from bavn.runtime.live import Live
from bavn.runtime.web.app import make_app
from bench.measure import folder
from bench.served import INCIDENTS, UNITS, country_in

ROUNDS, EACH = 15, 20
PICTURE, LIST = "/api/v1/picture", "/incidents"


@get("/empty", opt={"act": "operations.read_picture"}, sync_to_thread=False)
def empty() -> str:
    """Say nothing, behind the same door and guard."""
    return ""


@dataclass
class Measured:
    """The times of one sort of request, and the bytes of its answer."""

    name: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    times_ms: list[float] = field(default_factory=list)
    size: int = 0

    @property
    def ms(self) -> float:
        """The middle of the rounds."""
        return statistics.median(self.times_ms)


class Caller:
    """Calls an application as its server does."""

    def __init__(self, app: Any, token: str) -> None:
        self._app = app
        self._token = token

    async def ask(self, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """The answer: its status, its headers and its body."""
        given = {"host": "127.0.0.1:8112", "authorization": f"Bearer {self._token}", **headers}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
            "client": ("127.0.0.1", 5000),
            "server": ("127.0.0.1", 80),
            "state": {},
        }
        told: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            told.append(message)

        await self._app(scope, receive, send)
        start = told[0]
        names = {name.decode(): value.decode() for name, value in start["headers"]}
        return start["status"], names, b"".join(each.get("body", b"") for each in told[1:])


def main() -> None:
    """Print what the picture costs."""
    with folder() as place:
        asyncio.run(_main(place))


async def _main(place: Path) -> None:
    with country_in(place) as world:
        live = Live(world.opened)
        rooms = world.rooms(live)
        app = make_app(live, world.callers, CAPABILITIES, handlers=[empty], provided=rooms)
        await _print(Caller(app, world.token), live, rooms["operations"])
        await live.close()


async def _print(caller: Caller, live: Live, operations: Room) -> None:
    _, headers, body = await caller.ask(PICTURE, {})
    shown = msgspec.json.decode(body)
    incidents, units = len(shown["incidents"]), len(shown["units"])
    assert incidents == INCIDENTS
    assert units >= UNITS
    print(f"\nThe picture with {incidents:,} open incidents and {units:,} units")
    gzip, etag = {"accept-encoding": "gzip"}, {"if-none-match": headers["etag"]}
    bare = Measured("an empty page of the same framework", "/empty")
    ours = [
        Measured("/picture, prepared", PICTURE),
        Measured("/picture, prepared, packed", PICTURE, gzip),
        Measured("/picture that has not changed (304)", PICTURE, etag, 304),
        Measured("/, the national picture's page", "/", {"accept": "text/html"}),
        Measured("the same, packed", "/", {"accept": "text/html", **gzip}),
        Measured("/incidents, a page of 50 rows", LIST, {"accept": "text/html"}),
        Measured("/incidents, packed", LIST, {"accept": "text/html", **gzip}),
    ]
    for _ in range(ROUNDS):
        for each in (bare, *ours):
            each.times_ms.append(await _round(caller, each))
    print(f"  {bare.name:<44} {bare.ms:>8.2f} ms {bare.size:>10,} bytes")
    for each in ours:
        ratios = [a / b for a, b in zip(each.times_ms, bare.times_ms, strict=True)]
        ratio = f"{statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})"
        print(f"  {each.name:<44} {each.ms:>8.2f} ms {each.size:>10,} bytes   ratio {ratio}")
    _print_renewing(live, operations)


async def _round(caller: Caller, wanted: Measured) -> float:
    began = time.perf_counter()
    for _ in range(EACH):
        status, _, body = await caller.ask(wanted.path, wanted.headers)
        assert status == wanted.status, (wanted.name, status, body[:500])
        wanted.size = len(body)
    return (time.perf_counter() - began) / EACH * 1000


def _print_renewing(live: Live, operations: Room) -> None:
    """What a changed record costs: once for everybody, and once for each sort of reader."""
    pictures, query, at = operations.pictures, live.query, now()
    owners = OrganisationId("njb"), OrganisationId("nordjylland")
    readers = {
        "who may know no exact place": Reader(),
        "one service": Reader(organisations=frozenset(owners[:1])),
        "one area's centre": Reader(organisations=frozenset(owners[1:])),
    }
    times: dict[str, list[float]] = {}

    def timed(name: str, began: float) -> None:
        times.setdefault(name, []).append((time.perf_counter() - began) * 1000)

    for _ in range(ROUNDS):
        began = time.perf_counter()
        pictures.renew(query, live.position, at)
        timed("read anew, at most 4 times a second", began)
        for name, reader in readers.items():
            began = time.perf_counter()
            prepared = pictures.of(query, reader)
            timed(f"then for {name}", began)
            began = time.perf_counter()
            assert prepared.packed
            timed("then packed", began)
    for name, found in times.items():
        print(f"  {name:<44} {statistics.median(found):>8.2f} ms")
