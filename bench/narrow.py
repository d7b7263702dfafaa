# SPDX-License-Identifier: Apache-2.0
"""A storm over a line of 64 kbit a second, at its own pace: real nodes, servers, and play.

The country on two nodes, each `bavn serve` in a process: one area, and one that hosts everyone
else. So upward go the area's facts, and downward all the rest of the country's. The storm day is
played at its height and at the speed of life, positions included; nothing is in bulk.

Then more than a storm makes on the same line, and what is missing after a cut: whether letters ever
become so long that the link is lost.
"""

import asyncio
import sqlite3
import statistics
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import NamedTuple

import msgspec

from bavn.kernel.identity import NodeId, OrganisationId
from bavn.node.federated.conductor import Conductor
from bavn.node.federated.founding import WORLD, folder_of, found
from bavn.node.federated.plan import Plan, PlannedNode, plan_of
from bavn.node.federated.wires import NARROW_BYTES_S, SERVERS, free_ports
from bavn.node.play import memory as kept
from bavn.node.play.cast import Cast
from bavn.node.play.client import Line, Position
from bavn.node.play.ground import STORM
from bavn.node.play.manner import manner_of
from bavn.node.play.opening import Wish, begin, told_by_server
from bavn.node.play.player import Player
from bavn.node.play.reporting_in import report_in
from bavn.node.play.script import Plot, Script
from bavn.node.play.several import Lines
from bavn.node.wiring import COUNTRY
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.peers.switch import Switch
from bench import cuts
from bench.measure import folder
from bench.tiers import CENTRE, LOCAL, NATION

AREA = NodeId("midtjylland")
SEED = 1
# The height of the storm where the area is; all of it with `--long`.
PEAK_S, HOUR_S, BARE_S, IDLE_S = 600, 3_600, 180, 20
LOOK_S = 0.2
# What the play tells of the hours before it began is told when it comes to its pace.
CALM_S, CALM_FACTS_S, WARM_AT_MOST_S = 5, 30, 600
# What was told at the very end may still be on its way.
GRACE_S = 20
PRESSED_S, CUT_S, REST_S = 60, 120, 10
# As the server writes it.
LOST = "Leafnode connection closed"


class Course(NamedTuple):
    """What crossed the line in some stretch of time."""

    seconds: float
    up_bytes: int
    down_bytes: int
    up_s: list[float]
    down_s: list[float]
    never: int
    lost: int
    silences: int


class QuietLines(Lines):
    """Lines that may leave positions out."""

    tells_positions = True

    async def positions(self, path: str, items: Sequence[Position]) -> None:
        """Say where units are, or do not."""
        if self.tells_positions:
            await super().positions(path, items)


def main(*, is_long: bool = False) -> None:
    """Print bytes, shares and delays."""
    seconds = HOUR_S if is_long else PEAK_S
    print(
        f"\n{seconds // 60} min of a storm's height, {NARROW_BYTES_S * 8 // 1000} kbit/s each way"
    )
    with folder() as place:
        asyncio.run(_measured(place, seconds))
    print(f"\n{2 * cuts.FACTS_S} facts/s on such a line, of the vocabulary of these measurements")
    with folder() as place:
        asyncio.run(_pressed(place))


async def _measured(place: Path, seconds: float) -> None:
    plan = _plan()
    found(place, plan, built_in(COUNTRY))
    ports = dict(zip((each.node for each in plan.nodes), free_ports(len(plan.nodes)), strict=True))
    conductor = Conductor(place, plan, ports, "en")
    try:
        await conductor.start()
        await asyncio.sleep(IDLE_S / 2)
        idle = await _course(place, conductor, IDLE_S)
        async with _playing(place, conductor) as lines:
            # No faster than it is until all of the hours before has come across.
            _switch(conductor).bytes_per_s = NARROW_BYTES_S
            storm = await _course(place, conductor, seconds)
            lines.tells_positions = False
            bare = await _course(place, conductor, BARE_S)
            _switch(conductor).bytes_per_s = 0
    finally:
        await conductor.end()
    _print("nothing happens", idle, idle)
    _print("the storm", storm, idle)
    _print("the storm without positions", bare, idle)


def _print(name: str, course: Course, idle: Course) -> None:
    print(f"  {name}, {course.seconds:.0f} s")
    facts = len(course.up_s) + len(course.down_s)
    for way, passed in (("up", course.up_bytes), ("down", course.down_bytes)):
        share = passed / course.seconds / NARROW_BYTES_S
        print(f"    {way:<5} {passed / course.seconds:>7,.0f} bytes/s: {share:.0%} of the line")
    if facts:
        passed = course.up_bytes + course.down_bytes
        beats = (idle.up_bytes + idle.down_bytes) / idle.seconds * course.seconds
        print(
            f"    {facts / course.seconds:.1f} facts/s: {passed / facts:,.0f} bytes a fact,"
            f" {(passed - beats) / facts:,.0f} without what nodes say when nothing happens"
        )
    for way, delays in (("up", course.up_s), ("down", course.down_s)):
        _print_late(way, delays)
    print(
        f"    never came {course.never}; links lost {course.lost},"
        f" looks that found silence {course.silences}"
    )


def _print_late(way: str, delays: list[float]) -> None:
    if delays:
        p99 = sorted(delays)[int(len(delays) * 0.99)]
        print(
            f"    {way:<6} {len(delays):,} facts on record after: median"
            f" {statistics.median(delays):.2f} s, p99 {p99:.2f} s, longest {max(delays):.2f} s"
        )


# More than a storm


async def _pressed(place: Path) -> None:
    """Both ends tell at their pace on the narrow line; then it is cut, and comes back as narrow."""
    async with cuts.federation(place) as net:
        for end in net.ends:
            end.tells_bare = False
        net.switch.bytes_per_s = NARROW_BYTES_S
        await asyncio.sleep(REST_S)
        lost, passed, began_s = _lost_in(place), net.switch.passed_bytes, time.monotonic()
        began_ms = time.time() * 1_000
        await asyncio.sleep(PRESSED_S)
        spent_s, passed = time.monotonic() - began_s, net.switch.passed_bytes - passed
        ended_ms = time.time() * 1_000
        told = sum(end.told_until(time.monotonic()) - end.told_until(began_s) for end in net.ends)
        await asyncio.sleep(REST_S)
        lost_live, lost = _lost_in(place) - lost, _lost_in(place)
        await net.switch.cut()
        cut_s = time.monotonic()
        await asyncio.sleep(CUT_S)
        lost_cut, back = _lost_in(place), net.switch.passed_bytes
        course = await cuts.from_return(net, cut_s, net.switch.let_pass)
        back = net.switch.passed_bytes - back
        lost_back = _lost_in(place) - lost_cut
    share = passed / spent_s / NARROW_BYTES_S / 2
    print(f"  live: {passed / told:,.0f} bytes a fact, {share:.0%} of both ways; lost {lost_live}")
    for teller, hearer in ((LOCAL, NATION), (NATION, LOCAL)):
        paths = place / f"{teller}.db", place / f"{hearer}.db"
        delays, _ = _late(*paths, teller, began_ms, ended_ms)
        _print_late(teller, delays)
    print(
        f"  after a cut of {CUT_S} s: {course.facts:,} facts whole after {course.whole_s:.1f} s,"
        f" {back / course.facts:,.0f} bytes each, those told meanwhile included; lost {lost_back}"
    )


def _lost_in(place: Path) -> int:
    return (place / f"nats-{CENTRE}.log").read_text().count(LOST)


# What crosses


async def _course(place: Path, conductor: Conductor, seconds: float) -> Course:
    switch = _switch(conductor)
    passed, back = switch.passed_bytes, switch.passed_back_bytes
    began_ms, began_s = time.time() * 1_000, time.monotonic()
    lost, silences = _lost(place, conductor), 0
    while time.monotonic() < began_s + seconds:
        await asyncio.sleep(LOOK_S)
        top = conductor.plan.top.node
        for by, of in ((top, AREA), (AREA, top)):
            sight = conductor.seen_from(by, of)
            silences += sight is not None and sight.is_silent
    ended_ms, spent_s = time.time() * 1_000, time.monotonic() - began_s
    passed, back = switch.passed_bytes - passed, switch.passed_back_bytes - back
    await asyncio.sleep(GRACE_S)
    up, up_never = _delays(place, AREA, conductor.plan.top.node, began_ms, ended_ms)
    down, down_never = _delays(place, conductor.plan.top.node, AREA, began_ms, ended_ms)
    never = up_never + down_never
    return Course(
        spent_s, passed - back, back, up, down, never, _lost(place, conductor) - lost, silences
    )


def _delays(
    place: Path, teller: NodeId, hearer: NodeId, from_ms: float, to_ms: float
) -> tuple[list[float], int]:
    """How late each fact that a node told in a stretch of time came to the other; who never did."""
    at_teller, at_hearer = (folder_of(place, each).journal_path(WORLD) for each in (teller, hearer))
    return _late(at_teller, at_hearer, teller, from_ms, to_ms)


def _late(
    at_teller: Path, at_hearer: Path, teller: NodeId, from_ms: float, to_ms: float
) -> tuple[list[float], int]:
    told, heard = _told_by(at_teller, teller), _told_by(at_hearer, teller)
    within = {fact: row for fact, row in told.items() if from_ms <= row.at_ms < to_ms}
    delays = [
        (heard[fact].at_ms - row.at_ms) / 1_000 for fact, row in within.items() if fact in heard
    ]
    # What is for others only is not for this one.
    never = sum(row.is_for_all and fact not in heard for fact, row in within.items())
    return delays, never


class Told(NamedTuple):
    """When a fact came on record, and whether everyone may know it."""

    at_ms: int
    is_for_all: bool


def _told_by(path: Path, node: NodeId) -> dict[bytes, Told]:
    """The facts of a node that are on record in a file."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        rows: Iterator[tuple[bytes, int, int]] = connection.execute(
            "SELECT fact.id, fact.heard_at_ms, max(channel.audience = 'nation')"
            " FROM fact JOIN entry USING (position) JOIN channel USING (channel)"
            " WHERE channel.node = ? GROUP BY fact.id",
            (node,),
        )
        return {fact: Told(at_ms, bool(for_all)) for fact, at_ms, for_all in rows}


def _lost(place: Path, conductor: Conductor) -> int:
    """How often the upper server has given the link up, by its own word."""
    log = place / SERVERS / f"{conductor.plan.top.node}.log"
    return log.read_text().count(LOST)


def _switch(conductor: Conductor) -> Switch:
    switch: Switch = vars(conductor.wires)["_switches"][AREA]
    return switch


# The country and the play


def _plan() -> Plan:
    """The area's node, and one above it that hosts everybody else."""
    whole = plan_of(built_in(COUNTRY), manner_of(COUNTRY)).gathered()
    area, top = whole[AREA], whole.top
    others: list[PlannedNode] = [each for each in whole.nodes if each.node not in (AREA, top.node)]
    hosts: tuple[OrganisationId, ...] = top.hosts + tuple(o for each in others for o in each.hosts)
    areas = tuple(owner for each in others for owner in each.areas)
    return Plan(nodes=(msgspec.structs.replace(top, hosts=hosts, areas=areas), area))


@asynccontextmanager
async def _playing(place: Path, conductor: Conductor) -> AsyncIterator[QuietLines]:
    """The storm day is played from here on; begins when it has come to its own pace."""
    country, manner, path = built_in(COUNTRY), manner_of(COUNTRY), place / kept.NAME
    places = conductor.places()
    lines = QuietLines(
        {each.node: Line(each.address, each.token) for each in places},
        {each.node: each.hosts for each in places},
    )
    told = await told_by_server(lines, country.agency.id)
    wish = Wish(seed=SEED, day=STORM)
    memory = begin(wish, manner, country.time_zone, clock.now())
    plot = Plot(seed=memory.seed, kind=memory.day, first_day=memory.first_day)
    player = Player(lines, Script(Cast(country, manner, told), plot), memory, path)
    stop = asyncio.Event()
    playing = asyncio.create_task(player.play(stop))
    try:
        await report_in(lines, told.units, memory.act, memory.stretch[0].wall)
        await _calm(player)
        print(f"  {player.told_count:,} facts of the hours before, {len(told.units):,} units")
        yield lines
    finally:
        stop.set()
        await playing
        await lines.close()


async def _calm(player: Player) -> None:
    end_s = time.monotonic() + WARM_AT_MOST_S
    while time.monotonic() < end_s:
        before = player.told_count
        await asyncio.sleep(CALM_S)
        if 0 < player.told_count - before < CALM_S * CALM_FACTS_S:
            return
