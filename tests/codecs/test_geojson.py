# SPDX-License-Identifier: Apache-2.0
"""GeoJSON: each feature is read by itself, and every fault has its place."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.codecs.geojson import Fault, Feature, read, written


def collection(*features: object) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def feature(kind: str, coordinates: object, **properties: object) -> dict[str, object]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


RING = [[0, 0], [1, 0], [1, 1], [0, 0]]


@pytest.mark.parametrize(
    ("kind", "coordinates"),
    [
        ("Point", [9.9, 57.0]),
        ("Point", [9.9, 57.0, 12.5]),
        ("MultiPoint", [[0, 0], [1, 1]]),
        ("LineString", [[0, 0], [1, 1]]),
        ("MultiLineString", [[[0, 0], [1, 1]]]),
        ("Polygon", [RING]),
        ("MultiPolygon", [[RING], [RING]]),
    ],
)
def test_each_geometry_is_read(kind: str, coordinates: object) -> None:
    features, faults = read(collection(feature(kind, coordinates, name="x")))
    assert faults == []
    assert features == [Feature(1, kind, coordinates, {"name": "x"})]


def test_a_feature_may_have_no_place() -> None:
    features, faults = read(collection({"type": "Feature", "geometry": None, "properties": None}))
    assert (features, faults) == ([Feature(1, None, None, {})], [])


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ({"type": "Point", "coordinates": [1, 2]}, "is no Feature"),
        ({"type": "Feature", "geometry": None, "properties": [1]}, "properties that are no"),
        ({"type": "Feature", "geometry": {"type": "Circle"}}, "no known type"),
        (feature("Point", [1]), "no Point in degrees"),
        (feature("Point", [200, 1]), "no Point in degrees"),
        (feature("Point", [1, 91]), "no Point in degrees"),
        (feature("Point", ["1", "2"]), "no Point in degrees"),
        (feature("Polygon", RING), "no Polygon in degrees"),
        (feature("MultiPoint", []), "no MultiPoint in degrees"),
    ],
)
def test_a_fault_names_its_feature_and_the_others_are_there(found: object, says: str) -> None:
    features, faults = read(collection(feature("Point", [1, 2]), found, feature("Point", [3, 4])))
    assert [each.number for each in features] == [1, 3]
    (fault,) = faults
    assert fault.feature == 2
    assert says in fault.says


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff", b'{"type": "FeatureCollection"}'])
def test_what_is_no_collection_is_one_fault(raw: bytes) -> None:
    features, faults = read(raw)
    assert features == []
    assert [each.feature for each in faults] == [None]


@given(
    st.recursive(
        st.none() | st.floats() | st.text(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(st.sampled_from(["type", "geometry", "coordinates", "properties"]), x)
        ),
    )
)
def test_whatever_stands_there_is_a_feature_or_a_fault(found: object) -> None:
    features, faults = read(json.dumps({"type": "FeatureCollection", "features": [found]}).encode())
    assert len(features) + len(faults) == 1
    assert all(isinstance(each, Fault) for each in faults)


def test_points_that_were_written_are_read_again_and_none_is_left_out() -> None:
    points: list[tuple[float | None, float | None, dict[str, object]]] = [
        (9.9, 57.0, {"id": "a", "n": 1}),
        (None, None, {"id": "b"}),
        (9.9, None, {"id": "c"}),
    ]
    features, faults = read(written(points))
    assert faults == []
    assert features == [
        Feature(1, "Point", [9.9, 57.0], {"id": "a", "n": 1}),
        Feature(2, None, None, {"id": "b"}),
        Feature(3, None, None, {"id": "c"}),
    ]
