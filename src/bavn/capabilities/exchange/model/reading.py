# SPDX-License-Identifier: Apache-2.0
"""A file as rows by our columns, or all that is wrong with it. It never raises.

A cell's own words are never repeated in a fault: files may name people.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import msgspec

from bavn.capabilities.exchange.facts import Fault, FileRow
from bavn.capabilities.exchange.model.columns import (
    CELL_LIMIT,
    COLUMNS_LIMIT,
    FAULTS_LIMIT,
    GEOJSON,
    OF,
    ROWS_LIMIT,
    TEXT_LIMIT,
    What,
    Words,
    folded,
)
from bavn.codecs import geojson, sheets

# What identifies a row: without any of these nothing can be said of it.
KEYS = {What.INCIDENTS: ("id", "number")}
# The only column of many words.
LONG = "text"
Cells = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was read of a file.

    `columns` tells by position which column of ours it is; None where nobody knows. What `lacks`
    must be named by a person before any row can be read.
    """

    heading: tuple[str, ...] = ()
    columns: tuple[str | None, ...] = ()
    lacks: tuple[str, ...] = ()
    rows: tuple[FileRow, ...] = ()
    # Cells that may name people, by row.
    texts: Mapping[int, Cells] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    shape: str = ""

    @property
    def left_out(self) -> tuple[int, ...]:
        """The positions of columns that are not read, counted from one."""
        return tuple(at for at, each in enumerate(self.columns, start=1) if each is None)


def read_file(
    raw: bytes, what: What, form: str, words: Words, told: Mapping[str, Sequence[str]] | None = None
) -> Read:
    """The rows of a file. `told` is by shape which column of ours a person said each is."""
    try:
        heading, lines, faults = _geojson(raw) if form == GEOJSON else _csv(raw)
        if not heading:
            # Of a map program's file in which nothing can be read no column can be named.
            return Read(faults=tuple(faults) or (_of_file("no_rows"),))
        shape = shape_of(what, heading)
        columns = _columns(what, heading, words, (told or {}).get(shape, ()))
        known = [each for each in columns if each is not None]
        lacks = _lacking(what, known)
        if lacks or len(heading) > COLUMNS_LIMIT:
            too_many = [_of_file("too_many_columns", most=COLUMNS_LIMIT)]
            wrong = too_many if len(heading) > COLUMNS_LIMIT else []
            return Read(
                heading=() if wrong else heading,
                columns=() if wrong else columns,
                lacks=() if wrong else lacks,
                faults=(*faults, *wrong),
                shape=shape,
            )
        return _rows(what, Read(heading=heading, columns=columns, shape=shape), lines, faults)
    except sheets.NoTable as error:
        return Read(faults=(_of_file(error.code),))


def shape_of(what: What, heading: Iterable[str]) -> str:
    """What files have in common that have the same columns in the same order."""
    said = msgspec.json.encode([what, [folded(each) for each in heading]])
    return sha256(said).hexdigest()[:16]


def _lacking(what: What, known: Sequence[str]) -> tuple[str, ...]:
    lacks = [each for each in OF[what].needed if each not in known]
    keys = KEYS.get(what, ())
    if keys and not set(keys) & set(known):
        lacks.append(keys[-1])
    lacks += [each for each, count in Counter(known).items() if count > 1]
    return tuple(lacks)


def _columns(
    what: What, heading: Sequence[str], words: Words, told: Sequence[str]
) -> tuple[str | None, ...]:
    """Which column each is: as a person said, else by its words."""
    if len(told) == len(heading):
        known = frozenset(OF[what].all)
        return tuple(each if each in known else None for each in told)
    return tuple(words.column(what, each) for each in heading)


def _rows(
    what: What,
    begun: Read,
    lines: Iterable[tuple[int, Sequence[str]]],
    faults: list[Fault],
) -> Read:
    read, private = OF[what].read, OF[what].private
    rows: list[FileRow] = []
    texts: dict[int, Cells] = {}
    for count, (number, line) in enumerate(lines, start=1):
        if count > ROWS_LIMIT:
            return Read(faults=(_of_file("too_many_rows", most=ROWS_LIMIT),), shape=begun.shape)
        if len(line) != len(begun.columns):
            width = {"cells": str(len(line)), "columns": str(len(begun.columns))}
            faults.append(Fault(number, "", "exchange.fault.width", width))
            continue
        cells = {
            column: sheets.plain_in(cell.strip())
            for column, cell in zip(begun.columns, line, strict=True)
            if column in read and cell.strip()
        }
        wrong = [_too_long(number, name) for name, cell in cells.items() if _is_long(name, cell)]
        faults += wrong
        if wrong or not cells:
            continue
        said = {name: cell for name, cell in cells.items() if name in private}
        if said:
            texts[number] = said
        # That there is such a text is no secret; what it says is.
        rows.append(FileRow(number, {**cells, **dict.fromkeys(said, "")}))
    if not rows and not faults:
        faults.append(_of_file("no_rows"))
    if len(faults) > FAULTS_LIMIT:
        more = len(faults) - FAULTS_LIMIT
        faults[FAULTS_LIMIT:] = [_of_file("more_faults", count=more)]
    return Read(
        heading=begun.heading,
        columns=begun.columns,
        rows=tuple(rows),
        texts=texts,
        faults=tuple(faults),
        shape=begun.shape,
    )


def _is_long(name: str, cell: str) -> bool:
    return len(cell) > (TEXT_LIMIT if name == LONG else CELL_LIMIT)


def _too_long(number: int, name: str) -> Fault:
    most = TEXT_LIMIT if name == LONG else CELL_LIMIT
    return Fault(number, name, "exchange.fault.too_long", {"most": str(most)})


def _of_file(name: str, **values: int) -> Fault:
    said = {key: str(value) for key, value in values.items()}
    return Fault(0, "", f"exchange.fault.{name}", said)


# Out of the file

_Lines = tuple[tuple[str, ...], Iterable[tuple[int, Sequence[str]]], list[Fault]]


def _csv(raw: bytes) -> _Lines:
    table = sheets.table(raw)
    return table.heading, table.lines, []


def _geojson(raw: bytes) -> _Lines:
    code = sheets.foreign_in(raw)
    if code is not None:
        raise sheets.NoTable(code)
    features, faults = geojson.read(raw.removeprefix(b"\xef\xbb\xbf"))
    wrong = [
        Fault(each.feature or 0, "", f"exchange.fault.{'feature' if each.feature else 'geojson'}")
        for each in faults
    ]
    if not features:
        return (), (), wrong
    names = dict.fromkeys(
        str(name) for each in features for name in each.properties if str(name).strip()
    )
    # Its geometry says where something is, whatever its properties say.
    heading = (*(each for each in names if folded(each) not in {"lat", "lon"}), "lat", "lon")
    return heading, _features(features, heading, wrong), wrong


def _features(
    features: Iterable[geojson.Feature], heading: Sequence[str], faults: list[Fault]
) -> Iterator[tuple[int, Sequence[str]]]:
    for each in features:
        if each.geometry not in {None, "Point"}:
            faults.append(Fault(each.number, "", "exchange.fault.no_point"))
            continue
        place = ["", ""]
        if each.geometry == "Point":
            lon, lat = each.coordinates[:2]
            place = [f"{lat:.7f}", f"{lon:.7f}"]
        yield each.number, [*(_cell(each.properties.get(name)) for name in heading[:-2]), *place]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list):
        return ";".join(_cell(each).strip() for each in value)
    if isinstance(value, dict):
        return msgspec.json.encode(value).decode()
    return str(value)
