# SPDX-License-Identifier: Apache-2.0
"""TopoJSON as shapes: just what the package `world-atlas` needs of it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

# A ring of fewer places is what is left of an islet smaller than the file's own grid.
PLACES_OF_A_RING = 4

Arc = NDArray[np.float64]


def shapes_of(path: Path, name: str) -> dict[str, shapely.Geometry]:
    """The shapes of one object of the file, by their name; those with no area are left out."""
    file = json.loads(path.read_text(encoding="utf-8"))
    scale, translate = file["transform"]["scale"], file["transform"]["translate"]
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + translate for arc in file["arcs"]]
    found: dict[str, shapely.Geometry] = {}
    for each in file["objects"][name]["geometries"]:
        if each["type"] in {"Polygon", "MultiPolygon"}:
            shape = shapely.make_valid(_shape(each, arcs))
            if shape.area > 0:
                found[each["properties"]["name"]] = shape
    return found


def _shape(geometry: dict[str, Any], arcs: list[Arc]) -> shapely.Geometry:
    parts = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    found = []
    for part in parts:
        rings = [_ring(ring, arcs) for ring in part]
        if len(rings[0]) >= PLACES_OF_A_RING:
            holes = [ring for ring in rings[1:] if len(ring) >= PLACES_OF_A_RING]
            found.append(shapely.Polygon(rings[0], holes))
    return shapely.MultiPolygon(found)


def _ring(indices: list[int], arcs: list[Arc]) -> Arc:
    # ~i stands for arc i run backwards; each arc begins where the one before it ended.
    run = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in indices]
    return np.vstack([run[0], *(arc[1:] for arc in run[1:])])
