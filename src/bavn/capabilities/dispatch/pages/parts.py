# SPDX-License-Identifier: Apache-2.0
"""Parts of other pages: who is sent and what is still needed; which incidents wait for units."""

from litestar import get
from litestar.response import Template

from bavn.capabilities.dispatch.model.proposal import Proposal
from bavn.capabilities.dispatch.pages.sending import lasting
from bavn.capabilities.dispatch.views.orders import orders_of
from bavn.capabilities.dispatch.views.room import RoomGiven
from bavn.capabilities.dispatch.views.words import need_named
from bavn.frame.desk import Refusal
from bavn.frame.forms import in_words, kept
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page
from bavn.kernel.refusal import Refused

READ = {"act": "dispatch.read_proposal"}


@get("/incidents/{incident_id:str}/send-part", opt=READ, include_in_schema=False)
async def send_part(
    incident_id: str, call: CallGiven, desk: DeskGiven, dispatch: RoomGiven
) -> Template:
    """Who is sent, as what, and what is still needed."""
    goal = dispatch.around.goal(call, incident_id)
    proposal: Proposal | None = None
    lacks: Refused | None = None
    try:
        proposal = dispatch.propose(call, desk.query, goal)
    except Refusal as nothing:
        lacks = nothing.refused
    answer = page(
        call,
        "dispatch/send_part.html",
        goal=goal,
        proposal=proposal,
        lacks=None if lacks is None else in_words(call, lacks),
        orders=orders_of(call, desk.query, goal.incident),
        fleet=dispatch.fleet(call),
        named=lambda need: need_named(call, dispatch.around, need),
        lasting=lambda seconds: lasting(call, seconds),
        zone=dispatch.around.zone,
    )
    return kept(answer)


@get("/dispatch/waiting-part", opt=READ, include_in_schema=False)
async def waiting_part(call: CallGiven, desk: DeskGiven, dispatch: RoomGiven) -> Template:
    """The caller's open incidents that want somebody, and who is proposed for all together."""
    goals, more_count = dispatch.around.open_ones(call)
    found = dispatch.propose_together(call, desk.query, goals)
    answer = page(
        call,
        "dispatch/waiting_part.html",
        items=[each for each in found.items if not each.enough],
        found=found,
        more_count=more_count,
        label=lambda incident: dispatch.around.label(call, incident),
        named=lambda need: need_named(call, dispatch.around, need),
        lasting=lambda seconds: lasting(call, seconds),
    )
    return kept(answer)


HANDLERS = (send_part, waiting_part)
