# SPDX-License-Identifier: Apache-2.0
"""What can be asked of mandates, and how it is decided: each a pure function.

Whether somebody may delegate or declare is the gate's to say; what is decided here is whether it
makes sense.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from bavn.capabilities.mandates.facts import (
    DelegationEnded,
    EmergencyDeclared,
    EmergencyExplained,
    EmergencyLookedAt,
    Looked,
    MandateDelegated,
)
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.instants import instant_of
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

# Own calibration: a delegation that outlasts a year has been forgotten by somebody.
DELEGATED_LIMIT = timedelta(days=366)
# Own calibration: who needs it longer declares it again, and is seen to.
EMERGENCY_LASTS = timedelta(hours=1)
# Own calibration: so long the own chief has it alone.
CHIEF_FIRST = timedelta(days=1)


class Delegate(msgspec.Struct, frozen=True, kw_only=True):
    """Let a function elsewhere do some acts, from an instant until before another."""

    area: OrganisationId
    to: OrganisationId
    function: str
    acts: tuple[str, ...]
    valid_from: datetime
    valid_to: datetime


class EndDelegation(msgspec.Struct, frozen=True, kw_only=True):
    """Take a delegation back."""

    area: OrganisationId
    delegation: str


class DeclareEmergency(msgspec.Struct, frozen=True, kw_only=True):
    """Go beyond the ordinary mandate, where the law allows it."""

    area: OrganisationId
    text: Private


class ExplainEmergency(msgspec.Struct, frozen=True, kw_only=True):
    """Say why, afterwards."""

    emergency: str
    text: Private


class LookAtEmergency(msgspec.Struct, frozen=True, kw_only=True):
    """Say that an emergency was looked at afterwards."""

    area: OrganisationId
    emergency: str


class LookAtOwn(LookAtEmergency, frozen=True, kw_only=True):
    """By the own chief."""


class LookAtAny(LookAtEmergency, frozen=True, kw_only=True):
    """By oversight, when the own chief has looked, or has let a day pass."""


def delegate(_known: object, request: Delegate, context: Context) -> Sequence[Draft] | Refused:
    """Told to everyone."""
    says = None
    if request.to == context.owner and request.function == context.actor.function:
        says = "Nobody delegates to himself."
    elif not request.acts:
        says = "Nothing is delegated."
    elif not request.valid_from < request.valid_to:
        says = "It ends before it begins."
    elif request.valid_to <= context.now:
        says = "It is over already."
    elif request.valid_to - request.valid_from > DELEGATED_LIMIT:
        says = f"It would last longer than {DELEGATED_LIMIT.days} days."
    if says is not None:
        return Refused(
            code="delegates_nothing",
            says=says,
            try_instead="Choose somebody else, acts, and a time of at most a year.",
        )
    body = MandateDelegated(
        to=request.to,
        function=request.function,
        acts=tuple(dict.fromkeys(request.acts)),
        valid_from=request.valid_from,
        valid_to=request.valid_to,
    )
    about = (delegation_subject(context.new_id()),)
    return [Draft(body=body, about=about, happened_at=context.now, area=request.area)]


def end_delegation(
    rows: Sequence[Row], request: EndDelegation, context: Context
) -> Sequence[Draft] | Refused:
    """By whoever gave it."""
    if not any(row["owner"] == context.owner and not row["ended_at_ms"] for row in rows):
        return Refused(
            code="not_delegated",
            says=f"{context.owner} has no such delegation that holds still.",
            try_instead="Look at what your organisation has delegated.",
        )
    about = (delegation_subject(request.delegation),)
    return [Draft(body=DelegationEnded(), about=about, happened_at=context.now, area=request.area)]


def declare(_known: object, request: DeclareEmergency, context: Context) -> Sequence[Draft]:
    """Told to everyone at once; why it was done may come later."""
    about = (emergency_subject(context.new_id()),)
    body = EmergencyDeclared(function=context.actor.function, until=context.now + EMERGENCY_LASTS)
    told = Draft(body=body, about=about, happened_at=context.now, area=request.area)
    if not request.text.reveal().strip():
        return [told]
    return [told, _explained(about, request.text, context)]


def explain(
    rows: Sequence[Row], request: ExplainEmergency, context: Context
) -> Sequence[Draft] | Refused:
    """Kept sealed, for the own organisation."""
    if not any(row["owner"] == context.owner for row in rows):
        return _no_emergency(request.emergency)
    if not request.text.reveal().strip():
        return Refused(
            code="reason_is_empty",
            says="There is no reason in it.",
            try_instead="Write the reason, or leave it out.",
        )
    return [_explained((emergency_subject(request.emergency),), request.text, context)]


def look_at_own(
    rows: Sequence[Row], request: LookAtOwn, context: Context
) -> Sequence[Draft] | Refused:
    """The own chief looks first."""
    if not any(row["owner"] == context.owner for row in rows):
        return _no_emergency(request.emergency)
    return _looked_at(context.owner, Looked.CHIEF, request, context)


def look_at_any(
    rows: Sequence[Row], request: LookAtAny, context: Context
) -> Sequence[Draft] | Refused:
    """Oversight looks when the own chief has, or has let a day pass."""
    row = next(iter(rows), None)
    if row is None:
        return _no_emergency(request.emergency)
    waited = context.now - instant_of(int(str(row["declared_at_ms"])))
    if row["chief_at_ms"] is None and waited < CHIEF_FIRST:
        return Refused(
            code="chief_first",
            says="The own chief has not looked at it yet.",
            try_instead="Wait for the chief; after a day oversight need not.",
        )
    return _looked_at(OrganisationId(str(row["owner"])), Looked.OVERSIGHT, request, context)


def delegation_subject(delegation: str) -> Subject:
    """What facts about a delegation are about."""
    return Subject(f"delegation:{delegation}")


def emergency_subject(emergency: str) -> Subject:
    """What facts about an emergency are about."""
    return Subject(f"emergency:{emergency}")


def _looked_at(
    of: OrganisationId, by: Looked, request: LookAtEmergency, context: Context
) -> list[Draft]:
    about = (emergency_subject(request.emergency),)
    body = EmergencyLookedAt(of=of, by=by)
    return [Draft(body=body, about=about, happened_at=context.now, area=request.area)]


def _explained(about: tuple[Subject, ...], text: Private, context: Context) -> Draft:
    return Draft(
        body=EmergencyExplained(), about=about, happened_at=context.now, seal={"text": text}
    )


def _no_emergency(emergency: str) -> Refused:
    return Refused(
        code="no_emergency",
        says=f"Your organisation has declared no emergency {emergency[:64]}.",
        try_instead="Look at the list of what was declared.",
        values={"emergency": emergency[:64]},
    )
