# SPDX-License-Identifier: Apache-2.0
"""What `bench dispatch` measures on: the country's units, some busy, and incidents of its days."""

from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bavn.engines import travel
from bavn.engines.dispatch import (
    Arrival,
    Claim,
    Crews,
    Layer,
    Line,
    Standing,
    Units,
    Want,
    wants_of,
)
from bavn.engines.travel import Places
from bavn.engines.turnouts import Incident, Spot
from bavn.node.play.cast import Cast
from bavn.node.play.figures import told_by
from bavn.node.play.ground import ORDINARY
from bavn.node.play.manner import manner_of
from bavn.node.play.script import Plot, Script
from bavn.runtime.countries import built_in

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
NEEDS, CELLS = 25, 8_000
BUSY_SHARE, ROAD_SHARE = 0.15, 0.05
# Seconds until somebody should be there, and how urgent that is, by the country's urgencies.
URGENCIES = {"immediate": (0, 600.0), "soon": (1, 900.0), "ordinary": (2, 1_800.0)}
PUMP = "ASP"
FIRST_DAY = date(2026, 1, 1)


class State(NamedTuple):
    """One moment: what the units do, and 25 incidents that nobody has been sent to."""

    units: Units
    claims: tuple[Claim, ...]
    # The lines of each pick list, for who knows of lines only.
    lines: tuple[tuple[Line, ...], ...]


class Scene:
    """The country as arrays, made once."""

    def __init__(self) -> None:
        country = built_in("denmark")
        manner = manner_of("denmark")
        self.cast = cast = Cast(country, manner, told_by(country))
        columns = cast.columns
        self.count = len(cast.units)
        self.fits = np.asarray(cast.adequate[:, columns.type].T)
        keys = np.column_stack([columns.median_s, columns.spread, columns.limit_s])
        kinds, kind = np.unique(keys, axis=0, return_inverse=True)
        road = np.array([[manner.number("way.look"), 0.3, 120.0]])
        kinds = np.concatenate([kinds, road])
        self.kind: Whole = kind.reshape(-1)
        self.road_kind = len(kinds) - 1
        self.crews = Crews(
            median_s=kinds[:, 0],
            spread=kinds[:, 1],
            limit_s=kinds[:, 2],
            run_spread=cast.travel.run_spread,
        )
        self._lists(manner_types=[each.first_dispatch for each in country.incident_types])
        self.urgency = [URGENCIES[each.urgency] for each in country.incident_types]
        names = np.array([each.id for each in cast.units])
        home = np.full(self.count, Standing.HOME, dtype=np.int64)
        self.units = Units(name=names, standing=home, gives=self._gives)
        self.layer = self._layer(Script(cast, Plot(seed=1, kind=ORDINARY, first_day=FIRST_DAY)))

    def _lists(self, manner_types: list[tuple[object, ...]]) -> None:
        """The pick list of each incident type as lines, and as wants in columns."""
        self.lines: list[tuple[Line, ...]] = []
        self.wants: list[tuple[Want, ...]] = []
        parts: list[Floats] = [self.fits[:, [self.cast.types.index(PUMP)]].astype(np.float64)]
        for first in manner_types:
            lines = tuple(
                Line(self.cast.types.index(need.type), need.count)  # type: ignore[attr-defined]
                for need in first
            )
            table, wants = wants_of(self.fits, lines, sum(part.shape[1] for part in parts))
            parts.append(table)
            self.lines.append(lines)
            self.wants.append(wants)
        self._gives = np.concatenate(parts, axis=1)

    def _layer(self, script: Script) -> Layer:
        """Cover by engines: places where incidents happen, each as often as any other."""
        spots: list[Spot] = []
        day = 1
        while len(spots) < CELLS:
            spots += [each.spot for each in script.day(day)]
            day += 1
        lat, lon, land = (np.array(column) for column in zip(*spots[:CELLS], strict=True))
        columns = self.cast.columns
        homes = np.column_stack([columns.lat, columns.lon, columns.land])
        posts, post = np.unique(homes, axis=0, return_inverse=True)
        here = Places(posts[:, 0], posts[:, 1], posts[:, 2].astype(np.int64))
        speed = self.cast.travel.speed
        over = self.cast.lands.crossings
        km = travel.road_km(here, Places(lat, lon, land), over, speed.detour)
        return Layer(
            capability=0,
            amount=1.0,
            weight=np.full(CELLS, 1.0 / CELLS),
            run_s=speed.run_s(km).astype(np.float32),
            post=post.reshape(-1),
            ready_s=columns.median_s,
            cap_s=3_600.0,
            goal_s=900.0,
        )

    def arrival(self, standing: Whole, wait_s: Floats, incident: Incident) -> Arrival:
        """When each unit could be at an incident."""
        columns = self.cast.columns
        run_s = self.cast.roads.run_s(columns.lat, columns.lon, columns.land, incident.spot)
        kind = np.where(standing == Standing.ROAD, self.road_kind, self.kind)
        return self.crews.expected(kind, run_s, wait_s)

    def state(self, seed: int, incidents: list[Incident], types: list[int]) -> State:
        """Some units busy, some on the road, and these incidents."""
        chance = np.random.default_rng(seed)
        drawn = chance.random(self.count)
        standing = np.full(self.count, Standing.HOME, dtype=np.int64)
        standing[drawn < BUSY_SHARE + ROAD_SHARE] = Standing.ROAD
        standing[drawn < BUSY_SHARE] = Standing.BUSY
        wait_s = np.where(standing == Standing.BUSY, 3_600.0 * chance.random(self.count), 0.0)
        claims = []
        for incident, kind in zip(incidents, types, strict=True):
            urgency, within_s = self.urgency[kind]
            wants = tuple(want._replace(within_s=within_s) for want in self.wants[kind])
            claims.append(Claim(wants, self.arrival(standing, wait_s, incident), urgency))
        return State(
            self.units.now(standing), tuple(claims), tuple(self.lines[kind] for kind in types)
        )

    def moments(self, kind: str, count: int, *, near: bool = False) -> list[State]:
        """Moments with 25 incidents: one after the other in a day, or those nearest to one."""
        script = Script(self.cast, Plot(seed=7, kind=kind, first_day=FIRST_DAY))
        codes = [each.code for each in self.cast.country.incident_types]
        chance = np.random.default_rng(len(kind))
        day, found = list(script.day(0)), []
        while len(day) < NEEDS * count and kind == ORDINARY:
            day += script.day(1 + len(day) // 100)
        for number in range(count):
            at = int(chance.integers(len(day) - NEEDS))
            chosen = day[at : at + NEEDS]
            if near:
                chosen = sorted(day, key=lambda each: _apart(each, day[at]))[:NEEDS]
            types = [codes.index(script.scenes[each.number].type) for each in chosen]
            found.append(self.state(number, chosen, types))
        return found


def _apart(one: Incident, other: Incident) -> float:
    return float(np.hypot(one.spot.lat - other.spot.lat, (one.spot.lon - other.spot.lon) * 0.56))
