# SPDX-License-Identifier: Apache-2.0
"""The lines of the demonstration: a NATS server for each tier, and a switch on every link.

The nation and each area have a server of their own; an area's is a leaf of the nation's, and what
is below an area connects to the area's. Between any two nodes lies one switch.
"""

import asyncio
import socket
from collections.abc import Mapping
from pathlib import Path

import msgspec

from bavn.kernel.identity import NodeId
from bavn.node.federated.founding import HERE, folder_of
from bavn.node.federated.plan import Plan, PlannedNode, Tier
from bavn.runtime.folder import Folder, make_folder
from bavn.runtime.peers import nkeys
from bavn.runtime.peers.certificates import AUTHORITY, CERTIFICATE, CERTIFICATE_KEY
from bavn.runtime.peers.lines_file import (
    Child,
    LineEntry,
    LinesFile,
    Server,
    read_lines_file,
    write_lines_file,
)
from bavn.runtime.peers.nats_config import Post, ServerPlan
from bavn.runtime.peers.nats_server import NatsServer
from bavn.runtime.peers.switch import Mode, Switch

SERVERS = "servers"
SLOW_S = 0.5
# 64 kbit a second: what is left when only the old lines hold.
NARROW_BYTES_S = 8_000
_WITH_SERVER = frozenset({Tier.NATION, Tier.AREA})


class LinkNow(msgspec.Struct, frozen=True, kw_only=True):
    """How a link stands: `mode` is pass, cut or frozen."""

    mode: str
    delay_ms: int
    bytes_per_s: int
    passed_bytes: int

    @property
    def is_broken(self) -> bool:
        """True when nothing comes through."""
        return self.mode != Mode.PASS

    @property
    def is_whole(self) -> bool:
        """True when nothing is done to it."""
        return self.mode == Mode.PASS and not self.delay_ms and not self.bytes_per_s


class Wires:
    """All servers and links. A link is named by the lower of its two nodes."""

    def __init__(self, data: Path, plan: Plan) -> None:
        self._data = data
        self._plan = plan
        self._servers: dict[NodeId, NatsServer] = {}
        self._switches: dict[NodeId, Switch] = {}

    async def start(self) -> None:
        """Write every node's lines.toml, and have servers and switches run."""
        hubs = [each for each in self._plan.nodes if each.tier in _WITH_SERVER]
        ports = free_ports(len(hubs) + 1)
        client = {each.node: port for each, port in zip(hubs, ports, strict=False)}
        leaf = ports[-1]
        for each in self._plan.nodes:
            if each.parent is not None:
                to = leaf if each.tier is Tier.AREA else client[each.parent]
                self._switches[each.node] = Switch((HERE, to))
                await self._switches[each.node].start()
        for each in self._plan.nodes:
            folder = folder_of(self._data, each.node)
            write_lines_file(folder.path, self._lines(each, client, leaf))
        make_folder(self._data / SERVERS)
        for each in hubs:
            plan = self._server_plan(each.node)
            self._servers[each.node] = NatsServer(plan, self._data / SERVERS)
        # The upper one first; it is there in some hundredths of a second.
        for server in self._servers.values():
            await server.start()

    async def stop(self) -> None:
        """End all of it."""
        for server in self._servers.values():
            await server.stop()
        for switch in self._switches.values():
            await switch.stop()

    @property
    def server_pids(self) -> list[int]:
        """The processes of the servers."""
        return [server.pid for server in self._servers.values() if server.pid is not None]

    # Switching

    def links(self) -> Mapping[NodeId, LinkNow]:
        """How each link stands now."""
        return {
            node: LinkNow(
                mode=switch.mode.value,
                delay_ms=round(switch.delay_s * 1000),
                bytes_per_s=switch.bytes_per_s,
                passed_bytes=switch.passed_bytes,
            )
            for node, switch in self._switches.items()
        }

    async def cut(self, node: NodeId) -> None:
        """End the link at once, and every new try."""
        await self._switches[node].cut()

    async def freeze(self, node: NodeId) -> None:
        """Let nothing through, and tell nobody."""
        await self._switches[node].freeze()

    async def delay(self, node: NodeId) -> None:
        """Have everything come late, each way."""
        await self._pass(node)
        self._switches[node].delay_s = SLOW_S

    async def narrow(self, node: NodeId) -> None:
        """Let little through."""
        await self._pass(node)
        self._switches[node].bytes_per_s = NARROW_BYTES_S

    async def restore(self, node: NodeId) -> None:
        """Have the link as it was at first."""
        switch = self._switches[node]
        switch.delay_s, switch.bytes_per_s = 0.0, 0
        await self._pass(node)

    async def _pass(self, node: NodeId) -> None:
        if self._switches[node].mode is not Mode.PASS:
            await self._switches[node].let_pass()
            await asyncio.sleep(0)

    # What each is told

    def _lines(self, each: PlannedNode, client: Mapping[NodeId, int], leaf: int) -> LinesFile:
        if each.tier not in _WITH_SERVER:
            url = f"nats://{HERE}:{self._switches[each.node].port}"
            return LinesFile(line=(LineEntry(kind="nats", url=url),))
        own = f"{HERE}:{client[each.node]}"
        keys = folder_of(self._data, each.node).keys_path.name
        if each.parent is None:
            server = Server(
                client=own,
                leaf=f"{HERE}:{leaf}",
                certificate_file=f"{keys}/{CERTIFICATE}",
                certificate_key_file=f"{keys}/{CERTIFICATE_KEY}",
            )
        else:
            server = Server(
                client=own,
                parent_url=f"tls://{HERE}:{self._switches[each.node].port}",
                parent_ca_file=f"{keys}/{AUTHORITY}",
            )
        return LinesFile(
            line=(LineEntry(kind="nats", url=f"nats://{own}"),),
            child=tuple(self._child(child) for child in self._plan.children_of(each.node)),
            server=server,
        )

    def _child(self, each: PlannedNode) -> Child:
        behind = self._plan.from_here_down(each.node)[1:]
        return Child(node=each.node, nkey=self._nkey(each.node), behind=tuple(behind))

    def _nkey(self, node: NodeId) -> str:
        return nkeys.public_nkey(nkeys.read_nkey(_seed(folder_of(self._data, node))))

    def _server_plan(self, node: NodeId) -> ServerPlan:
        folder = folder_of(self._data, node)
        own = Post(node=node, nkey=self._nkey(node))
        plan = read_lines_file(folder.path).server_plan(folder.path, own, _seed(folder))
        assert plan is not None, "only those with a server are asked"
        log_file = self._data / SERVERS / f"{node}.log"
        return msgspec.structs.replace(plan, log_file=log_file)


def _seed(folder: Folder) -> Path:
    return folder.keys_path / nkeys.NAME


def free_ports(count: int) -> list[int]:
    """So many ports that nobody has just now."""
    taken = [socket.socket() for _ in range(count)]
    try:
        for each in taken:
            each.bind((HERE, 0))
        return [int(each.getsockname()[1]) for each in taken]
    finally:
        for each in taken:
            each.close()
