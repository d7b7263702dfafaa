# SPDX-License-Identifier: Apache-2.0
"""When a unit is expected: the sum of two chances, its turn-out and its run, as median and 90 %.

The turn-out is lognormal and ends at the rule's limit, the run is lognormal about its expected
time. Their sum has no formula. Per kind of crew its quantiles are a smooth function of the run
alone, so they are tabulated once, when a node starts, and looked up on the alarm path.
"""

from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

import numpy as np

from bavn.engines.dispatch.words import Arrival, Floats, Whole

SHARES = (0.5, 0.9)
# Of each of the two chances; their sums are all pairs.
_PARTS = 64
# Run times at which the table stands: between them it is all but straight.
_RUNS_S = np.concatenate([[0.0], np.geomspace(1.0, 43_200.0, 72)])


def _parts() -> Floats:
    """Standard normal draws that stand for all: the middle of each of equal parts."""
    normal = NormalDist()
    return np.array([normal.inv_cdf((part + 0.5) / _PARTS) for part in range(_PARTS)])


@dataclass(frozen=True, kw_only=True)
class Crews:
    """Turn-out times by kind of crew, units on the road among them, and how much runs differ."""

    median_s: Floats
    # Of the logarithm.
    spread: Floats
    # At this time whoever has come leaves.
    limit_s: Floats
    run_spread: float

    def expected(self, kind: Whole, run_s: Floats, wait_s: Floats) -> Arrival:
        """Give median and 90 % of turn-out plus run, after waiting until each unit is free."""
        found = np.full((len(SHARES), len(kind)), np.inf)
        reachable = np.isfinite(run_s) & np.isfinite(wait_s)
        for number, table in enumerate(self._tables):
            of = np.flatnonzero(reachable & (kind == number))
            beyond = np.maximum(run_s[of] - _RUNS_S[-1], 0.0)
            for row in range(len(SHARES)):
                inside = np.interp(run_s[of], _RUNS_S, table[row])
                found[row, of] = wait_s[of] + inside + beyond * self._slopes[row]
        return Arrival(found[0], found[1])

    @cached_property
    def _slopes(self) -> tuple[float, ...]:
        """How a long run's quantile grows with the run: the turn-out no longer matters."""
        normal = NormalDist()
        return tuple(float(np.exp(self.run_spread * normal.inv_cdf(share))) for share in SHARES)

    @cached_property
    def _tables(self) -> tuple[Floats, ...]:
        parts = _parts()
        runs = _RUNS_S[:, None] * np.exp(self.run_spread * parts)
        ready = np.minimum(
            self.median_s[:, None] * np.exp(self.spread[:, None] * parts), self.limit_s[:, None]
        )
        places = [round(share * _PARTS**2) for share in SHARES]
        found = []
        for one in ready:
            sums = (runs[:, :, None] + one).reshape(len(_RUNS_S), -1)
            found.append(np.partition(sums, places, axis=1)[:, places].T.copy())
        return tuple(found)
