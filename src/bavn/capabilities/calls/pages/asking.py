# SPDX-License-Identifier: Apache-2.0
"""The questions of an incident: one key answers, nought passes over, then the way to send.

Each answer is a letter of its own: what is answered while the line is down is sent when it is back.
"""

from typing import Any

from litestar import get, post
from litestar.response import Redirect, Template

from bavn.capabilities.calls.decisions import AnswerQuestion
from bavn.capabilities.calls.model.protocols import Effect, Protocol, Question, raised
from bavn.capabilities.calls.pages.telling import chosen, heading, named, told, told_one
from bavn.capabilities.calls.ports import Called
from bavn.capabilities.calls.views.room import Room, RoomGiven, Step
from bavn.frame.call import Call
from bavn.frame.country import Basis
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.frame.forms import (
    SEE_OTHER,
    UNPROCESSABLE,
    Answer,
    AnyRequest,
    Form,
    in_words,
    kept,
    status_of,
)
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page
from bavn.kernel.private import Private

PATH = "/incidents/{incident_id:str}/call"
READ = {"act": "calls.read_answers"}
NOTHING = Effect()


@get(PATH, opt=READ, include_in_schema=False)
async def call_page(
    incident_id: str, call: CallGiven, desk: DeskGiven, calls: RoomGiven
) -> Template:
    """The questions that are to be asked, and what was answered."""
    return await _shown(calls.around.incident(call, incident_id), call, desk, calls)


@get(PATH + "/head", opt=READ, include_in_schema=False)
async def head_part(incident_id: str, call: CallGiven, calls: RoomGiven) -> Template:
    """What stands of the incident by now: a part of the page."""
    called = calls.around.incident(call, incident_id)
    return page(call, "calls/head.html", called=called, head=heading(call, calls, called))


@get(PATH + "/questions", opt=READ, include_in_schema=False)
async def questions_part(
    incident_id: str, call: CallGiven, desk: DeskGiven, calls: RoomGiven
) -> Template:
    """The questions as they stand now: a part of the page, also for who answers beside us."""
    called = calls.around.incident(call, incident_id)
    asked = await _asked(called, call, desk, calls)
    return page(call, "calls/questions.html", **asked)


@post(PATH, opt={"act": "calls.answer_question"}, include_in_schema=False)
async def answer(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, calls: RoomGiven
) -> Answer:
    """Keep an answer, and have corrected what it changes; the question's own part comes back."""
    form, called = await Form.of(request), calls.around.incident(call, incident_id)
    protocol = _protocol(form, calls)
    question = None if protocol is None else protocol.question(form.value("question"))
    code, text = form.value("answer"), form.private("text")
    known = None if question is None else question.answer(code or None)
    if protocol is None or question is None or (code and known is None):
        form.wrong["answer"] = call.say("calls.wrong.question")
    elif not code and not text.reveal():
        form.wrong["answer"] = call.say("calls.wrong.answer")
    if form.wrong or protocol is None or question is None:
        return await _shown(called, call, desk, calls, form)
    effect = NOTHING if known is None else known.effect
    try:
        await _kept(form, call, desk, calls, called, protocol, question, code, text, effect)
    except Refusal as refusal:
        return await _shown(called, call, desk, calls, form, refusal)
    return await _answered(request, call, desk, calls, called, protocol, question)


async def _kept(  # noqa: PLR0913, PLR0917 - an answer, and what it belongs to
    form: Form,
    call: Call,
    desk: Desk,
    room: Room,
    called: Called,
    protocol: Protocol,
    question: Question,
    code: str,
    text: Private,
    effect: Effect,
) -> None:
    """The answer first, then what follows from it: sent again, both are known again."""
    new_type = effect.incident_type if effect.incident_type != called.type else None
    new_urgency = raised(effect, called.urgency, room.around.urgencies)
    before = room.before(call, called, form.ref)
    if before is not None:
        # Asked again, it says the same as the first time: what it changed stands changed by now.
        new_type, new_urgency = before.incident_type, before.urgency
    content = AnswerQuestion(
        incident=called.id,
        area=called.area,
        protocol=protocol.code,
        version=protocol.version,
        question=question.code,
        answer=code or None,
        incident_type=new_type,
        urgency=new_urgency,
        text=text if text.reveal() else None,
    )
    await carried_out(desk, call, called.service, content, form.ref)
    if new_type is not None or new_urgency is not None:
        ref = None if form.ref is None else f"{form.ref}/c"
        await room.around.correct(
            desk, call, called, incident_type=new_type, urgency=new_urgency, ref=ref
        )


async def _answered(  # noqa: PLR0913, PLR0917 - what was answered, and to whom
    request: AnyRequest,
    call: Call,
    desk: Desk,
    room: Room,
    called: Called,
    protocol: Protocol,
    question: Question,
) -> Answer:
    """The question as it stands now; the whole page where other questions are to be asked."""
    now = room.around.incident(call, called.id)
    follows = room.protocol(call, now)
    is_outbox = "x-outbox" in request.headers
    if not is_outbox or follows is None or follows.code != protocol.code:
        return Redirect(PATH.replace("{incident_id:str}", called.id), status_code=SEE_OTHER)
    steps = room.steps(protocol, room.given(call, now))
    step = next(each for each in steps if each.question.code == question.code)
    return page(
        call,
        "calls/question.html",
        **_values(call, now, protocol),
        step=step,
        told=await told_one(call, desk, room, step.given) if step.given else None,
        number=steps.index(step) + 1,
    )


def _protocol(form: Form, room: Room) -> Protocol | None:
    """The protocol that a form was made for, also when another one holds by now."""
    version = form.value("version")
    if not version.isascii() or not version.isdigit():
        return None
    return room.around.protocols.of(form.value("protocol"), int(version))


def _values(call: Call, called: Called, protocol: Protocol | None) -> dict[str, Any]:
    return {
        "called": called,
        "protocol": protocol,
        "name": lambda thing: named(call, thing),
        "advice": lambda effect: chosen(call, effect.advice) if effect.advice else "",
        "is_calibrated": protocol is not None and protocol.basis.startswith(Basis.CALIBRATION),
    }


async def _shown(
    called: Called,
    call: Call,
    desk: Desk,
    room: Room,
    form: Form | None = None,
    refusal: Refusal | None = None,
) -> Template:
    status = status_of(form, refusal)
    answer = page(
        call,
        "calls/call.html",
        status=status if form is None or refusal is not None else UNPROCESSABLE,
        head=heading(call, room, called),
        **await _asked(called, call, desk, room),
        problems={} if form is None else form.wrong,
        refused=None if refusal is None else in_words(call, refusal.refused),
    )
    return kept(answer)


async def _asked(called: Called, call: Call, desk: Desk, room: Room) -> dict[str, Any]:
    """The questions with what was answered, and what was answered to others."""
    protocol = room.protocol(call, called)
    given = room.given(call, called)
    steps: list[Step] = room.steps(protocol, given)
    here = {each.question.code for each in steps}
    others = [
        each
        for each in given
        if protocol is None or each.protocol != protocol.code or each.question not in here
    ]
    return {
        **_values(call, called, protocol),
        "steps": [
            (each, await told_one(call, desk, room, each.given) if each.given else None)
            for each in steps
        ],
        "others": await told(call, desk, room, others),
    }
