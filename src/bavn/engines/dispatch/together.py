# SPDX-License-Identifier: Apache-2.0
"""Several incidents: what is proposed for each, what all leave behind, how far from proven."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bavn.engines.dispatch.case import Case
from bavn.engines.dispatch.cover import Cover
from bavn.engines.dispatch.joint import PER_CLASS, Cost, Desk, Task, planned
from bavn.engines.dispatch.one import deciding, told
from bavn.engines.dispatch.search import Found, within
from bavn.engines.dispatch.words import (
    FINE,
    Claim,
    Joint,
    Patience,
    Reason,
    Recommendation,
    Rule,
    Score,
    Units,
    Why,
)


def recommend_together(
    units: Units,
    claims: Sequence[Claim],
    rule: Rule,
    *,
    cover: Cover | None = None,
    patience: Patience | None = None,
) -> Joint:
    """Propose units for several needs at once; none is sent twice.

    The urgent classes come first, each wholly: in a class adequacy before deadlines, deadlines
    before the seconds until everything is met, added up over its incidents.
    """
    patience = patience or Patience()
    tasks = [Task(Case(units, each.wants, each.arrival), each.urgency) for each in claims]
    if any(task.urgency < 0 for task in tasks):
        raise ValueError("nothing is more urgent than 0")
    if not tasks:
        return Joint(each=(), left=None, cost=(), bound=(), proven=True)
    desk = Desk(tasks, Rule(cover_step=rule.cover_step), cover, patience)
    strict, bound, proven = planned(desk)
    cost = desk.cost(strict.items())
    sets = _spared(desk, strict, rule)
    gone = frozenset(unit for found in sets.values() for unit in found.units)
    each = tuple(_told(desk, number, sets, strict) for number in range(len(tasks)))
    return Joint(
        each=each,
        left=cover.left(gone) if cover else None,
        cost=_scores(cost),
        bound=_scores(bound),
        proven=proven,
    )


def _scores(cost: Cost) -> tuple[Score, ...]:
    classes = range(0, len(cost) - 2, PER_CLASS)
    return tuple(
        Score(cost[at] / 1_000_000, cost[at + 1] / FINE, cost[at + 2] / FINE) for at in classes
    )


def _spared(desk: Desk, strict: dict[int, Found], rule: Rule) -> dict[int, Found]:
    """Let near-ties be broken, incident by incident, within what the others leave."""
    if rule.near_tie_s == 0 and not rule.wider:
        return strict
    sets = dict(strict)
    order = sorted(sets, key=lambda number: (desk.tasks[number].urgency, number))
    for number in order:
        case, when = desk.tasks[number].case, sets[number].when
        rest = desk.cover, desk.patience, _others(sets, number)
        if not desk.patience.over():
            sets[number] = within(case, when, rule, rest)
    return sets


def _others(sets: dict[int, Found], number: int) -> frozenset[int]:
    return frozenset(
        unit for other, found in sets.items() if other != number for unit in found.units
    )


def _told(
    desk: Desk, number: int, sets: dict[int, Found], strict: dict[int, Found]
) -> Recommendation:
    case, found, alone = desk.tasks[number].case, sets[number], desk.best(number, frozenset())
    # Cover is told for all of them together; here it only says why a near-tie was broken.
    cover = desk.cover if found.units != strict[number].units else None
    told_of = told(
        case, found, strict[number], (desk.rule, cover, desk.patience, _others(sets, number))
    )
    sooner = alone.when.at_ms < strict[number].when.at_ms
    if (alone.when.got > strict[number].when.got).any() or sooner.any():
        return replace(told_of, reason=_elsewhere(case, sets, number, alone))
    return told_of


def _elsewhere(case: Case, sets: dict[int, Found], number: int, alone: Found) -> Reason:
    """Say which unit would be better here, and who needs it more."""
    found = sets[number]
    want, unit = deciding(case, found)
    holders = {held: other for other, each in sets.items() for held in each.units}
    wished = [held for held in alone.units if held in holders and holders[held] != number]
    instead = wished[0] if wished else -1
    late_ms = np.where(found.when.got == alone.when.got, alone.when.at_ms - found.when.at_ms, 0)
    return Reason(
        why=Why.ELSEWHERE,
        deciding=unit,
        instead=instead,
        want=want,
        later_s=float(late_ms[want]) / FINE if want >= 0 else 0.0,
        more_units=len(alone.units) - len(found.units),
        incident=holders.get(instead, -1),
    )
