# SPDX-License-Identifier: Apache-2.0
"""Lists of objects as services send them: every fault with row and column, and what would change.

A cell's own words are never repeated in a fault: a card holds door codes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

import msgspec

from bavn.capabilities.objects.model.card import (
    CARD_CHARACTERS_LIMIT,
    CARD_FIELDS,
    CELL_CHARACTERS_LIMIT,
    NUMBERS_LIMIT,
    Card,
    Described,
    Told,
    number_of,
)
from bavn.codecs import sheets
from bavn.codecs.sheets import Cells, Fault, number_in
from bavn.frame.country import Bounds
from bavn.kernel.identity import is_name

REQUIRED = ("id", "name", "municipality")
OPTIONAL = ("sort", "address", "lat", "lon", "alarm_numbers", *CARD_FIELDS)
# More than the largest service has automatic alarms.
ROWS_LIMIT = 3_000
# A list is sent twice: to be looked at and, from the page, to be confirmed. Both fit a request.
BYTES_LIMIT = 768 * 1024


class Sort(StrEnum):
    """What a list does to one object."""

    ADDED = "added"
    CHANGED = "changed"
    ENDED = "ended"
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a list may refer to."""

    municipalities: frozenset[str] = frozenset()
    bounds: Bounds | None = None


@dataclass(frozen=True, slots=True)
class ReadList:
    """What was read: objects by their ids when nothing is wrong, and everything that is."""

    objects: Mapping[str, Told]
    faults: tuple[Fault, ...]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What a list does to one object: which fields it changes, the card as one."""

    id: str
    name: str
    sort: Sort
    fields: tuple[str, ...] = ()


def read_list(raw: bytes, known: Known) -> ReadList:
    """The objects of a list, and every fault in it."""
    if len(raw) > BYTES_LIMIT:
        return ReadList({}, (Fault("file", f"has more than {BYTES_LIMIT} bytes"),))
    rows, faults = sheets.read(raw, REQUIRED, OPTIONAL)
    if len(rows) > ROWS_LIMIT:
        return ReadList({}, (Fault("file", f"has {len(rows)} rows; {ROWS_LIMIT} are the most"),))
    if not rows and not faults:
        faults.append(Fault("file", "has no rows"))
    found: dict[str, Told] = {}
    ids: dict[str, int] = {}
    numbers: dict[str, int] = {}
    for number, cells in rows:
        wrong = list(row_faults(cells, known))
        wrong += _twice("id", [cells.get("id", "")], ids, number)
        wrong += _twice("alarm_numbers", _numbers(cells), numbers, number)
        faults += [Fault(f"row {number}, {column}", says) for column, says in wrong]
        if not wrong:
            found[cells["id"]] = told_in(cells)
    return ReadList({} if faults else found, tuple(faults))


def _twice(
    column: str, values: Iterable[str], seen: dict[str, int], number: int
) -> Iterable[tuple[str, str]]:
    for value in values:
        if value and seen.setdefault(value, number) != number:
            yield column, f"stands in row {seen[value]} already"


def row_faults(cells: Cells, known: Known) -> Iterable[tuple[str, str]]:
    """What is wrong with one object, by column."""
    for column in REQUIRED:
        if column not in cells:
            yield column, "is empty"
    for column, cell in cells.items():
        limit = CARD_CHARACTERS_LIMIT if column in CARD_FIELDS else CELL_CHARACTERS_LIMIT
        if len(cell) > limit:
            yield column, f"is longer than {limit} characters"
    if not is_name(cells.get("id", "x")):
        yield "id", "has more than small letters, digits and dashes"
    if cells.get("municipality") not in {None, *known.municipalities}:
        yield "municipality", "is no municipality of the country"
    if ("lat" in cells) != ("lon" in cells):
        yield "lat", "stands alone: a place has both lat and lon"
    yield from _place_faults(cells, known.bounds)
    numbers = _parts(cells.get("alarm_numbers", ""))
    if len(numbers) > NUMBERS_LIMIT:
        yield "alarm_numbers", f"has more than {NUMBERS_LIMIT} numbers"
    if None in map(number_of, numbers):
        yield "alarm_numbers", "has more than letters, digits and -._/ in a number"


def _place_faults(cells: Cells, bounds: Bounds | None) -> Iterable[tuple[str, str]]:
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


def told_in(cells: Cells) -> Told:
    """The object that a row without faults tells of."""
    return Told(
        described=Described(
            name=cells["name"],
            sort=cells.get("sort", ""),
            address=cells.get("address", ""),
            municipality=cells["municipality"],
            lat=number_in(cells.get("lat", "")),
            lon=number_in(cells.get("lon", "")),
            alarm_numbers=_numbers(cells),
        ),
        card=Card(**{name: cells.get(name, "") for name in CARD_FIELDS}),
    )


def cells_of(id_: str, told: Told) -> Cells:
    """The row that tells of an object: what is read back from it is the same."""
    described = told.described
    return {
        "id": id_,
        "name": described.name,
        "municipality": described.municipality or "",
        "sort": described.sort,
        "address": described.address,
        "lat": "" if described.lat is None else f"{described.lat}",
        "lon": "" if described.lon is None else f"{described.lon}",
        "alarm_numbers": ";".join(described.alarm_numbers),
        **{name: getattr(told.card, name) for name in CARD_FIELDS},
    }


def _parts(cell: str) -> list[str]:
    return [each for each in cell.replace("|", ";").replace(" ", ";").split(";") if each]


def _numbers(cells: Cells) -> tuple[str, ...]:
    found = map(number_of, _parts(cells.get("alarm_numbers", "")))
    return tuple(dict.fromkeys(each for each in found if each is not None))


def differences(now: Mapping[str, Told], wanted: Mapping[str, Told]) -> list[Difference]:
    """What a whole list does to each object that is there or on it, by id."""
    found = []
    for id_ in sorted({*now, *wanted}):
        before, after = now.get(id_), wanted.get(id_)
        if before is None or after is None:
            told, sort = (after, Sort.ADDED) if before is None else (before, Sort.ENDED)
            assert told is not None, "it is there or on the list"
            found.append(Difference(id=id_, name=told.described.name, sort=sort))
            continue
        names = tuple(
            name
            for name in Described.__struct_fields__
            if getattr(before.described, name) != getattr(after.described, name)
        )
        if before.card != after.card:
            names = (*names, "card")
        sort = Sort.CHANGED if names else Sort.SAME
        found.append(Difference(id=id_, name=after.described.name, sort=sort, fields=names))
    return found


def digest_of(raw: bytes, found: Iterable[Difference]) -> str:
    """Names a list with what it would change: who confirms it has seen just that."""
    return sha256(raw + b"\n" + msgspec.json.encode(list(found))).hexdigest()[:32]
