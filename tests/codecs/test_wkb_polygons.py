# SPDX-License-Identifier: Apache-2.0
"""Polygons out of well-known binary, as another library writes it, and rubbish."""

import struct

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from bavn.codecs.wkb_polygons import NotPolygons, polygons

RING = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0)]
HOLE = [(1.0, 1.0), (2.0, 1.0), (2.0, 2.0), (1.0, 1.0)]
PLANE = shapely.MultiPolygon([shapely.Polygon(RING, [HOLE]), shapely.Polygon(HOLE)])


@pytest.mark.parametrize("big_endian", [0, 1])
@pytest.mark.parametrize("height", [None, -999.0])
@pytest.mark.parametrize("shape", [PLANE, PLANE.geoms[0]])
def test_what_another_library_writes_is_read(
    big_endian: int, height: float | None, shape: shapely.Geometry
) -> None:
    given_shape = shape if height is None else shapely.force_3d(shape, height)
    raw = shapely.to_wkb(given_shape, byte_order=1 - big_endian, flavor="iso")
    found = [[list(zip(ring[::2], ring[1::2], strict=True)) for ring in p] for p in polygons(raw)]
    first = [RING, HOLE]
    assert found == ([first, [HOLE]] if shape is PLANE else [first])


def test_a_measure_is_left_out() -> None:
    flat = [number for x, y in RING for number in (x, y, 7.0, 8.0)]
    raw = struct.pack("<BIII20d", 1, 3003, 1, 5, *flat)
    (rings,) = polygons(raw)
    assert list(rings[0]) == [number for position in RING for number in position]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "ends before"),
        (b"\x02" + bytes(8), "byte order 2"),
        (shapely.to_wkb(shapely.Point(1, 2)), "kind 1 is no polygon"),
        (shapely.to_wkb(shapely.GeometryCollection([PLANE])), "kind 7"),
        (struct.pack("<BII", 1, 3, 0), "no rings"),
        (struct.pack("<BIII", 1, 3, 1, 0xFFFFFFFF), "ends before"),
        (struct.pack("<BIII6d", 1, 3, 1, 3, *range(6)), "takes 4"),
        (struct.pack("<BIII8d", 1, 3, 1, 4, *range(8)), "not closed"),
        (struct.pack("<BIII8d", 1, 3, 1, 4, 0, 0, 1, float("inf"), 1, 1, 0, 0), "not a number"),
        (struct.pack("<BIIBII", 1, 6, 1, 1, 6, 1), "among polygons"),
        (struct.pack("<BII", 1, 0xA0000003, 1), "no polygon"),
        (shapely.to_wkb(PLANE) + b"\x00", "1 bytes follow"),
    ],
)
def test_what_is_no_polygon_is_refused(raw: bytes, says: str) -> None:
    with pytest.raises(NotPolygons, match=says):
        polygons(raw)


@given(at=st.integers(0, 200), byte=st.integers(0, 255), length=st.integers(0, 220))
def test_a_spoilt_geometry_is_read_or_refused(at: int, byte: int, length: int) -> None:
    raw = bytearray(shapely.to_wkb(PLANE))
    raw[at % len(raw)] = byte
    try:
        found = polygons(bytes(raw[:length]))
    except NotPolygons:
        return
    assert all(len(ring) >= 8 for rings in found for ring in rings)
