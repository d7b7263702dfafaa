# SPDX-License-Identifier: Apache-2.0
"""The ground that a storm goes over: four nodes, their NATS servers, and all that joins them.

Each node has a server of its own, each server is a leaf of its parent's, over TLS. Every
connection, of a node with its server and of a server with its parent's, goes through a switch.
"""

import os
import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bavn.kernel.identity import NodeId
from bavn.runtime import clock
from bavn.runtime.peers.certificates import make_authority, make_certificate
from bavn.runtime.peers.nats_config import Certificate, Parent, Post, ServerPlan
from bavn.runtime.peers.nats_server import NatsServer
from bavn.runtime.peers.nkeys import make_nkey, public_nkey
from bavn.runtime.peers.switch import Switch
from tests.lilleland.nodes import NODES
from tests.runtime.peers.federation import PARENTS
from tests.storm_real.lilleland import LINE_KEY
from tests.storm_real.member import Member
from tests.storm_real.ports import free_ports

HERE = "127.0.0.1"


def children_of(node: NodeId) -> list[NodeId]:
    """The nodes right under a node."""
    return [child for child, parent in PARENTS.items() if parent == node]


def below(node: NodeId) -> tuple[NodeId, ...]:
    """All nodes under a node."""
    found: list[NodeId] = []
    for child in children_of(node):
        found += [child, *below(child)]
    return tuple(found)


class Ground:
    """All processes of one storm, and the switches between them."""

    def __init__(self, place: Path, chance: random.Random, bugs: tuple[str, ...] = ()) -> None:
        self.place = place
        ports = free_ports(2 * len(NODES), chance)
        self._client = dict(zip(NODES, ports, strict=False))
        self._leaf = dict(zip(NODES, ports[len(NODES) :], strict=True))
        # From a node to its own server, and from its server to the one above.
        self.near = {node: Switch((HERE, self._client[node])) for node in NODES}
        self.up = {node: Switch((HERE, self._leaf[PARENTS[node]])) for node in PARENTS}
        self.servers: dict[NodeId, NatsServer] = {}
        self.members: dict[NodeId, Member] = {}
        self._bugs = bugs

    async def start(self) -> None:
        """Start everything, the servers first."""
        for switch in (*self.near.values(), *self.up.values()):
            await switch.start()
        keys = {node: make_nkey(self._folder(node) / LINE_KEY) for node in NODES}
        posts = {
            node: Post(node=node, nkey=public_nkey(key), behind=below(node))
            for node, key in keys.items()
        }
        ca_file = make_authority(self.place, "lilleland", clock.now())
        pair = make_certificate(self.place, self.place, "server", (HERE,), clock.now())
        tls = Certificate(certificate_file=pair[0], key_file=pair[1])
        for node in NODES:
            plan = self._plan(node, posts, tls, ca_file)
            self.servers[node] = NatsServer(plan, self._folder(node))
            await self.servers[node].start()
        for node in NODES:
            url = f"nats://{HERE}:{self.near[node].port}"
            self.members[node] = Member(node, self._folder(node), url, self._bugs)
            await self.members[node].start()

    async def stop(self) -> None:
        """End everything at once."""
        for member in self.members.values():
            await member.kill()
        for server in self.servers.values():
            await server.kill()
        for switch in (*self.near.values(), *self.up.values()):
            await switch.stop()

    def signal_server(self, node: NodeId, what: signal.Signals) -> None:
        """Stop a server where it is, or let it go on."""
        pid = self.servers[node].pid
        if pid is not None:
            os.kill(pid, what)

    def _folder(self, node: NodeId) -> Path:
        folder = self.place / node
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _plan(
        self, node: NodeId, posts: dict[NodeId, Post], tls: Certificate, ca_file: Path
    ) -> ServerPlan:
        parent, children = None, children_of(node)
        if node in PARENTS:
            parent = Parent(
                url=f"tls://{HERE}:{self.up[node].port}",
                ca_file=ca_file,
                seed_file=self._folder(node) / LINE_KEY,
            )
        return ServerPlan(
            own=Post(node=node, nkey=posts[node].nkey),
            client=f"{HERE}:{self._client[node]}",
            leaf=f"{HERE}:{self._leaf[node]}" if children else "",
            tls=tls if children else None,
            children=tuple(posts[each] for each in children),
            parent=parent,
            log_file=self._folder(node) / "nats.log",
        )


@asynccontextmanager
async def ground(
    place: Path, chance: random.Random, bugs: tuple[str, ...] = ()
) -> AsyncIterator[Ground]:
    """The ground, with everything running; nothing of it is left afterwards."""
    found = Ground(place, chance, bugs)
    try:
        await found.start()
        yield found
    finally:
        await found.stop()
