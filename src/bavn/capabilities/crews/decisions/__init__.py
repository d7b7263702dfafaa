# SPDX-License-Identifier: Apache-2.0
"""What can be asked of crews, and how it is decided: a pure function."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bavn.capabilities.crews.facts import UnitManned
from bavn.capabilities.crews.model.crew import CLOCK_AHEAD_LIMIT, CrewFlag
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.instants import instant_of, ms_of


class ManUnit(msgspec.Struct, frozen=True, kw_only=True):
    """So many are aboard a unit. `relieved` says that they are others than before.

    Where nobody says since when they are on duty, it is as before while they are the same people,
    and else since they came aboard.
    """

    unit: str
    area: OrganisationId
    count: int
    leaders: int | None = None
    smoke_divers: int | None = None
    drivers: int | None = None
    competences: tuple[str, ...] = ()
    at: datetime | None = None
    on_duty_at: datetime | None = None
    until: datetime | None = None
    relieved: bool = False
    registered: bool = True
    planned: int | None = None


def unit_subject(unit: str) -> Subject:
    """What a fact about a unit is about."""
    return Subject(f"unit:{unit}")


def man(row: Row | None, request: ManUnit, context: Context) -> Sequence[Draft]:
    """Always a fact: what a unit says of its own crew is flagged at most."""
    is_ahead = request.at is not None and request.at - context.now > CLOCK_AHEAD_LIMIT
    at = context.now if is_ahead else min(request.at or context.now, context.now)
    is_late = row is not None and ms_of(at) < int(str(row["told_at_ms"]))
    flags = {
        CrewFlag.NOT_REGISTERED: not request.registered,
        CrewFlag.LATE: is_late,
        CrewFlag.CLOCK_AHEAD: is_ahead,
        CrewFlag.SHORT: request.planned is not None and request.count < request.planned,
    }
    body = UnitManned(
        count=request.count,
        leaders=request.leaders,
        smoke_divers=request.smoke_divers,
        drivers=request.drivers,
        competences=request.competences,
        on_duty_at=_on_duty_at(row, request, at),
        until=request.until,
        flags=tuple(flag.value for flag, holds in flags.items() if holds),
    )
    return [
        Draft(body=body, about=(unit_subject(request.unit),), happened_at=at, area=request.area)
    ]


def _on_duty_at(row: Row | None, request: ManUnit, at: datetime) -> datetime | None:
    if request.count == 0:
        return None
    if request.on_duty_at is not None:
        return min(request.on_duty_at, at)
    before = None if row is None or request.relieved else row["on_duty_at_ms"]
    ended = None if row is None else row["until_ms"]
    if isinstance(before, int) and not (isinstance(ended, int) and ended <= ms_of(at)):
        return min(instant_of(before), at)
    return at
