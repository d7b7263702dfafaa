# SPDX-License-Identifier: Apache-2.0
"""A whole duty roster as a table: read whole, or every fault named by row and column."""

import re
from collections.abc import Collection
from datetime import UTC, datetime, tzinfo
from hashlib import sha256

import msgspec

from bavn.capabilities.duty.model.requests import GivenWatch
from bavn.capabilities.duty.model.roster import LASTS_MOST, PLACE_MOST
from bavn.codecs import sheets
from bavn.kernel.private import Private

REQUIRED = ("function", "organisation", "from", "to", "name", "number")
OPTIONAL = ("place",)
# A year of three watches a day in six functions; it is read in one go.
ROWS_LIMIT = 2_000
BYTES_LIMIT = 512 * 1024
CELL_CHARACTERS_LIMIT = 120
NUMBER = re.compile(r"\+?[0-9][0-9 ]{2,19}")


class Fault(msgspec.Struct, frozen=True):
    """What is wrong, by the name of its words, and where; never what stood there."""

    row: int
    column: str
    name: str
    says: str = ""


class ReadList(msgspec.Struct, frozen=True):
    """The watches of a list; none where anything is wrong with it."""

    watches: tuple[GivenWatch, ...]
    faults: tuple[Fault, ...]


def read_list(raw: bytes, zone: tzinfo, functions: Collection[str], basis: str) -> ReadList:
    """The watches that a table holds, in the country's own time."""
    if len(raw) > BYTES_LIMIT:
        return ReadList((), (Fault(0, "", "too_large"),))
    rows, found = sheets.read(raw, REQUIRED, OPTIONAL)
    faults = [Fault(0, "", "table", f"{each.where}: {each.says}") for each in found]
    if len(rows) > ROWS_LIMIT:
        return ReadList((), (Fault(0, "", "too_large"),))
    watches: list[tuple[int, GivenWatch]] = []
    for number, cells in rows:
        watch, wrong = read_row(cells, zone, functions, basis)
        faults += [Fault(number, column, name) for column, name in wrong]
        if watch is not None:
            watches.append((number, watch))
    faults += _overlaps(watches)
    if not rows and not faults:
        faults.append(Fault(0, "", "empty_list"))
    return ReadList(() if faults else tuple(each for _, each in watches), tuple(faults))


def watch_id(function: str, organisation: str, begins_at: datetime, place: int) -> str:
    """The number of a watch: the same however often it is given."""
    text = f"{function} {organisation} {begins_at.astimezone(UTC).isoformat()} {place}"
    return sha256(text.encode()).hexdigest()[:24]


def call_id(watch: str, ref: str) -> str:
    """The number of a call: a repeat of its sender's has the same."""
    return sha256(f"call {watch} {ref}".encode()).hexdigest()[:24]


def instant_in(text: str, zone: tzinfo) -> datetime | str:
    """The instant of a time in the country, or the name of what is wrong with it.

    One with an offset is taken as it stands. What the clock skips in spring is none; what it shows
    twice in autumn wants an offset, since an hour without a watch is one too many.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return "no_time"
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    first, second = (found.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    is_skipped = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != found
    return "no_such_time" if is_skipped else "time_twice"


def read_row(
    cells: sheets.Cells, zone: tzinfo, functions: Collection[str], basis: str
) -> tuple[GivenWatch | None, list[tuple[str, str]]]:
    """A watch as its cells say it, or what is wrong by column."""
    wrong = [(column, "empty") for column in REQUIRED if column not in cells]
    wrong += [
        (column, "too_long") for column, cell in cells.items() if len(cell) > CELL_CHARACTERS_LIMIT
    ]
    if "function" in cells and cells["function"] not in functions:
        wrong.append(("function", "unknown_function"))
    if "number" in cells and not NUMBER.fullmatch(cells["number"]):
        wrong.append(("number", "no_number"))
    place = cells.get("place", "1")
    if not (place.isascii() and place.isdigit() and 1 <= int(place) <= PLACE_MOST):
        wrong.append(("place", "no_place"))
    times: dict[str, datetime] = {}
    for column in ("from", "to"):
        at = instant_in(cells[column], zone) if column in cells else None
        if isinstance(at, str):
            wrong.append((column, at))
        elif at is not None:
            times[column] = at
    if len(times) == 2:  # noqa: PLR2004 - from and to
        wrong += [("to", name) for name in span_faults(times["from"], times["to"])]
    if wrong:
        return None, wrong
    function, organisation = cells["function"], cells["organisation"]
    return GivenWatch(
        id=watch_id(function, organisation, times["from"], int(place)),
        function=function,
        organisation=organisation,
        begins_at=times["from"],
        ends_at=times["to"],
        place=int(place),
        name=Private(cells["name"]),
        number=Private(cells["number"]),
        basis=basis,
    ), []


def span_faults(begins_at: datetime, ends_at: datetime) -> list[str]:
    """What is wrong with how long a watch lasts."""
    if ends_at <= begins_at:
        return ["ends_first"]
    return ["too_far"] if ends_at - begins_at > LASTS_MOST else []


def _overlaps(watches: list[tuple[int, GivenWatch]]) -> list[Fault]:
    """Two who have the same duty at one instant: nobody knows whom to call."""
    faults = []
    ends: dict[tuple[str, str, int], datetime] = {}
    for number, each in sorted(watches, key=lambda pair: pair[1].begins_at):
        key = each.function, each.organisation, each.place
        if key in ends and each.begins_at < ends[key]:
            faults.append(Fault(number, "from", "overlaps"))
        ends[key] = max(each.ends_at, ends.get(key, each.ends_at))
    return faults
