# SPDX-License-Identifier: Apache-2.0
"""Where units stand by a file, beside where they stand by the record. Pure, and never raises."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

import msgspec

from bavn.capabilities.exchange.facts import Fault, FileRow
from bavn.capabilities.exchange.model.columns import Words
from bavn.capabilities.exchange.model.preview import Change, Field, Preview, Sort, in_order, twice
from bavn.codecs.sheets import moment_in
from bavn.kernel.identity import is_subject

# Clocks that are set by the net agree within this.
AHEAD = timedelta(seconds=60)
# What is told as older than this is a slip, or history; both are for another way in.
BACK = timedelta(days=30)


class UnitStands(msgspec.Struct, frozen=True, kw_only=True):
    """Where a unit stands; `beside` are the statuses that lower sources have said."""

    id: str
    callsign: str
    status: str | None = None
    at: datetime | None = None
    incident: str | None = None
    beside: tuple[str, ...] = ()


def compared(
    rows: Sequence[FileRow],
    units: Sequence[UnitStands],
    statuses: Mapping[str, bool],
    words: Words,
    when: tuple[datetime, tzinfo],
) -> Preview:
    """What the rows do to the organisation's own units.

    `statuses` tells of each whether a unit is at an incident in it; `when` is now, and the
    country's zone.
    """
    by_id = {each.id: each for each in units}
    called: dict[str, list[UnitStands]] = {}
    for each in units:
        called.setdefault(each.callsign.casefold(), []).append(each)
    changes: list[Change] = []
    faults: list[Fault] = []
    named: list[tuple[int, str]] = []
    found: dict[int, UnitStands] = {}
    for row in rows:
        unit = _unit(row.cells.get("unit", ""), by_id, called)
        if unit is None:
            faults.append(Fault(row.number, "unit", "exchange.fault.unit"))
            continue
        named.append((row.number, unit.id))
        found[row.number] = unit
    again = twice(named)
    for row in rows:
        if row.number not in found:
            continue
        if row.number in again:
            values = {"row": str(again[row.number])}
            faults.append(Fault(row.number, "unit", "exchange.fault.twice", values))
            continue
        one = _one(row, found[row.number], statuses, words, when)
        if isinstance(one, Change):
            changes.append(one)
        else:
            faults.append(one)
    told = {key for _, key in named}
    absent = tuple(each.callsign for each in units if each.id not in told)
    return Preview(changes=tuple(changes), faults=in_order(faults), absent=absent)


def _unit(
    text: str, by_id: Mapping[str, UnitStands], called: Mapping[str, list[UnitStands]]
) -> UnitStands | None:
    """The unit of this id, else the only one of this call sign."""
    if text in by_id:
        return by_id[text]
    same = called.get(text.casefold(), [])
    return same[0] if len(same) == 1 else None


def _one(
    row: FileRow,
    unit: UnitStands,
    statuses: Mapping[str, bool],
    words: Words,
    when: tuple[datetime, tzinfo],
) -> Change | Fault:
    now, zone = when
    status = words.code("status", row.cells.get("status", ""))
    if status not in statuses:
        return Fault(row.number, "status", "exchange.fault.status")
    incident = row.cells.get("incident")
    if incident is not None and not is_subject(f"incident:{incident}"):
        return Fault(row.number, "incident", "exchange.fault.incident")
    at = None
    if "at" in row.cells:
        at = moment_in(row.cells["at"], zone)
        if at is None or not now - BACK <= at <= now + AHEAD:
            name = "moment" if at is None else "moment_far"
            return Fault(row.number, "at", f"exchange.fault.{name}")
    # A unit that is free is at no incident, whatever it has come from.
    sort, fields = _differs(unit, status, incident if statuses[status] else None, at)
    wanted = {"status": status, "incident": incident or "", "at": at.isoformat() if at else ""}
    return Change(
        row=row.number,
        of=unit.id,
        label=unit.callsign,
        sort=sort,
        fields=fields,
        wanted=wanted if sort is Sort.CHANGED else {},
    )


def _differs(
    unit: UnitStands, status: str, incident: str | None, at: datetime | None
) -> tuple[Sort, tuple[Field, ...]]:
    fields = []
    if status != unit.status:
        fields.append(Field("status", unit.status or "", status))
    if incident is not None and incident != unit.incident:
        fields.append(Field("incident", unit.incident or "", incident))
    if not fields or (status in unit.beside and len(fields) == 1):
        return Sort.UNCHANGED, ()
    if at is not None and unit.at is not None and at < unit.at:
        return Sort.OLDER, tuple(fields)
    return Sort.CHANGED, tuple(fields)
