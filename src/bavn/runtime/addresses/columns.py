# SPDX-License-Identifier: Apache-2.0
"""A row of a list of addresses: which column is which, and what is wrong with a cell."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bavn.frame.country import Bounds
from bavn.kernel.refusal import Problem
from bavn.runtime.halt import halt

# What columns are called in the national address register's own lists, and plainly.
NAMES: dict[str, tuple[str, ...]] = {
    "street": ("street", "vejnavn", "adresseringsvejnavn", "adresseringsnavn"),
    "number": ("number", "husnr", "husnummer", "husnummertekst"),
    "letter": ("letter", "bogstav", "husbogstav"),
    "locality": ("locality", "supplerendebynavn", "supplerende_bynavn"),
    "postcode": ("postcode", "postnr", "postnummer"),
    "town": ("town", "postnrnavn", "postdistrikt", "by"),
    "municipality": ("municipality", "kommunekode", "kommunenr"),
    "lat": ("lat", "latitude", "wgs84koordinat_bredde", "wgs84_bredde"),
    "lon": ("lon", "longitude", "wgs84koordinat_længde", "wgs84_længde"),
    "east": ("east", "etrs89koordinat_øst", "etrs89_øst", "x"),
    "north": ("north", "etrs89koordinat_nord", "etrs89_nord", "y"),
}
NEEDED = ("street", "number", "postcode", "town", "municipality")
_DEGREES, _METRES = ("lat", "lon"), ("east", "north")
_HOUSE = re.compile(r"0*([1-9][0-9]{0,2})\s*([A-Za-zÆØÅæøå]?)")
_CODE = re.compile(r"[0-9]{3,4}")
# No street's name is longer; what is, is a whole line that lost its marks between cells.
NAME_LIMIT = 120


@dataclass(frozen=True, slots=True)
class Columns:
    """Where in a line each thing stands; `in_metres` tells which coordinates are taken."""

    at: Mapping[str, int]
    in_metres: bool
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A row that was read: the coordinates as they stand there."""

    street: str
    number: int
    letter: str
    locality: str
    postcode: str
    town: str
    municipality: str
    x: float
    y: float


def columns_of(heading: Sequence[str], named: Mapping[str, str]) -> Columns:
    """Find each column by the name that was given for it, else by one that it is known by."""
    small = [each.strip().casefold() for each in heading]
    unknown = [name for name in named if name not in NAMES]
    at = {}
    for name, known in NAMES.items():
        wanted = (named[name].casefold(),) if name in named else known
        found = next((small.index(each) for each in wanted if each in small), None)
        if found is not None:
            at[name] = found
        elif name in named:
            unknown.append(named[name])
    lacks = [name for name in NEEDED if name not in at]
    in_metres = not all(name in at for name in _DEGREES)
    if in_metres and not all(name in at for name in _METRES):
        lacks += ["lat, lon / east, north"]
    if lacks or unknown:
        raise halt(
            "addresses_columns",
            f"Lacking columns: {', '.join(lacks) or '-'}; unknown: {', '.join(unknown) or '-'}.",
            "Say which column is which: --column street=NAME, once for each.",
            lacks=", ".join(lacks) or "-",
            unknown=", ".join(unknown) or "-",
            found=", ".join(heading),
        )
    return Columns(at, in_metres, len(heading))


class Reader:
    """Reads rows; what is wrong with one is listed with its column."""

    def __init__(self, columns: Columns, municipalities: frozenset[str], bounds: Bounds) -> None:
        self._columns = columns
        self._municipalities = municipalities
        self._bounds = bounds

    def read(self, line: Sequence[str], row: int) -> House | list[Problem]:
        """The house in a line, or all that is wrong with it."""
        columns = self._columns
        if len(line) != columns.width:
            says = f"has {len(line)} cells, and there are {columns.width} columns"
            return [Problem(where=f"row {row}", says=says)]
        cell = {name: line[at].strip() for name, at in columns.at.items()}
        house = _HOUSE.fullmatch(f"{cell['number']}{cell.get('letter', '')}")
        municipality = cell["municipality"].zfill(4)
        x, y = (_number(cell[name]) for name in (_METRES if columns.in_metres else _DEGREES[::-1]))
        wrong = {
            "street": not 0 < len(cell["street"]) <= NAME_LIMIT,
            "number": house is None,
            "postcode": _CODE.fullmatch(cell["postcode"]) is None,
            "town": not 0 < len(cell["town"]) <= NAME_LIMIT,
            "locality": len(cell.get("locality", "")) > NAME_LIMIT,
            "municipality": municipality not in self._municipalities,
            "east" if columns.in_metres else "lon": x is None,
            "north" if columns.in_metres else "lat": y is None,
        }
        problems = [self._problem(row, name, cell) for name, is_wrong in wrong.items() if is_wrong]
        if problems or house is None or x is None or y is None:
            return problems
        return House(
            street=" ".join(cell["street"].split()),
            number=int(house[1]),
            letter=house[2].lower(),
            locality=" ".join(cell.get("locality", "").split()),
            postcode=cell["postcode"].zfill(4),
            town=" ".join(cell["town"].split()),
            municipality=municipality,
            x=x,
            y=y,
        )

    def outside(self, lat: float, lon: float, row: int) -> Problem | None:
        """What is wrong with a place that is not in the country."""
        bounds = self._bounds
        if bounds.south <= lat <= bounds.north and bounds.west <= lon <= bounds.east:
            return None
        return Problem(
            where=f"row {row}, place", says=f"{lat:.5f}, {lon:.5f} is not in the country"
        )

    def _problem(self, row: int, name: str, cell: Mapping[str, str]) -> Problem:
        value = cell.get(name, "")
        says = f"{value[:NAME_LIMIT]!r} cannot be read" if value else "is empty"
        if name == "municipality" and value:
            says = f"{value!r} is no municipality"
        return Problem(where=f"row {row}, {name}", says=says)


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    # What is no number is not equal to itself, and what is infinite is beyond every country.
    return value if value == value and abs(value) < 1e8 else None  # noqa: PLR0124, PLR2004
