# SPDX-License-Identifier: Apache-2.0
"""What goes out: the same lines as a table for a spreadsheet, or as points for a map program."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo

from bavn.capabilities.exchange.model.columns import COLUMN, OF, What, Words
from bavn.capabilities.exchange.ports import Line
from bavn.codecs import geojson, sheets

# What a spreadsheet set to Danish writes between cells, and before decimals.
SEMICOLON, COMMA = ";", ","
_PLACES = ("lat", "lon")
# What people read by its word; other codes are kept, since names of types may be alike.
SAID = frozenset({"status", "state", "outcome", "place_exact"})


def columns_of(what: What) -> tuple[str, ...]:
    """The columns that go out, in their order; nothing that may name people is among them."""
    columns = OF[what]
    return tuple(each for each in columns.all if each not in columns.private)


def sheet_of(
    what: What,
    lines: Iterable[Line],
    words: Words,
    *,
    language: str,
    zone: tzinfo,
    between: str = SEMICOLON,
) -> bytes:
    """A table with headings and words in the reader's language, instants by the country's clock."""
    columns = columns_of(what)
    heading = [words.title(COLUMN, each, language) for each in columns]

    def cell(name: str, value: object) -> str:
        if isinstance(value, float):
            return _decimals(value, "," if between == SEMICOLON else ".")
        if isinstance(value, datetime):
            return value.astimezone(zone).isoformat(timespec="seconds")
        if isinstance(value, tuple | list):
            return "|".join(str(each) for each in value)
        if value is None:
            return ""
        said = str(value)
        return words.title(name, said, language) if name in SAID else said

    rows = ([cell(name, line.get(name)) for name in columns] for line in lines)
    return sheets.written(heading, rows, between=between)


def points_of(what: What, lines: Sequence[Line]) -> bytes:
    """GeoJSON (RFC 7946), codes and instants as programs want them."""
    columns = [each for each in columns_of(what) if each not in _PLACES]
    return geojson.written(
        (line.get("lon"), line.get("lat"), _properties(columns, line)) for line in lines
    )


def _properties(columns: Sequence[str], line: Line) -> Mapping[str, object]:
    return {name: line.get(name) for name in columns if name in line}


def _decimals(value: float, point: str) -> str:
    # A decimetre is better than any of it is known.
    return f"{value:.6f}".rstrip("0").rstrip(".").replace(".", point)
