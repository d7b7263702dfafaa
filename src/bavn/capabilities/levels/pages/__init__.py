# SPDX-License-Identifier: Apache-2.0
"""Levels: what holds where, what each opens, a form to set the own one; procedures beside them."""

from datetime import date
from functools import partial

from litestar import get, post
from litestar.exceptions import NotFoundException
from litestar.response import Template

from bavn.capabilities.levels.decisions import asking
from bavn.capabilities.levels.facts import HIGHEST, LOWEST, Moved
from bavn.capabilities.levels.model import Reason, order
from bavn.capabilities.levels.views.room import AGREE, PROPOSE, SET, Room, RoomGiven
from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.frame.forms import Answer, AnyRequest, Form, acted, in_words, kept, status_of
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private

READ = {"act": "levels.read_levels"}
LEVELS, PROCEDURES = "/levels", "/levels/procedures"
ALL = range(LOWEST, HIGHEST + 1)
# More is an archive: the interface gives all of it.
HISTORY_LIMIT = 40
# Rows for what may be moved; a fifth type is another procedure.
MOVED_ROWS, COUNT_LIMIT = 4, 100


@get(LEVELS, opt=READ, include_in_schema=False)
async def overview(call: CallGiven, levels: RoomGiven) -> Template:
    """What holds here and elsewhere, what each level opens, and what has been set."""
    return _overview(call, levels)


@get("/levels/head-part", opt=READ, include_in_schema=False)
async def head_part(call: CallGiven, levels: RoomGiven) -> Template:
    """The raised levels, for the head of a board and of the picture; empty where all is normal."""
    told = levels.told()
    above = levels.around.above(call.actor.organisation, call.now)
    raised = levels.raised(told, call.now)
    ours = [each for each in raised if each.owner in above]
    others = [each for each in raised if each.owner not in above]
    return _shown(call, levels, "levels/head_part.html", ours=ours, others=others)


@post(LEVELS, opt={"act": SET}, include_in_schema=False)
async def set_level(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, levels: RoomGiven
) -> Answer:
    """Set the own level."""

    async def act(form: Form) -> None:
        chosen, reason = form.value("level"), form.value("reason")
        if chosen not in {str(each) for each in ALL}:
            form.wrong["level"] = call.say("levels.wrong.level")
        if reason not in frozenset(Reason):
            form.wrong["reason"] = call.say("levels.wrong.reason")
        if form.wrong:
            return
        wish = asking.Set(level=int(chosen), reason=reason, text=form.private("text"))
        await asking.set_level(desk, call, levels.around, wish, form.ref)

    return await acted(request, partial(_overview, call, levels), LEVELS, act)


@get("/levels/words/{fact_id:str}", opt=READ, include_in_schema=False)
async def text(fact_id: str, call: CallGiven, desk: DeskGiven, levels: RoomGiven) -> Template:
    """Why a level was set, for the own organisation; each reading is logged."""
    found = levels.text_of(call, fact_id)
    if found is None:
        raise NotFoundException
    read = await desk.reveal(call.reader, *found)
    said = read.reveal() if isinstance(read, Private) else None
    return _shown(call, levels, "levels/text.html", said=said)


@get(PROCEDURES, opt=READ, include_in_schema=False)
async def procedures(call: CallGiven, levels: RoomGiven) -> Template:
    """What may be moved by agreement, who has agreed, and a form for a centre to propose."""
    return _procedures(call, levels)


@post(PROCEDURES, opt={"act": PROPOSE}, include_in_schema=False)
async def propose(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, levels: RoomGiven
) -> Answer:
    """Propose a procedure."""

    async def act(form: Form) -> None:
        around = levels.around
        begins, ends = (_day(form, call, name) for name in ("from", "to"))
        services = tuple(OrganisationId(each) for each in form.values("service"))
        known = {*around.services_of(call.actor.organisation, call.now)}
        if not services or not {*services} <= known:
            form.wrong["service"] = call.say("levels.wrong.services")
        moved = _moved(form, call, {code for code, _ in around.types(call)})
        if form.wrong or begins is None or ends is None:
            return
        wish = asking.Wish(services=services, moved=moved, valid_from=begins, valid_to=ends)
        await asking.propose(desk, call, around, wish, form.ref)

    return await acted(request, partial(_procedures, call, levels), PROCEDURES, act)


ONE = PROCEDURES + "/{of:str}/{procedure_id:str}"


@post(ONE + "/agree", opt={"act": AGREE}, include_in_schema=False)
async def agree(
    request: AnyRequest,
    of: str,
    procedure_id: str,
    call: CallGiven,
    desk: DeskGiven,
    levels: RoomGiven,
) -> Answer:
    """Agree to a procedure."""

    async def act(form: Form) -> None:
        owner = OrganisationId(of)
        await asking.agree(desk, call, levels.around, owner, procedure_id, form.ref)

    return await acted(request, partial(_procedures, call, levels), PROCEDURES, act)


@post(ONE + "/end", opt={"act": "levels.end_procedure"}, include_in_schema=False)
async def end(
    request: AnyRequest,
    of: str,
    procedure_id: str,
    call: CallGiven,
    desk: DeskGiven,
    levels: RoomGiven,
) -> Answer:
    """Be bound by a procedure no longer."""

    async def act(form: Form) -> None:
        owner = OrganisationId(of)
        await asking.end(desk, call, levels.around, owner, procedure_id, form.ref)

    return await acted(request, partial(_procedures, call, levels), PROCEDURES, act)


def _overview(
    call: Call, room: Room, form: Form | None = None, refusal: Refusal | None = None
) -> Template:
    around, own, told = room.around, call.actor.organisation, room.told()
    here = room.covering(told, own, call.now)
    history = sorted(
        (each for words in told.values() for each in words),
        key=order,
        reverse=True,
    )
    return _shown(
        call,
        room,
        "levels/levels.html",
        form,
        refusal,
        own=own,
        here=here,
        raised=room.raised(told, call.now),
        history=history[:HISTORY_LIMIT],
        history_more=max(0, len(history) - HISTORY_LIMIT),
        opens=[(level, around.opens(call, own, level, LOWEST)) for level in ALL],
        may_set=around.may(call, SET),
        levels=[(str(each), f"{each} · {call.say(f'levels.level.{each}')}") for each in ALL],
        reasons=[(each.value, call.say(f"levels.reason.{each.value}")) for each in Reason],
    )


def _procedures(
    call: Call, room: Room, form: Form | None = None, refusal: Refusal | None = None
) -> Template:
    around, own = room.around, call.actor.organisation
    types = around.types(call)
    today = call.now.astimezone(around.zone).date()
    return _shown(
        call,
        room,
        "levels/procedures.html",
        form,
        refusal,
        own=own,
        procedures=room.procedures(),
        services=around.services_of(own, call.now) if around.may(call, PROPOSE) else (),
        chosen=() if form is None else form.values("service"),
        may_agree=around.may(call, AGREE),
        may_end=around.may(call, "levels.end_procedure"),
        types=[("", ""), *types],
        type_names=dict(types),
        rows=MOVED_ROWS,
        count_limit=COUNT_LIMIT,
        today=today.isoformat(),
        next_year=today.replace(year=today.year + 1, day=min(today.day, 28)).isoformat(),
    )


def _shown(
    call: Call,
    room: Room,
    template: str,
    form: Form | None = None,
    refusal: Refusal | None = None,
    **values: object,
) -> Template:
    around = room.around
    answer = page(
        call,
        template,
        status=status_of(form, refusal),
        around=around,
        law=around.law(call),
        knows_levels=around.knows_levels(call),
        name_of=lambda organisation: around.name_of(call, organisation),
        function_name=lambda code: around.function_name(call, code),
        act_name=lambda act: around.act_name(call, act),
        basis_of=lambda basis: around.basis(call, basis),
        zone=around.zone,
        now=call.now,
        typed={} if form is None else form.typed,
        problems={} if form is None else form.wrong,
        refused=None if refusal is None else in_words(call, refusal.refused),
        **values,
    )
    return kept(answer)


def _moved(form: Form, call: Call, known: set[str]) -> tuple[Moved, ...]:
    found = []
    for number in range(MOVED_ROWS):
        code, count = form.value(f"type-{number}"), form.value(f"count-{number}") or "1"
        if not code:
            continue
        if code not in known or not count.isdecimal() or not 1 <= int(count) <= COUNT_LIMIT:
            form.wrong[f"count-{number}"] = call.say("levels.wrong.moved", most=COUNT_LIMIT)
            continue
        found.append(Moved(code, int(count)))
    if not found and not form.wrong:
        form.wrong["type-0"] = call.say("levels.wrong.nothing")
    return tuple(found)


def _day(form: Form, call: Call, name: str) -> date | None:
    try:
        return date.fromisoformat(form.value(name))
    except ValueError:
        form.wrong[name] = call.say("levels.wrong.day")
        return None


PAGES = (overview, head_part, set_level, text, procedures, propose, agree, end)
