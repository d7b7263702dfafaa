# SPDX-License-Identifier: Apache-2.0
"""Numbering: another system's number of an incident is kept beside those that it had before."""

from collections.abc import Sequence

import msgspec

from bavn.capabilities.feeds.facts import IncidentNumbered
from bavn.capabilities.feeds.model.number import number_in
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.journal.table import Row
from bavn.kernel.identity import Subject, is_subject
from bavn.kernel.refusal import Refused


class NumberIncident(msgspec.Struct, frozen=True, kw_only=True):
    """A system calls an incident so, now."""

    incident: str
    number: str
    system: str


def number(
    rows: Sequence[Row], request: NumberIncident, context: Context
) -> Sequence[Draft] | Refused:
    """The number, once: what it was called before stays."""
    told = number_in(request.number)
    subject = f"incident:{request.incident}"
    if told is None or not is_subject(subject):
        return Refused(
            code="no_incident_number",
            says=f"{request.number[:64]!r} is no incident's number.",
            try_instead="Send the number that the other system shows, with a digit in it.",
            values={"number": request.number[:64]},
        )
    if any((row["number"], row["system"]) == (told, request.system) for row in rows):
        return Refused(
            code="numbered_already",
            says=f"The incident has the number {told} already.",
            try_instead="There is nothing more to do.",
            values={"number": told},
        )
    body = IncidentNumbered(number=told, system=request.system)
    return [Draft(body=body, about=(Subject(subject),), happened_at=context.now)]
