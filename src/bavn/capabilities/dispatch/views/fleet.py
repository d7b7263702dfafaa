# SPDX-License-Identifier: Apache-2.0
"""The fleet as the engine wants it: made once for a day's register, asked with each alarm."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from bavn.capabilities.dispatch.ports import Fleet, Floats, Need, Ways, Whole
from bavn.capabilities.dispatch.views.asking import Asking, Lists
from bavn.capabilities.dispatch.views.moment import Moment, Moments
from bavn.engines.dispatch import Arrival, Cover, Crews, Layer, Standing

# As long as a place counts as covered, and beyond which it no longer matters how much longer.
GOAL_S, CAP_S = 600.0, 1800.0
# The commonest types: it is their cover that is asked for.
WARM_TYPES = 4


class Ready:
    """A fleet as columns."""

    def __init__(self, fleet: Fleet, ways: Ways) -> None:
        self.fleet, self.ways = fleet, ways
        self.lists = Lists(fleet)
        self.moments = Moments(fleet, ways)
        self.crews = Crews(
            median_s=fleet.median_s,
            spread=fleet.spread,
            limit_s=fleet.limit_s,
            run_spread=ways.run_spread,
        )
        self._layers: dict[str, tuple[Whole, Floats]] = {}

    @property
    def type(self) -> "np.ndarray[tuple[int, ...], np.dtype[np.str_]]":
        """The type of each unit."""
        return self.lists.type

    def warm(self) -> None:
        """Work out what an alarm would have to wait for."""
        nowhere = np.zeros(1)
        self.crews.expected(np.zeros(1, dtype=np.int64), nowhere, nowhere)
        home = self.moments.at_home
        if len(self.type):
            self.arrival(home, (float(home.lat[0]), float(home.lon[0])), np.inf)
        kinds, counts = np.unique(self.type, return_counts=True)
        for kind in kinds[np.argsort(-counts)][:WARM_TYPES]:
            self._posts(str(kind))

    def arrival(self, moment: Moment, goal: tuple[float, float], reach_s: float) -> Arrival:
        """When each could be there; who is busy or unknown, never."""
        run_s = self.ways.run_s(moment.lat, moment.lon, moment.land, goal, moment.away)
        wait_s = np.where(moment.standing == Standing.BUSY, np.inf, 0.0)
        return self.crews.expected(moment.kind, run_s, wait_s)._replace(reach_s=reach_s)

    def cover(self, asking: Asking, moment: Moment, first: int = 0) -> Cover | None:
        """Give the cover of the commonest type that is asked for: it is what is missed.

        `first` is where the columns of this list begin among those of the units.
        """
        counts = [int((self.type == each.type).sum()) for each in _types(asking)]
        if not self.fleet.places or not any(counts):
            return None
        column = int(np.argmax(counts))
        post, run_s = self._posts(asking.needs[column].type)
        # Who is on the road covers no place from home.
        at_home = moment.standing == Standing.HOME
        return Cover(
            asking.units,
            (
                Layer(
                    capability=first + column,
                    amount=1.0,
                    weight=self._weight,
                    run_s=run_s.astype(np.float32),
                    post=np.where(at_home, post, -1),
                    ready_s=self.crews.median_s[self.moments.at_home.kind],
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
            home = self.moments.at_home
            spots = np.column_stack([home.lat, home.lon, home.land.astype(np.float64)])
            rows = np.flatnonzero(self.type == type_)
            found, number = np.unique(spots[rows], axis=0, return_inverse=True)
            post = np.full(len(self.type), -1, dtype=np.int64)
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


def _types(asking: Asking) -> Sequence[Need]:
    return [each for each in asking.needs if not each.capability]
