# SPDX-License-Identifier: Apache-2.0
"""Serving: one process that owns the record, one loop, one port."""

import asyncio
import signal
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import uvicorn

from bavn.runtime.halt import halt
from bavn.runtime.house import House
from bavn.runtime.log import log
from bavn.runtime.web.door import Door
from bavn.runtime.web.library_log import take_in_libraries
from bavn.runtime.web.slow import InTime

LOOPBACK = "127.0.0.1"
# How long those who are being answered may go on after the process was told to end.
GRACE_S = 5
# More than a country's screens, and fewer than the files that a machine lets one process open.
CONNECTIONS_LIMIT = 8_000
# A page that is left open asks again within this time, and needs no new line for it.
KEPT_S = 75
HEAD_BYTES_LIMIT = 64 * 1024

Begin = Callable[[], Awaitable[tuple[House, Door]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What lies between us and browsers: a certificate of our own, or proxies that we believe."""

    certificate: Path | None = None
    certificate_key: Path | None = None
    proxies: tuple[str, ...] = ()
    # Whoever shows a certificate must have it of this authority; other nodes must show one.
    client_authority: Path | None = None


class _Server(uvicorn.Server):
    """Lets listeners go as soon as the process is told to end: a stream never ends by itself."""

    def __init__(self, config: uvicorn.Config, house: House, door: Door) -> None:
        super().__init__(config)
        self._house = house
        self._door = door

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Say that we are stopping before anything else is done about it."""
        self._door.is_stopping = True
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._house.let_go()
        await super().shutdown(sockets)


def bound(host: str, port: int) -> socket.socket:
    """A socket on the port, before anything else is opened; halts when another has it."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise halt(
            "port_taken",
            f"Port {port} of {host} cannot be used: {error.strerror}.",
            "Give another with --port, or stop what uses it.",
            port=port,
            host=host,
        ) from error
    return listening


def serve(
    listening: socket.socket,
    begin: Begin,
    ready: Callable[[int], None],
    line: Line = Line(),
) -> None:
    """Serve until the process is told to end; `ready` is called with the port once it answers."""
    asyncio.run(_serve(listening, begin, ready, line))


def _config(door: Door, line: Line) -> uvicorn.Config:
    return uvicorn.Config(
        door,
        http=InTime,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        # Whoever says for whom it asks is believed only where somebody has said that it may be.
        proxy_headers=bool(line.proxies),
        forwarded_allow_ips=list(line.proxies),
        ssl_certfile=line.certificate,
        ssl_keyfile=line.certificate_key,
        ssl_ca_certs=None if line.client_authority is None else str(line.client_authority),
        # Browsers on the same port have none, and are not asked for one.
        ssl_cert_reqs=ssl.CERT_NONE if line.client_authority is None else ssl.CERT_OPTIONAL,
        limit_concurrency=CONNECTIONS_LIMIT,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=KEPT_S,
        h11_max_incomplete_event_size=HEAD_BYTES_LIMIT,
        lifespan="on",
    )


async def _serve(
    listening: socket.socket, begin: Begin, ready: Callable[[int], None], line: Line
) -> None:
    take_in_libraries()
    house, door = await begin()
    server = _Server(_config(door, line), house, door)
    # uvicorn hands the signal on when it is done, and what is there by default would end the
    # process before the record is closed.
    signal.signal(signal.SIGTERM, lambda *_: None)
    port = int(listening.getsockname()[1])
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        # uvicorn says so by a flag and has no bell.
        while not server.started and not serving.done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        if server.started:
            live = house.front.live
            log("node.serving", port=port, world=live.world, position=live.position)
            await house.open()
            ready(port)
        await serving
    finally:
        await house.close()
