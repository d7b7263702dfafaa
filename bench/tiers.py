# SPDX-License-Identifier: Apache-2.0
"""A small federation to measure: a tree of nodes, each in a process of its own, over real NATS.

Real servers, joined by leaf links with TLS, as nodes on different machines would be; here on one
machine, so each figure is with two cores for all of it.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from nacl.signing import SigningKey

from bavn.journal.decision import Request
from bavn.journal.journal import Journal, Machine, NoReserve
from bavn.journal.record import Identity
from bavn.journal.roster import Grant, Peer, Roster, roster_of
from bavn.journal.stores.sqlite import open_store
from bavn.kernel.identity import NodeId, World
from bavn.kernel.mandate import owner_may
from bavn.runtime import clock
from bavn.runtime.peers.certificates import make_authority, make_certificate
from bavn.runtime.peers.exchange import Exchange
from bavn.runtime.peers.home import Home
from bavn.runtime.peers.letter import Letters
from bavn.runtime.peers.line import Line
from bavn.runtime.peers.nats_config import Certificate, Parent, Post, ServerPlan
from bavn.runtime.peers.nats_line import NatsLine
from bavn.runtime.peers.nats_server import NatsServer
from bavn.runtime.peers.nkeys import make_nkey, public_nkey, read_nkey
from bavn.runtime.vault_keys import FileKeys
from bavn.runtime.writer import LoopWriter
from bench.vocabulary import SERVICE, catalogue

WORLD = World("bench")
# From the top down, each the parent of the next; the last one hosts the service that tells.
NATION, CENTRE, LOCAL = map(NodeId, ("nation", "centre", "local"))
TIERS = (NATION, CENTRE, LOCAL)
HERE = "127.0.0.1"
T = TypeVar("T")


def key_of(node: NodeId) -> SigningKey:
    """A node's key."""
    return SigningKey(sha256(node.encode()).digest())


def roster(nodes: Sequence[NodeId] = TIERS) -> Roster:
    """Each under the one before it."""
    parents: dict[NodeId, NodeId] = dict(zip(nodes[1:], nodes, strict=False))
    peers = [
        Peer(node=each, key=key_of(each).verify_key.encode(), parent=parents.get(each))
        for each in nodes
    ]
    return roster_of(peers, [Grant(owner=SERVICE, node=nodes[-1], epoch=1)])


def open_journal(place: Path, node: NodeId, known: Roster) -> Journal:
    """A node's journal in this folder, made when there is none."""
    return Journal.open(
        open_store(str(place / f"{node}.db")),
        identity=Identity(node, WORLD, key_of(node)),
        roster=known,
        catalogue=catalogue(),
        keys=FileKeys(str(place / f"{node}-keys.db"), clock.entropy),
        may=owner_may,
        machine=Machine(now=clock.now, entropy=clock.entropy, reserve=NoReserve()),
    )


class Running:
    """A node as it runs: its journal with a thread that writes, and its exchange."""

    def __init__(
        self, place: Path, node: NodeId, lines: Sequence[Line], known: Roster | None = None
    ) -> None:
        self.journal = open_journal(place, node, known or roster())
        self.writer = LoopWriter(self.journal, NoReserve())
        record = self.journal.record
        reading = open_store(str(place / f"{node}.db"), read_only=True)
        letters = Letters(WORLD, node, key_of(node), lambda each: record.roster.line_key_of(each))  # noqa: PLW0108 - the roster changes
        self.exchange = Exchange(Home(record, self, reading), letters, lines)
        self.on_told: list[Callable[[], None]] = []

    async def alone(self, work: Callable[[Journal], T]) -> T:
        """Work on the journal, between two groups of writing."""
        return await self.writer.alone(work)

    def told(self) -> None:
        """Something was taken in."""
        for each in self.on_told:
            each()

    async def tell(self, request: Request) -> Any:
        """Have a request carried out, and the others told."""
        outcome = await self.writer.write(request)
        self.exchange.changed()
        return outcome

    def holds(self, of: NodeId = LOCAL) -> int:
        """How many entries of a node are here."""
        channels = list(self.journal.record.channels.items())
        return sum(channel.sequence for name, channel in channels if name.node == of)

    async def close(self) -> None:
        """End it."""
        await self.exchange.close()
        await self.writer.close()


@dataclass(frozen=True)
class Ports:
    """Where a node's server listens."""

    client: int
    leaf: int


def line_of(place: Path, node: NodeId, ports: Ports) -> NatsLine:
    """A node's line to its own server."""
    return NatsLine(node, WORLD, url_of(ports), read_nkey(place / f"{node}.nk"))


def url_of(ports: Ports) -> str:
    """Where a node finds its own server."""
    return f"nats://{HERE}:{ports.client}"


def free_ports() -> dict[NodeId, Ports]:
    """Ports that nobody has just now, two for each tier."""
    taken = [socket.socket() for _ in range(2 * len(TIERS))]
    for each in taken:
        each.bind((HERE, 0))
    found = [int(each.getsockname()[1]) for each in taken]
    for each in taken:
        each.close()
    return {node: Ports(*found[2 * at : 2 * at + 2]) for at, node in enumerate(TIERS)}


@asynccontextmanager
async def servers(
    place: Path, ports: dict[NodeId, Ports], upward: dict[NodeId, int] | None = None
) -> AsyncIterator[dict[NodeId, NatsServer]]:
    """A server for each tier, each a leaf of the one above; `upward` is another port to it."""
    keys = {node: make_nkey(place / f"{node}.nk") for node in TIERS}
    ca_file = make_authority(place, "bench", clock.now())
    pair = make_certificate(place, place, "server", (HERE,), clock.now())
    tls = Certificate(certificate_file=pair[0], key_file=pair[1])
    running = {}
    for number, node in enumerate(TIERS):
        below = TIERS[number + 1 :]
        child = [
            Post(node=each, nkey=public_nkey(keys[each]), behind=below[1:]) for each in below[:1]
        ]
        parent = None
        if number:
            above = (upward or {}).get(node, ports[TIERS[number - 1]].leaf)
            seed = place / f"{node}.nk"
            parent = Parent(url=f"tls://{HERE}:{above}", ca_file=ca_file, seed_file=seed)
        plan = ServerPlan(
            own=Post(node=node, nkey=public_nkey(keys[node])),
            client=f"{HERE}:{ports[node].client}",
            leaf=f"{HERE}:{ports[node].leaf}" if below else "",
            children=tuple(child),
            parent=parent,
            tls=tls,
            log_file=place / f"nats-{node}.log",
        )
        running[node] = NatsServer(plan, place)
    try:
        for server in running.values():
            await server.start()
        yield running
    finally:
        for server in running.values():
            await server.kill()


async def until(holds: Callable[[], bool], at_most_s: float = 120.0, each_s: float = 0.001) -> None:
    """Wait until something holds; an error when it does not in time."""
    end = clock.seconds() + at_most_s
    while not holds():
        if clock.seconds() > end:
            raise TimeoutError
        await asyncio.sleep(each_s)
