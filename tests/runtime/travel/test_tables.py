# SPDX-License-Identifier: Apache-2.0
"""The country's tables of turning out and driving: read with their faults, and what they mean."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from bavn.frame.country import Basis, Row
from bavn.kernel.refusal import BadInput
from bavn.runtime.countries import built_in, read_table
from bavn.runtime.travel.lands import LandRow, lands_of
from bavn.runtime.travel.tables import (
    DrivingRow,
    GivesRow,
    ReachRow,
    TurnOutRow,
    read_travel_tables,
    travel_tables,
)

DENMARK = built_in("denmark")
TABLES = travel_tables("denmark")
FOLDER = files("bavn") / "countries" / "denmark"
ROWS: dict[str, type[Row]] = {
    "turnouts": TurnOutRow,
    "driving": DrivingRow,
    "reach": ReachRow,
    "type_gives": GivesRow,
    "travel": LandRow,
}


@pytest.mark.requirement("E0.2")
def test_every_row_says_what_it_stands_on() -> None:
    for name, row in ROWS.items():
        for each in read_table(FOLDER, name, row):
            assert each.basis.startswith(tuple(Basis)), (name, each)


def test_every_way_of_crewing_has_its_turn_out_and_every_urgency_its_reach() -> None:
    crews = {each.crew for each in TABLES.turnouts}
    assert {each.code for each in DENMARK.crewings} <= crews
    assert set(TABLES.reach_s) == {each.code for each in DENMARK.urgencies}
    limits = [TABLES.reach_s[each.code] for each in DENMARK.urgencies]
    assert limits == sorted(limits)


def test_types_and_capabilities_are_the_country_s() -> None:
    names = {each.code for each in DENMARK.capability_names}
    types = {each.code for each in DENMARK.resource_types}
    for each in read_table(FOLDER, "type_gives", GivesRow):
        assert each.type in types
        assert each.capability in names
        assert each.least is None or each.least <= each.gives


def test_a_type_is_stood_in_for_by_what_gives_at_least_as_much() -> None:
    assert TABLES.stands_in("TSP", "ASP")
    # It brings too little water.
    assert not TABLES.stands_in("ASP", "TSP")
    assert not TABLES.stands_in("ASP", "TAN")
    assert TABLES.stands_in("LIF", "STI")
    # Who leads, and what no table knows, is stood in for by nobody.
    assert [each.code for each in DENMARK.resource_types if TABLES.stands_in(each.code, "ISL")] == [
        "ISL"
    ]
    assert not TABLES.stands_in("ASP", "nothing")
    assert TABLES.stands_in("nothing", "nothing")


def test_a_commander_s_car_has_a_crew_of_its_own() -> None:
    assert TABLES.crew_of("ISL", "part-time") == "commander"
    assert TABLES.crew_of("ASP", "part-time") == "part-time"


def test_every_municipality_has_a_land_and_every_crossing_two() -> None:
    lands = lands_of("denmark", TABLES.speed)
    for each in DENMARK.municipalities:
        lat, lon = [each.town_lat], [each.town_lon]
        assert lands.of_each([each.code], *map(_column, (lat, lon)))[0] >= 0
    assert len(lands.crossings.ends.lat) % 2 == 0


def _column(values: list[float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array(values, dtype=np.float64)


@pytest.mark.parametrize(
    ("name", "cell", "other", "where"),
    [
        ("turnouts", "24/7,,60,", "24/7,,0,", "turnouts.csv row 2, median_s"),
        ("turnouts", "24/7,,60,", "24/7,,soon,", "turnouts.csv row 2, median_s"),
        ("driving", "cruise,72", "cruise,0", "driving.csv, cruise"),
        ("reach", "immediate,60", "immediate,0", "reach.csv row 2, reach_min"),
    ],
)
def test_a_fault_is_named_with_its_row_and_column(
    tmp_path: Path, name: str, cell: str, other: str, where: str
) -> None:
    for each in ROWS:
        text = (FOLDER / f"{each}.csv").read_text(encoding="utf-8")
        if each == name:
            assert cell in text
            text = text.replace(cell, other)
        (tmp_path / f"{each}.csv").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as bad:
        read_travel_tables(tmp_path)
    assert [each.where for each in bad.value.problems] == [where]
