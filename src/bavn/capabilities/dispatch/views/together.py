# SPDX-License-Identifier: Apache-2.0
"""What is proposed for several incidents at once: nobody is in two proposals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from bavn.capabilities.dispatch.model.proposal import Proposal
from bavn.capabilities.dispatch.ports import Goal
from bavn.capabilities.dispatch.views.fleet import Ready
from bavn.capabilities.dispatch.views.recommending import NEAR_TIE_S, Case, Recommender
from bavn.engines.dispatch import Claim, Joint, Patience, Rule, recommend_together
from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.journal.reader import Query
from bavn.kernel.refusal import Refused

# A storm's hour in a service; more is looked at in parts.
INCIDENTS_LIMIT = 50


class NotProposed(msgspec.Struct, frozen=True, kw_only=True):
    """An incident that nothing can be proposed for, and why."""

    incident: str
    code: str
    says: str
    try_instead: str


class Together(msgspec.Struct, frozen=True, kw_only=True):
    """Proposals for several incidents; no unit is in two of them.

    What is more urgent is served first, each urgency wholly. `proven` is false when there was no
    time to look at everything: a better plan may exist. What they leave behind is for all together.
    """

    items: tuple[Proposal, ...]
    not_proposed: tuple[NotProposed, ...]
    proven: bool
    left_behind_count: int
    uncovered_count: int


@dataclass(frozen=True)
class _Asked:
    case: Case
    urgency: int


def propose_together(
    recommender: Recommender,
    call: Call,
    query: Query,
    goals: Sequence[Goal],
    is_late: Callable[[], bool],
) -> Together:
    """Propose for several incidents, in their order; what cannot be is told with the reason."""
    ready = recommender.ready(call.now)
    now = recommender.now(call, query, ready)
    asked: list[_Asked] = []
    nothing: list[NotProposed] = []
    for goal in goals:
        try:
            case = recommender.case(call, query, goal, ready, now)
        except Refusal as refusal:
            nothing.append(_not_proposed(goal, refusal.refused))
            continue
        asked.append(_Asked(case, recommender.around.hurry(goal.urgency)))
    wanting = [each for each in asked if each.case.asking.left]
    plan = _planned(ready, wanting, is_late) if wanting else None
    told = {} if plan is None else dict(zip(map(_name, wanting), plan.each, strict=True))
    left = None if plan is None else plan.left
    return Together(
        items=tuple(
            recommender.told(call, ready, each.case, told.get(_name(each))) for each in asked
        ),
        not_proposed=tuple(nothing),
        proven=plan is None or plan.proven,
        left_behind_count=0 if left is None else len(left.place),
        uncovered_count=0 if left is None else len(left.uncovered),
    )


def _planned(ready: Ready, asked: Sequence[_Asked], is_late: Callable[[], bool]) -> Joint:
    """Ask the engine of all lists at once: each has columns of its own."""
    cases = [each.case.within_reach() for each in asked]
    columns, claims, first = [], [], 0
    for each, case in zip(asked, cases, strict=True):
        gives = case.asking.units.gives
        wants = tuple(
            want._replace(capability=want.capability + first) for want in case.asking.left
        )
        claims.append(Claim(wants, case.arrival, each.urgency))
        columns.append(gives)
        first += gives.shape[1]
    units = cases[0].asking.units
    units = units.bringing(np.hstack(columns), units.standing)
    # The cover of what the first of the most urgent asks for.
    at = min(range(len(asked)), key=lambda each: (asked[each].urgency, each))
    offset = sum(column.shape[1] for column in columns[:at])
    cover = ready.cover(replace(cases[at].asking, units=units), cases[at].moment, offset)
    return recommend_together(
        units, claims, Rule(near_tie_s=NEAR_TIE_S), cover=cover, patience=Patience(is_over=is_late)
    )


def _name(asked: _Asked) -> str:
    return asked.case.goal.incident


def _not_proposed(goal: Goal, refused: Refused) -> NotProposed:
    return NotProposed(
        incident=goal.incident,
        code=refused.code,
        says=refused.says,
        try_instead=refused.try_instead,
    )
