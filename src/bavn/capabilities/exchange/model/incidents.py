# SPDX-License-Identifier: Apache-2.0
"""Incidents by a file, beside what stands of them. Pure, and never raises.

A file says what it has in its cells and nothing by what it leaves empty. Texts that may name
people go with a new incident alone: what stands of them is sealed, and is corrected on the
incident's page.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from hashlib import sha256

import msgspec

from bavn.capabilities.exchange.facts import Fault, FileRow
from bavn.capabilities.exchange.model.columns import OF, What, Words
from bavn.capabilities.exchange.model.preview import Change, Field, Preview, Sort, in_order, twice
from bavn.codecs.sheets import moment_in, number_in
from bavn.frame.country import Bounds
from bavn.kernel.identity import is_subject

AHEAD, BACK = timedelta(seconds=60), timedelta(days=30)
# A tenth of a metre: what two programs make of one place.
SAME_DEGREES = 1e-6
OPEN, CLOSED = "open", "closed"
CODED = ("type", "urgency", "municipality")


class IncidentStands(msgspec.Struct, frozen=True, kw_only=True):
    """What stands of an incident; `beside` is by field what lower sources have said."""

    id: str
    label: str
    state: str
    type: str | None = None
    urgency: str | None = None
    municipality: str | None = None
    lat: float | None = None
    lon: float | None = None
    outcome: str | None = None
    beside: dict[str, list[str]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What rows may refer to: codes by column, the country's bounds, its zone, and now."""

    codes: Mapping[str, frozenset[str]]
    bounds: Bounds | None
    now: datetime
    zone: tzinfo


def numbered(owner: str, number: str) -> str:
    """The id of the incident that an organisation's own number names: the same at every try."""
    return "n" + sha256(f"{owner}/{number}".encode()).hexdigest()[:31]


def compared(
    owner: str,
    rows: Sequence[FileRow],
    stands: Callable[[str], IncidentStands | None],
    known: Known,
    words: Words,
) -> Preview:
    """What the rows do. A cell that is empty stands for a text that is sealed."""
    changes: list[Change] = []
    faults: list[Fault] = []
    keys = [(row.number, id_of(owner, row.cells)) for row in rows]
    again = twice((row, key) for row, key in keys if key)
    for row, (_, id_) in zip(rows, keys, strict=True):
        wrong = _wrong(row, known, words)
        if not id_:
            wrong = [Fault(row.number, "number", "exchange.fault.no_number"), *wrong]
        elif row.number in again:
            values = {"row": str(again[row.number])}
            wrong = [Fault(row.number, "number", "exchange.fault.twice", values)]
        if wrong:
            faults += wrong
            continue
        one = _one(row, id_, stands(id_), known, words)
        if isinstance(one, Change):
            changes.append(one)
        else:
            faults.append(one)
    return Preview(changes=tuple(changes), faults=in_order(faults))


def id_of(owner: str, cells: Mapping[str, str]) -> str:
    """The incident that a row is about; empty for none."""
    if "id" in cells:
        return cells["id"]
    return numbered(owner, cells["number"]) if "number" in cells else ""


def _wrong(row: FileRow, known: Known, words: Words) -> list[Fault]:
    cells, number = row.cells, row.number
    found = [
        Fault(number, name, f"exchange.fault.{name}")
        for name in (*CODED, "outcome", "state")
        if name in cells and words.code(name, cells[name]) not in known.codes[name]
    ]
    if "id" in cells and not is_subject(f"incident:{cells['id']}"):
        found.append(Fault(number, "id", "exchange.fault.incident"))
    if ("lat" in cells) != ("lon" in cells):
        found.append(Fault(number, "lat" if "lon" in cells else "lon", "exchange.fault.half_place"))
    elif "lat" in cells:
        found += _place_wrong(row, known.bounds)
    for column in ("reported_at", "closed_at"):
        at = moment_in(cells[column], known.zone) if column in cells else known.now
        if at is None or at > known.now + AHEAD:
            name = "moment" if at is None else "moment_far"
            found.append(Fault(number, column, f"exchange.fault.{name}"))
    if "outcome" in cells and words.code("state", cells.get("state", "")) != CLOSED:
        found.append(Fault(number, "outcome", "exchange.fault.outcome_open"))
    return found


def _place_wrong(row: FileRow, bounds: Bounds | None) -> list[Fault]:
    found = []
    for name in ("lat", "lon"):
        degrees = number_in(row.cells[name])
        if degrees is None:
            found.append(Fault(row.number, name, "exchange.fault.number"))
        elif bounds is not None:
            least = bounds.south if name == "lat" else bounds.west
            most = bounds.north if name == "lat" else bounds.east
            if not least <= degrees <= most:
                found.append(Fault(row.number, name, "exchange.fault.outside"))
    return found


def _one(
    row: FileRow, id_: str, stands: IncidentStands | None, known: Known, words: Words
) -> Change | Fault:
    cells = row.cells
    wanted = {name: words.code(name, cells[name]) for name in CODED if name in cells}
    wanted |= {
        name: words.code(name, cells[name]) for name in ("state", "outcome") if name in cells
    }
    if "lat" in cells:
        wanted |= {name: f"{number_in(cells[name]):.6f}" for name in ("lat", "lon")}
    ended = moment_in(cells.get("closed_at", ""), known.zone)
    if ended is not None and wanted.get("state") == CLOSED:
        # When it was over, where the file says so; else it is over when that is heard.
        wanted["closed_at"] = ended.isoformat()
    if stands is None:
        return _new(row, id_, wanted, known)
    if stands.state == CLOSED and wanted.get("state") == OPEN:
        return Fault(row.number, "state", "exchange.fault.reopen")
    if stands.outcome and wanted.get("outcome", stands.outcome) != stands.outcome:
        return Fault(row.number, "outcome", "exchange.fault.outcome_told")
    fields = tuple(_differing(stands, wanted))
    return Change(
        row=row.number,
        of=id_,
        label=stands.label,
        sort=Sort.CHANGED if fields else Sort.UNCHANGED,
        fields=fields,
        wanted=_asked(fields, wanted),
    )


def _new(row: FileRow, id_: str, wanted: dict[str, str], known: Known) -> Change | Fault:
    if "number" not in row.cells or "id" in row.cells:
        return Fault(row.number, "id", "exchange.fault.no_incident")
    if "reported_at" in row.cells:
        at = moment_in(row.cells["reported_at"], known.zone)
        if at is None or known.now - at > BACK:
            return Fault(row.number, "reported_at", "exchange.fault.moment_old")
        wanted = {**wanted, "reported_at": at.isoformat()}
    fields = tuple(Field(name, "", value) for name, value in wanted.items())
    return Change(
        row=row.number,
        of=id_,
        label=row.cells["number"],
        sort=Sort.NEW,
        fields=fields,
        wanted=wanted,
        private=tuple(sorted(OF[What.INCIDENTS].private & row.cells.keys())),
    )


def _differing(stands: IncidentStands, wanted: Mapping[str, str]) -> list[Field]:
    found = []
    for name in (*CODED, "state", "outcome"):
        before, after = getattr(stands, name) or "", wanted.get(name, "")
        # What this source has said before, beside what holds, is no news.
        if after and after != before and after not in stands.beside.get(name, []):
            found.append(Field(name, before, after))
    if "lat" in wanted and not _is_there(stands, wanted):
        before = "" if stands.lat is None else f"{stands.lat:.6f}, {stands.lon:.6f}"
        found.append(Field("place", before, place_of(wanted)))
    return found


def _is_there(stands: IncidentStands, wanted: Mapping[str, str]) -> bool:
    if place_of(wanted) in stands.beside.get("place", []):
        return True
    if stands.lat is None or stands.lon is None:
        return False
    apart = abs(float(wanted["lat"]) - stands.lat), abs(float(wanted["lon"]) - stands.lon)
    return max(apart) < SAME_DEGREES


def place_of(wanted: Mapping[str, str]) -> str:
    """A place as it is shown."""
    return f"{wanted['lat']}, {wanted['lon']}"


def _asked(fields: Sequence[Field], wanted: Mapping[str, str]) -> dict[str, str]:
    """What is to be asked for: what differs, and nothing else."""
    names = {each.name for each in fields}
    found = {name: value for name, value in wanted.items() if name in names}
    if "place" in names:
        found |= {name: wanted[name] for name in ("lat", "lon")}
    if "outcome" in names:
        found["state"] = CLOSED
    if "state" in names:
        found |= {name: wanted[name] for name in ("outcome", "closed_at") if name in wanted}
    return found
