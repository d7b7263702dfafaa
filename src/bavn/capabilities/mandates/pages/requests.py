# SPDX-License-Identifier: Apache-2.0
"""Asking for a mandate that is missing: the question, the request as it stands, and the answer."""

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from litestar import get, post
from litestar.response import Redirect, Template

from bavn.capabilities.mandates.decisions import asking_for
from bavn.capabilities.mandates.decisions.asking_for import Waiting, Word
from bavn.capabilities.mandates.decisions.requests import GIVEN_FOR, Because
from bavn.capabilities.mandates.ports import Missing
from bavn.capabilities.mandates.views.requests import Asked, Requests, RequestsGiven, State
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal
from bavn.frame.forms import (
    ASKED,
    SEE_OTHER,
    Answer,
    AnyRequest,
    Form,
    in_words,
    kept,
    status_of,
)
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page as rendered
from bavn.journal.decision import Done
from bavn.kernel.identity import OrganisationId

READ = {"act": "mandates.read_mandates"}
ONE = ASKED + "/{asked_id:str}"
# What waits in this browser until the mandate is there: its number, never its words.
_LETTER = re.compile(r"[0-9a-f]{8,64}")
SHOWN_LIMIT = 50


@get(ASKED, opt=READ, include_in_schema=False)
async def overview(call: CallGiven, mandate_requests: RequestsGiven) -> Template:
    """What waits for an answer of ours, what we wait for, and what was."""
    asked = mandate_requests.all(call)
    waiting = [each for each in asked if each.state is State.WAITS]
    shown = _shown(
        call,
        mandate_requests,
        "mandates/requests.html",
        to_answer=[each for each in waiting if each.of in call.organisations],
        ours=[each for each in waiting if each.of not in call.organisations],
        over=[each for each in asked if each.state is not State.WAITS][:SHOWN_LIMIT],
    )
    return kept(shown)


@get(ASKED + "/new", opt=READ, include_in_schema=False)
async def new(  # noqa: PLR0913, PLR0917 - what is missing, and where one stood
    call: CallGiven,
    desk: DeskGiven,
    mandate_requests: RequestsGiven,
    act: str = "",
    at: str = "",
    page: str = "",
    letter: str = "",
) -> Template:
    """What is missing, who has it, whom to call, and a form to ask."""
    typed = {"act": act, "at": at, "page": page, "letter": letter}
    return await _asking(call, desk, mandate_requests, typed)


@post(ASKED, opt={"act": "mandates.ask_for"}, include_in_schema=False)
async def ask(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, mandate_requests: RequestsGiven
) -> Answer:
    """Ask; the same that waits already is shown instead."""
    form = await Form.of(request)
    wish = asking_for.Wish(
        act=form.value("act"),
        at=OrganisationId(form.value("at")),
        of=OrganisationId(form.value("of")) if form.value("of") else None,
        page=form.value("page") or None,
        text=form.private("text"),
    )
    try:
        done = await asking_for.ask(desk, call, mandate_requests.asking, wish, form.ref)
    except Refusal as refusal:
        return await _asking(call, desk, mandate_requests, form.typed, refusal)
    id_ = mandate_requests.told_by(call, done.facts[0]).id if isinstance(done, Done) else done
    letter = _letter_of(form.value("letter"))
    return Redirect(f"{ASKED}/{id_}{letter and f'?letter={letter}'}", status_code=SEE_OTHER)


@get(ONE, opt=READ, include_in_schema=False)
async def one(
    asked_id: str,
    call: CallGiven,
    desk: DeskGiven,
    mandate_requests: RequestsGiven,
    letter: str = "",
) -> Template:
    """One request as it stands, which follows what becomes of it."""
    asked = mandate_requests.the_one(call, asked_id)
    return await _one(call, desk, mandate_requests, asked, letter)


@get(ONE + "/part", opt=READ, include_in_schema=False)
async def part(
    asked_id: str,
    call: CallGiven,
    desk: DeskGiven,
    mandate_requests: RequestsGiven,
    letter: str = "",
) -> Template:
    """The part of it that follows."""
    asked = mandate_requests.the_one(call, asked_id)
    return await _one(call, desk, mandate_requests, asked, letter, template="request_part")


@post(ONE + "/give", opt={"act": "mandates.answer_ask"}, include_in_schema=False)
async def give(
    request: AnyRequest,
    asked_id: str,
    call: CallGiven,
    desk: DeskGiven,
    mandate_requests: RequestsGiven,
) -> Answer:
    """Give it until an instant."""

    def word(form: Form) -> Word | None:
        try:
            zone = mandate_requests.around.zone
            until = datetime.fromisoformat(form.value("until")).replace(tzinfo=zone)
        except ValueError:
            form.wrong["until"] = call.say("mandates.wrong.instant")
            return None
        return Word(until=until, text=form.private("text"))

    return await _answered(request, asked_id, call, desk, mandate_requests, word)


@post(ONE + "/deny", opt={"act": "mandates.answer_ask"}, include_in_schema=False)
async def deny(
    request: AnyRequest,
    asked_id: str,
    call: CallGiven,
    desk: DeskGiven,
    mandate_requests: RequestsGiven,
) -> Answer:
    """Do not give it, because."""

    def word(form: Form) -> Word:
        return Word(because=form.value("because"), text=form.private("text"))

    return await _answered(request, asked_id, call, desk, mandate_requests, word)


@post(ONE + "/withdraw", opt={"act": "mandates.withdraw_ask"}, include_in_schema=False)
async def withdraw(
    request: AnyRequest,
    asked_id: str,
    call: CallGiven,
    desk: DeskGiven,
    mandate_requests: RequestsGiven,
) -> Answer:
    """It is needed no longer."""

    async def act(form: Form, asked: Asked) -> None:
        await asking_for.withdraw(desk, call, asked.asker, asked.id, form.ref)

    return await _acted(request, asked_id, call, desk, mandate_requests, act)


async def _answered(
    request: AnyRequest,
    asked_id: str,
    call: Call,
    desk: Desk,
    room: Requests,
    word: Callable[[Form], Word | None],
) -> Answer:
    async def act(form: Form, asked: Asked) -> None:
        said, waiting = word(form), _waiting(asked)
        if said is not None:
            ref = form.ref
            await asking_for.answer(desk, call, room.around, room.asking, waiting, said, ref)

    return await _acted(request, asked_id, call, desk, room, act)


async def _acted(
    request: AnyRequest,
    asked_id: str,
    call: Call,
    desk: Desk,
    room: Requests,
    act: Callable[[Form, Asked], Awaitable[None]],
) -> Answer:
    form, asked = await Form.of(request), room.the_one(call, asked_id)
    try:
        await act(form, asked)
    except Refusal as refusal:
        again = room.the_one(call, asked_id)
        return await _one(call, desk, room, again, form=form, refusal=refusal)
    if form.wrong:
        return await _one(call, desk, room, asked, form=form)
    return Redirect(f"{ASKED}/{asked_id}", status_code=SEE_OTHER)


def _waiting(asked: Asked) -> Waiting:
    return Waiting(id=asked.id, of=asked.of, act=asked.act, at=asked.at)


async def _asking(
    call: Call,
    desk: Desk,
    room: Requests,
    typed: Mapping[str, str],
    refusal: Refusal | None = None,
) -> Template:
    act, at = typed.get("act", ""), typed.get("at", "") or call.actor.organisation
    missing = room.asking.missing(call, act, OrganisationId(at))
    page = asking_for.page_of(typed.get("page"))
    incident = asking_for.incident_of(call, room.asking, page)
    return _shown(
        call,
        room,
        "mandates/request_new.html",
        status=status_of(None, refusal),
        missing=missing,
        phones=await _phones(call, desk, room, missing),
        came_from=page or "",
        letter=_letter_of(typed.get("letter", "")),
        incident=None if incident is None else room.asking.incident(call, incident),
        typed=typed,
        refused=None if refusal is None else in_words(call, refusal.refused),
    )


async def _phones(call: Call, desk: Desk, room: Requests, missing: Missing) -> dict[str, str]:
    """The numbers of those that may give it, by function: read only where somebody has to ask."""
    found = {}
    for each in missing.holders if not missing.has_it else ():
        number = await room.asking.phone(call, desk, each) if each.answers else None
        if number:
            found[f"{each.function} {each.organisation}"] = number
    return found


async def _one(  # noqa: PLR0913 - one request, and what was just done about it
    call: Call,
    desk: Desk,
    room: Requests,
    asked: Asked,
    letter: str = "",
    *,
    template: str = "request",
    form: Form | None = None,
    refusal: Refusal | None = None,
) -> Template:
    until = (call.now + GIVEN_FOR).astimezone(room.around.zone).strftime("%Y-%m-%dT%H:%M")
    return _shown(
        call,
        room,
        f"mandates/{template}.html",
        status=status_of(form, refusal),
        asked=asked,
        texts=await room.texts(call, desk, asked),
        incident=room.incident_of(call, asked),
        is_ours=asked.asker in call.organisations,
        # Who asked, or has that function's watch since: it is he that goes back to do it.
        is_mine=asked.asker in call.organisations and asked.function == call.actor.function,
        may_answer=room.may_answer(call, asked),
        letter=_letter_of(letter),
        until=until,
        reasons=[("", ""), *((each, call.say(f"mandates.because.{each}")) for each in Because)],
        typed={} if form is None else form.typed,
        problems={} if form is None else form.wrong,
        refused=None if refusal is None else in_words(call, refusal.refused),
    )


def _shown(
    call: Call, room: Requests, template: str, *, status: int = 200, **values: object
) -> Template:
    around = room.around
    functions, organisations = dict(around.functions(call)), dict(around.organisations(call))
    return rendered(
        call,
        template,
        status=status,
        function_name=lambda code: functions.get(code, code),
        name_of=lambda code: organisations.get(code, code),
        act_name=lambda act: around.act_name(call, act),
        zone=around.zone,
        now=call.now,
        **values,
    )


def _letter_of(letter: str) -> str:
    return letter if _LETTER.fullmatch(letter) else ""


HANDLERS = (overview, new, ask, one, part, give, deny, withdraw)
