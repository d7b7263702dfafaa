# SPDX-License-Identifier: Apache-2.0
"""What incidents lack: on their pages, on the board, and in an overview; it is asked for there."""

from typing import Any

from litestar import get
from litestar.response import Template

from bavn.capabilities.calls.model.documentation import Lack
from bavn.capabilities.calls.pages.telling import told
from bavn.capabilities.calls.views.room import MISSING_LIMIT, Room, RoomGiven
from bavn.frame.call import Call
from bavn.frame.country import Basis
from bavn.frame.forms import kept
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page

READ = {"act": "calls.read_missing"}
# What the form on an incident's page can give; the others have a form of their own there.
BY_CORRECTION = frozenset({Lack.TYPE, Lack.PLACE, Lack.CALLBACK})


@get("/incidents/{incident_id:str}/call-part", opt=READ, include_in_schema=False)
async def part(incident_id: str, call: CallGiven, desk: DeskGiven, calls: RoomGiven) -> Template:
    """What was answered, what the crew is to know, and what is missing, on an incident's page."""
    called = calls.around.incident(call, incident_id)
    lacks = calls.lacking_of(call, incident_id)
    codes = {each.code for each in lacks}
    return page(
        call,
        "calls/part.html",
        called=called,
        answers=await told(call, desk, calls, calls.given(call, called)),
        has_questions=calls.protocol(call, called) is not None,
        missing=lacks,
        asks=[each for each in Lack if each in codes & BY_CORRECTION],
        lacks=Lack,
        types=calls.around.types(call),
        zone=calls.around.zone,
        is_calibrated=any(each.basis.startswith(Basis.CALIBRATION) for each in lacks),
    )


@get("/calls/missing", opt=READ, include_in_schema=False)
async def overview(call: CallGiven, calls: RoomGiven) -> Template:
    """All of the caller's incidents that lack something."""
    return kept(page(call, "calls/missing.html", **_overview(call, calls)))


@get("/calls/missing-part", opt=READ, include_in_schema=False)
async def board_part(call: CallGiven, calls: RoomGiven) -> Template:
    """The same in short, for a centre's board and for keeping the overview up to date."""
    return page(call, "calls/missing_part.html", **_overview(call, calls))


def _overview(call: Call, room: Room) -> dict[str, Any]:
    found = room.lacking(call)
    return {
        "rows": [
            (each, room.around.type_name(call, room.around.incident(call, each.incident).type))
            for each in found[:MISSING_LIMIT]
        ],
        "count": len(found),
        "zone": room.around.zone,
        "organisation": lambda name: room.around.organisation_name(call, name),
    }
