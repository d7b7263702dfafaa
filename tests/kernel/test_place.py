# SPDX-License-Identifier: Apache-2.0
"""Places: what is one, and how far two are apart."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.kernel.place import is_on_earth, metres_between

LATITUDES, LONGITUDES = st.floats(-90, 90), st.floats(-180, 180)


@pytest.mark.parametrize("lat", [math.nan, math.inf, 90.1, -91.0])
def test_what_is_no_place_is_none(lat: float) -> None:
    assert not is_on_earth(lat, 10.0)
    assert not is_on_earth(10.0, lat * 2)


def test_distances_that_are_known() -> None:
    # A degree of latitude on a ball of that radius, and from Aalborg to Copenhagen (city halls).
    assert metres_between((56.0, 10.0), (57.0, 10.0)) == pytest.approx(111_195, abs=1)
    assert metres_between((57.0488, 9.9217), (55.6761, 12.5683)) == pytest.approx(222_800, rel=0.01)


@given(LATITUDES, LONGITUDES, LATITUDES, LONGITUDES)
def test_a_distance_is_the_same_both_ways_and_at_most_half_round(
    lat: float, lon: float, other_lat: float, other_lon: float
) -> None:
    here, there = (lat, lon), (other_lat, other_lon)
    assert metres_between(here, there) == pytest.approx(metres_between(there, here), abs=1e-3)
    assert 0 <= metres_between(here, there) <= math.pi * 6_371_009
    assert metres_between(here, here) == 0
