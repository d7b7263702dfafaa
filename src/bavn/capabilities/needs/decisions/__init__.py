# SPDX-License-Identifier: Apache-2.0
"""What can be asked of needs, and how it is decided: each a pure function.

Asking is on the alarm path: it is told whatever else is known. Who works at the incident, and whose
it is to answer, is known elsewhere and comes with the request.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

import msgspec

from bavn.capabilities.needs.facts import NeedAnswered, NeedAsked, NeedTakenBack, Wanted
from bavn.capabilities.needs.model.need import Answer, Because, Sort
from bavn.capabilities.needs.model.requests import SeeNeed
from bavn.frame.written import stands_at
from bavn.journal.decision import Context
from bavn.journal.fact import SUBJECTS_LIMIT, Draft
from bavn.journal.table import Row
from bavn.kernel.audience import Scope
from bavn.kernel.identity import OrganisationId, Subject, is_subject
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused


class AskNeed(msgspec.Struct, frozen=True, kw_only=True):
    """Ask the centre for something; `at` is when it was asked, now when it is left out."""

    FOUND_HERE: ClassVar[frozenset[str]] = frozenset({"area", "to", "assigned"})

    incident: str
    area: OrganisationId
    to: tuple[OrganisationId, ...]
    sort: Sort
    wants: tuple[Wanted, ...] = ()
    unit: str | None = None
    text: Private | None = None
    urgent: bool = False
    by_at: datetime | None = None
    at: datetime | None = None
    by_radio: bool = False
    assigned: bool = True


class AnswerNeed(msgspec.Struct, frozen=True, kw_only=True):
    """Answer a need; `answering` are those whose it is to answer."""

    FOUND_HERE: ClassVar[frozenset[str]] = frozenset({"area", "to", "answering"})

    need: str
    area: OrganisationId
    to: tuple[OrganisationId, ...]
    answering: tuple[OrganisationId, ...]
    answer: Answer
    units: tuple[str, ...] = ()
    because: str | None = None
    text: Private | None = None


class TakeBackNeed(msgspec.Struct, frozen=True, kw_only=True):
    """Say that it is needed no longer."""

    FOUND_HERE: ClassVar[frozenset[str]] = frozenset({"area", "to"})

    need: str
    area: OrganisationId
    to: tuple[OrganisationId, ...]


def need_subject(need: str) -> Subject:
    """What facts about a need are about."""
    return Subject(f"need:{need}")


def incident_subject(incident: str) -> Subject:
    """What facts about an incident are about."""
    return Subject(f"incident:{incident}")


def ask(_known: None, request: AskNeed, context: Context) -> Sequence[Draft]:
    """Always told; what a clock of a device makes of the time is put right."""
    at = stands_at(request.at, context.now)
    about = [need_subject(context.new_id()), incident_subject(request.incident)]
    unit = None if request.unit is None else Subject(f"unit:{request.unit}")
    if unit is not None and is_subject(unit):
        about.append(unit)
    body = NeedAsked(
        sort=request.sort.value,
        wants=request.wants,
        unit=request.unit,
        urgent=request.urgent,
        by_at=request.by_at,
        by_radio=request.by_radio,
        assigned=request.assigned,
    )
    return [
        Draft(
            body=body,
            about=tuple(about),
            happened_at=at,
            area=request.area,
            to=_others(request.to, context),
            seal=_sealed(request.text),
            seal_under=incident_subject(request.incident),
        )
    ]


def answer(
    asked: Sequence[Row], request: AnswerNeed, context: Context
) -> Sequence[Draft] | Refused:
    """The word of a centre whose it is to answer; a later one holds."""
    row = _the_one(asked)
    refused = _not_answered(row, request, context)
    if row is None or refused is not None:
        return refused or _unknown(request.need)
    coming = request.answer in {Answer.SENT, Answer.PARTLY}
    body = NeedAnswered(
        answer=request.answer.value,
        units=request.units if coming else (),
        because=request.because if request.answer is Answer.CANNOT else None,
    )
    incident = incident_subject(str(row["incident"]))
    units = tuple(dict.fromkeys(Subject(f"unit:{each}") for each in body.units))
    return [
        Draft(
            body=body,
            about=(need_subject(request.need), incident, *units)[:SUBJECTS_LIMIT],
            happened_at=context.now,
            area=request.area,
            to=_others(request.to, context),
            seal=_sealed(request.text),
            seal_under=incident,
        )
    ]


def see(asked: Sequence[Row], request: SeeNeed, context: Context) -> Sequence[Draft]:
    """Told to those who were told of the need; nothing where it is not there or no longer needed.

    Only who waits for the centre's board has it there, so it is for that watch to see.
    """
    row = _the_one(asked)
    if row is None or row["taken_back_ms"] is not None:
        return []
    audiences = [str(each["audience"]).partition(":") for each in asked]
    to = [OrganisationId(name) for scope, _, name in audiences if scope == Scope.TO]
    areas = [OrganisationId(name) for scope, _, name in audiences if scope == Scope.AREA]
    incident = incident_subject(str(row["incident"]))
    return [
        Draft(
            body=NeedAnswered(answer=Answer.SEEN.value),
            about=(need_subject(request.need), incident),
            happened_at=context.now,
            area=next(iter(areas), context.owner),
            to=_others([OrganisationId(str(row["owner"])), *to], context),
        )
    ]


def take_back(
    asked: Sequence[Row], request: TakeBackNeed, context: Context
) -> Sequence[Draft] | Refused:
    """The word of whoever asked."""
    own = [row for row in asked if row["owner"] == context.owner]
    row = _the_one(own)
    if row is None or row["taken_back_ms"] is not None:
        return Refused(
            code="need_not_asked",
            says=f"{context.owner} has not asked for this, or has taken it back already.",
            try_instead="Look at what is asked for at the incident.",
            values={"need": request.need},
        )
    return [
        Draft(
            body=NeedTakenBack(),
            about=(need_subject(request.need), incident_subject(str(row["incident"]))),
            happened_at=context.now,
            area=request.area,
            to=_others(request.to, context),
        )
    ]


def _not_answered(row: Row | None, request: AnswerNeed, context: Context) -> Refused | None:
    """Why an answer is none; None where it is one."""
    if row is None:
        return _unknown(request.need)
    if context.owner not in request.answering:
        return Refused(
            code="need_of_others",
            says=f"It is not for {context.owner} to answer this.",
            try_instead="The service that owns the incident answers, or its area's centre.",
            values={"need": request.need},
        )
    if row["taken_back_ms"] is not None:
        return Refused(
            code="need_taken_back",
            says="The scene has taken it back.",
            try_instead="Units that are on their way are called back by whoever sent them.",
            values={"need": request.need},
        )
    said = bool(request.units) or request.text is not None
    if request.answer is Answer.CANNOT and request.because not in frozenset(Because):
        return Refused(
            code="need_cannot_unsaid",
            says="Who cannot send it says why.",
            try_instead="Choose a reason.",
        )
    if request.answer is Answer.PARTLY and not said:
        return Refused(
            code="need_partly_unsaid",
            says="It does not say what part of it comes.",
            try_instead="Name the units that come, or write what does.",
        )
    return None


def _unknown(need: str) -> Refused:
    return Refused(
        code="need_unknown",
        says=f"Nothing of the number {need[:64]} was asked for.",
        try_instead="Look at what is asked for at the incident.",
        values={"need": need[:64]},
    )


def _the_one(rows: Sequence[Row]) -> Row | None:
    """The newest of the rows for the several audiences."""
    return max(rows, key=lambda row: int(str(row["told_ms"])), default=None)


def _others(to: Sequence[OrganisationId], context: Context) -> tuple[OrganisationId, ...]:
    others = tuple(each for each in dict.fromkeys(to) if each != context.owner)
    # Whose own incident it is, alone at it, tells itself.
    return others or (context.owner,)


def _sealed(text: Private | None) -> dict[str, Private]:
    return {} if text is None or not text.reveal().strip() else {"text": text}
