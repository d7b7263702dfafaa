# SPDX-License-Identifier: Apache-2.0
"""Whose incident it is: always an answer, and the best that is known."""

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.operations.model.incident import OwnerBy
from bavn.capabilities.operations.ports import (
    Covered,
    NamedPlace,
    NoRegistry,
    NoTerritory,
    NoTypes,
    area_told,
    nearest,
    whose,
)
from bavn.kernel.identity import OrganisationId
from tests.lilleland.nodes import EASTERN, EASTTOWN, PORT, WESTERN, WESTTOWN

DAY = date(2027, 1, 1)
HERE, AT_SEA = (57.0, 9.9), (58.5, 9.0)


class EastKnown(NoTerritory):
    """Easttown covers what lies within a degree of it; beyond are stations only."""

    def __init__(self, *, approximate: bool = False) -> None:
        self.approximate = approximate

    def covering(self, lat: float, lon: float, on: date) -> Covered | None:
        if abs(lat - HERE[0]) > 1 or abs(lon - HERE[1]) > 1:
            return None
        return Covered(
            service=EASTTOWN, area=EASTERN, municipality="0001", approximate=self.approximate
        )

    def covering_municipality(self, code: str, on: date) -> Covered | None:
        return Covered(service=PORT, area=EASTERN, municipality=code) if code == "0002" else None

    def area_of(self, organisation: OrganisationId, on: date) -> OrganisationId | None:
        return WESTERN if organisation == WESTTOWN else None

    def stations(self, on: date) -> Sequence[NamedPlace]:
        return (
            NamedPlace(code="e-01", name="East", lat=57.0, lon=9.9, service=EASTTOWN),
            NamedPlace(code="w-01", name="West", lat=58.4, lon=9.0, service=WESTTOWN),
            NamedPlace(code="x-01", name="Depot", lat=58.5, lon=9.0),
        )


@pytest.mark.parametrize(
    ("given_", "service", "area", "by"),
    [
        ({"named": PORT, "place": HERE}, PORT, PORT, OwnerBy.NAMED),
        ({"named": EASTTOWN, "place": HERE}, EASTTOWN, EASTERN, OwnerBy.NAMED),
        ({"place": HERE}, EASTTOWN, EASTERN, OwnerBy.TERRITORY),
        ({"place": AT_SEA, "municipality": "0002"}, PORT, EASTERN, OwnerBy.TERRITORY),
        ({"place": AT_SEA}, WESTTOWN, WESTERN, OwnerBy.NEAREST_STATION),
        ({"municipality": "0009"}, WESTTOWN, WESTERN, OwnerBy.CALLER),
        ({}, WESTTOWN, WESTERN, OwnerBy.CALLER),
    ],
)
def test_whose_it_is_is_found_from_the_best_that_is_known(
    given_: dict[str, object], service: str, area: str, by: OwnerBy
) -> None:
    found = whose(EastKnown(), DAY, WESTTOWN, **given_)  # type: ignore[arg-type]
    assert (found.service, found.area, found.by) == (service, area, by)


def test_a_border_that_is_guessed_says_so() -> None:
    found = whose(EastKnown(approximate=True), DAY, WESTTOWN, place=HERE)
    assert (found.service, found.by) == (EASTTOWN, OwnerBy.APPROXIMATE)


def test_the_municipality_of_the_place_is_told_unless_the_caller_names_one() -> None:
    assert whose(EastKnown(), DAY, WESTTOWN, place=HERE).municipality == "0001"
    found = whose(EastKnown(), DAY, WESTTOWN, place=HERE, municipality="0003")
    assert found.municipality == "0003"


places = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@given(st.none() | places, st.none() | st.sampled_from([EASTTOWN, PORT]))
def test_there_is_always_an_answer_also_where_nothing_is_known(
    place: tuple[float, float] | None, named: OrganisationId | None
) -> None:
    for territory in (NoTerritory(), EastKnown()):
        found = whose(territory, DAY, WESTTOWN, named=named, place=place)
        assert found.service
        assert found.area
        assert named is None or found.service == named


def test_the_nearest_is_measured_on_the_ground_and_not_in_degrees() -> None:
    # At 57° north a degree of longitude is little more than half a degree of latitude.
    east = NamedPlace(code="1", name="", lat=57.0, lon=11.5, service=EASTTOWN)
    north = NamedPlace(code="2", name="", lat=58.0, lon=10.0, service=WESTTOWN)
    assert nearest([north, east], 57.0, 10.0) == EASTTOWN
    assert nearest([], 57.0, 10.0) is None


def test_the_area_that_was_told_is_told_again() -> None:
    assert area_told(EastKnown(), WESTTOWN, EASTERN, DAY) == EASTERN
    assert area_told(EastKnown(), WESTTOWN, None, DAY) == WESTERN
    assert area_told(NoTerritory(), PORT, None, DAY) == PORT


def test_who_knows_nothing_says_so() -> None:
    nothing = NoTerritory()
    assert not [*nothing.areas(DAY), *nothing.municipalities(DAY), *nothing.stations(DAY)]
    assert nothing.covering_municipality("0851", DAY) is None
    assert nothing.name_of(PORT, DAY) is None
    assert (NoRegistry().unit("u1", DAY), NoRegistry().units(DAY)) == (None, ())
    assert NoTypes().type_of("BR-VIL") is None
