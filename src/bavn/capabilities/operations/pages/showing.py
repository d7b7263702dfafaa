# SPDX-License-Identifier: Apache-2.0
"""An incident as a page, with its forms: also when a form comes back with something wrong in it."""

from typing import Any

from litestar.response import Template

from bavn.capabilities.operations.decisions import subject_of
from bavn.capabilities.operations.model.incident import ClosedAs, IncidentState
from bavn.capabilities.operations.pages.forms import Form, station_label
from bavn.capabilities.operations.ports import KnownType
from bavn.capabilities.operations.views.doubted import doubted_incident, doubted_units
from bavn.capabilities.operations.views.incidents import incident as found_incident
from bavn.capabilities.operations.views.incidents import owners_of, the_incident
from bavn.capabilities.operations.views.intervals import turnouts_of
from bavn.capabilities.operations.views.joined import joined_incident
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.operations.views.story import story
from bavn.capabilities.operations.views.units import Units, WantedUnits
from bavn.capabilities.operations.views.words import Words
from bavn.frame.call import Call
from bavn.frame.country import Basis
from bavn.frame.desk import Desk, Refusal
from bavn.frame.forms import CONFLICT, FORBIDDEN, HEADERS, NO_MANDATE, UNPROCESSABLE, in_words
from bavn.frame.page import page
from bavn.kernel.refusal import Refused

PRINTED = "operations/printed.html"
NOW, LOG = "operations/incident_now.html", "operations/log_part.html"


def units_of(desk: Desk, room: Room) -> Units:
    """Where units are read from."""
    return Units(desk.query, room.registry, room.territory, room.positions)


def rank_of(room: Room, urgency: str | None) -> int:
    """How urgent: one is the most urgent, nought is unknown."""
    codes = [each.code for each in room.types.urgencies]
    return codes.index(urgency) + 1 if urgency in codes else 0


def is_calibrated(basis: str) -> bool:
    """True for what rests on our own estimate; a page says so."""
    return basis.startswith(Basis.CALIBRATION)


def type_label(words: Words, known: KnownType) -> str:
    """How a type stands in the list that is searched."""
    return f"{known.code} {words.type(known.code)}"


def choices(call: Call, room: Room, words: Words) -> dict[str, Any]:
    """What forms offer to choose from."""
    on = call.now.date()
    by_type = call.say("operations.form.urgency_by_type")
    return {
        "types": [type_label(words, each) for each in room.types.types],
        "municipalities": [each.name for each in room.territory.municipalities(on)],
        "stations": [station_label(each) for each in room.territory.stations(on)],
        "urgencies": [
            ("", by_type),
            *((each.code, words.urgency(each.code)) for each in room.types.urgencies),
        ],
        "outcomes": [("", ""), *((each.value, words.outcome(each)) for each in ClosedAs)],
    }


async def incident_shown(  # noqa: PLR0913 - a page, and a page that comes back
    name: str,
    call: Call,
    desk: Desk,
    room: Room,
    *,
    form: Form | None = None,
    refused: Refused | None = None,
    template: str = "operations/incident.html",
) -> Template:
    """The page of an incident; what was typed stands in its form again."""
    doubts = room.doubts.now()
    found = the_incident(desk.query, call.reader, room.types, name)
    incident = joined_incident(desk.query, doubted_incident(found, doubts), room.joined)
    words, on = Words(call, room, on_paper=template == PRINTED), call.now.date()
    owners = owners_of(desk.query, call.reader, name)
    units, _ = units_of(desk, room).list(
        call.reader, WantedUnits(on=on, incidents=frozenset(room.joined.whole(name)))
    )
    known = room.types.type_of(incident.type)
    courses = turnouts_of(desk.query, room.joined.whole(name))
    answer = page(
        call,
        template,
        status=_status(form, refused),
        incident=incident,
        words=words,
        rank=rank_of(room, incident.urgency),
        is_calibrated=known is not None and is_calibrated(known.basis),
        is_open=incident.state is IncidentState.OPEN,
        is_struck=incident.state is IncidentState.STRUCK,
        lines=await story(desk, call, words, subject_of(name), owners),
        units=doubted_units(units, doubts),
        merged=[
            part
            for each in incident.merged
            if (part := found_incident(desk.query, call.reader, room.types, each)) is not None
        ],
        courses=courses,
        callsigns={each.unit: words.unit(each.unit) for each in courses},
        typed={} if form is None else form.typed,
        problems={} if form is None else form.wrong,
        refused=None if refused is None else in_words(call, refused),
        now=call.now,
        **choices(call, room, words),
    )
    answer.headers.update(HEADERS)
    return answer


def _status(form: Form | None, refused: Refused | None) -> int:
    if refused is not None:
        return FORBIDDEN if refused.code in NO_MANDATE else CONFLICT
    return UNPROCESSABLE if form is not None and form.wrong else 200


def mends(refusal: Refusal) -> bool:
    """True for a refusal that belongs on the page itself: there is something there to show."""
    return not refusal.refused.code.startswith(("no_such_incident", "no_such_unit"))
