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
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple, TypeAlias

# A cell by its column; a cell that is empty is left out.
Cells: TypeAlias = dict[str, str]
_NUMBER = re.compile(r"-?\d{1,3}(?:[.,]\d{1,12})?")
# A moment as spreadsheets and systems write it: 2026-11-22T03:04:05Z, or 22-11-2026 03:04.
MOMENT = re.compile(
    r"([0-9]{1,4})[-./]([0-9]{1,2})[-./]([0-9]{1,4})"
    r"[T ]+(?:kl\.? ?)?([0-9]{1,2})[:.]([0-9]{2})(?:[:.]([0-9]{2})(?:[.,](?P<part>[0-9]{1,9}))?)?"
    r" ?(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2})?"
)
YEAR_DIGITS = 4
# What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_PLAIN_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
# By what the first bytes of files are known that are often taken for tables.
_MAGIC = {
    b"PK\x03\x04": "spreadsheet",
    b"PK\x05\x06": "spreadsheet",
    b"\xd0\xcf\x11\xe0": "spreadsheet",
    b"\x1f\x8b": "packed",
    b"\x28\xb5\x2f\xfd": "packed",
    b"Rar!": "packed",
    b"7z\xbc\xaf": "packed",
    b"%PDF": "pdf",
    b"\xff\xfe": "utf16",
    b"\xfe\xff": "utf16",
}


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
    between = between_in(text.partition("\n")[0])
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


class NoTable(ValueError):
    """The bytes are no table: `code` says what they seem to be instead."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Table:
    """A table with whatever columns it has: its heading, and its lines with their numbers."""

    heading: tuple[str, ...]
    lines: Iterator[tuple[int, list[str]]]


def table(raw: bytes) -> Table:
    """The table in these bytes, read line by line; raises NoTable, also on the way, for no table.

    A line has the number that a spreadsheet shows, and empty lines are left out. Nothing is ever
    unpacked, so that a small file cannot become a large one.
    """
    code = foreign_in(raw)
    if code is not None:
        raise NoTable(code)
    text = text_of(raw)
    between = between_in(text.partition("\n")[0])
    reader = csv.reader(io.StringIO(text), delimiter=between, strict=True)
    found = _numbered(reader)
    first = next(found, None)
    if first is None:
        raise NoTable("empty")
    return Table(tuple(" ".join(cell.split()) for cell in first[1]), found)


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    number = 0
    while True:
        number += 1
        try:
            line = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise NoTable("torn") from error
        if any(cell.strip() for cell in line):
            yield number, line


def foreign_in(raw: bytes) -> str | None:
    """What the bytes are where they are known to be no text; None where they may be."""
    for magic, code in _MAGIC.items():
        if raw.startswith(magic):
            return code
    return "binary" if b"\0" in raw else None


def between_in(heading: str) -> str:
    """What stands between the columns: no list is in a heading, so it is what it has most of."""
    return max(",;\t|", key=heading.count)


def written(
    heading: Sequence[str], lines: Iterable[Sequence[str]], *, between: str = ";", mark: bool = True
) -> bytes:
    """A table as spreadsheets read it: with a byte order mark, so that Danish letters stay such.

    What a spreadsheet would take for a formula has an apostrophe before it; `plain_in` takes it
    off.
    """
    text = io.StringIO()
    sheet = csv.writer(text, delimiter=between, lineterminator="\r\n")
    sheet.writerow([defused(each) for each in heading])
    for line in lines:
        sheet.writerow([defused(each) for each in line])
    return text.getvalue().encode("utf-8-sig" if mark else "utf-8")


def defused(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; a number is left as it is.

    >>> defused("=1+1"), defused("-12,5"), defused("-a")
    ("'=1+1", '-12,5', "'-a")
    """
    is_formula = cell.startswith(_FORMULA) and not _PLAIN_NUMBER.fullmatch(cell)
    return f"'{cell}" if is_formula or cell.startswith("'") else cell


def plain_in(cell: str) -> str:
    """A cell as it was before it was defused.

    >>> plain_in("'=1+1"), plain_in("O'Hara")
    ('=1+1', "O'Hara")
    """
    return cell[1:] if cell.startswith("'") and cell[1:].startswith((*_FORMULA, "'")) else cell


def moment_in(text: str, zone: tzinfo) -> datetime | None:
    """The moment that a cell tells, by the clock of the zone where it names none.

    None for what is no moment, and for one that the clock skipped. Of an hour that came twice it
    is the first.
    """
    parts = MOMENT.fullmatch(" ".join(text.split()))
    if parts is None:
        return None
    first, month, last = parts[1], int(parts[2]), parts[3]
    year, day = (first, last) if len(first) == YEAR_DIGITS else (last, first)
    if len(year) != YEAR_DIGITS:
        return None
    clock = (int(parts[4]), int(parts[5]), int(parts[6] or 0), int(f"{parts['part'] or 0:0<6}"[:6]))
    try:
        naive = datetime(int(year), month, int(day), *clock)  # noqa: DTZ001 - the zone comes below
        if parts["offset"]:
            return datetime.fromisoformat(f"{naive.isoformat()}{parts['offset']}").astimezone(UTC)
        found = naive.replace(tzinfo=zone).astimezone(UTC)
        is_skipped = found.astimezone(zone).replace(tzinfo=None) != naive
    except (ValueError, OverflowError):
        return None
    return None if is_skipped else found


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
