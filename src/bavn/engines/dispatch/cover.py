# SPDX-License-Identifier: Apache-2.0
"""What is left behind when units go: for each place, who would be there first then, and when."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bavn.engines.dispatch.words import FINE, Floats, Left, Units, Whole

Signature = tuple[tuple[int, float], ...]
# Places at a time: what is worked on stays in the processor's cache.
_BLOCK = 512


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One thing that is to be near everywhere: so much of a capability."""

    capability: int
    amount: float
    # By place: how often something is expected there, in whatever measure the caller uses.
    weight: Floats
    # Post by place: seconds of driving. A post is where units stand: a station, a spot on the road.
    run_s: NDArray[np.float32]
    # By unit: its post (-1: it covers nothing) and its seconds until it rolls.
    post: Whole
    ready_s: Floats
    # A place that is reached later than this waits no longer than this.
    cap_s: float
    # A place that is reached within this is covered.
    goal_s: float

    @cached_property
    def by_place(self) -> NDArray[np.float32]:
        """Place by post, so that few places are read in few pieces; made once for all states."""
        return np.ascontiguousarray(self.run_s.T)

    def first_s(self, ready: NDArray[np.float32]) -> NDArray[np.float32]:
        """How soon each place is reached, when posts are ready so soon; infinite: never."""
        found = np.full(len(self.by_place), np.inf, dtype=np.float32)
        if len(ready):
            for begin in range(0, len(found), _BLOCK):
                block = slice(begin, begin + _BLOCK)
                (self.by_place[block] + ready).min(axis=1, out=found[block])
        return found


class Cover:
    """The cover that the free units give, made once for a state of all units, asked many times."""

    def __init__(self, units: Units, layers: tuple[Layer, ...]) -> None:
        self._layers = [_Posts(units, layer) for layer in layers]
        self._losses: dict[frozenset[int], float] = {}

    def loss(self, taken: frozenset[int]) -> float:
        """Weight times seconds that places wait longer when these units are gone.

        Never less for more units, nor less than the losses of its parts together: what a unit
        covers alone stays its own loss, and two can only hide each other's.
        """
        if taken not in self._losses:
            self._losses[taken] = sum(layer.loss(taken) for layer in self._layers)
        return self._losses[taken]

    def signature(self, unit: int) -> Signature:
        """Two units with the same signature are the same to every place."""
        return tuple(layer.signature(unit) for layer in self._layers)

    def left(self, taken: frozenset[int]) -> Left:
        """What is left behind, place by place, by layer and place."""
        parts = [layer.left(taken) for layer in self._layers]
        counts = [len(place) for place, *_ in parts]
        columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
        place, first, first_s, following, following_s, uncovered = columns
        return Left(
            layer=np.repeat(np.arange(len(parts)), counts),
            place=place,
            first=first,
            first_s=first_s,
            following=following,
            following_s=following_s,
            loss=self.loss(taken),
            uncovered=place[uncovered.astype(np.bool_)],
        )


class _Posts:
    """One layer: which units stand at each post, soonest first, and who is first at each place."""

    def __init__(self, units: Units, layer: Layer) -> None:
        self._layer = layer
        enough = units.fine[:, layer.capability] >= round(layer.amount * FINE)
        self._counts = units.free & enough & (layer.post >= 0) & np.isfinite(layer.ready_s)
        found = np.flatnonzero(self._counts)
        order = found[np.lexsort((units.rank[found], layer.ready_s[found]))]
        self._at: list[list[int]] = [[] for _ in range(len(layer.run_s))]
        for unit, post in zip(order.tolist(), layer.post[order].tolist(), strict=True):
            self._at[post].append(unit)
        self._ready = np.full(len(self._at), np.inf, dtype=np.float32)
        # Who goes first from its post: nobody else's absence is felt while they are there.
        self._heads = np.zeros(len(units.name), dtype=np.bool_)
        for post, here in enumerate(self._at):
            if here:
                self._ready[post] = layer.ready_s[here[0]]
                self._heads[here[0]] = True
        self._first_s = layer.first_s(self._ready)

    def signature(self, unit: int) -> tuple[int, float]:
        if not self._counts[unit]:
            return -1, 0.0
        return int(self._layer.post[unit]), float(self._layer.ready_s[unit])

    def _without(self, taken: frozenset[int]) -> tuple[NDArray[np.float32], list[int], Whole]:
        """How soon a unit rolls from each post, who, and the places where a taken one was first."""
        ready, who = self._ready.copy(), [here[0] if here else -1 for here in self._at]
        touched = np.zeros(len(self._first_s), dtype=np.bool_)
        for post in {int(self._layer.post[unit]) for unit in taken if self._counts[unit]}:
            rest = [unit for unit in self._at[post] if unit not in taken]
            who[post] = rest[0] if rest else -1
            ready[post] = self._layer.ready_s[rest[0]] if rest else np.inf
            touched |= self._layer.run_s[post] + self._ready[post] == self._first_s
        touched &= np.isfinite(self._first_s)
        return ready, who, np.flatnonzero(touched)

    def _following_s(self, ready: NDArray[np.float32], places: Whole) -> NDArray[np.float32]:
        return np.asarray((self._layer.by_place[places] + ready).min(axis=1, initial=np.inf))

    def loss(self, taken: frozenset[int]) -> float:
        if not any(self._heads[unit] for unit in taken):
            return 0.0
        ready, _, places = self._without(taken)
        cap = self._layer.cap_s
        before = np.minimum(self._first_s[places].astype(np.float64), cap)
        after = np.minimum(self._following_s(ready, places).astype(np.float64), cap)
        return float((self._layer.weight[places] * (after - before)).sum())

    def left(self, taken: frozenset[int]) -> tuple[Whole, Whole, Floats, Whole, Floats, Whole]:
        ready, who, places = self._without(taken)
        before, after = self._first_s[places], self._following_s(ready, places)
        longer = after > before
        places, before, after = places[longer], before[longer], after[longer]
        first = self._who(places, self._ready, [here[0] if here else -1 for here in self._at])
        following = self._who(places, ready, who)
        uncovered = (before <= self._layer.goal_s) & (after > self._layer.goal_s)
        return (
            places,
            first,
            before.astype(np.float64),
            following,
            after.astype(np.float64),
            uncovered.astype(np.int64),
        )

    def _who(self, places: Whole, ready: NDArray[np.float32], who: list[int]) -> Whole:
        """Who is first at each place; -1 where nobody is."""
        if not len(ready):
            return np.full(len(places), -1, dtype=np.int64)
        sums = self._layer.by_place[places] + ready
        post = sums.argmin(axis=1)
        found = np.array(who, dtype=np.int64)[post]
        reached = np.isfinite(sums[np.arange(len(places)), post])
        return np.where(reached, found, -1)
