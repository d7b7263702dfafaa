# SPDX-License-Identifier: Apache-2.0
"""What can be asked of levels, and how it is decided: each a pure function.

Whether somebody may is the gate's to say; what is decided here is whether it makes sense. Nobody
says any of it on another's behalf, not even by a delegation.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from bavn.capabilities.levels.facts import (
    HIGHEST,
    LOWEST,
    MOVED_LIMIT,
    SERVICES_LIMIT,
    LevelSet,
    Moved,
    ProcedureAgreed,
    ProcedureEnded,
    ProcedureProposed,
)
from bavn.capabilities.levels.model import Reason
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.journal.table import Row
from bavn.kernel.identity import FactId, OrganisationId, Subject
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

# Own calibration: plans are revised at least every fourth year (Preparedness Act § 25).
LASTS_LIMIT = timedelta(days=4 * 366)


class SetLevel(msgspec.Struct, frozen=True, kw_only=True):
    """Set the own level: raised at once, lowered one step at a time."""

    area: OrganisationId
    level: int
    reason: str | None = None
    text: Private | None = None


class ProposeProcedure(msgspec.Struct, frozen=True, kw_only=True):
    """Propose what the centre may move between its services, from a day until before another."""

    area: OrganisationId
    services: tuple[OrganisationId, ...]
    moved: tuple[Moved, ...]
    valid_from: date
    valid_to: date


class AgreeProcedure(msgspec.Struct, frozen=True, kw_only=True):
    """Agree to what an area's centre has proposed."""

    area: OrganisationId
    of: OrganisationId
    procedure: str


class EndProcedure(msgspec.Struct, frozen=True, kw_only=True):
    """Be bound by a procedure no longer."""

    area: OrganisationId
    of: OrganisationId
    procedure: str


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a procedure: as it was proposed, and what others have said to it."""

    proposed: Row | None
    agreed: tuple[Row, ...]
    ended: tuple[Row, ...]


def set_level(level_now: int, request: SetLevel, context: Context) -> Sequence[Draft] | Refused:
    """Told to everyone; the text is for the own organisation."""
    refused = _not_itself(context) or _no_level(level_now, request)
    if refused is not None:
        return refused
    text = request.text
    seal = {} if text is None or not text.reveal().strip() else {"text": text}
    return [
        Draft(
            body=LevelSet(level=request.level, reason=request.reason),
            about=(level_subject(context.owner),),
            happened_at=context.now,
            area=request.area,
            seal=seal,
        )
    ]


def propose(
    _known: object, request: ProposeProcedure, context: Context
) -> Sequence[Draft] | Refused:
    """By the area's centre, which agrees to it by proposing it."""
    services = tuple(dict.fromkeys(request.services))
    says = None
    if not services or context.owner in services:
        says = "It is between a centre and services of its area."
    elif not request.moved:
        says = "Nothing may be moved by it."
    elif len(services) > SERVICES_LIMIT or len(request.moved) > MOVED_LIMIT:
        says = f"It names more than {SERVICES_LIMIT} services or {MOVED_LIMIT} types."
    elif not request.valid_from < request.valid_to:
        says = "It ends before it begins."
    elif request.valid_to <= context.today:
        says = "It is over already."
    elif request.valid_to - request.valid_from > LASTS_LIMIT:
        says = "It would hold longer than four years."
    if says is not None:
        return Refused(
            code="procedure_makes_no_sense",
            says=says,
            try_instead="Choose services of the area, what may be moved, and at most four years.",
        )
    body = ProcedureProposed(
        services=services,
        moved=request.moved,
        valid_from=request.valid_from,
        valid_to=request.valid_to,
    )
    about = (procedure_subject(context.new_id()),)
    told = Draft(body=body, about=about, happened_at=context.now, area=request.area)
    return _not_itself(context) or [told]


def agree(known: Known, request: AgreeProcedure, context: Context) -> Sequence[Draft] | Refused:
    """By one of its services, once."""
    row = known.proposed
    if row is None or context.owner not in str(row["services"]).split():
        return _not_party(request.procedure, context)
    if known.ended or str(row["to_on"]) <= context.today.isoformat():
        return Refused(
            code="procedure_over",
            says="The procedure is ended, or its time is over.",
            try_instead="Ask the area's centre to propose a new one.",
        )
    proposal = FactId(str(row["fact"]))
    said = (each for each in known.agreed if each["owner"] == context.owner)
    if any(each["proposal"] == proposal for each in said):
        return Refused(
            code="agreed_already",
            says=f"{context.owner} has agreed to it already.",
            try_instead="End it, if it is to hold no longer.",
        )
    body = ProcedureAgreed(of=request.of, proposal=proposal)
    return _not_itself(context) or [_told(body, request, context)]


def end(known: Known, request: EndProcedure, context: Context) -> Sequence[Draft] | Refused:
    """By any of the parties, once for all of them."""
    row = known.proposed
    parties = () if row is None else (row["owner"], *str(row["services"]).split())
    if context.owner not in parties:
        return _not_party(request.procedure, context)
    if known.ended:
        return Refused(
            code="procedure_over",
            says="The procedure is ended, or its time is over.",
            try_instead="Ask the area's centre to propose a new one.",
        )
    return _not_itself(context) or [_told(ProcedureEnded(of=request.of), request, context)]


def level_subject(organisation: OrganisationId) -> Subject:
    """What facts about an organisation's level are about."""
    return Subject(f"level:{organisation}")


def procedure_subject(procedure: str) -> Subject:
    """What facts about a procedure are about."""
    return Subject(f"procedure:{procedure}")


def _told(body: msgspec.Struct, request: AgreeProcedure | EndProcedure, context: Context) -> Draft:
    about = (procedure_subject(request.procedure),)
    return Draft(body=body, about=about, happened_at=context.now, area=request.area)


def _no_level(level_now: int, request: SetLevel) -> Refused | None:
    level = request.level
    reasons = {None, *(each.value for each in Reason)}
    if not LOWEST <= level <= HIGHEST or request.reason not in reasons:
        return Refused(
            code="no_such_level",
            says=f"The levels are {LOWEST} to {HIGHEST}, and the reason is a word of the list.",
            try_instead="Choose a level and a reason.",
        )
    if level == level_now:
        return Refused(
            code="level_is_that",
            says=f"The level is {level} already.",
            try_instead="Choose another level.",
            values={"level": str(level)},
        )
    if level < level_now - 1:
        return Refused(
            code="level_steps_down",
            says=f"From level {level_now} it is lowered to {level_now - 1} first.",
            try_instead=f"Set level {level_now - 1}; then look what it closes.",
            values={"now": str(level_now), "step": str(level_now - 1)},
        )
    return None


def _not_itself(context: Context) -> Refused | None:
    """A level or an agreement is an organisation's own word: no delegation carries it."""
    if context.actor.organisation == context.owner:
        return None
    return Refused(
        code="own_word_only",
        says=f"{context.actor.organisation} cannot say this for {context.owner}.",
        try_instead=f"Ask {context.owner} to say it itself.",
        values={"organisation": context.actor.organisation, "owner": context.owner},
    )


def _not_party(procedure: str, context: Context) -> Refused:
    return Refused(
        code="not_a_party",
        says=f"{context.owner} is no party to a procedure {procedure[:64]}.",
        try_instead="Look at the list of procedures.",
        values={"owner": context.owner},
    )
