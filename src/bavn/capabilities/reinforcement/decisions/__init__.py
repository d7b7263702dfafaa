# SPDX-License-Identifier: Apache-2.0
"""What can be asked of reinforcement, and how it is decided: each a pure function.

A call for assistance is on the alarm path: it is told whatever else is known. No preparedness
level is involved in any of this.
"""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from bavn.capabilities.reinforcement.facts import (
    AssistanceCalled,
    HelpAnswered,
    HelpDemanded,
    HelpNoLongerNeeded,
    Needed,
)
from bavn.journal.decision import Context
from bavn.journal.fact import SUBJECTS_LIMIT, Draft
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.refusal import Refused


class Because(StrEnum):
    """Why somebody cannot come."""

    ENGAGED = "engaged"
    NOT_CREWED = "not_crewed"
    TOO_FAR = "too_far"
    LACKS_IT = "lacks_it"
    OTHER = "other"


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Ask others for help with an incident."""

    incident: str
    area: OrganisationId
    of: tuple[OrganisationId, ...]
    needs: tuple[Needed, ...] = ()


class CallAssistance(Ask, frozen=True, kw_only=True):
    """Call for assistance, on the word of the technical leader."""


class DemandHelp(Ask, frozen=True, kw_only=True):
    """Demand help from other services, on the word of the council."""


class AnswerHelp(msgspec.Struct, frozen=True, kw_only=True):
    """Answer that units are coming, or why none can."""

    asked: str
    area: OrganisationId
    coming: bool
    units: tuple[str, ...] = ()
    because: str | None = None


class NoLongerNeed(msgspec.Struct, frozen=True, kw_only=True):
    """Say that what was asked for is needed no longer."""

    asked: str
    area: OrganisationId


def call(_known: object, request: CallAssistance, context: Context) -> Sequence[Draft]:
    """Always told; whoever asks himself too is only left out of those that are asked."""
    of = _others(request, context) or request.of
    return [_asked(AssistanceCalled(of=of, needs=request.needs), request, context)]


def demand(_known: object, request: DemandHelp, context: Context) -> Sequence[Draft] | Refused:
    """Told to those that are asked."""
    of = _others(request, context)
    if not of:
        return Refused(
            code="demands_of_itself",
            says="A demand goes to another service.",
            try_instead="Choose whom to ask.",
        )
    return [_asked(HelpDemanded(of=of, needs=request.needs), request, context)]


def answer(
    asking: Sequence[Row], request: AnswerHelp, context: Context
) -> Sequence[Draft] | Refused:
    """The word of one that was asked: coming, or cannot, because."""
    row = _the_one(asking)
    if row is None or context.owner not in str(row["of"]).split():
        return Refused(
            code="not_asked",
            says=f"{context.owner} was not asked for this.",
            try_instead="Look at what is asked of your organisation.",
            values={"asked": request.asked},
        )
    if row["ended_at_ms"] is not None:
        return Refused(
            code="needed_no_longer",
            says="It is needed no longer.",
            try_instead="Units that are on their way are called back by whoever sent them.",
            values={"asked": request.asked},
        )
    if not request.coming and request.because not in frozenset(Because):
        return Refused(
            code="cannot_unsaid",
            says="Who cannot come says why.",
            try_instead="Choose a reason.",
        )
    body = HelpAnswered(
        coming=request.coming,
        units=request.units if request.coming else (),
        because=None if request.coming else request.because,
    )
    units = tuple(Subject(f"unit:{each}") for each in body.units[: SUBJECTS_LIMIT - 2])
    about = (asked_subject(request.asked), incident_subject(str(row["incident"])), *units)
    return [Draft(body=body, about=about, happened_at=context.now, area=request.area)]


def end(
    asking: Sequence[Row], request: NoLongerNeed, context: Context
) -> Sequence[Draft] | Refused:
    """The word of whoever asked."""
    row = _the_one(asking)
    if row is None or row["owner"] != context.owner or row["ended_at_ms"] is not None:
        return Refused(
            code="no_help_asked",
            says=f"{context.owner} has not asked for this, or has said already that it is over.",
            try_instead="Look at what your organisation has asked for.",
            values={"asked": request.asked},
        )
    about = (asked_subject(request.asked), incident_subject(str(row["incident"])))
    body = HelpNoLongerNeeded()
    return [Draft(body=body, about=about, happened_at=context.now, area=request.area)]


def asked_subject(asked: str) -> Subject:
    """What facts about something that was asked for are about."""
    return Subject(f"help:{asked}")


def incident_subject(incident: str) -> Subject:
    """What facts about an incident are about."""
    return Subject(f"incident:{incident}")


def _others(request: Ask, context: Context) -> tuple[OrganisationId, ...]:
    return tuple(each for each in dict.fromkeys(request.of) if each != context.owner)


def _asked(body: AssistanceCalled | HelpDemanded, request: Ask, context: Context) -> Draft:
    about = (asked_subject(context.new_id()), incident_subject(request.incident))
    return Draft(body=body, about=about, happened_at=context.now, area=request.area)


def _the_one(asking: Sequence[Row]) -> Row | None:
    return next(iter(asking), None)
