# SPDX-License-Identifier: Apache-2.0
"""Help on the incident's page, a page to ask on, and one for what is asked of us."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from litestar import get, post
from litestar.response import Redirect, Template

from bavn.capabilities.reinforcement.decisions import Because, asking
from bavn.capabilities.reinforcement.facts import Needed
from bavn.capabilities.reinforcement.ports import Around, Goal
from bavn.capabilities.reinforcement.views.room import Help, Room, RoomGiven
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal
from bavn.frame.forms import SEE_OTHER, Answer, AnyRequest, Form, in_words, kept, status_of
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page
from bavn.journal.decision import Done
from bavn.kernel.identity import OrganisationId

INCIDENT = "/incidents/{incident_id:str}"
READ = {"act": "reinforcement.read_help"}
# Rows for what is needed; more is asked for in a second call.
ROWS, COUNT_LIMIT = 4, 100
Asking: TypeAlias = Callable[[Desk, Call, Around, Goal, asking.Wish, str | None], Awaitable[Done]]


@get(INCIDENT + "/assistance-part", opt=READ, include_in_schema=False)
async def part(incident_id: str, call: CallGiven, reinforcement: RoomGiven) -> Template:
    """The part of the incident's page."""
    goal = reinforcement.around.goal(call, incident_id)
    items = reinforcement.of_incident(goal.incident)
    return _shown(call, reinforcement, "reinforcement/part.html", items=items, goal=goal)


@get(INCIDENT + "/assistance", opt=READ, include_in_schema=False)
async def ask_page(incident_id: str, call: CallGiven, reinforcement: RoomGiven) -> Template:
    """Whom to ask for what."""
    return _asking(incident_id, call, reinforcement)


@post(
    INCIDENT + "/assistance",
    opt={"act": "reinforcement.call_assistance"},
    include_in_schema=False,
)
async def call_assistance(
    request: AnyRequest,
    incident_id: str,
    call: CallGiven,
    desk: DeskGiven,
    reinforcement: RoomGiven,
) -> Answer:
    """Call for assistance."""
    return await _asked(request, incident_id, call, desk, reinforcement, asking.call_assistance)


@post(INCIDENT + "/demand", opt={"act": "reinforcement.demand_help"}, include_in_schema=False)
async def demand_help(
    request: AnyRequest,
    incident_id: str,
    call: CallGiven,
    desk: DeskGiven,
    reinforcement: RoomGiven,
) -> Answer:
    """Demand help."""
    return await _asked(request, incident_id, call, desk, reinforcement, asking.demand_help)


@get("/reinforcement", opt=READ, include_in_schema=False)
async def overview(call: CallGiven, reinforcement: RoomGiven) -> Template:
    """What is asked of us first, then everything that is needed."""
    return _overview(call, reinforcement)


@post(
    "/reinforcement/{asked_id:str}/answer",
    opt={"act": "reinforcement.answer_help"},
    include_in_schema=False,
)
async def answer(
    request: AnyRequest,
    asked_id: str,
    call: CallGiven,
    desk: DeskGiven,
    reinforcement: RoomGiven,
) -> Answer:
    """Coming, or cannot, because."""
    form, around = await Form.of(request), reinforcement.around
    units, unknown = around.units(call, form.value("units"))
    coming = form.value("answer") == "coming"
    if form.value("answer") not in {"coming", "cannot"}:
        form.wrong["answer"] = call.say("reinforcement.wrong.answer")
    if unknown:
        form.wrong["units"] = call.say("reinforcement.wrong.units", names=", ".join(unknown))
    if form.wrong:
        return _overview(call, reinforcement, form)
    try:
        await asking.answer(
            desk,
            call,
            around,
            OrganisationId(form.value("of")),
            asked_id,
            coming=coming,
            units=units,
            because=form.value("because") or None,
            ref=form.ref,
        )
    except Refusal as refusal:
        return _overview(call, reinforcement, form, refusal)
    return Redirect("/reinforcement", status_code=SEE_OTHER)


@post(
    "/reinforcement/{asked_id:str}/end",
    opt={"act": "reinforcement.end_help"},
    include_in_schema=False,
)
async def end(
    request: AnyRequest,
    asked_id: str,
    call: CallGiven,
    desk: DeskGiven,
    reinforcement: RoomGiven,
) -> Answer:
    """It is needed no longer."""
    form, one = await Form.of(request), reinforcement.the_one(asked_id)
    try:
        await asking.end(desk, call, reinforcement.around, one.asker, asked_id, form.ref)
    except Refusal as refusal:
        return _overview(call, reinforcement, form, refusal)
    return Redirect(f"/incidents/{one.incident}", status_code=SEE_OTHER)


async def _asked(
    request: AnyRequest, incident_id: str, call: Call, desk: Desk, room: Room, act: Asking
) -> Answer:
    form, around = await Form.of(request), room.around
    goal = around.goal(call, incident_id)
    of = tuple(OrganisationId(each) for each in form.values("of"))
    if not of or not {*of} <= {*around.to_ask(call)}:
        form.wrong["of"] = call.say("reinforcement.wrong.of")
    needs = _needs(form, call, around.types(call))
    if form.wrong:
        return _asking(incident_id, call, room, form)
    try:
        await act(desk, call, around, goal, asking.Wish(of=of, needs=needs), form.ref)
    except Refusal as refusal:
        return _asking(incident_id, call, room, form, refusal)
    return Redirect(f"/incidents/{incident_id}", status_code=SEE_OTHER)


def _needs(form: Form, call: Call, types: Sequence[tuple[str, str]]) -> tuple[Needed, ...]:
    known = {code for code, _ in types}
    found = []
    for number in range(ROWS):
        code, count = form.value(f"type-{number}"), form.value(f"count-{number}") or "1"
        if not code:
            continue
        if code not in known or not count.isdecimal() or not 1 <= int(count) <= COUNT_LIMIT:
            form.wrong[f"count-{number}"] = call.say("reinforcement.wrong.needs", most=COUNT_LIMIT)
            continue
        found.append(Needed(code, int(count)))
    return tuple(found)


def _asking(
    incident_id: str,
    call: Call,
    room: Room,
    form: Form | None = None,
    refusal: Refusal | None = None,
) -> Template:
    goal = room.around.goal(call, incident_id)
    own = {goal.service} if goal.service in call.organisations else {call.actor.organisation}
    return _shown(
        call,
        room,
        "reinforcement/ask.html",
        form,
        refusal,
        goal=goal,
        items=room.of_incident(goal.incident),
        to_ask=[
            (each, room.around.name_of(call, each))
            for each in room.around.to_ask(call)
            if each not in own
        ],
        chosen=() if form is None else form.values("of"),
        types=[("", ""), *room.around.types(call)],
        rows=ROWS,
    )


def _overview(
    call: Call, room: Room, form: Form | None = None, refusal: Refusal | None = None
) -> Template:
    items = room.open()
    ours = [(each, of) for each in items for of in each.waits if of in call.organisations]
    return _shown(
        call,
        room,
        "reinforcement/overview.html",
        form,
        refusal,
        items=items,
        ours=ours,
        reasons=[(each.value, call.say(f"reinforcement.because.{each.value}")) for each in Because],
    )


def _shown(
    call: Call,
    room: Room,
    template: str,
    form: Form | None = None,
    refusal: Refusal | None = None,
    *,
    items: list[Help],
    **values: object,
) -> Template:
    around, types = room.around, dict(room.around.types(call))
    answer = page(
        call,
        template,
        status=status_of(form, refusal),
        items=items,
        around=around,
        zone=around.zone,
        name_of=lambda organisation: around.name_of(call, organisation),
        label=lambda incident: around.label(call, incident),
        basis_of=lambda basis: around.basis(call, basis),
        callsign=lambda unit: around.callsign(call, unit),
        type_name=lambda code: types.get(code, code),
        is_own=lambda organisation: organisation in call.organisations,
        typed={} if form is None else form.typed,
        problems={} if form is None else form.wrong,
        refused=None if refusal is None else in_words(call, refusal.refused),
        **values,
    )
    return kept(answer)


PAGES = (part, ask_page, call_assistance, demand_help, overview, answer, end)
