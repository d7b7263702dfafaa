# SPDX-License-Identifier: Apache-2.0
"""One contract for all ways, with a map of roads or without; and what each promises beyond it.

The map is a tiny extract that is invented here: two roads across a fjord from each other, a bridge
at one end, a ferry at the other, and a road that is closed.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from bavn.engines.travel import Places
from bavn.runtime.halt import Halt
from bavn.runtime.maps import Maps
from bavn.runtime.travel.closures import Closure, Closures
from bavn.runtime.travel.coarse import CoarseWays
from bavn.runtime.travel.lands import lands_of
from bavn.runtime.travel.mapped import MAPPED_BASIS, ways_of
from bavn.runtime.travel.road_map import (
    FOLDER,
    RoadMap,
    import_extract,
    is_installed,
    remove,
    road_map,
)
from bavn.runtime.travel.tables import travel_tables
from tests.runtime.travel.osm import Node, Way, extract

COUNTRY = "denmark"
MAPS = files("bavn") / "countries" / COUNTRY
SOUTH, NORTH = 57.0400, 57.0600
WEST, STEP = 9.9187, 0.004
COUNT = 30
# Both banks, from the bridge eastwards.
LAT = np.array([SOUTH] * 4 + [NORTH] * 4)
LON = np.array([WEST + STEP * at for at in (0, 10, 20, 29)] * 2)
UNTIL = datetime(2100, 1, 1, tzinfo=UTC)
# The real bridges and the tunnel lie where the invented one does.
BRIDGES = [(57.0505, 9.9187), (57.0560, 9.9700)]


def tiny() -> bytes:
    """The invented extract."""
    nodes = [Node(at + 1, SOUTH, WEST + STEP * at) for at in range(COUNT)]
    nodes += [Node(101 + at, NORTH, WEST + STEP * at) for at in range(COUNT)]
    road, east = {"highway": "primary"}, COUNT - 1
    ferry = {"route": "ferry", "motor_vehicle": "yes", "duration": "00:30"}
    return extract(
        nodes,
        [
            Way(1, [at + 1 for at in range(COUNT)], road),
            Way(2, [101 + at for at in range(COUNT)], road),
            Way(3, [1, 101], {**road, "bridge": "yes"}),
            Way(4, [1 + east, 101 + east], ferry),
            Way(5, [11, 111], {**road, "access": "no"}),
        ],
    )


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the map in it."""
    data = tmp_path_factory.mktemp("roads")
    (data / "tiny.osm.pbf").write_bytes(tiny())
    import_extract(data / "tiny.osm.pbf", data, lambda _says: None)
    return data


@pytest.fixture(
    params=[
        "coarse",
        pytest.param(
            "mapped",
            marks=[
                pytest.mark.slow,
                pytest.mark.skipif(not is_installed(), reason="the extra travel is not installed"),
            ],
        ),
    ]
)
def ways(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CoarseWays]:
    data = tmp_path if request.param == "coarse" else request.getfixturevalue("imported")
    Closures(data).keep(())
    found = ways_of(COUNTRY, Maps(MAPS, data), data)
    assert found.basis.startswith(MAPPED_BASIS) == (request.param == "mapped")
    found.settle(Places(LAT, LON, lands(found)))
    yield found
    Closures(data).keep(())


def lands(ways: CoarseWays) -> "np.ndarray[tuple[int, ...], np.dtype[np.int64]]":
    return np.array([ways.land_at(*each) for each in zip(LAT, LON, strict=True)])


def runs(ways: CoarseWays, goal: tuple[float, float]) -> list[float]:
    away = np.zeros(len(LAT), dtype=np.bool_)
    return [float(each) for each in ways.run_s(LAT, LON, lands(ways), goal, away)]


def closed(ways: CoarseWays, *circles: tuple[float, float], radius_m: float = 300.0) -> None:
    ways._closures.keep(
        [
            Closure(name=f"closed {at}", lat=lat, lon=lon, radius_m=radius_m, until=UNTIL)
            for at, (lat, lon) in enumerate(circles)
        ]
    )


# The contract


def test_who_is_there_is_there_and_who_is_farther_on_the_road_comes_later(
    ways: CoarseWays,
) -> None:
    here = runs(ways, (SOUTH, WEST))
    assert here[0] < 30
    assert here[0] < here[1] < here[2] < here[3]
    assert all(np.isfinite(here))


def test_water_is_crossed_where_there_is_a_bridge(ways: CoarseWays) -> None:
    over = runs(ways, (NORTH, WEST))
    assert over[4] < over[0] < over[1] < over[2]


def test_a_closed_bridge_makes_nobody_sooner_and_somebody_later(ways: CoarseWays) -> None:
    before = runs(ways, (NORTH, WEST))
    closed(ways, *BRIDGES)
    after = runs(ways, (NORTH, WEST))
    assert all(late >= soon - 1 for soon, late in zip(before, after, strict=True))
    assert after[0] > before[0] + 600
    # On one's own bank nothing is different.
    assert after[5] == pytest.approx(before[5], abs=2)
    closed(ways)
    assert runs(ways, (NORTH, WEST)) == pytest.approx(before, abs=1)


def test_a_closure_that_is_over_closes_nothing(ways: CoarseWays) -> None:
    before = runs(ways, (NORTH, WEST))
    over = datetime.now(tz=UTC) - timedelta(seconds=1)
    ways._closures.keep(
        [Closure(name="was", lat=BRIDGES[0][0], lon=BRIDGES[0][1], radius_m=300, until=over)]
    )
    assert runs(ways, (NORTH, WEST)) == pytest.approx(before, abs=1)


def test_a_broken_table_of_closures_stops_nobody(ways: CoarseWays) -> None:
    before = runs(ways, (NORTH, WEST))
    for raw in (b"\xff\xfe\x00", b"name,lat\nx,y\n", b'name,lat,lon,radius_m,until\nx,"', b""):
        ways._closures._path.write_bytes(raw)
        assert runs(ways, (NORTH, WEST)) == pytest.approx(before, abs=1)


def test_a_unit_away_from_home_is_counted_from_where_it_is(ways: CoarseWays) -> None:
    lat, lon, away = LAT.copy(), LON.copy(), np.zeros(len(LAT), dtype=np.bool_)
    lat[3], lon[3], away[3] = SOUTH, WEST, True
    land = lands(ways)
    land[3] = land[0]
    found = ways.run_s(lat, lon, land, (NORTH, WEST), away).tolist()
    assert found[3] == pytest.approx(found[0], abs=1)


# With a map


@pytest.mark.slow
@pytest.mark.skipif(not is_installed(), reason="the extra travel is not installed")
def test_the_map_knows_the_ferry_and_the_closed_road_and_ends_without_stopping_anybody(
    imported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roads = road_map(imported)
    assert roads is not None
    east = WEST + STEP * (COUNT - 1)
    (by_bridge,) = roads.to_one_s(np.array([SOUTH]), np.array([WEST]), (NORTH, WEST), ())
    (beside,) = roads.to_one_s(
        np.array([SOUTH]), np.array([WEST + STEP * 10]), (NORTH, WEST + STEP * 10), ()
    )
    # The road between them is closed: it is round by the bridge.
    assert beside > by_bridge + 120
    shut = Closure(name="bridge", lat=57.05, lon=WEST, radius_m=500, until=UNTIL)
    (by_ferry,) = roads.to_one_s(np.array([SOUTH]), np.array([east]), (NORTH, east), (shut,))
    assert 1_800 < by_ferry < 3_600
    ways = ways_of(COUNTRY, Maps(MAPS, imported), imported)
    ways.settle(Places(LAT, LON, lands(ways)))

    def broken(*_asked: object) -> None:
        raise RuntimeError("no suitable edges near location")

    monkeypatch.setattr(RoadMap, "to_one_s", broken)
    coarse = CoarseWays(COUNTRY, Maps(MAPS, imported))
    coarse.settle(Places(LAT, LON, lands(ways)))
    assert runs(ways, (SOUTH, WEST)) == runs(coarse, (SOUTH, WEST))


@pytest.mark.slow
@pytest.mark.skipif(not is_installed(), reason="the extra travel is not installed")
def test_a_file_that_is_no_extract_leaves_the_map_that_is_in_use(
    imported: Path, tmp_path: Path
) -> None:
    said: list[str] = []
    (tmp_path / "no.osm.pbf").write_bytes(b"this is no extract")
    with pytest.raises(Halt) as halted:
        import_extract(tmp_path / "no.osm.pbf", imported, said.append)
    assert halted.value.refused.code == "travel_not_built"
    assert road_map(imported) is not None


def test_without_tiles_the_coarse_network_is_used_and_a_damaged_map_too(tmp_path: Path) -> None:
    assert road_map(tmp_path) is None
    assert not remove(tmp_path)
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "valhalla.json").write_text("{", encoding="utf-8")
    found = ways_of(COUNTRY, Maps(MAPS, tmp_path), tmp_path)
    assert type(found) is CoarseWays
    assert remove(tmp_path)


@pytest.mark.skipif(is_installed(), reason="the extra travel is installed")
def test_without_the_extra_an_import_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(Halt) as halted:
        import_extract(tmp_path / "x.osm.pbf", tmp_path, lambda _says: None)
    assert halted.value.refused.code == "travel_not_installed"


# Ferries


def test_a_ferry_sails_within_its_hours_also_over_midnight() -> None:
    lands = lands_of(COUNTRY, travel_tables(COUNTRY).speed)
    rows = {row.name: row for row in lands._rows}
    day = type(rows["Storebæltsbroen"])(
        kind="crossing", name="f", lands="a b", basis="", hours="05:30-23:00"
    )
    night = type(day)(kind="crossing", name="f", lands="a b", basis="", hours="22:00-04:00")
    served = [(day.is_served(at), night.is_served(at)) for at in map(time, (0, 4, 6, 12, 22, 23))]
    assert served == [
        (False, True),
        (False, False),
        (True, False),
        (True, False),
        (True, True),
        (False, True),
    ]
    # No ferry's hours are in the table: whoever knows them writes them there.
    assert lands.silent_at(time(3)) == frozenset()
