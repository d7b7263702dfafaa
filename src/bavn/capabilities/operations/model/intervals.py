# SPDX-License-Identifier: Apache-2.0
"""The three intervals of a turn-out, from what a unit has said: measured, or missing for a reason.

afgang   turn-out   from the alarm to leaving
kørsel   drive      from leaving to arrival
respons  response   from the alarm to arrival

Instants are told in UTC, so that neither midnight nor summer time is in them. Words stand in the
order of when things happened, not of when they were heard: a late one finds its place. An alarm and
a leaving may be told by two clocks; a leaving that seems to come a little before its alarm belongs
to it, and that interval is missing rather than negative.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from bavn.capabilities.operations.model.unit import CLOCK_AHEAD_LIMIT, UnitStatus, status_in


class Why(StrEnum):
    """Why an interval is missing."""

    # Nobody has said that the unit was alerted, that it left, that it arrived.
    NO_ALARM = "no_alarm"
    NO_LEAVING = "no_leaving"
    NO_ARRIVAL = "no_arrival"
    # It may still come.
    NOT_YET_LEFT = "not_yet_left"
    NOT_YET_ARRIVED = "not_yet_arrived"
    # By the clocks that told it, the end was before the beginning.
    CLOCKS = "clocks"


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """An interval in seconds, or why there is none."""

    seconds: float | None = None
    missing: Why | None = None


class Turnout(msgspec.Struct, frozen=True, kw_only=True):
    """One unit's one course to one incident, from its alarm until it is free again.

    `number` counts a unit's courses to the same incident. `flags` are those of its words.
    """

    unit: str
    number: int
    alerted_at: datetime | None
    left_at: datetime | None
    arrived_at: datetime | None
    ended_at: datetime | None
    afgang: Span
    koersel: Span
    respons: Span
    flags: tuple[str, ...] = ()


class UnitWord(msgspec.Struct, frozen=True, kw_only=True):
    """What a unit said about an incident, and when that was."""

    unit: str
    status: str
    at: datetime
    flags: tuple[str, ...] = ()


@dataclass(slots=True)
class _Course:
    alerted_at: datetime | None = None
    left_at: datetime | None = None
    arrived_at: datetime | None = None
    ended_at: datetime | None = None
    flags: tuple[str, ...] = ()


def turnouts(words: Iterable[UnitWord], gone: Container[str] = ()) -> list[Turnout]:
    """Every unit's courses to an incident, by unit and in their order.

    `gone` are units that are at something else by now, without having said that they left this.
    """
    by_unit: dict[str, list[UnitWord]] = {}
    for word in words:
        by_unit.setdefault(word.unit, []).append(word)
    found = []
    for unit in sorted(by_unit):
        said = sorted(by_unit[unit], key=lambda word: word.at)
        courses = _courses(said)
        for number, course in enumerate(courses, 1):
            is_last = number == len(courses)
            is_over = course.ended_at is not None or not is_last or unit in gone
            found.append(_turnout(unit, number, course, is_over=is_over))
    return found


def _courses(words: Sequence[UnitWord]) -> list[_Course]:
    courses: list[_Course] = []
    for word in words:
        status = status_in(word.status)
        course = courses[-1] if courses and courses[-1].ended_at is None else None
        match status:
            case UnitStatus.ALERTED if course is None or _is_anew(course, word.at):
                course = _begun(courses)
                course.alerted_at = word.at
            case UnitStatus.ALERTED if course is not None and course.alerted_at is None:
                course.alerted_at = word.at
            case UnitStatus.EN_ROUTE:
                course = course or _begun(courses)
                course.left_at = course.left_at or (None if course.arrived_at else word.at)
            case UnitStatus.AT_SCENE:
                course = course or _begun(courses)
                course.arrived_at = course.arrived_at or word.at
            case UnitStatus.ALERTED | None:
                pass
            case _ if course is not None:
                course.ended_at = word.at
            case _:
                pass
        if course is not None:
            course.flags = tuple(dict.fromkeys((*course.flags, *word.flags)))
    return courses


def _is_anew(course: _Course, at: datetime) -> bool:
    """True for an alarm to a course that has left: sent again, unless two clocks disagree."""
    if course.left_at is None and course.arrived_at is None:
        return False
    begun_at = course.left_at or course.arrived_at
    assert begun_at is not None, "one of them is there"
    return course.alerted_at is not None or at - begun_at > CLOCK_AHEAD_LIMIT


def _begun(courses: list[_Course]) -> _Course:
    courses.append(_Course())
    return courses[-1]


def _turnout(unit: str, number: int, course: _Course, *, is_over: bool) -> Turnout:
    has_gone_on = is_over or course.arrived_at is not None
    no_leaving = Why.NO_LEAVING if has_gone_on else Why.NOT_YET_LEFT
    no_arrival = Why.NO_ARRIVAL if is_over else Why.NOT_YET_ARRIVED
    alerted, left, arrived = course.alerted_at, course.left_at, course.arrived_at
    return Turnout(
        unit=unit,
        number=number,
        alerted_at=alerted,
        left_at=left,
        arrived_at=arrived,
        ended_at=course.ended_at,
        afgang=_span(alerted, left, Why.NO_ALARM, no_leaving),
        koersel=_span(left, arrived, no_leaving, no_arrival),
        respons=_span(alerted, arrived, Why.NO_ALARM, no_arrival),
        flags=course.flags,
    )


def _span(begun: datetime | None, ended: datetime | None, no_begin: Why, no_end: Why) -> Span:
    if begun is None:
        return Span(missing=no_begin)
    if ended is None:
        return Span(missing=no_end)
    seconds = (ended - begun).total_seconds()
    return Span(missing=Why.CLOCKS) if seconds < 0 else Span(seconds=seconds)
