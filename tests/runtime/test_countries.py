# SPDX-License-Identifier: Apache-2.0
"""Reading a country: its tables agree, and every problem in them is named with its place."""

import csv
import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from bavn.frame.country import Country, Need, holding
from bavn.kernel.refusal import BadInput
from bavn.runtime.countries import TABLES, built_in, read_country
from tests.lilleland.country import FOLDER, lilleland
from tools.tree import text

TODAY, AFTER = date(2026, 11, 21), date(2027, 1, 1)


@pytest.fixture(scope="module")
def denmark() -> Country:
    return built_in("denmark")


@pytest.mark.requirement("E4.1")
def test_four_areas_and_every_service_in_exactly_one(denmark: Country) -> None:
    assert len(denmark.areas) == 4
    for on in (TODAY, AFTER):
        placed = Counter(row.service for row in holding(denmark.placements, on))
        assert placed == {service.id: 1 for service in denmark.services}
        sizes = Counter(row.area for row in holding(denmark.placements, on))
        assert sorted(sizes.values()) == [1, 6, 6, 19]


def test_every_municipality_in_exactly_one_service(denmark: Country) -> None:
    covered = Counter(row.municipality for row in holding(denmark.memberships, TODAY))
    assert covered == {each.code: 1 for each in denmark.municipalities}
    assert len(covered) == 98


def test_five_regions_become_four(denmark: Country) -> None:
    eve = date(2026, 12, 31)
    assert [len(holding(denmark.regions, on)) for on in (eve, AFTER)] == [5, 4]
    for on, sizes in ((eve, [11, 17, 19, 22, 29]), (AFTER, [11, 19, 22, 46])):
        found = Counter(row.region for row in holding(denmark.municipality_regions, on))
        assert sorted(found.values()) == sizes


@pytest.mark.requirement("E4.4")
def test_each_centre_of_the_agency_serves_one_area_and_each_area_has_one(denmark: Country) -> None:
    served = holding(denmark.centre_areas, AFTER)
    assert {row.area for row in served} == {area.id for area in denmark.areas}
    stations = {station.id: station for station in denmark.stations}
    assert {stations[row.station].service for row in served} == {denmark.agency.id}
    assert all(row.basis.startswith("planned") for row in served)


@pytest.mark.requirement("E0.2")
def test_partners_are_never_ours_to_send(denmark: Country) -> None:
    names = {partner.english for partner in denmark.partners}
    assert {"Coastal rescue service", "Marine environment service"} <= names
    assert not any(partner.dispatchable for partner in denmark.partners)
    partners = {each.code for each in denmark.resource_types if each.kind == "partner"}
    sent = {need.type for each in denmark.incident_types for need in each.first_dispatch}
    assert partners
    assert not partners & sent
    assert not partners & {rule.type for rule in denmark.unit_rules}


@pytest.mark.requirement("E10.2")
def test_four_ways_of_being_attached_and_each_crewing_is_made_of_them(denmark: Country) -> None:
    kinds = {each.code for each in denmark.employments}
    assert kinds == {"full-time", "part-time", "volunteer", "conscript"}
    assert {kind for each in denmark.crewings for kind in each.employments} == kinds


def test_a_merger_is_planned_and_nothing_has_followed(denmark: Country) -> None:
    (change,) = denmark.planned_changes
    assert change.basis.startswith("planned")
    assert change.source
    assert change.into not in {service.id for service in denmark.services}
    assert change.into in denmark.organisations
    assert set(change.services) <= {row.service for row in holding(denmark.memberships, change.on)}


def test_every_row_of_every_table_says_what_it_stands_on(denmark: Country) -> None:
    for name in TABLES:
        rows = getattr(denmark, name)
        assert rows, name
        assert all(row.basis for row in rows)


def test_the_columns_hold_what_they_say(denmark: Country) -> None:
    first = denmark.incident_types[0]
    assert first.first_dispatch == (Need("ISL", 1), Need("ASP", 1))
    assert (len(denmark.stations), len(denmark.terms), len(denmark.figures)) == (302, 115, 82)
    assert abs(sum(each.population for each in denmark.municipalities) - 5_961_249) < 15_000
    assert sum(each.counted_population for each in denmark.municipalities) == 5_822_679


def test_the_page_about_the_tables_names_each_of_them() -> None:
    page = text("src/bavn/countries/denmark/README.md")
    assert [name for name in TABLES if f"`{name}`" not in page] == []


def test_an_invented_country_is_read_by_the_same_code() -> None:
    country = lilleland()
    assert (len(country.areas), len(country.services), len(country.stations)) == (2, 3, 6)


# Problems


def cells(folder: Path, name: str) -> list[list[str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def spoilt(folder: Path, name: str, row: int, column: str, value: str) -> None:
    """Put a value into one cell of one table."""
    table = cells(folder, name)
    table[row - 1][table[0].index(column)] = value
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(table)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(FOLDER, tmp_path / "country")


def problems(folder: Path) -> list[str]:
    with pytest.raises(BadInput) as caught:
        read_country(folder)
    return [f"{problem.where}: {problem.says}" for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("name", "row", "column", "value", "said"),
    [
        ("stations", 2, "lat", "55.0", "stations.csv row 2, lat: 55.0 is outside Littleland"),
        ("stations", 3, "lon", "x", "stations.csv row 3, lon: 'x': Expected `float`, got `str`"),
        ("stations", 3, "lon", "nan", "stations.csv row 3, lon: 'nan': is no number"),
        ("stations", 3, "service", "north", "row 3, service: 'north' is not in organisations"),
        ("stations", 3, "municipality", "04", "easttown does not cover 04"),
        ("stations", 3, "id", "easttown-01", "is the same as row 2"),
        ("stations", 3, "id", "Easttown 2", "has more than small letters, digits and dashes"),
        ("stations", 3, "crewing", "never", "row 3, crewing: 'never' is not in crewings"),
        ("stations", 4, "basis", "", "stations.csv row 4, basis: is empty"),
        ("stations", 4, "basis", "hearsay", "'hearsay' begins with none of"),
        ("planned_changes", 2, "source", "", "row 2, source: is empty, and the row says planned"),
        ("planned_changes", 2, "into", "East Coast", "row 2, into: 'East Coast' has more than"),
        ("areas", 2, "valid_to", "2025-01-01", "2025-01-01 is not after 2026-01-01"),
        ("areas", 2, "valid_from", "soon", "areas.csv row 2, valid_from: 'soon'"),
        ("memberships", 2, "valid_from", "2026-02-01", "municipality 01: has no row from 2026-01"),
        ("memberships", 2, "valid_to", "2027-01-01", "municipality 01: has no row from 2027-01-01"),
        ("municipality_regions", 5, "valid_from", "2027-08-01", "01: has no row from 2027-07-01"),
        ("municipality_regions", 5, "valid_from", "2027-06-01", "01: has two rows on 2027-06-01"),
        ("placements", 2, "area", "middle", "row 2, area: 'middle' is not in areas"),
        ("incident_types", 2, "share_pct", "61", "the shares are 101.00 % together, not 100"),
        ("incident_types", 2, "probability_real", "1.2", "1.2 is no probability"),
        ("incident_types", 2, "first_dispatch", "PMP", "'PMP': is no code with a count"),
        ("incident_types", 2, "first_dispatch", "AAA:1", "'AAA' is not in resource_types"),
        ("incident_types", 2, "first_dispatch", "LIB:1", "LIB is a partner, and not ours to send"),
        ("profiles", 2, "weight", "9", "the mean of the weights is not one"),
        ("profiles", 2, "index", "8", "has not one row for each of its periods"),
        ("partners", 2, "dispatchable", "yes", "a partner is shown, and never dispatched by us"),
        ("partners", 2, "dispatchable", "perhaps", "'perhaps': is neither yes nor no"),
        ("functions", 2, "level", "village", "functions.csv row 2, level: 'village'"),
    ],
)
def test_a_problem_is_named_with_its_place(
    folder: Path, name: str, row: int, column: str, value: str, said: str
) -> None:
    spoilt(folder, name, row, column, value)
    found = problems(folder)
    assert [each for each in found if said in each], found


def test_all_problems_are_listed(folder: Path) -> None:
    spoilt(folder, "stations", 2, "lat", "north")
    spoilt(folder, "stations", 5, "lon", "")
    spoilt(folder, "terms", 2, "basis", "")
    (folder / "areas.csv").unlink()
    (folder / "country.toml").write_text("id = 1", encoding="utf-8")
    places = [each.split(":")[0] for each in problems(folder)]
    assert places == [
        "country.toml",
        "areas.csv",
        "stations.csv row 2, lat",
        "stations.csv row 5, lon",
        "terms.csv row 2, basis",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "has no column id"),
        ("id,name,centre,basis,colour\n", "has an unknown column colour"),
        ("id,id,name,centre,basis\n", "has two columns id"),
        ("id,name,centre,basis\na,b\n", "has 2 cells, and there are 4 columns"),
        ('id,name,centre,basis\n"a,b\n', "is no table"),
    ],
)
def test_a_table_of_the_wrong_form_is_named(folder: Path, content: str, said: str) -> None:
    (folder / "areas.csv").write_text(content, encoding="utf-8")
    assert [each for each in problems(folder) if each.startswith("areas.csv") and said in each]
