# SPDX-License-Identifier: Apache-2.0
"""Teams inside, out of all that was told of them, whoever told it and whatever was heard first.

The same is computed on the device at the scene (`web/src/divers/teams.ts`).
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec

from bavn.capabilities.safety.model.air import (
    MINUTE_MS,
    Air,
    AirRules,
    Cylinder,
    Reading,
    air_of,
)


class StepSort(StrEnum):
    """What was told of a team."""

    ENTERED = "entered"
    CONTACT = "contact"
    PRESSURE = "pressure"
    TURNED = "turned"
    OUT = "out"
    MAYDAY = "mayday"
    MAYDAY_ENDED = "mayday_ended"


class Signal(StrEnum):
    """What a team wants; the most pressing first."""

    MAYDAY = "mayday"
    RESERVE_NOW = "reserve_now"
    TURN_NOW = "turn_now"
    CONTACT_OVER = "contact_over"
    RESERVE_SOON = "reserve_soon"
    TURN_SOON = "turn_soon"
    CONTACT_DUE = "contact_due"


LOUD = frozenset({Signal.MAYDAY, Signal.RESERVE_NOW, Signal.TURN_NOW, Signal.CONTACT_OVER})
# After these somebody has been heard from inside.
HEARD = frozenset({StepSort.ENTERED, StepSort.CONTACT, StepSort.PRESSURE, StepSort.TURNED})
# What is said once the other is due.
_GOES_BEFORE = {
    Signal.RESERVE_SOON: Signal.RESERVE_NOW,
    Signal.TURN_SOON: Signal.TURN_NOW,
    Signal.CONTACT_DUE: Signal.CONTACT_OVER,
}


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that was told of a team: when it was, and what was said.

    `step` is the device's own number of it, which is the same however often it is told.
    """

    step: str
    team: str
    sort: StepSort
    at_ms: int
    callsign: str = ""
    unit: str | None = None
    count: int | None = None
    bar: int | None = None
    cylinder: Cylinder | None = None
    corrects: bool = False


class TeamNow(msgspec.Struct, frozen=True, kw_only=True):
    """A team: since when it is inside, its air, when it is called, and what it wants now."""

    team: str
    callsign: str
    unit: str | None
    count: int | None
    is_entered: bool
    is_inside: bool
    since_ms: int
    out_ms: int | None
    turned_ms: int | None
    mayday_ms: int | None
    heard_ms: int
    contact_ms: int
    air: Air | None
    signals: tuple[Signal, ...] = ()

    @property
    def is_loud(self) -> bool:
        """True while somebody has to be told with sound."""
        return not LOUD.isdisjoint(self.signals)


def teams_now(steps: Iterable[Step], rules: AirRules, now_ms: int) -> list[TeamNow]:
    """All teams: those inside first, the most pressing before the others; each step counts once."""
    by_team: dict[str, dict[str, Step]] = {}
    for each in sorted(steps, key=_place):
        by_team.setdefault(each.team, {}).setdefault(each.step, each)
    teams = [team_now(list(told.values()), rules, now_ms) for told in by_team.values()]
    return sorted(teams, key=_pressing)


def team_now(steps: Sequence[Step], rules: AirRules, now_ms: int) -> TeamNow:
    """One team out of its steps in the order of time; there is at least one."""
    entered = next((each for each in steps if each.sort is StepSort.ENTERED), None)
    begun = steps[0] if entered is None else entered
    heard_ms = max([each.at_ms for each in steps if each.sort in HEARD], default=begun.at_ms)
    out_ms = _last(steps, StepSort.OUT)
    # Who is heard from inside after having been told to be out is inside: a life hangs on it.
    inside_ms = max(heard_ms, _last(steps, StepSort.MAYDAY) or heard_ms)
    is_inside = out_ms is None or out_ms < inside_ms
    mayday_ms = _mayday(steps)
    cylinder = None if entered is None else entered.cylinder
    readings = [
        Reading(each.at_ms, each.bar, each.corrects) for each in steps if each.bar is not None
    ]
    team = TeamNow(
        team=begun.team,
        callsign=begun.callsign or next((each.callsign for each in steps if each.callsign), ""),
        unit=begun.unit,
        count=begun.count,
        is_entered=entered is not None,
        is_inside=is_inside,
        since_ms=begun.at_ms,
        out_ms=None if is_inside else out_ms,
        turned_ms=_last(steps, StepSort.TURNED),
        mayday_ms=mayday_ms if is_inside else None,
        heard_ms=heard_ms,
        contact_ms=heard_ms + rules.contact_min * MINUTE_MS,
        air=None if cylinder is None else air_of(readings, cylinder, rules),
    )
    return msgspec.structs.replace(team, signals=signals_of(team, rules, now_ms))


def signals_of(team: TeamNow, rules: AirRules, now_ms: int) -> tuple[Signal, ...]:
    """What a team wants at an instant; nothing once it is out."""
    if not team.is_inside:
        return ()
    soon_ms, air = rules.soon_min * MINUTE_MS, team.air
    wants = {
        Signal.MAYDAY: team.mayday_ms is not None,
        Signal.CONTACT_OVER: now_ms >= team.contact_ms + rules.contact_grace_s * 1_000,
        Signal.CONTACT_DUE: now_ms >= team.contact_ms,
    }
    if air is not None:
        wants[Signal.RESERVE_NOW] = now_ms >= air.reserve_ms
        wants[Signal.RESERVE_SOON] = now_ms >= air.reserve_ms - soon_ms
        if team.turned_ms is None:
            wants[Signal.TURN_NOW] = now_ms >= air.turn_ms
            wants[Signal.TURN_SOON] = now_ms >= air.turn_ms - soon_ms
    is_wanted = {signal for signal, holds in wants.items() if holds}
    return tuple(
        each for each in Signal if each in is_wanted and _GOES_BEFORE.get(each) not in is_wanted
    )


def _place(step: Step) -> tuple[int, bool, str]:
    """Where a step stands: by its time, going in first, and then by its number."""
    return step.at_ms, step.sort is not StepSort.ENTERED, step.step


def _pressing(team: TeamNow) -> tuple[bool, int, int, str]:
    return not team.is_inside, _rank(team), team.since_ms, team.team


def _rank(team: TeamNow) -> int:
    order = list(Signal)
    return min((order.index(each) for each in team.signals), default=len(order))


def _last(steps: Sequence[Step], sort: StepSort) -> int | None:
    return max((each.at_ms for each in steps if each.sort is sort), default=None)


def _mayday(steps: Sequence[Step]) -> int | None:
    """Since when there is a mayday that nobody has said is over."""
    since = None
    for each in steps:
        if each.sort is StepSort.MAYDAY and since is None:
            since = each.at_ms
        elif each.sort is StepSort.MAYDAY_ENDED:
            since = None
    return since
