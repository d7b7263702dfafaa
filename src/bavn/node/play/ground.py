# SPDX-License-Identifier: Apache-2.0
"""A country's tables as the arrays that days are drawn from."""

import json
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import NamedTuple, TypeAlias

import numpy as np
import shapely

from bavn.engines.days import DEGREE_KM, Floats, Front, Ground, Sorts, Surge, expected
from bavn.frame.country import Country, IncidentType, Municipality
from bavn.node.play.cast import Town
from bavn.node.play.manner import Manner

ORDINARY, NEW_YEAR, STORM = "ordinary", "newyear", "storm"
KINDS = (ORDINARY, NEW_YEAR, STORM)
PERCENT = 100.0
HOUR_S = 3600.0
HOURS, MONTHS, WEEKDAYS = 24, 12, 7
NOON = 12
DECEMBER = 11
SHAPES = "map/municipalities.json"
# So many places stand for a town or for the open country, out of so many that are tried.
PLACES, TRIES = 256, 2048
# Of a municipality's land; a smaller part is an islet, and what happens there is in a town's pool.
ISLET_SHARE = 0.03
# A town's places lie within so many of its standard deviations.
REACH = 3
Shape: TypeAlias = shapely.Geometry


def sorts_of(country: Country, manner: Manner) -> Sorts:
    """How often each incident type happens, in the order of the country's table."""
    types = country.incident_types
    weights = {(row.kind, row.group, row.index): row.weight for row in country.profiles}
    named = {
        code: group for group, _ in manner.under("group") for code in manner.names(f"group.{group}")
    }

    def rhythm(kind: str, indices: range) -> Floats:
        rows = []
        for each in types:
            groups = (named.get(each.code, each.group), "all")
            group = next(one for one in groups if (kind, one, indices[0]) in weights)
            rows.append([weights[kind, group, index] for index in indices])
        return np.array(rows)

    shares = np.array([each.share_pct for each in types]) / PERCENT
    return Sorts(
        per_day=shares / shares.sum() * manner.number("day.count"),
        month=rhythm("month", range(1, MONTHS + 1)),
        weekday=rhythm("weekday", range(1, WEEKDAYS + 1)),
        hour=rhythm("hour", range(HOURS)),
        outside=np.array([_outside(each, manner) for each in types]),
    )


def _outside(each: IncidentType, manner: Manner) -> float:
    key = manner.first(f"outside.{each.code}", f"outside.{each.group}", "outside.other")
    return manner.number(key or "outside.other")


def ground_of(
    country: Country, manner: Manner, stations: Sequence[Town], owners: dict[str, str]
) -> Ground:
    """Where incidents happen; `owners` says whose each municipality is, by its code."""
    municipalities = country.municipalities
    share = np.array([_rate(each, owners, manner) for each in municipalities])
    shapes = shapes_of(country.id)
    pools = [
        pool
        for number, each in enumerate(municipalities)
        for pool in _pools(number, each, shapes[each.code], stations, manner)
    ]
    return Ground(
        share=share / share.sum(),
        middle_lat=np.array([each.centre_lat for each in municipalities]),
        middle_lon=np.array([each.centre_lon for each in municipalities]),
        pool_municipality=np.array([pool.municipality for pool in pools], dtype=np.int64),
        pool_share=np.array([pool.share for pool in pools]),
        pool_outside=np.array([pool.outside for pool in pools], dtype=np.bool_),
        place_lat=np.array([pool.lat for pool in pools]),
        place_lon=np.array([pool.lon for pool in pools]),
    )


class _Pool(NamedTuple):
    municipality: int
    share: float
    outside: bool
    lat: Floats
    lon: Floats


def _pools(
    number: int, each: Municipality, shape: Shape, stations: Sequence[Town], manner: Manner
) -> Iterator[_Pool]:
    # The same places in every play: chance decides which of them.
    chance = np.random.default_rng(number)
    here = [town for town in stations if town.municipality == each.code]
    for lat, lon, share, spread_km in _towns(each, here, manner):
        near = shapely.Point(lon, lat).buffer(REACH * spread_km / DEGREE_KM)
        land = shapely.intersection(shape, near)
        # An island that the map lacks is a disc about its station, in no municipality's main part.
        yield _Pool(number, share, False, *_about(chance, lat, lon, spread_km, land))  # noqa: FBT003 - a column
    parts = shapely.get_parts(shape)
    areas = shapely.area(parts)
    main = shapely.union_all(parts[areas > ISLET_SHARE * areas.sum()])
    yield _Pool(number, 1.0, True, *_within(chance, main))  # noqa: FBT003 - a column


def _about(
    chance: np.random.Generator, lat: float, lon: float, spread_km: float, land: Shape
) -> tuple[Floats, Floats]:
    """Places about a town's middle, on land."""
    shrink = np.cos(np.radians(lat))
    north, east = chance.standard_normal((2, TRIES)) * spread_km / DEGREE_KM
    lats, lons = lat + north, lon + east / shrink
    return _kept(chance, lats, lons, land, (lat, lon))


def _within(chance: np.random.Generator, shape: Shape) -> tuple[Floats, Floats]:
    """Places anywhere within a shape."""
    west, south, east, north = shapely.bounds(shape)
    lats = south + chance.random(TRIES) * (north - south)
    lons = west + chance.random(TRIES) * (east - west)
    inside = shapely.point_on_surface(shape)
    return _kept(chance, lats, lons, shape, (shapely.get_y(inside), shapely.get_x(inside)))


def _kept(
    chance: np.random.Generator,
    lats: Floats,
    lons: Floats,
    land: Shape,
    else_at: tuple[float, float],
) -> tuple[Floats, Floats]:
    good = np.flatnonzero(shapely.contains_xy(land, lons, lats))
    if not len(good):
        return np.full(PLACES, else_at[0]), np.full(PLACES, else_at[1])
    chosen = chance.choice(good, size=PLACES)
    return lats[chosen], lons[chosen]


def shapes_of(country: str) -> dict[str, Shape]:
    """The municipalities' shapes, guessed as they may be, by their codes."""
    text = (files("bavn") / "countries" / country / SHAPES).read_text(encoding="utf-8")
    return {
        feature["properties"]["code"]: shapely.from_geojson(json.dumps(feature["geometry"]))
        for feature in json.loads(text)["features"]
    }


def _rate(each: Municipality, owners: dict[str, str], manner: Manner) -> float:
    key = manner.first(f"rate.{owners.get(each.code, '')}", "rate.other")
    return each.population * manner.number(key or "rate.other")


def _towns(
    each: Municipality, stations: Sequence[Town], manner: Manner
) -> list[tuple[float, float, float, float]]:
    """The towns that we know of: latitude, longitude, share of all, size."""
    main = (each.town_lat, each.town_lon)
    weights = {(town.lat, town.lon): town.weight for town in stations}
    weights.pop(main, None)
    total = sum(weights.values())
    share = manner.number("town.main") if weights else 1.0
    shares = [share, *[(1 - share) * weight / total for weight in weights.values()]]
    found = []
    for (lat, lon), part in zip([main, *weights], shares, strict=True):
        people_km2 = each.population * part / manner.number("town.density")
        # Two standard deviations reach the edge of a disc that has the town's size.
        spread = np.sqrt(min(people_km2, each.area_km2) / np.pi) / 2
        found.append((lat, lon, part, max(float(spread), manner.number("town.spread_least"))))
    return found


def surge_of(
    kind: str, country: Country, manner: Manner, sorts: Sorts, weekday: int
) -> Surge | None:
    """What comes on top of an ordinary day of the year; nothing on an ordinary one."""
    if kind == ORDINARY:
        return None
    codes = [each.code for each in country.incident_types]
    mix = manner.weights(f"{kind}.mix")
    shares = np.array([mix.get(code, 0.0) for code in codes])
    shares = shares / shares.sum()
    if kind == NEW_YEAR:
        more = manner.number("newyear.count") - expected(sorts, DECEMBER, weekday).sum()
        return Surge(count=shares * more, hour=_from_noon(manner.weights("newyear.hours")))
    more = (manner.number("storm.factor") - 1) * manner.number("day.count")
    front = Front(
        from_lat=manner.number("storm.from_lat"),
        from_lon=manner.number("storm.from_lon"),
        bearing_deg=manner.number("storm.bearing"),
        km_h=manner.number("storm.speed"),
        begins_s=manner.number("storm.begins") * HOUR_S,
        lasts_s=manner.number("storm.lasts"),
        wide_km=manner.number("storm.wide"),
    )
    return Surge(count=shares * more, hour=np.ones(HOURS), front=front)


def _from_noon(weights: dict[str, float]) -> Floats:
    """Weights by the hour, for a day that is counted from noon to noon."""
    hours = np.zeros(HOURS)
    for hour, weight in weights.items():
        hours[(int(hour) - NOON) % HOURS] = weight
    return hours
