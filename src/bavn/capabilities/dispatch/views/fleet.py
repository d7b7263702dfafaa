# SPDX-License-Identifier: Apache-2.0
"""The fleet as the engine wants it: made once for a day's register, asked with each alarm."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from bavn.capabilities.dispatch.ports import Fleet, Floats, Need, Stands, Ways, Whole
from bavn.engines.dispatch import (
    Arrival,
    Cover,
    Crews,
    Layer,
    Line,
    Standing,
    Units,
    Want,
    wants_of,
)
from bavn.engines.travel import air_km

AVAILABLE, RETURNING = "available", "returning"
# As long as a place counts as covered, and beyond which it no longer matters how much longer.
GOAL_S, CAP_S = 600.0, 1800.0
# Nearer to its station than this a unit is at home: a position is some metres off.
HOME_KM = 0.3
# The commonest types: it is their cover that is asked for.
WARM_TYPES = 4
# Pick lists that differ; the least lately asked for gives way.
LISTS_LIMIT = 200


class Moment:
    """Where everybody stands at one moment, as columns beside the fleet's units."""

    def __init__(self, ready: "Ready", standing: Mapping[str, Stands], bound: frozenset[str]):
        count = len(ready.fleet.units)
        self.standing: Whole = np.full(count, Standing.BUSY, dtype=np.int64)
        self.lat, self.lon, self.land = ready.lat.copy(), ready.lon.copy(), ready.land.copy()
        self.kind = ready.kind.copy()
        self.unknown = np.zeros(count, dtype=np.bool_)
        self.unheard: set[int] = set()
        for number, unit in enumerate(ready.fleet.units):
            said = standing.get(unit.id)
            if not unit.is_ours:
                self.standing[number] = Standing.OUTSIDE
                continue
            if said is None or said.status is None:
                self.unknown[number] = True
                continue
            if not said.is_heard:
                self.unheard.add(number)
            if unit.id in bound or said.status not in {AVAILABLE, RETURNING}:
                continue
            if said.status == AVAILABLE and ready.is_home(number, said):
                self.standing[number] = Standing.HOME
                continue
            self.standing[number] = Standing.ROAD
            self.kind[number] = ready.fleet.on_the_road
            if said.lat is not None and said.lon is not None:
                self.lat[number], self.lon[number] = said.lat, said.lon
                land = ready.ways.land_at(said.lat, said.lon)
                # Between two lands it is still on the one that it came from.
                self.land[number] = ready.land[number] if land < 0 else land


class Ready:
    """A fleet as columns."""

    def __init__(self, fleet: Fleet, ways: Ways) -> None:
        self.fleet, self.ways = fleet, ways
        units = fleet.units
        self.name = np.array([each.id for each in units], dtype=np.str_)
        self.type = np.array([each.type for each in units], dtype=np.str_)
        self.lat: Floats = np.array([each.lat for each in units], dtype=np.float64)
        self.lon: Floats = np.array([each.lon for each in units], dtype=np.float64)
        self.land: Whole = np.array([each.land for each in units], dtype=np.int64)
        self.kind: Whole = np.array([each.crewing for each in units], dtype=np.int64)
        self.crews = Crews(
            median_s=fleet.median_s,
            spread=fleet.spread,
            limit_s=fleet.limit_s,
            run_spread=ways.run_spread,
        )
        self._lists: dict[tuple[Need, ...], tuple[Units, tuple[Want, ...]]] = {}
        self._layers: dict[str, tuple[Whole, Floats]] = {}

    def warm(self) -> None:
        """Work out what an alarm would have to wait for."""
        nowhere = np.zeros(1)
        self.crews.expected(np.zeros(1, dtype=np.int64), nowhere, nowhere)
        if len(self.name):
            self.ways.run_s(self.lat, self.lon, self.land, (self.lat[0], self.lon[0]))
        kinds, counts = np.unique(self.type, return_counts=True)
        for kind in kinds[np.argsort(-counts)][:WARM_TYPES]:
            self._posts(str(kind))

    def is_home(self, number: int, said: Stands) -> bool:
        """True for a unit that has not said that it is anywhere else."""
        if said.lat is None or said.lon is None:
            return True
        where = (self.lat[number], self.lon[number], np.array(said.lat), np.array(said.lon))
        return bool(air_km(*where) < HOME_KM)

    def asked(self, needs: tuple[Need, ...]) -> tuple[Units, tuple[Want, ...]]:
        """Give the units by what they bring of a pick list, and what it wants of them."""
        found = self._lists.pop(needs, None)
        if found is None:
            fits = np.array([self.type == each.type for each in needs]).T
            lines = [Line(number, each.count) for number, each in enumerate(needs)]
            table, wants = wants_of(fits, lines)
            standing = np.full(len(self.name), Standing.HOME, dtype=np.int64)
            found = Units(name=self.name, standing=standing, gives=table), wants
            if len(self._lists) >= LISTS_LIMIT:
                del self._lists[next(iter(self._lists))]
        self._lists[needs] = found
        return found

    def arrival(self, moment: Moment, goal: tuple[float, float]) -> Arrival:
        """When each could be there; who is busy or unknown, never."""
        run_s = self.ways.run_s(moment.lat, moment.lon, moment.land, goal)
        wait_s = np.where(moment.standing == Standing.BUSY, np.inf, 0.0)
        return self.crews.expected(moment.kind, run_s, wait_s)

    def cover(self, units: Units, moment: Moment, needs: Sequence[Need]) -> Cover | None:
        """Give the cover of the commonest type that is asked for: it is what is missed."""
        counts = [int((self.type == each.type).sum()) for each in needs]
        if not self.fleet.places or not any(counts):
            return None
        column = int(np.argmax(counts))
        post, run_s = self._posts(needs[column].type)
        # Who is on the road covers no place from home.
        at_home = moment.standing == Standing.HOME
        return Cover(
            units,
            (
                Layer(
                    capability=column,
                    amount=1.0,
                    weight=self._weight,
                    run_s=run_s.astype(np.float32),
                    post=np.where(at_home, post, -1),
                    ready_s=self.crews.median_s[self.kind],
                    cap_s=CAP_S,
                    goal_s=GOAL_S,
                ),
            ),
        )

    @cached_property
    def _weight(self) -> Floats:
        return np.array([each.weight for each in self.fleet.places], dtype=np.float64)

    def _posts(self, type_: str) -> tuple[Whole, Floats]:
        """Give the post of each unit of a type, and the ways from all posts to all places."""
        if type_ not in self._layers:
            spots = np.column_stack([self.lat, self.lon, self.land.astype(np.float64)])
            rows = np.flatnonzero(self.type == type_)
            found, number = np.unique(spots[rows], axis=0, return_inverse=True)
            post = np.full(len(self.name), -1, dtype=np.int64)
            post[rows] = number.reshape(-1)
            places = self.fleet.places
            there = (
                np.array([each.lat for each in places], dtype=np.float64),
                np.array([each.lon for each in places], dtype=np.float64),
                np.array([each.land for each in places], dtype=np.int64),
            )
            here = (found[:, 0], found[:, 1], found[:, 2].astype(np.int64))
            self._layers[type_] = post, self.ways.table_s(here, there)
        return self._layers[type_]
