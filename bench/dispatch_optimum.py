# SPDX-License-Identifier: Apache-2.0
"""The exact joint optimum by HiGHS, where SciPy is installed: a model, none of our own search.

    x[i, u]     unit u goes to incident i
    z[i, k, t]  want k of incident i is met at t, the arrival of one of its units

    one t for each want; each unit to one incident;
    the amounts of k that arrive until t are at least amount * (z up to t)

By urgency first the seconds of lateness are made least, then the seconds until wants are met.
"""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bavn.engines.dispatch import Claim, Units
from bavn.engines.dispatch.case import Case

# Beyond so many more units than a want needs nobody is asked: they are too far.
DEPTH = 40
LIMIT_S = 120.0
SLACK_S = 1e-3


@dataclass
class _Model:
    """Rows of a sparse table, bounds, and what is to be made least."""

    rows: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    count: int = 0

    def variable(self) -> int:
        self.count += 1
        return self.count - 1

    def row(self, entries: Sequence[tuple[int, float]], low: float, high: float) -> None:
        for column, value in entries:
            self.rows.append(len(self.low))
            self.columns.append(column)
            self.values.append(value)
        self.low.append(low)
        self.high.append(high)


Goal = dict[int, float]


def optimum(units: Units, claims: Sequence[Claim]) -> tuple[float, ...] | None:
    """Give missing, late and until by urgency; None without SciPy, a shortfall, or out of time."""
    try:
        optimize = importlib.import_module("scipy.optimize")
        sparse = importlib.import_module("scipy.sparse")
    except ImportError:
        return None
    model, goals = _modelled(units, claims)
    if model is None:
        return None
    found = [0.0] * 9
    for place, goal in enumerate(goals):
        if not goal:
            continue
        cost = np.zeros(model.count)
        cost[list(goal)] = list(goal.values())
        solution = _solve(optimize, sparse, model, cost)
        if solution is None:
            return None
        found[3 * (place // 2) + 1 + place % 2] = solution
        model.row(list(goal.items()), -np.inf, solution + SLACK_S)
    return tuple(found)


def _solve(optimize: Any, sparse: Any, model: _Model, cost: Any) -> float | None:
    shape = (len(model.low), model.count)
    table = sparse.coo_matrix((model.values, (model.rows, model.columns)), shape=shape).tocsr()
    result = optimize.milp(
        cost,
        constraints=optimize.LinearConstraint(table, model.low, model.high),
        integrality=np.ones(model.count),
        bounds=optimize.Bounds(0, 1),
        options={"time_limit": LIMIT_S, "mip_rel_gap": 1e-6},
    )
    return float(result.fun) if result.status == 0 else None


def _modelled(units: Units, claims: Sequence[Claim]) -> tuple[_Model | None, list[Goal]]:
    model = _Model()
    goals: list[Goal] = [{} for _ in range(6)]
    goes: dict[tuple[int, int], int] = {}
    for number, claim in enumerate(claims):
        case = Case(units, claim.wants, claim.arrival)
        if case.missing(case.soonest().got):
            return None, goals
        for want in range(len(claim.wants)):
            _want(model, (number, case, want), goes, goals[2 * claim.urgency :])
    of_unit: dict[int, list[tuple[int, float]]] = {}
    for (_, unit), column in goes.items():
        of_unit.setdefault(unit, []).append((column, 1.0))
    for entries in of_unit.values():
        model.row(entries, 0.0, 1.0)
    return model, goals


def _want(
    model: _Model,
    of: tuple[int, Case, int],
    goes: dict[tuple[int, int], int],
    goals: list[Goal],
) -> None:
    """One want: when it is met, and who must be there by then."""
    number, case, want = of
    late, until = goals[:2]
    helps = np.flatnonzero(case.gains[:, want])
    sums = case.gains[helps, want].cumsum()
    first = int((sums >= case.amount[want]).argmax())
    chosen = helps[: first + 1 + DEPTH].tolist()
    met: list[int] = []
    for end in range(first, len(chosen)):
        moment = model.variable()
        met.append(moment)
        at_ms = int(case.at_ms[chosen[end]])
        until[moment] = at_ms / 1000
        late[moment] = max(0, at_ms - int(case.within_ms[want])) / 1000
        entries = [(each, -1.0) for each in met]
        for row in chosen[: end + 1]:
            key = number, int(case.unit[row])
            if key not in goes:
                goes[key] = model.variable()
            entries.append((goes[key], case.gains[row, want] / case.amount[want]))
        model.row(entries, 0.0, np.inf)
    model.row([(each, 1.0) for each in met], 1.0, 1.0)
