# SPDX-License-Identifier: Apache-2.0
"""The hand-over sheet: what one watch leaves to the next, signed by one, taken over by another."""

from typing import Any

from litestar import Response, get, post
from litestar.response import Redirect, Template

from bavn.capabilities.centre.decisions import HandOverWatch, TakeOverWatch
from bavn.capabilities.centre.facts import SheetPart
from bavn.capabilities.centre.pages.board import wants_of_board, watch_of
from bavn.capabilities.centre.pages.sheet_paper import sheet_paper
from bavn.capabilities.centre.pages.showing import Words
from bavn.capabilities.centre.ports import Room, RoomGiven
from bavn.capabilities.centre.views.sheets import (
    Named,
    Sheet,
    line_of,
    part,
    parts_now,
    sheet,
    sheets,
)
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.frame.forms import SEE_OTHER, Answer, AnyRequest, Form, in_words, kept, status_of
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page
from bavn.frame.paper import PDF, PressGiven, answer_of
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

READ = {"act": "centre.read_handover"}


@get("/centre/handover", opt=READ, include_in_schema=False)
async def handover_page(call: CallGiven, desk: DeskGiven, centre: RoomGiven) -> Template:
    """The sheet as it would be signed now, and those that were."""
    return _shown(call, desk, centre)


@post("/centre/handover", opt={"act": "centre.hand_over"}, include_in_schema=False)
async def hand_over(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, centre: RoomGiven
) -> Answer:
    """Sign it."""
    form = await Form.of(request)
    content = HandOverWatch(
        parts=tuple(_parts(call, desk, centre)),
        account=call.account,
        name=Private(call.name if call.is_person else ""),
        notes=form.private("notes"),
    )
    try:
        done = await carried_out(desk, call, call.actor.organisation, content, form.ref)
    except Refusal as refusal:
        return _shown(call, desk, centre, form, refusal)
    item = desk.query.item(call.reader, done.facts[0])
    name = "" if item is None else item.fact.about[0].partition(":")[2]
    return Redirect(f"/centre/handover/{name}", status_code=SEE_OTHER)


@get("/centre/handover/{handover_id:str}", opt=READ, include_in_schema=False)
async def sheet_page(
    handover_id: str, call: CallGiven, desk: DeskGiven, centre: RoomGiven
) -> Template:
    """One sheet, to read, to print and to take over from."""
    return await _sheet_shown(handover_id, call, desk, centre)


@get(
    "/centre/handover/{handover_id:str}/sheet.pdf",
    opt=READ,
    include_in_schema=False,
    media_type=PDF,
)
async def sheet_file(
    handover_id: str, call: CallGiven, desk: DeskGiven, centre: RoomGiven, press: PressGiven
) -> Response[bytes]:
    """The same as PDF."""
    found = await _sheet(handover_id, call, desk)
    paper = sheet_paper(call, centre.around, found)
    return answer_of(await press.pressed(paper), f"vagtskifte-{found.id}")


@post(
    "/centre/handover/{handover_id:str}", opt={"act": "centre.take_over"}, include_in_schema=False
)
async def take_over(
    request: AnyRequest, handover_id: str, call: CallGiven, desk: DeskGiven, centre: RoomGiven
) -> Answer:
    """Take the watch over."""
    form = await Form.of(request)
    content = TakeOverWatch(
        handover=handover_id,
        account=call.account,
        name=Private(call.name if call.is_person else ""),
        notes=form.private("notes"),
    )
    try:
        await carried_out(desk, call, call.actor.organisation, content, form.ref)
    except Refusal as refusal:
        if refusal.refused.code == "no_such_handover":
            raise
        return await _sheet_shown(handover_id, call, desk, centre, form, refusal)
    return Redirect(f"/centre/handover/{handover_id}", status_code=SEE_OTHER)


def _parts(call: Call, desk: Desk, room: Room) -> list[SheetPart]:
    around, words = room.around, Words(call, room.around)
    board = around.board(call)
    look = watch_of(call, room)
    named = Named(type=words.type, status=words.status)
    parts = parts_now(board, look, call, named)
    parts += [
        part(each.name, [line_of(" · ".join(row)) for row in each.rows])
        for each in around.handed(call)
    ]
    wants = [each for each in wants_of_board(call, desk, room, board, look) if each.seen is None]
    lines = [
        line_of(call.say(each.item.text, **each.item.values), each.item.path, each.item.since)
        for each in wants
    ]
    return [*parts, part("wants", lines)]


def _shown(
    call: Call,
    desk: Desk,
    room: Room,
    form: Form | None = None,
    refusal: Refusal | None = None,
) -> Template:
    answer = page(
        call,
        "centre/handover.html",
        status=status_of(form, refusal),
        parts=_parts(call, desk, room),
        sheets=sheets(desk, call),
        **_around(call, room, form, refusal),
    )
    return kept(answer)


async def _sheet_shown(
    name: str,
    call: Call,
    desk: Desk,
    room: Room,
    form: Form | None = None,
    refusal: Refusal | None = None,
) -> Template:
    found = await _sheet(name, call, desk)
    answer = page(
        call,
        "centre/sheet.html",
        status=status_of(form, refusal),
        sheet=found,
        parts=found.parts,
        **_around(call, room, form, refusal),
    )
    return kept(answer)


async def _sheet(name: str, call: Call, desk: Desk) -> Sheet:
    found = await sheet(desk, call, name)
    if found is None:
        raise Refusal(
            Refused(
                code="no_such_handover",
                says="There is no such hand-over.",
                try_instead="Take it from the list of hand-overs.",
            )
        )
    return found


def _around(call: Call, room: Room, form: Form | None, refusal: Refusal | None) -> dict[str, Any]:
    return {
        "words": Words(call, room.around),
        "typed": {} if form is None else form.typed,
        "problems": {} if form is None else form.wrong,
        "refused": None if refusal is None else in_words(call, refusal.refused),
        "organisation": call.actor.organisation,
    }


HANDLERS = (handover_page, hand_over, sheet_page, sheet_file, take_over)
