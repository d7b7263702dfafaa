# SPDX-License-Identifier: Apache-2.0
"""Incidents: reported, corrected, noted on, struck, closed, listed, and asked "why?"."""

from typing import Annotated, Any

from litestar import Request, get, post
from litestar.params import JSONBody, QueryParameter

from bavn.capabilities.operations.api import numbered
from bavn.capabilities.operations.api.alarm_bodies import REPORT_BODY
from bavn.capabilities.operations.api.bodies import (
    CloseBody,
    CorrectBody,
    DoneAnswer,
    FactList,
    IncidentList,
    NoteBody,
    ReportedAnswer,
    StrikeBody,
    Wrong,
)
from bavn.capabilities.operations.api.given import RoomGiven
from bavn.capabilities.operations.api.lenient import alarm_fields, numbers_in
from bavn.capabilities.operations.decisions import (
    CloseIncident,
    CorrectIncident,
    NoteIncident,
    asking,
    subject_of,
)
from bavn.capabilities.operations.model.incident import IncidentState
from bavn.capabilities.operations.ports import CallGiven, DeskGiven, area_told
from bavn.capabilities.operations.views.doubted import doubted_incident
from bavn.capabilities.operations.views.incidents import (
    LIMIT,
    LIMIT_MOST,
    Incident,
    Wanted,
    day_of,
    incident,
    incidents,
    owners_of,
    the_incident,
)
from bavn.capabilities.operations.views.joined import joined_incident, joined_incidents
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.operations.views.story import Line, story
from bavn.capabilities.operations.views.words import Words
from bavn.frame.call import Call
from bavn.frame.desk import Desk, carried_out
from bavn.frame.feeds import FeedSort, Spoken, faults_in
from bavn.frame.lenient import Fields
from bavn.journal.decision import Done
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private
from bavn.kernel.refusal import BadInput, Problem

INCIDENTS = "/api/v1/incidents"
# An incident of a week has some hundred facts.
FACTS_LIMIT, FACTS_LIMIT_MOST = 500, 1_000
ListLimit = Annotated[int, QueryParameter(ge=1, le=LIMIT_MOST)]
# `state` is the framework's own word in a handler.
State = Annotated[IncidentState | None, QueryParameter(name="state")]
FactLimit = Annotated[int, QueryParameter(ge=1, le=FACTS_LIMIT_MOST)]


@post(
    INCIDENTS,
    opt={"act": "operations.report_incident"},
    operation_class=REPORT_BODY,
    summary="Report an incident; whose it is is found from its place",
)
async def report_incident(
    request: Request[Any, Any, Any], call: CallGiven, desk: DeskGiven, operations: RoomGiven
) -> ReportedAnswer:
    """Take an alarm: what cannot be read in it is left out and listed, and it is never refused.

    One with a `number` that the sender's system has given an incident of late is that incident's:
    it is told once, however often it comes.
    """
    raw = await request.body()
    fields = Fields.of(raw)
    ref = fields.ref()
    numbers = numbers_in(fields, operations.numbers.form)
    alarm = asking.Alarm(**alarm_fields(fields, call.now))
    problems = fields.finish()
    async with numbered.turn(operations.turns, call.sender, numbers):
        reported = await numbered.report(desk, call, operations, alarm, ref, numbers)
        if numbers:
            told = await operations.numbers.tell(desk, call, reported.id, numbers)
            problems = (*problems, *told)
    told_at = () if alarm.occurred_at is None else (alarm.occurred_at,)
    spoken = Spoken(sort=FeedSort.INCIDENTS, told_at=told_at, repeated_count=int(reported.repeated))
    operations.feeds.heard(call, spoken)
    operations.feeds.faulted(call, faults_in(FeedSort.INCIDENTS, problems, raw))
    return ReportedAnswer(
        id=reported.id,
        service=reported.service,
        area=reported.area,
        owner_by=reported.by,
        repeated=reported.repeated,
        merged_into=operations.joined.leading().get(reported.id),
        problems=tuple(Wrong(where=each.where, says=each.says) for each in problems),
    )


@get(INCIDENTS, opt={"act": "operations.read_incidents"}, summary="Incidents, the newest first")
async def list_incidents(  # noqa: PLR0913 - what a list may be asked for
    call: CallGiven,
    desk: DeskGiven,
    operations: RoomGiven,
    *,
    standing: State = None,
    area: str | None = None,
    service: str | None = None,
    number: str | None = None,
    limit: ListLimit = LIMIT,
    after: str | None = None,
) -> IncidentList:
    """Those that are wanted; `next` is what to give as `after` for those that follow.

    With a `number`, all that the caller's own systems call so, or have called so.
    """
    if number is not None:
        return IncidentList(items=_numbered(call, desk, operations, number), next=None)
    if after is not None and day_of(after) is None:
        raise BadInput(Problem(where="after", says="is not the `next` of a list"))
    wanted = Wanted(
        today=call.now.date(), state=standing, area=area, service=service, limit=limit, after=after
    )
    found = incidents(desk.query, call.reader, operations.types, wanted)
    doubts = operations.doubts.now()
    items = joined_incidents(call, found.items, operations.joined, guess=False)
    items = [doubted_incident(each, doubts) for each in items]
    return IncidentList(items=items, next=found.next)


@get(
    INCIDENTS + "/{incident_id:str}",
    opt={"act": "operations.read_incidents"},
    summary="One incident",
)
async def one_incident(
    incident_id: str, call: CallGiven, desk: DeskGiven, operations: RoomGiven
) -> Incident:
    """As the caller may know it."""
    found = the_incident(desk.query, call.reader, operations.types, incident_id)
    joined = joined_incident(desk.query, found, operations.joined)
    return doubted_incident(joined, operations.doubts.now())


@get(
    INCIDENTS + "/{incident_id:str}/facts",
    opt={"act": "operations.read_incidents"},
    summary="Why? Every fact about an incident, struck ones included",
)
async def incident_facts(
    incident_id: str,
    call: CallGiven,
    desk: DeskGiven,
    operations: RoomGiven,
    *,
    limit: FactLimit = FACTS_LIMIT,
    after: str | None = None,
) -> FactList:
    """The oldest first, in the caller's language."""
    the_incident(desk.query, call.reader, operations.types, incident_id)
    owners = owners_of(desk.query, call.reader, incident_id)
    words = Words(call, operations)
    return page_of(await story(desk, call, words, subject_of(incident_id), owners), limit, after)


def page_of(lines: list[Line], limit: int, after: str | None) -> FactList:
    """Some of the facts, and the last one's id when there are more."""
    ids = [line.id for line in lines]
    if after is not None and after not in ids:
        raise BadInput(Problem(where="after", says="is not the `next` of this list"))
    first = 0 if after is None else ids.index(after) + 1
    shown = lines[first : first + limit]
    return FactList(items=shown, next=shown[-1].id if first + limit < len(lines) else None)


@post(
    INCIDENTS + "/{incident_id:str}/corrections",
    opt={"act": "operations.correct_incident"},
    summary="Correct what was said of an incident",
)
async def correct_incident(
    incident_id: str,
    data: JSONBody[CorrectBody],
    call: CallGiven,
    desk: DeskGiven,
    operations: RoomGiven,
) -> DoneAnswer:
    """Only what differs is told."""
    owner, area = _whose(incident_id, call, desk, operations)
    content = CorrectIncident(
        incident=incident_id,
        area=area,
        incident_type=data.type,
        municipality=data.municipality,
        latitude=None if data.place is None else data.place.lat,
        longitude=None if data.place is None else data.place.lon,
        urgency=data.urgency,
        address=_private(data.address),
        callback=_private(data.callback),
        text=_private(data.text),
    )
    return _done(
        operations, incident_id, await carried_out(desk, call, owner, content, data.sender_ref)
    )


@post(
    INCIDENTS + "/{incident_id:str}/notes",
    opt={"act": "operations.note_incident"},
    summary="Write a note on an incident, for the service alone",
)
async def note_incident(
    incident_id: str,
    data: JSONBody[NoteBody],
    call: CallGiven,
    desk: DeskGiven,
    operations: RoomGiven,
) -> DoneAnswer:
    """Its text is sealed."""
    owner, _ = _whose(incident_id, call, desk, operations)
    content = NoteIncident(incident=incident_id, text=Private(data.text))
    return _done(
        operations, incident_id, await carried_out(desk, call, owner, content, data.sender_ref)
    )


@post(
    INCIDENTS + "/{incident_id:str}/strikes",
    opt={"act": "operations.strike"},
    summary="Strike a fact about an incident through, and say why",
)
async def strike_fact(
    incident_id: str,
    data: JSONBody[StrikeBody],
    call: CallGiven,
    desk: DeskGiven,
    operations: RoomGiven,
) -> DoneAnswer:
    """The fact stays, visibly struck, for everyone who was told it."""
    subject = subject_of(incident_id)
    done = await asking.strike(desk, call, subject, data.fact, data.reason, data.sender_ref)
    return _done(operations, incident_id, done)


@post(
    INCIDENTS + "/{incident_id:str}/close",
    opt={"act": "operations.close_incident"},
    summary="Close an incident, and say what it was",
)
async def close_incident(
    incident_id: str,
    data: JSONBody[CloseBody],
    call: CallGiven,
    desk: DeskGiven,
    operations: RoomGiven,
) -> DoneAnswer:
    """The work is over."""
    owner, area = _whose(incident_id, call, desk, operations)
    outcome = None if data.outcome is None else data.outcome.value
    content = CloseIncident(incident=incident_id, area=area, outcome=outcome)
    return _done(
        operations, incident_id, await carried_out(desk, call, owner, content, data.sender_ref)
    )


def _numbered(call: Call, desk: Desk, room: Room, number: str) -> list[Incident]:
    found = (
        incident(desk.query, call.reader, room.types, each)
        for each in room.numbers.found(call, number)[:LIMIT_MOST]
    )
    doubts = room.doubts.now()
    return [doubted_incident(each, doubts) for each in found if each is not None]


def _whose(
    incident_id: str, call: Call, desk: Desk, room: Room
) -> tuple[OrganisationId, OrganisationId]:
    """The service that owns an incident, and the area that is told of it."""
    found = the_incident(desk.query, call.reader, room.types, incident_id)
    area = area_told(room.territory, found.service, found.area, call.now.date())
    return found.service, area


def _private(text: str | None) -> Private | None:
    return None if text is None else Private(text)


def _done(room: Room, incident_id: str, done: Done) -> DoneAnswer:
    return DoneAnswer(
        id=incident_id,
        facts=tuple(done.facts),
        repeated=done.repeated,
        merged_into=room.joined.leading().get(incident_id),
    )
