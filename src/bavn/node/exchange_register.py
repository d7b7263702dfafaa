# SPDX-License-Identifier: Apache-2.0
"""Files of stations and units: compared with the register, and handed in as a list to be confirmed.

A list of organisation's is whole: what is not on it ends. A file is not: so what the file does not
name is put on the list as it stands, and nothing ends by a file.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from bavn.capabilities.exchange.facts import Fault, FileRow, RowResult
from bavn.capabilities.exchange.model.columns import Words
from bavn.capabilities.exchange.model.preview import Change, Field, Preview, Sort, in_order
from bavn.capabilities.exchange.ports import Run
from bavn.capabilities.organisation.decisions.imports import ReceiveImport, list_id, request_of
from bavn.capabilities.organisation.facts import DatedFact, ImportProblem, ImportRow
from bavn.capabilities.organisation.model.differences import Sort as ListSort
from bavn.capabilities.organisation.model.differences import differences
from bavn.capabilities.organisation.model.faults import fault_of, where_of
from bavn.capabilities.organisation.model.lists import (
    CSV,
    OPTIONAL,
    REQUIRED,
    Known,
    ReadList,
    body_of,
    id_of,
    read_cells,
)
from bavn.capabilities.organisation.model.settling import ListKind
from bavn.capabilities.organisation.views import looking
from bavn.capabilities.organisation.views.received import written
from bavn.capabilities.organisation.views.register import Register
from bavn.codecs import sheets
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.kernel.identity import OrganisationId
from bavn.kernel.refusal import Refused
from bavn.runtime.live import Live

# Codes that people know by their names.
NAMED = ("type", "crewing", "municipality")
SAME_DEGREES = 1e-6
_SORTS = {
    ListSort.ADDED: Sort.NEW,
    ListSort.CHANGED: Sort.CHANGED,
    ListSort.UNCHANGED: Sort.UNCHANGED,
}


class ListTarget:
    """Stations, or units, of the caller's organisation."""

    at_once = 1_000_000  # a list is handed in whole

    def __init__(self, live: Live, register: Register, kind: ListKind, words: Words) -> None:
        self._live = live
        self._register = register
        self._kind = kind
        self._words = words

    async def compare(self, call: Call, rows: Sequence[FileRow]) -> Preview:
        """What the rows would do for the caller's organisation."""
        return self._compared(call, rows)[0]

    def _compared(
        self, call: Call, rows: Sequence[FileRow]
    ) -> tuple[Preview, dict[str, ImportRow]]:
        """What the rows would do, and all that the organisation would have after it, by id."""
        owner, kind = call.actor.organisation, self._kind
        on, known = self._register.today(call.now), self._known(call)
        current = looking.current(self._look(call), owner, kind, on)
        stands = {id_: _cells_of(kind, id_, body) for id_, body in current.items()}
        read, faults = self._read(owner, rows, stands, known)
        numbers = {id_of(kind, row.cells): row.number for row in read.rows}
        wanted = {id_of(kind, row.cells): body_of(kind, row.cells, on, "") for row in read.rows}
        here = {id_: body for id_, body in current.items() if id_ in wanted}
        changes = [
            Change(
                row=numbers[each.id],
                of=each.id,
                label=_label(each.id, each.after),
                sort=_SORTS[each.sort],
                fields=tuple(_fields(each.before, each.after, each.fields)),
            )
            for each in differences(here, wanted)
        ]
        changes.sort(key=lambda each: each.row)
        named = {row.cells.get("id", "") for row in rows}
        absent = tuple(_label(each, current[each]) for each in sorted(current.keys() - named))
        whole = {id_: ImportRow(0, cells) for id_, cells in stands.items()}
        whole |= {id_of(kind, row.cells): row for row in read.rows}
        return Preview(changes=tuple(changes), faults=in_order(faults), absent=absent), whole

    def _read(
        self,
        owner: OrganisationId,
        rows: Sequence[FileRow],
        stands: Mapping[str, dict[str, str]],
        known: Known,
    ) -> tuple[ReadList, list[Fault]]:
        columns = (*REQUIRED[self._kind], *OPTIONAL[self._kind])
        cells: list[tuple[int, dict[str, str]]] = []
        faults: list[Fault] = []
        for row in rows:
            if row.cells.get("service", owner) != owner:
                faults.append(Fault(row.number, "service", "exchange.fault.other_service"))
                continue
            said = {name: text for name, text in row.cells.items() if name in columns}
            said |= {name: self._words.code(name, said[name]) for name in NAMED if name in said}
            # What a file leaves empty is as it stands.
            before = stands.get(said.get("id", ""), {})
            cells.append((row.number, _as_exact({**before, **said}, before)))
        read = read_cells(cells, self._kind, known)
        faults += [_fault(each) for each in read.problems if cells]
        return read, faults

    async def carry_out(
        self,
        desk: Desk,
        call: Call,
        run: Run,
        changes: Sequence[Change],
        texts: Mapping[int, Mapping[str, str]],  # noqa: ARG002 - a list has none
    ) -> Sequence[RowResult]:
        """Hand in the list that the organisation would have; a person confirms it as any other."""
        owner, on = call.actor.organisation, self._register.today(call.now)
        _, whole = self._compared(call, run.rows)
        columns = (*REQUIRED[self._kind], *OPTIONAL[self._kind])
        lines = [[row.cells.get(name, "") for name in columns] for row in whole.values()]
        raw = sheets.written(columns, lines, mark=False)
        id_ = list_id(call.sender, run.file, raw)
        known = self._known(call)
        asked = request_of(id_, raw, what=self._kind, form=CSV, on=on, known=known)
        about = f"list:{owner}/{id_}"
        if isinstance(asked, Refused):
            return [_refused(each, asked) for each in changes]
        try:
            done = await carried_out(desk, call, owner, _with_rows(asked, whole), f"list-{id_}")
        except Refusal as refusal:
            if refusal.refused.code != "already_received":
                return [_refused(each, refusal.refused) for each in changes]
            return [RowResult(0, about)]
        return [RowResult(0, about, facts=done.facts), *(RowResult(e.row, e.of) for e in changes)]

    def _known(self, call: Call) -> Known:
        owner, on = call.actor.organisation, self._register.today(call.now)
        return looking.known(self._look(call), self._register.country, owner, on)

    def _look(self, call: Call) -> looking.Look:
        return lambda view, where: self._live.query.rows(call.reader, view, where)


def _label(id_: str, body: DatedFact | None) -> str:
    """What people call it."""
    return str(getattr(body, "callsign", getattr(body, "name", id_)))


def _refused(change: Change, no: Refused) -> RowResult:
    values = {name: str(value) for name, value in no.values.items()}
    return RowResult(change.row, change.of, refused=no.code, values=values)


def _with_rows(asked: ReceiveImport, whole: Mapping[str, ImportRow]) -> ReceiveImport:
    """The list with the cells themselves: what a spreadsheet must not take for a formula is one."""
    rows = tuple(ImportRow(number, row.cells) for number, row in enumerate(whole.values(), start=2))
    return msgspec.structs.replace(asked, rows=rows, problems=())


def _cells_of(kind: ListKind, id_: str, body: DatedFact) -> dict[str, str]:
    """What holds, as it would stand in a list."""
    cells = {"id": id_}
    for name in (*REQUIRED[kind], *OPTIONAL[kind]):
        value: Any = getattr(body, name, None)
        if name == "id" or value is None:
            continue
        if isinstance(value, float):
            text = f"{value:.12f}".rstrip("0").rstrip(".")
        else:
            text = ";".join(value) if isinstance(value, tuple) else str(value)
        if text:
            cells[name] = text
    return cells


def _as_exact(said: dict[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """The cells, with the place as it stands where it is the same to a tenth of a metre."""
    for name in ("lat", "lon"):
        old, new = (sheets.number_in(each.get(name, "")) for each in (before, said))
        if old is not None and new is not None and abs(old - new) < SAME_DEGREES:
            said[name] = before[name]
    return said


def _fields(
    before: DatedFact | None,
    after: DatedFact | None,
    fields: Sequence[tuple[str, object, object]],
) -> list[Field]:
    if before is not None or after is None:
        return [Field(name, written(old), written(new)) for name, old, new in fields]
    names = [n for n in after.__struct_fields__ if n not in DatedFact.__struct_fields__]
    return [Field(name, "", written(getattr(after, name))) for name in names]


def _fault(problem: ImportProblem) -> Fault:
    """What organisation says is wrong, by the name of its text."""
    where, found = where_of(problem.where), fault_of(problem.says)
    row, column = int(where.values.get("row", "0")), where.values.get("column", "")
    if found is None:
        return Fault(row, column, "exchange.fault.other")
    return Fault(row, column, f"organisation.fault.{found.name}", found.values)
