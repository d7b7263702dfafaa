# SPDX-License-Identifier: Apache-2.0
"""Three real NATS servers: two leaves of one parent, over TLS, each caller known by its key."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from nacl.signing import SigningKey

from bavn.kernel.identity import NodeId
from bavn.runtime import clock
from bavn.runtime.peers.certificates import make_authority, make_certificate
from bavn.runtime.peers.line import Line
from bavn.runtime.peers.nats_config import Certificate, Parent, Post, ServerPlan
from bavn.runtime.peers.nats_line import NatsLine
from bavn.runtime.peers.nats_server import NatsServer
from bavn.runtime.peers.nkeys import make_nkey, public_nkey
from bavn.runtime.peers.switch import Switch
from tests.runtime.peers.line_contract import EAST, NODES, WORLD
from tests.runtime.peers.ports import free_ports

HERE = "127.0.0.1"


class NatsNet:
    """Each node with a server of its own; the east's two connections go through switches."""

    def __init__(self, path: Path, nodes: Sequence[NodeId] = NODES) -> None:
        self.path = path
        # The first is the others' parent.
        self.nodes = nodes
        self.keys: dict[NodeId, SigningKey] = {
            node: make_nkey(path / f"{node}.nk") for node in nodes
        }
        ports = free_ports(len(nodes) + 1)
        self.client_ports = dict(zip(nodes, ports, strict=False))
        self.leaf_port = ports[-1]
        # East's line to its own server, and that server's to the parent.
        self.near = Switch((HERE, self.client_ports[EAST]))
        self.far = Switch((HERE, self.leaf_port))
        self.ca_file = make_authority(path, "lilleland", clock.now())
        pair = make_certificate(path, path, "centre", (HERE,), clock.now())
        self.certificate = Certificate(certificate_file=pair[0], key_file=pair[1])
        self.servers: dict[NodeId, NatsServer] = {}
        self._lines: dict[NodeId, NatsLine] = {}

    def post(self, node: NodeId) -> Post:
        return Post(node=node, nkey=public_nkey(self.keys[node]))

    def plan(self, node: NodeId) -> ServerPlan:
        client = f"{HERE}:{self.client_ports[node]}"
        if node == self.nodes[0]:
            return ServerPlan(
                own=self.post(node),
                client=client,
                leaf=f"{HERE}:{self.leaf_port}",
                tls=self.certificate,
                children=tuple(self.post(each) for each in self.nodes[1:]),
                log_file=self.path / f"{node}.log",
            )
        port = self.far.port if node == EAST else self.leaf_port
        parent = Parent(
            url=f"tls://{HERE}:{port}", ca_file=self.ca_file, seed_file=self.path / f"{node}.nk"
        )
        log_file = self.path / f"{node}.log"
        return ServerPlan(own=self.post(node), client=client, parent=parent, log_file=log_file)

    async def start(self) -> None:
        await self.near.start()
        await self.far.start()
        for node in self.nodes:
            port = self.near.port if node == EAST else self.client_ports[node]
            url = f"nats://{HERE}:{port}"
            self._lines[node] = NatsLine(node, WORLD, url, self.keys[node])
            self.servers[node] = NatsServer(self.plan(node), self.path)
            await self.servers[node].start()

    async def stop(self) -> None:
        for server in self.servers.values():
            await server.kill()
        await self.near.stop()
        await self.far.stop()

    def line(self, node: NodeId) -> Line:
        return self._lines[node]

    async def kill_post(self) -> None:
        await self.servers[self.nodes[0]].kill()

    async def revive_post(self) -> None:
        await self.servers[self.nodes[0]].start()

    def strand(self) -> None:
        self.near.strand()

    async def spoil(self, raw: bytes) -> None:
        self.near.spoil(raw)
        for port in (self.leaf_port, *self.client_ports.values()):
            with suppress(OSError):
                _, writer = await asyncio.open_connection(HERE, port)
                writer.write(raw)
                await writer.drain()
                writer.close()


@asynccontextmanager
async def nats_net(path: Path, nodes: Sequence[NodeId] = NODES) -> AsyncIterator[NatsNet]:
    net = NatsNet(path, nodes)
    try:
        await net.start()
        yield net
    finally:
        await net.stop()
