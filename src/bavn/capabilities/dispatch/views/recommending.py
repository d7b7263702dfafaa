# SPDX-License-Identifier: Apache-2.0
"""What is proposed for an incident: the engine's answer in the words of whoever has to send."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from bavn.capabilities.dispatch.model.order import BINDS_MS
from bavn.capabilities.dispatch.model.proposal import Ground, Proposal
from bavn.capabilities.dispatch.ports import Dispatching, Fleet, Goal, Stands
from bavn.capabilities.dispatch.views import ORDERS
from bavn.capabilities.dispatch.views.fleet import Moment, Ready
from bavn.capabilities.dispatch.views.words import Words
from bavn.engines.dispatch import Patience, Rule, recommend
from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.journal.reader import Query
from bavn.kernel.instants import instant_of, ms_of
from bavn.kernel.refusal import Refused

# Soon enough alike: then the fewer units, and the cover that is left, may decide. Own calibration.
NEAR_TIE_S = 30.0


@dataclass
class Recommender:
    """Proposes; keeps a day's fleet ready, so that an alarm need not wait for it."""

    around: Dispatching
    _ready: Ready | None = field(default=None, init=False)

    def propose(
        self, call: Call, query: Query, goal: Goal, is_late: Callable[[], bool]
    ) -> Proposal:
        """Propose for an incident; ends the handler where nobody knows where or what it is."""
        lat, lon = self._place(goal)
        picked = self.around.picked(call, goal.service, goal.type)
        if not picked.needs:
            raise _nothing_to_propose(goal, "no_type_to_go_by", "what")
        fleet = self.around.fleet(self.around.day(call.now))
        ready, standing = self._of(fleet), self.around.standing(call.now)
        ordered = _ordered(call, query, standing)
        moment = Moment(ready, standing, frozenset(ordered))
        base, wants = ready.asked(picked.needs)
        units = base.now(moment.standing)
        found = recommend(
            units,
            wants,
            ready.arrival(moment, (lat, lon)),
            Rule(near_tie_s=NEAR_TIE_S),
            cover=ready.cover(units, moment, picked.needs),
            patience=Patience(is_over=is_late),
        )
        words = Words(call, self.around, moment, fleet, picked.needs)
        types = {each.type for each in picked.needs}
        left = found.best.left
        return Proposal(
            incident=goal.incident,
            at=call.now,
            asked=words.asked(found.best),
            units=words.team(found.best),
            adequate=found.best.adequate,
            proven=found.proven,
            why=found.reason.why.value,
            says=words.why(found),
            runner_up=() if found.runner_up is None else words.team(found.runner_up),
            missing=words.missing(found.shortfalls),
            left_behind=() if left is None else words.left_behind(left),
            left_behind_count=0 if left is None else len(left.place),
            uncovered_count=0 if left is None else len(left.uncovered),
            already_ordered=tuple(
                sorted(u for u, where in ordered.items() if goal.incident in where)
            ),
            ground=Ground(
                pick_list=picked.source,
                basis=picked.basis,
                travel_basis=self.around.ways.basis,
                unknown_count=int((moment.unknown & np.isin(ready.type, list(types))).sum()),
                place_exact=goal.exact,
            ),
        )

    def warm(self, now: datetime) -> None:
        """Have the fleet, the ways and the last words ready before the first alarm comes."""
        ready = self._of(self.around.fleet(self.around.day(now)))
        ready.warm()
        self.around.standing(now)

    def _place(self, goal: Goal) -> tuple[float, float]:
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

    def _of(self, fleet: Fleet) -> Ready:
        if self._ready is None or self._ready.fleet is not fleet:
            self._ready = Ready(fleet, self.around.ways)
        return self._ready


def _nothing_to_propose(goal: Goal, code: str, unknown: str) -> Refusal:
    return Refusal(
        Refused(
            code=code,
            says=f"Nobody knows {unknown} the incident is, so nothing can be proposed.",
            try_instead="Correct the incident, or order units by name.",
            values={"incident": goal.incident},
        )
    )


def _ordered(call: Call, query: Query, standing: Mapping[str, Stands]) -> dict[str, set[str]]:
    """Units that are on order and have not said anything since, and to which incidents."""
    now_ms, found = ms_of(call.now), dict[str, set[str]]()
    for day in {now_ms - BINDS_MS, now_ms}:
        on = instant_of(day).date().isoformat()
        for row in query.rows(call.reader, ORDERS, {"ordered_on": on}):
            unit, at_ms = str(row["subject"]).partition(":")[2], int(str(row["ordered_at_ms"]))
            said = standing.get(unit)
            if row["stood_down_at_ms"] is not None or now_ms - at_ms > BINDS_MS:
                continue
            if said is None or said.status_at_ms <= at_ms:
                found.setdefault(unit, set()).add(str(row["incident"]))
    return found
