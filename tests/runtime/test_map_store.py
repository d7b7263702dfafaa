# SPDX-License-Identifier: Apache-2.0
"""Imported borders in a data folder: in use at once, kept when they go, and never in the way."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import shapely

from bavn.runtime import map_store
from bavn.runtime.halt import Halt
from bavn.runtime.map_import import read_borders
from bavn.runtime.map_store import Credit
from bavn.runtime.maps import Found, Maps
from tests.runtime import borders as b

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
CREDIT = Credit(source="Lillelands kort", licence="CC BY 4.0", on="2026-09")
# 2 km east of the straight border, which runs 4 km further east in the middle of the north.
IN_THE_BEND = b.place(b.SIDE + 2_000, 1.5 * b.SIDE)


@pytest.fixture
def land(tmp_path: Path) -> Path:
    return b.country(tmp_path / "lilleland")


def put(path: Path, land: Path, data: Path, at: datetime = NOW) -> map_store.Kept:
    return map_store.put(data, read_borders(path, land), CREDIT, path, at)


def test_imported_borders_take_the_place_of_the_guess_while_the_node_runs(
    land: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    maps = Maps(land, data)
    assert maps.municipality_at(*IN_THE_BEND) == Found("0002", approximate=True)
    before = maps.municipalities()
    assert before.metadata["approximate"]
    put(b.geopackage(tmp_path / "k.gpkg", b.rows(b.true_shapes())), land, data)
    assert maps.municipality_at(*IN_THE_BEND) == Found("0001", approximate=False)
    assert maps.municipalities().etag != before.etag
    said = maps.municipalities().metadata
    assert (said["attribution"], said["licence"]) == ("Lillelands kort, 2026-09", "CC BY 4.0")
    assert (said["approximate"], said["imported_at"]) == (False, "2026-11-21T10:00:00Z")
    map_store.remove(data, NOW)
    assert maps.municipality_at(*IN_THE_BEND) == Found("0002", approximate=True)
    assert maps.municipalities() == before


def test_a_place_is_looked_up_in_the_borders_as_they_came(land: Path, tmp_path: Path) -> None:
    # A notch of 100 m, which the drawing leaves out.
    shapes = b.true_shapes()
    x, y = b.WEST + 2_000, b.SOUTH + b.SIDE
    notch = shapely.Polygon([(x, y), (x + 100, y), (x + 50, y + 80)])
    shapes["0003"] = shapely.union(shapes["0003"], notch)
    shapes["0001"] = shapely.difference(shapes["0001"], notch)
    kept = put(b.geopackage(tmp_path / "k.gpkg", b.rows(shapes)), land, tmp_path / "data")
    maps = Maps(land, tmp_path / "data")
    assert maps.municipality_at(*b.place(2_050, b.SIDE + 20)) == Found("0003", approximate=False)
    drawn = sum(len(ring) for each in kept.layer.features for p in each.polygons for ring in p)
    assert drawn < sum(shapely.get_num_coordinates(each) for each in shapes.values())


def test_what_is_beside_the_municipalities_is_drawn_and_never_answered(
    land: Path, tmp_path: Path
) -> None:
    shapes = b.true_shapes() | {b.ISLE: b.isle()}
    file = b.geopackage(tmp_path / "k.gpkg", b.rows(shapes))
    put(file, land, tmp_path / "data")
    maps = Maps(land, tmp_path / "data")
    drawn = {each.properties["code"]: each.properties for each in maps.municipalities().features}
    assert drawn[b.ISLE]["municipality"] is False
    assert drawn[b.ISLE]["name"] == "Holmen"
    assert maps.municipality_at(*b.place(-5_500, 500)) == Found("0003", approximate=True)


def test_nothing_is_overwritten_without_being_kept(land: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = put(b.geopackage(tmp_path / "a.gpkg", b.rows(b.true_shapes())), land, data)
    second = put(b.geopackage(tmp_path / "b.gpkg", b.rows(b.true_shapes(1_000))), land, data)
    assert first.former is None
    assert second.former is not None
    assert second.former.read_bytes() == first.layer.raw
    maps = Maps(land, data)
    assert maps.municipality_at(*IN_THE_BEND) == Found("0002", approximate=False)
    assert map_store.put_back(data, NOW) == first.layer
    assert maps.municipality_at(*IN_THE_BEND) == Found("0001", approximate=False)
    assert map_store.put_back(data, NOW) == second.layer
    assert maps.municipality_at(*IN_THE_BEND) == Found("0002", approximate=False)


def test_there_is_nothing_to_remove_or_put_back_at_first(tmp_path: Path) -> None:
    assert map_store.current(tmp_path) is None
    assert map_store.remove(tmp_path, NOW) is None
    assert map_store.put_back(tmp_path, NOW) is None


def damage_map(data: Path) -> None:
    (data / "maps/municipalities.json").write_bytes(b'{"type": "FeatureCollection", "fea')


def damage_exact(data: Path) -> None:
    (file,) = (data / "maps").glob("*.msgpack")
    file.write_bytes(file.read_bytes()[:-1])


def lose_exact(data: Path) -> None:
    (file,) = (data / "maps").glob("*.msgpack")
    file.unlink()


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        # The built-in guess answers.
        (damage_map, Found("0002", approximate=True)),
        # What is drawn answers, and says that it is no more than that.
        (damage_exact, Found("0001", approximate=True)),
        (lose_exact, Found("0001", approximate=True)),
    ],
)
def test_a_damaged_import_stops_nobody(
    damage: Any, found: Found, land: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    put(b.geopackage(tmp_path / "k.gpkg", b.rows(b.true_shapes())), land, data)
    damage(data)
    assert Maps(land, data).municipality_at(*IN_THE_BEND) == found
    assert '"event":"map.' in capsys.readouterr().err


def test_a_damaged_import_is_told_when_it_is_shown(land: Path, tmp_path: Path) -> None:
    put(b.geopackage(tmp_path / "k.gpkg", b.rows(b.true_shapes())), land, tmp_path / "data")
    damage_map(tmp_path / "data")
    with pytest.raises(Halt, match="Import the borders again"):
        map_store.current(tmp_path / "data")


@pytest.mark.parametrize(
    ("source", "on", "code"),
    [
        ("", None, "map_credit"),
        ("x" * 201, None, "map_credit"),
        ("two\nlines", None, "map_credit"),
        ("<img onerror=…>", None, "map_credit"),
        ("Kort", "september", "map_date"),
        ("Kort", "2026-13", "map_date"),
    ],
)
def test_a_credit_that_the_map_cannot_show_is_refused(
    source: str, on: str | None, code: str
) -> None:
    with pytest.raises(Halt) as halted:
        Credit(source=source, licence="CC0", on=on)
    assert halted.value.refused.code == code
