# SPDX-License-Identifier: Apache-2.0
"""The measured intervals of an incident's units: turn-out, drive and response."""

import msgspec
from litestar import Response, get

from bavn.capabilities.operations.api.given import RoomGiven
from bavn.capabilities.operations.model.intervals import Turnout
from bavn.capabilities.operations.ports import CallGiven, DeskGiven
from bavn.capabilities.operations.views.incidents import the_incident
from bavn.capabilities.operations.views.intervals import sheet_of, turnouts_of

READ = {"act": "operations.read_incidents"}
PATH = "/api/v1/incidents/{incident_id:str}/intervals"


class TurnoutList(msgspec.Struct, frozen=True, kw_only=True):
    """Every unit's courses to an incident, by unit and in their order."""

    items: list[Turnout]
    next: str | None = None


@get(PATH, opt=READ, summary="Turn-out, drive and response of each unit, or why one is missing")
async def intervals(
    incident_id: str, call: CallGiven, desk: DeskGiven, operations: RoomGiven
) -> TurnoutList:
    """With those of the incidents that are part of this one."""
    found = the_incident(desk.query, call.reader, operations.types, incident_id)
    whole = operations.joined.whole(found.id)
    return TurnoutList(items=turnouts_of(desk.query, whole))


@get(
    PATH + ".csv", opt=READ, summary="The same as a table for a spreadsheet", media_type="text/csv"
)
async def sheet(
    incident_id: str, call: CallGiven, desk: DeskGiven, operations: RoomGiven
) -> Response[str]:
    """CSV (RFC 4180), instants in UTC, seconds with a point."""
    found = the_incident(desk.query, call.reader, operations.types, incident_id)
    courses = turnouts_of(desk.query, operations.joined.whole(found.id))
    return Response(
        sheet_of(found.id, courses),
        media_type="text/csv",
        headers={"content-disposition": 'attachment; filename="intervals.csv"'},
    )
