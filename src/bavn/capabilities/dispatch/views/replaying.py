# SPDX-License-Identifier: Apache-2.0
"""What a pick list would send to calls of the past: who, how soon, and what is left behind.

Everybody is at home, as nobody knows any more where they stood; or each list keeps its own units
away for as long as such a call takes. What differs between two lists is then the lists' doing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from bavn.capabilities.dispatch.ports import Fleet, Floats, Need, Ways
from bavn.capabilities.dispatch.views.fleet import Ready
from bavn.capabilities.dispatch.views.moment import Moment
from bavn.engines.dispatch import Recommendation, Rule, Standing, recommend

MINUTE_S = 60.0


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What one list sends to one call; the soonest of its units first.

    The first and the last arrival are those of the units that come first and last: expected, and
    so that nine of ten times it is sooner. `missing` is what nobody who is free could fill.
    """

    units: tuple[str, ...]
    adequate: bool
    missing: int
    first_s: float | None = None
    first_p90_s: float | None = None
    last_s: float | None = None
    last_p90_s: float | None = None
    # Municipalities that lose their first within the goal.
    uncovered: int = 0


NOBODY = Sent(units=(), adequate=True, missing=0)


@dataclass
class Replay:
    """Sends by one list, call after call."""

    ready: Ready
    rule: Rule
    # By unit: until when it is away, in seconds since 1970; nought: at home.
    away_until_s: Floats

    @classmethod
    def of(cls, fleet: Fleet, ways: Ways, near_tie_s: float) -> "Replay":
        """A fleet that is at home."""
        return cls(Ready(fleet, ways), Rule(near_tie_s=near_tie_s), np.zeros(len(fleet.units)))

    def sent(
        self,
        needs: Sequence[Need],
        goal: tuple[float, float],
        *,
        at_s: float,
        reach_s: float,
        lasts_s: float = 0.0,
    ) -> Sent:
        """What the list sends to a call; with `lasts_s` its units stay away that long."""
        if not needs:
            return NOBODY
        ready, moment = self.ready, self._moment(at_s)
        asking = ready.lists.asked(needs, moment, ())
        arrival = ready.arrival(moment, goal, reach_s)
        can = asking.units.free & (arrival.median_s <= reach_s)
        less = asking.within_reach(can)
        if not less.left:
            return Sent(units=(), adequate=False, missing=_count(needs))
        cover = ready.cover(asking, moment)
        found = recommend(asking.units, less.left, arrival, self.rule, cover=cover)
        rows = list(found.best.units)
        if lasts_s > 0:
            back_s = arrival.median_s[rows] * 2 + lasts_s
            self.away_until_s[rows] = at_s + back_s
        shares = asking.shares(rows)
        missing = sum(line.number for line in asking.lines) - sum(at >= 0 for at in shares)
        return _told(ready.fleet, found, missing)

    def _moment(self, at_s: float) -> Moment:
        home = self.ready.moments.at_home
        ours = home.standing != Standing.OUTSIDE
        is_away = self.away_until_s > at_s
        standing = np.where(is_away & ours, Standing.BUSY.value, home.standing)
        return replace(home, standing=np.where(ours & ~is_away, Standing.HOME.value, standing))


def _told(fleet: Fleet, found: Recommendation, missing: int) -> Sent:
    sent, left = found.best.sent, found.best.left
    units = tuple(fleet.units[each.unit].callsign for each in sent)
    if not sent:
        return Sent(units=(), adequate=False, missing=missing)
    return Sent(
        units=units,
        adequate=missing == 0 and found.best.adequate,
        missing=missing,
        first_s=round(sent[0].median_s, 1),
        first_p90_s=round(sent[0].p90_s, 1),
        last_s=round(sent[-1].median_s, 1),
        last_p90_s=round(sent[-1].p90_s, 1),
        uncovered=0 if left is None else len(left.uncovered),
    )


def _count(needs: Sequence[Need]) -> int:
    return sum(each.count for each in needs if not each.capability)
