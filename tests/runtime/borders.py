# SPDX-License-Identifier: Apache-2.0
"""An invented country's map: four municipalities in a square, a neighbour, and files of borders.

Each municipality is 20 km wide. Guessed, the middle border runs straight north; truly it has a bend
of 4 km, so that a place near it tells which of the two was asked.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import shapely

from bavn.engines.utm import Zone

ZONE = Zone(32)
WEST, SOUTH, SIDE, BEND = 540_000.0, 6_200_000.0, 20_000.0, 4_000.0
NAMES = {"0001": "Nordby", "0002": "Østby", "0003": "Sydby", "0004": "Vestby"}
ISLE = "0009"
RULES = """\
zone = 32
code_digits = 4
code_fields = ["komkode", "kode", "code"]
name_fields = ["navn"]
layers = ["kommuner"]
simplify_m = 120
sea_limit_m = 10000
border_slack_m = 1000
source = "Lillelands kort"
licence = "CC BY 4.0"
beside = [{ code = "0009", name = "Holmen" }]
"""
Shapes = dict[str, shapely.Geometry]


def place(east_m: float, north_m: float) -> tuple[float, float]:
    """Give the latitude and longitude of a place so far from the country's south-west corner."""
    ((lon, lat),) = ZONE.to_degrees(np.array([[WEST + east_m, SOUTH + north_m]]))
    return float(lat), float(lon)


def true_shapes(bend: float = BEND) -> Shapes:
    """Give the municipalities in metres: north-west 1, north-east 2, south-west 3, south-east 4."""
    w, s, d = WEST, SOUTH, SIDE
    middle = (w + d, s + d)
    north = [(w + d + bend, s + 1.5 * d), (w + d, s + 2 * d)]
    south = [(w + d - bend, s + 0.5 * d), (w + d, s)]
    return {
        "0001": shapely.Polygon([(w, s + d), middle, *north, (w, s + 2 * d)]),
        "0002": shapely.Polygon(
            [middle, (w + 2 * d, s + d), (w + 2 * d, s + 2 * d), *reversed(north)]
        ),
        "0003": shapely.Polygon([(w, s), *reversed(south), middle, (w, s + d)]),
        "0004": shapely.Polygon([(w + 2 * d, s), (w + 2 * d, s + d), middle, *south]),
    }


def isle() -> shapely.Geometry:
    """Give an islet west of the country, which is in no municipality."""
    return shapely.box(WEST - 6_000, SOUTH, WEST - 5_000, SOUTH + 1_000)


def geojson(
    shapes: Mapping[str, shapely.Geometry], field: str = "code", **members: Any
) -> dict[str, Any]:
    """Give the shapes as GeoJSON, in whatever they are in."""
    features = [
        {
            "type": "Feature",
            "properties": {field: code, "name": NAMES.get(code, "?")},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for code, shape in shapes.items()
    ]
    return {"type": "FeatureCollection", **members, "features": features}


def in_degrees(shapes: Mapping[str, shapely.Geometry]) -> Shapes:
    """Give the same in degrees."""
    return {code: shapely.transform(each, ZONE.to_degrees) for code, each in shapes.items()}


def country(path: Path) -> Path:
    """Make the country's folder: only its map."""
    folder = path / "map"
    folder.mkdir(parents=True)
    (folder / "map.toml").write_text(RULES, encoding="utf-8")
    guessed = geojson(in_degrees(true_shapes(bend=0)), metadata={"approximate": True})
    (folder / "municipalities.json").write_text(json.dumps(guessed), encoding="utf-8")
    east = WEST + 2 * SIDE
    theirs = shapely.box(east + 6_000, SOUTH, east + 40_000, SOUTH + 2 * SIDE)
    land = {"LL": shapely.union_all([*true_shapes().values()]), "NB": theirs}
    base = geojson(in_degrees(land), field="country", metadata={"home": "LL"})
    (folder / "basemap.json").write_text(json.dumps(base), encoding="utf-8")
    return path


def blob(
    shape: shapely.Geometry, system: int, envelope: int = 1, *, big_endian: bool = False
) -> bytes:
    """Give a geometry as a GeoPackage holds it."""
    order = ">" if big_endian else "<"
    west, south, east, north = shape.bounds
    numbers = [[], [west, east, south, north], [0.0] * 6, [0.0] * 6, [0.0] * 8][envelope]
    flags = (envelope << 1) | (not big_endian)
    head = b"GP\x00" + bytes([flags]) + np.array([system], f"{order}i4").tobytes()
    wkb = shapely.to_wkb(shape, byte_order=int(not big_endian), flavor="iso")
    return bytes(head + np.array(numbers, f"{order}f8").tobytes() + wkb)


def geopackage(
    path: Path,
    rows: Iterable[tuple[object, bytes | None]],
    *,
    system: int = 25832,
    layers: Iterable[str] = ("kommuner",),
    field: str = "KOMKODE",
) -> Path:
    """Write a GeoPackage with the same rows in each layer."""
    kept = list(rows)
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA application_id = 0x47504B47; PRAGMA user_version = 10300")
    connection.execute(
        "CREATE TABLE gpkg_spatial_ref_sys (srs_name, srs_id, organization,"
        " organization_coordsys_id, definition);"
        "CREATE TABLE gpkg_contents (table_name, data_type, identifier, srs_id);"
        "CREATE TABLE gpkg_geometry_columns (table_name, column_name, geometry_type_name,"
        " srs_id, z, m)"
    )
    connection.execute(
        "INSERT INTO gpkg_spatial_ref_sys VALUES ('', ?, 'epsg', ?, '')", (system, system)
    )
    for layer in layers:
        connection.execute(
            f'CREATE TABLE "{layer}" (fid INTEGER PRIMARY KEY, "{field}", geom BLOB)'
        )
        connection.execute(
            "INSERT INTO gpkg_contents VALUES (?, 'features', '', ?)", (layer, system)
        )
        connection.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'MULTIPOLYGON', ?, 0, 0)",
            (layer, system),
        )
        connection.executemany(f'INSERT INTO "{layer}" VALUES (NULL, ?, ?)', kept)  # noqa: S608 - ours
    connection.close()
    return path


def rows(shapes: Mapping[str, shapely.Geometry], system: int = 25832) -> list[tuple[object, bytes]]:
    """Give rows for a GeoPackage."""
    return [(code, blob(shape, system)) for code, shape in shapes.items()]
