# SPDX-License-Identifier: Apache-2.0
"""The list of incidents, and one incident to look at and to print."""

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter
from litestar.response import Template

from bavn.capabilities.operations.model.incident import IncidentState
from bavn.capabilities.operations.pages.given import RoomGiven
from bavn.capabilities.operations.pages.showing import PRINTED, incident_shown, rank_of
from bavn.capabilities.operations.ports import CallGiven, DeskGiven
from bavn.capabilities.operations.views.doubted import doubted_incident
from bavn.capabilities.operations.views.incidents import Wanted, day_of, incidents
from bavn.capabilities.operations.views.words import Words
from bavn.frame.forms import HEADERS
from bavn.frame.page import page

READ = {"act": "operations.read_incidents"}
# What fits on a screen, twice over.
PAGE_LIMIT = 50
State = Annotated[str, QueryParameter(name="state")]


@get("/incidents", opt=READ, include_in_schema=False)
async def list_page(  # noqa: PLR0913 - what a list may be asked for
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
    states = (IncidentState.OPEN, IncidentState.CLOSED)
    state = next((each for each in states if each == standing), None)
    wanted = Wanted(
        today=call.now.date(),
        state=state,
        area=area or None,
        service=service or None,
        limit=PAGE_LIMIT,
        after=after if after and day_of(after) is not None else None,
    )
    words = Words(call, operations)
    found = incidents(desk.query, call.reader, operations.types, wanted)
    everything = [("all", call.say("operations.page.all"))]
    doubts = operations.doubts.now()
    items = [doubted_incident(each, doubts) for each in found.items]
    answer = page(
        call,
        "operations/incidents.html",
        items=[(each, rank_of(operations, each.urgency)) for each in items],
        next=found.next,
        words=words,
        chosen={"state": state.value if state else "all", "area": area, "service": service},
        states=[*((each.value, words.state(each)) for each in states), *everything],
        areas=[
            ("", call.say("operations.page.all")),
            *((each.id, each.name) for each in operations.territory.areas(call.now.date())),
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
