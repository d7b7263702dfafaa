# SPDX-License-Identifier: Apache-2.0
"""Who may do what, over the programming interface."""

from typing import Annotated

import msgspec
from litestar import get

from bavn.capabilities.mandates.ports import Answer, Question, Rule
from bavn.capabilities.mandates.views.room import Delegation, Emergency, RoomGiven
from bavn.frame.given import CallGiven
from bavn.kernel.identity import OrganisationId

READ = {"act": "mandates.read_mandates"}
Level = Annotated[int, msgspec.Meta(ge=1, le=4)]


class RuleList(msgspec.Struct, frozen=True, kw_only=True):
    """All policies."""

    items: list[Rule]
    next: str | None = None


class AnswerList(msgspec.Struct, frozen=True, kw_only=True):
    """What each law set answers, the one in force first."""

    items: list[Answer]
    next: str | None = None


class DelegationList(msgspec.Struct, frozen=True, kw_only=True):
    """What is and was delegated."""

    items: list[Delegation]
    next: str | None = None


class EmergencyList(msgspec.Struct, frozen=True, kw_only=True):
    """What was declared."""

    items: list[Emergency]
    next: str | None = None


@get("/api/v1/mandates", opt=READ, summary="All policies, in words, with their grounds")
async def policies(call: CallGiven, mandates: RoomGiven) -> RuleList:
    """By subject."""
    return RuleList(items=list(mandates.around.rules(call)))


@get("/api/v1/mandates/explain", opt=READ, summary="May this function do this act there, and why")
async def explain(  # noqa: PLR0913, PLR0917 - a question has these parts
    call: CallGiven,
    mandates: RoomGiven,
    function: str,
    of: str,
    act: str,
    owner: str,
    level: Level = 1,
    procedure: bool = False,  # noqa: FBT001, FBT002 - as it stands in the address
) -> AnswerList:
    """Under each law set; nothing is done and nothing is kept."""
    question = Question(
        function=function,
        organisation=OrganisationId(of),
        act=act,
        owner=OrganisationId(owner),
        level=level,
        procedure=procedure,
    )
    return AnswerList(items=list(mandates.around.answer(call, question)))


@get("/api/v1/mandates/delegations", opt=READ, summary="What is delegated to whom, and how long")
async def delegations(mandates: RoomGiven) -> DelegationList:
    """The latest to begin first, those that are over included."""
    return DelegationList(items=mandates.delegations())


@get("/api/v1/mandates/emergencies", opt=READ, summary="What was declared in an emergency")
async def emergencies(call: CallGiven, mandates: RoomGiven) -> EmergencyList:
    """The latest first, with who has looked at it."""
    return EmergencyList(items=mandates.emergencies(call))


HANDLERS = (policies, explain, delegations, emergencies)
