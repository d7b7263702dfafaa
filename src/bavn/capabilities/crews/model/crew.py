# SPDX-License-Identifier: Apache-2.0
"""Who is aboard at one moment, by the unit's word or else by the plan, and until when they last.

A word holds until the next one, until the end that it named, or until it is too old to be true.
Then nobody knows who is aboard, and the plan counts, marked as one.
"""

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

_COMPETENCE = re.compile(r"[a-z0-9æøå][a-z0-9æøå_-]{0,31}")
_LEADER_AND_CREW = re.compile(r"\s*(\d{1,2})\s*\+\s*(\d{1,2})\s*")
_CLOCK = re.compile(r"\s*(\d{1,2})[:.]?(\d{2})\s*")
_HOURS, _MINUTES = 24, 60
# Clocks that are set by the net agree within this.
CLOCK_AHEAD_LIMIT = timedelta(seconds=60)


class Source(StrEnum):
    """Whose word a crew is."""

    SAID = "said"
    PLANNED = "planned"
    UNKNOWN = "unknown"


class CrewFlag(StrEnum):
    """What is odd about a word; it is taken all the same."""

    NOT_REGISTERED = "not_registered"
    # It is about a moment before what is known already: kept, and nothing is changed.
    LATE = "late"
    CLOCK_AHEAD = "clock_ahead"
    # Not as many as the register plans with.
    SHORT = "short"


class Because(StrEnum):
    """Why a crew should be relieved."""

    ON_DUTY = "on_duty"
    AT_WORK = "at_work"


class Due(StrEnum):
    """How near relief is."""

    LATER = "later"
    SOON = "soon"
    OVER = "over"


class Relief(msgspec.Struct, frozen=True, kw_only=True):
    """When a crew should be relieved, why, and how near that is."""

    due_at: datetime
    because: Because
    state: Due


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How long crews last, as the country's table says; None where it says nothing."""

    on_duty: timedelta | None = None
    at_work: timedelta | None = None
    # So long before relief is due, somebody is told.
    warned: timedelta = timedelta()
    # So long a word about a crew is believed.
    holds: timedelta | None = None
    basis: str = ""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """The last word about a crew."""

    count: int
    told_at: datetime
    leaders: int | None = None
    smoke_divers: int | None = None
    drivers: int | None = None
    competences: tuple[str, ...] = ()
    on_duty_at: datetime | None = None
    until: datetime | None = None
    flags: tuple[str, ...] = ()

    def holds(self, limits: Limits, now: datetime) -> bool:
        """True while it may be believed."""
        is_over = self.until is not None and self.until <= now
        is_old = limits.holds is not None and now - self.told_at > limits.holds
        return not (is_over or is_old)


class CrewNow(msgspec.Struct, frozen=True, kw_only=True):
    """Who is aboard a unit now.

    `count` is by `source`: what the unit `said`, else what the register plans with (`planned`, with
    its `planned_basis`), else unknown. `last` is the last word, also when it holds no more.
    `working_since` is since when the unit is on its way to or at an incident.
    """

    unit: str
    source: Source
    count: int | None
    leaders: int | None = None
    smoke_divers: int | None = None
    drivers: int | None = None
    competences: tuple[str, ...] = ()
    on_duty_at: datetime | None = None
    working_since: datetime | None = None
    planned: int | None = None
    planned_basis: str = ""
    relief: Relief | None = None
    last: Said | None = None


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """How many the register plans with; `count` is None where it plans with nobody in particular.

    That is no plan for an empty unit.
    """

    count: int | None = None
    basis: str = ""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What a unit has told that matters to its crew."""

    said: Said | None = None
    working_since: datetime | None = None


NOTHING_HEARD = Heard()


def crew_now(unit: str, heard: Heard, plan: Planned, limits: Limits, now: datetime) -> CrewNow:
    """Give who is aboard, whose word that is, and when they should be relieved."""
    said, planned, working_since = heard.said, plan.count, heard.working_since
    holding = said if said is not None and said.holds(limits, now) else None
    count, source = planned, Source.UNKNOWN if planned is None else Source.PLANNED
    if holding is not None:
        count, source = holding.count, Source.SAID
    on_duty_at = None if holding is None else holding.on_duty_at
    return CrewNow(
        unit=unit,
        source=source,
        count=count,
        leaders=None if holding is None else holding.leaders,
        smoke_divers=None if holding is None else holding.smoke_divers,
        drivers=None if holding is None else holding.drivers,
        competences=() if holding is None else holding.competences,
        on_duty_at=on_duty_at,
        working_since=working_since,
        planned=planned,
        planned_basis=plan.basis,
        relief=None if count == 0 else relief_of(on_duty_at, working_since, limits, now),
        last=said,
    )


def relief_of(
    on_duty_at: datetime | None, working_since: datetime | None, limits: Limits, now: datetime
) -> Relief | None:
    """When relief is due by what comes first; None where nothing is known to reckon from."""
    dues = [
        (since + limit, because)
        for since, limit, because in (
            (working_since, limits.at_work, Because.AT_WORK),
            (on_duty_at, limits.on_duty, Because.ON_DUTY),
        )
        if since is not None and limit is not None
    ]
    if not dues:
        return None
    due_at, because = min(dues)
    if now >= due_at:
        return Relief(due_at=due_at, because=because, state=Due.OVER)
    state = Due.SOON if now >= due_at - limits.warned else Due.LATER
    return Relief(due_at=due_at, because=because, state=state)


def aboard_in(typed: str) -> tuple[int | None, int] | None:
    """Leaders and all aboard, as people write them; None for what is no crew.

    >>> aboard_in("1+5"), aboard_in("3"), aboard_in("en del")
    ((1, 6), (None, 3), None)
    """
    found = _LEADER_AND_CREW.fullmatch(typed)
    if found is not None:
        leaders, others = int(found[1]), int(found[2])
        return leaders, leaders + others
    number = typed.strip()
    return (None, int(number)) if number.isascii() and number.isdigit() else None


def competence_in(typed: str) -> str | None:
    """A competence as a word that can be matched; None for what is none."""
    word = typed.strip().lower()
    return word if _COMPETENCE.fullmatch(word) else None


def last_at(typed: str, here: datetime) -> datetime | None:
    """The last time that a clock on the wall showed what was typed; None for what is no time.

    `here` is now, in the zone of that clock.

    >>> last_at("23:30", datetime(2027, 1, 2, 7, 0, tzinfo=UTC)).isoformat()
    '2027-01-01T23:30:00+00:00'
    """
    found = _CLOCK.fullmatch(typed)
    if found is None or int(found[1]) >= _HOURS or int(found[2]) >= _MINUTES:
        return None
    wall = here.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
    # On the wall a day is a day also when the clocks are changed; which came first is told in UTC.
    today, yesterday = wall.astimezone(UTC), (wall - timedelta(days=1)).astimezone(UTC)
    return today if today <= here.astimezone(UTC) else yesterday
