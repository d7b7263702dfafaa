# SPDX-License-Identifier: Apache-2.0
"""Where everybody stands at one moment, as columns beside the fleet's units.

Kept from one alarm to the next: only who has said something else since is looked at anew.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bavn.capabilities.dispatch.ports import (
    Aboard,
    Flags,
    Fleet,
    FleetUnit,
    Floats,
    Stands,
    Ways,
    Whole,
)
from bavn.engines.dispatch import Standing
from bavn.engines.travel import air_km

AVAILABLE = "available"
# Free, and wherever it says that it is.
FREE = frozenset({AVAILABLE, "on_radio", "returning"})
# Nearer to its station than this a unit is at home: a position is some metres off.
HOME_KM = 0.3
CREW, SMOKE_DIVERS = "crew", "smoke divers"


@dataclass(frozen=True)
class Moment:
    """One moment: what each unit does, where it is, of which kind its crew is, who is aboard."""

    standing: Whole
    lat: Floats
    lon: Floats
    land: Whole
    kind: Whole
    # Not where its station is.
    away: Flags
    # Has never said where it stands.
    unknown: Flags
    unheard: Flags
    crew: Whole
    # The crew is the unit's own word, and no plan.
    crew_told: Flags
    aboard: Mapping[str, Aboard]

    @property
    def unmanned(self) -> Flags:
        """Those that say that nobody is aboard."""
        return np.asarray(self.crew_told & (self.crew == 0))

    def amount(self, number: int, unit: FleetUnit, capability: str) -> float:
        """How much a unit gives of a capability with those that are aboard."""
        crew, told = int(self.crew[number]), self.aboard.get(unit.id)
        if capability == CREW:
            return float(crew)
        if told is not None and capability in told.competences:
            return float(told.competences[capability])
        gives = unit.gives.get(capability, 0.0)
        # Nobody dives for somebody who has stayed at home.
        return min(gives, float(crew)) if capability == SMOKE_DIVERS else gives


class Moments:
    """The columns of the last moment, brought up to date with what has been said since."""

    def __init__(self, fleet: Fleet, ways: Ways) -> None:
        self._fleet, self._ways, units = fleet, ways, fleet.units
        count = len(units)
        self._ids = [each.id for each in units]
        self.rows = {each: row for row, each in enumerate(self._ids)}
        self._lat = np.array([each.lat for each in units], dtype=np.float64)
        self._lon = np.array([each.lon for each in units], dtype=np.float64)
        self._land = np.array([each.land for each in units], dtype=np.int64)
        self._kind = np.array([each.crewing for each in units], dtype=np.int64)
        self._crew = np.array([each.crew for each in units], dtype=np.int64)
        self._is_ours = np.array([each.is_ours for each in units], dtype=np.bool_)
        self._said: list[Stands | None] = [None] * count
        self.at_home = Moment(
            standing=np.where(self._is_ours, Standing.BUSY.value, Standing.OUTSIDE.value),
            lat=self._lat,
            lon=self._lon,
            land=self._land,
            kind=self._kind,
            away=np.zeros(count, dtype=np.bool_),
            unknown=self._is_ours.copy(),
            unheard=np.zeros(count, dtype=np.bool_),
            crew=self._crew,
            crew_told=np.zeros(count, dtype=np.bool_),
            aboard={},
        )
        self._last = _copied(self.at_home)

    def now(
        self, standing: Mapping[str, Stands], taken: Iterable[str], aboard: Mapping[str, Aboard]
    ) -> Moment:
        """This moment; whoever is taken up by an order is busy, whatever it said before."""
        for row, unit in enumerate(self._ids):
            said = standing.get(unit)
            if said is not self._said[row]:
                self._said[row] = said
                self._set(row, said)
        found = _copied(self._last)
        busy = [self.rows[each] for each in taken if each in self.rows]
        found.standing[busy] = np.where(
            self._is_ours[busy], Standing.BUSY.value, Standing.OUTSIDE.value
        )
        for unit, who in aboard.items():
            if unit in self.rows:
                found.crew[self.rows[unit]] = who.count
                found.crew_told[self.rows[unit]] = True
        found.standing[found.unmanned & self._is_ours] = Standing.BUSY.value
        return replace(found, aboard=aboard)

    def _set(self, row: int, said: Stands | None) -> None:
        last = self._last
        last.lat[row], last.lon[row] = self._lat[row], self._lon[row]
        last.land[row], last.kind[row] = self._land[row], self._kind[row]
        last.away[row] = last.unheard[row] = False
        if not self._is_ours[row]:
            return
        last.unknown[row] = said is None or said.status is None
        last.standing[row] = Standing.BUSY.value
        if said is None or said.status is None:
            return
        last.unheard[row] = not said.is_heard
        if said.status not in FREE:
            return
        if said.status == AVAILABLE and self._is_home(row, said):
            last.standing[row] = Standing.HOME.value
            return
        last.standing[row] = Standing.ROAD.value
        last.kind[row] = self._fleet.on_the_road
        if said.lat is not None and said.lon is not None:
            last.away[row] = True
            last.lat[row], last.lon[row] = said.lat, said.lon
            land = self._ways.land_at(said.lat, said.lon)
            # Between two lands it is still on the one that it came from.
            last.land[row] = self._land[row] if land < 0 else land

    def _is_home(self, row: int, said: Stands) -> bool:
        """True for a unit that has not said that it is anywhere else."""
        if said.lat is None or said.lon is None:
            return True
        where = (self._lat[row], self._lon[row], np.array(said.lat), np.array(said.lon))
        return bool(air_km(*where) < HOME_KM)


def _copied(moment: Moment) -> Moment:
    columns: dict[str, Any] = {
        name: value.copy() for name, value in vars(moment).items() if isinstance(value, np.ndarray)
    }
    return replace(moment, **columns)
