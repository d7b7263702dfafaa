# SPDX-License-Identifier: Apache-2.0
"""Reports from a scene: their fields, when the next one is due, and when it is missed."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum

import msgspec

from bavn.kernel.identity import OrganisationId

# What is said at eight of half past eight is of today; of half past seven, it was of a moment ago.
CLOCK_BACK, CLOCK_AHEAD = timedelta(hours=2), timedelta(hours=12)
NEXT_MIN_MOST = 24 * 60
MINUTE = timedelta(minutes=1)


class ReportForm(StrEnum):
    """Which report: the first from the window of the car, or one of those that follow."""

    FIRST = "first"
    SITUATION = "situation"


# The fields that a fact has; the country says what they are called and which form has which.
FIELDS = ("seen", "done", "needed", "leads")


class FieldKnown(msgspec.Struct, frozen=True, kw_only=True):
    """A field of a report, as the country's table has it."""

    code: str
    danish: str
    english: str
    danish_hint: str = ""
    english_hint: str = ""
    forms: tuple[str, ...]
    basis: str = ""


class RuleKnown(msgspec.Struct, frozen=True, kw_only=True):
    """How long after a report the next one is due where nobody said, and how late it may be."""

    code: str
    danish: str
    english: str
    next_min: int
    grace_min: int
    basis: str = ""


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """A report that stands: when it was given, and when the next one was to come."""

    fact: str
    by: OrganisationId
    at: datetime
    form: str
    next_at: datetime | None = None


def last_of(reports: Iterable[Reported]) -> Reported | None:
    """The one that counts now: the last by its own time, whenever it was heard."""
    return max(reports, key=lambda each: (each.at, each.fact), default=None)


def is_over(last: Reported | None, now: datetime, grace: timedelta) -> bool:
    """True when the next report should have come, and has not."""
    return last is not None and last.next_at is not None and now > last.next_at + grace


def instant_of_clock(clock: str, at: datetime, zone: tzinfo) -> datetime | None:
    """The instant that a time of day names for whoever says it at `at`; None for none near.

    The first one from a little before `at` on, over midnight too. Of an hour that comes twice it is
    the one that is next; of one that the clock jumps over, the instant that it would have been.
    """
    hour, colon, minute = clock.strip().replace(".", ":").partition(":")
    if not (colon and hour.isdecimal() and minute.isdecimal()):
        return None
    try:
        told = time(int(hour), int(minute))
    except ValueError:
        return None
    here = at.astimezone(zone)
    found = []
    for days in (-1, 0, 1):
        day = here.date() + timedelta(days=days)
        for fold in (0, 1):
            named = datetime.combine(day, told.replace(fold=fold), zone)
            found.append(named.astimezone(at.tzinfo))
    near = {each for each in found if -CLOCK_BACK <= each - at <= CLOCK_AHEAD}
    ahead = {each for each in near if each >= at}
    return min(ahead) if ahead else max(near, default=None)
