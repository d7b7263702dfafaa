# SPDX-License-Identifier: Apache-2.0
"""A parent on a real uvicorn with TLS, and two children; the east's way goes through a switch."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import uvicorn
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey

from bavn.kernel.identity import NodeId
from bavn.runtime import clock
from bavn.runtime.peers.certificates import make_authority, make_certificate
from bavn.runtime.peers.https_line import HttpsLine, Own
from bavn.runtime.peers.https_way import Address
from bavn.runtime.peers.line import Line
from bavn.runtime.peers.lines_file import Child
from bavn.runtime.peers.switch import Switch
from bavn.runtime.web.slow import InTime
from tests.runtime.peers.line_contract import CENTRE, EAST, NODES, WEST, WORLD
from tests.runtime.peers.ports import free_ports

HERE = "127.0.0.1"


class Served:
    """An application behind TLS on a port."""

    def __init__(self, app: Any, port: int, certificate: tuple[Path, Path], **more: Any) -> None:
        config = uvicorn.Config(
            app,
            host=HERE,
            port=port,
            http=InTime,
            ws="none",
            log_config=None,
            access_log=False,
            lifespan="off",
            ssl_certfile=certificate[0],
            ssl_keyfile=certificate[1],
            timeout_graceful_shutdown=1,
            **more,
        )
        self._server = uvicorn.Server(config)
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._serving = asyncio.create_task(self._server.serve())
        while not self._server.started:
            assert not self._serving.done(), "the server did not start"
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        self._server.should_exit = self._server.force_exit = True
        for protocol in list(self._server.server_state.connections):
            protocol.transport.abort()
        if self._serving is not None:
            await self._serving


class HttpsNet:
    """The centre serves, east and west call."""

    def __init__(self, path: Path, nodes: Sequence[NodeId] = NODES) -> None:
        self.keys = {node: SigningKey(clock.entropy(32)) for node in nodes}
        self.ca_file = make_authority(path, "lilleland", clock.now())
        self.certificate = make_certificate(path, path, "centre", (HERE,), clock.now())
        self.port, self.west_port = free_ports(2)
        self.switch = Switch((HERE, self.port))
        self.lines: dict[NodeId, HttpsLine] = {}
        self.served: Served | None = None
        self.ears: Any = None

    def own(self, node: NodeId) -> Own:
        def is_proof(child: NodeId, text: bytes, proof: bytes) -> bool:
            try:
                self.keys[child].verify_key.verify(text, proof)
            except (BadSignatureError, ValueError, KeyError):
                return False
            return True

        return Own(
            node=node,
            world=WORLD,
            prove=lambda text: self.keys[node].sign(text).signature,
            is_proof=is_proof,
        )

    def address(self, port: int, node: NodeId = CENTRE) -> Address:
        return Address(node=node, url=f"https://{HERE}:{port}", ca_file=self.ca_file)

    async def start(self) -> None:
        await self.switch.start()
        children = [Child(node=node) for node in (EAST, WEST)]
        self.lines[CENTRE] = HttpsLine(self.own(CENTRE), children=children)
        for node, port in ((EAST, self.switch.port), (WEST, self.port)):
            self.lines[node] = HttpsLine(self.own(node), parent=self.address(port))
        await self._serve()

    async def stop(self) -> None:
        if self.served is not None:
            await self.served.stop()
        await self.switch.stop()

    async def _serve(self) -> None:
        self.served = Served(self.lines[CENTRE].app, self.port, self.certificate)
        await self.served.start()

    def line(self, node: NodeId) -> Line:
        return self.lines[node]

    async def kill_post(self) -> None:
        assert self.served is not None
        await self.served.stop()

    async def revive_post(self) -> None:
        await self._serve()

    def strand(self) -> None:
        self.switch.strand()

    async def spoil(self, raw: bytes) -> None:
        self.switch.spoil(raw)
        with suppress(OSError):
            _, writer = await asyncio.open_connection(HERE, self.port)
            writer.write(raw)
            await writer.drain()
            writer.close()


@asynccontextmanager
async def https_net(path: Path) -> AsyncIterator[HttpsNet]:
    net = HttpsNet(path)
    try:
        await net.start()
        yield net
    finally:
        await net.stop()
