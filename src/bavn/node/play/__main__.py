# SPDX-License-Identifier: Apache-2.0
"""The play as a process; when its standard input ends, so does the play.

The first line there is the token for `--address`; without that, the servers as JSON.
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import msgspec

from bavn.kernel.refusal import BadInput
from bavn.node.play import memory as kept
from bavn.node.play.cast import Cast
from bavn.node.play.client import Line, Server
from bavn.node.play.ground import KINDS
from bavn.node.play.guests import Guests
from bavn.node.play.manner import manner_of
from bavn.node.play.notices import tell_notices
from bavn.node.play.opening import Wish, begin, go_on, told_by_server
from bavn.node.play.player import Player
from bavn.node.play.reporting_in import report_in
from bavn.node.play.script import Plot, Script
from bavn.node.play.several import Lines, Place
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.halt import Halt
from bavn.runtime.log import log, log_error

# Longer before the beginning than anything that the play tells of.
WATCH = timedelta(hours=12)
# How long a play that is told to end may take to put itself away.
ENDS_S = 5.0
WELL, BROKEN, REFUSED = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Play until told to end; what the exit code is to be."""
    parser = argparse.ArgumentParser(prog="python -m bavn.node.play", allow_abbrev=False)
    parser.add_argument("--address")
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--country", default="denmark")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--day", choices=KINDS)
    parser.add_argument("--speed", type=float)
    options = parser.parse_args(arguments)
    try:
        asyncio.run(_play(options, sys.stdin.readline().strip()))
    except Halt as halted:
        sys.stderr.write(f"{halted.refused.says} {halted.refused.try_instead}\n")
        return REFUSED
    except BadInput as bad:
        for problem in bad.problems:
            sys.stderr.write(f"{problem.where}: {problem.says}\n")
        return REFUSED
    except Exception as error:  # noqa: BLE001 - whoever started it must learn of it
        log_error("play.broken", error)
        return BROKEN
    return WELL


async def _play(options: argparse.Namespace, first_line: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)

    def gone() -> None:
        # An ended input is always ready to be read: asked on, it would take all of a core.
        loop.remove_reader(sys.stdin.fileno())
        stop.set()

    # Nothing more is ever written to it: when it ends, whoever started the play is gone.
    loop.add_reader(sys.stdin.fileno(), gone)
    playing = asyncio.create_task(_played(options, first_line, stop))
    told_to_end = asyncio.create_task(stop.wait())
    await asyncio.wait({playing, told_to_end}, return_when=asyncio.FIRST_COMPLETED)
    told_to_end.cancel()
    # A play that is under way puts itself away; one that still waits for its server never would.
    await asyncio.wait({playing}, timeout=ENDS_S if stop.is_set() else None)
    if not playing.done():
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        return
    playing.result()


def _server(address: str | None, first_line: str) -> Server:
    if address is not None:
        return Line(address, first_line)
    places = msgspec.json.decode(first_line, type=list[Place])
    lines = {each.node: Line(each.address, each.token) for each in places}
    return Lines(lines, {each.node: each.hosts for each in places})


async def _played(options: argparse.Namespace, first_line: str, stop: asyncio.Event) -> None:
    country, manner = built_in(options.country), manner_of(options.country)
    path = options.data / kept.NAME
    wish = Wish(seed=options.seed, day=options.day, speed=options.speed)
    server = _server(options.address, first_line)
    try:
        told = await told_by_server(server, country.agency.id)
        cast = Cast(country, manner, told)
        memory, now = kept.read(path), clock.now()
        if memory is None:
            memory = begin(wish, manner, country.time_zone, now)
        else:
            memory = go_on(memory, wish, now)
        memory.write(path)
        plot = Plot(seed=memory.seed, kind=memory.day, first_day=memory.first_day)
        player = Player(server, Script(cast, plot), memory, path)
        log("play.begins", seed=memory.seed, day=memory.day, units=len(cast.units))
        began = memory.stretch[0].wall
        beside = [
            asyncio.create_task(Guests(server, cast, player).look()),
            asyncio.create_task(report_in(server, told.units, memory.act, began - WATCH)),
            asyncio.create_task(tell_notices(server, country.id, memory.day, memory.act, began)),
        ]
        if isinstance(server, Lines):
            beside.append(asyncio.create_task(server.look()))
        try:
            await player.play(stop)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
        log("play.ends", told=player.told_count, refused=player.refused_count)
    finally:
        await server.close()


if __name__ == "__main__":
    sys.exit(main())
