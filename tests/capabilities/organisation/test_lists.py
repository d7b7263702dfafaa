# SPDX-License-Identifier: Apache-2.0
"""Lists as services send them: read whatever made them, every fault with its row and column."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.organisation.facts import Need
from bavn.capabilities.organisation.model.lists import (
    CSV,
    FORMATS,
    GEOJSON,
    Known,
    needs_in,
    read_list,
)
from bavn.capabilities.organisation.model.settling import ROWS_LIMIT, ListKind
from bavn.codecs.sheets import number_in
from bavn.frame.country import Bounds

KNOWN = Known(
    municipalities=frozenset({"03"}),
    crewings=frozenset({"always"}),
    types={"PMP": (6, ("pump", "water")), "BOT": (2, ())},
    incident_types=frozenset({"ZZ-FIR"}),
    stations=frozenset({"port-01"}),
    taken=frozenset({"easttown-01", "easttown-01-pmp-1"}),
    bounds=Bounds(south=10.5, west=20.0, north=12.0, east=22.0),
)
STATIONS = "id,name,municipality,lat,lon,crewing\n"
UNITS = "id,type,callsign,station\n"
PICKS = "type,needs\n"


def problems(text: str, kind: ListKind, form: str = CSV) -> list[str]:
    read = read_list(text.encode(), kind, form, KNOWN)
    return [f"{each.where}: {each.says}" for each in read.problems]


@pytest.mark.parametrize(
    "raw",
    [
        b"id;name;municipality;lat;lon;crewing\nport-01;Havn \xf8;03;11,7;21,9;always\n",
        ("\ufeff" + STATIONS + "port-01,Havn ø,03,11.7,21.9,always\r\n").encode(),
        "Lat\tLon\tID\tName\tCrewing\tMunicipality\n"
        "11.7\t21.9\tport-01\tHavn ø\talways\t03\n\n".encode(),
    ],
    ids=["danish spreadsheet", "utf-8 with a mark", "tabs, other order"],
)
def test_a_list_is_read_whatever_made_it(raw: bytes) -> None:
    read = read_list(raw, ListKind.STATIONS, CSV, KNOWN)
    assert read.problems == ()
    (row,) = read.rows
    assert row.number == 2
    assert row.cells["name"] == "Havn ø"
    assert number_in(row.cells["lat"]) == 11.7


def test_points_are_read_from_geojson() -> None:
    point = {"type": "Point", "coordinates": [21.9, 11.7]}
    properties = {"id": "port-01", "name": "Havn", "municipality": "03", "crewing": "always"}
    more = {**properties, "capabilities": ["boats", "ice"]}
    whole = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "geometry": point, "properties": more}],
    }
    read = read_list(json.dumps(whole).encode(), ListKind.STATIONS, GEOJSON, KNOWN)
    assert read.problems == ()
    assert read.rows[0].cells["capabilities"] == "boats;ice"
    assert number_in(read.rows[0].cells["lon"]) == 21.9


def test_a_type_gives_a_unit_what_the_sender_left_out() -> None:
    read = read_list(f"{UNITS}p-1,PMP,P1,port-01\n".encode(), ListKind.UNITS, CSV, KNOWN)
    assert read.rows[0].cells["crew"] == "6"
    assert read.rows[0].cells["capabilities"] == "pump;water"


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("", ListKind.STATIONS, "file: has no rows"),
        (STATIONS, ListKind.STATIONS, "file: has no rows"),
        ('id,"name\n', ListKind.STATIONS, "file: is no table"),
        ("id,name\nx,y\n", ListKind.STATIONS, "row 1: has no column lat"),
        (f"{STATIONS[:-1]},x\n", ListKind.STATIONS, "row 1: column 7 is none that is known"),
        (f"{STATIONS[:-1]},id\n", ListKind.STATIONS, "row 1: has the column id twice"),
        (f"{UNITS}a,b\n", ListKind.UNITS, "row 2: has 2 cells, and there are 4 columns"),
        (f"{STATIONS}P 1,x,03,11,21,always", ListKind.STATIONS, "row 2, id: has more than small"),
        (f"{STATIONS}easttown-01,x,03,11,21,always", ListKind.STATIONS, "row 2, id: is another"),
        (f"{STATIONS}p,,03,11,21,always", ListKind.STATIONS, "row 2, name: is empty"),
        (f"{STATIONS}p,x,99,11,21,always", ListKind.STATIONS, "row 2, municipality: is no"),
        (f"{STATIONS}p,x,03,55,21,always", ListKind.STATIONS, "row 2, lat: is outside the country"),
        (f"{STATIONS}p,x,03,11,east,always", ListKind.STATIONS, "row 2, lon: is no number"),
        (f"{STATIONS}p,x,03,11,21,never", ListKind.STATIONS, "row 2, crewing: is no crewing"),
        (f"{UNITS}p,XXL,P1,port-01", ListKind.UNITS, "row 2, type: is no type of ours"),
        (f"{UNITS}p,PMP,P1,port-09", ListKind.UNITS, "row 2, station: is no station of this"),
        (
            f"{UNITS}p,PMP,P1,port-01\np,PMP,P2,port-01",
            ListKind.UNITS,
            "row 3, id: stands in row 2",
        ),
        (
            "id,type,callsign,station,crew\np,PMP,P,port-01,six",
            ListKind.UNITS,
            "row 2, crew: is no",
        ),
        (f"{UNITS}p,PMP,{'x' * 251},port-01", ListKind.UNITS, "callsign: is longer than 250"),
        (f"{PICKS}ZZ-NIL,PMP:1", ListKind.PICK_LISTS, "row 2, type: is no type of incident"),
        (f"{PICKS}ZZ-FIR,PMP", ListKind.PICK_LISTS, "row 2, needs: is no list of types"),
        (f"{PICKS}ZZ-FIR,XXL:1", ListKind.PICK_LISTS, "row 2, needs: names a type that is none"),
        (f"{PICKS}ZZ-FIR,+magic:1", ListKind.PICK_LISTS, "row 2, needs: names a capability that"),
        (f"{PICKS}ZZ-FIR,PMP:1|PMP:2", ListKind.PICK_LISTS, "row 2, needs: names a type twice"),
        (UNITS + "p,PMP,P,port-01\n" * (ROWS_LIMIT + 1), ListKind.UNITS, "751 rows, and 750 are"),
    ],
)
def test_a_fault_is_named_with_row_and_column(text: str, kind: ListKind, said: str) -> None:
    found = problems(text, kind)
    assert [each for each in found if said in each], found


@pytest.mark.parametrize(
    ("feature", "said"),
    [
        ({"type": "Feature", "geometry": None, "properties": {}}, "row 1, lat: is empty"),
        ({"type": "Feature", "geometry": {"type": "Point", "coordinates": [400, 1]}}, "no Point"),
        (
            {"type": "Feature", "geometry": {"type": "LineString", "coordinates": [[1, 1]]}},
            "row 1: is no point",
        ),
        ("x", "row 1: is no Feature"),
    ],
)
def test_a_fault_in_geojson_is_named_with_its_feature(feature: object, said: str) -> None:
    whole = json.dumps({"type": "FeatureCollection", "features": [feature]})
    found = problems(whole, ListKind.STATIONS, GEOJSON)
    assert [each for each in found if said in each], found


def test_all_faults_are_listed_and_the_good_rows_are_there() -> None:
    text = f"{UNITS}p-1,PMP,P1,port-01\np 2,XXL,P2,port-09\n,,,\np-3,,P3,port-01\n"
    assert problems(text, ListKind.UNITS) == [
        "row 3, id: has more than small letters, digits and dashes",
        "row 3, type: is no type of ours that is known",
        "row 3, station: is no station of this organisation on that day",
        "row 5, type: is empty",
    ]
    assert [row.number for row in read_list(text.encode(), ListKind.UNITS, CSV, KNOWN).rows] == [2]


def test_a_fault_never_repeats_what_was_written() -> None:
    secret = "Anders And 4711"
    for kind in ListKind:
        heads = {ListKind.STATIONS: STATIONS, ListKind.UNITS: UNITS, ListKind.PICK_LISTS: PICKS}
        columns = heads[kind].count(",") + 1
        for text in (secret, heads[kind] + ",".join([secret] * columns)):
            assert secret not in " ".join(problems(text, kind))


@given(st.binary(max_size=400), st.sampled_from(list(ListKind)), st.sampled_from(FORMATS))
def test_any_bytes_are_a_list_or_have_a_fault(raw: bytes, kind: ListKind, form: str) -> None:
    read = read_list(raw, kind, form, KNOWN)
    assert read.rows or read.problems


def test_needs_are_read_with_either_sign_between_them() -> None:
    assert (
        needs_in("PMP:2;BOT:1") == needs_in(" PMP : 2 | BOT:1 ") == (Need("PMP", 2), Need("BOT", 1))
    )
    assert needs_in("PMP:0") is None


def test_a_need_may_ask_for_a_crew_a_deadline_and_what_is_counted_up() -> None:
    assert needs_in("PMP:2/6@10; CAR:1 @5 | +smoke divers: 8@20;+crew:12") == (
        Need("PMP", 2, crew=6, within_min=10),
        Need("CAR", 1, within_min=5),
        Need("", 8, within_min=20, capability="smoke divers"),
        Need("", 12, capability="crew"),
    )
    for wrong in ("PMP:1/0", "PMP:1@0", "PMP:1/six", "+:3", "+crew", "+crew:0", "+crew:5/2"):
        assert needs_in(wrong) is None, wrong
