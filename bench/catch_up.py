# SPDX-License-Identifier: Apache-2.0
"""Catching up after a long cut: fetched, checked, kept and applied by a node that lacks all.

Beside the bare transfer of the same bytes by the same client over the same servers, and beside the
bare append of them. The teller and the catcher are processes of their own. While it catches up the
catcher has some reports of its own to write, as a node has whose people go on: how long each waits
is said as well.
"""

import asyncio
import itertools
import multiprocessing
import sqlite3
import statistics
import time
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from bavn.journal.decision import Done
from bavn.journal.roster import Grant, Roster, roster_of
from bavn.kernel.identity import NodeId, OrganisationId
from bavn.kernel.mandate import Actor
from bavn.runtime.memory import settle
from bavn.runtime.peers.line import Unreachable
from bavn.runtime.peers.nats_line import NatsLine
from bavn.runtime.peers.nkeys import read_nkey
from bench.measure import folder
from bench.tiers import (
    CENTRE,
    LOCAL,
    WORLD,
    Ports,
    Running,
    free_ports,
    line_of,
    open_journal,
    roster,
    servers,
    until,
    url_of,
)
from bench.vocabulary import change, report

FACTS = 200_000
FACTS_PER_INCIDENT = 5
GROUP = 256
# The catcher's own reports: one each so many seconds.
OWN_EACH_S = 0.05
# One letter's worth for the bare transfer.
BARE_BYTES = 1024 * 1024
# Whom the catcher itself writes for.
CENTRES_OWN = OrganisationId("centre")
Where = dict[NodeId, Ports]


class Caught(NamedTuple):
    """How long it took, what was fetched, and how long each own report waited meanwhile."""

    spent_s: float
    fetched_bytes: int
    waited_s: list[float]


class CountingLine(NatsLine):
    """A line that counts what it fetches."""

    fetched_bytes = 0

    async def ask(self, to: NodeId, letter: bytes, timeout_s: float) -> bytes:
        """Ask, and count."""
        answer = await super().ask(to, letter, timeout_s)
        self.fetched_bytes += len(letter) + len(answer)
        return answer


def main(facts: int = FACTS) -> None:
    """Print rates and ratios."""
    print(f"\ncatch-up of {facts:,} facts over two NATS servers, TLS between them")
    with folder() as place:
        size = _fill(place, facts)
        asyncio.run(_measured(place, facts, size))


def _fill(place: Path, facts: int) -> int:
    journal = open_journal(place, LOCAL, roster())
    for first in range(0, facts // FACTS_PER_INCIDENT, GROUP):
        numbers = range(first, min(first + GROUP, facts // FACTS_PER_INCIDENT))
        journal.commit([report(number, numbered=True) for number in numbers])
        for state in range(1, FACTS_PER_INCIDENT):
            journal.commit([change(number, f"state-{state}") for number in numbers])
    return sum(len(raw) for raw in _raws(place))


def _raws(place: Path) -> list[bytes]:
    journal = open_journal(place, LOCAL, roster())
    rows, after = [], 0
    while found := journal.record.store.facts_after(after, 4096):
        rows += [row.raw for row in found]
        after = found[-1].position
    return rows


async def _measured(place: Path, facts: int, size: int) -> None:
    ports = free_ports()
    async with servers(place, ports):
        bare_s = await _bare_transfer(place, ports)
        append_s = _bare_append(place)
        spawned = multiprocessing.get_context("spawn")
        ours, theirs = spawned.Pipe()
        teller = spawned.Process(target=_teller, args=(place, ports, theirs))
        teller.start()
        ours.recv()
        caught_s, fetched, waited_s = await asyncio.to_thread(_caught, place, ports, facts)
        ours.send("end")
        teller.join()
    rate, transfer, append = facts / caught_s, facts / bare_s, facts / append_s
    slower = min(transfer, append)
    print(f"  caught up, with checks, views and disk   {rate:>9,.0f} facts/s")
    print(f"  bare nats-py, the same bytes             {transfer:>9,.0f} facts/s")
    print(f"  bare sqlite3 append, 1024 a commit       {append:>9,.0f} facts/s")
    print(f"  ratio to the slower of the two: {rate / slower:.2f}; aim: 0.5")
    middle, longest = statistics.median(waited_s) * 1000, max(waited_s) * 1000
    print(f"  {len(waited_s)} own reports meanwhile: median {middle:.0f} ms, most {longest:.0f} ms")
    print(f"  {size / facts:.0f} bytes a fact on disk, {fetched / facts:.0f} on the wire, sealed")


def _teller(place: Path, ports: Where, pipe: Connection) -> None:
    async def run() -> None:
        node = Running(place, LOCAL, [line_of(place, LOCAL, ports[LOCAL])], _roster())
        await node.exchange.open()
        await until(lambda: node.exchange.post.lines[0].is_up)
        pipe.send("ready")
        await asyncio.to_thread(pipe.recv)
        await node.close()

    settle()
    asyncio.run(run())


def _caught(place: Path, ports: Where, facts: int) -> Caught:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_catch, (place, ports, facts))


def _catch(place: Path, ports: Where, facts: int) -> Caught:
    async def run() -> Caught:
        line = CountingLine(CENTRE, WORLD, url_of(ports[CENTRE]), read_nkey(place / "centre.nk"))
        node = Running(place, CENTRE, [line], _roster())
        begun, waited_s = 0.0, list[float]()

        def first() -> None:
            nonlocal begun
            begun = begun or time.perf_counter()

        node.on_told.append(first)
        await node.exchange.open()
        await until(lambda: begun > 0, 60)
        own = asyncio.create_task(_write_own(node, waited_s))
        await until(lambda: node.holds() == facts, 600, 0.005)
        spent = time.perf_counter() - begun
        own.cancel()
        (ended,) = await asyncio.gather(own, return_exceptions=True)
        assert isinstance(ended, asyncio.CancelledError), ended
        await node.close()
        return Caught(spent, line.fetched_bytes, waited_s)

    settle()
    return asyncio.run(run())


async def _write_own(node: Running, waited_s: list[float]) -> None:
    officer = Actor(organisation=CENTRES_OWN, function="duty_officer")
    for number in itertools.count():
        request = replace(report(number), owner=CENTRES_OWN, actor=officer)
        start = time.perf_counter()
        assert isinstance(await node.tell(request), Done)
        waited_s.append(time.perf_counter() - start)
        await asyncio.sleep(OWN_EACH_S)


def _roster() -> Roster:
    known = roster()
    grant = Grant(owner=CENTRES_OWN, node=CENTRE, epoch=1)
    return roster_of(known.peers.values(), [*known.grants, grant])


def _bare_append(place: Path) -> float:
    raws = _raws(place)
    connection = sqlite3.connect(place / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE fact (position INTEGER PRIMARY KEY, raw BLOB)")
    start = time.perf_counter()
    for first in range(0, len(raws), 1024):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO fact (raw) VALUES (?)", [(raw,) for raw in raws[first : first + 1024]]
        )
        connection.execute("COMMIT")
    return time.perf_counter() - start


async def _bare_transfer(place: Path, ports: Where) -> float:
    """Ask for a letter's worth at a time and get it, as the exchange does; nothing else."""
    spawned = multiprocessing.get_context("spawn")
    ours, theirs = spawned.Pipe()
    process = spawned.Process(target=_bare_teller, args=(place, ports, theirs))
    process.start()
    count = ours.recv()
    line = line_of(place, CENTRE, ports[CENTRE])
    await line.open(_says_nothing)
    while True:
        try:
            await line.ask(LOCAL, b"0", 1)
            break
        except Unreachable:
            await asyncio.sleep(0.05)
    start = time.perf_counter()
    for number in range(count):
        await line.ask(LOCAL, b"%d" % number, 30)
    spent = time.perf_counter() - start
    await line.close()
    ours.send("end")
    process.join()
    return spent


async def _says_nothing(_letter: bytes) -> bytes | None:
    return None


def _bare_teller(place: Path, ports: Where, pipe: Connection) -> None:
    whole = b"\n".join(_raws(place))
    parts = [whole[at : at + BARE_BYTES] for at in range(0, len(whole), BARE_BYTES)]

    async def gives(letter: bytes) -> bytes | None:
        return parts[int(letter)]

    async def run() -> None:
        line = line_of(place, LOCAL, ports[LOCAL])
        await line.open(gives)
        await until(lambda: line.is_up)
        pipe.send(len(parts))
        await asyncio.to_thread(pipe.recv)
        await line.close()

    asyncio.run(run())
