# SPDX-License-Identifier: Apache-2.0
"""One need beside the units that help it, soonest first, in whole milliseconds and thousandths.

All that is asked for adds up, and one more unit never makes a sum come later. So the soonest moment
of each want is what it is with everybody sent, and all wants can have theirs at once: how soon a
need can be met is read off a sum. What is left to search for is the fewest units that do it.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from bavn.engines.dispatch.words import (
    AMOUNT_LIMIT,
    FINE,
    Arrival,
    Floats,
    Rule,
    Units,
    Want,
    Whole,
)

WANTS_LIMIT = 1 << 10
# So many of the soonest are asked first.
NEAR_COUNT = 256
# Beyond any expected arrival, below any sum that would not fit.
LATEST_MS = 1 << 50
PARTS_PER_MILLION = 1_000_000


class Soonest(NamedTuple):
    """What of each want the units can bring at all, and when it is there."""

    got: Whole
    at_ms: Whole


class Case:
    """The units that could help one need, and what they bring of it."""

    def __init__(self, units: Units, wants: tuple[Want, ...], arrival: Arrival) -> None:
        _check(units, wants, arrival)
        self.wants = wants
        self.arrival = arrival
        self.units = units
        capabilities, amounts, within_s, beside = zip(*wants, strict=True)
        self._beside = [(at, list(others)) for at, others in enumerate(beside) if others]
        # Those whose times count: what is wanted beside others has none of its own.
        self.timed = np.array([not others for others in beside])
        self.amount: Whole = np.rint(np.array(amounts) * FINE).astype(np.int64)
        self.within_ms: Whole = _whole_ms(np.array(within_s, dtype=np.float64))
        brings = units.fine[:, capabilities]
        near = np.isfinite(arrival.median_s) & (arrival.median_s <= arrival.reach_s)
        helps = units.free & near & brings.any(axis=1)
        found = units.by_name[helps[units.by_name]]
        at_ms = _whole_ms(arrival.median_s[found])
        # Who comes at one time stays in the order of names.
        order = at_ms.argsort(kind="stable")
        self.unit: Whole = found[order]
        self.at_ms: Whole = at_ms[order]
        self.gains: Whole = np.minimum(brings[self.unit], self.amount)
        self._row = np.full(len(units.name), -1, dtype=np.int64)
        self._row[self.unit] = np.arange(len(found))
        self._all = self._sums(self.gains)

    def rows(self, units: Iterable[int]) -> list[int]:
        """The rows of those of these units that help."""
        return [row for row in self._row[list(units)].tolist() if row >= 0]

    def soonest(self, without: frozenset[int] = frozenset()) -> Soonest:
        """What can be had without these units, and when."""
        gone = self.rows(without) if without else []
        if not gone:
            return self._all
        # Who comes later than everything is met cannot make it sooner.
        near = self._without(gone, NEAR_COUNT)
        if (near.got == self.amount).all():
            return near
        return self._without(gone, len(self.gains))

    def _without(self, gone: list[int], end: int) -> Soonest:
        gains = self.gains[:end].copy()
        gains[[row for row in gone if row < end]] = 0
        return self._sums(gains)

    def _sums(self, gains: Whole) -> Soonest:
        if not len(gains):
            nothing = np.zeros(len(self.amount), dtype=np.int64)
            return Soonest(nothing, nothing)
        sums = gains.cumsum(axis=0)
        got = np.minimum(sums[-1], self.amount)
        at = self.at_ms[(sums >= got).argmax(axis=0)]
        return Soonest(got, np.where(got > 0, at, 0))

    def latest(self, soonest: Soonest, rule: Rule) -> Whole:
        """Until when each want may come: the soonest moment and what the rule allows beyond it."""
        latest = soonest.at_ms
        if rule.near_tie_s > 0:
            latest = latest + _whole_ms(np.array([rule.near_tie_s]))
        if rule.wider:
            latest = np.maximum(latest, self.within_ms)
        if self._beside:
            latest = latest.copy()
            for at, others in self._beside:
                latest[at] = max(latest[at], latest[others].max())
        return latest

    def met(self, rows: Iterable[int]) -> Soonest:
        """What these rows bring, and when."""
        chosen = sorted(rows)
        if not chosen:
            nothing = np.zeros(len(self.amount), dtype=np.int64)
            return Soonest(nothing, nothing)
        sums = self.gains[chosen].cumsum(axis=0)
        got = np.minimum(sums[-1], self.amount)
        at = self.at_ms[chosen][(sums >= got).argmax(axis=0)]
        return Soonest(got, np.where(got > 0, at, 0))

    def missing(self, got: Whole) -> int:
        """What is missing: the shares of the wants added up, in millionths, rounded up."""
        lacking = (self.amount - got).tolist()
        return sum(
            -(-lack * PARTS_PER_MILLION // amount)
            for lack, amount in zip(lacking, self.amount.tolist(), strict=True)
        )

    def late_ms(self, when: Soonest) -> Whole:
        """How much later than its deadline each want comes."""
        late = np.maximum(when.at_ms - self.within_ms, 0)
        return np.where((when.got > 0) & self.timed, late, 0)

    def until_ms(self, when: Soonest) -> Whole:
        """When each want is met, of those whose times count."""
        return np.where(self.timed, when.at_ms, 0)


def _whole_ms(seconds: Floats) -> Whole:
    return np.rint(np.minimum(seconds * FINE, LATEST_MS)).astype(np.int64)


def _check(units: Units, wants: tuple[Want, ...], arrival: Arrival) -> None:
    if not 0 < len(wants) <= WANTS_LIMIT:
        raise ValueError(f"a need has from 1 to {WANTS_LIMIT} wants")
    count, capabilities = units.gives.shape
    for number, want in enumerate(wants):
        if not 0 <= want.capability < capabilities:
            raise ValueError("a want names a capability that no column stands for")
        if any(not 0 <= other < number for other in want.beside):
            raise ValueError("a want is beside such as are told before it")
        if not 1 / FINE <= want.amount <= AMOUNT_LIMIT:
            raise ValueError(f"an amount is from a thousandth to {AMOUNT_LIMIT:g}")
        if not want.within_s >= 0:
            raise ValueError("a deadline is not below zero")
    if arrival.median_s.shape != (count,) or arrival.p90_s.shape != (count,):
        raise ValueError("each unit has one arrival")
    # Also refuses what is no number.
    if not ((arrival.median_s >= 0).all() and arrival.reach_s >= 0):
        raise ValueError("nobody arrives before now")
