# SPDX-License-Identifier: Apache-2.0
"""The pages of alerting, and its parts of the incident's page."""

from typing import Any

from litestar import get, post
from litestar.response import Redirect, Template

from bavn.capabilities.alerting.decisions import asking
from bavn.capabilities.alerting.decisions.calling import no_such_alert
from bavn.capabilities.alerting.model.requests import Inform, RemoveAddress
from bavn.capabilities.alerting.ports import Goal
from bavn.capabilities.alerting.views.room import Room, RoomGiven
from bavn.capabilities.alerting.views.shown import (
    addresses_of,
    callout_row,
    callouts_of,
    to_inform,
)
from bavn.frame.call import Call
from bavn.frame.country import Basis
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.frame.forms import SEE_OTHER, Answer, AnyRequest, Form, in_words, kept, status_of
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page
from bavn.kernel.identity import OrganisationId

READ = {"act": "alerting.read_alerts"}
INCIDENT = "/incidents/{incident_id:str}"
RANKS = ("1", "2", "3")


@get(INCIDENT + "/alerts-part", opt=READ, include_in_schema=False)
async def alerts_part(
    incident_id: str, call: CallGiven, desk: DeskGiven, alerting: RoomGiven
) -> Template:
    """Who was called out, on the incident's page."""
    goal = alerting.around.goal(call, incident_id)
    return page(
        call,
        "alerting/alerts_part.html",
        goal=goal,
        callouts=callouts_of(call, desk.query, alerting.around, goal.incident),
        is_used=bool(addresses_of(call, desk.query)),
        **_words(call, alerting),
    )


@post(INCIDENT + "/alerts/answered", opt={"act": "alerting.give_receipt"}, include_in_schema=False)
async def answered(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, alerting: RoomGiven
) -> Answer:
    """A crew has answered by radio or telephone."""
    form, goal = await Form.of(request), alerting.around.goal(call, incident_id)
    callout = form.value("callout")
    row = callout_row(call, desk.query, callout)
    if row is None:
        raise Refusal(no_such_alert(callout))
    await asking.answer(desk, call, OrganisationId(str(row["owner"])), callout)
    return Redirect(f"/incidents/{goal.incident}", status_code=SEE_OTHER)


@get(INCIDENT + "/inform-part", opt=READ, include_in_schema=False)
async def inform_part(
    incident_id: str, call: CallGiven, desk: DeskGiven, alerting: RoomGiven
) -> Template:
    """Who has to know, on the incident's page."""
    goal = alerting.around.goal(call, incident_id)
    return _informing(goal, call, desk, alerting)


@post(INCIDENT + "/informed", opt={"act": "alerting.inform"}, include_in_schema=False)
async def inform(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, alerting: RoomGiven
) -> Answer:
    """Somebody has been told; the second who says so sees that it was done."""
    form, goal = await Form.of(request), alerting.around.goal(call, incident_id)
    told = Inform(
        incident=goal.incident,
        who=form.value("who"),
        how=form.value("how") or "phone",
        account=call.account,
        note=form.private("note"),
    )
    try:
        await asking.inform(desk, call, goal.service, told, form.ref)
    except Refusal as refusal:
        return _informing(goal, call, desk, alerting, form, refusal)
    return Redirect(f"/incidents/{goal.incident}", status_code=SEE_OTHER)


@get("/alerting", opt={"act": "alerting.read_addresses"}, include_in_schema=False)
async def book(call: CallGiven, desk: DeskGiven, alerting: RoomGiven) -> Template:
    """Channels, the address book and the rule."""
    return _book(call, desk, alerting)


@post("/alerting", opt={"act": "alerting.set_address"}, include_in_schema=False)
async def set_address(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, alerting: RoomGiven
) -> Answer:
    """Keep an address."""
    form = await Form.of(request)
    rank = form.value("rank") or "1"
    for name in ("target", "channel", "address"):
        if not form.value(name):
            form.wrong[name] = call.say("alerting.wrong.empty")
    if rank not in RANKS:
        form.wrong["rank"] = call.say("alerting.wrong.rank")
    if form.wrong:
        return _book(call, desk, alerting, form)
    try:
        await asking.keep_address(
            desk,
            call,
            call.actor.organisation,
            target=form.value("target"),
            channel=form.value("channel"),
            rank=int(rank),
            address=form.private("address"),
            ref=form.ref,
        )
    except Refusal as refusal:
        return _book(call, desk, alerting, form, refusal)
    return Redirect("/alerting", status_code=SEE_OTHER)


@post("/alerting/remove", opt={"act": "alerting.remove_address"}, include_in_schema=False)
async def remove_address(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, alerting: RoomGiven
) -> Answer:
    """Alert nobody there any more."""
    form = await Form.of(request)
    content = RemoveAddress(id=form.value("id"))
    try:
        await carried_out(desk, call, call.actor.organisation, content, form.ref)
    except Refusal as refusal:
        return _book(call, desk, alerting, form, refusal)
    return Redirect("/alerting", status_code=SEE_OTHER)


def _informing(
    goal: Goal,
    call: Call,
    desk: Desk,
    room: Room,
    form: Form | None = None,
    refusal: Refusal | None = None,
) -> Template:
    return page(
        call,
        "alerting/inform_part.html" if form is None else "alerting/inform.html",
        status=status_of(form, refusal),
        goal=goal,
        items=to_inform(call, desk.query, room.around, goal),
        is_own=goal.service in call.organisations,
        refused=None if refusal is None else in_words(call, refusal.refused),
        **_words(call, room),
    )


def _book(
    call: Call,
    desk: Desk,
    room: Room,
    form: Form | None = None,
    refusal: Refusal | None = None,
) -> Template:
    answer = page(
        call,
        "alerting/book.html",
        status=status_of(form, refusal),
        addresses=addresses_of(call, desk.query),
        channels=room.around.channels,
        fault=room.around.fault,
        rule=room.rule(call),
        to_words=lambda to: _to(call, room, to),
        ranks=[(each, each) for each in RANKS],
        typed={} if form is None else form.typed,
        problems={} if form is None else form.wrong,
        refused=None if refusal is None else in_words(call, refusal.refused),
        **_words(call, room),
    )
    return kept(answer)


def _to(call: Call, room: Room, to: str) -> str:
    """Whom a step of a rule means, in words: `unit/1` is the unit's first."""
    target, _, rank = to.rpartition("/")
    sort, _, code = target.partition(":")
    who = room.around.function_name(call, code) if code else call.say(f"alerting.target.{sort}")
    name = "alerting.to_all" if rank == "*" else "alerting.to_rank"
    return call.say(name, who=who, rank=rank)


def _words(call: Call, room: Room) -> dict[str, Any]:
    around = room.around
    return {
        "zone": around.zone,
        "callsign": around.callsign,
        "function_name": lambda code: around.function_name(call, code),
        "is_calibrated": lambda basis: basis.startswith(Basis.CALIBRATION),
        "name": lambda each: each.danish if call.language == "da" else each.english,
    }


PAGES = (alerts_part, answered, inform_part, inform, book, set_address, remove_address)
