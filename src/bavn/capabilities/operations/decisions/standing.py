# SPDX-License-Identifier: Apache-2.0
"""Where a unit stands: its word is always taken, and what is odd about it is flagged."""

from collections.abc import Sequence

from bavn.capabilities.operations.decisions.deciding import (
    SetUnitStatus,
    subject_of,
    unit_subject,
)
from bavn.capabilities.operations.facts import UnitStatusChanged
from bavn.capabilities.operations.model.authority import (
    NO_AUTHORITY,
    STATUS,
    Authority,
    StatusWord,
    standing_word,
    stands_after,
)
from bavn.capabilities.operations.model.unit import (
    ON_TASK,
    UnitFlag,
    UnitStatus,
    happened_at,
    is_expected,
    status_in,
)
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.journal.table import Row
from bavn.kernel.identity import is_subject
from bavn.kernel.instants import ms_of


def set_status(
    row: Row | None,
    request: SetUnitStatus,
    context: Context,
    authority: Authority = NO_AUTHORITY,
) -> Sequence[Draft]:
    """Always a fact: a unit's own word is flagged at most."""
    at, is_ahead = happened_at(request.at, context.now)
    before = status_in(row["status"]) if row is not None else None
    incident = request.incident or _incident_of(row, before)
    subjects = [unit_subject(request.unit)]
    if incident is not None and is_subject(subject_of(incident)):
        subjects.append(subject_of(incident))
    else:
        incident = None
    source = authority.source_of(context.actor.function)
    order = authority.orders.get(STATUS)
    word = StatusWord(
        status=request.status.value,
        at_ms=ms_of(at),
        incident=incident,
        weight=authority.weight(STATUS, source),
        hold_s=0 if order is None or order.hold_s is None else order.hold_s,
    )
    now = None if row is None else standing_word(row)
    is_late = now is not None and word.at_ms < now.at_ms
    # A late word of a source above may be where the unit stands all the same.
    is_kept = now is not None and not stands_after(now, word)
    is_outranked = is_kept and not is_late
    is_skipping = not is_late and not is_expected(before, request.status)
    flags = {
        UnitFlag.SKIPPED_STEP: is_skipping and not is_outranked,
        UnitFlag.UNUSUAL_TELLER: not request.usual,
        UnitFlag.NOT_REGISTERED: not request.registered,
        UnitFlag.LATE: is_late,
        UnitFlag.CLOCK_AHEAD: is_ahead,
        UnitFlag.OUTRANKED: is_outranked,
    }
    body = UnitStatusChanged(
        status=request.status.value,
        incident=incident,
        flags=[flag.value for flag, holds in flags.items() if holds],
        source=source,
        weight=word.weight,
        hold_s=word.hold_s,
    )
    return [Draft(body=body, about=tuple(subjects), happened_at=at, area=request.area)]


def _incident_of(row: Row | None, before: UnitStatus | None) -> str | None:
    """What the unit is at while it goes on with it, and what it leaves."""
    if row is None or before not in ON_TASK or row["incident"] is None:
        return None
    return str(row["incident"])
