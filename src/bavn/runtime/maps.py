# SPDX-License-Identifier: Apache-2.0
"""The map: layers ready to be served, and which municipality a place lies in.

A country brings a map with guessed municipalities; `bavn map import` puts real borders in their
place. Whoever asks is always told which of the two the answer stands on. Nothing here may stop an
alarm: an imported map that cannot be read is logged and passed over, and places are answered by
what the country brings.
"""

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from bavn.codecs.geojson_polygons import NotPolygons
from bavn.engines.areas import NOWHERE, Areas
from bavn.engines.utm import Zone
from bavn.runtime.log import log
from bavn.runtime.map_files import (
    BASEMAP,
    EMPTY,
    MUNICIPALITIES,
    Layer,
    MapRules,
    country_layer,
    layer_of,
    map_rules,
    maps_folder,
    shape_of,
)

Places = NDArray[np.float64]

# A place is projected only when it is this near to the map, in degrees; further off it is abroad.
MARGIN_DEGREES = 2.0
# Decimals of unions: 1 m, so that what was imported is drawn no coarser than it is.
UNION_DECIMALS = 5
# What a file may raise that somebody has damaged after it was written.
UNREADABLE = (
    OSError,
    NotPolygons,
    ValueError,
    KeyError,
    msgspec.MsgspecError,
    shapely.errors.ShapelyError,
)


class Found(NamedTuple):
    """The municipality of a place; approximate where borders are guessed or the place outside."""

    code: str
    approximate: bool


class Exact(msgspec.Struct, frozen=True, kw_only=True):
    """Imported areas as they came: by code, well-known binary in metres of a zone."""

    zone: int
    areas: dict[str, bytes]


class Municipalities:
    """The municipalities, to look places up in."""

    def __init__(
        self,
        shapes: Mapping[str, shapely.Geometry],
        rules: MapRules,
        *,
        neighbours: list[shapely.Geometry],
        approximate: bool,
    ) -> None:
        """Take the shapes in metres of the rules' zone."""
        self.codes = tuple(shapes)
        self.approximate = approximate
        self._rules = rules
        self._zone = Zone(rules.zone)
        self._areas = Areas([*shapes.values()])
        self._neighbours = Areas(neighbours) if neighbours else None
        self._bounds = self._bounds_of([*shapes.values()])

    def at(self, lat: float, lon: float) -> Found | None:
        """The municipality of a place; None far out at sea or abroad."""
        return self.at_each(np.array([[lon, lat]]))[0]

    def at_each(self, places: Places) -> list[Found | None]:
        """The same for rows of (longitude, latitude) in degrees."""
        found: list[Found | None] = [None] * len(places)
        west, south, east, north = self._bounds
        x, y = places[:, 0], places[:, 1]
        near = np.flatnonzero((west <= x) & (x <= east) & (south <= y) & (y <= north))
        metres = self._zone.to_metres(places[near])
        index = self._areas.at(metres)
        for place, area in zip(near, index, strict=True):
            if area != NOWHERE:
                found[place] = Found(self.codes[area], self.approximate)
        outside = index == NOWHERE
        for place, code in zip(near[outside], self._nearest(metres[outside]), strict=True):
            found[place] = None if code is None else Found(code, approximate=True)
        return found

    def _nearest(self, metres: Places) -> list[str | None]:
        """Whose waters these are: the nearest's, out to the limit, and no nearer to a neighbour."""
        if not len(metres) or not self.codes:
            return [None] * len(metres)
        ours = self._areas.nearest(metres)
        belongs = ours.distance_m <= self._rules.sea_limit_m
        if self._neighbours is not None:
            theirs = self._neighbours.nearest(metres).distance_m
            belongs &= (ours.distance_m <= self._rules.border_slack_m) | (ours.distance_m <= theirs)
        pairs = zip(ours.index, belongs, strict=True)
        return [self.codes[index] if belongs_to else None for index, belongs_to in pairs]

    def _bounds_of(self, shapes: list[shapely.Geometry]) -> tuple[float, float, float, float]:
        if not shapes:
            return (1.0, 1.0, 0.0, 0.0)
        west, south, east, north = shapely.total_bounds(shapes)
        corners = np.array([[west, south], [west, north], [east, south], [east, north]])
        corners = self._zone.to_degrees(corners)
        low, high = corners.min(axis=0) - MARGIN_DEGREES, corners.max(axis=0) + MARGIN_DEGREES
        return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))


@dataclass(frozen=True, slots=True)
class Drawn:
    """The municipalities as they are drawn, and to look places up in."""

    layer: Layer
    lookup: Municipalities | None


class Maps:
    """The maps of one node. Notices by itself when another program has imported or removed one."""

    def __init__(self, country: Traversable, data: Path | None) -> None:
        """Read what the country brings; raises BadInput when that is no map."""
        self.rules = map_rules(country)
        self.base = country_layer(country, BASEMAP)
        self._built_in = _drawn(country_layer(country, MUNICIPALITIES), self.base, self.rules)
        self._path = None if data is None else maps_folder(data) / MUNICIPALITIES
        self._lock = threading.Lock()
        self._seen: tuple[int, ...] | None = None
        self._drawn = self._built_in

    def municipalities(self) -> Layer:
        """The municipalities as they are drawn."""
        return self._current().layer

    def municipality_at(self, lat: float, lon: float) -> Found | None:
        """The municipality of a place; None far out at sea, abroad, or without any map."""
        lookup = self._current().lookup
        return None if lookup is None else lookup.at(lat, lon)

    def municipality_at_each(self, places: Places) -> list[Found | None]:
        """The same for rows of (longitude, latitude)."""
        lookup = self._current().lookup
        return [None] * len(places) if lookup is None else lookup.at_each(places)

    def union_by(self, member_of: Mapping[str, str]) -> Layer:
        """One area for each of those that municipalities belong to: services, areas, on some day.

        `member_of` gives for each municipality's code the id of what it belongs to on that day.
        """
        return union_by(self.municipalities(), member_of)

    def _current(self) -> Drawn:
        if self._path is None:
            return self._drawn
        with self._lock:
            seen = _signature(self._path)
            if seen != self._seen:
                self._drawn = self._read() if seen else self._built_in
                self._seen = seen
            return self._drawn

    def _read(self) -> Drawn:
        assert self._path is not None
        try:
            layer = Layer(self._path.read_bytes())
            drawn = _drawn(layer, self.base, self.rules)
            exact = _exact(self._path, layer.metadata.get("exact"), self.base, self.rules)
        except UNREADABLE as error:
            log("map.unreadable", error=type(error).__name__)
            return self._built_in
        if exact is None:
            log("map.exact_missing")
        return Drawn(layer, exact or drawn.lookup)


def union_by(layer: Layer, member_of: Mapping[str, str]) -> Layer:
    """The layer's areas made one for each that they belong to; a feature's `id` says which."""
    parts: dict[str, list[shapely.Geometry]] = {}
    for feature in layer.features:
        whole = member_of.get(str(feature.properties.get("code")))
        if whole is not None:
            parts.setdefault(whole, []).append(shape_of(feature.polygons))
    approximate = layer.metadata.get("approximate", True)
    metadata = {name: value for name, value in layer.metadata.items() if name != "exact"}
    features = (
        ({"id": whole, "approximate": approximate}, shapely.union_all(parts[whole]))
        for whole in sorted(parts)
    )
    return layer_of(features, metadata, UNION_DECIMALS)


def _drawn(layer: Layer, base: Layer, rules: MapRules | None) -> Drawn:
    """The municipalities looked up by what is drawn: always approximate."""
    if rules is None:
        return Drawn(layer if layer.features else EMPTY, None)
    shapes = {
        str(feature.properties["code"]): _in_metres(feature.polygons, rules)
        for feature in layer.features
        if feature.properties.get("municipality", True)
    }
    return Drawn(layer, _lookup(shapes, base, rules, approximate=True))


def _exact(path: Path, named: Any, base: Layer, rules: MapRules | None) -> Municipalities | None:
    """The areas as they came; None when their file is not there or not the one that is meant."""
    if rules is None or not isinstance(named, dict):
        return None
    file = path.with_name(Path(str(named["file"])).name)
    if not file.is_file():
        return None
    raw = file.read_bytes()
    if hashlib.sha256(raw).hexdigest() != named["sha256"]:
        return None
    exact = msgspec.msgpack.decode(raw, type=Exact)
    if exact.zone != rules.zone:
        return None
    shapes = {code: shapely.from_wkb(wkb) for code, wkb in exact.areas.items()}
    return _lookup(shapes, base, rules, approximate=False)


def _lookup(
    shapes: dict[str, shapely.Geometry], base: Layer, rules: MapRules, *, approximate: bool
) -> Municipalities:
    home = base.metadata.get("home")
    neighbours = [
        _in_metres(feature.polygons, rules)
        for feature in base.features
        if feature.properties.get("country") != home
    ]
    return Municipalities(shapes, rules, neighbours=neighbours, approximate=approximate)


def _in_metres(polygons: Any, rules: MapRules) -> shapely.Geometry:
    return shapely.transform(shape_of(polygons), Zone(rules.zone).to_metres)


def _signature(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_ino, found.st_mtime_ns, found.st_size)
