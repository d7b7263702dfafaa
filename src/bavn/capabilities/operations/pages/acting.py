# SPDX-License-Identifier: Apache-2.0
"""What can be done on the page of an incident: note, correct, strike, close."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from litestar import Request, Response, post
from litestar.response import Redirect

from bavn.capabilities.operations.decisions import (
    CloseIncident,
    CorrectIncident,
    NoteIncident,
    asking,
    subject_of,
)
from bavn.capabilities.operations.model.incident import outcome_in, urgency_in
from bavn.capabilities.operations.pages.forms import Form
from bavn.capabilities.operations.pages.given import RoomGiven
from bavn.capabilities.operations.pages.showing import incident_shown, mends
from bavn.capabilities.operations.ports import CallGiven, DeskGiven, area_told
from bavn.capabilities.operations.views.incidents import the_incident
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.operations.views.words import Words
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private

SEE_OTHER: Final = 303
AnyRequest = Request[Any, Any, Any]
Answer = Response[Any]


@post(
    "/incidents/{incident_id:str}/note",
    opt={"act": "operations.note_incident"},
    include_in_schema=False,
)
async def note(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, operations: RoomGiven
) -> Answer:
    """Write a note."""
    form = await Form.of(request, call)
    text = form.needed("note")

    async def act() -> None:
        owner, _ = _whose(incident_id, call, desk, operations)
        content = NoteIncident(incident=incident_id, text=Private(text))
        await carried_out(desk, call, owner, content, form.ref)

    return await _acted(incident_id, call, desk, operations, form, act)


@post(
    "/incidents/{incident_id:str}/correct",
    opt={"act": "operations.correct_incident"},
    include_in_schema=False,
)
async def correct(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, operations: RoomGiven
) -> Answer:
    """Correct what was said; what is left empty still holds."""
    form = await Form.of(request, call)
    incident_type = form.type(operations, Words(call, operations))
    place, (municipality, _) = form.place(), form.where(operations, call)

    async def act() -> None:
        owner, area = _whose(incident_id, call, desk, operations)
        content = CorrectIncident(
            incident=incident_id,
            area=area,
            incident_type=incident_type,
            municipality=municipality,
            latitude=None if place is None else place[0],
            longitude=None if place is None else place[1],
            urgency=urgency_in(form.value("urgency")),
            address=form.private("address"),
            callback=form.private("callback"),
            text=form.private("text"),
        )
        await carried_out(desk, call, owner, content, form.ref)

    return await _acted(incident_id, call, desk, operations, form, act)


@post(
    "/incidents/{incident_id:str}/strike",
    opt={"act": "operations.strike"},
    include_in_schema=False,
)
async def strike(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, operations: RoomGiven
) -> Answer:
    """Strike a fact through, with the reason."""
    form = await Form.of(request, call)
    reason, fact = form.needed("reason"), form.value("fact")

    async def act() -> None:
        await asking.strike(desk, call, subject_of(incident_id), fact, reason, form.ref)

    return await _acted(incident_id, call, desk, operations, form, act)


@post(
    "/incidents/{incident_id:str}/close",
    opt={"act": "operations.close_incident"},
    include_in_schema=False,
)
async def close(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, operations: RoomGiven
) -> Answer:
    """Close, and say what it was; what nobody knows yet is asked for afterwards."""
    form = await Form.of(request, call)
    outcome = outcome_in(form.value("outcome"))
    if outcome is None and form.value("outcome"):
        form.wrong["outcome"] = call.say("operations.wrong.outcome")

    async def act() -> None:
        owner, area = _whose(incident_id, call, desk, operations)
        named = None if outcome is None else outcome.value
        content = CloseIncident(incident=incident_id, area=area, outcome=named)
        await carried_out(desk, call, owner, content, form.ref)

    return await _acted(incident_id, call, desk, operations, form, act)


async def _acted(
    incident_id: str,
    call: Call,
    desk: Desk,
    room: Room,
    form: Form,
    act: Callable[[], Awaitable[None]],
) -> Answer:
    """The incident as it stands afterwards, or the form again with what is wrong."""
    if form.wrong:
        return await incident_shown(incident_id, call, desk, room, form=form)
    try:
        await act()
    except Refusal as refusal:
        if not mends(refusal):
            raise
        refused = refusal.refused
        return await incident_shown(incident_id, call, desk, room, form=form, refused=refused)
    return Redirect(f"/incidents/{incident_id}", status_code=SEE_OTHER)


def _whose(
    incident_id: str, call: Call, desk: Desk, room: Room
) -> tuple[OrganisationId, OrganisationId]:
    found = the_incident(desk.query, call.reader, room.types, incident_id)
    area = area_told(room.territory, found.service, found.area, call.now.date())
    return found.service, area
