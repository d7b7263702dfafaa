# SPDX-License-Identifier: Apache-2.0
"""The engine's answer in words: who, when, in whose place, and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from bavn.capabilities.dispatch.model.proposal import (
    Asked,
    Filler,
    LeftBehind,
    Missing,
    ProposedUnit,
    Underway,
)
from bavn.capabilities.dispatch.ports import Dispatching, Fleet, Need
from bavn.capabilities.dispatch.views.asking import Asking
from bavn.capabilities.dispatch.views.moment import Moment
from bavn.capabilities.dispatch.views.underway import Bound
from bavn.engines.dispatch import Left, Recommendation, Shortfall, Standing, Team, Why
from bavn.frame.call import Call
from bavn.kernel.instants import instant_of

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
    asking: Asking

    def team(self, team: Team) -> tuple[ProposedUnit, ...]:
        """The units of a set, the soonest first."""
        shares = self.asking.shares(team.units)[len(self.asking.coming) :]
        found = []
        for sent, line in zip(team.sent, shares, strict=True):
            unit, row = self.fleet.units[sent.unit], sent.unit
            asked = self.asking.needs[line].type if line >= 0 else unit.type
            found.append(
                ProposedUnit(
                    id=unit.id,
                    callsign=unit.callsign,
                    type=unit.type,
                    service=unit.service,
                    crew=int(self.moment.crew[row]),
                    median_s=round(sent.median_s, 1),
                    p90_s=round(sent.p90_s, 1),
                    on_the_road=bool(self.moment.standing[row] == Standing.ROAD),
                    is_heard=not self.moment.unheard[row],
                    crew_told=bool(self.moment.crew_told[row]),
                    instead_of=None if asked == unit.type else asked,
                )
            )
        return tuple(found)

    def underway(self, bound: Bound) -> tuple[Underway, ...]:
        """Those that count already, the first to have been sent first."""
        by_id = self.fleet.by_id
        found = [
            Underway(
                id=unit,
                callsign=by_id[unit].callsign if unit in by_id else unit,
                type=by_id[unit].type if unit in by_id else None,
                state=state,
                since=instant_of(since_ms),
            )
            for unit, (state, since_ms) in bound.here.items()
        ]
        return tuple(sorted(found, key=lambda each: (each.since, each.id)))

    def asked(self, team: Team | None) -> tuple[Asked, ...]:
        """Each line of the pick list: who comes already, and who is proposed beside them."""
        asking, sent = self.asking, () if team is None else team.sent
        shares = asking.shares([each.unit for each in sent])
        before, proposed = shares[: len(asking.coming)], shares[len(asking.coming) :]
        found = []
        for at, need in enumerate(asking.needs):
            if need.capability:
                found.append(self._counted(at, need, team))
                continue
            when = [each.median_s for each, line in zip(sent, proposed, strict=True) if line == at]
            found.append(_asked(need, before.count(at), len(when), when))
        return tuple(found)

    def _counted(self, at: int, need: Need, team: Team | None) -> Asked:
        column = self.asking.amounts[:, at - len(self.asking.lines)]
        sent = [each for each in (() if team is None else team.sent) if column[each.unit] > 0]
        underway = int(column[list(self.asking.coming)].sum()) if self.asking.coming else 0
        coming = int(sum(column[each.unit] for each in sent))
        return _asked(need, underway, coming, [each.median_s for each in sent])

    def missing(
        self, asked: Sequence[Asked], shortfalls: Sequence[Shortfall]
    ) -> tuple[Missing, ...]:
        """What is short of the lines themselves, and who could fill in."""
        asking, found = self.asking, []
        for at, each in enumerate(asked):
            short = each.count - each.underway - each.coming
            if short <= 0:
                continue
            can = (
                None if each.capability else frozenset(np.flatnonzero(asking.fits[:, at]).tolist())
            )
            named = dict.fromkeys(
                filler
                for shortfall in shortfalls
                for filler in shortfall.fillers
                if self._is_about(shortfall, at, filler.unit, can)
            )
            found.append(
                Missing(
                    type=each.type,
                    count=short,
                    crew=each.crew,
                    capability=each.capability,
                    fillers=tuple(
                        Filler(
                            id=self.fleet.units[filler.unit].id,
                            callsign=self.fleet.units[filler.unit].callsign,
                            service=self.fleet.units[filler.unit].service,
                            expected_s=round(filler.at_s, 1),
                            is_far=filler.standing is Standing.FAR,
                        )
                        for filler in named
                    ),
                )
            )
        return tuple(found)

    def _is_about(
        self, shortfall: Shortfall, at: int, unit: int, can: frozenset[int] | None
    ) -> bool:
        number = self.asking.numbers[shortfall.want]
        if number < len(self.asking.needs):
            return number == at
        return can is not None and unit in can

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

    def why(self, found: Recommendation, missing: Iterable[Missing]) -> str:
        """The reason in one sentence."""
        say, reason = self.call.say, found.reason
        if reason.why is Why.NOBODY:
            return say("dispatch.why.nobody")
        unit = self._unit(reason.deciding)
        if reason.why is Why.SHORT:
            lacks = ", ".join(f"{each.count} {self.named(each)}" for each in missing)
            return say("dispatch.why.short", lacks=lacks)
        kind = ""
        if reason.want >= 0:
            kind = self.named(self.asking.need_of(reason.want, reason.deciding))
        if reason.instead < 0:
            return say("dispatch.why.alone", unit=unit, kind=kind)
        return say(
            f"dispatch.why.{reason.why.value}",
            unit=unit,
            kind=kind,
            instead=self._unit(reason.instead),
            later=self._lasting(abs(reason.later_s)),
            more=reason.more_units,
        )

    def named(self, need: Need | Missing | Asked) -> str:
        """What a line asks for, in the caller's language."""
        return need_named(self.call, self.around, need)

    def _unit(self, number: int) -> str:
        return self.fleet.units[number].callsign if number >= 0 else ""

    def _lasting(self, seconds: float) -> str:
        whole = round(seconds)
        if whole < MINUTE_S:
            return self.call.say("dispatch.seconds", count=whole)
        minutes, rest = divmod(whole, MINUTE_S)
        return self.call.say("dispatch.minutes", minutes=minutes, seconds=f"{rest:02}")


def need_named(call: Call, around: Dispatching, need: Need | Missing | Asked) -> str:
    """What a line of a pick list asks for, in the caller's language."""
    if need.capability:
        return around.capability_name(call, need.capability)
    name = around.type_name(call, need.type)
    return call.say("dispatch.with_crew", type=name, crew=need.crew) if need.crew else name


def _asked(need: Need, underway: int, coming: int, when_s: Sequence[float]) -> Asked:
    last_s = max(when_s, default=None)
    late_s = 0.0 if last_s is None else max(0.0, last_s - need.within_s)
    return Asked(
        type=need.type,
        count=need.count,
        coming=coming,
        expected_s=None if last_s is None else round(last_s, 1),
        underway=underway,
        crew=need.crew,
        within_s=need.within_s if isfinite(need.within_s) else None,
        late_s=round(late_s, 1),
        capability=need.capability,
    )
