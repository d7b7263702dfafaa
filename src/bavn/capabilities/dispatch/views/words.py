# SPDX-License-Identifier: Apache-2.0
"""The engine's answer in words: who, when, in whose place, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from bavn.capabilities.dispatch.model.proposal import (
    Asked,
    Filler,
    LeftBehind,
    Missing,
    ProposedUnit,
)
from bavn.capabilities.dispatch.ports import Dispatching, Fleet, Need
from bavn.capabilities.dispatch.views.fleet import Moment
from bavn.engines.dispatch import Left, Recommendation, Shortfall, Standing, Team, Why
from bavn.frame.call import Call

MINUTE_S = 60
# Those that wait longest for most people; the rest is counted.
LEFT_SHOWN = 12


@dataclass(frozen=True)
class Words:
    """Words for one answer, in the caller's language."""

    call: Call
    around: Dispatching
    moment: Moment
    fleet: Fleet
    needs: Sequence[Need]

    def team(self, team: Team) -> tuple[ProposedUnit, ...]:
        """The units of a set, the soonest first."""
        found = []
        for sent in team.sent:
            unit = self.fleet.units[sent.unit]
            found.append(
                ProposedUnit(
                    id=unit.id,
                    callsign=unit.callsign,
                    type=unit.type,
                    service=unit.service,
                    crew=unit.crew,
                    median_s=round(sent.median_s, 1),
                    p90_s=round(sent.p90_s, 1),
                    on_the_road=bool(self.moment.standing[sent.unit] == Standing.ROAD),
                    is_heard=sent.unit not in self.moment.unheard,
                )
            )
        return tuple(found)

    def asked(self, team: Team) -> tuple[Asked, ...]:
        """Each line of the pick list, and what comes of it."""
        return tuple(
            Asked(
                type=need.type,
                count=need.count,
                coming=int(met.got),
                expected_s=round(met.at_s, 1) if isfinite(met.at_s) else None,
            )
            # Lines come first among the wants, in their order.
            for need, met in zip(self.needs, team.met, strict=False)
        )

    def missing(self, shortfalls: Sequence[Shortfall]) -> tuple[Missing, ...]:
        """What is short of the lines themselves, and who could be asked."""
        return tuple(
            Missing(
                type=self.needs[each.want].type,
                count=int(each.missing),
                fillers=tuple(
                    Filler(
                        id=self.fleet.units[filler.unit].id,
                        callsign=self.fleet.units[filler.unit].callsign,
                        service=self.fleet.units[filler.unit].service,
                        expected_s=round(filler.at_s, 1),
                    )
                    for filler in each.fillers
                ),
            )
            for each in shortfalls
            if each.want < len(self.needs)
        )

    def left_behind(self, left: Left) -> tuple[LeftBehind, ...]:
        """The places that wait longer, those first where it tells most."""
        weight = np.array([each.weight for each in self.fleet.places])
        later_s = np.minimum(left.following_s, 1e6) - left.first_s
        order = np.argsort(-later_s * weight[left.place], kind="stable")
        return tuple(self._left(left, int(row)) for row in order[:LEFT_SHOWN])

    def _left(self, left: Left, row: int) -> LeftBehind:
        place, next_one = self.fleet.places[int(left.place[row])], int(left.following[row])
        return LeftBehind(
            municipality=place.code,
            name=place.name,
            first_s=round(float(left.first_s[row]), 1),
            following=None if next_one < 0 else self.fleet.units[next_one].callsign,
            following_s=None if next_one < 0 else round(float(left.following_s[row]), 1),
        )

    def why(self, found: Recommendation) -> str:
        """The reason in one sentence."""
        say, reason = self.call.say, found.reason
        if reason.why is Why.NOBODY:
            return say("dispatch.why.nobody")
        unit = self._unit(reason.deciding)
        if reason.why is Why.SHORT:
            lacks = ", ".join(
                f"{each.count} {self.around.type_name(self.call, each.type)}"
                for each in self.missing(found.shortfalls)
            )
            return say("dispatch.why.short", lacks=lacks)
        what = self.needs[min(reason.want, len(self.needs) - 1)].type if reason.want >= 0 else ""
        kind = self.around.type_name(self.call, what) if what else ""
        name = f"dispatch.why.{reason.why.value}"
        if reason.instead < 0:
            return say("dispatch.why.alone", unit=unit, kind=kind)
        return say(
            name,
            unit=unit,
            kind=kind,
            instead=self._unit(reason.instead),
            later=self._lasting(abs(reason.later_s)),
            more=reason.more_units,
        )

    def _unit(self, number: int) -> str:
        return self.fleet.units[number].callsign if number >= 0 else ""

    def _lasting(self, seconds: float) -> str:
        whole = round(seconds)
        if whole < MINUTE_S:
            return self.call.say("dispatch.seconds", count=whole)
        minutes, rest = divmod(whole, MINUTE_S)
        return self.call.say("dispatch.minutes", minutes=minutes, seconds=f"{rest:02}")
