# SPDX-License-Identifier: Apache-2.0
"""Which area a place lies in, beside exact counting; and areas made up from points."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from bavn.engines.areas import NOWHERE, Areas, divided, owner_weights, power_cells

Corner = tuple[int, int]
EDGE = 40
PLACES = np.array([[x, y] for x in range(0, EDGE + 1, 2) for y in range(0, EDGE + 1, 2)], float)


@st.composite
def ring(draw: st.DrawFn) -> list[Corner]:
    """A ring around a middle, its corners on whole numbers, by angle."""
    middle = draw(st.integers(10, 30)), draw(st.integers(10, 30))
    count = draw(st.integers(3, 9))
    corners = []
    for index in range(count):
        angle = 2 * math.pi * index / count
        far = draw(st.integers(3, 10))
        corners.append(
            (middle[0] + round(far * math.cos(angle)), middle[1] + round(far * math.sin(angle)))
        )
    return corners


def lies_in(place: Corner, corners: Sequence[Corner]) -> bool:
    """Tell by counting crossings in whole numbers; what is on the line is in."""
    x, y = place
    inside = False
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        side = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        if side == 0 and min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by):
            return True
        if (ay > y) != (by > y) and (side > 0) == (by > ay):
            inside = not inside
    return inside


@given(st.lists(ring().filter(lambda corners: shapely.Polygon(corners).is_valid), max_size=5))
def test_a_place_is_where_exact_counting_says(rings: list[list[Corner]]) -> None:
    found = Areas([shapely.Polygon(corners) for corners in rings]).at(PLACES)
    for place, index in zip(PLACES, found, strict=True):
        exact = (int(place[0]), int(place[1]))
        holding = [each for each, corners in enumerate(rings) if lies_in(exact, corners)]
        assert index == (holding[0] if holding else NOWHERE)


@given(st.lists(ring(), min_size=1, max_size=5))
def test_the_nearest_is_the_first_of_the_nearest(rings: list[list[Corner]]) -> None:
    shapes = [shapely.convex_hull(shapely.MultiPoint(corners)) for corners in rings]
    found = Areas(shapes).nearest(PLACES)
    away = np.array([[shape.distance(shapely.Point(at)) for shape in shapes] for at in PLACES])
    assert found.distance_m == pytest.approx(away.min(axis=1))
    assert (found.index == np.argmin(away, axis=1)).all()


def test_a_hole_is_not_in_its_area() -> None:
    hole = [(4, 4), (6, 4), (6, 6), (4, 6)]
    area = shapely.Polygon([(0, 0), (10, 0), (10, 10), (0, 10)], [hole])
    assert Areas([area]).at(np.array([[5.0, 5.0], [1.0, 1.0]])).tolist() == [NOWHERE, 0]


POINTS = st.lists(
    st.tuples(st.integers(0, EDGE), st.integers(0, EDGE)), min_size=1, max_size=12, unique=True
)


@given(points=POINTS, data=st.data())
def test_a_cell_holds_the_places_nearest_by_power(
    points: list[Corner], data: st.DataObject
) -> None:
    at = np.array(points, dtype=float)
    weight = st.integers(-60, 60)
    weights = np.array(data.draw(st.lists(weight, min_size=len(at), max_size=len(at))), float)
    cells = power_cells(at, weights, np.array([0, 0, EDGE, EDGE]))
    power = ((PLACES[:, None] - at[None]) ** 2).sum(axis=2) - weights
    assert sum(cell.area for cell in cells) == pytest.approx(EDGE * EDGE)
    for place, row in zip(PLACES, power, strict=True):
        assert cells[int(np.argmin(row))].distance(shapely.Point(place)) < 1e-6


def test_without_weights_the_cells_are_those_of_voronoi() -> None:
    at = np.random.default_rng(7).uniform(0, EDGE, (30, 2))
    frame = shapely.box(0, 0, EDGE, EDGE)
    cells = power_cells(at, np.zeros(30), np.array(frame.bounds))
    others = shapely.voronoi_polygons(shapely.MultiPoint(at), extend_to=frame).geoms
    for point, cell in zip(at, cells, strict=True):
        (other,) = (each for each in others if each.covers(shapely.Point(point)))
        assert cell.symmetric_difference(other.intersection(frame)).area < 1e-6


def test_the_land_is_divided_by_size_with_shared_borders() -> None:
    land = shapely.Point(0, 0).buffer(10_000)
    at = np.array([[-4000.0, 0], [4000, 0], [5000, 500], [0, 7000]])
    owners = np.array([0, 1, 1, 2])
    spread = np.array(
        [[x, y] for x in range(-10_000, 10_001, 200) for y in range(-10_000, 10_001, 200)]
    )
    spread = spread[shapely.contains_xy(land, spread[:, 0], spread[:, 1])].astype(float)
    sizes = np.array([0.5, 0.2, 0.3]) * land.area
    weights = owner_weights(at, owners, sizes, spread, land.area / len(spread))
    cells = power_cells(at, weights[owners], np.array(land.bounds))
    parts = divided(land, cells, owners, grid_m=1)
    assert shapely.coverage_is_valid(parts)
    assert shapely.union_all(parts).symmetric_difference(land).area < 1e-4 * land.area
    assert [part.area / land.area for part in parts] == pytest.approx([0.5, 0.2, 0.3], abs=0.01)


def test_no_owner_takes_anothers_point() -> None:
    at = np.array([[0.0, 0], [1000, 0]])
    owners = np.array([0, 1])
    spread = np.array(
        [[float(x), float(y)] for x in range(-5000, 5000, 100) for y in range(-900, 900, 100)]
    )
    greedy = np.array([1.0, 0.0]) * 100 * 100 * len(spread)
    weights = owner_weights(at, owners, greedy, spread, 100 * 100)
    cells = power_cells(at, weights, np.array([-5000, -900, 5000, 900]))
    assert Areas(cells).at(at).tolist() == [0, 1]
    assert cells[0].area > cells[1].area
