# SPDX-License-Identifier: Apache-2.0
"""Events: the list of them, and each with its incidents."""

from litestar import get, post
from litestar.response import Redirect, Template

from bavn.capabilities.relations.decisions import asking
from bavn.capabilities.relations.facts import NAME_CHARACTERS_LIMIT
from bavn.capabilities.relations.views.room import Room, RoomGiven
from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.frame.forms import SEE_OTHER, Answer, AnyRequest, Form, in_words, kept, status_of
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page

READ = {"act": "relations.read_relations"}


@get("/events", opt=READ, include_in_schema=False)
async def list_page(call: CallGiven, relations: RoomGiven) -> Template:
    """All events, the newest first, and the form for a new one."""
    return _listed(call, relations)


@post("/events", opt={"act": "relations.name_event"}, include_in_schema=False)
async def new_event(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, relations: RoomGiven
) -> Answer:
    """Name an event."""
    form = await Form.of(request)
    name = form.value("name")
    if not name or len(name) > NAME_CHARACTERS_LIMIT:
        form.wrong["name"] = call.say("relations.wrong.name", count=NAME_CHARACTERS_LIMIT)
        return _listed(call, relations, form)
    try:
        event = await asking.name_event(desk, call, relations.around, name, form.ref)
    except Refusal as refusal:
        return _listed(call, relations, form, refusal)
    return Redirect(f"/events/{event}", status_code=SEE_OTHER)


@get("/events/{event_id:str}", opt=READ, include_in_schema=False)
async def event_page(event_id: str, call: CallGiven, relations: RoomGiven) -> Template:
    """One event with its incidents."""
    return _one(event_id, call, relations, "relations/event.html")


@get("/events/{event_id:str}/part", opt=READ, include_in_schema=False)
async def event_part(event_id: str, call: CallGiven, relations: RoomGiven) -> Template:
    """The living part of it."""
    return _one(event_id, call, relations, "relations/event_part.html")


def _one(event_id: str, call: Call, room: Room, template: str) -> Template:
    event, around = room.the_event(event_id), room.around
    found = [(tie, around.known(call, tie.incident)) for tie in event.ties]
    ties = [(tie, seen) for tie, seen in found if seen is not None]
    ties.sort(key=lambda each: (not each[1].is_open, -each[1].reported_at.timestamp()))
    answer = page(
        call,
        template,
        event=event,
        ties=[(tie, seen, around.label(call, seen)) for tie, seen in ties],
        # Tied, and nothing more of it has been heard here.
        unheard_count=len(found) - len(ties),
        open_count=sum(seen.is_open for _, seen in ties),
        name_of=lambda organisation: around.name_of(call, organisation),
        leading_of=room.leading_of,
        zone=around.zone,
    )
    return kept(answer)


def _listed(
    call: Call, room: Room, form: Form | None = None, refusal: Refusal | None = None
) -> Template:
    answer = page(
        call,
        "relations/events.html",
        status=status_of(form, refusal),
        events=room.events(),
        name_of=lambda organisation: room.around.name_of(call, organisation),
        zone=room.around.zone,
        typed={} if form is None else form.typed,
        problems={} if form is None else form.wrong,
        refused=None if refusal is None else in_words(call, refusal.refused),
    )
    return kept(answer)


PAGES = (list_page, new_event, event_page, event_part)
