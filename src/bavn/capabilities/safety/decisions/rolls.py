# SPDX-License-Identifier: Apache-2.0
"""A roll call, decided: begun, counted unit by unit, and closed by a person."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

import msgspec

from bavn.capabilities.safety.decisions import readers_of, subject_of
from bavn.capabilities.safety.facts import RollCalled, RollClosed, UnitCounted, UnitExpected
from bavn.capabilities.safety.model.roll import RollWord, roll_now
from bavn.frame.written import stands_at
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """So many of a unit were found outside, and so many of it are inside."""

    unit: str
    callsign: str
    present: int
    inside: int = 0
    expected: int | None = None


class CallRoll(msgspec.Struct, frozen=True, kw_only=True):
    """Count who is there: a new roll call (`starts`), or more of the one that is open.

    Where none is open one begins: what was counted is kept in any case.
    """

    FOUND_HERE: ClassVar[frozenset[str]] = frozenset({"to", "units", "assigned"})

    incident: str
    to: tuple[OrganisationId, ...]
    starts: bool = False
    units: tuple[UnitExpected, ...] = ()
    counts: tuple[Count, ...] = ()
    at: datetime | None = None
    assigned: bool = True


class CloseRoll(msgspec.Struct, frozen=True, kw_only=True):
    """End the roll call, with a reason where somebody is missing or was not counted."""

    FOUND_HERE: ClassVar[frozenset[str]] = frozenset({"to", "assigned"})

    incident: str
    to: tuple[OrganisationId, ...]
    reason: Private | None = None
    at: datetime | None = None
    assigned: bool = True


def call_roll(
    words: Sequence[RollWord], request: CallRoll, context: Context
) -> Sequence[Draft] | Refused:
    """The roll call where one begins, and each number that was counted."""
    if not (request.starts or request.counts):
        return Refused(
            code="roll_empty",
            says="Nobody is counted, and no roll call is begun.",
            try_instead="Write how many of a unit there are, or begin a roll call.",
        )
    roll = roll_now(words)
    bodies: list[msgspec.Struct] = []
    if request.starts or roll is None or not roll.is_open:
        bodies.append(RollCalled(units=request.units, assigned=request.assigned))
    bodies += [
        UnitCounted(
            unit=each.unit,
            callsign=each.callsign,
            present=each.present,
            inside=each.inside,
            expected=each.expected,
            assigned=request.assigned,
        )
        for each in request.counts
    ]
    return [_draft(body, request, context) for body in bodies]


def close_roll(
    words: Sequence[RollWord], request: CloseRoll, context: Context
) -> Sequence[Draft] | Refused:
    """The end of the roll call that is open, and what stood open in it."""
    roll = roll_now(words)
    if roll is None or not roll.is_open:
        return Refused(
            code="roll_none",
            says="No roll call is open.",
            try_instead="Begin one; the last one stands in the log.",
        )
    has_reason = request.reason is not None and bool(request.reason.reveal().strip())
    if not roll.is_whole and not has_reason:
        return Refused(
            code="roll_unexplained",
            says="Somebody is missing or was not counted.",
            try_instead="Write where they are, or why nobody looks for them.",
        )
    body = RollClosed(
        missing=roll.missing, uncounted=len(roll.uncounted), assigned=request.assigned
    )
    draft = _draft(body, request, context)
    if request.reason is None or not has_reason:
        return [draft]
    return [msgspec.structs.replace(draft, seal={"reason": request.reason})]


def _draft(body: msgspec.Struct, request: CallRoll | CloseRoll, context: Context) -> Draft:
    return Draft(
        body=body,
        about=(subject_of(request.incident),),
        happened_at=stands_at(request.at, context.now),
        to=readers_of(request.to, context.owner),
    )
