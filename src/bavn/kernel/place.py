# SPDX-License-Identifier: Apache-2.0
"""Places on Earth (WGS 84), as pairs of degrees."""

import math

_LATITUDE_MOST, _LONGITUDE_MOST = 90.0, 180.0
# The Earth as a ball of the same surface (IUGG mean radius): a thousandth off at most.
_RADIUS_M = 6_371_008.8


def is_on_earth(latitude: float, longitude: float) -> bool:
    """True for numbers that are a place."""
    is_place = math.isfinite(latitude) and math.isfinite(longitude)
    return is_place and abs(latitude) <= _LATITUDE_MOST and abs(longitude) <= _LONGITUDE_MOST


def metres_between(here: tuple[float, float], there: tuple[float, float]) -> float:
    """How far apart two places are, through the air.

    >>> round(metres_between((57.0, 9.9), (57.001, 9.9)))
    111
    """
    (lat, lon), (other_lat, other_lon) = here, there
    north = math.radians(other_lat - lat)
    east = math.radians(other_lon - lon)
    half = math.sin(north / 2) ** 2
    half += (
        math.cos(math.radians(lat)) * math.cos(math.radians(other_lat)) * (math.sin(east / 2) ** 2)
    )
    return 2 * _RADIUS_M * math.asin(min(1.0, math.sqrt(half)))
