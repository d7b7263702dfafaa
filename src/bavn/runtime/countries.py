# SPDX-License-Identifier: Apache-2.0
"""Reading a country: a folder of tables becomes a `Country`, or every problem in it is listed.

The folder is one of those that come with the program (`built_in`), or any other (`read_country`).
A problem names its file, its row as a spreadsheet counts it (the heading is row 1) and its column.
"""

import csv
import io
import math
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
from msgspec.structs import FieldInfo

from bavn.frame import country as c
from bavn.frame.country import Basis, Country, Need
from bavn.kernel.identity import is_name
from bavn.kernel.refusal import BadInput, Problem

HEAD = "country.toml"
TRUTH = {"yes": True, "no": False}
# Shares are published with one or two decimals; their sum may be off by that much.
SHARES_SUM, SHARES_SLACK = 100.0, 0.05
MEAN_SLACK = 0.01
PERIODS = {"month": range(1, 13), "hour": range(24), "weekday": range(1, 8)}

R = TypeVar("R", bound=c.Row)


@dataclass(frozen=True, slots=True)
class Table(Generic[R]):
    """What one file must hold: its rows' type, what is unique in it, and what it refers to."""

    row: type[R]
    key: tuple[str, ...]
    # Column → table and column; a column of several values has each of them looked up.
    refers: Mapping[str, tuple[str, str]]


def _table(row: type[R], key: str, **refers: str) -> Table[R]:
    split = {column: tuple(target.split(".")) for column, target in refers.items()}
    return Table(row, tuple(key.split()), split)  # type: ignore[arg-type]


# In the order in which they are read and their problems told.
TABLES: dict[str, Table[Any]] = {
    "areas": _table(c.Area, "id valid_from"),
    "regions": _table(c.Region, "id valid_from"),
    "police_districts": _table(c.PoliceDistrict, "id"),
    "municipalities": _table(c.Municipality, "code", police_district="police_districts.id"),
    "municipality_regions": _table(
        c.MunicipalityRegion,
        "municipality valid_from",
        municipality="municipalities.code",
        region="regions.id",
    ),
    "services": _table(c.Service, "id valid_from"),
    "placements": _table(c.Placement, "service valid_from", service="services.id", area="areas.id"),
    "memberships": _table(
        c.Membership,
        "municipality valid_from",
        municipality="municipalities.code",
        service="services.id",
    ),
    "planned_changes": _table(c.PlannedChange, "id", area="areas.id", services="services.id"),
    "employments": _table(c.Employment, "code"),
    "crewings": _table(c.Crewing, "code", employments="employments.code"),
    "stations": _table(
        c.Station,
        "id valid_from",
        service="organisations.id",
        municipality="municipalities.code",
        crewing="crewings.code",
    ),
    "centre_areas": _table(
        c.CentreArea, "station valid_from", station="stations.id", area="areas.id"
    ),
    "partners": _table(c.Partner, "id"),
    "functions": _table(c.Function, "code"),
    "resource_types": _table(c.ResourceType, "code"),
    "capability_names": _table(c.CapabilityName, "code"),
    "urgencies": _table(c.Urgency, "code"),
    "incident_types": _table(
        c.IncidentType, "code", urgency="urgencies.code", first_dispatch="resource_types.code"
    ),
    "unit_rules": _table(
        c.UnitRule,
        "type level crewing capability every first stations_least",
        type="resource_types.code",
        crewing="crewings.code",
    ),
    "profiles": _table(c.ProfileWeight, "kind group index"),
    "figures": _table(c.Figure, "key year scope"),
    "terms": _table(c.Term, "code_name"),
}
# Of these, one row holds for each subject on every day: the column that names the subject, and the
# table of all subjects.
EVERY_DAY = {
    "placements": ("service", "services", "id"),
    "memberships": ("municipality", "municipalities", "code"),
    "municipality_regions": ("municipality", "municipalities", "code"),
}
Rows = dict[str, list[Any]]


@cache
def built_in(name: str) -> Country:
    """The country of this name that comes with the program."""
    return read_country(files("bavn") / "countries" / name)


def read_country(folder: Traversable | Path) -> Country:
    """The country in this folder; raises BadInput with every problem that was found."""
    problems: list[Problem] = []
    head = _read_head(folder, problems)
    rows: Rows = {}
    for name, table in TABLES.items():
        text = _text(folder, f"{name}.csv", problems)
        rows[name] = [] if text is None else list(_read_rows(name, table, text, problems))
    # A reference to a row that could not be read would be told as a second problem.
    if not problems:
        problems += _problems_between(rows, head)
    if problems:
        raise BadInput(*problems)
    whole: dict[str, Any] = {**head, **{name: tuple(read) for name, read in rows.items()}}
    return Country(**whole)


def read_table(folder: Traversable | Path, name: str, row: type[R]) -> tuple[R, ...]:
    """The rows of a table that stands beside a country's; raises BadInput with every problem."""
    problems: list[Problem] = []
    text = _text(folder, f"{name}.csv", problems)
    rows = () if text is None else tuple(_read_rows(name, _table(row, ""), text, problems))
    if problems:
        raise BadInput(*problems)
    return rows


# Reading


def _text(folder: Traversable | Path, name: str, problems: list[Problem]) -> str | None:
    try:
        return (folder / name).read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problems.append(Problem(where=name, says=f"cannot be read: {error}"))
        return None


class _Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    danish: str
    english: str
    time_zone: str
    known_from: date
    agency: c.Agency
    government: c.Agency | None = None
    bounds: c.Bounds


def _read_head(folder: Traversable | Path, problems: list[Problem]) -> dict[str, Any]:
    text = _text(folder, HEAD, problems)
    if text is None:
        return {}
    try:
        head = msgspec.convert(tomllib.loads(text), _Head)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        problems.append(Problem(where=HEAD, says=str(error)))
        return {}
    return msgspec.structs.asdict(head)


def _read_rows(name: str, table: Table[R], text: str, problems: list[Problem]) -> Iterator[R]:
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        lines = list(reader)
    except csv.Error as error:
        problems.append(Problem(where=f"{name}.csv", says=f"is no table: {error}"))
        return
    columns = lines[0] if lines else []
    fields = {field.name: field for field in msgspec.structs.fields(table.row)}
    wrong = [f"has no column {n}" for n, f in fields.items() if f.required and n not in columns]
    wrong += [f"has an unknown column {column}" for column in columns if column not in fields]
    wrong += [f"has two columns {column}" for column, n in Counter(columns).items() if n > 1]
    problems += [Problem(where=f"{name}.csv", says=says) for says in wrong]
    if wrong:
        return
    for number, line in enumerate(lines[1:], start=2):
        where = f"{name}.csv row {number}"
        if len(line) != len(columns):
            says = f"has {len(line)} cells, and there are {len(columns)} columns"
            problems.append(Problem(where=where, says=says))
            continue
        values = _read_row(fields.values(), dict(zip(columns, line, strict=True)), where, problems)
        if values is not None:
            yield table.row(**values)


def _read_row(
    fields: Iterable[FieldInfo], cells: dict[str, str], where: str, problems: list[Problem]
) -> dict[str, Any] | None:
    values: dict[str, Any] = {}
    good = True
    for field in fields:
        text = cells.get(field.name, "").strip()
        if not text and not field.required:
            continue
        try:
            values[field.name] = _value(text, field.type)
        except ValueError as error:
            place = f"{where}, {field.name}"
            problems.append(Problem(where=place, says=f"{text!r}: {error}" if text else "is empty"))
            good = False
    return values if good else None


def _value(text: str, wanted: Any) -> Any:
    """The value of a cell; raises ValueError when it is none of the wanted type."""
    if not text:
        raise ValueError("is empty")
    if wanted is str:
        return text
    if wanted is bool:
        if text not in TRUTH:
            raise ValueError("is neither yes nor no")
        return TRUTH[text]
    if wanted == tuple[Need, ...]:
        return tuple(_need(part) for part in text.split(";"))
    if getattr(wanted, "__origin__", None) is tuple:
        parts = [part.strip() for part in text.split(";")]
        return msgspec.convert(parts, wanted, strict=False)
    value = msgspec.convert(text, wanted, strict=False)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("is no number")
    return value


def _need(text: str) -> Need:
    code, _, count = text.strip().partition(":")
    if not code or not count.isdecimal() or int(count) < 1:
        raise ValueError("is no code with a count after a colon")
    return Need(code, int(count))


# Checking


def _problems_between(rows: Rows, head: Mapping[str, Any]) -> Iterator[Problem]:
    known = _known(rows, head)
    for name, table in TABLES.items():
        seen: dict[tuple[Any, ...], int] = {}
        for number, row in enumerate(rows[name], start=2):
            where = f"{name}.csv row {number}"
            key = tuple(getattr(row, column) for column in table.key)
            if key in seen:
                says = f"is the same as row {seen[key]}"
                yield Problem(where=f"{where}, {', '.join(table.key)}", says=says)
            seen.setdefault(key, number)
            for column, (target, target_column) in table.refers.items():
                for value in _referred(getattr(row, column)):
                    if value not in known[target, target_column]:
                        says = f"{value!r} is not in {target}"
                        yield Problem(where=f"{where}, {column}", says=says)
            for column, says in _row_problems(row, head):
                yield Problem(where=f"{where}, {column}", says=says)
    for name in EVERY_DAY:
        yield from _day_problems(name, rows, head["known_from"])
    for check in (_share_problems, _profile_problems, _pick_list_problems, _station_problems):
        yield from check(rows)


def _known(rows: Rows, head: Mapping[str, Any]) -> dict[tuple[str, str], set[Any]]:
    targets = {target for table in TABLES.values() for target in table.refers.values()}
    known = {
        (name, column): {getattr(row, column) for row in rows[name]}
        for name, column in targets
        if name in rows
    }
    known["organisations", "id"] = {head["agency"].id, *(row.id for row in rows["services"])}
    return known


def _referred(value: Any) -> Sequence[Any]:
    values = value if isinstance(value, tuple) else (value,)
    return [each.type if isinstance(each, Need) else each for each in values]


def _row_problems(row: Any, head: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with a row by itself: the column, and what it is."""
    if not row.basis.startswith(tuple(Basis)):
        yield "basis", f"{row.basis!r} begins with none of: {', '.join(Basis)}"
    elif row.basis.startswith((Basis.SOURCE, Basis.DERIVED, Basis.PLANNED)) and not row.source:
        yield "source", f"is empty, and the row says {row.basis}"
    if isinstance(row, c.DatedRow) and (row.valid_from or date.min) >= (row.valid_to or date.max):
        yield "valid_to", f"{row.valid_to} is not after {row.valid_from}"
    yield from _place_problems(row, head)
    named = isinstance(row, c.Area | c.Service | c.Station | c.PoliceDistrict | c.Partner)
    for column in ("id", "into"):
        name = getattr(row, column, None)
        if name is not None and (named or column == "into") and not is_name(name):
            yield column, f"{name!r} has more than small letters, digits and dashes"
    if isinstance(row, c.Partner) and row.dispatchable:
        yield "dispatchable", "a partner is shown, and never dispatched by us"


def _place_problems(row: Any, head: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Which of a row's coordinates lie outside the country."""
    bounds = head["bounds"]
    for name in row.__struct_fields__:
        sort = name[-3:]
        if sort not in {"lat", "lon"}:
            continue
        least = bounds.south if sort == "lat" else bounds.west
        most = bounds.north if sort == "lat" else bounds.east
        if not least <= getattr(row, name) <= most:
            yield name, f"{getattr(row, name)} is outside {head['english']}"


def _day_problems(name: str, rows: Rows, known_from: date) -> Iterator[Problem]:
    """On every day from the first, exactly one row holds for each subject."""
    column, others, key = EVERY_DAY[name]
    of: dict[Any, list[Any]] = {getattr(row, key): [] for row in rows[others]}
    for row in rows[name]:
        of.setdefault(getattr(row, column), []).append(row)
    for subject, dated in of.items():
        dated.sort(key=lambda row: row.valid_from or date.min)
        says = _gap(dated, known_from)
        if says:
            yield Problem(where=f"{name}.csv, {column} {subject}", says=says)


def _gap(dated: list[Any], known_from: date) -> str:
    if not dated:
        return "has no row"
    if (dated[0].valid_from or known_from) > known_from:
        return f"has no row from {known_from}"
    for before, after in pairwise(dated):
        if (
            before.valid_to is None
            or after.valid_from is None
            or before.valid_to > after.valid_from
        ):
            return f"has two rows on {after.valid_from}"
        if before.valid_to < after.valid_from:
            return f"has no row from {before.valid_to}"
    return "" if dated[-1].valid_to is None else f"has no row from {dated[-1].valid_to}"


def _share_problems(rows: Rows) -> Iterator[Problem]:
    total = sum(row.share_pct for row in rows["incident_types"])
    if rows["incident_types"] and abs(total - SHARES_SUM) > SHARES_SLACK:
        says = f"the shares are {total:.2f} % together, not 100"
        yield Problem(where="incident_types.csv, share_pct", says=says)
    for number, row in enumerate(rows["incident_types"], start=2):
        if not 0 <= row.probability_real <= 1:
            where = f"incident_types.csv row {number}, probability_real"
            yield Problem(where=where, says=f"{row.probability_real} is no probability")


def _profile_problems(rows: Rows) -> Iterator[Problem]:
    profiles: dict[tuple[str, str], dict[int, float]] = {}
    for row in rows["profiles"]:
        profiles.setdefault((row.kind, row.group), {})[row.index] = row.weight
    for (kind, group), weights in profiles.items():
        where = f"profiles.csv, {kind} {group}"
        if kind not in PERIODS or set(weights) != set(PERIODS[kind]):
            yield Problem(where=where, says="has not one row for each of its periods")
        elif abs(sum(weights.values()) / len(weights) - 1) > MEAN_SLACK:
            yield Problem(where=where, says="the mean of the weights is not one")


def _pick_list_problems(rows: Rows) -> Iterator[Problem]:
    partners = {row.code for row in rows["resource_types"] if row.kind == c.PARTNER}
    for number, row in enumerate(rows["incident_types"], start=2):
        for need in row.first_dispatch:
            if need.type in partners:
                where = f"incident_types.csv row {number}, first_dispatch"
                yield Problem(where=where, says=f"{need.type} is a partner, and not ours to send")


def _station_problems(rows: Rows) -> Iterator[Problem]:
    """A local station stands in a municipality that its service covers, on some day of both."""
    covers = {(row.service, row.municipality) for row in rows["memberships"]}
    for number, row in enumerate(rows["stations"], start=2):
        local = row.level == c.Level.SERVICE
        if local and (row.service, row.municipality) not in covers:
            says = f"{row.service} does not cover {row.municipality}"
            yield Problem(where=f"stations.csv row {number}, municipality", says=says)
