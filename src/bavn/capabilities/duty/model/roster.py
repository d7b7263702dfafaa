# SPDX-License-Identifier: Apache-2.0
"""Who has the duty at an instant, who is next, and when nobody has it.

A watch holds from its first instant until its last, which it leaves out: at the change of the watch
there is exactly one who has it. Instants are instants: summer time and midnight change nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from bavn.journal.fact import Sealed

FIRST = 1
PLACE_MOST = 9
# A roster is made for months; somebody who always has it is entered anew each year.
LASTS_MOST = timedelta(days=366)


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """A watch, without what is sealed in it."""

    id: str
    function: str
    organisation: str
    begins_at: datetime
    ends_at: datetime
    place: int
    basis: str
    name: Sealed
    number: Sealed

    def holds(self, at: datetime) -> bool:
        """True while it holds."""
        return self.begins_at <= at < self.ends_at


class Gap(msgspec.Struct, frozen=True):
    """From when until when nobody has the duty."""

    begins_at: datetime
    ends_at: datetime


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """A function of an organisation: who has the duty, who stands in, who is next, and gaps."""

    function: str
    organisation: str
    now: tuple[Watch, ...]
    following: Watch | None
    gaps: tuple[Gap, ...]

    @property
    def is_empty(self) -> bool:
        """True when nobody has the duty now, stand-ins aside."""
        return not any(each.place == FIRST for each in self.now)


def posts(watches: Iterable[Watch], at: datetime, ahead: timedelta) -> list[Post]:
    """All functions with a watch that is not over, as they stand at an instant and ahead."""
    by: dict[tuple[str, str], list[Watch]] = {}
    for each in watches:
        if each.ends_at > at - LASTS_MOST:
            by.setdefault((each.function, each.organisation), []).append(each)
    found = []
    for (function, organisation), here in sorted(by.items()):
        here.sort(key=lambda each: (each.place, each.begins_at, each.id))
        later = [each for each in here if each.begins_at > at and each.place == FIRST]
        found.append(
            Post(
                function=function,
                organisation=organisation,
                now=tuple(each for each in here if each.holds(at)),
                following=min(later, key=lambda each: each.begins_at, default=None),
                gaps=tuple(gaps(here, at, at + ahead)),
            )
        )
    return found


def gaps(watches: Sequence[Watch], begins_at: datetime, ends_at: datetime) -> list[Gap]:
    """When, in a stretch of time, nobody has the duty; stand-ins fill no gap by themselves."""
    found, free_from = [], begins_at
    first = sorted(
        (each for each in watches if each.place == FIRST), key=lambda each: each.begins_at
    )
    for each in first:
        if each.ends_at <= free_from or each.begins_at >= ends_at:
            continue
        if each.begins_at > free_from:
            found.append(Gap(free_from, each.begins_at))
        free_from = max(free_from, each.ends_at)
    if free_from < ends_at:
        found.append(Gap(free_from, ends_at))
    return found


def months(begins_at: datetime, ends_at: datetime) -> list[str]:
    """The months (UTC) that a watch touches, by which it is looked up.

    >>> from datetime import UTC
    >>> months(datetime(2026, 12, 31, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    ['2026-12']
    """
    found, year, month = [], begins_at.year, begins_at.month
    last = ends_at - timedelta(microseconds=1)
    while (year, month) <= (last.year, last.month):
        found.append(f"{year:04}-{month:02}")
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)  # noqa: PLR2004
    return found
