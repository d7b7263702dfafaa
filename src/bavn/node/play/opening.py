# SPDX-License-Identifier: Apache-2.0
"""The opening of a play: a new one, or the one that the data folder remembers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from bavn.engines.days import DAY_S
from bavn.node.play.cast import MunicipalityHere, StationHere, Told, UnitHere
from bavn.node.play.client import Server
from bavn.node.play.ground import HOUR_S, HOURS, NEW_YEAR, NOON, ORDINARY, STORM
from bavn.node.play.manner import Manner
from bavn.node.play.memory import Memory, Unseen
from bavn.node.play.telling import API
from bavn.node.play.tempo import Stretch, Tempo
from bavn.runtime.halt import halt

# What an ordinary play shows of the hours before it began: longer than nearly all incidents last.
WARM_S = 5 * HOUR_S
FIRST_SEED = 1


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What was asked for; None: as it was, or as it usually is."""

    seed: int | None = None
    day: str | None = None
    speed: float | None = None


def begin(wish: Wish, manner: Manner, zone: str, now: datetime) -> Memory:
    """A new play that is under way at this instant."""
    here = now.astimezone(ZoneInfo(zone))
    day = wish.day or ORDINARY
    clock_s = (here - here.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()
    first_day, opens_s, is_at_s = here.date(), 0.0, 0.0
    match day:
        case _ if day == NEW_YEAR:
            is_at_s = (manner.number("newyear.begins") - NOON) % HOURS * HOUR_S
        case _ if day == STORM:
            is_at_s = manner.number("storm.opens") * HOUR_S
        case _:
            # From the day before, so that there is a yesterday just after midnight.
            first_day -= timedelta(days=1)
            is_at_s = DAY_S + clock_s
    opens_s = max(0.0, is_at_s - WARM_S)
    return Memory(
        act=f"d{int(now.timestamp()):x}",
        seed=FIRST_SEED if wish.seed is None else wish.seed,
        day=day,
        first_day=first_day,
        told_s=0.0,
        unseen=[Unseen(from_s=0.0, to_s=opens_s)],
        stretch=[Stretch(play_s=is_at_s, wall=_whole(now), speed=wish.speed or 1.0)],
    )


def go_on(memory: Memory, wish: Wish, now: datetime) -> Memory:
    """The play that is remembered, at the speed that is asked for; halts when another is wanted.

    What happened in a long absence is left out, but for its last hours.
    """
    for name, asked, is_so in (("seed", wish.seed, memory.seed), ("day", wish.day, memory.day)):
        if asked is not None and asked != is_so:
            raise halt(
                "another_play",
                f"This folder plays --{name} {is_so}.",
                f"Leave --{name} out, or give another folder with --data.",
                name=name,
                value=is_so,
            )
    is_at_s = Tempo(memory.stretch).play_s(now)
    if wish.speed is not None and wish.speed != memory.stretch[-1].speed:
        memory.stretch.append(Stretch(play_s=is_at_s, wall=_whole(now), speed=wish.speed))
    # What was begun is told to its end: the server knows of it.
    if is_at_s - WARM_S > memory.begun_s:
        memory.unseen.append(Unseen(from_s=memory.begun_s, to_s=is_at_s - WARM_S))
    return memory


def _whole(now: datetime) -> datetime:
    """The instant in whole milliseconds, as it is kept."""
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


async def told_by_server(server: Server, agency: str) -> Told:
    """The country as the server tells of it."""
    stations = await server.items(f"{API}/stations")
    units = await server.items(f"{API}/units")
    municipalities = await server.items(f"{API}/municipalities")
    known = [each for each in municipalities if each.get("service")]
    told = Told(
        stations=msgspec.convert(tuple(stations), tuple[StationHere, ...]),
        units=msgspec.convert(tuple(units), tuple[UnitHere, ...]),
        municipalities=msgspec.convert(tuple(known), tuple[MunicipalityHere, ...]),
    )
    if not any(each.service != agency for each in told.units):
        raise halt(
            "no_units",
            "The server knows no units, so there is nobody to play.",
            "Give a new folder with --data.",
        )
    return told
