# SPDX-License-Identifier: Apache-2.0
"""Polygons out of GeoJSON: what is taken, and where it says what is wrong."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.codecs.geojson_polygons import NotPolygons, collection

RING = [[9.0, 55.0], [10.0, 55.0], [10.0, 56.0], [9.0, 55.0]]


def raw(geometry: dict[str, Any], **members: Any) -> bytes:
    feature = {"type": "Feature", "properties": {"kode": "0101"}, "geometry": geometry}
    return json.dumps({"type": "FeatureCollection", "features": [feature], **members}).encode()


def test_a_polygon_and_several_are_read_alike() -> None:
    one = collection(raw({"type": "Polygon", "coordinates": [RING]}))
    several = collection(raw({"type": "MultiPolygon", "coordinates": [[RING], [RING]]}))
    assert one.features[0].polygons == [[RING]]
    assert several.features[0].polygons == [[RING], [RING]]
    assert one.features[0].properties == {"kode": "0101"}
    assert one.system is None


def test_a_third_number_is_left_out() -> None:
    deep = [[*position, -999] for position in RING]
    found = collection(raw({"type": "Polygon", "coordinates": [deep]}))
    assert found.features[0].polygons == [[RING]]


def test_the_elders_reference_system_is_handed_on() -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}}
    found = collection(raw({"type": "Polygon", "coordinates": [RING]}, crs=crs))
    assert found.system == "urn:ogc:def:crs:EPSG::25832"


@pytest.mark.parametrize(
    ("geometry", "says"),
    [
        ({"type": "Point", "coordinates": [9, 55]}, "Point"),
        ({"type": "Polygon", "coordinates": []}, "length"),
        ({"type": "Polygon", "coordinates": [RING[:3]]}, "length"),
        ({"type": "Polygon", "coordinates": [[*RING[:3], [9.0, 55.1]]]}, "not closed"),
        ({"type": "Polygon", "coordinates": [[[9], *RING]]}, "length"),
        ({"type": "Polygon", "coordinates": [[["9", 55], *RING]]}, "float"),
        (None, "object"),
    ],
)
def test_what_is_no_polygon_is_refused_with_its_place(geometry: Any, says: str) -> None:
    with pytest.raises(NotPolygons, match=says) as refused:
        collection(raw(geometry))
    assert "features[" in str(refused.value)


@given(st.binary(max_size=60) | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_rubbish_is_refused_in_one_way(rubbish: bytes | str) -> None:
    with pytest.raises(NotPolygons):
        collection(rubbish.encode() if isinstance(rubbish, str) else rubbish)


def test_endless_nesting_is_refused() -> None:
    with pytest.raises(NotPolygons):
        collection(b'{"type":"FeatureCollection","metadata":{"a":' + b"[" * 100_000)
