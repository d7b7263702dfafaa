# SPDX-License-Identifier: Apache-2.0
"""What can be asked of dispatch, and how it is decided: each a pure function.

An order is on the alarm path: it is told whatever is odd about it. What cannot be said at all (an
order for nobody) is refused before it comes here.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec

from bavn.capabilities.dispatch.facts import (
    OrderExplained,
    TurnOutTold,
    UnitsOrdered,
    UnitsStoodDown,
)
from bavn.capabilities.dispatch.model.order import BINDS_MS
from bavn.journal.decision import Context
from bavn.journal.fact import SUBJECTS_LIMIT, Draft
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.instants import ms_of
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

# Nobody waits longer than this for a crew to leave.
TURN_OUT_S_LIMIT, SPREAD_LIMIT = 4 * 3600.0, 2.0
# Somebody else has sent the unit somewhere, as far as is known here.
ELSEWHERE = "elsewhere"
# The unit was sent to this incident before.
AGAIN = "again"
# No register knows the unit.
NOT_REGISTERED = "not_registered"


class OrderUnits(msgspec.Struct, frozen=True, kw_only=True):
    """Send units to an incident. `unregistered` are those among them that no register knows."""

    incident: str
    area: OrganisationId
    units: tuple[str, ...]
    proposed: tuple[str, ...] = ()
    unregistered: tuple[str, ...] = ()


class StandDown(msgspec.Struct, frozen=True, kw_only=True):
    """Have units that were ordered not go, or go home."""

    incident: str
    area: OrganisationId
    units: tuple[str, ...]


class ExplainOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Say why something else was ordered than was proposed."""

    incident: str
    text: Private


def order(standing: Sequence[Row], request: OrderUnits, context: Context) -> Sequence[Draft]:
    """Tell of the order; of units that are on order already only what is new.

    Sent twice by two officers it is one order and one that says so: nobody is called for nothing,
    and nobody is left out because a first order has not come through.
    """
    units = tuple(dict.fromkeys(request.units))
    stands = [row for row in standing if row["stood_down_at_ms"] is None]
    here = {_unit_in(row) for row in stands if row["incident"] == request.incident}
    lately_ms = ms_of(context.now) - BINDS_MS
    elsewhere = {
        _unit_in(row)
        for row in stands
        if row["incident"] != request.incident and int(str(row["ordered_at_ms"])) > lately_ms
    }
    told = tuple(each for each in units if each not in here) or units
    odd = {
        AGAIN: here >= set(units),
        ELSEWHERE: not elsewhere.isdisjoint(told),
        NOT_REGISTERED: not set(request.unregistered).isdisjoint(told),
    }
    body = UnitsOrdered(
        units=told,
        proposed=tuple(dict.fromkeys(request.proposed)),
        flags=tuple(flag for flag, holds in odd.items() if holds),
    )
    return _drafts(body, request.incident, request.area, context)


def stand_down(
    standing: Sequence[Row], request: StandDown, context: Context
) -> Sequence[Draft] | Refused:
    """Tell those that stand on order that they are not to go."""
    ordered = {
        _unit_in(row)
        for row in standing
        if row["stood_down_at_ms"] is None and row["incident"] == request.incident
    }
    units = tuple(each for each in dict.fromkeys(request.units) if each in ordered)
    if not units:
        return Refused(
            code="not_ordered",
            says="None of these units is on order to this incident.",
            try_instead="Look at what is ordered; it may have been called back already.",
            values={"incident": request.incident},
        )
    return _drafts(UnitsStoodDown(units=units), request.incident, request.area, context)


def explain(ordered: bool, request: ExplainOrder, context: Context) -> Sequence[Draft] | Refused:  # noqa: FBT001 - what the loader found
    """Keep the reason, sealed, for the service."""
    if not ordered:
        return Refused(
            code="nothing_ordered",
            says="Nothing has been ordered to this incident.",
            try_instead="Order units first; the reason may come later.",
            values={"incident": request.incident},
        )
    if not request.text.reveal().strip():
        return Refused(
            code="reason_is_empty",
            says="There is no reason in it.",
            try_instead="Write the reason, or leave it out.",
        )
    return [
        Draft(
            body=OrderExplained(),
            about=(subject_of(request.incident),),
            happened_at=context.now,
            seal={"text": request.text},
        )
    ]


class TellTurnOut(msgspec.Struct, frozen=True, kw_only=True):
    """Say how long a service's crews of one kind need; a median of nought takes it back."""

    crew: str
    median_s: float
    spread: float
    limit_s: float
    source: str
    # The kinds of crew that the country has.
    known: tuple[str, ...]


def tell_turn_out(_before: None, request: TellTurnOut, context: Context) -> list[Draft] | Refused:
    """Tell of it where the figures can be ones of turning out."""
    if request.crew not in request.known:
        return Refused(
            code="no_such_crew",
            says=f"There is no kind of crew {request.crew}.",
            try_instead="Use a kind of crew of the country's table.",
            values={"crew": request.crew},
        )
    is_back = request.median_s == 0
    is_whole = 0 < request.median_s <= request.limit_s <= TURN_OUT_S_LIMIT
    if not is_back and not (is_whole and 0 < request.spread <= SPREAD_LIMIT):
        return Refused(
            code="no_turn_out",
            says="These are no figures of a turn-out.",
            try_instead="Give seconds: a median above nought and not above the limit, "
            "and a spread between 0 and 2.",
        )
    body = TurnOutTold(
        crew=request.crew,
        median_s=request.median_s,
        spread=request.spread,
        limit_s=request.limit_s,
        source=request.source,
    )
    about = (Subject(f"service:{context.owner}"),)
    return [Draft(body=body, about=about, happened_at=context.now)]


def subject_of(incident: str) -> Subject:
    """What a fact about an incident is about."""
    return Subject(f"incident:{incident}")


def _drafts(
    body: UnitsOrdered | UnitsStoodDown, incident: str, area: OrganisationId, context: Context
) -> list[Draft]:
    """Tell of the units, in as many facts as it takes: each names so many subjects at most."""
    return [
        Draft(
            body=msgspec.structs.replace(body, units=units),
            about=(subject_of(incident), *(Subject(f"unit:{each}") for each in units)),
            happened_at=context.now,
            area=area,
        )
        for units in _groups(body.units, SUBJECTS_LIMIT - 1)
    ]


def _unit_in(row: Row) -> str:
    return str(row["subject"]).partition(":")[2]


def _groups(units: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    """Give the units in groups of this size."""
    left = iter(units)
    while group := tuple(islice(left, size)):
        yield group
