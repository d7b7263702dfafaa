# SPDX-License-Identifier: Apache-2.0
"""The rules by which alarms send themselves, and other systems' codes: to see and to change."""

from datetime import date

from litestar import get, post
from litestar.response import Redirect, Template

from bavn.capabilities.receiving.decisions import asking
from bavn.capabilities.receiving.model.alarm import code_in
from bavn.capabilities.receiving.model.rule import Units
from bavn.capabilities.receiving.views.looking import Room, RoomGiven, codes_of, rules_of
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal
from bavn.frame.forms import SEE_OTHER, Answer, AnyRequest, Form, in_words, status_of
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page
from bavn.journal.vault import Gone
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

PATH = "/alarms/rules"


@get(PATH, opt={"act": "receiving.read_rules"}, include_in_schema=False)
async def rules_page(
    call: CallGiven, desk: DeskGiven, receiving: RoomGiven, *, service: str = ""
) -> Template:
    """The rules and codes of one's own service."""
    return await _shown(call, desk, receiving, _own(call, service))


@post(PATH, opt={"act": "receiving.set_rule"}, include_in_schema=False)
async def set_rule(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, receiving: RoomGiven
) -> Answer:
    """Set a rule, for a reason."""
    form = await Form.of(request)
    owner, around = _own(call, form.value("service")), receiving.around
    type_ = _type(form, call, receiving)
    today = around.today(call.now)
    begins = _day(form, call, "valid_from") or today
    wanted = asking.Wanted(
        type=type_,
        sends=form.value("sends") == "yes",
        units=Units.ANY if form.value("units") == Units.ANY else Units.OWN,
        valid_from=begins,
        valid_to=_day(form, call, "valid_to"),
        reason=form.private("reason"),
    )
    if not form.value("reason"):
        form.wrong["reason"] = call.say("receiving.wrong.reason")
    if form.wrong:
        return await _shown(call, desk, receiving, owner, form)
    try:
        await asking.set_rule(desk, call, around, owner, wanted, form.ref)
    except Refusal as refusal:
        return await _shown(call, desk, receiving, owner, form, refusal)
    return Redirect(f"{PATH}?service={owner}", status_code=SEE_OTHER)


@post(PATH + "/codes", opt={"act": "receiving.map_code"}, include_in_schema=False)
async def map_code(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, receiving: RoomGiven
) -> Answer:
    """Say what a code stands for; nothing any more without a type."""
    form = await Form.of(request)
    owner, told = _own(call, form.value("service")), form.value("foreign")
    type_ = _type(form, call, receiving, "stands_for") if form.value("stands_for") else None
    if code_in(told) is None:
        form.wrong["foreign"] = call.say("receiving.wrong.foreign")
    if form.wrong:
        return await _shown(call, desk, receiving, owner, form)
    try:
        await asking.map_code(desk, call, receiving.around, owner, (told, type_), form.ref)
    except Refusal as refusal:
        return await _shown(call, desk, receiving, owner, form, refusal)
    return Redirect(f"{PATH}?service={owner}", status_code=SEE_OTHER)


def _type(form: Form, call: Call, room: Room, name: str = "type") -> str:
    """The type that was chosen: its code stands first in the list that is searched."""
    code = form.value(name).partition(" ")[0].upper()
    if not room.around.is_type(code):
        form.wrong[name] = call.say("receiving.wrong.type")
    return code


def _day(form: Form, call: Call, name: str) -> date | None:
    typed = form.value(name)
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        form.wrong[name] = call.say("receiving.wrong.day")
        return None


def _own(call: Call, service: str) -> OrganisationId:
    """The service, when it is the caller's; its rules are nobody else's to see."""
    owner = OrganisationId(service or call.actor.organisation)
    if owner not in call.reader.organisations:
        raise Refusal(
            Refused(
                code="not_for_this_reader",
                says=f"The rules of {owner} are its own.",
                try_instead=f"Ask somebody at {owner}.",
                values={"owner": owner},
            )
        )
    return owner


async def _shown(
    call: Call,
    desk: Desk,
    room: Room,
    owner: OrganisationId,
    form: Form | None = None,
    refusal: Refusal | None = None,
) -> Template:
    around, today = room.around, room.around.today(call.now)
    lines = []
    for each in rules_of(desk.query, call.reader, owner):
        found: Private | Gone | Refused | None = None
        if each.reason is not None:
            found = await desk.reveal(call.reader, owner, each.reason)
        reason = found.reveal() if isinstance(found, Private) else None
        lines.append((each, reason, each.rule.sends and each.rule.holds(today)))
    return page(
        call,
        "receiving/rules.html",
        status=status_of(form, refusal),
        owner=owner,
        owner_name=around.organisation(call, owner),
        services=[
            (each, around.organisation(call, each)) for each in sorted(call.reader.organisations)
        ],
        rules=lines,
        codes=codes_of(desk.query, call.reader, owner),
        types=around.types(call),
        names={each.code: each.name for each in around.types(call)},
        around=around,
        zone=around.zone,
        today=today,
        typed={} if form is None else form.typed,
        problems={} if form is None else form.wrong,
        refused=None if refusal is None else in_words(call, refusal.refused),
        may_change=call.is_person and bool(call.account),
    )


HANDLERS = (rules_page, set_rule, map_code)
