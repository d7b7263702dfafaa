# SPDX-License-Identifier: Apache-2.0
"""Conflicts, for programs: what several have told of one thing, and settling it."""

from datetime import datetime

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from bavn.capabilities.connections.api.take_over import PATH, Body, FactsAnswer, Ref, Said
from bavn.capabilities.connections.decisions import acting
from bavn.capabilities.connections.ports import CallGiven, DeskGiven, TakeOversGiven
from bavn.journal.conflicts import Conflict
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private


class FactTold(msgspec.Struct, frozen=True, kw_only=True):
    """One fact of a course."""

    id: str
    kind: str
    happened_at: datetime
    recorded_at: str
    by: str
    organisation: OrganisationId


class CourseTold(msgspec.Struct, frozen=True, kw_only=True):
    """What one node told while it held one epoch."""

    node: str
    epoch: int
    facts: tuple[FactTold, ...]


class ConflictAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A subject of which several courses tell."""

    owner: OrganisationId
    subject: str
    courses: tuple[CourseTold, ...]


class ConflictsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """All that nobody has settled."""

    conflicts: tuple[ConflictAnswer, ...]


class SettleBody(Body, frozen=True, kw_only=True):
    """Which course holds: a node's, or `both`; `weighed` are the facts that were looked at."""

    owner: str
    subject: str
    keeps: str
    weighed: tuple[str, ...]
    reason: Said
    sender_ref: Ref | None = None


@get(
    PATH + "/conflicts",
    opt={"act": "connections.read_conflicts"},
    summary="What several nodes have told of one thing, none knowing of the others",
)
async def read_conflicts(call: CallGiven, take_overs: TakeOversGiven) -> ConflictsAnswer:
    """As far as the caller may read every course."""
    return ConflictsAnswer(conflicts=tuple(map(_answer, take_overs.conflicts(call))))


@post(
    PATH + "/conflicts",
    opt={"act": "connections.settle_conflict"},
    summary="Settle one conflict",
)
async def settle_conflict(
    data: JSONBody[SettleBody], call: CallGiven, desk: DeskGiven
) -> FactsAnswer:
    """What does not hold is struck through, visibly. Refused when something was told since."""
    done = await acting.settle_conflict(
        desk,
        call,
        data.owner,
        data.subject,
        keeps=data.keeps,
        weighed=data.weighed,
        reason=Private(data.reason),
        ref=data.sender_ref,
    )
    return FactsAnswer(facts=done.facts, repeated=done.repeated)


def _answer(conflict: Conflict) -> ConflictAnswer:
    return ConflictAnswer(
        owner=conflict.owner,
        subject=conflict.subject,
        courses=tuple(
            CourseTold(
                node=course.node,
                epoch=course.epoch,
                facts=tuple(
                    FactTold(
                        id=fact.id,
                        kind=fact.kind,
                        happened_at=fact.happened_at,
                        recorded_at=fact.recorded_at,
                        by=fact.by.function,
                        organisation=fact.by.organisation,
                    )
                    for fact in course.facts
                ),
            )
            for course in conflict.courses
        ),
    )


HANDLERS = (read_conflicts, settle_conflict)
