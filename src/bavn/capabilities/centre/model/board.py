# SPDX-License-Identifier: Apache-2.0
"""The board's rows: which come first, who is at what, and what of it a look is for.

*Ordered*, *alerted*, *on the way* and *in place* are four things: the first is the word of whoever
sends, the others are a unit's own. A unit stands in one of them at most.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

# More rows than a screen shows, and few enough to be drawn while somebody waits.
ROWS_LIMIT = 100
# Where more units than these are out they are counted, and those that stand out are listed; whoever
# wants all of them chooses a service.
UNITS_LIMIT = 200
STAGE_WAITING = "alerted"
_UNKNOWN_RANK = 9


class Stage(StrEnum):
    """How far a unit is with an incident."""

    ORDERED = "ordered"
    ALERTED = "alerted"
    EN_ROUTE = "en_route"
    AT_SCENE = "at_scene"


# Which of a unit's own words is which stage.
STAGES: Mapping[str, Stage] = {
    "alerted": Stage.ALERTED,
    "en_route": Stage.EN_ROUTE,
    "at_scene": Stage.AT_SCENE,
}


class UnitSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A unit as the board shows it. `status` is its own last word; None when it has said none."""

    id: str
    callsign: str
    type: str
    service: str
    area: str
    status: str | None = None
    status_at: datetime | None = None
    incident: str | None = None
    is_heard: bool = True
    contested: bool = False


class OrderSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A unit is on order to an incident since then."""

    unit: str
    incident: str
    at: datetime


class IncidentSeen(msgspec.Struct, frozen=True, kw_only=True):
    """An open incident as the board shows it. `urgency` one is the most urgent, nought unknown."""

    id: str
    type: str
    group: str
    symbol: str
    urgency: int
    service: str
    area: str
    place: str
    reported_at: datetime
    changed_at: datetime
    talk_group: str = ""
    is_heard: bool = True
    contested: bool = False


class BoardNow(msgspec.Struct, frozen=True, kw_only=True):
    """All that the caller may know at one moment; `mark` differs whenever any of it does."""

    mark: str
    incidents: Sequence[IncidentSeen]
    units: Sequence[UnitSeen]
    orders: Sequence[OrderSeen]


class At(msgspec.Struct, frozen=True, kw_only=True):
    """A unit at an incident, since when."""

    unit: str
    callsign: str
    since: datetime


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """An incident with those who are at it, by stage."""

    incident: IncidentSeen
    at: Mapping[Stage, Sequence[At]]

    @property
    def is_unsent(self) -> bool:
        """True when nobody is sent to it."""
        return not self.at


class ServiceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A service's units: how many stand where, and those that are shown one by one."""

    service: str
    counts: Mapping[str, int]
    units: Sequence[UnitSeen]
    ordered_to: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What of the board somebody looks at; all of it when nothing is said."""

    service: str = ""
    area: str = ""
    group: str = ""
    type: str = ""
    first: int = 0

    def takes(self, incident: IncidentSeen) -> bool:
        """True for an incident that is looked at."""
        return (
            self.service in {"", incident.service}
            and self.area in {"", incident.area}
            and self.group in {"", incident.group}
        )

    def takes_unit(self, unit: UnitSeen) -> bool:
        """True for a unit that is looked at."""
        return (
            self.service in {"", unit.service}
            and self.area in {"", unit.area}
            and self.type in {"", unit.type}
        )


def open_orders(board: BoardNow) -> dict[str, OrderSeen]:
    """By unit, the order that it has not answered with a word of its own."""
    said = {each.id: each.status_at for each in board.units}
    found: dict[str, OrderSeen] = {}
    for each in sorted(board.orders, key=lambda order: order.at):
        at = said.get(each.unit)
        if at is None or at < each.at:
            found[each.unit] = each
    return found


def rows_of(board: BoardNow, look: Look) -> list[Row]:
    """The incidents of a look: nobody sent first, then by urgency, the oldest first."""
    stages: dict[str, dict[Stage, list[At]]] = {}
    units = {each.id: each for each in board.units}
    for unit in board.units:
        stage = STAGES.get(unit.status or "")
        if stage is not None and unit.incident is not None and unit.status_at is not None:
            told = At(unit=unit.id, callsign=unit.callsign, since=unit.status_at)
            stages.setdefault(unit.incident, {}).setdefault(stage, []).append(told)
    for order in open_orders(board).values():
        known = units.get(order.unit)
        if known is not None and known.incident == order.incident:
            continue  # it was on its way there before it was ordered once more
        callsign = order.unit if known is None else known.callsign
        told = At(unit=order.unit, callsign=callsign, since=order.at)
        stages.setdefault(order.incident, {}).setdefault(Stage.ORDERED, []).append(told)
    rows = [
        Row(incident=each, at=_in_order(stages.get(each.id, {})))
        for each in board.incidents
        if look.takes(each)
    ]
    return sorted(rows, key=_first)


def services_of(board: BoardNow, look: Look, name_of: Callable[[str], str]) -> list[ServiceRow]:
    """Units by service: those who are out or not ready; all of them where one service is chosen."""
    ordered = {unit: order.incident for unit, order in open_orders(board).items()}
    found: dict[str, list[UnitSeen]] = {}
    for unit in board.units:
        if look.takes_unit(unit):
            found.setdefault(unit.service, []).append(unit)
    chosen = bool(look.service or look.type)
    takes = _stands_out if not chosen and _is_storm(found, ordered) else _shows
    return [
        ServiceRow(
            service=service,
            counts=_counts(units),
            units=[each for each in units if chosen or takes(each, ordered)],
            ordered_to=ordered,
        )
        for service, units in sorted(found.items(), key=lambda each: name_of(each[0]))
    ]


def _is_storm(found: Mapping[str, list[UnitSeen]], ordered: Mapping[str, str]) -> bool:
    return sum(_shows(each, ordered) for units in found.values() for each in units) > UNITS_LIMIT


def _stands_out(unit: UnitSeen, ordered: Mapping[str, str]) -> bool:
    """Who has been called and is not on the way yet, in a storm the one that is looked for."""
    return unit.status == STAGE_WAITING or unit.id in ordered or unit.contested


def _shows(unit: UnitSeen, ordered: Mapping[str, str]) -> bool:
    is_home = unit.status in {None, "available"}
    return not is_home or unit.id in ordered or unit.contested


def _counts(units: Iterable[UnitSeen]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for each in units:
        status = each.status or "unknown"
        counts[status] = counts.get(status, 0) + 1
    return counts


def _in_order(stages: Mapping[Stage, list[At]]) -> dict[Stage, Sequence[At]]:
    """The stages from the scene outwards, the units of each by name."""
    return {
        stage: sorted(stages[stage], key=lambda each: each.callsign)
        for stage in reversed(Stage)
        if stage in stages
    }


def _first(row: Row) -> tuple[bool, int, datetime, str]:
    incident = row.incident
    rank = incident.urgency or _UNKNOWN_RANK
    return not row.is_unsent, rank, incident.reported_at, incident.id
