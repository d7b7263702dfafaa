# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a list, told in English in the record, and by name for whoever reads it.

The record keeps a fault as it was told. A page finds its name again, and says it in the language of
who reads it.
"""

import re
import string
from functools import cache
from typing import NamedTuple

# Every fault by its name, as `lists` and the reader of GeoJSON tell it.
FAULTS = {
    "too_many_rows": "has {count} rows, and {most} are the most: send it in parts",
    "no_rows": "has no rows",
    "twice": "stands in row {row} already",
    "no_table": "is no table: {why}",
    "no_column": "has no column {column}",
    "unknown_column_at": "column {at} is none that is known",
    "column_twice": "has the column {column} twice",
    "cells": "has {count} cells, and there are {columns} columns",
    "no_point": "is no point",
    "empty": "is empty",
    "unknown_column": "is no column that is known",
    "too_long": "is longer than {most} characters",
    "id_form": "has more than small letters, digits and dashes",
    "id_taken": "is another organisation's on that day",
    "municipality": "is no municipality of the country",
    "crewing": "is no crewing that is known",
    "no_number": "is no number",
    "outside": "is outside the country",
    "unit_type": "is no type of ours that is known",
    "station": "is no station of this organisation on that day",
    "crew": "is no number of people",
    "incident_type": "is no type of incident that is known",
    "needs_form": "is no list of types with a number after a colon",
    "needs_type": "names a type that is none of ours",
    "needs_capability": "names a capability that nobody has named",
    "needs_twice": "names a type twice",
    "no_json": "is no JSON: {why}",
    "no_collection": "is no FeatureCollection",
    "no_features": "has no list of features",
    "no_feature": "is no Feature",
    "properties": "has properties that are no object",
    "geometry": "has a geometry of no known type",
    "coordinates": "has coordinates that are no {geometry} in degrees",
}
_WHERE = re.compile(r"row (?P<row>\d+)(?:, (?P<column>.+))?")


class Found(NamedTuple):
    """A fault or a place by its name, with its values."""

    name: str
    values: dict[str, str]


def fault_of(says: str) -> Found | None:
    """The fault that this is; None for one that has no name.

    >>> fault_of("stands in row 4 already")
    Found(name='twice', values={'row': '4'})
    """
    for name, pattern in _patterns().items():
        if match := pattern.fullmatch(says):
            return Found(name, match.groupdict())
    return None


def where_of(where: str) -> Found:
    """Where it is: the file, a row, or a row's column.

    >>> where_of("row 3, id"), where_of("file").name
    (Found(name='row_column', values={'row': '3', 'column': 'id'}), 'file')
    """
    match = _WHERE.fullmatch(where)
    if match is None:
        return Found("file", {})
    if match["column"] is None:
        return Found("row", {"row": match["row"]})
    return Found("row_column", match.groupdict())


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(_pattern(text), re.DOTALL) for name, text in FAULTS.items()}


def _pattern(text: str) -> str:
    parts = string.Formatter().parse(text)
    return "".join(
        re.escape(literal) + (f"(?P<{value}>.+)" if value else "") for literal, value, _, _ in parts
    )
