# SPDX-License-Identifier: Apache-2.0
"""The decisions: each a pure function of what stands, what is asked, and who asks when."""

from collections.abc import Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Any

import msgspec

from bavn.capabilities.connections.facts import Asked, AskedReport
from bavn.capabilities.operations.facts import (
    IncidentClosed,
    IncidentCorrected,
    IncidentDescribed,
    IncidentNoted,
    IncidentReported,
)
from bavn.capabilities.operations.model.authority import (
    MUNICIPALITY,
    NO_AUTHORITY,
    PLACE,
    TYPE,
    URGENCY,
    Authority,
    last_of,
    words_in,
)
from bavn.capabilities.operations.model.incident import (
    IncidentState,
    exact_position,
    incident_type_in,
    municipality_in,
    open_position,
    outcome_in,
    place_by_in,
    told_apart,
    urgency_in,
)
from bavn.capabilities.operations.model.unit import (
    UnitStatus,
    happened_at,
)
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.journal.table import Row
from bavn.journal.vault import PRIVATE_BYTES_LIMIT
from bavn.kernel.identity import OrganisationId, Subject, is_name, is_subject
from bavn.kernel.instants import instant_of
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What may be said of an incident, in a report and in a correction; all may be unknown."""

    incident_type: str | None = None
    municipality: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    urgency: str | None = None
    address: Private | None = None
    callback: Private | None = None
    text: Private | None = None


class ReportIncident(Said, frozen=True, kw_only=True):
    """An alarm: something has happened, here, of this sort. Everything but the area may be unknown.

    `incident` is the sender's id of it, and a new one when there is none; `area` is the
    organisation of the area's operations centre.
    """

    area: OrganisationId
    incident: str | None = None
    owner_by: str | None = None
    # Says that the place is only that of what was named, which is no place for a crew to go to.
    place_by: str | None = None
    # Whose it would be, where that one's node could not be asked: it is told, and takes it up.
    meant_for: OrganisationId | None = None
    occurred_at: datetime | None = None


class CorrectIncident(Said, frozen=True, kw_only=True):
    """What was said of an incident was wrong; what is left out still holds."""

    incident: str
    area: OrganisationId


class NoteIncident(msgspec.Struct, frozen=True, kw_only=True):
    """Write something down about an incident, for the service alone; `at` where it was earlier."""

    incident: str
    text: Private
    at: datetime | None = None


class CloseIncident(msgspec.Struct, frozen=True, kw_only=True):
    """The work at an incident is over; `at` where it was earlier."""

    incident: str
    area: OrganisationId
    outcome: str | None = None
    at: datetime | None = None


class SetUnitStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A unit says where it stands.

    `registered` tells whether a register knows it, and `usual` whether whoever says so usually
    says that of a unit.
    """

    unit: str
    area: OrganisationId
    status: UnitStatus
    incident: str | None = None
    at: datetime | None = None
    registered: bool = True
    usual: bool = True


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What stands of an incident: for everyone, and exactly."""

    row: Row | None
    details: Row | None = None
    authority: Authority = NO_AUTHORITY


def subject_of(incident: str) -> Subject:
    """What a fact about an incident is about."""
    return Subject(f"incident:{incident}")


def unit_subject(unit: str) -> Subject:
    """What a fact about a unit is about."""
    return Subject(f"unit:{unit}")


def _said_as(authority: Authority, context: Context) -> dict[str, Any]:
    """As what the caller speaks, and what that weighs."""
    source = authority.source_of(context.actor.function)
    return {"source": source, "weights": authority.weights(source)}


def report(
    authority: Authority | None, request: ReportIncident, context: Context
) -> Sequence[Draft]:
    """Always a fact: an alarm is never stopped by a form.

    What has not the form it should have is told as unknown, and an id that cannot be one is
    replaced. A report of an incident that was closed opens it again.
    """
    said_as = _said_as(authority or NO_AUTHORITY, context)
    latitude, longitude = open_position(request.latitude, request.longitude)
    place_by = place_by_in(request.place_by)
    body = IncidentReported(
        incident_type=incident_type_in(request.incident_type),
        municipality=municipality_in(request.municipality),
        latitude=latitude,
        longitude=longitude,
        urgency=urgency_in(request.urgency),
        area=request.area,
        owner_by=request.owner_by,
        place_by=None if latitude is None else place_by,
        **said_as,
    )
    subject = subject_of(request.incident or "")
    if not is_subject(subject):
        subject = subject_of(context.new_id())
    at = min(request.occurred_at or context.now, context.now)
    reported = Draft(body=body, about=(subject,), happened_at=at, area=request.area)
    if place_by is not None:
        request = msgspec.structs.replace(request, latitude=None, longitude=None)
    others = (request.area,) if request.meant_for is None else (request.area, request.meant_for)
    told = _described(request, subject, tuple(dict.fromkeys(others)), at, said_as)
    return [reported, *told, *_asked(request.meant_for, body, subject, context)]


def _asked(
    of: OrganisationId | None, body: IncidentReported, subject: Subject, context: Context
) -> Sequence[Draft]:
    """The alarm, kept for whose it is until that one can be told."""
    if of is None or of == context.owner or not is_name(of):
        return []
    asked = AskedReport(
        incident=subject.partition(":")[2],
        area=OrganisationId(body.area or context.owner),
        incident_type=body.incident_type,
        municipality=body.municipality,
        latitude=body.latitude,
        longitude=body.longitude,
        urgency=body.urgency,
        place_by=body.place_by,
    )
    return [
        Draft(
            body=Asked(of=of, report=asked),
            about=(Subject(f"asked:{context.new_id()}"),),
            happened_at=context.now,
            to=(of,),
        )
    ]


def correct(known: Known, request: CorrectIncident, context: Context) -> Sequence[Draft] | Refused:
    """What differs from what stands, told to those who were told the wrong thing."""
    if known.row is None:
        return _unknown(request.incident)
    latitude, longitude = open_position(request.latitude, request.longitude)
    said: dict[str, str | float | None] = {
        "incident_type": incident_type_in(request.incident_type),
        "municipality": municipality_in(request.municipality),
        "latitude": latitude,
        "longitude": longitude,
        "urgency": urgency_in(request.urgency),
    }
    said_as = _said_as(known.authority, context)
    # What this source has said before, beside what holds, is no news either.
    before = _said_before(known.row, said_as["source"])
    new: dict[str, Any] = {
        name: value
        for name, value in said.items()
        if value is not None and value not in (known.row[name], before.get(name))
    }
    # One coordinate alone is no place; and one that only stood for it gives way to one like it.
    is_told = latitude is not None and known.row.get("place_by") is not None
    if is_told or "latitude" in new or "longitude" in new:
        new |= {"latitude": said["latitude"], "longitude": said["longitude"]}
    subject, drafts = subject_of(request.incident), []
    if new:
        body = msgspec.convert({**new, **said_as}, IncidentCorrected)
        drafts.append(
            Draft(body=body, about=(subject,), happened_at=context.now, area=request.area)
        )
    exact = exact_position(request.latitude, request.longitude)
    stands = known.details or {}
    is_said = any((request.address, request.callback, request.text))
    exact_before = _said_before(stands, said_as["source"])
    is_moved = None not in exact and exact not in (
        (stands.get("latitude"), stands.get("longitude")),
        (exact_before.get("latitude"), exact_before.get("longitude")),
    )
    if is_said or is_moved:
        drafts += _described(request, subject, (request.area,), context.now, said_as)
    return drafts or Refused(
        code="nothing_to_correct",
        says=f"Nothing in it differs from what stands of incident {request.incident}.",
        try_instead="Say what is to be otherwise, or write a note.",
        values={"incident": request.incident},
    )


def _said_before(row: Row, source: str | None) -> dict[str, object]:
    """What a source said last, by column, also where another's word holds."""
    words = words_in(row.get("given"))
    last = {field: last_of(kept, source) for field, kept in words.items()}
    names = {TYPE: "incident_type", URGENCY: "urgency", MUNICIPALITY: "municipality"}
    found: dict[str, object] = {
        names[field]: word.value for field, word in last.items() if word and field in names
    }
    place = last.get(PLACE)
    if place is not None:
        found |= {"latitude": place.value[0], "longitude": place.value[1]}
    return found


def note(row: Row | None, request: NoteIncident, context: Context) -> Sequence[Draft] | Refused:
    """A note on an incident that is known, open or closed; its text sealed under the incident."""
    if row is None:
        return _unknown(request.incident)
    if not request.text.reveal().strip():
        return Refused(
            code="empty_note",
            says="There is nothing in the note.",
            try_instead="Write what is to be kept, then send it again.",
        )
    draft = Draft(
        body=IncidentNoted(),
        about=(subject_of(request.incident),),
        happened_at=happened_at(request.at, context.now)[0],
        seal={"text": request.text},
    )
    return [draft]


def close(row: Row | None, request: CloseIncident, context: Context) -> Sequence[Draft] | Refused:
    """The end of the work at an incident that is open.

    A close without an outcome is one: it is told afterwards, of the same moment.
    """
    if row is None:
        return _unknown(request.incident)
    is_closed = row["state"] == IncidentState.CLOSED
    outcome = outcome_in(request.outcome)
    if is_closed and (row.get("outcome") is not None or outcome is None):
        return Refused(
            code="incident_closed",
            says=f"Incident {request.incident} is closed already.",
            try_instead="Strike the closing, or report it again, if the work goes on.",
            values={"incident": request.incident},
        )
    at = happened_at(request.at, context.now)[0]
    if is_closed:
        at = instant_of(_number(row["closed_at_ms"]))
    return [
        Draft(
            body=IncidentClosed(outcome=outcome),
            about=(subject_of(request.incident),),
            happened_at=at,
            area=request.area,
            to=(request.area,),
        )
    ]


def _described(
    said: Said,
    subject: Subject,
    to: tuple[OrganisationId, ...],
    at: datetime,
    said_as: dict[str, Any],
) -> Sequence[Draft]:
    """The exact place and the texts, for the owner and its area's centre; nothing when none is."""
    latitude, longitude = exact_position(said.latitude, said.longitude)
    names = ("address", "callback", "text")
    parts = [_parts(said.address), _parts(said.callback), _parts(said.text)]
    told = list(zip_longest(*parts)) or ([()] if latitude is not None else [])
    return [
        Draft(
            body=IncidentDescribed(latitude=latitude, longitude=longitude, **said_as),
            about=(subject,),
            happened_at=at,
            to=to,
            seal={
                name: Private(text)
                for name, text in zip(names, each, strict=False)
                if text is not None
            },
        )
        for each in told
    ]


def _parts(text: Private | None) -> list[str]:
    said = "" if text is None else text.reveal().strip()
    return told_apart(said, PRIVATE_BYTES_LIMIT) if said else []


def _number(value: object) -> int:
    assert isinstance(value, int), "the view says so"
    return value


def _unknown(incident: str) -> Refused:
    return Refused(
        code="no_such_incident",
        says=f"There is no incident {incident} here.",
        try_instead="Look it up on the board, or report it first.",
        values={"incident": incident},
    )
