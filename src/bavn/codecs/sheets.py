# SPDX-License-Identifier: Apache-2.0
"""Tables as spreadsheets write them (CSV, RFC 4180): rows by column, and each fault with its place.

Spreadsheets set to Danish write a semicolon between cells, a comma before decimals, and on Windows
the letters of Latin-1. All of it is read. A cell's own words are never repeated in a fault: such
files may name people.
"""

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

# A cell by its column; a cell that is empty is left out.
Cells: TypeAlias = dict[str, str]
_NUMBER = re.compile(r"-?\d{1,3}(?:[.,]\d{1,12})?")


class Fault(NamedTuple):
    """What is wrong, and where: the file, or a row as a spreadsheet counts them."""

    where: str
    says: str


def read(
    raw: bytes, required: Sequence[str], optional: Sequence[str] = ()
) -> tuple[list[tuple[int, Cells]], list[Fault]]:
    """The rows below the heading with their numbers, and what is wrong with the table.

    A heading that lacks a column, has one twice or one that nobody knows gives no rows at all.
    """
    text = text_of(raw)
    first = text.partition("\n")[0]
    # The heading has no list in it, so what it has most of stands between its columns.
    between = max(",;\t", key=first.count)
    try:
        lines = list(csv.reader(io.StringIO(text), delimiter=between, strict=True))
    except csv.Error as error:
        return [], [Fault("file", f"is no table: {error}")]
    if not lines:
        return [], []
    columns = [column.strip().lower() for column in lines[0]]
    known = {*required, *optional}
    wrong = [f"has no column {column}" for column in required if column not in columns]
    wrong += [
        f"column {at} is none that is known"
        for at, column in enumerate(columns, start=1)
        if column not in known
    ]
    wrong += [f"has the column {c} twice" for c in sorted(known) if columns.count(c) > 1]
    if wrong:
        return [], [Fault("row 1", says) for says in wrong]
    faults: list[Fault] = []
    return list(_rows(lines[1:], columns, faults)), faults


def _rows(
    lines: Sequence[Sequence[str]], columns: Sequence[str], faults: list[Fault]
) -> Iterable[tuple[int, Cells]]:
    for number, line in enumerate(lines, start=2):
        if not any(cell.strip() for cell in line):
            continue  # an empty line at the end of a sheet
        if len(line) != len(columns):
            says = f"has {len(line)} cells, and there are {len(columns)} columns"
            faults.append(Fault(f"row {number}", says))
            continue
        cells = {c: cell.strip() for c, cell in zip(columns, line, strict=True)}
        yield number, {column: cell for column, cell in cells.items() if cell}


def text_of(raw: bytes) -> str:
    """The table as text, each line ended alike, whatever it was written with."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What spreadsheets on Windows write in Denmark; every byte is some character in it.
        text = raw.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def number_in(text: str) -> float | None:
    """The number of a cell, with a point or a comma before its decimals.

    >>> number_in("57,05"), number_in("57.05"), number_in("57 05")
    (57.05, 57.05, None)
    """
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text.replace(",", "."))
    return number if math.isfinite(number) else None
