# SPDX-License-Identifier: Apache-2.0
"""A coded alarm by hand: two fields and Enter; then the page that sends, where Enter sends."""

import msgspec
from litestar import get, post
from litestar.response import Redirect, Template

from bavn.capabilities.receiving.decisions.sending import sent_for
from bavn.capabilities.receiving.decisions.taking import take
from bavn.capabilities.receiving.model.alarm import Alarm, Said, code_in
from bavn.capabilities.receiving.ports import Around
from bavn.capabilities.receiving.views.looking import Room, RoomGiven, alarm_at
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal
from bavn.frame.forms import SEE_OTHER, Answer, AnyRequest, Form, in_words, kept, status_of
from bavn.frame.given import CallGiven, DeskGiven, IsOpenToGiven
from bavn.frame.page import page
from bavn.kernel.private import Private

TAKE = {"act": "receiving.take_alarm"}
ONE, SEND = "/incidents/{id}", "/incidents/{id}/send"


@get("/alarms/new", opt=TAKE, include_in_schema=False)
async def new_page(call: CallGiven, receiving: RoomGiven) -> Template:
    """The empty form."""
    return kept(_shown(call, receiving, None))


@post("/alarms/new", opt=TAKE, include_in_schema=False)
async def take_alarm(
    request: AnyRequest,
    call: CallGiven,
    desk: DeskGiven,
    receiving: RoomGiven,
    is_open_to: IsOpenToGiven,
) -> Answer:
    """Take the alarm; what cannot be read is asked about once, and never stops it."""
    form, around = await Form.of(request), receiving.around
    code, alarm = _code(form, call, around), _alarm(form, call, desk, around)
    alarm = msgspec.structs.replace(alarm, code=code)
    if form.wrong and not form.value("anyway"):
        return _shown(call, receiving, form)
    try:
        taken = await take(desk, call, around, receiving.records, alarm, form.ref)
    except Refusal as refusal:
        return _shown(call, receiving, form, refusal)
    await sent_for(desk, call, around, receiving.records, taken)
    # Nobody whose alarm was taken is met by a no.
    after = SEND if is_open_to(call, SEND) else ONE
    return Redirect(after.format(id=taken.reported.incident), status_code=SEE_OTHER)


@get(
    "/incidents/{incident_id:str}/alarm-part",
    opt={"act": "receiving.read_alarms"},
    include_in_schema=False,
)
async def part(
    incident_id: str, call: CallGiven, desk: DeskGiven, receiving: RoomGiven
) -> Template:
    """How the incident came in, on its page."""
    around = receiving.around
    types = {each.code: each.name for each in around.types(call)}
    return page(
        call,
        "receiving/part.html",
        alarm=alarm_at(desk.query, call.reader, incident_id),
        types=types,
        zone=around.zone,
    )


def _code(form: Form, call: Call, around: Around) -> str | None:
    """The code that was typed, or the only type with those words in its name."""
    typed = form.value("code")
    if not typed:
        form.wrong["code"] = call.say("receiving.wrong.code_missing")
        return None
    first = code_in(typed.partition(" ")[0])
    if first is not None and around.is_type(first):
        return first
    names = {each.code: each.name.casefold() for each in around.types(call)}
    found = [code for code, name in names.items() if typed.casefold() in name]
    if len(found) == 1:
        return found[0]
    # Another system's code, which the service may have said the meaning of.
    if code_in(typed) is None:
        form.wrong["code"] = call.say("receiving.wrong.code", value=typed)
    return typed


def _alarm(form: Form, call: Call, desk: Desk, around: Around) -> Alarm:
    """Number or address: whichever names an object; else an address, with what was typed kept."""
    typed = form.value("where")
    nodes = [each for each, _ in around.nodes(desk)]
    number = around.number(typed)
    if number is not None and any(each.by_number(number) for each in nodes):
        return Alarm(number=number, by_hand=True)
    is_known = any(each.by_address(typed) for each in nodes) or around.place_of(typed) is not None
    if is_known:
        return Alarm(address=typed, by_hand=True)
    if not typed:
        return Alarm(by_hand=True)
    form.wrong["where"] = call.say("receiving.wrong.where", value=typed)
    # Whoever reads it may know what was meant.
    said = Said(text=Private(typed))
    if number is not None:
        return Alarm(number=number, by_hand=True, said=said)
    return Alarm(address=typed, by_hand=True, said=said)


def _shown(call: Call, room: Room, form: Form | None, refusal: Refusal | None = None) -> Template:
    return page(
        call,
        "receiving/new.html",
        status=status_of(form, refusal),
        types=room.around.types(call),
        typed={} if form is None else form.typed,
        problems={} if form is None else form.wrong,
        refused=None if refusal is None else in_words(call, refusal.refused),
    )


HANDLERS = (new_page, take_alarm, part)
