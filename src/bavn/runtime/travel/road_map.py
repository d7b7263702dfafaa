# SPDX-License-Identifier: Apache-2.0
"""A map of roads out of an OpenStreetMap extract, asked by Valhalla where that is installed.

`bavn travel import` builds its tiles beside the old ones and puts them in their place when they are
whole. Without Valhalla, or without tiles, nothing here is used.
"""

import importlib
import json
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from bavn.engines.travel import Floats
from bavn.runtime.halt import halt
from bavn.runtime.travel.closures import Closure

FOLDER, BESIDE, SETTINGS = "roads", "roads.new", "valhalla.json"
# So that a wrong extract ends some time; a country takes minutes.
BUILD_S = 4 * 3600
# Corners of the polygon that stands for a circle.
CORNERS = 12
DEGREE_M = 111_195.0
_MODULE = "valhalla"


def is_installed() -> bool:
    """True where Valhalla can be asked."""
    return find_spec(_MODULE) is not None


class RoadMap:
    """The tiles of one extract; what it is asked it answers or raises."""

    def __init__(self, folder: Path) -> None:
        self._actor: Any = importlib.import_module(_MODULE).Actor(str(folder / SETTINGS))

    def to_one_s(
        self, lat: Floats, lon: Floats, goal: tuple[float, float], closed: Sequence[Closure]
    ) -> Floats:
        """Seconds by car from each place to the goal; infinite where no road leads."""
        asked: dict[str, Any] = {
            "sources": [{"lat": float(a), "lon": float(b)} for a, b in zip(lat, lon, strict=True)],
            "targets": [{"lat": goal[0], "lon": goal[1]}],
            "costing": "auto",
            "verbose": False,
        }
        if closed:
            asked["exclude_polygons"] = [_circle(each) for each in closed]
        durations = self._actor.matrix(asked)["sources_to_targets"]["durations"]
        found = [np.inf if row[0] is None else float(row[0]) for row in durations]
        return np.array(found, dtype=np.float64)


def road_map(data: Path) -> RoadMap | None:
    """The map that was imported into this data folder; None where there is none to ask."""
    folder = data / FOLDER
    return RoadMap(folder) if (folder / SETTINGS).is_file() and is_installed() else None


def import_extract(extract: Path, data: Path, told: Callable[[str], None]) -> Path:
    """Build the tiles of an extract, and put them in place of the former when they are whole."""
    if not is_installed():
        raise halt(
            "travel_not_installed",
            "Valhalla is not installed here.",
            "Install pyvalhalla-weekly beside Bavn; without it the coarse network is used.",
        )
    if not extract.is_file():
        raise halt(
            "travel_no_file",
            f"There is no file {extract}.",
            "Give the path of an OpenStreetMap extract: bavn travel import EXTRACT.osm.pbf.",
            path=extract,
        )
    beside, folder = data / BESIDE, data / FOLDER
    shutil.rmtree(beside, ignore_errors=True)
    (beside / "tiles").mkdir(parents=True)
    _write(beside, beside)
    program = Path(str(find_spec(_MODULE).origin)).parent / "bin" / "valhalla_build_tiles"  # type: ignore[union-attr]
    done = subprocess.run(  # noqa: S603 - the program that was installed, with paths
        [str(program), "-c", str(beside / SETTINGS), str(extract)],
        check=False,
        capture_output=True,
        text=True,
        timeout=BUILD_S,
    )
    if done.returncode or not any((beside / "tiles").rglob("*.gph")):
        told((done.stdout + done.stderr)[-500:])
        shutil.rmtree(beside, ignore_errors=True)
        raise halt(
            "travel_not_built",
            "No map could be made of the extract; what was in use before still is.",
            "Look whether the file is a whole extract (PBF), and at what Valhalla says above.",
        )
    # The settings name the place where the tiles will lie.
    _write(beside, folder)
    shutil.rmtree(folder, ignore_errors=True)
    beside.rename(folder)
    return folder


def remove(data: Path) -> bool:
    """Take the map away; False where there was none."""
    folder = data / FOLDER
    is_there = folder.exists()
    shutil.rmtree(folder, ignore_errors=True)
    return is_there


def _write(into: Path, place: Path) -> None:
    raw = importlib.import_module(f"{_MODULE}.valhalla_build_config").config
    settings = _plain(raw)
    settings["mjolnir"] |= {
        "tile_dir": str(place.resolve() / "tiles"),
        # A file that there is not: the program's own wrapper asks for the name.
        "tile_extract": str(place.resolve() / "none.tar"),
        "concurrency": 1,
    }
    for name in ("traffic_extract", "admin", "timezone", "landmarks"):
        settings["mjolnir"].pop(name, None)
    # One search from the goal back to all places, instead of one for each pair.
    settings["thor"]["source_to_target_algorithm"] = "timedistancematrix"
    # Looking whether a road leads anywhere costs more than the search itself.
    settings["loki"]["service_defaults"]["minimum_reachability"] = 1
    for part in ("mjolnir", "loki", "thor"):
        settings[part]["logging"]["type"] = ""
    (into / SETTINGS).write_text(json.dumps(settings), encoding="utf-8")


def _plain(value: Any) -> Any:
    """The settings without those that say only what they are for."""
    if isinstance(value, Mapping):
        kept = {name: each for name, each in value.items() if type(each).__name__ != "Optional"}
        return {name: _plain(each) for name, each in kept.items()}
    return value


def _circle(closure: Closure) -> list[list[float]]:
    turn = np.linspace(0.0, 2 * np.pi, CORNERS + 1)
    lat = closure.lat + closure.radius_m / DEGREE_M * np.cos(turn)
    narrower = np.cos(np.radians(closure.lat))
    lon = closure.lon + closure.radius_m / (DEGREE_M * narrower) * np.sin(turn)
    return [[float(b), float(a)] for a, b in zip(lat, lon, strict=True)]
