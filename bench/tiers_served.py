# SPDX-License-Identifier: Apache-2.0
"""The nation's node as it is served: with its stream, beside the exchange, in one process."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn

from bavn.journal.journal import Journal, Machine
from bavn.journal.record import Identity
from bavn.journal.stores.sqlite import open_store
from bavn.kernel.identity import NodeId, OrganisationId
from bavn.node.wiring import COUNTRY, country_gate
from bavn.runtime import clock
from bavn.runtime.access import Access
from bavn.runtime.countries import built_in
from bavn.runtime.erasures import ListedKeys
from bavn.runtime.folder import Folder, make_folder
from bavn.runtime.live import Live
from bavn.runtime.opened import Opened, WriterLock
from bavn.runtime.peers.exchange import Exchange
from bavn.runtime.peers.home import Home
from bavn.runtime.peers.letter import Letters
from bavn.runtime.reserve import WithoutReserve
from bavn.runtime.tokens import Token
from bavn.runtime.web.app import make_app
from bavn.runtime.web.callers import Callers
from bavn.runtime.web.site import Site
from bench.served import FREE, FUNCTION
from bench.stream import SILENT_S, Listener
from bench.tiers import HERE, WORLD, Ports, key_of, line_of, roster
from bench.vocabulary import catalogue

LISTENER = OrganisationId("brs")
# As `report` of the vocabulary names them.
MARK = re.compile(rb"incident:([0-9]{12})")


@asynccontextmanager
async def served(
    place: Path, node: NodeId, ports: Ports, told: Callable[[Live], None]
) -> AsyncIterator[tuple[int, str]]:
    """A node with exchange and stream, and the port and token to hear it with."""
    folder = Folder(place / f"{node}-served")
    live = Live(_opened(folder, node))
    live.after_news(lambda: told(live))
    record = live.journal.record
    letters = Letters(WORLD, node, key_of(node), lambda each: record.roster.line_key_of(each))  # noqa: PLW0108 - the roster changes
    reading = open_store(str(folder.journal_path(WORLD)), read_only=True)
    exchange = Exchange(Home(record, live, reading), letters, [line_of(place, node, ports)])
    access = Access(folder.access_path(WORLD))
    token = access.tokens.make(Token(name="bench", function=FUNCTION, organisations=(LISTENER,)))
    callers = Callers(access, country=built_in(COUNTRY), site=Site(limits=FREE))
    listening = socket.create_server((HERE, 0))
    config = uvicorn.Config(
        make_app(live, callers, ()), log_config=None, access_log=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:  # noqa: ASYNC110 - it says so by a flag
        await asyncio.sleep(0.01)
    await exchange.open()
    try:
        yield int(listening.getsockname()[1]), token
    finally:
        await exchange.close()
        server.should_exit = True
        await serving
        await live.close()
        access.close()


def _opened(folder: Folder, node: NodeId) -> Opened:
    make_folder(folder.world_path(WORLD))
    make_folder(folder.keys_path)
    keys = ListedKeys(folder.vault_path(WORLD), WORLD, folder.erasures)
    store = open_store(str(folder.journal_path(WORLD)))
    may = country_gate(built_in(COUNTRY))
    reserve = WithoutReserve(folder.path)
    journal = Journal.open(
        store,
        identity=Identity(node, WORLD, key_of(node)),
        roster=roster(),
        catalogue=catalogue(),
        keys=keys,
        may=may,
        machine=Machine(now=clock.now, entropy=clock.entropy, reserve=reserve),
    )
    lock = WriterLock(folder.lock_path(WORLD))
    return Opened(folder, WORLD, journal, reserve, keys, may, store, lock)


async def heard(port: int, token: str, count: int) -> dict[int, float]:
    """When each of so many reports was read by one who listens to the stream, by its number."""
    listener = Listener(port, token, mark=MARK)
    listening = asyncio.create_task(listener.listen())
    await asyncio.wait_for(listener.is_listening.wait(), SILENT_S)
    while len(listener.heard) < count and not listening.done():  # noqa: ASYNC110 - looked at
        await asyncio.sleep(0.05)
    listener.cut()
    await asyncio.gather(listening, return_exceptions=True)
    return {int(mark): times[0] for mark, times in listener.heard.items()}
