# SPDX-License-Identifier: Apache-2.0
"""The draft of a bill: whose units helped whom, for how long, by a tariff that a person has set.

No amount is ever invented: without a tariff, or a rate for the type, there is none.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import msgspec

from bavn.capabilities.dispatch.facts import UnitsOrdered
from bavn.capabilities.reinforcement.facts import HelpAnswered
from bavn.capabilities.reports.facts import BillLine, Rate
from bavn.capabilities.reports.model.courses import Course, Measure, words_in
from bavn.capabilities.reports.model.told import Told, in_order
from bavn.kernel.identity import OrganisationId

NOT_HOME, NO_RATE, NO_TARIFF, CLOCKS = "not_home", "no_rate", "no_tariff", "clocks"
_MINUTE = timedelta(minutes=1)
_HOUR_MIN = 60


class Tariff(msgspec.Struct, frozen=True, kw_only=True):
    """What holds from a day on."""

    valid_from: date
    begun_min: int
    rates: tuple[Rate, ...]

    def hour(self, type_: str) -> int | None:
        """What an hour of a type costs; None where the tariff does not say."""
        return next((each.hour for each in self.rates if each.type == type_), None)


def tariff_on(tariffs: Sequence[Tariff], day: date) -> Tariff | None:
    """The newest that holds on a day; one without rates takes the one before it away."""
    held = [each for each in tariffs if each.valid_from <= day]
    newest = max(held, key=lambda each: each.valid_from, default=None)
    return newest if newest is not None and newest.rates else None


class Helped(msgspec.Struct, frozen=True, kw_only=True):
    """Who helped at an incident, by which tariff, and what a person has said of the minutes."""

    helper: OrganisationId
    tariff: Tariff | None
    corrected: Mapping[str, int] = {}


def lines_of(
    told: Sequence[Told], measure: Measure, helped: Helped, type_of: Callable[[str], str]
) -> tuple[BillLine, ...]:
    """A line for each course of the helper's own units, the same whatever order facts come in."""
    ordered = in_order(told)
    words = [each for each in words_in(ordered) if each.owner == helped.helper]
    mine = {each.unit for each in words}
    lines = []
    for course in measure(words):
        if course.arrived_at is None and course.left_at is None:
            continue  # alerted and never left: nobody was helped
        facts = [each.fact for each in words if each.unit == course.unit]
        asked = [each.id for each in ordered if course.unit in _called(each) & mine]
        sources = tuple(dict.fromkeys((*asked, *facts)))[:12]
        lines.append(_line(course, helped, type_of(course.unit), sources))
    return tuple(lines)


def sum_of(lines: Sequence[BillLine]) -> int | None:
    """All amounts; None while one is missing, since a sum without it would be wrong."""
    amounts = [each.amount for each in lines]
    return None if None in amounts else sum(each for each in amounts if each is not None)


def _called(told: Told) -> frozenset[str]:
    body = told.body
    return frozenset(body.units) if isinstance(body, HelpAnswered | UnitsOrdered) else frozenset()


def _line(course: Course, helped: Helped, type_: str, sources: tuple[str, ...]) -> BillLine:
    name = f"{course.unit}/{course.number}"
    drafted, missing = _minutes(course)
    is_corrected = name in helped.corrected
    minutes = helped.corrected[name] if is_corrected else drafted
    tariff = helped.tariff
    hour = None if tariff is None else tariff.hour(type_)
    if minutes is not None:
        missing = NO_TARIFF if tariff is None else NO_RATE if hour is None else ""
    amount = None
    if minutes is not None and tariff is not None and hour is not None:
        amount = amount_of(minutes, hour, tariff.begun_min)
    return BillLine(
        line=name,
        unit=course.unit,
        type=type_,
        began_at=course.began_at,
        ended_at=course.ended_at,
        drafted_min=drafted,
        minutes=minutes,
        hour=hour,
        amount=amount,
        missing=missing,
        from_facts=sources,
        corrected=is_corrected,
    )


def _minutes(course: Course) -> tuple[int | None, str]:
    began, ended = course.began_at, course.ended_at
    if ended is None or began is None:
        return None, NOT_HOME
    if ended < began:
        return None, CLOCKS
    return -((began - ended) // _MINUTE), ""


def amount_of(minutes: int, hour: int, begun_min: int) -> int:
    """What so many minutes cost: what is begun is paid, and half a coin is rounded up.

    >>> amount_of(61, 60_000, 30)
    90000
    """
    paid = -(-minutes // begun_min) * begun_min
    return (2 * paid * hour + _HOUR_MIN) // (2 * _HOUR_MIN)
