# SPDX-License-Identifier: Apache-2.0
"""The paper hours typed back in: rows as they were written, looked at before they are told.

Each row becomes the ordinary fact, with when it happened; beside it stands that it was typed from
paper, by whom and when. A row that is known already is told of once. What is wrong with one row
stops none of the others, and nothing that was typed is lost.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec
from litestar import get, post
from litestar.response import Template

from bavn.capabilities.centre.decisions import TypePaper
from bavn.capabilities.centre.model import command as grammar
from bavn.capabilities.centre.model.command import Command, Misread
from bavn.capabilities.centre.model.paper import ROWS_LIMIT, Written, key_of, timed
from bavn.capabilities.centre.pages import showing
from bavn.capabilities.centre.pages.commands import names_of
from bavn.capabilities.centre.ports import PaperRow, Room, RoomGiven
from bavn.capabilities.centre.views import PAPER
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.frame.forms import Answer, AnyRequest, Form, in_words
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page
from bavn.kernel.identity import Subject
from bavn.kernel.private import Private

TYPE = {"act": "centre.type_paper"}
# A fresh sheet; more lines come as they are filled.
EMPTY_ROWS = 12


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A row with what it would become, or what is wrong with it; `state` is how far it is."""

    written: Written
    state: str
    says: str = ""
    at: datetime | None = None
    row: PaperRow | None = None


@get("/centre/paper", opt=TYPE, include_in_schema=False)
async def paper_page(call: CallGiven, centre: RoomGiven) -> Template:
    """An empty sheet."""
    return _shown(call, centre, _today(call, centre), [], was_told=False)


@post("/centre/paper", opt=TYPE, include_in_schema=False)
async def type_in(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, centre: RoomGiven
) -> Answer:
    """Look at the rows; and tell those that are right, when a person has looked at them."""
    form = await Form.of(request)
    try:
        day = date.fromisoformat(form.value("day"))
    except ValueError:
        day = _today(call, centre)
    rows = _written(form)
    checked = check(rows, day, call, desk, centre)
    is_told = form.value("told") == "1"
    if is_told:
        checked = [await _tell(each, call, desk, centre) for each in checked]
    return _shown(call, centre, day, checked, was_told=is_told)


def check(rows: Sequence[Written], day: date, call: Call, desk: Desk, room: Room) -> list[Checked]:
    """Each row with what it would become."""
    words, names = room.around.words, names_of(room, room.around.board(call))
    times = timed([each.at for each in rows], day, room.around.zone, call.now)
    checked = []
    for number, (written, when) in enumerate(zip(rows, times, strict=True)):
        if number >= ROWS_LIMIT:
            checked.append(_wrong(written, call, "paper_too_many", str(ROWS_LIMIT)))
        elif when.at is None:
            checked.append(_wrong(written, call, when.wrong, written.at))
        else:
            read = grammar.parse(written.line, words, names)
            checked.append(_checked(written, when.at, read, call, desk, room))
    return checked


def _checked(
    written: Written, at: datetime, read: Command | Misread, call: Call, desk: Desk, room: Room
) -> Checked:
    if isinstance(read, Misread):
        return _wrong(written, call, f"misread.{read.code}", read.value)
    row = row_of(read, at)
    if row is None:
        return _wrong(written, call, "misread.paper_not_this", written.what)
    says = _says(call, room, row)
    if _is_typed(desk, call, written, at) or room.around.is_known(desk, call, row):
        return Checked(written=written, state="known", says=says, at=at, row=row)
    return Checked(written=written, state="right", says=says, at=at, row=row)


def row_of(read: Command, at: datetime) -> PaperRow | None:
    """What a line on paper asks for; None for what only a screen can do."""
    match read:
        case grammar.SetStatus(unit=unit, status=status, incident=incident):
            return PaperRow(sort="status", at=at, unit=unit, status=status, incident=incident or "")
        case grammar.Note(incident=incident, text=text):
            return PaperRow(sort="note", at=at, incident=incident, text=Private(text))
        case grammar.Close(incident=incident, outcome=outcome):
            return PaperRow(sort="close", at=at, incident=incident, outcome=outcome or "")
        case grammar.Report(type=type_, where=where):
            return PaperRow(sort="report", at=at, type=type_ or "", text=Private(where))
        case _:
            return None


async def _tell(one: Checked, call: Call, desk: Desk, room: Room) -> Checked:
    if one.state != "right" or one.row is None or one.at is None:
        return one
    key = key_of(one.at, one.written.line)
    try:
        done = await room.around.report(desk, call, one.row, f"paper/{key}")
        about = desk.query.item(call.reader, done.facts[0])
        subjects = () if about is None else about.fact.about
        content = TypePaper(
            row=key,
            sort=one.row.sort,
            about=subjects[0] if subjects else Subject(f"paper:{key}"),
            at=one.at,
            became=tuple(done.facts),
            account=call.account,
        )
        await carried_out(desk, call, call.actor.organisation, content, f"typed/{key}")
    except Refusal as refusal:
        says, try_instead = in_words(call, refusal.refused)
        return msgspec.structs.replace(one, state="wrong", says=f"{says} {try_instead}")
    return msgspec.structs.replace(one, state="told")


def _is_typed(desk: Desk, call: Call, written: Written, at: datetime) -> bool:
    where = {"owner": call.actor.organisation, "subject": f"paper:{key_of(at, written.line)}"}
    return bool(desk.query.rows(call.reader, PAPER, where))


def _wrong(written: Written, call: Call, code: str, value: str) -> Checked:
    says = call.say(f"centre.{code}" if "." in code else f"centre.wrong.{code}", value=value)
    return Checked(written=written, state="wrong", says=says)


def _says(call: Call, room: Room, row: PaperRow) -> str:
    words = showing.Words(call, room.around)
    values = {
        "unit": row.unit,
        "status": words.status(row.status) if row.status else "",
        "type": words.type(row.type),
        "text": "" if row.text is None else row.text.reveal(),
        "outcome": call.say(f"operations.outcome.{row.outcome or 'unknown'}"),
    }
    return call.say(f"centre.paper.{row.sort}", **values)


def _written(form: Form) -> list[Written]:
    columns = [form.values(name) for name in ("at", "who", "what")]
    rows = [Written(at=at, who=who, what=what) for at, who, what in zip(*columns, strict=False)]
    return [each for each in rows if not each.is_blank]


def _today(call: Call, room: Room) -> date:
    return (call.now.astimezone(room.around.zone) - timedelta(hours=12)).date()


def _shown(
    call: Call, room: Room, day: date, checked: Sequence[Checked], *, was_told: bool
) -> Template:
    blanks = [Written(at="", who="", what="")] * EMPTY_ROWS
    counts = {
        state: sum(each.state == state for each in checked)
        for state in ("right", "known", "wrong", "told")
    }
    answer = page(
        call,
        "centre/paper.html",
        status=422 if counts["wrong"] else 200,
        day=day.isoformat(),
        checked=checked,
        blanks=blanks,
        counts=counts,
        was_told=was_told,
        rows_limit=ROWS_LIMIT,
        words=showing.Words(call, room.around),
    )
    answer.headers["cache-control"] = "no-store"
    return answer


HANDLERS = (paper_page, type_in)
