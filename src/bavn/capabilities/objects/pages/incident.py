# SPDX-License-Identifier: Apache-2.0
"""The card on the page of an incident, and the way to say which object it is at."""

from litestar import get, post
from litestar.response import Redirect, Template

from bavn.capabilities.objects.decisions import asking
from bavn.capabilities.objects.model.card import CARD_FIELDS, number_of
from bavn.capabilities.objects.model.requests import LinkObject
from bavn.capabilities.objects.views.cards import at_incident
from bavn.capabilities.objects.views.looking import by_number, one
from bavn.capabilities.objects.views.room import RoomGiven, own, the_object
from bavn.frame.forms import SEE_OTHER, Answer, AnyRequest, Form
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page

PART = "/incidents/{incident_id:str}/object-part"


@get(PART, opt={"act": "objects.read_card"}, include_in_schema=False)
async def part(incident_id: str, call: CallGiven, desk: DeskGiven, objects: RoomGiven) -> Template:
    """What the incident is at, as far as the reader may know it."""
    around = objects.around
    incident = around.incident(call, incident_id)
    return page(
        call,
        "objects/part.html",
        at=await at_incident(desk, call, around, incident_id),
        incident=incident,
        is_ours=incident.service in call.reader.organisations,
        fields=CARD_FIELDS,
        room=objects,
        around=around,
    )


@post(
    "/incidents/{incident_id:str}/object",
    opt={"act": "objects.link_incident"},
    include_in_schema=False,
)
async def link(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, objects: RoomGiven
) -> Answer:
    """Say which object it is: by its id, or by its alarm number."""
    form, at = await Form.of(request), objects.around.incident(call, incident_id)
    owner, typed = own(call, at.service), form.value("object")
    found = one(desk.query, call.reader, owner, typed.lower())
    numbered = by_number(desk.query, call.reader, number_of(typed) or "-")
    found = found or next((each for each in numbered if each.owner == owner), None)
    here = found or the_object(desk, call, owner, typed)
    content = LinkObject(incident=incident_id, object=here.id, by="hand")
    await asking.link(desk, call, owner, content, form.ref)
    return Redirect(f"/incidents/{incident_id}", status_code=SEE_OTHER)


HANDLERS = (part, link)
