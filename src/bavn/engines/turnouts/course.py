# SPDX-License-Identifier: Apache-2.0
"""The course of turn-outs: a simulation by events."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from bavn.engines.turnouts.words import (
    Event,
    Flags,
    Floats,
    Incident,
    Kind,
    Manners,
    Need,
    Roads,
    Spot,
    Units,
    Whole,
)


@dataclass
class _Unit:
    """What one unit is doing."""

    phase: Kind = Kind.AVAILABLE
    incident: int = -1
    serial: int = 0
    from_s: float = 0.0
    until_s: float = 0.0
    bends: Floats | None = None
    # The lands at the two ends of its way.
    lands: tuple[int, int] = (-1, -1)


@dataclass
class _Work:
    """What goes on at one incident."""

    incident: Incident
    units: set[int] = field(default_factory=set)
    arrived_s: float = float("inf")
    over: bool = False
    waiting: list[int] = field(default_factory=list)


class Course:
    """The course of all turn-outs: incidents go in, events come out."""

    def __init__(self, units: Units, roads: Roads, manners: Manners) -> None:
        self._units = units
        self._roads = roads
        self._manners = manners
        self._doing = [_Unit() for _ in range(len(units.type))]
        self._free = np.ones(len(units.type), dtype=np.bool_)
        self._work: dict[int, _Work] = {}
        self._ahead: list[Event] = []
        self._order = 0
        self._serial = 0

    def report(self, incident: Incident) -> None:
        """Take in an incident; it must not lie before what has already happened."""
        self._work[incident.number] = _Work(incident)
        self._push(incident.at_s, Kind.REPORTED, incident.number)

    def until(self, at_s: float) -> Iterator[Event]:
        """Give everything that happens before the moment, in order."""
        while self._ahead and self._ahead[0].at_s < at_s:
            event = heapq.heappop(self._ahead)
            if self._happens(event):
                yield event

    def moving(self, at_s: float) -> Iterator[tuple[int, float, float]]:
        """Give each unit that is not at home, and where it is."""
        for number, unit in enumerate(self._doing):
            if unit.phase not in {Kind.AVAILABLE, Kind.ALERTED}:
                spot = self._where(number, at_s)
                yield number, spot.lat, spot.lon

    def _push(self, at_s: float, kind: Kind, incident: int, unit: int = -1, of: int = -1) -> None:
        self._order += 1
        serial = self._doing[unit].serial if unit >= 0 else 0
        event = Event(at_s, self._order, kind, incident, unit, of, serial)
        heapq.heappush(self._ahead, event)

    def _happens(self, event: Event) -> bool:
        """Let it happen; False when it has been overtaken by something else."""
        work = self._work.get(event.incident)
        if event.unit >= 0:
            # A unit may still be on its way home when its incident is closed.
            return self._unit_moves(event, work)
        if work is None:
            return False
        match event.kind:
            case Kind.REPORTED:
                self._reported(work, event.at_s)
            case Kind.HANDLED if not work.over:
                self._handled(work, event.at_s)
            case Kind.ASKED if not work.over:
                self._ask_all(work, work.incident.later, event.at_s)
            case Kind.CALLED_OFF if not np.isfinite(work.arrived_s):
                self._turn_back(work, event.at_s)
            case Kind.GIVEN_UP if not (work.units or work.over):
                self._turn_back(work, event.at_s)
            case Kind.BLIND:
                self._turn_back(work, event.at_s)
            case Kind.CLOSED:
                del self._work[event.incident]
            case kind:
                return kind is Kind.WAITING
        return True

    def _reported(self, work: _Work, at_s: float) -> None:
        incident = work.incident
        if np.isfinite(incident.called_off_s):
            self._push(at_s + incident.called_off_s, Kind.CALLED_OFF, incident.number)
        self._push(at_s + self._manners.handling_s, Kind.HANDLED, incident.number)

    def _handled(self, work: _Work, at_s: float) -> None:
        incident = work.incident
        self._ask_all(work, incident.needs, at_s)
        if not work.units:
            ends_s = max(at_s, incident.at_s + incident.lasts_s)
            self._push(ends_s, Kind.GIVEN_UP, incident.number)

    # Sending

    def _ask_all(self, work: _Work, needs: tuple[Need, ...], at_s: float) -> None:
        for need in needs:
            for _ in range(need.number):
                self._ask(work, need.type, at_s)

    def _ask(self, work: _Work, of: int, at_s: float) -> None:
        """Send the best unit for one need, or let the need wait."""
        unit = self.best(work.incident, of, at_s, only_one=not work.units)
        if unit >= 0:
            self._send(work, unit, at_s)
            return
        if self._allowed(of, national=True).any():
            work.waiting.append(of)
        self._push(at_s, Kind.WAITING, work.incident.number, of=of)

    def _allowed(self, of: int, *, national: bool) -> Flags:
        units = self._units
        adequate = self._manners.adequate[of][units.type]
        return adequate if national else np.asarray(adequate & ~units.national)

    def best(self, incident: Incident, of: int, at_s: float, *, only_one: bool = False) -> int:
        """Give the adequate free unit that is soonest there; -1 when there is none in reach.

        The national ones are asked when no local one can come.
        """
        limit_s = self._manners.far_s if only_one else self._manners.reach_s
        for national in (False, True):
            found = np.flatnonzero(self._free & self._allowed(of, national=national))
            if not len(found):
                continue
            arrives_s = self.arrives_s(found, incident.spot, at_s)
            foreign = self._units.service[found] != incident.service
            cost = arrives_s + np.where(foreign, self._manners.border_s[of], 0.0)
            at = int(np.argmin(cost))
            if np.isfinite(cost[at]) and arrives_s[at] <= limit_s:
                return int(found[at])
        return -1

    def arrives_s(self, numbers: Whole, goal: Spot, at_s: float) -> Floats:
        """How soon each of these free units would be there, as far as one can know beforehand."""
        units = self._units
        lat, lon, land = units.lat[numbers], units.lon[numbers], units.land[numbers]
        ready_s = units.median_s[numbers]
        for index, number in enumerate(numbers):
            if self._doing[number].phase != Kind.AVAILABLE:
                lat[index], lon[index], land[index] = self._where(int(number), at_s)
                ready_s[index] = self._manners.look_s
        return ready_s + self._roads.run_s(lat, lon, land, goal)

    def _send(self, work: _Work, number: int, at_s: float) -> None:
        incident, units, unit = work.incident, self._units, self._doing[number]
        chance = incident.chance
        wait_s = units.median_s[number] * np.exp(units.spread[number] * chance.standard_normal())
        wait_s = float(min(wait_s, units.limit_s[number]))
        if unit.phase != Kind.AVAILABLE:
            # It is on the road, and its crew sits in it.
            wait_s = min(wait_s, self._manners.look_s)
        late = float(np.exp(self._manners.run_spread * chance.standard_normal()))
        self._serial += 1
        unit.serial, unit.incident = self._serial, incident.number
        self._set_out(number, incident.spot, at_s, wait_s, late)
        unit.phase = Kind.ALERTED
        self._free[number] = False
        work.units.add(number)
        self._push(at_s, Kind.ALERTED, incident.number, number)
        self._push(unit.from_s, Kind.EN_ROUTE, incident.number, number)
        self._push(unit.until_s, Kind.AT_SCENE, incident.number, number)

    def _set_out(self, number: int, goal: Spot, at_s: float, wait_s: float, factor: float) -> None:
        """Put a unit on its way from where it is; until it rolls it stays there."""
        unit = self._doing[number]
        start = self._where(number, at_s)
        lat, lon, land = np.array([start.lat]), np.array([start.lon]), np.array([start.land])
        run_s = float(self._roads.run_s(lat, lon, land, goal)[0]) * factor
        unit.bends = self._roads.bends(start, goal)
        unit.lands = start.land, goal.land
        unit.from_s, unit.until_s = at_s + wait_s, at_s + wait_s + run_s

    # Moving

    def _home(self, number: int) -> Spot:
        units = self._units
        return Spot(float(units.lat[number]), float(units.lon[number]), int(units.land[number]))

    def _where(self, number: int, at_s: float) -> Spot:
        unit = self._doing[number]
        if unit.bends is None:
            return self._home(number)
        took = max(unit.until_s - unit.from_s, 1e-9)
        share = (at_s - unit.from_s) / took
        lat, lon = self._roads.along(unit.bends, share)
        # On a way over water it is counted to the shore that it is nearer to.
        return Spot(lat, lon, unit.lands[int(share > 0.5)])  # noqa: PLR2004 - the middle of the way

    def _unit_moves(self, event: Event, work: _Work | None) -> bool:
        unit = self._doing[event.unit]
        if event.serial != unit.serial:
            return False
        unit.phase = event.kind
        match event.kind:
            case Kind.AT_SCENE if work is not None:
                self._arrived(work, event)
            case Kind.RETURNING:
                home, factor = self._home(event.unit), self._manners.home_factor
                self._set_out(event.unit, home, event.at_s, 0.0, factor)
                self._push(unit.until_s, Kind.AVAILABLE, event.incident, event.unit)
                self._freed(event, work)
            case Kind.AVAILABLE:
                unit.bends, unit.incident = None, -1
                self._freed(event, work)
            case _:
                pass
        return True

    def _arrived(self, work: _Work, event: Event) -> None:
        incident, manners = work.incident, self._manners
        if not np.isfinite(work.arrived_s) and not self._units.commander[event.unit]:
            work.arrived_s = event.at_s
            if not incident.real:
                self._push(event.at_s + manners.look_s, Kind.BLIND, incident.number)
            elif incident.later:
                self._push(event.at_s + incident.later_s, Kind.ASKED, incident.number)
        rest_s = incident.at_s + incident.lasts_s - event.at_s
        share = manners.leave_from + (1 - manners.leave_from) * incident.chance.random()
        leaves_s = event.at_s + max(manners.scene_least_s, share * rest_s)
        self._push(leaves_s, Kind.RETURNING, incident.number, event.unit)

    def _turn_back(self, work: _Work, at_s: float) -> None:
        """Whoever is not there yet turns back, and nobody waits any more."""
        work.over = True
        work.waiting.clear()
        for number in sorted(work.units):
            unit = self._doing[number]
            if unit.phase in {Kind.ALERTED, Kind.EN_ROUTE}:
                at_home = unit.phase == Kind.ALERTED and self._is_home(number)
                self._serial += 1
                unit.serial = self._serial
                if unit.phase == Kind.ALERTED and not at_home:
                    # Alerted on the road: it is on its way to somewhere in any case.
                    self._push(at_s, Kind.EN_ROUTE, work.incident.number, number)
                kind = Kind.AVAILABLE if at_home else Kind.RETURNING
                self._push(at_s, kind, work.incident.number, number)
        self._close_if_left(work, at_s)

    def _is_home(self, number: int) -> bool:
        bends, home = self._doing[number].bends, self._home(number)
        return bends is not None and (bends[0, 0], bends[0, 1]) == (home.lat, home.lon)

    def _freed(self, event: Event, work: _Work | None) -> None:
        """A unit is free: its incident may be over, and another may wait for it."""
        self._free[event.unit] = True
        if work is not None and event.unit in work.units:
            work.units.discard(event.unit)
            self._close_if_left(work, event.at_s)
        for waiting in self._work.values():
            for of in waiting.waiting:
                if self._can_help(waiting, of, event):
                    waiting.waiting.remove(of)
                    self._send(waiting, event.unit, event.at_s)
                    return

    def _can_help(self, work: _Work, of: int, event: Event) -> bool:
        number, manners = event.unit, self._manners
        if not self._allowed(of, national=True)[number]:
            return False
        foreign = self._units.service[number] != work.incident.service
        if foreign and not np.isfinite(manners.border_s[of]):
            return False
        arrives_s = self.arrives_s(np.array([number]), work.incident.spot, event.at_s)[0]
        return bool(arrives_s <= (manners.reach_s if work.units else manners.far_s))

    def _close_if_left(self, work: _Work, at_s: float) -> None:
        if work.units or (work.waiting and not np.isfinite(work.arrived_s)):
            return
        work.over = True
        work.waiting.clear()
        self._push(at_s, Kind.CLOSED, work.incident.number)
