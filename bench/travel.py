# SPDX-License-Identifier: Apache-2.0
"""The coarse network of the country: how fast, and how far from published roads.

`python -m bench travel`. The table of 300 × 8,000 is measured beside SciPy's Dijkstra where that is
installed. The distances below were used to set nothing: the detour is own calibration, the speed is
fitted to response times. They are of a traveller's page that gives whole kilometres
(info-tour.info/dansko/doprava.htm), and one of topp10.info (Copenhagen to Odense).
"""

import importlib
import statistics
import time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bavn.engines import travel
from bavn.engines.travel import Places
from bavn.frame.country import Country
from bavn.node.play.cast import Cast
from bavn.node.play.figures import told_by
from bavn.node.play.manner import manner_of
from bavn.runtime.countries import built_in

SOURCES, PLACES, RUNS = 300, 8_000, 5
# A net of roads as large as a country's: so many crossroads on a side.
GRID = 316
# Half an hour, as the way that is driven meanwhile: nobody is sent from farther away at once.
NEAR_S = 1_800.0

# Kilometres by road. The first word of each row is one end.
TABLES = """
Aalborg: Aarhus 112, Esbjerg 219, Fredericia 197, Skagen 102, Viborg 79
Aarhus: Esbjerg 156, Fredericia 91, Skagen 215, Viborg 65
Esbjerg: Fredericia 90, Skagen 322, Viborg 142
Fredericia: Skagen 299, Viborg 113
Skagen: Viborg 181
Middelfart: Nyborg 76, Odense 46, Rudkøbing 104, Svendborg 87
Nyborg: Odense 31, Rudkøbing 53, Svendborg 32
Odense: Rudkøbing 61, Svendborg 44, København 167
Rudkøbing: Svendborg 20
Helsingør: Gedser 192, Kalundborg 140, Korsør 151, København 47, Roskilde 72, Rødby 201
Gedser: Kalundborg 157, Korsør 129, København 124, Roskilde 133, Rødby 68
Kalundborg: Korsør 50, København 109, Roskilde 69, Rødby 166
Korsør: København 113, Roskilde 75, Rødby 139
København: Roskilde 41, Rødby 163
Roskilde: Rødby 142
"""


class Pair(NamedTuple):
    """Two towns and the road between them."""

    one: str
    other: str
    km: float


def pairs() -> list[Pair]:
    """The published distances."""
    found = []
    for row in TABLES.strip().splitlines():
        one, _, rest = row.partition(": ")
        for entry in rest.split(", "):
            other, _, km = entry.rpartition(" ")
            found.append(Pair(one, other, float(km)))
    return found


def towns(country: Country, cast: Cast) -> dict[str, Places]:
    """Where the towns lie: municipalities' main towns, and towns with a station."""
    rows = [
        *((each.name, each.municipality, each.lat, each.lon) for each in country.stations),
        *(
            (each.main_town, each.code, each.town_lat, each.town_lon)
            for each in country.municipalities
        ),
    ]
    found = {}
    for name, municipality, lat, lon in rows:
        at = np.array([lat]), np.array([lon])
        found[name] = Places(*at, cast.lands.of(municipality, *at))
    return found


def errors(country: Country, cast: Cast) -> None:
    """Print how far the coarse network is from the published distances."""
    at, over = towns(country, cast), cast.lands.crossings
    detour = cast.travel.speed.detour
    land: list[tuple[float, Pair, float]] = []
    water: list[tuple[float, Pair, float]] = []
    for pair in pairs():
        here, there = at[pair.one], at[pair.other]
        km = float(travel.road_km(here, there, over, detour)[0, 0])
        (land if here.land[0] == there.land[0] else water).append((km / pair.km - 1, pair, km))
    for name, found in (("on one land", land), ("over water", water)):
        shares = [share for share, *_ in found]
        share, pair, km = max(found, key=lambda each: abs(each[0]))
        print(
            f"  {len(found)} pairs {name}: error {statistics.mean(shares):+.1%} on average,"
            f" {statistics.mean(map(abs, shares)):.1%} in size; the largest {share:+.0%},"
            f" {pair.one}-{pair.other}, {km:.0f} km instead of {pair.km:.0f}"
        )


def middle_ms(work: object) -> float:
    """The middle of some runs, in the processor's milliseconds."""
    assert callable(work)
    runs = []
    for _ in range(RUNS):
        start = time.process_time()
        work()
        runs.append((time.process_time() - start) * 1000)
    return statistics.median(runs)


def dijkstra_ms(limit_s: float) -> float | None:
    """SciPy's time for 300 sources on a made-up net of 100,000 crossroads; None without SciPy."""
    try:
        sparse = importlib.import_module("scipy.sparse")
        graphs = importlib.import_module("scipy.sparse.csgraph")
    except ImportError:
        return None
    chance = np.random.default_rng(1)
    number: NDArray[np.int64] = np.arange(GRID * GRID).reshape(GRID, GRID)
    ends = [(number[:, :-1], number[:, 1:]), (number[:-1], number[1:])]
    one, other = (np.concatenate([end[at].ravel() for end in ends]) for at in range(2))
    # A crossroads every 650 m or so, driven at 72 km/h: about the country's size.
    seconds = 32.0 * (0.7 + 0.6 * chance.random(len(one)))
    net = sparse.coo_matrix((seconds, (one, other)), shape=(GRID * GRID,) * 2).tocsr()
    sources = chance.choice(GRID * GRID, size=SOURCES, replace=False)
    start = time.process_time()
    graphs.dijkstra(net, directed=False, indices=sources, limit=limit_s)
    return (time.process_time() - start) * 1000


def main() -> None:
    """Measure and print."""
    country = built_in("denmark")
    cast = Cast(country, manner_of("denmark"), told_by(country))
    chance = np.random.default_rng(1)
    columns, speed, over = cast.columns, cast.travel.speed, cast.lands.crossings
    homes = np.column_stack([columns.lat, columns.lon, columns.land])
    homes = np.unique(homes, axis=0)[:SOURCES]
    here = Places(homes[:, 0], homes[:, 1], homes[:, 2].astype(np.int64))
    some = chance.integers(0, len(homes), size=PLACES)
    # Where nobody has been: some kilometres beside a station, on its land.
    there = Places(
        homes[some, 0] + 0.05 * chance.standard_normal(PLACES),
        homes[some, 1] + 0.09 * chance.standard_normal(PLACES),
        here.land[some],
    )
    print(f"\ntravel: {len(homes)} × {PLACES:,}, {len(over.ends.lat)} ends of crossings")
    ours = middle_ms(lambda: speed.run_s(travel.road_km(here, there, over, speed.detour)))
    print(f"  the coarse network: {ours:,.0f} ms")
    for name, limit_s in (("whole", np.inf), ("as far as half an hour", NEAR_S)):
        theirs = dijkstra_ms(limit_s)
        if theirs is None:
            print(f"  SciPy's Dijkstra, {name}: not installed")
        else:
            print(
                f"  SciPy's Dijkstra, {SOURCES} sources, {GRID * GRID:,} crossroads, {name}:"
                f" {theirs:,.0f} ms; ratio of times {ours / theirs:.2f}"
            )
    errors(country, cast)


if __name__ == "__main__":
    main()
