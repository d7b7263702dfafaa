# SPDX-License-Identifier: Apache-2.0
"""Positions: telemetry, never facts. The last value of each unit and a short track, in memory.

A restart begins with nothing, and says so by showing nothing: a position is as old as its `at`.
Where a decision uses one, the fact of that decision carries it.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from bavn.capabilities.operations.model.unit import CLOCK_AHEAD_LIMIT
from bavn.capabilities.operations.ports import Heard, Position, Publish, WhyNot
from bavn.kernel.instants import Instant
from bavn.kernel.place import is_on_earth
from bavn.kernel.refusal import Problem

# All units of a country several times over; it bounds what a wrong sender can fill.
UNITS_LIMIT = 20_000
# Five minutes at a point each ten seconds: enough to see which way a unit goes.
TRACK_LIMIT = 30
TRACK_STEP = timedelta(seconds=10)
# All units of the country at once.
BATCH_LIMIT = 5_000
# One wrong sender repeats one mistake; the first hundred show it.
PROBLEMS_LIMIT = 100
# A position older than this says nothing of where a unit is now.
AGE_LIMIT = timedelta(hours=1)
# Listeners are told at most once in this time, of all that moved.
PUBLISH_S = 1.0
# Five decimals are about a metre.
_DECIMALS = 5


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A position as a sender gives it."""

    unit: str
    lat: float
    lon: float
    at: Instant


class UnitPositions:
    """The last positions of all units; lives in one event loop."""

    def __init__(self) -> None:
        self.version = 0
        self._last: dict[str, Position] = {}
        self._tracks: dict[str, deque[Position]] = {}
        self._moved: dict[str, Position] = {}
        self._published_at = -PUBLISH_S
        self._due: asyncio.TimerHandle | None = None

    def of(self, unit: str) -> Position | None:
        """The last that is known of a unit."""
        return self._last.get(unit)

    def track(self, unit: str) -> Sequence[Position]:
        """The last few, the oldest first, at least ten seconds apart."""
        return tuple(self._tracks.get(unit, ()))

    def take(
        self, items: Sequence[object], now: datetime, why_not: WhyNot, publish: Publish
    ) -> Heard:
        """Take in what can be taken; everything else is named with its place."""
        if len(items) > BATCH_LIMIT:
            says = f"{len(items)} positions at once; {BATCH_LIMIT} at most, and none was taken"
            return Heard(taken=0, problems=(Problem(where="items", says=says),))
        problems: list[Problem] = []
        count = 0
        for number, item in enumerate(items):
            wrong = self._take(item, now, why_not)
            if wrong is None:
                count += 1
            else:
                problems.append(Problem(where=f"items[{number}]", says=wrong))
        if self._moved:
            self._tell_soon(publish)
        return Heard(taken=count, problems=_first(problems))

    def _take(self, item: object, now: datetime, why_not: WhyNot) -> str | None:
        """Keep one position; what is wrong with it when it cannot be."""
        try:
            sent = msgspec.convert(item, Sent)
        except msgspec.ValidationError as error:
            return str(error)
        wrong = why_not(sent.unit) or self._wrong(sent, now)
        if wrong is not None:
            return wrong
        lat, lon = round(sent.lat, _DECIMALS) + 0.0, round(sent.lon, _DECIMALS) + 0.0
        position = Position(unit=sent.unit, lat=lat, lon=lon, at=min(sent.at, now))
        self._last[sent.unit] = self._moved[sent.unit] = position
        track = self._tracks.setdefault(sent.unit, deque(maxlen=TRACK_LIMIT))
        if not track or position.at - track[-1].at >= TRACK_STEP:
            track.append(position)
        return None

    def _wrong(self, sent: Sent, now: datetime) -> str | None:
        last = self._last.get(sent.unit)
        if not is_on_earth(sent.lat, sent.lon):
            return f"{sent.lat}, {sent.lon} is no place on Earth"
        if sent.at - now > CLOCK_AHEAD_LIMIT:
            return f"at is {(sent.at - now).total_seconds():.0f} s ahead of the clock here"
        if now - sent.at > AGE_LIMIT:
            return "at is more than an hour old"
        if last is not None and sent.at < last.at:
            return f"older than what is known of {sent.unit}"
        if last is None and len(self._last) >= UNITS_LIMIT:
            return f"positions of {UNITS_LIMIT} units are kept, and no more"
        return None

    def _tell_soon(self, publish: Publish) -> None:
        """Tell now, or when a second has gone by since the last time: never later, never oftener.

        A timer of the loop and no task: it is there only while something waits to be told.
        """
        if self._due is not None:
            return
        loop = asyncio.get_running_loop()
        wait_s = self._published_at + PUBLISH_S - loop.time()
        if wait_s <= 0:
            self._tell(loop.time(), publish)
        else:
            self._due = loop.call_later(wait_s, lambda: self._tell(loop.time(), publish))

    def _tell(self, at_s: float, publish: Publish) -> None:
        moved, self._moved = self._moved, {}
        self._due, self._published_at = None, at_s
        self.version += 1
        publish("positions", {"items": [_told(each) for each in moved.values()]})


def _told(position: Position) -> list[object]:
    # A second is as fine as listeners are told; six digits more would double the line.
    at = position.at.replace(microsecond=0)
    return [position.unit, position.lat, position.lon, at]


def _first(problems: list[Problem]) -> tuple[Problem, ...]:
    """The first problems, and how many there are beyond."""
    if len(problems) <= PROBLEMS_LIMIT:
        return tuple(problems)
    more = Problem(where="items", says=f"and {len(problems) - PROBLEMS_LIMIT} more")
    return (*problems[:PROBLEMS_LIMIT], more)
