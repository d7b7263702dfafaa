# SPDX-License-Identifier: Apache-2.0
"""The ways with a map of roads: the coarse network says who is near, the map how long they need."""

from pathlib import Path

import numpy as np

from bavn.engines.travel import Floats, Whole
from bavn.runtime.log import log_error
from bavn.runtime.maps import Maps
from bavn.runtime.travel.closures import Closures
from bavn.runtime.travel.coarse import CoarseWays
from bavn.runtime.travel.lands import Flags
from bavn.runtime.travel.road_map import RoadMap, road_map

# So many places are asked of the map, the nearest ones: a fiftieth of a second.
NEAR_COUNT = 64
MAPPED_BASIS = "OpenStreetMap, Valhalla"


class MappedWays(CoarseWays):
    """The coarse network, made finer by a map of roads where that has an answer."""

    def __init__(self, country: str, maps: Maps, closures: Closures, roads: RoadMap) -> None:
        super().__init__(country, maps, closures)
        self.basis = f"{MAPPED_BASIS}; {self.basis}"
        self._map = roads

    def run_s(
        self, lat: Floats, lon: Floats, land: Whole, goal: tuple[float, float], away: Flags
    ) -> Floats:
        """By the map from the nearest places, by the coarse network from all others."""
        coarse_s = super().run_s(lat, lon, land, goal, away)
        spots = np.column_stack([lat, lon])
        nearest = np.argsort(coarse_s, kind="stable")
        found, first, of = np.unique(spots[nearest], axis=0, return_index=True, return_inverse=True)
        near = np.argsort(first, kind="stable")[:NEAR_COUNT]
        try:
            mapped_s = self._map.to_one_s(
                found[near, 0], found[near, 1], goal, self._closures.now()
            )
        except Exception as error:  # noqa: BLE001 - whatever the map says, an alarm goes on
            log_error("roads.not_asked", error)
            return coarse_s
        by_spot = np.full(len(found), np.nan)
        by_spot[near] = mapped_s
        fine_s = np.empty_like(coarse_s)
        fine_s[nearest] = by_spot[of.reshape(-1)]
        # Where the map knows no way, as on an island that it does not hold, the coarse one counts.
        return np.where(np.isfinite(fine_s), fine_s, coarse_s)


def ways_of(country: str, maps: Maps, data: Path) -> CoarseWays:
    """The finest ways that this data folder has."""
    closures = Closures(data)
    try:
        roads = road_map(data)
    except Exception as error:  # noqa: BLE001 - a damaged map must not keep a node from starting
        log_error("roads.not_opened", error)
        roads = None
    if roads is None:
        return CoarseWays(country, maps, closures)
    return MappedWays(country, maps, closures, roads)
