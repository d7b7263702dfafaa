# SPDX-License-Identifier: Apache-2.0
"""The stream: how soon many listeners hear a fact after whoever told it had the answer.

The server is a process of its own, as in life. Listeners and the teller share another, on one
clock: from the answer to the teller until a listener's socket gives the fact. Half-way some
listeners go away and come back with the last position that they heard.
"""

import asyncio
import multiprocessing
import re
import socket
import statistics
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from litestar import Litestar, get, post
from litestar.response import ServerSentEvent

from bavn.node.wiring import CAPABILITIES
from bavn.runtime import live as lives
from bavn.runtime.live import Live
from bavn.runtime.web import hub
from bavn.runtime.web.app import make_app
from bench.measure import folder
from bench.served import country_in

LISTENERS, FACTS_S, SECONDS = 500, 50, 10
# So many go away half-way, and come back.
AWAY, AWAY_S = 100, 0.5
GOAL_MS = 300
# A line that says nothing for so long is given up: then something is wrong with the measurement.
SILENT_S = 30
OWNER, AREA = "njb", "nordjylland"
_MARK = re.compile(rb"incident:(m[0-9]+)")
_ID = re.compile(rb"^id: ([0-9]+)", re.MULTILINE)


@dataclass
class Listener:
    """One listener: what it heard, when, and how far it has come."""

    port: int
    token: str
    # What stands between two events.
    end: bytes = b"\n\n"
    # What a fact is known by.
    mark: re.Pattern[bytes] = _MARK
    heard: dict[bytes, list[float]] = field(default_factory=dict)
    last_id: bytes = b""
    writer: asyncio.StreamWriter | None = None
    is_listening: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        """Listen until the line is cut."""
        reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        ask = [
            "GET /api/v1/stream HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            f"Authorization: Bearer {self.token}",
        ]
        if self.last_id:
            ask.append(f"Last-Event-ID: {self.last_id.decode()}")
        self.writer.write("\r\n".join([*ask, "", ""]).encode())
        rest = b""
        while raw := await asyncio.wait_for(reader.read(1 << 16), SILENT_S):
            at = time.monotonic()
            self.is_listening.set()
            # A fact may come in two pieces; only whole ones are counted.
            whole, _, rest = (rest + raw).rpartition(self.end)
            for mark in self.mark.findall(whole):
                self.heard.setdefault(mark, []).append(at)
            if ids := _ID.findall(whole):
                self.last_id = ids[-1]

    def cut(self) -> None:
        """Cut the line, as a network does."""
        if self.writer is not None:
            self.writer.transport.abort()
        self.is_listening.clear()


def main() -> None:
    """Print what it takes to be heard by many."""
    print(f"\n{LISTENERS} listeners, {FACTS_S} facts a second for {SECONDS} s")
    with folder() as place:
        _measure("bavn", place, _serve_bavn, GOAL_MS)
    with folder() as place:
        _measure("Litestar's own events, no record", place, _serve_bare, None)


def _measure(
    name: str, place: Path, serve: Callable[[Path, Connection], None], goal_ms: int | None
) -> None:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=serve, args=(place, there))
    server.start()
    port, token = here.recv()
    try:
        listeners, told = asyncio.run(_play(port, token, is_ours=goal_ms is not None))
    finally:
        here.send("end")
        encoded = here.recv()
        server.join(SILENT_S)
    delays = sorted(
        (at - told[mark]) * 1000
        for each in listeners
        for mark, times in each.heard.items()
        for at in times[:1]
        if mark in told
    )
    lost = sum(mark not in each.heard for each in listeners for mark in told)
    twice = sum(len(times) > 1 for each in listeners for times in each.heard.values())
    middle, most = statistics.median(delays), delays[int(len(delays) * 0.99)]
    aim = "" if goal_ms is None else f" (aim: {goal_ms})"
    print(f"  {name}: {len(told)} facts, {len(delays):,} times heard")
    print(f"    heard after the answer: median {middle:.1f} ms, p99 {most:.1f} ms{aim}")
    print(f"    lost {lost}, heard twice {twice}, encoded {encoded / len(told):.2f} times a fact")


async def _play(
    port: int, token: str, *, is_ours: bool
) -> tuple[list[Listener], dict[bytes, float]]:
    end = b"\n\n" if is_ours else b"\r\n\r\n"
    listeners = [Listener(port, token, end) for _ in range(LISTENERS)]
    tasks = {id(each): asyncio.create_task(each.listen()) for each in listeners}
    for each in listeners:
        await asyncio.wait_for(each.is_listening.wait(), SILENT_S)
    told: dict[bytes, float] = {}
    telling = asyncio.create_task(_tell(port, token, told))
    if is_ours:
        await asyncio.sleep(SECONDS / 2)
        for each in listeners[:AWAY]:
            each.cut()
        await asyncio.sleep(AWAY_S)
        for each in listeners[:AWAY]:
            tasks[id(each)] = asyncio.create_task(each.listen())
    await telling
    began = time.perf_counter()
    while time.perf_counter() - began < SILENT_S:
        if all(len(each.heard) == len(told) for each in listeners):
            break
        await asyncio.sleep(0.05)
    for each in listeners:
        each.cut()
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    return listeners, told


async def _tell(port: int, token: str, told: dict[bytes, float]) -> None:
    """Tell a fact each fiftieth of a second; note when each was answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = time.perf_counter()
    for number in range(FACTS_S * SECONDS):
        await asyncio.sleep(max(0.0, began + number / FACTS_S - time.perf_counter()))
        mark = f"m{number}"
        body = msgspec.json.encode({"status": "en_route", "incident": mark})
        writer.write(
            (
                f"POST /api/v1/units/{OWNER}-bench-{number % 20}/status HTTP/1.1\r\n"
                f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            ).encode()
            + body
        )
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), SILENT_S)
        told[mark.encode()] = time.monotonic()
        assert b" 201 " in head.split(b"\r\n")[0], head
        length = re.search(rb"content-length: ([0-9]+)", head.lower())
        assert length is not None
        await reader.readexactly(int(length[1]))
    writer.close()


# The servers


def _serve_bavn(place: Path, pipe: Connection) -> None:
    encoded = 0
    encode = hub.frame_of

    def counted(event: str, data: object, mark: int | None = None) -> bytes:
        nonlocal encoded
        encoded += event == "fact"
        return encode(event, data, mark)

    async def begin() -> None:
        with country_in(place, organisation=OWNER, incidents=50, units=50) as world:
            # What was told before anybody listened is not what is measured.
            live = Live(world.opened)
            vars(lives)["frame_of"] = counted
            app = make_app(live, world.callers, CAPABILITIES, provided=world.rooms(live))
            await _until_told(app, pipe, world.token)
            await live.close()

    asyncio.run(begin())
    pipe.send(encoded)


def _serve_bare(_place: Path, pipe: Connection) -> None:
    queues: set[asyncio.Queue[dict[str, Any]]] = set()
    encoded = 0

    @get("/api/v1/stream")
    async def stream() -> ServerSentEvent:
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        queues.add(queue)

        async def events() -> AsyncIterator[str]:
            nonlocal encoded
            yield "{}"
            while True:
                data = await queue.get()
                encoded += 1
                yield msgspec.json.encode(data).decode()

        return ServerSentEvent(events())

    @post("/api/v1/units/{unit:str}/status")
    async def tell(unit: str, data: dict[str, Any]) -> dict[str, Any]:
        fact = {"about": [f"unit:{unit}", f"incident:{data['incident']}"], "owner": OWNER}
        for queue in queues:
            queue.put_nowait(fact)
        return data

    async def begin() -> None:
        await _until_told(
            Litestar([stream, tell], openapi_config=None, logging_config=None), pipe, "none"
        )

    asyncio.run(begin())
    pipe.send(encoded)


async def _until_told(app: Any, pipe: Connection, token: str) -> None:
    """Serve until the one who measures says that it is enough."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:  # noqa: ASYNC110 - it says so by a flag
        await asyncio.sleep(0.01)
    pipe.send((listening.getsockname()[1], token))
    await asyncio.to_thread(pipe.recv)
    server.should_exit = True
    await serving
