# SPDX-License-Identifier: Apache-2.0
"""Settling a conflict: a person has looked at both courses, and says which holds."""

from collections.abc import Sequence

import msgspec

from bavn.capabilities.connections.model.requests import STRIKES_LIMIT, StrikeWeighed
from bavn.journal.conflicts import KEEPS_BOTH, WEIGHED_LIMIT, ConflictSettled
from bavn.journal.decision import Context, Reading, Told
from bavn.journal.fact import Draft
from bavn.journal.kinds import Struck
from bavn.kernel.identity import FactId, OrganisationId, Subject
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused


class SettleConflict(msgspec.Struct, frozen=True, kw_only=True):
    """Say which course of a subject holds: one node's, or both. `weighed` is what was looked at."""

    subject: Subject
    keeps: str
    weighed: tuple[FactId, ...]
    reason: Private


def weighed(
    reading: Reading, request: SettleConflict | StrikeWeighed, _owner: OrganisationId
) -> list[Told | None]:
    """The facts that were looked at."""
    facts = request.facts if isinstance(request, StrikeWeighed) else request.weighed
    return [reading.told(each) for each in facts[:WEIGHED_LIMIT]]


def settle(
    told: list[Told | None], request: SettleConflict, context: Context
) -> Sequence[Draft] | Refused:
    """The settlement, and a strike through each fact that does not hold."""
    known = [
        each
        for each in told
        if each is not None and each.fact.owner == context.owner and not each.struck
    ]
    nodes = sorted({each.fact.node for each in known})
    is_about = all(request.subject in each.fact.about for each in known)
    if len(known) < len(request.weighed) or len(nodes) < _COURSES_LEAST or not is_about:
        return Refused(
            code="conflict_changed",
            says="What was looked at is not what stands now.",
            try_instead="Look at the conflict again: something was told or settled since.",
        )
    if request.keeps not in {*nodes, KEEPS_BOTH}:
        return Refused(
            code="no_such_course",
            says=f"{request.keeps} has told nothing of this.",
            try_instead=f"Keep the course of one of these, or both: {', '.join(nodes)}.",
            values={"keeps": request.keeps, "nodes": ", ".join(nodes)},
        )
    if not request.reason.reveal().strip():
        return Refused(
            code="no_reason_given",
            says="There is no reason.",
            try_instead="Say in a sentence why this course holds.",
        )
    losing = [each for each in known if request.keeps not in {KEEPS_BOTH, each.fact.node}]
    at_once, left = losing[:STRIKES_LIMIT], losing[STRIKES_LIMIT:]
    settled = ConflictSettled(
        keeps=request.keeps,
        weighed=request.weighed,
        left=tuple(each.fact.id for each in left),
    )
    draft = Draft(
        body=settled,
        about=(request.subject,),
        happened_at=context.now,
        seal={"reason": request.reason},
    )
    return [draft, *(_strike(each, context) for each in at_once)]


def strike_rest(
    told: list[Told | None], _request: StrikeWeighed, context: Context
) -> Sequence[Draft]:
    """A strike through each fact that still stands."""
    return [
        _strike(each, context)
        for each in told
        if each is not None and each.fact.owner == context.owner and not each.struck
    ]


def _strike(told: Told, context: Context) -> Draft:
    return Draft(
        body=Struck(fact=told.fact.id),
        about=told.fact.about,
        happened_at=context.now,
        causes=(told.fact.id,),
        audiences=told.audiences,
    )


_COURSES_LEAST = 2
