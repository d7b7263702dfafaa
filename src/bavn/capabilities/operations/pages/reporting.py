# SPDX-License-Identifier: Apache-2.0
"""A new incident: a form that is filled in from the keyboard in seconds."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.response import Redirect, Template

from bavn.capabilities.operations.decisions import asking
from bavn.capabilities.operations.model.incident import urgency_in
from bavn.capabilities.operations.pages.forms import Form
from bavn.capabilities.operations.pages.given import RoomGiven
from bavn.capabilities.operations.pages.showing import choices
from bavn.capabilities.operations.ports import CallGiven, DeskGiven
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.operations.views.words import Words
from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.frame.forms import CONFLICT, HEADERS, UNPROCESSABLE, in_words
from bavn.frame.page import page
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

REPORT = {"act": "operations.report_incident"}
SEE_OTHER: Final = 303


@get("/incidents/new", opt=REPORT, include_in_schema=False)
async def new_page(call: CallGiven, operations: RoomGiven) -> Template:
    """The empty form."""
    answer = _shown(call, operations, None, None)
    answer.headers.update(HEADERS)
    return answer


@post("/incidents/new", opt=REPORT, include_in_schema=False)
async def report(
    request: Request[Any, Any, Any], call: CallGiven, desk: DeskGiven, operations: RoomGiven
) -> Response[Any]:
    """Take the report; what cannot be read is asked about once, and never stops it."""
    form = await Form.of(request, call)
    alarm = _alarm(form, call, operations)
    if form.wrong and not form.value("anyway"):
        return _shown(call, operations, form, None)
    try:
        reported = await asking.report(desk, call, operations.territory, alarm, form.ref)
    except Refusal as refusal:
        return _shown(call, operations, form, refusal.refused)
    return Redirect(f"/incidents/{reported.id}", status_code=SEE_OTHER)


def _alarm(form: Form, call: Call, room: Room) -> asking.Alarm:
    place, incident_type = form.place(), form.type(room, Words(call, room))
    municipality, station = form.where(room, call)
    said = [form.value("text")]
    # What nobody could read is kept with what was said: whoever reads it may know what was meant.
    said += [form.value(name) for name in form.wrong]
    text = "\n".join(each for each in said if each)
    return asking.Alarm(
        incident_type=incident_type,
        lat=None if place is None else place[0],
        lon=None if place is None else place[1],
        near=form.near(room, call) if place is None else None,
        municipality=municipality,
        service=None if station is None or place is not None else station.service,
        urgency=urgency_in(form.value("urgency")),
        address=form.private("address"),
        callback=form.private("callback"),
        text=Private(text) if text else None,
    )


def _shown(call: Call, room: Room, form: Form | None, refused: Refused | None) -> Template:
    words = Words(call, room)
    status = CONFLICT if refused else UNPROCESSABLE if form is not None else 200
    return page(
        call,
        "operations/new.html",
        status=status,
        typed={} if form is None else form.typed,
        problems={} if form is None else form.wrong,
        refused=None if refused is None else in_words(call, refused),
        **choices(call, room, words),
    )
