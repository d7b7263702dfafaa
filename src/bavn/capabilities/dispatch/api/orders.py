# SPDX-License-Identifier: Apache-2.0
"""What is proposed for an incident, what was ordered, and ordering."""

from typing import Annotated

from litestar import get, post
from litestar.params import JSONBody, QueryParameter

from bavn.capabilities.dispatch.api.bodies import (
    DispatchBody,
    DoneAnswer,
    OrderedAnswer,
    OrderList,
    ReasonBody,
    StandDownBody,
)
from bavn.capabilities.dispatch.decisions import asking
from bavn.capabilities.dispatch.facts import KINDS, UnitsOrdered
from bavn.capabilities.dispatch.model.proposal import Proposal
from bavn.capabilities.dispatch.ports import Goal
from bavn.capabilities.dispatch.views.orders import orders_of
from bavn.capabilities.dispatch.views.room import RoomGiven
from bavn.capabilities.dispatch.views.together import INCIDENTS_LIMIT, Together
from bavn.frame.desk import Desk
from bavn.frame.given import CallGiven, DeskGiven
from bavn.journal.decision import Done
from bavn.journal.kinds import Kinds
from bavn.journal.reader import NOBODY
from bavn.kernel.private import Private

INCIDENT = "/api/v1/incidents/{incident_id:str}"
_KINDS = Kinds(KINDS)


@get(
    INCIDENT + "/recommendation",
    opt={"act": "dispatch.read_proposal"},
    summary="Which units are proposed, why, and what they leave behind",
)
async def recommendation(
    incident_id: str, call: CallGiven, desk: DeskGiven, dispatch: RoomGiven
) -> Proposal:
    """As everybody stands at this moment."""
    return dispatch.propose(call, desk.query, dispatch.around.goal(call, incident_id))


@get(
    "/api/v1/recommendations",
    opt={"act": "dispatch.read_proposal"},
    summary="Which units are proposed for several incidents; nobody is in two of the proposals",
)
async def recommendations(
    incident: Annotated[list[str], QueryParameter(min_items=1, max_items=INCIDENTS_LIMIT)],
    call: CallGiven,
    desk: DeskGiven,
    dispatch: RoomGiven,
) -> Together:
    """As everybody stands at this moment, what is most urgent first in who gets whom."""
    goals = [dispatch.around.goal(call, each) for each in dict.fromkeys(incident)]
    return dispatch.propose_together(call, desk.query, goals)


@get(
    INCIDENT + "/dispatch",
    opt={"act": "dispatch.read_orders"},
    summary="What was ordered to an incident",
)
async def orders(
    incident_id: str, call: CallGiven, desk: DeskGiven, dispatch: RoomGiven
) -> OrderList:
    """The latest first, those that were called back included."""
    goal = dispatch.around.goal(call, incident_id)
    return OrderList(items=orders_of(call, desk.query, goal.incident))


@post(
    INCIDENT + "/dispatch",
    opt={"act": "dispatch.order_units"},
    summary="Send units, those that are proposed or others",
)
async def order(
    incident_id: str,
    data: JSONBody[DispatchBody],
    call: CallGiven,
    desk: DeskGiven,
    dispatch: RoomGiven,
) -> OrderedAnswer:
    """Taken whatever is odd about it; the answer says what is."""
    goal = dispatch.around.goal(call, incident_id)
    unkept: tuple[str, ...] = ()
    try:
        done = await asking.order(
            desk,
            call,
            goal,
            units=data.units,
            proposed=data.proposed,
            unregistered=dispatch.unregistered(call, data.units),
            reason=Private(data.reason or ""),
            ref=data.sender_ref,
        )
    except asking.Unexplained as unexplained:
        done, unkept = unexplained.done, ("reason_not_kept",)
    told = [_told(desk, fact) for fact in done.facts]
    return OrderedAnswer(
        id=incident_id,
        facts=tuple(done.facts),
        units=tuple(unit for each in told for unit in each.units),
        flags=(*dict.fromkeys(flag for each in told for flag in each.flags), *unkept),
        repeated=done.repeated,
    )


@post(
    INCIDENT + "/dispatch/stand-down",
    opt={"act": "dispatch.stand_down"},
    summary="Call units back that were ordered",
)
async def stand_down(
    incident_id: str,
    data: JSONBody[StandDownBody],
    call: CallGiven,
    desk: DeskGiven,
    dispatch: RoomGiven,
) -> DoneAnswer:
    """They are free again when they say so themselves."""
    goal = dispatch.around.goal(call, incident_id)
    return _done(goal, await asking.stand_down(desk, call, goal, data.units, data.sender_ref))


@post(
    INCIDENT + "/dispatch/reason",
    opt={"act": "dispatch.explain_order"},
    summary="Say afterwards why something else was ordered than was proposed",
)
async def explain(
    incident_id: str,
    data: JSONBody[ReasonBody],
    call: CallGiven,
    desk: DeskGiven,
    dispatch: RoomGiven,
) -> DoneAnswer:
    """Its text is sealed."""
    goal = dispatch.around.goal(call, incident_id)
    reason = Private(data.reason)
    return _done(goal, await asking.explain(desk, call, goal, reason, data.sender_ref))


def _told(desk: Desk, fact: str) -> UnitsOrdered:
    told = desk.query.told(NOBODY, fact)
    assert told is not None, "what is done is on record, and told to the nation"
    body = _KINDS.read(told)
    assert isinstance(body, UnitsOrdered), "that is what the decision makes"
    return body


def _done(goal: Goal, done: Done) -> DoneAnswer:
    return DoneAnswer(id=goal.incident, facts=tuple(done.facts), repeated=done.repeated)


HANDLERS = (recommendation, recommendations, orders, order, stand_down, explain)
