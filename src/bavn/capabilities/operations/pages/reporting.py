# SPDX-License-Identifier: Apache-2.0
"""A new incident: a form that is filled in from the keyboard in seconds.

The first Enter puts it on record. Whatever else there is to ask comes after that.
"""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.response import Redirect, Template

from bavn.capabilities.operations.decisions import asking
from bavn.capabilities.operations.pages.forms import Form
from bavn.capabilities.operations.pages.given import RoomGiven
from bavn.capabilities.operations.pages.placing import alarm_of, becomes, suggestions
from bavn.capabilities.operations.pages.showing import choices
from bavn.capabilities.operations.ports import CallGiven, DeskGiven
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.operations.views.words import Words
from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.frame.forms import CONFLICT, HEADERS, UNPROCESSABLE, in_words
from bavn.frame.given import IsOpenToGiven
from bavn.frame.page import page
from bavn.kernel.refusal import Refused

REPORT = {"act": "operations.report_incident"}
ONE = "/incidents/{id}"
SEE_OTHER: Final = 303


@get("/incidents/new", opt=REPORT, include_in_schema=False)
async def new_page(
    request: Request[Any, Any, Any], call: CallGiven, operations: RoomGiven
) -> Template:
    """The empty form, or one that begins with what the address says."""
    asked = {name: value for name, value in request.query_params.items() if value}
    form = Form(asked, call.say) if asked else None
    answer = _shown(call, operations, form, None)
    answer.headers.update(HEADERS)
    return answer


@get("/incidents/new/place", opt={"act": "operations.read_places"}, include_in_schema=False)
async def place_part(
    request: Request[Any, Any, Any], call: CallGiven, operations: RoomGiven
) -> Template:
    """What the place that is typed may be, and whose the incident would be: a part of the page."""
    form = Form(dict(request.query_params.items()), call.say)
    alarm, found = alarm_of(form, operations, call)
    named = found.address or alarm.place or alarm.near or alarm.municipality
    return page(
        call,
        "operations/place_found.html",
        found=suggestions(form, operations, call, form.where(operations, call)[0]),
        address=found.address,
        typed=form.value("address"),
        place=alarm.place,
        near=alarm.near,
        becomes=becomes(alarm, operations, call) if named else None,
        words=Words(call, operations),
    )


@post("/incidents/new", opt=REPORT, include_in_schema=False)
async def report(
    request: Request[Any, Any, Any],
    call: CallGiven,
    desk: DeskGiven,
    operations: RoomGiven,
    is_open_to: IsOpenToGiven,
) -> Response[Any]:
    """Take the report; what cannot be read is asked about once, and never stops it."""
    form = await Form.of(request, call)
    alarm, _ = alarm_of(form, operations, call)
    if form.wrong and not form.value("anyway"):
        return _shown(call, operations, form, None)
    try:
        reported = await asking.report(desk, call, operations.territory, alarm, form.ref)
    except Refusal as refusal:
        return _shown(call, operations, form, refusal.refused)
    # Nobody whose alarm was taken is met by a no.
    after = operations.after_report if is_open_to(call, operations.after_report) else ONE
    return Redirect(after.format(id=reported.id), status_code=SEE_OTHER)


def _shown(call: Call, room: Room, form: Form | None, refused: Refused | None) -> Template:
    words = Words(call, room)
    wrong = {} if form is None else form.wrong
    return page(
        call,
        "operations/new.html",
        status=CONFLICT if refused else UNPROCESSABLE if wrong else 200,
        typed={} if form is None else form.typed,
        problems=wrong,
        refused=None if refused is None else in_words(call, refused),
        register=room.addresses.register(),
        words=words,
        **choices(call, room, words),
    )
