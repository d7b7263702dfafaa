# SPDX-License-Identifier: Apache-2.0
"""Asking another organisation: kept at once, heard when it comes there, answered by its people.

An alarm that is another's is taken up there by itself: whoever hosts its owner, whether the owner's
own node or one that has taken it over, makes it an incident of that owner's.
"""

from collections.abc import Sequence

import msgspec

from bavn.capabilities.connections.facts import Answered, Asked, Heard
from bavn.capabilities.connections.model.requests import (
    DECLINED,
    TAKEN,
    HandOver,
    HearAsked,
    TakeUp,
)
from bavn.capabilities.operations.facts import IncidentClosed, IncidentReported
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.instants import instant_of
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

# How an incident ends for who took the alarm and is not whose it is.
HANDED_OVER = "handed_over"
# Alarms that are taken up in one request; the next follows from its facts.
TAKE_UP_LIMIT = 20


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Ask another organisation for something, in words."""

    of: OrganisationId
    text: Private


class AnswerAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Answer what was asked: taken or declined, with some words."""

    asked: Subject
    answer: str
    text: Private | None = None


def ask(_state: None, request: Ask, context: Context) -> Sequence[Draft] | Refused:
    """A request that is kept here, and told to whom it is for."""
    if request.of == context.owner:
        return Refused(
            code="asks_itself",
            says=f"{request.of} need not ask itself.",
            try_instead="Do it.",
            values={"owner": request.of},
        )
    if not request.text.reveal().strip():
        return Refused(
            code="nothing_asked",
            says="There is nothing in the request.",
            try_instead="Write what is asked for, then send it again.",
        )
    subject = Subject(f"asked:{context.new_id()}")
    return [
        Draft(
            body=Asked(of=request.of),
            about=(subject,),
            happened_at=context.now,
            to=(request.of,),
            seal={"text": request.text},
        )
    ]


def hear(rows: list[Row], request: HearAsked, context: Context) -> Sequence[Draft]:
    """That it has come, told to who asked; once."""
    if any(row["owner"] == context.owner for row in rows):
        return []
    return [
        Draft(
            body=Heard(asker=request.asker),
            about=(request.asked,),
            happened_at=context.now,
            to=(request.asker,),
        )
    ]


def answer(rows: list[Row], request: AnswerAsked, context: Context) -> Sequence[Draft] | Refused:
    """An answer to what was asked of this organisation."""
    asked = next((row for row in rows if row["of"] == context.owner), None)
    if asked is None:
        return Refused(
            code="never_asked",
            says=f"{context.owner} was not asked that.",
            try_instead="Look it up in the list of what was asked.",
        )
    if any(row["owner"] == context.owner and row["answer"] for row in rows):
        return Refused(
            code="answered_already",
            says="It was answered before.",
            try_instead="Call, if the answer has changed.",
        )
    if request.answer not in {TAKEN, DECLINED}:
        return Refused(
            code="no_such_answer",
            says=f"{request.answer} is no answer.",
            try_instead=f"Answer {TAKEN} or {DECLINED}.",
            values={"answer": request.answer},
        )
    asker = OrganisationId(str(asked["owner"]))
    texts = {} if request.text is None else {"text": request.text}
    return [
        Draft(
            body=Answered(asker=asker, answer=request.answer),
            about=(request.asked,),
            happened_at=context.now,
            to=(asker,),
            seal=texts,
        )
    ]


def take_up(rows: list[Row], _request: TakeUp, context: Context) -> Sequence[Draft]:
    """An incident of this organisation's for each alarm, and the answer to who took it."""
    drafts: list[Draft] = []
    for row in rows[:TAKE_UP_LIMIT]:
        asker, incident = OrganisationId(str(row["owner"])), str(row["incident"])
        body = IncidentReported(
            incident_type=_text(row["incident_type"]),
            municipality=_text(row["municipality"]),
            latitude=_number(row["latitude"]),
            longitude=_number(row["longitude"]),
            urgency=_text(row["urgency"]),
            area=_text(row["area"]),
            owner_by="handed_over",
            place_by=_text(row["place_by"]),
        )
        asked_ms = row["asked_at_ms"]
        assert isinstance(asked_ms, int), "the view says so"
        drafts += [
            Draft(
                body=body,
                about=(Subject(f"incident:{incident}"),),
                happened_at=min(instant_of(asked_ms), context.now),
                area=OrganisationId(str(row["area"])),
            ),
            Draft(
                body=Answered(asker=asker, answer=TAKEN, incident=incident),
                about=(Subject(str(row["subject"])),),
                happened_at=context.now,
                to=(asker,),
            ),
        ]
    return drafts


def hand_over(rows: list[Row], _request: HandOver, context: Context) -> Sequence[Draft]:
    """The end of our part: whose it is goes on with it."""
    own = next((row for row in rows if row["owner"] == context.owner), None)
    incident = None if own is None else own["incident"]
    if own is None or not isinstance(incident, str):
        return []
    return [
        Draft(
            body=IncidentClosed(outcome=HANDED_OVER),
            about=(Subject(f"incident:{incident}"),),
            happened_at=context.now,
            area=OrganisationId(str(own["area"])),
        )
    ]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> float | None:
    return value if isinstance(value, float) else None
