# SPDX-License-Identifier: Apache-2.0
"""When a place is at an object."""

from collections.abc import Iterator

# A plot with a large building is about a hundred metres across; a neighbour's house lies farther
# than half of that from the middle. Own calibration: it only ever suggests, and a person decides.
AT_OBJECT_M = 50.0
# Places are looked up by squares of a thousandth of a degree: 111 m to the north and, up to
# latitude 63, at least as wide as what is looked for.
_DECIMALS, _STEP = 3, 0.001


def square_of(lat: float, lon: float) -> str:
    """The square that a place is in.

    >>> square_of(57.04881, 9.92172)
    '57.049 9.922'
    """
    # Adding zero turns a negative zero into a plain one.
    return f"{round(lat, _DECIMALS) + 0.0:.3f} {round(lon, _DECIMALS) + 0.0:.3f}"


def squares_near(lat: float, lon: float) -> Iterator[str]:
    """The square that a place is in, and the eight around it."""
    for north in (-_STEP, 0.0, _STEP):
        for east in (-_STEP, 0.0, _STEP):
            yield square_of(lat + north, lon + east)
