# SPDX-License-Identifier: Apache-2.0
"""Reporting from a scene, decided: what was seen, done and needed, and when the next one comes."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

import msgspec

from bavn.capabilities.command.decisions import subject_of
from bavn.capabilities.command.facts import SituationReported
from bavn.capabilities.command.model.reporting import (
    MINUTE,
    NEXT_MIN_MOST,
    ReportForm,
)
from bavn.frame.written import stands_at
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused


class TellReport(msgspec.Struct, frozen=True, kw_only=True):
    """Report to `to`, who work at an incident; `at` is when it was given, now when left out.

    The next one comes at `next_at`, or so many minutes after this one, or at no time agreed.
    """

    FOUND_HERE: ClassVar[frozenset[str]] = frozenset({"to", "assigned"})

    incident: str
    to: tuple[OrganisationId, ...]
    form: ReportForm
    seen: Private | None = None
    done: Private | None = None
    needed: Private | None = None
    leads: Private | None = None
    at: datetime | None = None
    next_at: datetime | None = None
    next_min: int | None = None
    by_radio: bool = False
    assigned: bool = True


def tell(_state: None, request: TellReport, context: Context) -> Sequence[Draft] | Refused:
    """A report for all who work at an incident, its texts sealed; the teller's own fact."""
    said = {
        "seen": request.seen,
        "done": request.done,
        "needed": request.needed,
        "leads": request.leads,
    }
    texts = {name: text for name, text in said.items() if text and text.reveal().strip()}
    if not texts:
        return Refused(
            code="empty_report",
            says="There is nothing in the report.",
            try_instead="Write what is seen, done or needed, then send it again.",
        )
    at = stands_at(request.at, context.now)
    next_at = request.next_at
    if next_at is None and request.next_min is not None:
        next_at = at + request.next_min * MINUTE
    if next_at is not None and next_at - at > NEXT_MIN_MOST * MINUTE:
        return Refused(
            code="next_report_far",
            says="The next report is more than a day away.",
            try_instead="Say when it comes within a day, or that none is agreed.",
        )
    others = tuple(each for each in dict.fromkeys(request.to) if each != context.owner)
    return [
        Draft(
            body=SituationReported(
                form=request.form.value,
                next_at=next_at,
                by_radio=request.by_radio,
                assigned=request.assigned,
            ),
            about=(subject_of(request.incident),),
            happened_at=at,
            to=others or (context.owner,),
            seal=texts,
        )
    ]
