# SPDX-License-Identifier: Apache-2.0
"""Lists of stations, units and pick lists as services send them: every fault with row and column.

A cell's own words are never repeated in a problem: such files may name people.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bavn.capabilities.organisation.facts import (
    DatedFact,
    ImportProblem,
    ImportRow,
    Need,
    PickListSet,
    StationDescribed,
    UnitDescribed,
)
from bavn.capabilities.organisation.model.settling import (
    CELL_CHARACTERS_LIMIT,
    ROWS_LIMIT,
    ListKind,
)
from bavn.codecs import geojson, sheets
from bavn.codecs.sheets import Cells, number_in
from bavn.frame.country import Bounds
from bavn.kernel.identity import is_name

CSV, GEOJSON = "csv", "geojson"
FORMATS = (CSV, GEOJSON)
# Columns that must be filled in, and those that may be.
REQUIRED = {
    ListKind.STATIONS: ("id", "name", "municipality", "lat", "lon", "crewing"),
    ListKind.UNITS: ("id", "type", "callsign", "station"),
    ListKind.PICK_LISTS: ("type", "needs"),
}
OPTIONAL = {
    ListKind.STATIONS: ("place_basis", "capabilities"),
    ListKind.UNITS: ("crew", "capabilities"),
    ListKind.PICK_LISTS: (),
}
_CREW = re.compile(r"\d{1,3}")
# A type and how many, or + and what is counted up over all that come and how much of it; then the
# least crew of each after a slash, and a deadline in minutes after an at sign.
_NEED = re.compile(
    r"\s*(?:([A-Za-z0-9-]{1,16})\s*:\s*([1-9]\d?)(?:/([1-9]\d?))?"
    r"|\+\s*([^:;|@/]{1,60}?)\s*:\s*([1-9]\d{0,5}))\s*(?:@([1-9]\d{0,2}))?\s*"
)
_BETWEEN = re.compile(r"[;|]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a list may refer to: the country's codes, and the sender's own stations on the day."""

    municipalities: frozenset[str] = frozenset()
    crewings: frozenset[str] = frozenset()
    # Resource types that can be sent, with their usual crew and capabilities.
    types: Mapping[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    incident_types: frozenset[str] = frozenset()
    # What has a name among what units and stations can do.
    capabilities: frozenset[str] = frozenset()
    stations: frozenset[str] = frozenset()
    # Ids that another organisation has on the day.
    taken: frozenset[str] = frozenset()
    bounds: Bounds | None = None


@dataclass(frozen=True, slots=True)
class ReadList:
    """What was read: the rows without faults, and the faults of all others."""

    rows: tuple[ImportRow, ...]
    problems: tuple[ImportProblem, ...]


def read_list(raw: bytes, kind: ListKind, form: str, known: Known) -> ReadList:
    """The rows of a received list, and every problem in it."""
    problems: list[ImportProblem] = []
    cells = _geojson_cells(raw, problems) if form == GEOJSON else _csv_cells(raw, kind, problems)
    return read_cells(cells, kind, known, problems)


def read_cells(
    cells: Sequence[tuple[int, Cells]],
    kind: ListKind,
    known: Known,
    before: Iterable[ImportProblem] = (),
) -> ReadList:
    """The rows of a list whose cells are told apart already, and every problem in them."""
    problems = [*before]
    if len(cells) > ROWS_LIMIT:
        says = f"has {len(cells)} rows, and {ROWS_LIMIT} are the most: send it in parts"
        return ReadList((), (ImportProblem("file", says),))
    if not cells and not problems:
        problems.append(ImportProblem("file", "has no rows"))
    rows: list[ImportRow] = []
    seen: dict[str, int] = {}
    for number, each in cells:
        wrong = list(_row_problems(each, kind, known))
        id_ = id_of(kind, each)
        if id_ and seen.setdefault(id_, number) != number:
            wrong.append(("id", f"stands in row {seen[id_]} already"))
        problems += [ImportProblem(f"row {number}, {column}", says) for column, says in wrong]
        if not wrong:
            rows.append(ImportRow(number, _filled(each, kind, known)))
    return ReadList(tuple(rows), tuple(problems))


def _filled(cells: Cells, kind: ListKind, known: Known) -> Cells:
    """The cells with a type's usual crew and capabilities where the sender said nothing."""
    if kind is not ListKind.UNITS:
        return cells
    crew, capabilities = known.types[cells["type"]]
    return {"crew": str(crew), "capabilities": ";".join(capabilities), **cells}


# Out of the file


def _csv_cells(
    raw: bytes, kind: ListKind, problems: list[ImportProblem]
) -> list[tuple[int, Cells]]:
    found, faults = sheets.read(raw, REQUIRED[kind], OPTIONAL[kind])
    problems += [ImportProblem(each.where, each.says) for each in faults]
    return found


def _geojson_cells(raw: bytes, problems: list[ImportProblem]) -> list[tuple[int, Cells]]:
    features, faults = geojson.read(raw)
    for fault in faults:
        where = "file" if fault.feature is None else f"row {fault.feature}"
        problems.append(ImportProblem(where, fault.says))
    found: list[tuple[int, Cells]] = []
    for feature in features:
        cells = {
            str(name).strip().lower(): text
            for name, value in feature.properties.items()
            if (text := _property(value))
        }
        if feature.geometry == "Point":
            cells["lon"], cells["lat"] = (f"{each:.7f}" for each in feature.coordinates[:2])
        elif feature.geometry is not None:
            problems.append(ImportProblem(f"row {feature.number}", "is no point"))
            continue
        found.append((feature.number, cells))
    return found


def _property(value: Any) -> str:
    if isinstance(value, list):
        return ";".join(str(each).strip() for each in value)
    return "" if value is None else str(value).strip()


# Each row


def id_of(kind: ListKind, cells: Cells) -> str:
    """What a row is about."""
    return cells.get("type" if kind is ListKind.PICK_LISTS else "id", "")


def _row_problems(cells: Cells, kind: ListKind, known: Known) -> Iterable[tuple[str, str]]:
    required, optional = REQUIRED[kind], OPTIONAL[kind]
    for column in required:
        if column not in cells:
            yield column, "is empty"
    for column in cells:
        if column not in required and column not in optional:
            yield column, "is no column that is known"
    for column, cell in cells.items():
        if len(cell) > CELL_CHARACTERS_LIMIT:
            yield column, f"is longer than {CELL_CHARACTERS_LIMIT} characters"
    check = {
        ListKind.STATIONS: _station_problems,
        ListKind.UNITS: _unit_problems,
        ListKind.PICK_LISTS: _pick_list_problems,
    }[kind]
    yield from check(cells, known)


def _id_problems(cells: Cells, known: Known) -> Iterable[tuple[str, str]]:
    id_ = cells.get("id")
    if id_ is not None and not is_name(id_):
        yield "id", "has more than small letters, digits and dashes"
    elif id_ in known.taken:
        yield "id", "is another organisation's on that day"


def _station_problems(cells: Cells, known: Known) -> Iterable[tuple[str, str]]:
    yield from _id_problems(cells, known)
    if cells.get("municipality", "") not in {"", *known.municipalities}:
        yield "municipality", "is no municipality of the country"
    if cells.get("crewing", "") not in {"", *known.crewings}:
        yield "crewing", "is no crewing that is known"
    bounds = known.bounds
    for column in ("lat", "lon"):
        if column not in cells:
            continue
        degrees = number_in(cells[column])
        if degrees is None:
            yield column, "is no number"
        elif bounds is not None:
            least = bounds.south if column == "lat" else bounds.west
            most = bounds.north if column == "lat" else bounds.east
            if not least <= degrees <= most:
                yield column, "is outside the country"


def _unit_problems(cells: Cells, known: Known) -> Iterable[tuple[str, str]]:
    yield from _id_problems(cells, known)
    if cells.get("type", "") not in {"", *known.types}:
        yield "type", "is no type of ours that is known"
    if cells.get("station", "") not in {"", *known.stations}:
        yield "station", "is no station of this organisation on that day"
    if "crew" in cells and not _CREW.fullmatch(cells["crew"]):
        yield "crew", "is no number of people"


def _pick_list_problems(cells: Cells, known: Known) -> Iterable[tuple[str, str]]:
    if cells.get("type", "") not in {"", *known.incident_types}:
        yield "type", "is no type of incident that is known"
    if "needs" not in cells:
        return
    needs = needs_in(cells["needs"])
    if needs is None:
        yield "needs", "is no list of types with a number after a colon"
    elif any(need.type not in known.types for need in needs if not need.capability):
        yield "needs", "names a type that is none of ours"
    elif any(need.capability not in known.capabilities for need in needs if need.capability):
        yield "needs", "names a capability that nobody has named"
    elif len({(need.type, need.capability) for need in needs}) != len(needs):
        yield "needs", "names a type twice"


def needs_in(text: str) -> tuple[Need, ...] | None:
    """The needs of a cell, such as "PUMP:2/6@10;LADDER:1"; None when it holds something else."""
    found = [_NEED.fullmatch(part) for part in _BETWEEN.split(text)]
    if not all(found):
        return None
    return tuple(
        Need(
            type=each[1] or "",
            count=int(each[2] or each[5]),
            crew=int(each[3] or 0),
            within_min=int(each[6] or 0),
            capability=each[4] or "",
        )
        for each in found
        if each
    )


# What a row says


def body_of(kind: ListKind, cells: Cells, on: date, basis: str) -> DatedFact:
    """What a row that was read without faults says, from a day on."""
    dated: dict[str, Any] = {"valid_from": on, "basis": basis}
    parts = tuple(part.strip() for part in _BETWEEN.split(cells.get("capabilities", "")))
    capabilities = tuple(part for part in parts if part)
    match kind:
        case ListKind.STATIONS:
            return StationDescribed(
                name=cells["name"],
                municipality=cells["municipality"],
                lat=number_in(cells["lat"]) or 0.0,
                lon=number_in(cells["lon"]) or 0.0,
                place_basis=cells.get("place_basis", ""),
                crewing=cells["crewing"],
                capabilities=capabilities,
                **dated,
            )
        case ListKind.UNITS:
            return UnitDescribed(
                type=cells["type"],
                callsign=cells["callsign"],
                station=cells["station"],
                crew=int(cells["crew"]),
                capabilities=capabilities,
                **dated,
            )
        case ListKind.PICK_LISTS:
            return PickListSet(needs=needs_in(cells["needs"]) or (), **dated)
