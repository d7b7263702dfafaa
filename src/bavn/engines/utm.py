# SPDX-License-Identifier: Apache-2.0
"""Degrees to metres and back: universal transverse Mercator on the GRS 80 ellipsoid (ETRS89).

Krüger's series in the third flattening n, carried to n⁴ (Krüger 1912; as in Karney 2011,
"Transverse Mercator with an accuracy of a few nanometers", equations 7 to 36). Within eight degrees
of the middle meridian the terms that are left out are less than a thousandth of a millimetre.
WGS 84 is taken for ETRS89: the two drift apart by 2.5 cm a year and are under a metre apart today.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

# GRS 80: half the longer axis in metres, and the flattening (Moritz 2000).
AXIS_M = 6_378_137.0
FLATTENING = 1 / 298.257222101
# What every zone of UTM shares (DMA TM 8358.2).
SCALE = 0.9996
EAST_M = 500_000.0
ZONE_DEGREES = 6
FIRST_MIDDLE = -183
# Newton's method for the latitude doubles its digits each time; three suffice, a fourth is cheap.
STEPS = 4

_N = FLATTENING / (2 - FLATTENING)
_E = float(np.sqrt(FLATTENING * (2 - FLATTENING)))
_RADIUS_M = AXIS_M / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64)
_TO_PLANE = (
    _N / 2 - 2 * _N**2 / 3 + 5 * _N**3 / 16 + 41 * _N**4 / 180,
    13 * _N**2 / 48 - 3 * _N**3 / 5 + 557 * _N**4 / 1440,
    61 * _N**3 / 240 - 103 * _N**4 / 140,
    49561 * _N**4 / 161280,
)
_TO_SPHERE = (
    _N / 2 - 2 * _N**2 / 3 + 37 * _N**3 / 96 - _N**4 / 360,
    _N**2 / 48 + _N**3 / 15 - 437 * _N**4 / 1440,
    17 * _N**3 / 480 - 37 * _N**4 / 840,
    4397 * _N**4 / 161280,
)


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone of the northern half, 1 to 60."""

    number: int

    @property
    def middle(self) -> float:
        """The meridian in the middle, in degrees east."""
        return float(FIRST_MIDDLE + ZONE_DEGREES * self.number)

    def to_metres(self, degrees: Numbers) -> Numbers:
        """Rows of (longitude, latitude) in degrees as rows of (east, north) in metres."""
        degrees = np.asarray(degrees, dtype=np.float64)
        away = np.radians(degrees[:, 0] - self.middle)
        slope = _conformal(np.tan(np.radians(degrees[:, 1])))
        xi = np.arctan2(slope, np.cos(away))
        eta = np.arctanh(np.sin(away) / np.hypot(1, slope))
        north, east = xi.copy(), eta.copy()
        for index, factor in enumerate(_TO_PLANE, start=1):
            north += factor * np.sin(2 * index * xi) * np.cosh(2 * index * eta)
            east += factor * np.cos(2 * index * xi) * np.sinh(2 * index * eta)
        size = SCALE * _RADIUS_M
        return np.column_stack((EAST_M + size * east, size * north))

    def to_degrees(self, metres: Numbers) -> Numbers:
        """Rows of (east, north) in metres as rows of (longitude, latitude) in degrees."""
        metres = np.asarray(metres, dtype=np.float64)
        size = SCALE * _RADIUS_M
        xi, eta = metres[:, 1] / size, (metres[:, 0] - EAST_M) / size
        on_sphere, aside = xi.copy(), eta.copy()
        for index, factor in enumerate(_TO_SPHERE, start=1):
            on_sphere -= factor * np.sin(2 * index * xi) * np.cosh(2 * index * eta)
            aside -= factor * np.cos(2 * index * xi) * np.sinh(2 * index * eta)
        slope = np.sin(on_sphere) / np.hypot(np.sinh(aside), np.cos(on_sphere))
        longitude = self.middle + np.degrees(np.arctan2(np.sinh(aside), np.cos(on_sphere)))
        return np.column_stack((longitude, np.degrees(np.arctan(_from_conformal(slope)))))


def _conformal(slope: Numbers) -> Numbers:
    """The tangent of the conformal latitude, of a latitude with this tangent (Karney, 7 to 9)."""
    secant = np.hypot(1, slope)
    sigma = np.sinh(_E * np.arctanh(_E * slope / secant))
    found: Numbers = slope * np.hypot(1, sigma) - sigma * secant
    return found


def _from_conformal(slope: Numbers) -> Numbers:
    """The tangent of the latitude whose conformal latitude has this tangent (Karney, 19 to 21)."""
    squared = _E * _E
    found: Numbers = slope / (1 - squared)
    for _ in range(STEPS):
        guess = _conformal(found)
        step = (slope - guess) / np.hypot(1, guess)
        step *= (1 + (1 - squared) * found**2) / ((1 - squared) * np.hypot(1, found))
        found = found + step
    return found
