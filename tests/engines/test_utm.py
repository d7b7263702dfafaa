# SPDX-License-Identifier: Apache-2.0
"""Degrees to metres, beside the definition itself computed in another way."""

import cmath
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.engines.utm import AXIS_M, FLATTENING, Zone

ECCENTRICITY = math.sqrt(FLATTENING * (2 - FLATTENING))
MILLIMETRE = 0.001
# Places and weights of Gauss' rule for integrals: exact far beyond what is asked here.
NODES, WEIGHTS = np.polynomial.legendre.leggauss(60)
# Denmark with Bornholm and its waters; zone 32 is used for all of it.
LONGITUDES, LATITUDES = st.floats(3, 17), st.floats(53, 60)


def defined(longitude: float, latitude: float, middle: float) -> tuple[float, float]:
    """Compute the projection from its definition, with complex numbers and no series.

    It keeps angles and the length of the middle meridian (Lee 1976): it is that length, taken of
    the complex latitude whose isometric latitude is the place's.
    """
    isometric = complex(_isometric(math.radians(latitude)), math.radians(longitude - middle))
    phi = complex(math.radians(latitude), 0)
    for _ in range(50):
        change = (_isometric_complex(phi) - isometric) / _isometric_slope(phi)
        phi -= change
    north = sum(
        w * phi / 2 * _meridian_slope(phi * (1 + x) / 2)
        for x, w in zip(NODES, WEIGHTS, strict=True)
    )
    return 500_000 + 0.9996 * north.imag, 0.9996 * north.real


def _isometric(phi: float) -> float:
    return math.atanh(math.sin(phi)) - ECCENTRICITY * math.atanh(ECCENTRICITY * math.sin(phi))


def _isometric_complex(phi: complex) -> complex:
    sine = cmath.sin(phi)
    return cmath.atanh(sine) - ECCENTRICITY * cmath.atanh(ECCENTRICITY * sine)


def _isometric_slope(phi: complex) -> complex:
    squared = ECCENTRICITY**2
    return (1 - squared) / ((1 - squared * cmath.sin(phi) ** 2) * cmath.cos(phi))


def _meridian_slope(phi: complex) -> complex:
    squared = ECCENTRICITY**2
    root: complex = cmath.sqrt(1 - squared * cmath.sin(phi) ** 2)
    return AXIS_M * (1 - squared) / root**3


@given(longitude=LONGITUDES, latitude=LATITUDES)
def test_a_place_is_within_a_millimetre_of_the_definition(
    longitude: float, latitude: float
) -> None:
    found = Zone(32).to_metres(np.array([[longitude, latitude]]))[0]
    assert found == pytest.approx(defined(longitude, latitude, 9), abs=MILLIMETRE)


@given(longitude=LONGITUDES, latitude=LATITUDES, zone=st.sampled_from([31, 32, 33]))
def test_there_and_back_is_the_same_place(longitude: float, latitude: float, zone: int) -> None:
    degrees = np.array([[longitude, latitude]])
    back = Zone(zone).to_degrees(Zone(zone).to_metres(degrees))
    # A millimetre is 9e-9 degrees.
    assert np.abs(back - degrees).max() < 9e-9


def test_the_quarter_meridian_has_its_published_length() -> None:
    # 10 001 965.7293 m on GRS 80 (Moritz 2000, "Geodetic Reference System 1980").
    north = Zone(32).to_metres(np.array([[9.0, 90.0 - 1e-9]]))[0, 1]
    assert north / 0.9996 == pytest.approx(10_001_965.7293, abs=MILLIMETRE)


@pytest.mark.parametrize(("zone", "middle"), [(1, -177), (32, 9), (33, 15), (60, 177)])
def test_a_zone_has_its_middle(zone: int, middle: float) -> None:
    assert Zone(zone).middle == middle
    assert Zone(zone).to_metres(np.array([[middle, 56.0]]))[0, 0] == pytest.approx(500_000)
