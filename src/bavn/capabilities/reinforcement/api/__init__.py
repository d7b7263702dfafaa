# SPDX-License-Identifier: Apache-2.0
"""Help over the programming interface: asked for, answered, needed no longer."""

from enum import StrEnum
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from bavn.capabilities.reinforcement.decisions import asking
from bavn.capabilities.reinforcement.facts import NEEDS_LIMIT, UNITS_LIMIT, Asked, Needed
from bavn.capabilities.reinforcement.views.room import Help, RoomGiven
from bavn.frame.given import CallGiven, DeskGiven
from bavn.journal.decision import REF_CHARACTERS_LIMIT
from bavn.kernel.identity import OrganisationId

INCIDENT, ONE = "/api/v1/incidents/{incident_id:str}", "/api/v1/reinforcement/{asked_id:str}"
READ = {"act": "reinforcement.read_help"}
Ref = Annotated[str, msgspec.Meta(min_length=1, max_length=REF_CHARACTERS_LIMIT)]
UnitId = Annotated[str, msgspec.Meta(pattern="^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sent: a field that nobody knows is refused, never dropped."""

    sender_ref: Ref | None = None


class AskBody(Body, frozen=True, kw_only=True):
    """Whom to ask for what."""

    of: Asked
    needs: Annotated[tuple[Needed, ...], msgspec.Meta(max_length=NEEDS_LIMIT)] = ()


class Answer(StrEnum):
    """What one that is asked may answer."""

    COMING = "coming"
    CANNOT = "cannot"


class AnswerBody(Body, frozen=True, kw_only=True):
    """Coming, with these units; or cannot, because."""

    of: OrganisationId
    answer: Answer
    units: Annotated[tuple[UnitId, ...], msgspec.Meta(max_length=UNITS_LIMIT)] = ()
    because: str | None = None


class EndBody(Body, frozen=True, kw_only=True):
    """It is needed no longer."""


class HelpList(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for, the latest first."""

    items: list[Help]
    next: str | None = None


@get("/api/v1/reinforcement", opt=READ, summary="What is asked for and needed still")
async def asked_for(reinforcement: RoomGiven) -> HelpList:
    """Everyone's, with who has answered what."""
    return HelpList(items=reinforcement.open())


@get(INCIDENT + "/assistance", opt=READ, summary="What was asked for an incident")
async def of_incident(incident_id: str, call: CallGiven, reinforcement: RoomGiven) -> HelpList:
    """What is over included."""
    goal = reinforcement.around.goal(call, incident_id)
    return HelpList(items=reinforcement.of_incident(goal.incident))


@post(
    INCIDENT + "/assistance",
    opt={"act": "reinforcement.call_assistance"},
    summary="Call for assistance, on the word of the technical leader",
)
async def call_assistance(
    incident_id: str,
    data: JSONBody[AskBody],
    call: CallGiven,
    desk: DeskGiven,
    reinforcement: RoomGiven,
) -> HelpList:
    """On the alarm path: never refused."""
    around = reinforcement.around
    goal = around.goal(call, incident_id)
    wish = asking.Wish(of=data.of, needs=data.needs)
    await asking.call_assistance(desk, call, around, goal, wish, data.sender_ref)
    return HelpList(items=reinforcement.of_incident(goal.incident))


@post(
    INCIDENT + "/demand",
    opt={"act": "reinforcement.demand_help"},
    summary="Demand help from other services, on the word of a council",
)
async def demand_help(
    incident_id: str,
    data: JSONBody[AskBody],
    call: CallGiven,
    desk: DeskGiven,
    reinforcement: RoomGiven,
) -> HelpList:
    """No preparedness level is involved."""
    around = reinforcement.around
    goal = around.goal(call, incident_id)
    wish = asking.Wish(of=data.of, needs=data.needs)
    await asking.demand_help(desk, call, around, goal, wish, data.sender_ref)
    return HelpList(items=reinforcement.of_incident(goal.incident))


@post(
    ONE + "/answer",
    opt={"act": "reinforcement.answer_help"},
    summary="Answer what was asked: coming, or cannot, because",
)
async def answer(
    asked_id: str,
    data: JSONBody[AnswerBody],
    call: CallGiven,
    desk: DeskGiven,
    reinforcement: RoomGiven,
) -> Help:
    """A later answer holds."""
    await asking.answer(
        desk,
        call,
        reinforcement.around,
        data.of,
        asked_id,
        coming=data.answer is Answer.COMING,
        units=data.units,
        because=data.because,
        ref=data.sender_ref,
    )
    return reinforcement.the_one(asked_id)


@post(
    ONE + "/end",
    opt={"act": "reinforcement.end_help"},
    summary="Say that something is needed no longer",
)
async def end(
    asked_id: str,
    data: JSONBody[EndBody],
    call: CallGiven,
    desk: DeskGiven,
    reinforcement: RoomGiven,
) -> Help:
    """Units that are on their way are called back by whoever sent them."""
    one = reinforcement.the_one(asked_id)
    await asking.end(desk, call, reinforcement.around, one.asker, asked_id, data.sender_ref)
    return reinforcement.the_one(asked_id)


HANDLERS = (asked_for, of_incident, call_assistance, demand_help, answer, end)
