# SPDX-License-Identifier: Apache-2.0
"""Who counts already: on order to an incident, on the way or in place, by the word that is newest.

An order counts until the unit itself has said something, and for half an hour at most: then it was
not heard. What the unit says counts for the incident that it names, else for the last order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bavn.capabilities.dispatch.model.order import BINDS_MS
from bavn.capabilities.dispatch.model.proposal import State
from bavn.capabilities.dispatch.ports import Goal, Stands
from bavn.capabilities.dispatch.views import ORDERS
from bavn.frame.call import Call
from bavn.journal.reader import Query
from bavn.journal.table import Row
from bavn.kernel.instants import instant_of, ms_of

# A unit's own words that mean that it has been taken up by an incident.
ON_TASK = {each.value: each for each in (State.ALERTED, State.EN_ROUTE, State.AT_SCENE)}


@dataclass(frozen=True)
class Order:
    """The last order of a unit that has not been called back."""

    incident: str
    at_ms: int


@dataclass(frozen=True)
class Bound:
    """Units that are taken up: by which order, and those that never answered theirs."""

    # Sent lately and silent since: by unit, where to.
    ordered: Mapping[str, Order]
    # Where each unit counts, as what, and since when.
    here: Mapping[str, tuple[State, int]]
    unanswered: tuple[str, ...]


@dataclass(frozen=True)
class Lately:
    """What was ordered lately, whatever the incident: looked up once for all that are asked for."""

    standing: Mapping[str, Stands]
    # By unit: its last order that stands.
    last: Mapping[str, Order]
    # Those of them that bind: lately enough, and silent since.
    ordered: Mapping[str, Order]
    # Those that say themselves that they have been taken up.
    on_task: Mapping[str, tuple[State, Stands]]


def lately(call: Call, query: Query, standing: Mapping[str, Stands]) -> Lately:
    """Who was ordered lately, and who of them has not said anything since."""
    now_ms = ms_of(call.now)
    last = _last_orders(
        row
        for day in {now_ms - BINDS_MS, now_ms}
        for row in query.rows(
            call.reader, ORDERS, {"ordered_on": instant_of(day).date().isoformat()}
        )
    )
    ordered = {
        unit: order
        for unit, order in last.items()
        if now_ms - order.at_ms <= BINDS_MS and _is_silent(standing.get(unit), order)
    }
    on_task = {
        unit: (ON_TASK[said.status], said)
        for unit, said in standing.items()
        if said.status in ON_TASK and unit not in ordered
    }
    return Lately(standing, last, ordered, on_task)


def bound_by(call: Call, query: Query, goal: Goal, now: Lately) -> Bound:
    """Who is taken up at this moment, and who of them by this incident."""
    standing, ordered = now.standing, now.ordered
    own = _last_orders(
        row
        for incident in goal.incidents
        for row in query.rows(call.reader, ORDERS, {"incident": incident})
    )
    here: dict[str, tuple[State, int]] = {}
    unanswered = []
    for unit, order in own.items():
        last = now.last.get(unit, order)
        if last.incident in goal.incidents and _is_silent(standing.get(unit), order):
            if unit in ordered:
                here[unit] = State.ORDERED, order.at_ms
            else:
                unanswered.append(unit)
    for unit, (state, said) in now.on_task.items():
        order_of_it = now.last.get(unit, own.get(unit))
        where = said.incident or (order_of_it.incident if order_of_it else None)
        if where in goal.incidents:
            here[unit] = state, said.status_at_ms
    return Bound(ordered, here, tuple(sorted(unanswered)))


def _last_orders(rows: Iterable[Row]) -> dict[str, Order]:
    """The last order of each unit that stands; the later of two at one moment goes by its name."""
    found: dict[str, Order] = {}
    for row in rows:
        if row["stood_down_at_ms"] is not None:
            continue
        unit = str(row["subject"]).partition(":")[2]
        order = Order(str(row["incident"]), int(str(row["ordered_at_ms"])))
        before = found.get(unit)
        if before is None or (before.at_ms, before.incident) < (order.at_ms, order.incident):
            found[unit] = order
    return found


def _is_silent(said: Stands | None, order: Order) -> bool:
    return said is None or said.status_at_ms <= order.at_ms
