# SPDX-License-Identifier: Apache-2.0
"""Random small worlds for the laws of dispatch, and the answers by trying every set: the oracle."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from bavn.engines.dispatch import Arrival, Layer, Rule, Standing, Units, Want

Floats = NDArray[np.float64]
CAPABILITIES, PLACES, POSTS = 3, 5, 4
CAP_S, STEP = 900.0, 10.0
Key = tuple[object, ...]


@dataclass(frozen=True)
class World:
    """Units, a need, arrivals, and what they cover."""

    units: Units
    wants: tuple[Want, ...]
    arrival: Arrival
    layer: Layer


def world(seed: int, count: int, wants: int = 3) -> World:
    """Whole numbers with many ties: they are where answers go wrong."""
    chance = np.random.default_rng([seed, count])
    standing = chance.choice(4, p=[0.6, 0.2, 0.1, 0.1], size=count)
    gives = chance.choice([0.0, 0.0, 0.5, 1.0, 2.0, 6.0], size=(count, CAPABILITIES))
    median_s = chance.choice(np.append(np.arange(60.0, 600.0, 45.0), np.inf), size=count)
    names = chance.permutation(count)
    return World(
        units=Units(
            name=np.array([f"unit {number:03}" for number in names]),
            standing=standing.astype(np.int64),
            gives=gives,
        ),
        wants=tuple(
            Want(
                int(chance.integers(CAPABILITIES)),
                float(chance.choice([0.5, 1.0, 2.0, 3.0, 7.0])),
                float(chance.choice([120.0, 300.0, np.inf])),
            )
            for _ in range(wants)
        ),
        arrival=Arrival(median_s, median_s * 1.5),
        layer=Layer(
            capability=0,
            amount=1.0,
            weight=chance.integers(1, 5, size=PLACES).astype(np.float64),
            run_s=chance.integers(10, 600, size=(POSTS, PLACES)).astype(np.float32),
            post=chance.integers(-1, POSTS, size=count),
            ready_s=chance.choice([60.0, 240.0], size=count),
            cap_s=CAP_S,
            goal_s=300.0,
        ),
    )


def chosen(world: World, order: NDArray[np.int64]) -> World:
    """The same world, its units told in another order, or only some of them."""
    units, layer = world.units, world.layer
    return World(
        units=Units(
            name=units.name[order], standing=units.standing[order], gives=units.gives[order]
        ),
        wants=world.wants,
        arrival=Arrival(world.arrival.median_s[order], world.arrival.p90_s[order]),
        layer=Layer(**{**vars(layer), "post": layer.post[order], "ready_s": layer.ready_s[order]}),
    )


def useful(world: World) -> list[int]:
    """Units that can be sent and can come."""
    free = np.isin(world.units.standing, [Standing.HOME, Standing.ROAD])
    return np.flatnonzero(free & np.isfinite(world.arrival.median_s)).tolist()


def met(world: World, team: tuple[int, ...]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """What a set brings of each want, and when: counted up unit by unit."""
    got, when = [], []
    for want in world.wants:
        sum_, at_s = 0.0, 0.0
        for unit in sorted(team, key=lambda each: float(world.arrival.median_s[each])):
            gives = float(world.units.gives[unit, want.capability])
            if sum_ < want.amount and gives > 0:
                sum_, at_s = sum_ + gives, float(world.arrival.median_s[unit])
        got.append(min(sum_, want.amount))
        when.append(at_s)
    return tuple(got), tuple(when)


def loss(world: World, team: tuple[int, ...]) -> float:
    """The seconds that places wait longer, by their weight: looked up unit by unit."""
    units, layer = world.units, world.layer
    total = 0.0
    for place in range(PLACES):
        times = {
            unit: float(layer.ready_s[unit] + layer.run_s[layer.post[unit], place])
            for unit in range(len(units.name))
            if units.standing[unit] in {Standing.HOME, Standing.ROAD}
            and units.gives[unit, layer.capability] >= layer.amount
            and layer.post[unit] >= 0
        }
        before = min([CAP_S, *times.values()])
        after = min([CAP_S, *(at_s for unit, at_s in times.items() if unit not in team)])
        total += float(layer.weight[place]) * (after - before)
    return total


def all_sets(world: World) -> list[tuple[int, ...]]:
    """Every set of units that can be sent."""
    some = useful(world)
    return [
        tuple(unit for unit, is_in in zip(some, picks, strict=True) if is_in)
        for picks in product([False, True], repeat=len(some))
    ]


def missing(world: World, got: tuple[float, ...]) -> float:
    """The shares of the wants that are missing."""
    return sum(1 - each / want.amount for each, want in zip(got, world.wants, strict=True))


def best(world: World, rule: Rule, *, by_cover: bool) -> tuple[str, ...]:
    """Give the names of the best set, by trying all of them.

    Adequate first. Then, deadline by deadline, the soonest last arrival; then the soonest on the
    whole: that is the soonest set. Of all that bring nothing later than it by more than the limit:
    the fewest, then the least loss of cover, then the soonest, then by name.
    """
    tried = [(team, *met(world, team)) for team in all_sets(world)]
    least = min(round(missing(world, got), 9) for _, got, _ in tried)
    tried = [each for each in tried if round(missing(world, each[1]), 9) == least]
    deadlines = sorted({want.within_s for want in world.wants})

    def lateness(when: tuple[float, ...]) -> Key:
        last = [
            max(at_s for at_s, want in zip(when, world.wants, strict=True) if want.within_s <= each)
            for each in deadlines
        ]
        return *last, sum(when)

    _, _, soonest = min(tried, key=lambda each: lateness(each[2]))
    until = [
        max(at_s + rule.near_tie_s, want.within_s if rule.wider else 0.0)
        for at_s, want in zip(soonest, world.wants, strict=True)
    ]
    near = [
        (team, when)
        for team, _, when in tried
        if all(at_s <= last for at_s, last in zip(when, until, strict=True))
    ]
    fewest = min(len(team) for team, _ in near)

    def key(team: tuple[int, ...], when: tuple[float, ...]) -> Key:
        lost = loss(world, team) // STEP if by_cover else 0.0
        return lost, sum(when), sorted(world.units.name[list(team)].tolist())

    team, _ = min((each for each in near if len(each[0]) == fewest), key=lambda each: key(*each))
    return tuple(sorted(world.units.name[list(team)].tolist()))
