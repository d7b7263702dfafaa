# SPDX-License-Identifier: Apache-2.0
"""How long a service's crews need until they roll: by its own measuring, else by the country's."""

from litestar import get, post
from litestar.params import JSONBody

from bavn.capabilities.dispatch.api.bodies import DoneAnswer, TurnOut, TurnOutBody, TurnOutList
from bavn.capabilities.dispatch.decisions import TellTurnOut
from bavn.capabilities.dispatch.views.room import RoomGiven
from bavn.frame.desk import carried_out
from bavn.frame.given import CallGiven, DeskGiven
from bavn.kernel.identity import OrganisationId

PATH = "/api/v1/services/{service:str}/turn-outs"


@get(PATH, opt={"act": "dispatch.read_turn_outs"}, summary="How long crews need until they roll")
async def turn_outs(service: str, dispatch: RoomGiven) -> TurnOutList:
    """Each kind of crew, and whose figures they are."""
    told = dispatch.around.turn_outs(OrganisationId(service))
    return TurnOutList(
        items=tuple(
            TurnOut(
                crew=each.crew,
                median_s=each.median_s,
                spread=each.spread,
                limit_s=each.limit_s,
                basis=each.basis,
                own=each.own,
            )
            for each in told
        )
    )


@post(
    PATH,
    opt={"act": "dispatch.tell_turn_out"},
    summary="Say how long a service's own crews of one kind need",
)
async def tell_turn_out(
    service: str,
    data: JSONBody[TurnOutBody],
    call: CallGiven,
    desk: DeskGiven,
    dispatch: RoomGiven,
) -> DoneAnswer:
    """It counts from the next proposal on, at every node that hears of it."""
    owner = OrganisationId(service)
    content = TellTurnOut(
        crew=data.crew,
        median_s=data.median_s,
        spread=data.spread,
        limit_s=data.limit_s,
        source=data.source,
        known=tuple(each.crew for each in dispatch.around.turn_outs(owner)),
    )
    done = await carried_out(desk, call, owner, content, data.sender_ref)
    return DoneAnswer(id=service, facts=tuple(done.facts), repeated=done.repeated)


HANDLERS = (turn_outs, tell_turn_out)
