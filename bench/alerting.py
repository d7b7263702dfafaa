# SPDX-License-Identifier: Apache-2.0
"""From the key to "sent", through the interface: with every adapter hanging, beside none.

The service has an address for each unit by e-mail, by webhook and by printer, and all three servers
take the connection and never say a word. Before it is measured the hands of every channel are full.
"""

import asyncio
import socket
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import uvicorn

from bavn.node.wiring import CAPABILITIES
from bavn.runtime.live import Live
from bavn.runtime.web.app import make_app
from bench.measure import folder
from bench.served import Served, country_in

SERVICE = "njb"
INCIDENTS, UNITS, ORDERS, FILLING, ROUNDS = 20, 300, 60, 12, 3
# Officers do not press keys at the pace of a machine.
PAUSE_S = 0.05
CHANNELS = """
[channel.mail]
sort = "email"
host = "127.0.0.1"
port = {port}
tls = "none"
sender = "alarm@example.org"
[channel.gateway]
sort = "webhook"
url = "http://127.0.0.1:{port}/alert"
secret_file = "{secret}"
[channel.printer]
sort = "printer"
"""
Times = list[float]


def main() -> None:
    """Print how long an order takes, and the ratio of the two."""
    print(f"\n{ORDERS} orders of a unit each, from the key to the answer, {ROUNDS} rounds in turn")
    none: list[Times] = []
    hanging: list[Times] = []
    for _ in range(ROUNDS):
        for is_hanging, found in ((False, none), (True, hanging)):
            with folder() as place:
                found.append(asyncio.run(_measured(place, is_hanging=is_hanging)))
    for name, runs in (("no adapter", none), ("every adapter hanging", hanging)):
        times = sorted(each for run in runs for each in run)
        p99 = times[int(len(times) * 0.99)] * 1000
        print(f"  {name:<24} median {statistics.median(times) * 1000:.1f} ms, p99 {p99:.1f} ms")
    pairs = [
        statistics.median(theirs) / statistics.median(ours)
        for ours, theirs in zip(none, hanging, strict=True)
    ]
    spread = f"{min(pairs):.2f} to {max(pairs):.2f}"
    print(f"  hanging to none: {statistics.median(pairs):.2f} ({spread}); aim: 1")


async def _measured(place: Path, *, is_hanging: bool) -> Times:
    with country_in(place, organisation=SERVICE, incidents=INCIDENTS, units=UNITS) as served:
        async with _silent() as port, _api(served, port if is_hanging else 0) as api:
            units, incident = await _ground(api)
            if is_hanging:
                for unit in units:
                    await _addresses(api, unit, port)
            for unit in units[:FILLING]:
                await _order(api, incident, unit)
            await asyncio.sleep(2)
            times = []
            for unit in units[FILLING : FILLING + ORDERS]:
                times.append(await _order(api, incident, unit))
                await asyncio.sleep(PAUSE_S)
            return times


async def _ground(api: httpx.AsyncClient) -> tuple[list[str], str]:
    answer = await api.get("/api/v1/units", params={"service": SERVICE, "limit": 1000})
    units = [each["id"] for each in answer.json()["items"]]
    assert len(units) >= FILLING + ORDERS, len(units)
    place = {"lat": 57.0488, "lon": 9.9217}
    body = {"type": "BR-VIL", "service": SERVICE, "place": place}
    reported = await api.post("/api/v1/incidents", json=body)
    return units[: FILLING + ORDERS], str(reported.json()["id"])


async def _addresses(api: httpx.AsyncClient, unit: str, port: int) -> None:
    for channel, to in (
        ("mail", "crew@example.org"),
        ("gateway", "crew"),
        ("printer", f"127.0.0.1:{port}"),
    ):
        body = {"target": f"unit:{unit}", "channel": channel, "address": to}
        answer = await api.post("/api/v1/alert-addresses", json=body)
        assert answer.status_code == httpx.codes.CREATED, answer.text


async def _order(api: httpx.AsyncClient, incident: str, unit: str) -> float:
    began = time.perf_counter()
    answer = await api.post(f"/api/v1/incidents/{incident}/dispatch", json={"units": [unit]})
    took = time.perf_counter() - began
    assert answer.status_code == httpx.codes.CREATED, answer.text
    return took


@asynccontextmanager
async def _silent() -> AsyncIterator[int]:
    """A server that takes every connection and never says a word."""
    is_over = asyncio.Event()

    async def listen(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await is_over.wait()
        writer.transport.abort()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        is_over.set()
        server.close()


@asynccontextmanager
async def _api(served: Served, port: int) -> AsyncIterator[httpx.AsyncClient]:
    if port:
        path = served.opened.folder.path
        secret = path / "gateway-secret"
        secret.write_text("a shared word that is long enough")
        secret.chmod(0o600)
        (path / "alerting.toml").write_text(CHANNELS.format(port=port, secret=secret.resolve()))
    live = Live(served.opened)
    app = make_app(live, served.callers, CAPABILITIES, provided=served.rooms(live))
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="on"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:  # noqa: ASYNC110 - it says so by no event
        await asyncio.sleep(0.01)
    origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
    headers = {"authorization": f"Bearer {served.token}"}
    try:
        async with httpx.AsyncClient(base_url=origin, headers=headers, timeout=60) as api:
            yield api
    finally:
        server.should_exit = True
        live.hub.close()
        await serving
        await live.close()
