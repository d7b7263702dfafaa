# SPDX-License-Identifier: Apache-2.0
"""Units made by rule: always the same, all marked, and true to the figures that are published."""

from collections import Counter

import msgspec
import pytest

from bavn.capabilities.organisation.model.units import Unit, units_of
from bavn.frame.country import Country
from bavn.kernel.identity import is_name
from bavn.runtime.countries import built_in
from tests.lilleland.country import lilleland


@pytest.fixture(scope="module")
def denmark() -> Country:
    return built_in("denmark")


@pytest.fixture(scope="module")
def units(denmark: Country) -> tuple[Unit, ...]:
    return units_of(denmark)


def of_kind(country: Country, *kinds: str) -> set[str]:
    return {each.code for each in country.resource_types if each.kind in kinds}


def count(units: tuple[Unit, ...], service: str, types: set[str]) -> int:
    return sum(unit.service == service and unit.type in types for unit in units)


def figure(country: Country, key: str) -> float:
    (number,) = [each.number for each in country.figures if each.key == key]
    assert number is not None
    return number


@pytest.mark.requirement("E5.2")
def test_the_country_has_about_2500_units(units: tuple[Unit, ...]) -> None:
    assert 2400 <= len(units) <= 2600


def test_vehicles_meet_the_figures_that_services_publish(
    denmark: Country, units: tuple[Unit, ...]
) -> None:
    vehicles = of_kind(denmark, "vehicle")
    stations = Counter(station.service for station in denmark.stations)
    assert stations["njb"] == 36  # type: ignore[index]
    assert count(units, "njb", vehicles) == pytest.approx(figure(denmark, "vehicles.njb"), rel=0.05)
    # Told in the notes on the services: 80 vehicles, and seven turn-out units of 1+5.
    assert count(units, "hbr", vehicles) == pytest.approx(80, rel=0.05)
    assert count(units, "bost", {"ASP"}) == 7


def test_all_municipal_vehicles_with_trailers_meet_the_national_figure(
    denmark: Country, units: tuple[Unit, ...]
) -> None:
    rolling = of_kind(denmark, "vehicle", "vessel", "equipment")
    local = [unit for unit in units if unit.service != denmark.agency.id and unit.type in rolling]
    total = figure(denmark, "vehicles.total")
    assert total <= len(local) <= 1.05 * total


def test_incident_commanders_and_the_national_force_meet_their_figures(
    denmark: Country, units: tuple[Unit, ...]
) -> None:
    commanders = sum(u.type == "ISL" and u.service != denmark.agency.id for u in units)
    assert commanders == pytest.approx(111, rel=0.05)
    platoons = [unit.crew for unit in units if unit.type == "PRS"]
    sustained = figure(denmark, "national.sustained_force")
    assert sustained <= sum(platoons) <= sustained + platoons[0]


def test_every_service_can_send_a_commander_and_an_engine(
    denmark: Country, units: tuple[Unit, ...]
) -> None:
    for service in denmark.services:
        types = {unit.type for unit in units if unit.service == service.id}
        assert {"ISL", "ASP"} <= types, service.id


def test_every_type_on_a_pick_list_stands_somewhere(
    denmark: Country, units: tuple[Unit, ...]
) -> None:
    needed = {need.type for each in denmark.incident_types for need in each.first_dispatch}
    assert needed <= {unit.type for unit in units}


@pytest.mark.parametrize("country", [built_in("denmark"), lilleland()], ids=lambda c: c.id)
def test_units_are_named_once_stand_at_their_station_and_are_marked(country: Country) -> None:
    units = units_of(country)
    stations = {station.id: station for station in country.stations}
    partners = of_kind(country, "partner")
    assert len({unit.id for unit in units}) == len(units) == len({u.callsign for u in units})
    for unit in units:
        assert is_name(unit.id)
        assert unit.id.startswith(f"{unit.station}-{unit.type.lower()}-")
        assert stations[unit.station].service == unit.service
        assert unit.basis.startswith("own calibration")
        assert unit.type not in partners


def test_the_same_country_gives_the_same_units() -> None:
    country = lilleland()
    shuffled = msgspec.structs.replace(country, stations=tuple(reversed(country.stations)))
    assert sorted(u.id for u in units_of(country)) == sorted(u.id for u in units_of(shuffled))
    assert units_of(country) == units_of(lilleland())


def test_a_rule_counts_matching_stations_in_the_order_of_their_ids() -> None:
    found = Counter((unit.station, unit.type) for unit in units_of(lilleland()))
    assert found == {
        ("easttown-01", "CAR"): 1,
        ("easttown-01", "PMP"): 2,
        ("easttown-02", "PMP"): 1,
        ("port-01", "CAR"): 1,
        ("port-01", "PMP"): 1,
        ("port-01", "BOT"): 2,
        ("westtown-01", "CAR"): 1,
        ("westtown-01", "PMP"): 2,
        ("westtown-02", "PMP"): 1,
        ("agency-01", "HLP"): 3,
    }
