# SPDX-License-Identifier: Apache-2.0
"""What can be asked of relations, and how it is decided: each a pure function."""

from collections.abc import Mapping, Sequence

import msgspec

from bavn.capabilities.operations.facts import IncidentClosed
from bavn.capabilities.relations.facts import (
    EventNamed,
    IncidentsApart,
    IncidentsSame,
    IncidentTied,
    IncidentUntied,
)
from bavn.capabilities.relations.model.requests import CloseParts
from bavn.capabilities.relations.model.together import Known, Together, Word
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, Subject, is_subject
from bavn.kernel.refusal import Refused

# More calls than these about one fire are closed by hand.
PARTS_LIMIT = 50


class SayPair(msgspec.Struct, frozen=True, kw_only=True):
    """Two incidents, of which `into` leads where they are one."""

    incident: str
    into: str
    area: OrganisationId


class SaySame(SayPair, frozen=True, kw_only=True):
    """Say that two incidents are one."""


class SayApart(SayPair, frozen=True, kw_only=True):
    """Say that two incidents are not the same, or no longer count as one."""


class NameEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Give an event its name; a new event where there is no id."""

    name: str
    area: OrganisationId
    event: str | None = None


class TieIncident(msgspec.Struct, frozen=True, kw_only=True):
    """Tie an incident to an event."""

    event: str
    incident: str
    area: OrganisationId


class UntieIncident(TieIncident, frozen=True, kw_only=True):
    """Take back that an incident belongs to an event."""


class Stands(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of two incidents: whose they are, what was said, what they are in."""

    known: Mapping[str, Known]
    words: tuple[Word, ...]
    together: Together


def incident_subject(incident: str) -> Subject:
    """What a fact about an incident is about."""
    return Subject(f"incident:{incident}")


def event_subject(event: str) -> Subject:
    """What a fact about an event is about."""
    return Subject(f"event:{event}")


def same(stands: Stands, request: SaySame, context: Context) -> Sequence[Draft] | Refused:
    """The word of one owner; they are one when the other's owner has said so too."""
    refused = _unfit(stands, request, context)
    if refused is not None:
        return refused
    if stands.together.leading_of(request.incident) == stands.together.leading_of(request.into):
        return Refused(
            code="already_one",
            says="The two incidents are one already.",
            try_instead="Look at what leads; separate them first to have another lead.",
            values={"incident": request.incident, "into": request.into},
        )
    if _own_word(stands, request, context) == (request.incident, request.into):
        return _said_already(request)
    return _told(IncidentsSame(incident=request.incident, into=request.into), request, context)


def apart(stands: Stands, request: SayApart, context: Context) -> Sequence[Draft] | Refused:
    """The word of one owner, which is enough: what one of them denies is not one."""
    refused = _unfit(stands, request, context)
    if refused is not None:
        return refused
    is_said = any(
        word.by == context.owner and not word.stands and _pair(word) == _pair(request)
        for word in stands.words
    )
    if is_said:
        return _said_already(request)
    return _told(IncidentsApart(incident=request.incident, into=request.into), request, context)


def close_parts(
    parts: Sequence[tuple[str, OrganisationId]], request: CloseParts, context: Context
) -> Sequence[Draft]:
    """The end of each open part of the same owner: it was the same incident.

    `parts` are those, each with the area that is told of it. What another owns its owner closes.
    """
    return [
        Draft(
            body=IncidentClosed(outcome=request.outcome),
            about=(incident_subject(part),),
            happened_at=context.now,
            area=area,
            to=(area,),
        )
        for part, area in parts[:PARTS_LIMIT]
    ]


def name_event(_row: Row | None, request: NameEvent, context: Context) -> Sequence[Draft] | Refused:
    """A new event, or another name for one's own."""
    name = " ".join(request.name.split())
    if not name:
        return Refused(
            code="event_unnamed",
            says="The event has no name.",
            try_instead="Write a short name, such as that of the storm.",
        )
    event = request.event or context.new_id()
    if request.event is not None and _row is None:
        return _no_event(event)
    return [
        Draft(
            body=EventNamed(name=name),
            about=(event_subject(event),),
            happened_at=context.now,
            area=request.area,
        )
    ]


def tie(rows: Sequence[Row], request: TieIncident, context: Context) -> Sequence[Draft] | Refused:
    """That an incident belongs to an event; anybody may tie, and each only unties its own."""
    if not rows:
        return _no_event(request.event)
    if any(row["tied"] for row in rows if row["incident"] == request.incident):
        return Refused(
            code="tied_already",
            says="The incident belongs to the event already.",
            try_instead="Look at the event's page.",
            values={"incident": request.incident},
        )
    return _tie_told(IncidentTied(event=request.event, incident=request.incident), request, context)


def untie(
    rows: Sequence[Row], request: UntieIncident, context: Context
) -> Sequence[Draft] | Refused:
    """That what one tied oneself belongs there no longer."""
    own = [
        row
        for row in rows
        if row["owner"] == context.owner and row["incident"] == request.incident and row["tied"]
    ]
    if not own:
        return Refused(
            code="not_tied_here",
            says="Your organisation has not tied the incident to the event.",
            try_instead="Ask whoever tied it; the event's page says who that is.",
            values={"incident": request.incident},
        )
    body = IncidentUntied(event=request.event, incident=request.incident)
    return _tie_told(body, request, context)


def _unfit(stands: Stands, request: SayPair, context: Context) -> Refused | None:
    names = (request.incident, request.into)
    for name in names:
        if name not in stands.known:
            return Refused(
                code="no_such_incident",
                says=f"There is no incident {name} here.",
                try_instead="Look it up on the board, or report it first.",
                values={"incident": name},
            )
    if request.incident == request.into:
        return Refused(
            code="same_as_itself",
            says="An incident is the same as itself.",
            try_instead="Choose the other one.",
        )
    if context.owner not in {stands.known[name].owner for name in names}:
        return Refused(
            code="neither_is_yours",
            says="Neither of the incidents is of your organisation.",
            try_instead="Ask one of those whose they are.",
        )
    return None


def _own_word(stands: Stands, request: SayPair, context: Context) -> tuple[str, str] | None:
    found = (
        (word.incident, word.into)
        for word in stands.words
        if word.by == context.owner and word.stands and _pair(word) == _pair(request)
    )
    return next(found, None)


def _pair(said: Word | SayPair) -> frozenset[str]:
    return frozenset({said.incident, said.into})


def _told(
    body: IncidentsSame | IncidentsApart, request: SayPair, context: Context
) -> Sequence[Draft]:
    about = (incident_subject(request.incident), incident_subject(request.into))
    return [Draft(body=body, about=about, happened_at=context.now, area=request.area)]


def _tie_told(
    body: IncidentTied | IncidentUntied, request: TieIncident, context: Context
) -> Sequence[Draft] | Refused:
    incident = incident_subject(request.incident)
    if not is_subject(incident):
        return Refused(
            code="no_such_incident",
            says=f"There is no incident {request.incident} here.",
            try_instead="Look it up on the board, or report it first.",
            values={"incident": request.incident},
        )
    about = (event_subject(request.event), incident)
    return [Draft(body=body, about=about, happened_at=context.now, area=request.area)]


def _said_already(request: SayPair) -> Refused:
    return Refused(
        code="said_already",
        says="Your organisation has said so already.",
        try_instead="Look at the incident's page: it says whose answer is waited for.",
        values={"incident": request.incident, "into": request.into},
    )


def _no_event(event: str) -> Refused:
    return Refused(
        code="no_such_event",
        says=f"There is no event {event[:64]} here.",
        try_instead="Look it up in the list of events, or name a new one.",
        values={"event": event[:64]},
    )
