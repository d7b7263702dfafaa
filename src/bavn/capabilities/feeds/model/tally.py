# SPDX-License-Identifier: Apache-2.0
"""What is counted of one sender's words of one sort: a few additions for each request.

It is no fact: it begins anew where it is lost, and nothing but this account follows from it.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from bavn.frame.feeds import Spoken
from bavn.kernel.instants import instant_of, ms_of

_MINUTE_MS = 60_000
HOUR_MINUTES = 60
# Minutes are forgotten in one go when there are so many.
_MINUTES_KEPT = 120
# Of so many instants a middle and its spread are told; twice as many are kept before half go.
SKEWS = 200
SKEWS_LEAST = 20
# What is told of an instant further off than this was late on its way, or is a slip of the pen: it
# says nothing of a clock.
SKEW_LIMIT_MS = 30 * _MINUTE_MS
# Clocks that agree within a minute agree well enough for intervals that are told in minutes.
SKEW_SAID_MS = _MINUTE_MS
# What comes closer together than this is one burst and no pause.
PAUSE_LEAST_MS = _MINUTE_MS
PAUSES = 64
_PAUSES_USUAL = 0.95
_PAUSE_TIMES = 3


class SilenceRule(msgspec.Struct, frozen=True, kw_only=True):
    """When a sort of feed is called silent: a row of the country's table.

    `late_min` is how long after the event a word counts as late.
    """

    silent_min: int
    spoken_least: int
    late_min: int
    basis: str = ""


class Clock(StrEnum):
    """How a sender's clock seems to go, by when its words come."""

    UNKNOWN = "unknown"
    AGREES = "agrees"
    BEHIND = "behind"
    AHEAD = "ahead"


class Skew(msgspec.Struct, frozen=True, kw_only=True):
    """The middle of received-at less told-at, and the middle half around it, in seconds.

    Above nought the instants lie behind the clock here, by the clock or by the way.
    """

    clock: Clock
    middle_s: float = 0.0
    low_s: float = 0.0
    high_s: float = 0.0
    of_count: int = 0


class Tally(msgspec.Struct, kw_only=True):
    """What one sender has sent of one sort."""

    first_at_ms: int = 0
    last_at_ms: int = 0
    count: int = 0
    repeated_count: int = 0
    disordered_count: int = 0
    late_count: int = 0
    fault_count: int = 0
    # Called silent already before this process began.
    was_silent: bool = False
    minutes: dict[int, int] = {}
    skews_ms: list[int] = []
    pauses_ms: list[int] = []

    def hear(self, spoken: Spoken, now_ms: int, late_ms: int) -> None:
        """Count what was taken."""
        self._touch(now_ms, spoken.count)
        self.repeated_count += spoken.repeated_count
        self.disordered_count += spoken.disordered_count
        for at in spoken.told_at:
            off_ms = now_ms - ms_of(at)
            if off_ms > late_ms:
                self.late_count += 1
            # What it has told before says nothing new of its clock.
            if -SKEW_LIMIT_MS <= off_ms <= SKEW_LIMIT_MS and not spoken.repeated_count:
                self.skews_ms.append(off_ms)
        if len(self.skews_ms) > 2 * SKEWS:
            del self.skews_ms[:-SKEWS]

    def fault(self, count: int, now_ms: int) -> None:
        """Count what could not be: who sends what nobody can read is not silent."""
        self._touch(now_ms, 0)
        self.fault_count += count

    def last_hour(self, now_ms: int) -> int:
        """How many came within the last sixty minutes."""
        since = now_ms // _MINUTE_MS - HOUR_MINUTES
        return sum(count for minute, count in self.minutes.items() if minute > since)

    def skew(self) -> Skew:
        """How far its instants lie from when they came."""
        held = sorted(self.skews_ms[-SKEWS:])
        if len(held) < SKEWS_LEAST:
            return Skew(clock=Clock.UNKNOWN, of_count=len(held))
        low, middle, high = (held[int(len(held) * part)] for part in (0.25, 0.5, 0.75))
        clock = Clock.AGREES
        if abs(middle) >= SKEW_SAID_MS:
            clock = Clock.BEHIND if middle > 0 else Clock.AHEAD
        return Skew(
            clock=clock,
            middle_s=middle / 1_000,
            low_s=low / 1_000,
            high_s=high / 1_000,
            of_count=len(held),
        )

    def silent_after(self, rule: SilenceRule) -> timedelta:
        """How long it may be quiet: what the table says, or thrice its own usual longest pause."""
        held = sorted(self.pauses_ms)
        usual_ms = held[int(len(held) * _PAUSES_USUAL)] if held else 0
        return max(
            timedelta(minutes=rule.silent_min), timedelta(milliseconds=usual_ms * _PAUSE_TIMES)
        )

    def is_silent(self, rule: SilenceRule, now: datetime, heard_from: datetime) -> bool:
        """True for one that normally speaks and has not; while nobody listened is no silence."""
        if self.count < rule.spoken_least:
            return False
        quiet = now - max(instant_of(self.last_at_ms), heard_from)
        self.was_silent = self.was_silent or quiet > self.silent_after(rule)
        return self.was_silent

    def _touch(self, now_ms: int, count: int) -> None:
        minute = now_ms // _MINUTE_MS
        self.minutes[minute] = self.minutes.get(minute, 0) + count
        if len(self.minutes) > _MINUTES_KEPT:
            self.minutes = {m: c for m, c in self.minutes.items() if m > minute - HOUR_MINUTES}
        if not self.first_at_ms:
            self.first_at_ms = self.last_at_ms = now_ms
        pause_ms = now_ms - self.last_at_ms
        # A silence that somebody was told of is no usual pause.
        if pause_ms >= PAUSE_LEAST_MS and not self.was_silent:
            self.pauses_ms.append(pause_ms)
            del self.pauses_ms[:-PAUSES]
        self.last_at_ms = max(self.last_at_ms, now_ms)
        self.was_silent = False
        self.count += count


class Sender(msgspec.Struct, kw_only=True):
    """A system that sends: its token's name, whom it acts for, and what it has sent by sort."""

    name: str
    organisations: tuple[str, ...]
    tallies: dict[str, Tally] = {}

    @property
    def last_at_ms(self) -> int:
        """When it was last heard, of anything."""
        return max((each.last_at_ms for each in self.tallies.values()), default=0)
