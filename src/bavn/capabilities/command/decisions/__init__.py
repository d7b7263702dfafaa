# SPDX-License-Identifier: Apache-2.0
"""What can be asked of command, and how it is decided: each a pure function.

Who works at an incident is known elsewhere and comes with the request: a word of somebody who is
not known to is taken all the same, and says so.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

import msgspec

from bavn.capabilities.command.facts import LeaderLeft, LeaderNamed, WordAppended
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused


class NameLeader(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody leads in a role; `at` is from when, now when it is left out."""

    incident: str
    area: OrganisationId
    role: str
    callsign: str
    name: Private | None = None
    at: datetime | None = None
    assigned: bool = True


class EndLead(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody leads in a role from now on."""

    incident: str
    area: OrganisationId
    role: str


class AppendWord(msgspec.Struct, frozen=True, kw_only=True):
    """Write something down for `to`, who work at an incident."""

    FOUND_HERE: ClassVar[frozenset[str]] = frozenset({"to", "assigned"})

    incident: str
    to: tuple[OrganisationId, ...]
    text: Private
    assigned: bool = True


def subject_of(incident: str) -> Subject:
    """What a fact about an incident is about."""
    return Subject(f"incident:{incident}")


def name_leader(
    rows: Sequence[Row], request: NameLeader, context: Context
) -> Sequence[Draft] | Refused:
    """That somebody leads, with the time of the hand-over; told again it is said once."""
    callsign = " ".join(request.callsign.split())
    if not callsign:
        return Refused(
            code="leader_unnamed",
            says="It does not say who leads.",
            try_instead="Write the function or the callsign.",
        )
    last = _last(rows, request.role)
    has_name = request.name is not None and bool(request.name.reveal().strip())
    if last is not None and last["callsign"] == callsign and request.at is None and not has_name:
        return Refused(
            code="leads_already",
            says=f"{callsign} leads in that role already.",
            try_instead="Look at who leads; somebody may have told it a moment ago.",
            values={"callsign": callsign},
        )
    return [
        Draft(
            body=LeaderNamed(role=request.role, callsign=callsign, assigned=request.assigned),
            about=(subject_of(request.incident),),
            happened_at=min(request.at or context.now, context.now),
            area=request.area,
            seal={"name": request.name} if request.name is not None and has_name else {},
        )
    ]


def end_lead(rows: Sequence[Row], request: EndLead, context: Context) -> Sequence[Draft] | Refused:
    """That nobody leads in a role any longer."""
    last = _last(rows, request.role)
    if last is None or not last["callsign"]:
        return Refused(
            code="nobody_leads",
            says="Nobody leads in that role.",
            try_instead="Look at who leads now.",
        )
    return [
        Draft(
            body=LeaderLeft(role=request.role),
            about=(subject_of(request.incident),),
            happened_at=context.now,
            area=request.area,
        )
    ]


def append(_state: None, request: AppendWord, context: Context) -> Sequence[Draft] | Refused:
    """A word for all who work at an incident, sealed; the teller's own fact."""
    if not request.text.reveal().strip():
        return Refused(
            code="empty_note",
            says="There is nothing in the note.",
            try_instead="Write what is to be kept, then send it again.",
        )
    others = tuple(each for each in dict.fromkeys(request.to) if each != context.owner)
    return [
        Draft(
            body=WordAppended(assigned=request.assigned),
            about=(subject_of(request.incident),),
            happened_at=context.now,
            # Whose own incident it is, alone at it, writes for itself.
            to=others or (context.owner,),
            seal={"text": request.text},
        )
    ]


def _last(rows: Sequence[Row], role: str) -> Row | None:
    told = [row for row in rows if row["role"] == role]
    return max(told, key=lambda row: (int(str(row["at_ms"])), str(row["fact"])), default=None)
