# SPDX-License-Identifier: Apache-2.0
"""Polygons with properties out of GeoJSON (RFC 7946), and what its elder said of coordinates.

Only what has an area is taken: a collection with a point in it is refused, not thinned. A third
number in a position is left out, as §3.1.1 allows. The member `crs` of the elder (GeoJSON 2008) is
handed on, since files in metres are still made with it.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeAlias

import msgspec

# §3.1.6: a ring is closed and has at least four positions; §3.1.1: two numbers or more.
_Position: TypeAlias = Annotated[list[float], msgspec.Meta(min_length=2)]
_Ring: TypeAlias = Annotated[list[_Position], msgspec.Meta(min_length=4)]
_Rings: TypeAlias = Annotated[list[_Ring], msgspec.Meta(min_length=1)]

Ring: TypeAlias = list[list[float]]


class NotPolygons(ValueError):
    """The bytes are not GeoJSON polygons; says the first place where they are not."""


@dataclass(frozen=True, slots=True)
class Feature:
    """Something with an area: its properties, and its polygons as rings, the outer one first."""

    properties: dict[str, Any]
    polygons: list[list[Ring]]


@dataclass(frozen=True, slots=True)
class Collection:
    """What a file holds. `system` is the elder's name of the reference system, if it has one."""

    features: list[Feature] = field(default_factory=list)
    system: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


class _Polygon(msgspec.Struct, tag_field="type", tag="Polygon"):
    coordinates: _Rings


class _MultiPolygon(msgspec.Struct, tag_field="type", tag="MultiPolygon"):
    coordinates: list[_Rings]


class _Feature(msgspec.Struct):
    type: Literal["Feature"]
    geometry: _Polygon | _MultiPolygon
    properties: dict[str, Any] | None = None


class _Named(msgspec.Struct):
    name: str


class _System(msgspec.Struct):
    type: Literal["name"]
    properties: _Named


class _Collection(msgspec.Struct):
    type: Literal["FeatureCollection"]
    features: list[_Feature]
    crs: _System | None = None
    metadata: dict[str, Any] = {}


def collection(raw: bytes) -> Collection:
    """The polygons of a feature collection; raises NotPolygons when it is none."""
    try:
        found = msgspec.json.decode(raw, type=_Collection)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NotPolygons(str(error)) from error
    features = [_feature(index, each) for index, each in enumerate(found.features)]
    return Collection(
        features=features,
        system=found.crs.properties.name if found.crs else None,
        metadata=found.metadata,
    )


def _feature(index: int, found: _Feature) -> Feature:
    geometry = found.geometry
    polygons = (
        [geometry.coordinates] if isinstance(geometry, _Polygon) else list(geometry.coordinates)
    )
    plane = [[[position[:2] for position in ring] for ring in rings] for rings in polygons]
    for number, rings in enumerate(plane):
        if any(ring[0] != ring[-1] for ring in rings):
            raise NotPolygons(f"a ring is not closed - at `$.features[{index}]`, polygon {number}")
    return Feature(properties=found.properties or {}, polygons=plane)
