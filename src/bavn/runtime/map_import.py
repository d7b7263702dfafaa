# SPDX-License-Identifier: Apache-2.0
"""Real borders from a file: read, held against the country's own list, and put in place.

Nothing is guessed away: a code that the country does not know, a municipality that is missing, an
area that overlaps another are each refused by name, and what was there before stays.
"""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np
import shapely

from bavn.codecs import geojson_polygons, geopackage
from bavn.codecs.geojson_polygons import Feature, NotPolygons
from bavn.engines.utm import Zone
from bavn.runtime.geopackage_file import read_geopackage
from bavn.runtime.halt import Halt, halt
from bavn.runtime.map_files import (
    MUNICIPALITIES,
    Layer,
    MapRules,
    country_layer,
    map_rules,
    plain,
    shape_of,
)

# GeoJSON is held in memory some ten times over while it is read; a GeoPackage is read by rows.
GEOJSON_BYTES_LIMIT = 64 * 1024 * 1024
GEOPACKAGE_BYTES_LIMIT = 512 * 1024 * 1024
GEOPACKAGE_NAMES, GEOJSON_NAMES = (".gpkg",), (".geojson", ".json")
# An area may reach this far from where the country is known to be: the guess is not exact.
ELSEWHERE_M = 50_000
# Neighbours with less than this between them were meant to touch: no water is a hand wide.
GAP_M = 0.1
# What is named in a refusal: more is not read by anybody.
NAMED_LIMIT = 8
# Degrees in WGS 84 and in ETRS89, which are less than a metre apart.
DEGREES = frozenset({"EPSG:4326", "EPSG:4258", "OGC:CRS84"})
# Beyond these, positions are of another system than the file says: no place on Earth has them.
DEGREES_LEAST, DEGREES_MOST = (-180.0, -90.0), (180.0, 90.0)
UTM_LEAST_M, UTM_MOST_M = (-1_500_000.0, 0.0), (2_500_000.0, 10_000_000.0)
_UTM = re.compile(r"EPSG:(?:258|326)(\d\d)")
_URN = re.compile(r"urn:ogc:def:crs:(\w+):[\w.]*:(\w+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Borders:
    """Areas that were read and found good: in metres, by code, with the country's own names."""

    shapes: dict[str, shapely.Geometry]
    names: dict[str, str]
    rules: MapRules


def read_borders(path: Path, country: Traversable, layer: str | None = None) -> Borders:
    """The municipalities' borders in a file; halts with what is wrong and what to do."""
    rules = map_rules(country)
    if rules is None:
        raise halt(
            "map_no_rules",
            "This country brings no map, so there is nothing to hold the file against.",
            "Add map/map.toml and map/municipalities.json to the country's folder.",
        )
    guessed = country_layer(country, MUNICIPALITIES)
    features, system = _read(path, rules, layer)
    names = {
        str(each.properties["code"]): str(each.properties["name"]) for each in guessed.features
    }
    parts = _by_code(features, rules)
    _check_codes(parts.keys(), names, rules)
    names |= {each.code: each.name for each in rules.beside}
    shapes = {code: _in_metres(parts[code], system, rules) for code in sorted(parts)}
    _check_place(shapes, guessed, rules)
    wholes = {code: _whole(shape, names[code]) for code, shape in shapes.items()}
    _check_coverage(wholes, names)
    return Borders(shapes=wholes, names={code: names[code] for code in wholes}, rules=rules)


def _read(path: Path, rules: MapRules, layer: str | None) -> tuple[list[Feature], str]:
    fields = (*rules.code_fields, *rules.name_fields)
    with path.open("rb") as file:
        head = file.read(geopackage.HEAD_BYTES)
    suffix, size = path.suffix.lower(), path.stat().st_size
    if geopackage.is_geopackage(head):
        _check_name(path, suffix in GEOPACKAGE_NAMES, "GeoPackage")
        _check_size(path, size, GEOPACKAGE_BYTES_LIMIT)
        return read_geopackage(path, fields, rules.layers, layer)
    if suffix in GEOJSON_NAMES and head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        _check_size(path, size, GEOJSON_BYTES_LIMIT)
        return _read_geojson(path)
    _check_name(path, suffix not in (*GEOPACKAGE_NAMES, *GEOJSON_NAMES), suffix.lstrip(".").upper())
    raise halt(
        "map_format",
        f"{path.name} is neither a GeoPackage (.gpkg) nor GeoJSON (.geojson).",
        "Save it as a GeoPackage from a mapping program; of state data, fetch that format.",
        file=path.name,
    )


def _check_name(path: Path, fits: bool, format_: str) -> None:  # noqa: FBT001 - one of two, named at the call
    if fits:
        return
    raise halt(
        "map_other_format",
        f"{path.name} is not what its name says: {format_} and {path.suffix or 'no ending'}"
        " do not go together.",
        "Fetch the file again, or give it the ending of what it is.",
        file=path.name,
        format=format_,
    )


def _check_size(path: Path, size: int, limit: int) -> None:
    if size > limit:
        mib = 1024 * 1024
        raise halt(
            "map_too_large",
            f"{path.name} has {size // mib} MiB; the limit is {limit // mib} MiB.",
            "Take the borders at a coarser scale, such as 1:250 000, or as a GeoPackage.",
            file=path.name,
            size_mib=size // mib,
            limit_mib=limit // mib,
        )


def _read_geojson(path: Path) -> tuple[list[Feature], str]:
    try:
        found = geojson_polygons.collection(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except NotPolygons as error:
        raise halt(
            "map_unreadable",
            f"{path.name} cannot be read as GeoJSON with areas: {plain(error)}.",
            "Fetch the file again, or make a new one from it in a mapping program.",
            file=path.name,
            fault=plain(error),
        ) from error
    named = found.system or "OGC:CRS84"
    urn = _URN.fullmatch(named)
    return found.features, f"{urn[1]}:{urn[2]}".upper() if urn else named.upper()


def _by_code(features: list[Feature], rules: MapRules) -> dict[str, list[list[object]]]:
    """All polygons of each code, the code with all its digits."""
    found: dict[str, list[list[object]]] = {}
    for number, feature in enumerate(features, start=1):
        values = {name.lower(): value for name, value in feature.properties.items()}
        given = [values[name] for name in rules.code_fields if values.get(name) is not None]
        if not given:
            raise _no_code(number, sorted(feature.properties), rules)
        polygons: list[list[object]] = [list(rings) for rings in feature.polygons]
        found.setdefault(_code(given[0], rules), []).extend(polygons)
    return found


def _code(given: object, rules: MapRules) -> str:
    # A spreadsheet has made 101.0 of 0101.
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    return str(given).strip().zfill(rules.code_digits)


def _no_code(number: int, fields: list[str], rules: MapRules) -> Halt:
    return halt(
        "map_fields",
        f"Area number {number} has no code. Its fields: {_some(fields) or '-'}.",
        f"Name the field with the code one of these: {', '.join(rules.code_fields)}.",
        number=number,
        fields=_some(fields) or "-",
        known=", ".join(rules.code_fields),
    )


def _check_codes(given: AbstractSet[str], names: dict[str, str], rules: MapRules) -> None:
    unknown = sorted(given - names.keys() - {each.code for each in rules.beside})
    if unknown:
        raise halt(
            "map_codes_unknown",
            f"The country has no municipality with the code {_some(unknown)}.",
            "Check that the file holds today's municipalities, and not parishes or regions.",
            codes=_some(unknown),
        )
    missing = [f"{names[code]} ({code})" for code in sorted(names.keys() - given)]
    if missing:
        raise halt(
            "map_codes_missing",
            f"{len(missing)} of {len(names)} municipalities are missing: {_some(missing)}.",
            "Fetch the whole country in one file.",
            count=len(missing),
            of=len(names),
            missing=_some(missing),
        )


def _in_metres(polygons: list[list[object]], system: str, rules: MapRules) -> shapely.Geometry:
    shape = shape_of(polygons)
    zone = Zone(rules.zone)
    if system in DEGREES:
        _check_within(shape, DEGREES_LEAST, DEGREES_MOST)
        return shapely.transform(shape, zone.to_metres)
    utm = _UTM.fullmatch(system)
    if utm is None:
        raise halt(
            "map_system",
            f"The file's positions are in {plain(system)}, which is not read here.",
            f"Save it in EPSG:{25800 + rules.zone} or EPSG:4326 from a mapping program.",
            system=plain(system),
            metric=f"EPSG:{25800 + rules.zone}",
        )
    _check_within(shape, UTM_LEAST_M, UTM_MOST_M)
    if int(utm[1]) == rules.zone:
        return shape
    degrees = shapely.transform(shape, Zone(int(utm[1])).to_degrees)
    return shapely.transform(degrees, zone.to_metres)


def _check_within(
    shape: shapely.Geometry, least: tuple[float, float], most: tuple[float, float]
) -> None:
    places = shapely.get_coordinates(shape)
    if (places <= least).any() or (places >= most).any():
        raise _elsewhere("?")


def _check_place(shapes: dict[str, shapely.Geometry], guessed: Layer, rules: MapRules) -> None:
    """Swapped or mistaken coordinates put the areas elsewhere on Earth: refuse them."""
    zone = Zone(rules.zone)
    known = [
        shapely.transform(shape_of(each.polygons), zone.to_metres) for each in guessed.features
    ]
    west, south, east, north = shapely.total_bounds(known)
    frame = shapely.box(
        west - ELSEWHERE_M, south - ELSEWHERE_M, east + ELSEWHERE_M, north + ELSEWHERE_M
    )
    for code, shape in shapes.items():
        if not shapely.covers(frame, shapely.box(*shape.bounds)):
            raise _elsewhere(code)


def _elsewhere(code: str) -> Halt:
    return halt(
        "map_elsewhere",
        f"The area of {code} does not lie in the country.",
        "Check the file's reference system, and that longitude stands before latitude.",
        area=code,
    )


def _whole(shape: shapely.Geometry, name: str) -> shapely.Geometry:
    """One shape of all parts; a ring that crosses itself is refused, since it has two meanings."""
    parts = shapely.get_parts(shape)
    for part in parts:
        if not shapely.is_valid(part):
            raise halt(
                "map_shape",
                f"The area of {name} crosses itself: {shapely.is_valid_reason(part)}.",
                "Mend it in a mapping program (there it is called: fix geometries).",
                name=name,
                fault=shapely.is_valid_reason(part),
            )
    return shapely.union_all(parts)


def _check_coverage(shapes: dict[str, shapely.Geometry], names: dict[str, str]) -> None:
    areas = np.array([*shapes.values()], dtype=object)
    if shapely.coverage_is_valid(areas, GAP_M):
        return
    wrong = ~shapely.is_empty(shapely.coverage_invalid_edges(areas, GAP_M))
    found = [names[code] for code, is_wrong in zip(shapes, wrong, strict=True) if is_wrong]
    raise halt(
        "map_overlaps",
        f"These areas overlap, or do not share their corners: {_some(found)}.",
        "Take the borders from the state's own file, unchanged, all at one scale.",
        names=_some(found),
    )


def _some(names: list[str]) -> str:
    shown = ", ".join(map(plain, names[:NAMED_LIMIT]))
    more = len(names) - NAMED_LIMIT
    return f"{shown} … (+{more})" if more > 0 else shown
