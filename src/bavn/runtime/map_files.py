# SPDX-License-Identifier: Apache-2.0
"""Maps as files: what a country brings, what was imported, and what a browser gets.

COUNTRY/map/map.toml                     what is particular to the country, see `MapRules`
COUNTRY/map/basemap.json                 the land and its neighbours
COUNTRY/map/municipalities.json          municipalities, guessed
DATA/maps/municipalities.json            municipalities, imported: as they are drawn
DATA/maps/municipalities-HASH.msgpack    the same as they came, for looking places up
DATA/maps/former/…                       what an import or a removal put aside
"""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
import shapely

from bavn.codecs import geojson_polygons
from bavn.codecs.geojson_polygons import NotPolygons
from bavn.kernel.refusal import BadInput, Problem

# A name out of a stranger's file is shown up to here.
SHOWN_LIMIT = 120
MAP = "map"
RULES, BASEMAP, MUNICIPALITIES = "map.toml", "basemap.json", "municipalities.json"


class Beside(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code that stands among the municipalities in files, and is none."""

    code: str
    name: str


class MapRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is particular to a country when borders are read and places looked up."""

    # The zone of UTM in which areas are compared.
    zone: int
    # How many digits a code has; fewer in a file are filled up with zeros in front.
    code_digits: int
    # What the fields with the code and the name may be called, in small letters.
    code_fields: tuple[str, ...]
    name_fields: tuple[str, ...]
    # Which layer is taken from a file with several, in small letters.
    layers: tuple[str, ...] = ()
    simplify_m: float
    # So far out at sea, a place belongs to the nearest municipality.
    sea_limit_m: float
    # So near to a municipality, a place is not taken to be abroad.
    border_slack_m: float
    source: str = ""
    licence: str = ""
    beside: tuple[Beside, ...] = ()


@dataclass(frozen=True)
class Layer:
    """A part of the map as a browser gets it: GeoJSON, whole and ready to send."""

    raw: bytes

    @cached_property
    def etag(self) -> str:
        """Differs when the bytes differ; quoted, as RFC 9110 §8.8.3 has it."""
        return f'"{hashlib.sha256(self.raw).hexdigest()[:32]}"'

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """What the map must say of it: source, licence, attribution, whether it is approximate."""
        return self._collection.metadata

    @property
    def features(self) -> list[geojson_polygons.Feature]:
        """What it shows; raises NotPolygons when that is no map."""
        return self._collection.features

    @cached_property
    def _collection(self) -> geojson_polygons.Collection:
        return geojson_polygons.collection(self.raw)


EMPTY = Layer(b'{"type":"FeatureCollection","metadata":{},"features":[]}\n')


def map_rules(country: Traversable) -> MapRules | None:
    """The rules of a country's map; None when it brings no map; raises BadInput."""
    file = country / MAP / RULES
    if not file.is_file():
        return None
    try:
        return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), MapRules)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise BadInput(Problem(where=f"{MAP}/{RULES}", says=str(error))) from error


def country_layer(country: Traversable, name: str) -> Layer:
    """A layer that the country brings; an empty one when it brings none; raises BadInput."""
    file = country / MAP / name
    if not file.is_file():
        return EMPTY
    layer = Layer(file.read_bytes())
    try:
        layer.metadata  # noqa: B018 - reading it is the check
    except NotPolygons as error:
        raise BadInput(Problem(where=f"{MAP}/{name}", says=str(error))) from error
    return layer


def layer_of(
    features: Iterable[tuple[Mapping[str, Any], shapely.Geometry]],
    metadata: Mapping[str, Any],
    decimals: int,
) -> Layer:
    """A layer of these shapes in degrees, one a line, their outer rings against the clock."""
    lines = [
        msgspec.json.encode({"type": "Feature", "properties": properties, "geometry": geometry})
        for properties, shape in features
        if (geometry := _geometry(shape, decimals))
    ]
    head = msgspec.json.encode(metadata)
    body = b",\n".join(lines)
    return Layer(b'{"type":"FeatureCollection","metadata":%b,"features":[\n%b\n]}\n' % (head, body))


def shape_of(polygons: Iterable[Iterable[Any]]) -> shapely.Geometry:
    """One shape of polygons, each given as its rings, the outer one first."""
    return shapely.MultiPolygon(
        [
            shapely.Polygon(rings[0], rings[1:])
            for rings in ([np.reshape(ring, (-1, 2)) for ring in polygon] for polygon in polygons)
        ]
    )


def rounded(shape: shapely.Geometry, decimals: int) -> shapely.Geometry:
    """The shape with so many decimals: as it is written."""
    return shapely.transform(shape, lambda places: places.round(decimals))


def _geometry(shape: shapely.Geometry, decimals: int) -> dict[str, Any] | None:
    parts = [
        [_ring(ring, decimals) for ring in (part.exterior, *part.interiors)]
        for part in shapely.get_parts(shapely.orient_polygons(shape))
        if part.geom_type == "Polygon" and not part.is_empty
    ]
    if not parts:
        return None
    kind: Literal["Polygon", "MultiPolygon"] = "Polygon" if len(parts) == 1 else "MultiPolygon"
    return {"type": kind, "coordinates": parts[0] if len(parts) == 1 else parts}


def _ring(ring: shapely.Geometry, decimals: int) -> list[list[float]]:
    found: list[list[float]] = shapely.get_coordinates(ring).round(decimals).tolist()
    return found


def plain(text: object) -> str:
    """What a stranger's file calls something, safe to show: one line, of a bounded length."""
    found = "".join(sign if sign.isprintable() else "?" for sign in str(text)[: SHOWN_LIMIT + 1])
    return found if len(found) <= SHOWN_LIMIT else f"{found[:SHOWN_LIMIT]}…"


def maps_folder(data: Path) -> Path:
    """Where a data folder keeps its imported maps."""
    return data / "maps"
