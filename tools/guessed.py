# SPDX-License-Identifier: Apache-2.0
"""Guesses the shapes of municipalities from points that lie in them, and from their known sizes.

Each point draws the land that is nearest to it, by power cells (src/bavn/engines/areas.py), with
one weight for each municipality, such that it gets the size that is published of it. Points that
Natural Earth has at sea, because it lacks their island, get a small disc of land, marked as such.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from bavn.engines import areas
from bavn.engines.utm import Zone
from bavn.frame.country import Country, Level, Municipality

DECIMALS = 4
BYTES_LIMIT = 120_000
# A point further from land than this stands on an island that the land lacks; nearer, the coast is
# merely coarse.
LACKED_M = 1_000
DISC_M = 1_500
# A disc is drawn with four times so many corners.
DISC_CORNERS = 4
# Places that the weights are fitted on are this far apart.
LAND_STEP_M = 700
# What is finer than a metre cannot be told apart when it is written.
GRID_M = 1.0
SIMPLIFY_M = 150

METADATA: dict[str, Any] = {
    "source": "Gættet ud fra punkter (kommunens midte, by og stationer) og areal",
    "licence": "Natural Earth: public domain. Points: GeoNames (CC BY 4.0) and DAGI; see README.md",
    "attribution": "Omtrentlige kommuner · Natural Earth, GeoNames (CC BY 4.0), DAGI",
    "approximate": True,
    "says": {
        "da": "Kommunegrænserne er gættede og må ikke afgøre, hvor en hændelse hører til.",
        "en": "The municipal borders are guessed and must not decide where an incident belongs.",
    },
}


class Islet(NamedTuple):
    """An island that no table has a point on, and the municipality it belongs to, if any."""

    name: str
    code: str | None
    lon: float
    lat: float


# Islands with people, far out. Positions are own knowledge, to a kilometre. Natural Earth has
# Anholt, which would go to whoever is nearest. It lacks Christiansø, which is in no municipality.
ISLETS = (Islet("Anholt", "0707", 11.55, 56.71), Islet("Christiansø", None, 15.187, 55.320))


@dataclass(frozen=True, slots=True)
class Guess:
    """A municipality's guessed shape in degrees, and how many islands in it are mere discs."""

    code: str
    name: str
    shape: shapely.Geometry
    discs: list[str]


@dataclass(frozen=True, slots=True)
class Points:
    """What the guess is made from: places in metres, and whose they are."""

    places: NDArray[np.float64]
    owners: NDArray[np.int64]
    names: list[str]


def municipalities(country: Country, land: shapely.Geometry, zone: Zone) -> list[Guess]:
    """A shape for each municipality of the country, which share their borders."""
    rows = sorted(country.municipalities, key=lambda row: row.code)
    known = points(country, rows, zone)
    plane = shapely.transform(land, zone.to_metres)
    lacked = _lacked(known, plane)
    discs = [shapely.Point(place).buffer(DISC_M, DISC_CORNERS) for place in known.places[lacked]]
    plane = shapely.union_all([plane, *discs])
    sizes = np.array([row.area_km2 * 1e6 for row in rows])
    each_owner = divided(known, sizes, plane)
    simple = shapely.coverage_simplify(each_owner, SIMPLIFY_M, simplify_boundary=False)
    discs_of: dict[int, list[str]] = {}
    for index in np.flatnonzero(lacked):
        discs_of.setdefault(int(known.owners[index]), []).append(known.names[index])
    return [
        Guess(
            code=row.code,
            name=row.name,
            shape=shapely.transform(shape, zone.to_degrees),
            discs=discs_of.get(index, []),
        )
        for index, (row, shape) in enumerate(zip(rows, simple, strict=True))
    ]


def divided(
    known: Points, sizes: NDArray[np.float64], plane: shapely.Geometry
) -> list[shapely.Geometry]:
    """The land divided among the owners of the points, by their sizes."""
    frame = np.array(plane.buffer(10 * DISC_M).bounds)
    each = weights(known, sizes, plane)[known.owners]
    cells = areas.power_cells(known.places, each, frame)
    return areas.divided(plane, cells, known.owners, GRID_M)


def weights(
    known: Points, sizes: NDArray[np.float64], plane: shapely.Geometry
) -> NDArray[np.float64]:
    """A weight for each owner, such that it gets its size of the land."""
    land = _spread(plane)
    each = plane.area / len(land)
    # The land is coarse and not quite as large as the sum of what is published.
    fitted = sizes * plane.area / sizes.sum()
    return areas.owner_weights(known.places, known.owners, fitted, land, each)


def points(country: Country, rows: list[Municipality], zone: Zone) -> Points:
    """Every known place in a municipality: its middle, its town, its stations; each place once."""
    index = {row.code: number for number, row in enumerate(rows)}
    found: dict[tuple[float, float], tuple[int, str]] = {}
    for row in rows:
        found[row.centre_lon, row.centre_lat] = index[row.code], row.name
        found[row.town_lon, row.town_lat] = index[row.code], row.main_town
    for station in country.stations:
        # The nation's stations share the points of towns that are there already.
        if station.level is Level.SERVICE:
            found.setdefault(
                (station.lon, station.lat), (index[station.municipality], station.name)
            )
    for islet in ISLETS:
        if islet.code is not None:
            found[islet.lon, islet.lat] = index[islet.code], islet.name
    return Points(
        places=zone.to_metres(np.array(list(found))),
        owners=np.array([owner for owner, _ in found.values()]),
        names=[name for _, name in found.values()],
    )


def disc(lon: float, lat: float, zone: Zone) -> shapely.Geometry:
    """A disc of land around a place in degrees, in metres."""
    (place,) = zone.to_metres(np.array([[lon, lat]]))
    return shapely.Point(place).buffer(DISC_M, DISC_CORNERS)


def _lacked(known: Points, plane: shapely.Geometry) -> NDArray[np.bool_]:
    away: NDArray[np.float64] = shapely.distance(shapely.points(known.places), plane)
    return away > LACKED_M


def _spread(plane: shapely.Geometry) -> NDArray[np.float64]:
    west, south, east, north = plane.bounds
    grid = np.meshgrid(np.arange(west, east, LAND_STEP_M), np.arange(south, north, LAND_STEP_M))
    places = np.column_stack([each.ravel() for each in grid])
    inside: NDArray[np.bool_] = shapely.contains_xy(plane, places[:, 0], places[:, 1])
    return places[inside]
