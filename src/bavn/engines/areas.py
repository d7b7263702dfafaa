# SPDX-License-Identifier: Apache-2.0
"""Areas on a plane, in metres: which one a place lies in, and areas made up from points.

Where borders are known, `Areas` says which side of them a place is on. Where they are not, they are
guessed from points that are known to lie within: power cells (Aurenhammer 1987), which are Voronoi
cells with a weight for each owner, the weights being such that each owner gets the size that is
known of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Indices = NDArray[np.int64]
Shape: TypeAlias = shapely.Geometry

NOWHERE = -1
# Fitting the weights: how much of what is missing is given in each of how many rounds. Both were
# found by trying; a larger share swings, and fewer rounds leave a percent of the land misplaced.
SHARE = 0.15
ROUNDS = 80
# In each round, how often rights to one's own points are restored. They settle in a few.
RESTORED = 20
# How near a border may come to a point of the other side, as a share of their squared distance.
NEARNESS = 0.9


@dataclass(frozen=True, slots=True)
class Nearest:
    """For each place the area that is nearest, and how far away it is; 0 within."""

    index: Indices
    distance_m: Numbers


class Areas:
    """Areas that can be asked which of them a place lies in."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self._shapes = np.array(shapes, dtype=object)
        # A prepared area answers in the logarithm of its corners, not in their number.
        shapely.prepare(self._shapes)
        self._tree = shapely.STRtree(self._shapes)

    def at(self, places: Numbers) -> Indices:
        """For each place the index of the area it lies in; a border is the first's; or NOWHERE."""
        found = np.full(len(places), NOWHERE, dtype=np.int64)
        asked, hit = self._tree.query(shapely.points(places))
        inside = shapely.intersects_xy(self._shapes[hit], places[asked])
        asked, hit = asked[inside], hit[inside]
        # Written in falling order of index, so that the first of several areas stays.
        order = np.argsort(-hit, kind="stable")
        found[asked[order]] = hit[order]
        return found

    def nearest(self, places: Numbers) -> Nearest:
        """For each place the nearest area; of several as near, the first."""
        points = shapely.points(places)
        pairs, distance = self._tree.query_nearest(points, return_distance=True)
        order = np.argsort(-pairs[1], kind="stable")
        index = np.full(len(places), NOWHERE, dtype=np.int64)
        distance_m = np.full(len(places), np.inf)
        index[pairs[0][order]] = pairs[1][order]
        distance_m[pairs[0][order]] = distance[order]
        return Nearest(index=index, distance_m=distance_m)


def power_cells(points: Numbers, weights: Numbers, frame: Numbers) -> list[Shape]:
    """For each point its cell within a frame (west, south, east, north); it may be empty.

    A place belongs to the point with the least squared distance less weight. The cells cover the
    frame and meet only at borders, up to rounding.
    """
    west, south, east, north = frame
    corners = np.array([[west, south], [east, south], [east, north], [west, north]])
    found: list[Shape] = []
    for index in range(len(points)):
        cell = corners
        for other in _by_distance(points, index):
            cell = _cut(cell, points[index], points[other], weights[index] - weights[other])
            if len(cell) == 0:
                break
        found.append(shapely.Polygon(cell) if len(cell) else shapely.Polygon())
    return found


def _by_distance(points: Numbers, index: int) -> list[int]:
    away = ((points - points[index]) ** 2).sum(axis=1)
    return [int(each) for each in np.argsort(away, kind="stable") if each != index]


def _cut(cell: Numbers, mine: Numbers, other: Numbers, lead: float) -> Numbers:
    """What of a convex cell is mine: |x - mine|² - |x - other|² ≤ lead."""
    towards = 2 * (other - mine)
    limit = float(other @ other - mine @ mine + lead)
    over = cell @ towards - limit
    if (over <= 0).all():
        return cell
    following, over_next = np.roll(cell, -1, axis=0), np.roll(over, -1)
    kept: list[Numbers] = []
    for here, there, a, b in zip(cell, following, over, over_next, strict=True):
        if a <= 0:
            kept.append(here)
        if (a <= 0) != (b <= 0):
            kept.append(here + (there - here) * (a / (a - b)))
    return np.array(kept)


def owner_weights(
    points: Numbers, owners: Indices, sizes: Numbers, land: Numbers, land_each: float
) -> Numbers:
    """A weight for each owner, such that the land nearest to it by power has about its size.

    `land` is places spread evenly over the land, each standing for `land_each` of it. No owner gets
    so heavy that it takes another's point.
    """
    count = len(sizes)
    near = np.full((len(land), count), np.inf)
    apart = np.full((count, count), np.inf)
    for point, owner in zip(points, owners, strict=True):
        near[:, owner] = np.minimum(near[:, owner], ((land - point) ** 2).sum(axis=1))
        np.minimum.at(apart[owner], owners, ((points - point) ** 2).sum(axis=1))
    np.fill_diagonal(apart, np.inf)
    weights = np.zeros(count)
    for _ in range(ROUNDS):
        mine = np.bincount(np.argmin(near - weights, axis=1), minlength=count) * land_each
        # A weight is a squared length: a circle of the missing size has this squared radius.
        weights = weights + SHARE * (sizes - mine) / np.pi
        weights = _within_rights(weights, NEARNESS * apart)
    return weights


def _within_rights(weights: Numbers, apart: Numbers) -> Numbers:
    """Weights drawn together where one leads another by more than their points are apart."""
    for _ in range(RESTORED):
        beyond = np.maximum(weights[None, :] - weights[:, None] - apart, 0)
        if beyond.max() <= 0:
            break
        weights = weights - beyond.max(axis=0) / 2 + beyond.max(axis=1) / 2
    return weights


def divided(land: Shape, cells: Sequence[Shape], owners: Indices, grid_m: float) -> list[Shape]:
    """For each owner, from 0 on, its part of the land: the cells' parts, with shared borders.

    All lines are cut at each other on a grid before any area is made of them, so that neighbours
    have the same corners and the parts are a valid coverage.
    """
    lines = [shapely.boundary(cell) for cell in cells] + [shapely.boundary(land)]
    noded = shapely.union_all(np.array(lines, dtype=object), grid_size=grid_m)
    faces = np.array(shapely.polygonize([noded]).geoms, dtype=object)
    inside = shapely.point_on_surface(faces)
    on_land = shapely.intersects(land, inside)
    faces, inside = faces[on_land], inside[on_land]
    hit = Areas(cells).nearest(shapely.get_coordinates(inside)).index
    owner = owners[hit]
    count = int(owners.max()) + 1
    return [shapely.coverage_union_all(faces[owner == each]) for each in range(count)]
