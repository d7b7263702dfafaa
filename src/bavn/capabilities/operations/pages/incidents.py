# SPDX-License-Identifier: Apache-2.0
"""The list of incidents, and one incident to look at and to print."""

from typing import Annotated, NamedTuple
from urllib.parse import urlencode

from litestar import get
from litestar.params import QueryParameter
from litestar.response import Template

from bavn.capabilities.operations.model.incident import IncidentState
from bavn.capabilities.operations.pages.given import RoomGiven
from bavn.capabilities.operations.pages.showing import LOG, NOW, PRINTED, incident_shown, rank_of
from bavn.capabilities.operations.ports import CallGiven, DeskGiven
from bavn.capabilities.operations.views.doubted import doubted_incident
from bavn.capabilities.operations.views.incidents import Wanted, day_of, incidents
from bavn.capabilities.operations.views.joined import joined_incidents
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.operations.views.words import Words
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.frame.forms import HEADERS, AnyRequest
from bavn.frame.page import page

READ = {"act": "operations.read_incidents"}
# What fits on a screen, twice over.
PAGE_LIMIT = 50
State = Annotated[str, QueryParameter(name="state")]


@get(["/incidents", "/incidents/list-part"], opt=READ, include_in_schema=False)
async def list_page(  # noqa: PLR0913 - what a list may be asked for
    request: AnyRequest,
    call: CallGiven,
    desk: DeskGiven,
    operations: RoomGiven,
    *,
    standing: State = IncidentState.OPEN.value,
    area: str = "",
    service: str = "",
    after: str = "",
) -> Template:
    """Incidents, the newest first; those that are open unless something else is asked for."""
    asked = _Asked(standing, area, service, after)
    # Alone, its living part is the list without the page around it.
    is_part = request.url.path.endswith("/list-part")
    template = "operations/incidents_part.html" if is_part else "operations/incidents.html"
    return _listed(asked, call, desk, operations, template)


class _Asked(NamedTuple):
    """What a list was asked for."""

    state: str
    area: str
    service: str
    after: str


def _listed(asked: _Asked, call: Call, desk: Desk, room: Room, template: str) -> Template:
    states = (IncidentState.OPEN, IncidentState.CLOSED)
    state, on = next((each for each in states if each == asked.state), None), call.now.date()
    after = asked.after if asked.after and day_of(asked.after) is not None else None
    wanted = Wanted(
        today=on,
        state=state,
        area=asked.area or None,
        service=asked.service or None,
        limit=PAGE_LIMIT,
        after=after,
    )
    words = Words(call, room)
    found = incidents(desk.query, call.reader, room.types, wanted)
    everything = [("all", call.say("operations.page.all"))]
    doubts = room.doubts.now()
    joined = joined_incidents(call, found.items, room.joined, guess=True)
    items = [doubted_incident(each, doubts) for each in joined]
    chosen = asked._replace(state=state.value if state else "all")._asdict()
    answer = page(
        call,
        template,
        items=[(each, rank_of(room, each.urgency)) for each in items],
        next=found.next,
        words=words,
        chosen=chosen,
        query=urlencode({name: value for name, value in chosen.items() if value}),
        states=[*((each.value, words.state(each)) for each in states), *everything],
        areas=[
            ("", call.say("operations.page.all")),
            *((each.id, each.name) for each in room.territory.areas(on)),
        ],
    )
    answer.headers.update(HEADERS)
    return answer


@get("/incidents/{incident_id:str}", opt=READ, include_in_schema=False)
async def incident_page(
    incident_id: str, call: CallGiven, desk: DeskGiven, operations: RoomGiven
) -> Template:
    """One incident: what stands, why it stands so, and what can be done."""
    return await incident_shown(incident_id, call, desk, operations)


@get("/incidents/{incident_id:str}/print", opt=READ, include_in_schema=False)
async def printed_page(
    incident_id: str, call: CallGiven, desk: DeskGiven, operations: RoomGiven
) -> Template:
    """One incident on paper."""
    return await incident_shown(incident_id, call, desk, operations, template=PRINTED)


@get("/incidents/{incident_id:str}/now-part", opt=READ, include_in_schema=False)
async def now_part(
    incident_id: str, call: CallGiven, desk: DeskGiven, operations: RoomGiven
) -> Template:
    """What stands of it and who is there, as a living part of its page."""
    return await incident_shown(incident_id, call, desk, operations, template=NOW)


@get("/incidents/{incident_id:str}/log-part", opt=READ, include_in_schema=False)
async def log_part(
    incident_id: str, call: CallGiven, desk: DeskGiven, operations: RoomGiven
) -> Template:
    """All that was told of it, as a living part of its page."""
    return await incident_shown(incident_id, call, desk, operations, template=LOG)
