# SPDX-License-Identifier: Apache-2.0
"""Serving: one process that owns the record, one loop, one port."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import uvicorn
from litestar import Litestar

from bavn.runtime.halt import halt
from bavn.runtime.live import Live
from bavn.runtime.log import log

LOOPBACK = "127.0.0.1"
# How long those who are being answered may go on after the process was told to end.
GRACE_S = 5


class _Server(uvicorn.Server):
    """Lets listeners go as soon as the process is told to end: a stream never ends by itself."""

    def __init__(self, config: uvicorn.Config, live: Live) -> None:
        super().__init__(config)
        self._live = live

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._live.hub.close()
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
    begin: Callable[[], Awaitable[tuple[Live, Litestar]]],
    ready: Callable[[int], None],
) -> None:
    """Serve until the process is told to end; `ready` is called with the port once it answers."""
    asyncio.run(_serve(listening, begin, ready))


async def _serve(
    listening: socket.socket,
    begin: Callable[[], Awaitable[tuple[Live, Litestar]]],
    ready: Callable[[int], None],
) -> None:
    live, app = await begin()
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=75,
        h11_max_incomplete_event_size=64 * 1024,
        lifespan="on",
    )
    server = _Server(config, live)
    port = int(listening.getsockname()[1])
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        # uvicorn says so by a flag and has no bell.
        while not server.started and not serving.done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        if server.started:
            log("node.serving", port=port, world=live.world, position=live.position)
            ready(port)
        await serving
    finally:
        await live.close()
