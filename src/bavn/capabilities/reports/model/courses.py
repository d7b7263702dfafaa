# SPDX-License-Identifier: Apache-2.0
"""A unit's course to an incident, as a report has it: seconds, or why there are none."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeAlias

import msgspec

from bavn.capabilities.operations.facts import UnitStatusChanged
from bavn.capabilities.reports.model.told import Told, those
from bavn.kernel.identity import OrganisationId


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What a unit said of the incident, and whose unit it is."""

    unit: str
    owner: OrganisationId
    status: str
    at: datetime
    fact: str


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """One course of one unit. `why` says by interval why it is not known."""

    unit: str
    number: int
    alerted_at: datetime | None = None
    left_at: datetime | None = None
    arrived_at: datetime | None = None
    ended_at: datetime | None = None
    turn_out_s: float | None = None
    drive_s: float | None = None
    response_s: float | None = None
    why: tuple[str, ...] = ()

    @property
    def began_at(self) -> datetime | None:
        """When it left, else the first that is known of it."""
        return self.left_at or self.alerted_at or self.arrived_at


# The flag of a word that a higher source's word stands above: kept, and not where the unit stood.
OUTRANKED = "outranked"
# How intervals are measured is operations' own matter; it is asked.
Measure: TypeAlias = Callable[[Sequence[Word]], Sequence[Course]]


def words_in(told: Sequence[Told]) -> list[Word]:
    """All words of units that count, in order."""
    return [
        Word(unit=unit, owner=each.owner, status=body.status, at=each.at, fact=each.id)
        for each, body in those(told, UnitStatusChanged)
        if (unit := each.named("unit")) and OUTRANKED not in body.flags
    ]
