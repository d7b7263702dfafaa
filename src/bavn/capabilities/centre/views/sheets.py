# SPDX-License-Identifier: Apache-2.0
"""Hand-over sheets: what one would say now, and what those that were signed said then."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from bavn.capabilities.centre.facts import KINDS, SheetLine, SheetPart, ShiftHandedOver
from bavn.capabilities.centre.model.board import BoardNow, Look, open_orders, rows_of
from bavn.capabilities.centre.model.command import handles_of
from bavn.capabilities.centre.views import HANDOVERS
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.journal.fact import Sealed
from bavn.journal.kinds import Kinds
from bavn.journal.table import Row as TableRow
from bavn.kernel.instants import instant_of
from bavn.kernel.private import Private

# So many lines of each part are kept in the fact, whose size has a limit; the count says how many
# there were, and the record has them all.
LINES_LIMIT, SAYS_LIMIT = 40, 160
# Sheets that are listed; older ones are on record.
SHEETS_SHOWN = 60
_KINDS = Kinds(KINDS)
OUT = frozenset({"alerted", "en_route", "at_scene", "returning", "on_radio"})


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """What things are called, for who signs."""

    type: Callable[[str], str]
    status: Callable[[str | None], str]


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet that was signed, and who took over from it."""

    id: str
    by: str
    account: str
    signed_at: datetime
    taken_by: str | None
    taken_account: str | None
    taken_at: datetime | None
    parts: tuple[SheetPart, ...] = ()
    name: str = ""
    notes: str = ""
    taken_name: str = ""
    taken_notes: str = ""
    sealed_count: int = 0


def parts_now(board: BoardNow, look: Look, call: Call, named: Named) -> list[SheetPart]:
    """What the board says of a watch at this moment."""
    handles = handles_of([each.id for each in board.incidents])
    opened, missing = [], []
    for row in rows_of(board, look):
        incident = row.incident
        stages = "; ".join(
            f"{call.say(f'centre.stage.{stage}')}: {', '.join(each.callsign for each in who)}"
            for stage, who in row.at.items()
        )
        head = f"{handles[incident.id]} {named.type(incident.type)}"
        says = f"{head}, {incident.place or call.say('operations.no_place')}"
        path = f"/incidents/{incident.id}"
        who = stages or call.say("centre.nobody_sent")
        opened.append(line_of(f"{says}. {who}", path, incident.reported_at))
        lacks = [
            call.say(f"centre.lacks.{name}")
            for name, is_there in (("type", incident.type), ("place", incident.place))
            if not is_there
        ]
        if lacks:
            missing.append(line_of(f"{says}: {', '.join(lacks)}", path, incident.reported_at))
    out, not_ready = [], []
    ordered = open_orders(board)
    for unit in sorted(board.units, key=lambda each: each.callsign):
        if not look.takes_unit(unit):
            continue
        order = ordered.get(unit.id)
        status = named.status(unit.status) if order is None else call.say("centre.stage.ordered")
        at = unit.incident if order is None else order.incident
        says = f"{unit.callsign}: {status} {handles.get(at or '', '')}".rstrip()
        line = line_of(says, f"/units/{unit.id}", unit.status_at)
        if unit.status == "not_ready":
            not_ready.append(line)
        elif unit.status in OUT or order is not None:
            out.append(line)
    return [
        part("open", opened),
        part("out", out),
        part("missing", missing),
        part("not_ready", not_ready),
    ]


def part(name: str, lines: Sequence[SheetLine]) -> SheetPart:
    """A part of a sheet, with as many lines as are kept."""
    return SheetPart(name=name, count=len(lines), lines=tuple(lines[:LINES_LIMIT]))


def line_of(says: str, path: str = "", since: datetime | None = None) -> SheetLine:
    """A line, cut visibly where it is longer than a line."""
    cut = says if len(says) <= SAYS_LIMIT else f"{says[: SAYS_LIMIT - 1]}…"
    return SheetLine(says=cut, path=path, since=since)


def sheets(desk: Desk, call: Call) -> list[Sheet]:
    """The sheets of the caller's organisation, the newest first, without what was written."""
    rows = desk.query.rows(call.reader, HANDOVERS, {"owner": call.actor.organisation})
    rows.sort(key=lambda row: int(str(row["at_ms"])), reverse=True)
    return [_sheet(row) for row in rows[:SHEETS_SHOWN]]


async def sheet(desk: Desk, call: Call, name: str) -> Sheet | None:
    """One sheet with all that was signed; None when there is none."""
    where = {"owner": call.actor.organisation, "subject": f"handover:{name}"}
    rows = desk.query.rows(call.reader, HANDOVERS, where)
    if not rows:
        return None
    found, owner = _sheet(rows[0]), call.actor.organisation
    texts: dict[str, str] = {}
    sealed_count = 0
    for item in desk.query.history(call.reader, owner, f"handover:{name}"):
        body = _KINDS.read(item.fact)
        if not isinstance(body, msgspec.Struct):
            continue
        lead = "" if isinstance(body, ShiftHandedOver) else "taken_"
        if isinstance(body, ShiftHandedOver):
            found = msgspec.structs.replace(found, parts=body.parts)
        for field in ("name", "notes"):
            kept = getattr(body, field, None)
            if isinstance(kept, Sealed):
                text = await desk.reveal(call.reader, owner, kept)
                if isinstance(text, Private):
                    texts[lead + field] = text.reveal()
                else:
                    sealed_count += 1
    return msgspec.structs.replace(found, **texts, sealed_count=sealed_count)


def _sheet(row: TableRow) -> Sheet:
    taken_ms = row["taken_at_ms"]
    return Sheet(
        id=str(row["subject"]).partition(":")[2],
        by=str(row["by"]),
        account=str(row["account"]),
        signed_at=instant_of(int(str(row["at_ms"]))),
        taken_by=None if row["taken_by"] is None else str(row["taken_by"]),
        taken_account=None if row["taken_account"] is None else str(row["taken_account"]),
        taken_at=None if taken_ms is None else instant_of(int(str(taken_ms))),
    )
