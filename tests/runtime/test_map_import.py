# SPDX-License-Identifier: Apache-2.0
"""Borders from a file: read whole, or refused with what to do."""

import json
from pathlib import Path

import apsw
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bavn.engines.utm import Zone
from bavn.runtime import map_import
from bavn.runtime.halt import Halt
from bavn.runtime.map_files import EMPTY, map_rules
from bavn.runtime.map_import import read_borders
from bavn.runtime.maps import Maps
from bavn.runtime.texts import LANGUAGES, Texts
from tests.runtime import borders as b

MILLIMETRE_M = 0.001
Rows = dict[object, bytes | None]


@pytest.fixture
def land(tmp_path: Path) -> Path:
    return b.country(tmp_path / "lilleland")


def refused(path: Path, land: Path, layer: str | None = None) -> str:
    with pytest.raises(Halt) as halted:
        read_borders(path, land, layer)
    for language in LANGUAGES:
        assert all(Texts(language).refusal(halted.value.refused))
    return halted.value.refused.code


def off_m(one: shapely.Geometry, other: shapely.Geometry) -> float:
    return float(shapely.hausdorff_distance(one.boundary, other.boundary))


@pytest.mark.requirement("E8.1")
@pytest.mark.parametrize("envelope", range(5))
@pytest.mark.parametrize("big_endian", [False, True])
def test_a_geopackage_is_read_as_it_stands(
    envelope: int, big_endian: bool, land: Path, tmp_path: Path
) -> None:
    shapes = b.true_shapes()
    kept = [
        (code, b.blob(each, 25832, envelope, big_endian=big_endian))
        for code, each in shapes.items()
    ]
    found = read_borders(b.geopackage(tmp_path / "k.gpkg", kept), land)
    assert found.names == b.NAMES
    assert all(shapely.equals(found.shapes[code], shapes[code]) for code in shapes)


@pytest.mark.parametrize("system", [4326, 4258, 25832, 25833, 32632])
def test_other_reference_systems_come_to_the_same(system: int, land: Path, tmp_path: Path) -> None:
    shapes = b.true_shapes()
    if system in {4326, 4258}:
        given_shapes = b.in_degrees(shapes)
    elif system == 25833:
        degrees = b.in_degrees(shapes)
        given_shapes = {c: shapely.transform(s, Zone(33).to_metres) for c, s in degrees.items()}
    else:
        given_shapes = shapes
    file = b.geopackage(tmp_path / "k.gpkg", b.rows(given_shapes, system), system=system)
    found = read_borders(file, land)
    for code, shape in shapes.items():
        assert off_m(found.shapes[code], shape) < MILLIMETRE_M


@pytest.mark.parametrize(
    ("crs", "in_degrees"),
    [(None, True), ("urn:ogc:def:crs:OGC:1.3:CRS84", True), ("urn:ogc:def:crs:EPSG::25832", False)],
)
def test_geojson_is_read_too(crs: str | None, in_degrees: bool, land: Path, tmp_path: Path) -> None:
    shapes = b.true_shapes()
    members = {"crs": {"type": "name", "properties": {"name": crs}}} if crs else {}
    file = tmp_path / "k.geojson"
    said = b.geojson(b.in_degrees(shapes) if in_degrees else shapes, "kode", **members)
    file.write_text(json.dumps(said), encoding="utf-8")
    found = read_borders(file, land)
    for code, shape in shapes.items():
        assert off_m(found.shapes[code], shape) < MILLIMETRE_M


def test_parts_become_one_and_codes_get_their_zeros(land: Path, tmp_path: Path) -> None:
    shapes = b.true_shapes()
    west, south, east, north = shapes["0003"].bounds
    halves = [
        shapes["0003"].intersection(shapely.box(west, south, east, south + 5_000)),
        shapes["0003"].intersection(shapely.box(west, south + 5_000, east, north)),
    ]
    others = {int(code): each for code, each in shapes.items() if code != "0003"}
    kept: list[tuple[object, bytes | None]]
    kept = [(code, b.blob(each, 25832)) for code, each in others.items()]
    # The border with 0004 gets a corner where the halves meet: on that side too, or it is a fault.
    cut = shapely.union_all(halves)
    fitting = shapely.snap(shapes["0004"], cut, 0.01)
    kept = [(c, blob) for c, blob in kept if c != 4] + [(" 4", b.blob(fitting, 25832))]
    kept += [("3", b.blob(halves[0], 25832)), (3.0, b.blob(halves[1], 25832))]
    found = read_borders(b.geopackage(tmp_path / "k.gpkg", kept), land)
    assert found.shapes["0003"].area == pytest.approx(shapes["0003"].area)
    assert found.shapes["0003"].geom_type == "Polygon"


def test_the_layer_is_found_by_name_or_given(land: Path, tmp_path: Path) -> None:
    kept = b.rows(b.true_shapes())
    named = b.geopackage(tmp_path / "a.gpkg", kept, layers=["sogne", "Kommuner"])
    assert read_borders(named, land).names == b.NAMES
    odd = ['x"; DROP TABLE y', "z"]
    path = tmp_path / "b.gpkg"
    b.geopackage(path, kept, layers=[name.replace('"', "'") for name in odd])
    assert refused(path, land) == "map_layer"
    assert refused(path, land, "nothing") == "map_layer"
    assert read_borders(path, land, "z").names == b.NAMES
    assert read_borders(path, land, "x'; DROP TABLE y").names == b.NAMES


def good() -> Rows:
    return dict(b.rows(b.true_shapes()))


def changed(shape: shapely.Geometry, system: int = 25832) -> Rows:
    """Give good rows but for one, which has this shape."""
    return good() | {"0002": b.blob(shape, system)}


def moved(by: float) -> Rows:
    return changed(shapely.transform(b.true_shapes()["0002"], lambda places: places + by))


def crossing() -> Rows:
    x, y = b.WEST, b.SOUTH
    return changed(shapely.Polygon([(x, y), (x + 9, y + 9), (x + 9, y), (x, y + 9)]))


def swapped() -> Rows:
    shapes = b.true_shapes().items()
    turned = {code: shapely.transform(each, lambda xy: xy[:, ::-1]) for code, each in shapes}
    return dict(b.rows(turned))


def without(code: str) -> Rows:
    return {each: blob for each, blob in good().items() if each != code}


SPOILT: dict[str, tuple[Rows, str]] = {
    "missing": (without("0002"), "map_codes_missing"),
    "unknown": (good() | {"0815": good()["0002"]}, "map_codes_unknown"),
    "no code": (without("0002") | {None: good()["0002"]}, "map_fields"),
    "overlap": (changed(b.true_shapes()["0002"].buffer(50)), "map_overlaps"),
    "overlap of a millimetre": (moved(-0.001), "map_overlaps"),
    "gap of a millimetre": (moved(0.001), "map_overlaps"),
    "crossing": (crossing(), "map_shape"),
    "elsewhere": (moved(1e6), "map_elsewhere"),
    "not on Earth": (moved(1e12), "map_elsewhere"),
    "swapped": (swapped(), "map_elsewhere"),
    "no geometry": (good() | {"0002": None}, "map_unreadable"),
    "point": (changed(shapely.Point(1, 2)), "map_unreadable"),
    "other system": (changed(b.true_shapes()["0002"], 4326), "map_unreadable"),
    "cut": (good() | {"0002": (good()["0002"] or b"")[:-9]}, "map_unreadable"),
}


@pytest.mark.parametrize("change", SPOILT)
def test_what_is_wrong_is_refused_by_name(change: str, land: Path, tmp_path: Path) -> None:
    kept, code = SPOILT[change]
    assert refused(b.geopackage(tmp_path / "k.gpkg", kept.items()), land) == code


def test_what_is_missing_is_named(land: Path, tmp_path: Path) -> None:
    file = b.geopackage(tmp_path / "k.gpkg", without("0002").items())
    with pytest.raises(Halt, match=r"1 of 4 municipalities are missing: Østby \(0002\)"):
        read_borders(file, land)


def test_a_name_from_the_file_cannot_write_on_the_terminal(land: Path, tmp_path: Path) -> None:
    kept = good() | {"\x1b[2J" + "9" * 1_000: good()["0002"]}
    with pytest.raises(Halt) as halted:
        read_borders(b.geopackage(tmp_path / "k.gpkg", kept.items()), land)
    assert halted.value.refused.says.isprintable()
    assert len(halted.value.refused.says) < 250


def test_a_reference_system_that_is_not_known_is_refused(land: Path, tmp_path: Path) -> None:
    kept = b.rows(b.true_shapes(), 3857)
    assert refused(b.geopackage(tmp_path / "k.gpkg", kept, system=3857), land) == "map_system"


@pytest.mark.parametrize(
    ("name", "raw", "code"),
    [
        ("k.gpkg", b'{"type": "FeatureCollection", "features": []}', "map_other_format"),
        ("k.gpkg", b"", "map_other_format"),
        ("k.geojson", b"PK\x03\x04 a zip file", "map_other_format"),
        ("k.json", b"[1, 2, 3]", "map_other_format"),
        ("k.json", b'{"type": "Topology"}', "map_unreadable"),
        ("k.geojson", b'{"type": "FeatureCollection", "features": [', "map_unreadable"),
        (
            "k.geojson",
            b"\xef\xbb\xbf" + b'{"type": "FeatureCollection", "features": []}',
            "map_codes_missing",
        ),
        ("k.gml", b"<gml/>", "map_format"),
        ("k.zip", b"PK\x03\x04", "map_format"),
        ("k", b"SQLite format 3\x00" + bytes(200), "map_format"),
    ],
)
def test_a_file_that_is_something_else_is_refused(
    name: str, raw: bytes, code: str, land: Path, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(raw)
    assert refused(tmp_path / name, land) == code


def test_a_geopackage_under_another_name_is_refused(land: Path, tmp_path: Path) -> None:
    file = b.geopackage(tmp_path / "k.geojson", b.rows(b.true_shapes()))
    assert refused(file, land) == "map_other_format"


def test_a_file_beyond_the_limit_is_refused(
    land: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = b.geopackage(tmp_path / "k.gpkg", b.rows(b.true_shapes()))
    monkeypatch.setattr(map_import, "GEOPACKAGE_BYTES_LIMIT", file.stat().st_size - 1)
    assert refused(file, land) == "map_too_large"
    monkeypatch.setattr(map_import, "GEOPACKAGE_BYTES_LIMIT", file.stat().st_size)
    assert read_borders(file, land).names == b.NAMES


def test_a_view_without_end_is_stopped(
    land: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bavn.runtime.geopackage_file.STEPS_LIMIT", 10)
    file = b.geopackage(tmp_path / "k.gpkg", [])
    with apsw.Connection(str(file)) as connection:
        connection.execute(
            "DROP TABLE kommuner; CREATE VIEW kommuner AS WITH RECURSIVE n(i) AS"
            " (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS komkode, x'00' AS geom FROM n"
            " WHERE i < 0"
        )
    assert refused(file, land) == "map_unreadable"


def test_a_file_that_another_program_is_writing_is_refused(land: Path, tmp_path: Path) -> None:
    file = b.geopackage(tmp_path / "k.gpkg", b.rows(b.true_shapes()))
    (tmp_path / "k.gpkg-wal").write_bytes(b"pages")
    assert refused(file, land) == "map_open_elsewhere"


def test_reading_leaves_nothing_beside_the_file(land: Path, tmp_path: Path) -> None:
    folder = tmp_path / "medium æ %41 ?x"
    folder.mkdir()
    file = b.geopackage(folder / "k #1.gpkg", b.rows(b.true_shapes()))
    before = file.read_bytes()
    read_borders(file, land)
    assert [each.name for each in folder.iterdir()] == ["k #1.gpkg"]
    assert file.read_bytes() == before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_geopackage_is_read_or_refused(
    data: st.DataObject, land: Path, tmp_path: Path
) -> None:
    whole = tmp_path / "whole.gpkg"
    if not whole.exists():
        b.geopackage(whole, b.rows(b.true_shapes()))
    raw = bytearray(whole.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    length = data.draw(st.integers(0, len(raw)) | st.just(len(raw)))
    file = tmp_path / "k.gpkg"
    file.write_bytes(raw[:length])
    try:
        found = read_borders(file, land)
    except Halt:
        return
    assert found.names.keys() >= b.NAMES.keys()


def test_a_country_without_a_map_takes_no_borders(tmp_path: Path) -> None:
    file = b.geopackage(tmp_path / "k.gpkg", b.rows(b.true_shapes()))
    assert map_rules(tmp_path) is None
    assert refused(file, tmp_path) == "map_no_rules"
    maps = Maps(tmp_path, None)
    assert maps.municipalities() == maps.base == EMPTY
    assert maps.municipality_at(56, 10) is None
