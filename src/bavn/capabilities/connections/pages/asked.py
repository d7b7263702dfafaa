# SPDX-License-Identifier: Apache-2.0
"""What was asked of others, and of us: kept, heard, answered; and never "done" before it is."""

from collections.abc import Awaitable, Callable

from litestar import get, post
from litestar.response import Redirect, Template

from bavn.capabilities.connections.decisions import acting
from bavn.capabilities.connections.ports import CallGiven, DeskGiven, TakeOvers, TakeOversGiven
from bavn.capabilities.connections.views.asked import asked_now
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal
from bavn.frame.forms import (
    SEE_OTHER,
    Answer,
    AnyRequest,
    Form,
    in_words,
    kept,
    status_of,
)
from bavn.frame.page import page

PATH = "/connections/asked"


@get(PATH, opt={"act": "connections.read_asked"}, include_in_schema=False)
async def front(call: CallGiven, desk: DeskGiven, take_overs: TakeOversGiven) -> Template:
    """All that was asked, the unanswered first, and a form to ask."""
    return await _front(call, desk, take_overs)


@post(PATH, opt={"act": "connections.ask"}, include_in_schema=False)
async def ask(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, take_overs: TakeOversGiven
) -> Answer:
    """Ask another organisation for something."""
    form = await Form.of(request)
    text, of = form.private("text"), form.value("of")

    async def act() -> object:
        return await acting.ask(desk, call, take_overs, of, text, form.ref)

    return await _acted(call, desk, take_overs, form, act)


@post(PATH + "/answer", opt={"act": "connections.answer_asked"}, include_in_schema=False)
async def answer(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, take_overs: TakeOversGiven
) -> Answer:
    """Answer what was asked of us."""
    form = await Form.of(request)
    text = form.private("text")

    async def act() -> object:
        return await acting.answer(
            desk,
            call,
            form.value("of"),
            form.value("asked"),
            given=form.value("answer"),
            text=text if text.reveal() else None,
            ref=form.ref,
        )

    return await _acted(call, desk, take_overs, form, act)


async def _acted(
    call: Call, desk: Desk, takes: TakeOvers, form: Form, act: Callable[[], Awaitable[object]]
) -> Answer:
    try:
        await act()
    except Refusal as refusal:
        return await _front(call, desk, takes, form, refusal)
    return Redirect(PATH, status_code=SEE_OTHER)


async def _front(
    call: Call,
    desk: Desk,
    takes: TakeOvers,
    form: Form | None = None,
    refusal: Refusal | None = None,
) -> Template:
    owners = takes.owners(call)
    shown = page(
        call,
        "connections/asked.html",
        status=status_of(form, refusal),
        asked=await asked_now(desk, call),
        owners=[(each.id, each.name) for each in owners if each.id not in call.organisations],
        hosts={each.id: each for each in owners},
        takes=takes,
        typed={} if form is None else form.typed,
        problems={} if form is None else form.wrong,
        refused=None if refusal is None else in_words(call, refusal.refused),
    )
    return kept(shown)


HANDLERS = (front, ask, answer)
