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
from bavn.capabilities.operations.ports import (
    Heard,
    Position,
    Publish,
    Voice,
    Voices,
    WhyNot,
    no_voices,
)
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
# Of so many instants of a batch it is told how the sender's clock goes.
SAMPLED = 8
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
        self,
        items: Sequence[object],
        now: datetime,
        why_not: WhyNot,
        publish: Publish,
        voices: Voices = no_voices,
    ) -> Heard:
        """Take in what can be taken; everything else is named with its place."""
        if len(items) > BATCH_LIMIT:
            says = f"{len(items)} positions at once; {BATCH_LIMIT} at most, and none was taken"
            return Heard(taken=0, problems=(Problem(where="items", says=says),))
        problems: list[Problem] = []
        count = outranked = late = 0
        told_at: list[datetime] = []
        for number, item in enumerate(items):
            sent, wrong = _read(item)
            if sent is not None:
                if len(told_at) < SAMPLED:
                    told_at.append(sent.at)
                wrong = why_not(sent.unit) or self._wrong(sent, now)
            if sent is None or wrong is not None:
                problems.append(Problem(where=f"items[{number}]", says=str(wrong)))
                continue
            voice = voices(sent.unit)
            # A device's own word is not undone by what a system still has of it.
            if self._is_outranked(sent, voice):
                outranked += 1
            elif self._is_late(sent, voice):
                late += 1
                says = f"older than what is known of {sent.unit}"
                problems.append(Problem(where=f"items[{number}]", says=says))
            else:
                count += 1
                self._keep(sent, now, voice)
        if self._moved:
            self._tell_soon(publish)
        return Heard(
            taken=count,
            problems=_first(problems),
            outranked=outranked,
            late=late,
            told_at=tuple(told_at),
        )

    def _is_outranked(self, sent: Sent, voice: Voice) -> bool:
        last = self._last.get(sent.unit)
        if last is None or voice.weight >= last.voice.weight:
            return False
        return sent.at - last.at <= timedelta(seconds=last.voice.hold_s)

    def _is_late(self, sent: Sent, voice: Voice) -> bool:
        last = self._last.get(sent.unit)
        if last is None or sent.at >= last.at:
            return False
        # A higher word of the same moment is where the unit is, though it was a little slower.
        is_above = voice.weight > last.voice.weight
        return not (is_above and last.at - sent.at <= timedelta(seconds=voice.hold_s))

    def _keep(self, sent: Sent, now: datetime, voice: Voice) -> None:
        lat, lon = round(sent.lat, _DECIMALS) + 0.0, round(sent.lon, _DECIMALS) + 0.0
        position = Position(unit=sent.unit, lat=lat, lon=lon, at=min(sent.at, now), voice=voice)
        self._last[sent.unit] = self._moved[sent.unit] = position
        track = self._tracks.setdefault(sent.unit, deque(maxlen=TRACK_LIMIT))
        if not track or position.at - track[-1].at >= TRACK_STEP:
            track.append(position)

    def _wrong(self, sent: Sent, now: datetime) -> str | None:
        last = self._last.get(sent.unit)
        if not is_on_earth(sent.lat, sent.lon):
            return f"{sent.lat}, {sent.lon} is no place on Earth"
        if sent.at - now > CLOCK_AHEAD_LIMIT:
            return f"at is {(sent.at - now).total_seconds():.0f} s ahead of the clock here"
        if now - sent.at > AGE_LIMIT:
            return "at is more than an hour old"
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


def _read(item: object) -> tuple[Sent | None, str | None]:
    try:
        return msgspec.convert(item, Sent), None
    except msgspec.ValidationError as error:
        return None, str(error)


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
