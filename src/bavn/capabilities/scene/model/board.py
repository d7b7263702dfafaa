# SPDX-License-Identifier: Apache-2.0
"""What is written on the board, as it can be compared, and where a task goes from where it is."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

# Sixteen points are what people say; each is so many degrees wide.
COMPASS = (
    *("n", "nne", "ne", "ene", "e", "ese", "se", "sse"),
    *("s", "ssw", "sw", "wsw", "w", "wnw", "nw", "nnw"),
)
POINT_DEG = 360 / len(COMPASS)
# The eight that a gloved thumb can choose between.
MAIN_POINTS = COMPASS[::2]


class TaskState(StrEnum):
    """How far a task has come."""

    ORDERED = "ordered"
    BEGUN = "begun"
    DONE = "done"
    GIVEN_UP = "given_up"


_ORDERED, _BEGUN = TaskState.ORDERED, TaskState.BEGUN
_DONE, _GIVEN_UP = TaskState.DONE, TaskState.GIVEN_UP
# What is offered from each state, the likeliest first. What comes otherwise is taken all the same.
NEXT: Mapping[TaskState, tuple[TaskState, ...]] = {
    _ORDERED: (_BEGUN, _DONE, _GIVEN_UP),
    _BEGUN: (_DONE, _GIVEN_UP),
    _DONE: (_BEGUN,),
    _GIVEN_UP: (_ORDERED,),
}
ACTIVE = frozenset({_ORDERED, _BEGUN})


class SectorSaid(msgspec.Struct, frozen=True, kw_only=True):
    """A sector, as one version has it. `what_in` is the version in which its text stands."""

    name: str
    leader: str = ""
    what_in: str | None = None
    ended: bool = False


class TaskSaid(msgspec.Struct, frozen=True, kw_only=True):
    """A task, as one version has it."""

    text_in: str | None
    sector: str | None = None
    unit: str | None = None
    state: str = TaskState.ORDERED
    urgent: bool = False


class HazardSaid(msgspec.Struct, frozen=True, kw_only=True):
    """A hazard, as one version has it."""

    kind: str
    where_in: str | None = None
    over: bool = False


class HazardKnown(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of hazard, as the country's table has it; `mark` is what stands on the board."""

    code: str
    danish: str
    english: str
    mark: str
    basis: str = ""


class BoardRules(msgspec.Struct, frozen=True, kw_only=True):
    """How old a measured wind may be before it is marked, and how near relief is near."""

    wind_old: timedelta = timedelta(minutes=30)
    relief_near: timedelta = timedelta(minutes=45)
    basis: str = ""


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """That a unit was put into a sector, or taken out of all."""

    fact: str
    unit: str
    sector: str | None
    at: datetime


def where_each_is(placed: Iterable[Placed]) -> Mapping[str, str | None]:
    """The sector of each unit: the last word by its own time, whosever it is."""
    ordered = sorted(placed, key=lambda each: (each.at, each.fact))
    return {each.unit: each.sector for each in ordered}


def point_of(degrees: float) -> str:
    """The point of the compass that is nearest.

    >>> point_of(225), point_of(359), point_of(11.3)
    ('sw', 'n', 'nne')
    """
    return COMPASS[round(degrees / POINT_DEG) % len(COMPASS)]


def degrees_of(point: str) -> int | None:
    """The middle of a point of the compass; None for what is none.

    >>> degrees_of("sw"), degrees_of("up")
    (225, None)
    """
    return round(COMPASS.index(point) * POINT_DEG) if point in COMPASS else None
