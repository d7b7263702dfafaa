# SPDX-License-Identifier: Apache-2.0
"""What several have told of one thing: the list, and one conflict with its courses side by side."""

from litestar import get, post
from litestar.response import Redirect, Template

from bavn.capabilities.connections.decisions import acting
from bavn.capabilities.connections.ports import CallGiven, DeskGiven, TakeOvers, TakeOversGiven
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
from bavn.journal.conflicts import KEEPS_BOTH, Conflict

PATH = "/connections/conflicts"
READ = {"act": "connections.read_conflicts"}


@get(PATH, opt=READ, include_in_schema=False)
async def front(call: CallGiven, take_overs: TakeOversGiven) -> Template:
    """Every conflict that nobody has settled."""
    return _front(call, take_overs)


@get(PATH + "/{owner:str}/{subject:str}", opt=READ, include_in_schema=False)
async def one(
    owner: str, subject: str, call: CallGiven, desk: DeskGiven, take_overs: TakeOversGiven
) -> Template:
    """One conflict: every course, fact by fact, with times and who."""
    conflict = acting.conflict_of(take_overs, call, owner, subject)
    return await _one(call, desk, take_overs, conflict)


@post(
    PATH + "/{owner:str}/{subject:str}",
    opt={"act": "connections.settle_conflict"},
    include_in_schema=False,
)
async def settle(
    request: AnyRequest,
    owner: str,
    subject: str,
    call: CallGiven,
    desk: DeskGiven,
    take_overs: TakeOversGiven,
) -> Answer:
    """Say which course holds."""
    form = await Form.of(request)
    if not form.value("keeps"):
        form.wrong["keeps"] = call.say("take_over.wrong.keeps")
    if not form.value("reason"):
        form.wrong["reason"] = call.say("take_over.wrong.reason")
    if form.wrong:
        conflict = acting.conflict_of(take_overs, call, owner, subject)
        return await _one(call, desk, take_overs, conflict, form)
    try:
        await acting.settle_conflict(
            desk,
            call,
            owner,
            subject,
            keeps=form.value("keeps"),
            weighed=form.value("weighed").split(),
            reason=form.private("reason"),
            ref=form.ref,
        )
    except Refusal as refusal:
        try:
            conflict = acting.conflict_of(take_overs, call, owner, subject)
        except Refusal as gone:
            # Somebody else was first: what there is to see is the list without it.
            return _front(call, take_overs, gone)
        return await _one(call, desk, take_overs, conflict, form, refusal)
    return Redirect(PATH, status_code=SEE_OTHER)


def _front(call: Call, takes: TakeOvers, refusal: Refusal | None = None) -> Template:
    answer = page(
        call,
        "connections/conflicts.html",
        status=status_of(None, refusal),
        conflicts=takes.conflicts(call),
        takes=takes,
        refused=None if refusal is None else in_words(call, refusal.refused),
    )
    return kept(answer)


async def _one(
    call: Call,
    desk: Desk,
    takes: TakeOvers,
    conflict: Conflict,
    form: Form | None = None,
    refusal: Refusal | None = None,
) -> Template:
    nodes = list(dict.fromkeys(course.node for course in conflict.courses))
    both = call.say("take_over.conflict.both")
    answer = page(
        call,
        "connections/conflict.html",
        status=status_of(form, refusal),
        conflict=conflict,
        said=await takes.said(call, desk, conflict.owner, conflict.subject),
        choices=[*((each, takes.node(call, each)) for each in nodes), (KEEPS_BOTH, both)],
        may_settle=conflict.owner in call.organisations,
        takes=takes,
        typed={} if form is None else form.typed,
        problems={} if form is None else form.wrong,
        refused=None if refusal is None else in_words(call, refusal.refused),
    )
    return kept(answer)


HANDLERS = (front, one, settle)
