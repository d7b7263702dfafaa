# SPDX-License-Identifier: Apache-2.0
"""JetStream beside our exchange, in one run: how late a fact is live, and when all is whole again.

Three servers of the same wheel with JetStream, leaf links with TLS and quick pings as ours have,
and a stream at each: the centre's sources the local one's, the nation's the centre's. The link that
is cut is cut for both at one instant, with what is told on disk when it is acknowledged.
"""

import asyncio
import multiprocessing
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import nats
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    ExternalStream,
    StreamConfig,
    StreamSource,
)

from bavn.kernel.identity import NodeId
from bavn.runtime import clock
from bavn.runtime.peers.certificates import make_authority, make_certificate
from bavn.runtime.peers.nats_config import PING_S, SILENCES_LIMIT
from bavn.runtime.peers.nats_server import program_path
from bavn.runtime.peers.switch import Switch
from bench import cuts, tiers_live
from bench.measure import folder
from bench.tiers import CENTRE, HERE, LOCAL, NATION, TIERS, Ports, free_ports, servers, until
from bench.tiers_live import at_percent

CUTS_S = (10, 10, 10, 60)
FACT_BYTES = 492
SUBJECT = "ev.local"
GIVEN_UP_S = 120
# How long it is let alone before the next cut.
REST_S = 8


class Whole(NamedTuple):
    """After a cut of some length: seconds from the link's return."""

    cut_s: int
    whole_s: float
    facts: int


def main() -> None:
    """Print both, beside each other."""
    print("\nJetStream over the same leaf nodes, beside our exchange")
    with folder() as ours:
        asyncio.run(_live(ours))
    with folder() as place, folder() as ours:
        asyncio.run(_after_cuts(place, ours))


# Live


async def _live(our_place: Path) -> None:
    theirs = {}
    for name, sync in (("on disk when acknowledged", "always"), ("by default, in memory", "2m")):
        with folder() as place:
            async with chain(place, sync) as net:
                theirs[name] = await asyncio.to_thread(_run, net.ports)
    ports = free_ports()
    async with servers(our_place, ports):
        ours = await asyncio.to_thread(tiers_live.run_ours, our_place, ports)
    print(f"  {tiers_live.FACTS_S} a second, acknowledged below → at the nation, three tiers")
    our_p99 = at_percent(ours.arrived, 99)
    _print("ours, on disk when acknowledged", ours.arrived)
    for name, times in theirs.items():
        _print(f"JetStream, {name}", times, f"; ours to it {our_p99 / at_percent(times, 99):.2f}")


def _print(name: str, times: list[float], ratio: str = "") -> None:
    p50, p99 = at_percent(times, 50), at_percent(times, 99)
    print(f"    {name:<38} median {p50:>7.1f} ms, p99 {p99:>7.1f} ms{ratio}")


def _run(ports: dict[NodeId, Ports]) -> list[float]:
    spawned = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    for work in (_nation, _local):
        ours, theirs = spawned.Pipe()
        process = spawned.Process(target=work, args=(ports, theirs))
        process.start()
        pipes.append(ours)
        processes.append(process)
        # The one above listens before anything is told.
        ours.recv()
    told, arrived = pipes[1].recv(), pipes[0].recv()
    for process in processes:
        process.join()
    return [arrived[number] - told[number] for number in range(tiers_live.WARM_UP, len(told))]


def _nation(ports: dict[NodeId, Ports], pipe: Connection) -> None:
    async def run() -> None:
        arrived: dict[int, float] = {}
        client = await _listening(ports, arrived)
        pipe.send("listens")
        await until(lambda: len(arrived) == tiers_live.FACTS_S * tiers_live.SECONDS, 120, 0.01)
        pipe.send(arrived)
        await client.close()

    asyncio.run(run())


def _local(ports: dict[NodeId, Ports], pipe: Connection) -> None:
    async def run() -> None:
        client = await nats.connect(_url(ports[LOCAL]))
        stream = client.jetstream()
        pipe.send("is there")
        told = [0.0] * (tiers_live.FACTS_S * tiers_live.SECONDS)

        async def tell(number: int) -> None:
            await stream.publish(SUBJECT, _fact(number), timeout=30)
            told[number] = time.monotonic()

        await tiers_live.at_pace(tell)
        pipe.send(told)
        await client.close()

    asyncio.run(run())


# After cuts


async def _after_cuts(place: Path, our_place: Path) -> None:
    theirs: list[Whole] = []
    ours: list[cuts.Course] = []
    async with chain(place) as net, cuts.federation(our_place) as federation:
        await asyncio.sleep(REST_S)
        for seconds in CUTS_S:
            course, whole = await asyncio.gather(cuts.cut(federation, seconds), net.cut(seconds))
            ours.append(course)
            theirs.append(whole)
            await asyncio.sleep(REST_S)
    for seconds in dict.fromkeys(CUTS_S):
        numbers = [number for number, each in enumerate(CUTS_S) if each == seconds]
        their = [theirs[number].whole_s for number in numbers]
        our = [ours[number].whole_s for number in numbers]
        print(f"  after a cut of {seconds} s, from the link's return until all is there")
        for name, times in (("JetStream, upward", their), ("ours, both ways", our)):
            spread = f"({min(times):.2f} to {max(times):.2f})"
            print(f"    {name:<30} median {statistics.median(times):.2f} s {spread}")


class Chain:
    """Three servers with a stream each; a fact is told at the lowest five times a second."""

    def __init__(self, ports: dict[NodeId, Ports]) -> None:
        self.ports = ports
        self.switch = Switch((HERE, ports[CENTRE].leaf))
        self.told_s: list[float] = []
        self.arrived: dict[int, float] = {}

    async def cut(self, seconds: int) -> Whole:
        """Cut the lowest link for so long, with facts told meanwhile."""
        listening = await _listening(self.ports, self.arrived)
        telling = asyncio.create_task(self._tell())
        await asyncio.sleep(1)
        await self.switch.cut()
        await asyncio.sleep(seconds)
        await self.switch.let_pass()
        back_s, wanted = time.monotonic(), len(self.told_s)
        try:
            await until(lambda: all(n in self.arrived for n in range(wanted)), GIVEN_UP_S, 0.01)
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
            await listening.close()
        return Whole(seconds, time.monotonic() - back_s, wanted)

    async def _tell(self) -> None:
        client = await nats.connect(_url(self.ports[LOCAL]))
        stream = client.jetstream()
        try:
            while True:
                await stream.publish(SUBJECT, _fact(len(self.told_s)), timeout=30)
                self.told_s.append(time.monotonic())
                await asyncio.sleep(1 / cuts.FACTS_S)
        finally:
            await client.close()


def _fact(number: int) -> bytes:
    return b"%08d" % number + bytes(FACT_BYTES - 8)


def _url(ports: Ports) -> str:
    return f"nats://{HERE}:{ports.client}"


async def _listening(ports: dict[NodeId, Ports], arrived: dict[int, float]) -> Any:
    """A client at the nation, that notes when each fact first came."""
    client = await nats.connect(_url(ports[NATION]))

    async def hears(message: Any) -> None:
        arrived.setdefault(int(message.data[:8]), time.monotonic())

    config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE)
    await client.jetstream().subscribe(
        SUBJECT, stream=_stream(NATION), cb=hears, config=config, manual_ack=True
    )
    return client


# The servers


@asynccontextmanager
async def chain(place: Path, sync: str = "always") -> AsyncIterator[Chain]:
    """Servers and streams, from here to the end of the block."""
    ports = free_ports()
    net = Chain(ports)
    await net.switch.start()
    ca_file = make_authority(place, "bench", clock.now())
    pair = make_certificate(place, place, "server", (HERE,), clock.now())
    upward = {CENTRE: ports[NATION].leaf, LOCAL: net.switch.port}
    running = []
    try:
        for node in TIERS:
            config = place / f"{node}.conf"
            leaf = _leaf(ports[node], upward.get(node), ca_file, pair)
            config.write_text(_config(place, node, ports[node], sync) + leaf)
            process = await asyncio.create_subprocess_exec(
                str(program_path()), "--config", str(config), stderr=asyncio.subprocess.DEVNULL
            )
            running.append(process)
        for node in TIERS:
            await _make_stream(node, ports)
        yield net
    finally:
        for process in running:
            process.kill()
            await process.wait()
        await net.switch.stop()


def _config(place: Path, node: NodeId, ports: Ports, sync: str) -> str:
    return (
        f'server_name: {node}\nlisten: "{HERE}:{ports.client}"\n'
        f'ping_interval: "{PING_S}s"\nping_max: {SILENCES_LIMIT}\n'
        f"jetstream {{ domain: {node}, sync_interval: {sync},"
        f" store_dir: {_quoted(place / node)} }}\n"
    )


def _leaf(ports: Ports, upward: int | None, ca_file: Path, pair: tuple[Path, Path]) -> str:
    tls = f"tls {{ cert_file: {_quoted(pair[0])}, key_file: {_quoted(pair[1])}, timeout: 2 }}"
    remote = ""
    if upward is not None:
        ca = f"tls {{ ca_file: {_quoted(ca_file)}, timeout: 2 }}"
        remote = f'remotes = [ {{ url: "tls://{HERE}:{upward}", compression: off, {ca} }} ]'
    return (
        f'leafnodes {{ listen: "{HERE}:{ports.leaf}", no_advertise: true, compression: off\n'
        f"{tls}\n{remote}\n}}\n"
    )


async def _make_stream(node: NodeId, ports: dict[NodeId, Ports]) -> None:
    client = await _connected(ports[node])
    below = TIERS[TIERS.index(node) + 1 :][:1]
    sources = [
        StreamSource(name=_stream(each), external=ExternalStream(api=f"$JS.{each}.API"))
        for each in below
    ]
    subjects = None if below else ["ev.>"]
    config = StreamConfig(name=_stream(node), subjects=subjects, sources=sources or None)
    await client.jetstream().add_stream(config)
    await client.close()


async def _connected(ports: Ports) -> Any:
    """A client of a server that is just being started."""
    end_s = time.monotonic() + GIVEN_UP_S
    while True:
        try:
            return await nats.connect(_url(ports), allow_reconnect=False, error_cb=_unheard)
        except (OSError, nats.errors.Error):
            if time.monotonic() > end_s:
                raise
            await asyncio.sleep(0.1)


async def _unheard(_error: Exception) -> None:
    """It is raised as well."""


def _stream(node: NodeId) -> str:
    return f"J_{node}"


def _quoted(path: Path) -> str:
    return msgspec.json.encode(str(path)).decode()
