# SPDX-License-Identifier: Apache-2.0
"""What can be asked of calls, and how it is decided."""

from collections.abc import Sequence

import msgspec

from bavn.capabilities.calls.facts import QuestionAnswered
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused


class AnswerQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """Keep what a caller answered, and what of the incident that changes."""

    incident: str
    area: OrganisationId
    protocol: str
    version: int
    question: str
    answer: str | None = None
    incident_type: str | None = None
    urgency: str | None = None
    text: Private | None = None


def subject_of(incident: str) -> Subject:
    """What a fact about an incident is about."""
    return Subject(f"incident:{incident}")


def answer(known: bool, request: AnswerQuestion, context: Context) -> Sequence[Draft] | Refused:  # noqa: FBT001 - what the loader found
    """Keep the answer, for the owner and its area's centre; an incident must have been reported."""
    if not known:
        return Refused(
            code="no_such_incident",
            says=f"There is no incident {request.incident} here.",
            try_instead="Look it up on the board, or report it first.",
            values={"incident": request.incident},
        )
    said = "" if request.text is None else request.text.reveal().strip()
    if request.answer is None and not said:
        return Refused(
            code="no_answer",
            says="There is no answer in it.",
            try_instead="Choose one, write one, or pass the question over.",
        )
    body = QuestionAnswered(
        protocol=request.protocol,
        version=request.version,
        question=request.question,
        answer=request.answer,
        incident_type=request.incident_type,
        urgency=request.urgency,
    )
    return [
        Draft(
            body=body,
            about=(subject_of(request.incident),),
            happened_at=context.now,
            to=(request.area,),
            seal={"text": Private(said)} if said else {},
        )
    ]
