# SPDX-License-Identifier: Apache-2.0
"""What can be asked about a mandate that is missing, and how it is decided: each a pure function.

Whether who is asked has the mandate is the gate's to say, when it is given and whenever it is used.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from bavn.capabilities.mandates.facts import (
    MandateAnswered,
    MandateAsked,
    MandateAskWithdrawn,
    MandateDelegated,
)
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

# Own calibration: a watch's half; who needs it longer has it delegated.
GIVEN_FOR = timedelta(hours=4)
# Own calibration: what is to last longer than a day and a night is delegated with some thought.
GIVEN_LIMIT = timedelta(days=2)


class Because(StrEnum):
    """Why a mandate is not given."""

    DONE_HERE = "done_here"
    NOT_NEEDED = "not_needed"
    NOT_RIGHT = "not_right"
    OTHER = "other"


class AskForMandate(msgspec.Struct, frozen=True, kw_only=True):
    """Ask one that has a mandate for it."""

    of: OrganisationId
    act: str
    at: OrganisationId
    page: str | None
    incident: str | None
    text: Private


class AnswerMandate(msgspec.Struct, frozen=True, kw_only=True):
    """Give what was asked for, from now until before an instant; or say why not."""

    area: OrganisationId
    asked: str
    until: datetime | None = None
    because: str | None = None
    text: Private


class WithdrawAsk(msgspec.Struct, frozen=True, kw_only=True):
    """Say that it is needed no longer."""

    asked: str


class Standing(msgspec.Struct, frozen=True):
    """What was asked, and what has been answered to it."""

    asked: Sequence[Row] = ()
    answers: Sequence[Row] = ()

    @property
    def the_one(self) -> Row | None:
        """What was asked; None where nothing was."""
        return next(iter(self.asked), None)

    def waits(self, row: Row) -> bool:
        """True until it is withdrawn, or answered by the one that was asked: another's is none."""
        answered = (row["subject"], row["of"])
        return row["withdrawn_at_ms"] is None and not any(
            (each["subject"], each["owner"]) == answered for each in self.answers
        )


def ask(standing: Standing, request: AskForMandate, context: Context) -> Sequence[Draft] | Refused:
    """Told to whom it is asked of; the same that waits already is not asked twice."""
    for row in standing.asked:
        if standing.waits(row) and _is_same(row, request, context):
            id_ = str(row["subject"]).partition(":")[2]
            return Refused(
                code="mandate_asked_already",
                says="That is asked for already, and waits for an answer.",
                try_instead="Wait for the answer, or call.",
                values={"asked": id_},
            )
    about = [asked_subject(context.new_id())]
    if request.incident is not None:
        about.append(Subject(f"incident:{request.incident}"))
    body = MandateAsked(of=request.of, act=request.act, at=request.at, page=request.page)
    why = {"why": request.text} if request.text.reveal().strip() else {}
    return [
        Draft(body=body, about=tuple(about), happened_at=context.now, to=(request.of,), seal=why)
    ]


def answer(
    standing: Standing, request: AnswerMandate, context: Context
) -> Sequence[Draft] | Refused:
    """Given or not, told to who asked."""
    row = _to_answer(request.asked, standing, context)
    if isinstance(row, Refused):
        return row
    if request.until is not None:
        return _given(row, request, request.until, context)
    if request.because not in frozenset(Because):
        return Refused(
            code="not_given_unsaid",
            says="Who does not give it says why.",
            try_instead="Choose a reason.",
        )
    asker = OrganisationId(str(row["owner"]))
    text = {"text": request.text} if request.text.reveal().strip() else {}
    body = MandateAnswered(asker=asker, because=request.because)
    return [Draft(body=body, about=_about(row), happened_at=context.now, to=(asker,), seal=text)]


def withdraw(
    standing: Standing, request: WithdrawAsk, context: Context
) -> Sequence[Draft] | Refused:
    """By whoever asked, while it waits."""
    row = standing.the_one
    if row is None or row["owner"] != context.owner:
        return _not_asked(request.asked)
    if not standing.waits(row):
        return _answered_already(request.asked)
    of = OrganisationId(str(row["of"]))
    body = MandateAskWithdrawn(of=of)
    return [Draft(body=body, about=_about(row), happened_at=context.now, to=(of,))]


def asked_subject(asked: str) -> Subject:
    """What facts about a mandate that is asked for are about."""
    return Subject(f"mandate_request:{asked}")


def _given(
    row: Row, request: AnswerMandate, until: datetime, context: Context
) -> Sequence[Draft] | Refused:
    """A delegation that ends, told to all; and the answer."""
    if not context.now < until <= context.now + GIVEN_LIMIT:
        return Refused(
            code="given_too_long",
            says=f"It is given from now, for at most {GIVEN_LIMIT.days} days.",
            try_instead="Choose a shorter time; what is to last longer is delegated.",
            values={"days": str(GIVEN_LIMIT.days)},
        )
    delegation, asker = context.new_id(), OrganisationId(str(row["owner"]))
    given = MandateDelegated(
        to=asker,
        function=str(row["by"]),
        acts=(str(row["act"]),),
        valid_from=context.now,
        valid_to=until,
    )
    return [
        Draft(
            body=given,
            about=(Subject(f"delegation:{delegation}"),),
            happened_at=context.now,
            area=request.area,
        ),
        Draft(
            body=MandateAnswered(asker=asker, delegation=delegation),
            about=_about(row),
            happened_at=context.now,
            to=(asker,),
        ),
    ]


def _about(row: Row) -> tuple[Subject, ...]:
    its, incident = (Subject(str(row["subject"])),), row["incident"]
    return its if incident is None else (*its, Subject(f"incident:{incident!s}"))


def _is_same(row: Row, request: AskForMandate, context: Context) -> bool:
    theirs = (row["owner"], row["by"], row["of"], row["act"], row["at"])
    return theirs == (
        context.owner,
        context.actor.function,
        request.of,
        request.act,
        request.at,
    )


def _to_answer(asked: str, standing: Standing, context: Context) -> Row | Refused:
    """What waits for an answer of this organisation."""
    row = standing.the_one
    if row is None or row["of"] != context.owner:
        return _not_asked(asked)
    return row if standing.waits(row) else _answered_already(asked)


def _not_asked(asked: str) -> Refused:
    return Refused(
        code="mandate_not_asked",
        says="Your organisation has no such request for a mandate.",
        try_instead="Look at what is asked for.",
        values={"asked": asked[:64]},
    )


def _answered_already(asked: str) -> Refused:
    return Refused(
        code="mandate_answered_already",
        says="It is answered or withdrawn already.",
        try_instead="Ask anew, or look at what is delegated.",
        values={"asked": asked[:64]},
    )
