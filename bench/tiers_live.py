# SPDX-License-Identifier: Apache-2.0
"""From a fact's acknowledgement at a local node until the nation has it, over three tiers.

A thousand facts a second are told at the bottom. At the top they are noted when they are on record,
and when a client of the nation's stream, in a process of its own, has read them. Beside it, bare
messages of the same client at the same rate from the same node straight to the nation over the same
leaf links. All on one machine and one clock.
"""

import asyncio
import multiprocessing
import statistics
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from bavn.kernel.identity import NodeId
from bavn.runtime.live import Live
from bavn.runtime.memory import settle
from bavn.runtime.peers.line import Unreachable
from bench.measure import folder
from bench.tiers import (
    CENTRE,
    LOCAL,
    NATION,
    Ports,
    Running,
    free_ports,
    line_of,
    servers,
    until,
)
from bench.tiers_served import heard, served
from bench.vocabulary import report

FACTS_S, SECONDS, TIMES = 1_000, 10, 3
READ, BARE = "acknowledged → read from its stream", "bare nats-py, no tiers"
GOAL_MS = 250
# The first ones meet nodes that are still finding each other.
WARM_UP = 200
Where = dict[NodeId, Ports]
Work = Callable[[Path, Where, Connection], None]


class Times(NamedTuple):
    """Seconds from what was told until it was at the nation, and until a client had read it."""

    arrived: list[float]
    read: list[float]


def main() -> None:
    """Print medians, the slow ends, and the ratio."""
    print(f"\n{FACTS_S} facts/s for {SECONDS} s over three tiers, each a process and a NATS server")
    runs: dict[str, list[list[float]]] = {}
    for _ in range(TIMES):
        with folder() as place:
            ours, bare = asyncio.run(_measured(place))
        runs.setdefault("acknowledged → on record at the nation", []).append(ours.arrived)
        runs.setdefault(READ, []).append(ours.read)
        runs.setdefault(BARE, []).append(bare.arrived)
    p99s = {}
    for name, times in runs.items():
        p50 = statistics.median(at_percent(each, 50) for each in times)
        p99s[name] = [at_percent(each, 99) for each in times]
        spread = f"({min(p99s[name]):.1f} to {max(p99s[name]):.1f})"
        p99 = statistics.median(p99s[name])
        print(f"  {name:<40} median {p50:>6.1f} ms, p99 {p99:>6.1f} ms {spread}")
    ratios = [a / b for a, b in zip(p99s[READ], p99s[BARE], strict=True)]
    ratio = statistics.median(ratios)
    print(f"  aim: p99 {GOAL_MS} ms until it is read; ratio of p99 to bare: {ratio:.1f}")


def at_percent(times: list[float], percent: int) -> float:
    """So many percent are no later than this, in milliseconds."""
    return statistics.quantiles(times, n=100)[percent - 1] * 1_000


async def _measured(place: Path) -> tuple[Times, Times]:
    ports = free_ports()
    async with servers(place, ports):
        bare = await asyncio.to_thread(_run, place, ports, _bare_nation, _bare_local, 0)
        ours = await asyncio.to_thread(run_ours, place, ports)
    return ours, bare


def run_ours(place: Path, ports: Where) -> Times:
    """Our three nodes, over servers that run."""
    return _run(place, ports, _nation, _local, 1)


def _run(place: Path, ports: Where, at_nation: Work, at_local: Work, centres: int) -> Times:
    spawned = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    for work in (at_nation, *[_centre] * centres, at_local):
        ours, theirs = spawned.Pipe()
        process = spawned.Process(target=work, args=(place, ports, theirs))
        process.start()
        pipes.append(ours)
        processes.append(process)
    stream = pipes[0].recv()
    reading = None
    if stream is not None:
        # A thread of this process, which does nothing else meanwhile.
        port, token = stream
        read_all = heard(port, token, FACTS_S * SECONDS)
        reading = ThreadPoolExecutor(1).submit(asyncio.run, read_all)
    pipes[-1].send("begin")
    told: list[float] = pipes[-1].recv()
    arrived: list[float] = pipes[0].recv()
    read = {} if reading is None else reading.result()
    for pipe in pipes:
        pipe.send("end")
    for process in processes:
        process.join()
    return Times(
        [b - a for a, b in zip(sorted(told), arrived, strict=True)][WARM_UP:],
        [read[number] - told[number] for number in range(WARM_UP, len(told))] if read else [],
    )


# Ours


def _nation(place: Path, ports: Where, pipe: Connection) -> None:
    async def run() -> None:
        arrived: list[float] = []

        def note(live: Live) -> None:
            channels = list(live.journal.record.channels.items())
            holds = sum(channel.sequence for name, channel in channels if name.node == LOCAL)
            arrived.extend([time.monotonic()] * (holds - len(arrived)))

        async with served(place, NATION, ports[NATION], note) as stream:
            pipe.send(stream)
            await until(lambda: len(arrived) == FACTS_S * SECONDS, 120, 0.01)
            pipe.send(arrived)
            await asyncio.to_thread(pipe.recv)

    settle()
    asyncio.run(run())


def _centre(place: Path, ports: Where, pipe: Connection) -> None:
    async def run() -> None:
        node = Running(place, CENTRE, [line_of(place, CENTRE, ports[CENTRE])])
        node.on_told.append(node.exchange.changed)
        await node.exchange.open()
        await asyncio.to_thread(pipe.recv)
        await node.close()

    settle()
    asyncio.run(run())


def _local(place: Path, ports: Where, pipe: Connection) -> None:
    async def run() -> None:
        node = Running(place, LOCAL, [line_of(place, LOCAL, ports[LOCAL])])
        await node.exchange.open()
        await until(lambda: not node.exchange.others.of(CENTRE).is_silent(time.monotonic()))
        await asyncio.to_thread(pipe.recv)
        # Until the nation is heard above, its letters find nobody.
        await asyncio.sleep(3)
        told = [0.0] * (FACTS_S * SECONDS)

        async def tell(number: int) -> None:
            await node.tell(report(number, numbered=False))
            told[number] = time.monotonic()

        await at_pace(tell)
        pipe.send(told)
        await asyncio.to_thread(pipe.recv)
        await node.close()

    settle()
    asyncio.run(run())


async def at_pace(tell: Callable[[int], Coroutine[Any, Any, None]]) -> None:
    """Tell so many a second, whether or not those before have been answered."""
    start, tasks = time.monotonic(), []
    for number in range(FACTS_S * SECONDS):
        wait_s = start + number / FACTS_S - time.monotonic()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        tasks.append(asyncio.create_task(tell(number)))
    await asyncio.gather(*tasks)


# Bare


def _bare_nation(place: Path, ports: Where, pipe: Connection) -> None:
    async def run() -> None:
        arrived: dict[int, float] = {}

        async def hears(letter: bytes) -> bytes | None:
            arrived[int(letter[:8])] = time.monotonic()
            return b"here"

        line = line_of(place, NATION, ports[NATION])
        await line.open(hears)
        pipe.send(None)
        await until(lambda: len(arrived) >= FACTS_S * SECONDS, 120, 0.01)
        pipe.send([arrived[number] for number in range(FACTS_S * SECONDS)])
        await asyncio.to_thread(pipe.recv)
        await line.close()

    asyncio.run(run())


def _bare_local(place: Path, ports: Where, pipe: Connection) -> None:
    async def run() -> None:
        async def silent(_letter: bytes) -> bytes | None:
            return None

        line = line_of(place, LOCAL, ports[LOCAL])
        await line.open(silent)
        while True:
            try:
                await line.ask(NATION, b"%08d" % 0, 1)
                break
            except Unreachable:
                await asyncio.sleep(0.05)
        await asyncio.to_thread(pipe.recv)
        told = [0.0] * (FACTS_S * SECONDS)

        async def tell(number: int) -> None:
            told[number] = time.monotonic()
            await line.tell(NATION, b"%08d" % number + bytes(392))

        await at_pace(tell)
        pipe.send(told)
        await asyncio.to_thread(pipe.recv)
        await line.close()

    asyncio.run(run())
