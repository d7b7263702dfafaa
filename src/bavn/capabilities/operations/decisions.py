# SPDX-License-Identifier: Apache-2.0
"""What can be asked of operations, and how it is decided: from the row on the board to facts."""

from collections.abc import Sequence

import msgspec

from bavn.capabilities.operations.facts import IncidentClosed, IncidentNoted, IncidentReported
from bavn.capabilities.operations.model import (
    IncidentState,
    incident_type_in,
    municipality_in,
    open_position,
)
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, Subject, is_subject
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused


class ReportIncident(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm: something has happened, here, of this sort. Everything but the area may be unknown.

    `incident` is the sender's id of it, and `area` the organisation of the area's operations
    centre.
    """

    incident: str
    area: OrganisationId
    incident_type: str | None = None
    municipality: str | None = None
    latitude: float | None = None
    longitude: float | None = None


class NoteIncident(msgspec.Struct, frozen=True, kw_only=True):
    """Write something down about an incident, for the service alone."""

    incident: str
    text: Private


class CloseIncident(msgspec.Struct, frozen=True, kw_only=True):
    """The work at an incident is over."""

    incident: str
    area: OrganisationId


def subject_of(incident: str) -> Subject:
    """What a fact about an incident is about."""
    return Subject(f"incident:{incident}")


def report(_state: None, request: ReportIncident, context: Context) -> Sequence[Draft]:
    """Always a fact: an alarm is never stopped by a form.

    What has not the form it should have is told as unknown, and an id that cannot be one is
    replaced. A report of an incident that was closed opens it again.
    """
    latitude, longitude = open_position(request.latitude, request.longitude)
    body = IncidentReported(
        incident_type=incident_type_in(request.incident_type),
        municipality=municipality_in(request.municipality),
        latitude=latitude,
        longitude=longitude,
    )
    subject = subject_of(request.incident)
    if not is_subject(subject):
        subject = subject_of(context.new_id())
    return [Draft(body=body, about=(subject,), happened_at=context.now, area=request.area)]


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
        happened_at=context.now,
        seal={"text": request.text},
    )
    return [draft]


def close(row: Row | None, request: CloseIncident, context: Context) -> Sequence[Draft] | Refused:
    """The end of the work at an incident that is open."""
    if row is None:
        return _unknown(request.incident)
    if row["state"] == IncidentState.CLOSED:
        return Refused(
            code="incident_closed",
            says=f"Incident {request.incident} is closed already.",
            try_instead="Report it again, if the work goes on.",
            values={"incident": request.incident},
        )
    subject = subject_of(request.incident)
    return [
        Draft(body=IncidentClosed(), about=(subject,), happened_at=context.now, area=request.area)
    ]


def _unknown(incident: str) -> Refused:
    return Refused(
        code="no_such_incident",
        says=f"There is no incident {incident} here.",
        try_instead="Look it up on the board, or report it first.",
        values={"incident": incident},
    )
