# SPDX-License-Identifier: Apache-2.0
"""What is proposed for an incident: the engine's answer in the words of whoever has to send."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import isfinite

import numpy as np

from bavn.capabilities.dispatch.model.proposal import Ground, Proposal, Source
from bavn.capabilities.dispatch.ports import Dispatching, Goal, Picked
from bavn.capabilities.dispatch.views.asking import Asking
from bavn.capabilities.dispatch.views.fleet import Ready
from bavn.capabilities.dispatch.views.moment import Moment
from bavn.capabilities.dispatch.views.underway import Bound, Lately, bound_by, lately
from bavn.capabilities.dispatch.views.words import Words
from bavn.engines.dispatch import (
    Arrival,
    Cover,
    Patience,
    Recommendation,
    Rule,
    Why,
    recommend,
)
from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.journal.reader import Query
from bavn.kernel.refusal import Refused

# Soon enough alike: then the fewer units, and the cover that is left, may decide. Own calibration.
NEAR_TIE_S = 30.0
ENOUGH = "enough"


@dataclass(frozen=True)
class Case:
    """One incident beside the fleet at one moment, as the engine is asked of it."""

    goal: Goal
    picked: Picked
    bound: Bound
    moment: Moment
    asking: Asking
    arrival: Arrival

    def within_reach(self) -> "Case":
        """The same, asking no more than those who can be sent could fill."""
        median_s = self.arrival.median_s
        can = self.asking.units.free & np.isfinite(median_s) & (median_s <= self.arrival.reach_s)
        return replace(self, asking=self.asking.within_reach(can))


@dataclass
class Recommender:
    """Proposes; keeps a day's fleet ready, so that an alarm need not wait for it."""

    around: Dispatching
    _ready: Ready | None = field(default=None, init=False)

    def propose(
        self, call: Call, query: Query, goal: Goal, is_late: Callable[[], bool]
    ) -> Proposal:
        """Propose for an incident; ends the handler where nobody knows where or what it is."""
        ready = self.ready(call.now)
        case = self.case(call, query, goal, ready, self.now(call, query, ready))
        if not case.asking.left:
            return self.told(call, ready, case, None)
        cover = ready.cover(case.asking, case.moment)
        found = _engine_asked(case, cover, is_late)
        if found.best.adequate:
            return self.told(call, ready, case, found)
        # What fills no line is not sent along because something else is short.
        less = case.within_reach()
        if not less.asking.left:
            return self.told(call, ready, case, found)
        team = _engine_asked(less, cover, is_late)
        return self.told(call, ready, case, replace(team, shortfalls=found.shortfalls))

    def warm(self, now: datetime) -> None:
        """Have the fleet, the ways and the last words ready before the first alarm comes."""
        ready = self.ready(now)
        ready.warm()
        ready.moments.now(self.around.standing(now), (), {})
        self.around.aboard(now)

    def now(self, call: Call, query: Query, ready: Ready) -> tuple[Lately, Moment]:
        """How everybody stands at this moment, whatever is asked for."""
        before = lately(call, query, self.around.standing(call.now))
        return before, ready.moments.now(
            before.standing, before.ordered, self.around.aboard(call.now)
        )

    def case(
        self,
        call: Call,
        query: Query,
        goal: Goal,
        ready: Ready,
        now: tuple[Lately, Moment],
    ) -> Case:
        """An incident beside the fleet; ends the handler where nothing can be proposed for it."""
        place = _place(goal)
        picked = self.around.picked(call, goal.service, goal.type)
        if goal.more:
            picked = Picked(needs=goal.more, source=Source.SCENE, basis="")
        if not picked.needs:
            raise _nothing_to_propose(goal, "no_type_to_go_by", "what")
        before, moment = now
        bound = bound_by(call, query, goal, before)
        rows = ready.moments.rows
        # Who is there already is not what is asked for beside them.
        here = () if goal.more else bound.here
        coming = [rows[each] for each in here if each in rows]
        return Case(
            goal=goal,
            picked=picked,
            bound=bound,
            moment=moment,
            asking=ready.lists.asked(picked.needs, moment, coming),
            arrival=ready.arrival(moment, place, self.around.reach_s(goal.urgency)),
        )

    def told(self, call: Call, ready: Ready, case: Case, found: Recommendation | None) -> Proposal:
        """What was found, in the caller's words; nothing was asked where enough come already."""
        words = Words(call, self.around, case.moment, ready.fleet, case.asking)
        best = None if found is None else found.best
        asked = words.asked(best)
        adequate = all(each.count <= each.underway + each.coming for each in asked)
        if found is not None and not adequate and found.reason.why is not Why.NOBODY:
            found = replace(found, reason=replace(found.reason, why=Why.SHORT))
        missing = () if found is None else words.missing(asked, found.shortfalls)
        left = None if best is None else best.left
        return Proposal(
            incident=case.goal.incident,
            at=call.now,
            asked=asked,
            units=() if best is None else words.team(best),
            adequate=adequate,
            proven=found is None or found.proven,
            why=ENOUGH if found is None else found.reason.why.value,
            says=call.say("dispatch.why.enough") if found is None else words.why(found, missing),
            runner_up=()
            if found is None or found.runner_up is None
            else words.team(found.runner_up),
            missing=missing,
            left_behind=() if left is None else words.left_behind(left),
            left_behind_count=0 if left is None else len(left.place),
            uncovered_count=0 if left is None else len(left.uncovered),
            already_ordered=tuple(
                sorted(
                    unit
                    for unit, order in case.bound.ordered.items()
                    if order.incident in case.goal.incidents
                )
            ),
            ground=self._ground(ready, case),
            underway=words.underway(case.bound),
            enough=found is None,
            unanswered=case.bound.unanswered,
        )

    def _ground(self, ready: Ready, case: Case) -> Ground:
        asked = ready.lists.types_of(case.picked.needs)
        return Ground(
            pick_list=case.picked.source,
            basis=case.picked.basis,
            travel_basis=self.around.ways.basis,
            unknown_count=int((case.moment.unknown & asked).sum()),
            place_exact=case.goal.exact,
            unmanned_count=int((case.moment.unmanned & asked).sum()),
            reach_s=case.arrival.reach_s if isfinite(case.arrival.reach_s) else None,
        )

    def ready(self, now: datetime) -> Ready:
        """The day's fleet as columns."""
        fleet = self.around.fleet(self.around.day(now))
        if self._ready is None or self._ready.fleet is not fleet:
            self._ready = Ready(fleet, self.around.ways)
        return self._ready


def _engine_asked(case: Case, cover: Cover | None, is_late: Callable[[], bool]) -> Recommendation:
    return recommend(
        case.asking.units,
        case.asking.left,
        case.arrival,
        Rule(near_tie_s=NEAR_TIE_S),
        cover=cover,
        patience=Patience(is_over=is_late),
    )


def _place(goal: Goal) -> tuple[float, float]:
    if not goal.is_open:
        raise Refusal(
            Refused(
                code="incident_is_closed",
                says=f"The incident {goal.incident} is closed.",
                try_instead="Report it again if there is more to do: that opens it.",
                values={"incident": goal.incident},
            )
        )
    if goal.lat is None or goal.lon is None:
        raise _nothing_to_propose(goal, "no_place_to_go", "where")
    return goal.lat, goal.lon


def _nothing_to_propose(goal: Goal, code: str, unknown: str) -> Refusal:
    return Refusal(
        Refused(
            code=code,
            says=f"Nobody knows {unknown} the incident is, so nothing can be proposed.",
            try_instead="Correct the incident, or order units by name.",
            values={"incident": goal.incident},
        )
    )
