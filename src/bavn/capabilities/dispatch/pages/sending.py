# SPDX-License-Identifier: Apache-2.0
"""Sending units: the proposal is chosen when the page opens, and one key sends it."""

import re
from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.params import Parameter
from litestar.response import Redirect, Template

from bavn.capabilities.dispatch.decisions import asking
from bavn.capabilities.dispatch.model.proposal import Proposal
from bavn.capabilities.dispatch.ports import Goal, Need
from bavn.capabilities.dispatch.views.orders import orders_of
from bavn.capabilities.dispatch.views.room import Room, RoomGiven
from bavn.capabilities.dispatch.views.words import need_named
from bavn.frame.call import Call
from bavn.frame.country import Basis
from bavn.frame.desk import Desk, Refusal
from bavn.frame.forms import SEE_OTHER, Answer, AnyRequest, Form, in_words, kept, status_of
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page
from bavn.kernel.refusal import Refused

TEN, HALF, HOURS_FROM = 10, 30, 90
PATH = "/incidents/{incident_id:str}/send"
# What the scene asks for, in the address: so many of a type. More than a few is a list of its own.
ASKED, ASKED_MOST = re.compile(r"([A-Z0-9]{2,8}):([1-9][0-9]?)"), 8


@get(PATH, opt={"act": "dispatch.read_proposal"}, include_in_schema=False)
async def send_page(
    request: Request[Any, Any, Any],
    incident_id: str,
    call: CallGiven,
    desk: DeskGiven,
    dispatch: RoomGiven,
    sent: Annotated[bool, Parameter(description="somebody has just been sent")] = False,  # noqa: FBT002 - a query
) -> Template:
    """What is proposed, what is ordered, and the form."""
    goal = _goal(request.query_params.getall("ask", []), call, dispatch, incident_id)
    return _shown(goal, call, desk, dispatch, is_sent=sent)


@post(PATH, opt={"act": "dispatch.order_units"}, include_in_schema=False)
async def send(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, dispatch: RoomGiven
) -> Answer:
    """Send what was chosen, and what was typed beside it."""
    form = await Form.of(request)
    goal = _goal(request.query_params.getall("ask", []), call, dispatch, incident_id)
    named, unknown = dispatch.named(call, form.value("more"))
    units = tuple(dict.fromkeys((*form.values("unit"), *named)))
    if unknown:
        form.wrong["more"] = call.say("dispatch.wrong.more", names=", ".join(unknown))
    elif not units:
        form.wrong["unit"] = call.say("dispatch.wrong.unit")
    if form.wrong:
        return _shown(goal, call, desk, dispatch, form)
    try:
        await asking.order(
            desk,
            call,
            goal,
            units=units,
            proposed=form.values("proposed"),
            unregistered=dispatch.unregistered(call, units),
            reason=form.private("reason"),
            ref=form.ref,
        )
    except asking.Unexplained as unexplained:
        # Told as done, which it is: who saw a no here would think that nobody goes.
        answer = _shown(goal, call, desk, dispatch, form, unexplained, is_sent=True)
        answer.status_code = 200
        return answer
    except Refusal as refusal:
        return _shown(goal, call, desk, dispatch, form, refusal)
    return Redirect(f"/incidents/{incident_id}/send?sent=1", status_code=SEE_OTHER)


@post(PATH + "/stand-down", opt={"act": "dispatch.stand_down"}, include_in_schema=False)
async def call_back(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, dispatch: RoomGiven
) -> Answer:
    """Call one unit back."""
    form, goal = await Form.of(request), dispatch.around.goal(call, incident_id)
    try:
        await asking.stand_down(desk, call, goal, form.values("unit"), form.ref)
    except Refusal as refusal:
        return _shown(goal, call, desk, dispatch, form, refusal)
    return Redirect(f"/incidents/{incident_id}/send", status_code=SEE_OTHER)


def _goal(asked: Iterable[str], call: Call, room: Room, incident: str) -> Goal:
    """The incident, with what the scene has asked for beside; what says nothing is left out."""
    found = [read for each in asked if (read := ASKED.fullmatch(each)) is not None]
    more = tuple(Need(read[1], int(read[2])) for read in found[:ASKED_MOST])
    return msgspec.structs.replace(room.around.goal(call, incident), more=more)


def _shown(  # noqa: PLR0913 - all that the page may show
    goal: Goal,
    call: Call,
    desk: Desk,
    room: Room,
    form: Form | None = None,
    refusal: Refusal | None = None,
    *,
    is_sent: bool = False,
) -> Template:
    proposal: Proposal | None = None
    lacks: Refused | None = None
    try:
        proposal = room.propose(call, desk.query, goal)
    except Refusal as nothing:
        # Units can be sent by name whatever is not known.
        lacks = nothing.refused
    fleet, chosen = room.fleet(call), form.values("unit") if form is not None else None
    answer = page(
        call,
        "dispatch/send.html",
        status=status_of(form, refusal),
        goal=goal,
        proposal=proposal,
        # A key that is pressed twice does not send what is still needed after the first time.
        is_sent=is_sent,
        states={} if proposal is None else {each.id: each.state for each in proposal.underway},
        named=lambda need: need_named(call, room.around, need),
        lacks=None if lacks is None else in_words(call, lacks),
        orders=[
            (each, fleet.by_id.get(each.unit))
            for each in orders_of(call, desk.query, goal.incident)
        ],
        # Until somebody has chosen, what is proposed is.
        chosen=[each.id for each in proposal.units]
        if chosen is None and proposal
        else chosen or (),
        callsigns=room.callsigns(call),
        around=room.around,
        zone=room.around.zone,
        lasting=lambda seconds: lasting(call, seconds),
        basis=lambda says: basis(call, says),
        typed={} if form is None else form.typed,
        problems={} if form is None else form.wrong,
        refused=None if refusal is None else in_words(call, refusal.refused),
    )
    return kept(answer)


def lasting(call: Call, seconds: float) -> str:
    """A stretch of time as people on watch say it: hours, minutes, and below ten also seconds."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= HOURS_FROM:
        hours, minutes = divmod(minutes + (rest >= HALF), 60)
        return call.say("dispatch.hours", hours=hours, minutes=minutes)
    if minutes >= TEN:
        return call.say("dispatch.whole_minutes", minutes=minutes + (rest >= HALF))
    return call.say("dispatch.minutes", minutes=minutes, seconds=f"{rest:02}")


def basis(call: Call, says: str) -> str:
    """What a figure stands on: a figure of our own is marked in the reader's words."""
    return call.say("dispatch.calibration") if says.startswith(Basis.CALIBRATION) else says


HANDLERS = (send_page, send, call_back)
