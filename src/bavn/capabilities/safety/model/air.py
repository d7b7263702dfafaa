# SPDX-License-Identifier: Apache-2.0
"""How long the air of a team lasts: planned, or by what the gauge has shown.

The same is computed on the device at the scene (`web/src/divers/air.ts`); one table of examples
holds both to it. Where two answers are possible the one that leaves less time is given.
"""

import math
from collections.abc import Sequence

import msgspec

MINUTE_MS = 60_000
# A cylinder that was filled warm shows a little more than it is made for; beyond that it is a slip.
FILLED_MOST = 1.1


class Cylinder(msgspec.Struct, frozen=True, kw_only=True):
    """What a team breathes from, with the figures it is counted by."""

    litres: float
    working_bar: int
    reserve_bar: int
    use_l_min: int


class AirRules(msgspec.Struct, frozen=True, kw_only=True):
    """How a team is watched, as the country's table says."""

    contact_min: int
    contact_grace_s: int
    # When so much of the air above the reserve is used, the team turns.
    turn_pct: int
    # So long before something is due, it is said.
    soon_min: int
    # Two pressures told closer together than this say nothing of the use.
    span_least_s: int
    # A gauge that hardly moves is not believed: at least this much of the planned use counts.
    use_least_pct: int


class Reading(msgspec.Struct, frozen=True):
    """A pressure that was told; `corrects` says that lower ones before it were wrong."""

    at_ms: int
    bar: int
    corrects: bool = False


class Air(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a team's air.

    `bar` is the lowest that counts, told at `bar_at_ms`; `use_bar_min` is what is reckoned with,
    measured or planned. The team turns at `turn_bar`, reached at `turn_ms`; the reserve at
    `reserve_ms`.
    """

    bar: int
    bar_at_ms: int
    use_bar_min: float
    is_measured: bool
    turn_bar: float
    turn_ms: int
    reserve_ms: int


def is_beyond(bar: int, cylinder: Cylinder) -> bool:
    """True for a pressure that no such cylinder can have."""
    return bar > cylinder.working_bar * FILLED_MOST


def believed(readings: Sequence[Reading], cylinder: Cylinder) -> list[Reading]:
    """What counts of the pressures that were told, each no higher than the one before it.

    A pressure that rose without a word is the gauge misread: the lower one counts on.
    """
    found: list[Reading] = []
    for each in readings:
        bar = cylinder.working_bar if is_beyond(each.bar, cylinder) else each.bar
        if each.corrects:
            found = [before for before in found if before.bar >= bar]
        if found:
            bar = min(bar, found[-1].bar)
        found.append(Reading(each.at_ms, bar))
    return found


def air_of(readings: Sequence[Reading], cylinder: Cylinder, rules: AirRules) -> Air | None:
    """What is known of the air by these pressures, in the order of time; None where none is."""
    known = believed(readings, cylinder)
    if not known:
        return None
    first, last = known[0], known[-1]
    planned = cylinder.use_l_min / cylinder.litres
    measured = _measured(known, rules)
    use = max([*measured, planned * rules.use_least_pct / 100]) if measured else planned
    turn_bar = first.bar - max(0, first.bar - cylinder.reserve_bar) * rules.turn_pct / 100
    return Air(
        bar=last.bar,
        bar_at_ms=last.at_ms,
        use_bar_min=use,
        is_measured=bool(measured),
        turn_bar=turn_bar,
        turn_ms=_reached(known, turn_bar, use),
        reserve_ms=_reached(known, cylinder.reserve_bar, use),
    )


def _measured(known: Sequence[Reading], rules: AirRules) -> list[float]:
    """The use since the team went in, and since the pressure before the last one."""
    last, least_ms = known[-1], rules.span_least_s * 1_000
    return [
        (before.bar - last.bar) / ((last.at_ms - before.at_ms) / MINUTE_MS)
        for before in (known[0], *known[-2:-1])
        if last.at_ms - before.at_ms >= least_ms
    ]


def _reached(known: Sequence[Reading], bar: float, use: float) -> int:
    """When a pressure is reached: when one as low was first told, else by the use."""
    for each in known:
        if each.bar <= bar:
            return each.at_ms
    last = known[-1]
    return last.at_ms + math.floor((last.bar - bar) / use * MINUTE_MS)
