# SPDX-License-Identifier: Apache-2.0
"""Rows that were written on paper: when each was, by a clock on the wall, and which it is.

People write a time of day and go on past midnight. The rows of a sheet run on from its first day; a
time that is far before the row above belongs to the next day. In the hour that comes twice in
autumn a time that goes back belongs to the second; the hour that spring leaves out never was.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from hashlib import sha256

from bavn.capabilities.centre.model.command import folded

# A night on paper. A longer one is typed in twice.
ROWS_LIMIT = 200
_TIME = re.compile(r"([01]?\d|2[0-3])(?:[:.]?([0-5]\d))(?:[:.]([0-5]\d))?")
# Written down a little late is late; half a day back is the next day.
NEXT_DAY_AFTER = timedelta(hours=12)


@dataclass(frozen=True, kw_only=True)
class Written:
    """A row as it was typed: a time of day, about whom or what, and what."""

    at: str
    who: str
    what: str

    @property
    def is_blank(self) -> bool:
        """True for a row that nobody has typed in."""
        return not (self.at.strip() or self.who.strip() or self.what.strip())

    @property
    def line(self) -> str:
        """The row as a line of the command line's grammar."""
        return f"{self.who} {self.what}".strip()


@dataclass(frozen=True, kw_only=True)
class Timed:
    """When a row was; or a text's name that says why nobody can tell."""

    at: datetime | None = None
    wrong: str = ""


def clock_in(typed: str) -> time | None:
    """A time of day as people write it.

    >>> clock_in("0214"), clock_in("2.14"), clock_in("02:14:30"), clock_in("25:00")
    (datetime.time(2, 14), datetime.time(2, 14), datetime.time(2, 14, 30), None)
    """
    found = _TIME.fullmatch(typed.strip())
    if found is None or not typed.isascii():
        return None
    hour, minute, second = (int(each or 0) for each in found.groups())
    return time(hour, minute, second)


def timed(rows: Sequence[str], first: date, zone: tzinfo, now: datetime) -> Iterator[Timed]:
    """When each row was, in the order in which they stand on the sheet."""
    day, before = first, None
    for typed in rows:
        clock = clock_in(typed)
        if clock is None:
            yield Timed(wrong="paper_no_time")
            continue
        local = datetime.combine(day, clock)
        if before is not None and local < before.replace(tzinfo=None) - NEXT_DAY_AFTER:
            day += timedelta(days=1)
            local = datetime.combine(day, clock)
        at = _instant(local, zone, before)
        if at is None:
            yield Timed(wrong="paper_no_such_hour")
            continue
        before = at.astimezone(zone)
        if at > now:
            yield Timed(wrong="paper_ahead")
            continue
        yield Timed(at=at)


def key_of(at: datetime, line: str) -> str:
    """What a row is known by: the same however often it is typed in."""
    told = f"{at.astimezone(UTC).isoformat()} {folded(line)}"
    return sha256(told.encode("utf-8", "replace")).hexdigest()[:32]


def _instant(local: datetime, zone: tzinfo, before: datetime | None) -> datetime | None:
    """The instant of a time on the wall; None for one that the clock went past."""
    at = local.replace(tzinfo=zone)
    first = at.astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) != local:
        return None
    again = at.replace(fold=1).astimezone(UTC)
    # The hour comes twice, and the row above was later in it, or is in the second already.
    if again != first and before is not None and first < before.astimezone(UTC):
        return again
    return first
