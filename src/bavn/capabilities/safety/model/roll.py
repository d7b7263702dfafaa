# SPDX-License-Identifier: Apache-2.0
"""A roll call: who should be at the scene by unit, who was counted, and who is missing."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import msgspec

from bavn.kernel.identity import OrganisationId

# A storm's largest scene; a request may become one fact for each, and one that begins it.
UNITS_LIMIT = 60


class RollSort(StrEnum):
    """What was told of a roll call; in this order where it was told at once."""

    CALLED = "called"
    EXPECTED = "expected"
    COUNTED = "counted"
    CLOSED = "closed"


_ORDER = {sort: place for place, sort in enumerate(RollSort)}


class RollWord(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was told: that it began, whom it expects, a unit's number, or its end."""

    fact: str
    sort: RollSort
    at: datetime
    by: OrganisationId
    unit: str = ""
    callsign: str = ""
    expected: int | None = None
    present: int = 0
    inside: int = 0


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """One unit in a roll call; `at` is None until it has been counted.

    `inside` are those of it who were inside when it was counted: they are not missing.
    """

    unit: str
    callsign: str
    expected: int | None
    at: datetime | None = None
    present: int = 0
    inside: int = 0

    @property
    def found(self) -> int:
        """How many of it are accounted for."""
        return self.present + self.inside

    @property
    def missing(self) -> int:
        """How many of those expected were not found; nought until it has been counted."""
        return 0 if self.at is None or self.expected is None else max(0, self.expected - self.found)


class RollNow(msgspec.Struct, frozen=True, kw_only=True):
    """The last roll call of an incident: since when, whose, and each unit's number."""

    called_at: datetime
    by: OrganisationId
    closed_at: datetime | None
    units: tuple[Counted, ...]

    @property
    def missing(self) -> int:
        """How many are missing, of the units that were counted."""
        return sum(each.missing for each in self.units)

    @property
    def uncounted(self) -> tuple[Counted, ...]:
        """The units whose number nobody has told yet."""
        return tuple(each for each in self.units if each.at is None)

    @property
    def is_open(self) -> bool:
        """True until somebody has closed it."""
        return self.closed_at is None

    @property
    def is_whole(self) -> bool:
        """True when all units were counted and nobody is missing."""
        return not self.missing and not self.uncounted


def roll_now(told: Iterable[RollWord]) -> RollNow | None:
    """The last roll call out of all that was told, in any order; None where none was called.

    What is counted belongs to the call before it, whoever counted: the number was true then.
    """
    once = {(each.fact, each.sort, each.unit): each for each in told}
    words = sorted(once.values(), key=_place)
    calls = [place for place, each in enumerate(words) if each.sort is RollSort.CALLED]
    if not calls:
        return None
    called = words[calls[-1]]
    units: dict[str, Counted] = {}
    closed_at = None
    for each in words[calls[-1] + 1 :]:
        if each.sort is RollSort.CLOSED:
            closed_at = each.at if closed_at is None else closed_at
        else:
            units[each.unit] = _with(units.get(each.unit), each)
    return RollNow(
        called_at=called.at,
        by=called.by,
        closed_at=closed_at,
        units=tuple(sorted(units.values(), key=_pressing)),
    )


def _place(word: RollWord) -> tuple[datetime, int, str, str]:
    return word.at, _ORDER[word.sort], word.fact, word.unit


def _with(before: Counted | None, word: RollWord) -> Counted:
    """A unit with one more word of it; how many are expected stands as it was said last."""
    expected = word.expected
    if expected is None and before is not None:
        expected = before.expected
    if word.sort is RollSort.EXPECTED:
        return Counted(unit=word.unit, callsign=word.callsign, expected=expected)
    return Counted(
        unit=word.unit,
        callsign=word.callsign or ("" if before is None else before.callsign),
        expected=expected,
        at=word.at,
        present=word.present,
        inside=word.inside,
    )


def _pressing(unit: Counted) -> tuple[bool, bool, str, str]:
    """Who is missing stands first, then who was not counted."""
    return not unit.missing, unit.at is not None, unit.callsign, unit.unit
