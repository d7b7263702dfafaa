# SPDX-License-Identifier: Apache-2.0
"""What is normal for an hour of the week, by what that hour has brought in many weeks.

The middle of the weeks is taken, and the span that most of them lie in: a New Year's Eve or a storm
is one week of a hundred and fifty, and moves neither. The seasons are not told apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

import msgspec

WEEK_HOURS, DAY_HOURS = 168, 24
# Own calibration: of the weeks, eight in ten lie within what is called normal.
LOW, HIGH = 0.1, 0.9
# Own calibration: the latest three years, and at least two of them.
WEEKS_LIMIT, WEEKS_LEAST = 156, 104
# Own calibration: a service from which nothing stands for so many weeks was not in the list then.
GAP_WEEKS_LIMIT = 8
# What is compared with it is what was reported within the last hour.
LOOKED_BACK = timedelta(hours=1)
ALL, AREA, SERVICE, GROUP = "all", "area", "service", "group"
USUAL, MORE, FEWER = "usual", "more", "fewer"


class Usual(NamedTuple):
    """The middle of what an hour has brought, the span that is normal, and of how many weeks."""

    median: int
    low: int
    high: int
    week_count: int


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One comparison: of all, of an area, of a service or of a group of types."""

    scope: str
    id: str
    name: str
    median: int
    low: int
    high: int
    week_count: int
    now_count: int
    verdict: str


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What the normal stands on: how many turn-outs of how many services, from when to when."""

    turnout_count: int
    service_count: int
    first_year: int
    last_year: int
    is_synthetic: bool


class NormalNow(msgspec.Struct, frozen=True, kw_only=True):
    """The last hour beside what is normal for it. Without lines nothing can be said yet.

    `since` is when the hour that is looked at began; the hour of the week is the one that its
    middle lies in, from `hour` on, on a weekday from 0.
    """

    since: datetime
    weekday: int
    hour: int
    ground: Ground | None = None
    lines: tuple[Line, ...] = ()

    def of(self, scope: str) -> list[Line]:
        """The lines of one kind."""
        return [each for each in self.lines if each.scope == scope]


class Told(NamedTuple):
    """What one hour of one week brought one service, of one group of types."""

    service: str
    group: str
    week: int
    turnout_count: int


def usual(counts: Sequence[int]) -> Usual:
    """The middle and the span of some weeks' counts; each is a count that has been."""
    ordered = sorted(counts)
    last = len(ordered) - 1
    median, low, high = (ordered[round(last * share)] for share in (0.5, LOW, HIGH))
    return Usual(median, low, high, len(ordered))


def verdict(normal: Usual, now_count: int) -> str:
    """Whether a count lies within the span."""
    if now_count > normal.high:
        return MORE
    return FEWER if now_count < normal.low else USUAL


def hour_number(local: datetime) -> int:
    """The hour of a local clock, counted from the first Monday of the calendar."""
    return (local.toordinal() - 1) * DAY_HOURS + local.hour


def covered(weeks: Mapping[int, int]) -> frozenset[int]:
    """The whole weeks within the latest years of which a service's history tells.

    Weeks without a turn-out count as such, but for long runs of them. None where it is too few.
    """
    if not weeks:
        return frozenset()
    # The first and the last may have begun in the middle.
    known = [week for week in sorted(weeks) if week > max(weeks) - 1 - WEEKS_LIMIT]
    found: set[int] = set()
    for before, week in pairwise(known):
        if week - before <= GAP_WEEKS_LIMIT:
            found |= {*range(before, week)}
    found -= {min(weeks)}
    return frozenset(found) if len(found) >= WEEKS_LEAST else frozenset()


class Place(NamedTuple):
    """What a line is about, and whose turn-outs are in it."""

    scope: str
    id: str
    name: str
    services: frozenset[str]
    group: str = ""


def normals(
    places: Iterable[Place], weeks: Mapping[str, frozenset[int]], told: Iterable[Told]
) -> list[tuple[Place, Usual]]:
    """What is normal for each place; those of which too little is known are left out.

    Several services are one place only in weeks that all of them tell of.
    """
    by_kind: dict[tuple[str, str], list[Told]] = {}
    for each in told:
        by_kind.setdefault((each.service, each.group), []).append(each)
    found = []
    for place in places:
        services = [each for each in place.services if weeks.get(each)]
        common = frozenset.intersection(*(weeks[each] for each in services)) if services else ()
        if len(common) < WEEKS_LEAST:
            continue
        counts = dict.fromkeys(common, 0)
        for (service, group), rows in by_kind.items():
            if service in services and place.group in {"", group}:
                for each in rows:
                    if each.week in counts:
                        counts[each.week] += each.turnout_count
        found.append((place._replace(services=frozenset(services)), usual([*counts.values()])))
    return found


def compared(
    normal: Iterable[tuple[Place, Usual]], now: Sequence[tuple[str, str]]
) -> tuple[Line, ...]:
    """Each place's last hour beside what is normal; `now` are services and groups, one for each.

    A service of which no history is known is in neither.
    """
    found = []
    for place, each in normal:
        now_count = sum(
            service in place.services and place.group in {"", group} for service, group in now
        )
        found.append(
            Line(
                scope=place.scope,
                id=place.id,
                name=place.name,
                **each._asdict(),
                now_count=now_count,
                verdict=verdict(each, now_count),
            )
        )
    return tuple(found)
