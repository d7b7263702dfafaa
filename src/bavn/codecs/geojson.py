# SPDX-License-Identifier: Apache-2.0
"""GeoJSON (RFC 7946): a collection's features, each read by itself, and every fault with its place.

A file of many things is worth reading past the first fault: what is wrong with one feature is
listed, and the others are there. What the geometries mean is the reader's to know.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

# The deepest that a position lies: a multipolygon's polygon's ring.
_DEPTH = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}
_LONGITUDE_MOST, _LATITUDE_MOST = 180.0, 90.0
_NUMBERS_LEAST = 2


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, with the feature it is in, counted from one; None where it is the whole."""

    feature: int | None
    says: str


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: its number from one, geometry type, coordinates (longitude first), properties.

    A feature without a place (§3.2) has no geometry type.
    """

    number: int
    geometry: str | None
    coordinates: Any
    properties: dict[str, Any]


def read(raw: bytes) -> tuple[list[Feature], list[Fault]]:
    """The features of a collection that can be read, and every fault in it."""
    try:
        whole = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return [], [Fault(None, f"is no JSON: {error}")]
    if not isinstance(whole, dict) or whole.get("type") != "FeatureCollection":
        return [], [Fault(None, "is no FeatureCollection")]
    found = whole.get("features")
    if not isinstance(found, list):
        return [], [Fault(None, "has no list of features")]
    features: list[Feature] = []
    faults: list[Fault] = []
    for number, each in enumerate(found, start=1):
        read_one = _feature(number, each)
        if isinstance(read_one, Feature):
            features.append(read_one)
        else:
            faults.append(Fault(number, read_one))
    return features, faults


def _feature(number: int, found: object) -> Feature | str:
    if not isinstance(found, dict) or found.get("type") != "Feature":
        return "is no Feature"
    properties = found.get("properties")
    if properties is not None and not isinstance(properties, dict):
        return "has properties that are no object"
    geometry = found.get("geometry")
    if geometry is None:
        return Feature(number, None, None, properties or {})
    if not isinstance(geometry, dict) or geometry.get("type") not in _DEPTH:
        return "has a geometry of no known type"
    kind, coordinates = geometry["type"], geometry.get("coordinates")
    if not _are_positions(coordinates, _DEPTH[kind]):
        return f"has coordinates that are no {kind} in degrees"
    return Feature(number, kind, coordinates, properties or {})


def _are_positions(found: object, depth: int) -> bool:
    if not isinstance(found, list):
        return False
    if depth:
        return bool(found) and all(_are_positions(each, depth - 1) for each in found)
    numbers = [each for each in found if isinstance(each, int | float) and math.isfinite(each)]
    if len(numbers) != len(found) or len(found) < _NUMBERS_LEAST:
        return False
    return abs(numbers[0]) <= _LONGITUDE_MOST and abs(numbers[1]) <= _LATITUDE_MOST


def written(points: Iterable[tuple[float | None, float | None, Mapping[str, Any]]]) -> bytes:
    """A collection of points, each by its longitude, latitude (WGS 84) and properties.

    What has no place is a feature without a geometry (§3.2), so that nothing is left out.
    """
    features = [
        {
            "type": "Feature",
            "geometry": None
            if lon is None or lat is None
            else {"type": "Point", "coordinates": [lon, lat]},
            "properties": dict(properties),
        }
        for lon, lat, properties in points
    ]
    return msgspec.json.encode({"type": "FeatureCollection", "features": features})
