# SPDX-License-Identifier: Apache-2.0
"""A request to see what is kept of an incident: chosen, looked at by a second person, given."""

from datetime import date
from hashlib import sha256

from litestar import Response, get, post
from litestar.response import Redirect, Template

from bavn.capabilities.archive.decisions.asking import (
    ApproveAccess,
    ChooseAccess,
    EndAccess,
    GiveAccess,
    OpenAccess,
    ReturnAccess,
    SubmitAccess,
)
from bavn.capabilities.archive.facts import Choice, GivenFile
from bavn.capabilities.archive.model.redaction import undecided, unreadable
from bavn.capabilities.archive.pages.case import Case, case_of, refuse_unless_approved
from bavn.capabilities.archive.pages.saying import Saying
from bavn.capabilities.archive.views.room import Room, RoomGiven, named
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.frame.forms import SEE_OTHER, Answer, AnyRequest, Form, in_words, status_of
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page

READ = {"act": "archive.read_access"}
ONE = "/archive/access/{access_id:str}"
INCIDENT = "/archive/incidents/{incident_id:str}/access"
NAME_LIMIT = 300
IN, REST, FIELD = "in", "rest", "choice-"
TYPES = {"html": "text/html", "csv": "text/csv", "json": "application/json"}
# What may hold others' private matters is kept by nothing between here and the screen.
ALONE = {"cache-control": "no-store", "vary": "Cookie, Accept-Language"}


@get(INCIDENT, opt=READ, include_in_schema=False)
async def asked_page(incident_id: str, call: CallGiven, archive: RoomGiven) -> Template:
    """The requests to see an incident, and the form for a new one."""
    return _asked(incident_id, call, archive)


@post(INCIDENT, opt={"act": "archive.open_access"}, include_in_schema=False)
async def open_one(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, archive: RoomGiven
) -> Answer:
    """Take in a request."""
    form, one = await Form.of(request), archive.around.incident(call, incident_id)
    requester, received = form.value("requester"), form.value("received_on")
    if not requester or len(requester) > NAME_LIMIT:
        form.wrong["requester"] = call.say("archive.wrong.words", most=NAME_LIMIT)
    try:
        received_on = date.fromisoformat(received)
    except ValueError:
        received_on = None
    today = call.now.astimezone(archive.around.zone).date()
    if received_on is None or received_on > today:
        form.wrong["received_on"] = call.say("archive.wrong.day")
    if form.wrong or received_on is None:
        return _asked(incident_id, call, archive, form)
    content = OpenAccess(
        incident=one.id,
        law=form.value("law"),
        received_on=received_on,
        requester=form.private("requester"),
        account=call.account,
    )
    try:
        await carried_out(desk, call, one.service, content, form.ref)
    except Refusal as refusal:
        return _asked(incident_id, call, archive, form, refusal)
    newest = named(archive.requests(call, {"owner": one.service, "incident": one.id}))
    to = f"/archive/access/{newest[0][0]}" if newest else f"/archive/incidents/{one.id}/access"
    return Redirect(to, status_code=SEE_OTHER)


@get(ONE, opt=READ, include_in_schema=False)
async def case_page(
    access_id: str, call: CallGiven, desk: DeskGiven, archive: RoomGiven, number: int = 1
) -> Template:
    """Every entry and text, with what becomes of it."""
    return await _shown(access_id, call, desk, archive, number=number)


@get(f"{ONE}/preview", opt=READ, include_in_schema=False)
async def preview(access_id: str, call: CallGiven, desk: DeskGiven, archive: RoomGiven) -> Template:
    """What would be given, as it would be given."""
    case = await case_of(access_id, call, desk, archive)
    return _alone(
        page(
            call,
            "archive/preview.html",
            say=Saying(call, archive.around),
            case=case,
            given=case.given,
            in_danish=archive.around.in_danish(call).say,
        )
    )


@post(f"{ONE}/choose", opt={"act": "archive.choose_access"}, include_in_schema=False)
async def choose(
    request: AnyRequest, access_id: str, call: CallGiven, desk: DeskGiven, archive: RoomGiven
) -> Answer:
    """What was chosen on this page of it, and on one ground for all the rest."""
    form = await Form.of(request)
    case = await case_of(access_id, call, desk, archive)
    known = {each.id for each in case.pieces}
    grounds = {each.code for each in archive.around.grounds}
    found: dict[str, str] = {}
    for name, value in form.typed.items():
        piece = name.removeprefix(FIELD)
        if name.startswith(FIELD) and value and piece in known:
            found[piece] = "" if value == IN else value
    rest = form.value(REST)
    if rest:
        for each in undecided(case.pieces, {**case.choices, **found}):
            found[each.id] = rest
    changed = {piece: to for piece, to in found.items() if case.choices.get(piece) != to}
    if not grounds.issuperset(each for each in changed.values() if each):
        form.wrong[REST] = call.say("archive.wrong.ground")
        return await _shown(access_id, call, desk, archive, form)
    content = ChooseAccess(
        access=access_id,
        choices=tuple(Choice(piece=piece, ground=to) for piece, to in changed.items()),
        account=call.account,
    )
    number = form.value("number") or "1"
    return await _moved(content, form, case, call, desk, archive, number=number)


@post(f"{ONE}/submit", opt={"act": "archive.submit_access"}, include_in_schema=False)
async def submit(
    request: AnyRequest, access_id: str, call: CallGiven, desk: DeskGiven, archive: RoomGiven
) -> Answer:
    """Have another person look."""
    form = await Form.of(request)
    case = await case_of(access_id, call, desk, archive)
    content = SubmitAccess(
        access=access_id,
        read=form.value("mark"),
        now=case.mark,
        lacking_count=len(undecided(case.pieces, case.choices)),
        unreadable_count=len(unreadable(case.pieces, case.choices)),
        account=call.account,
    )
    return await _moved(content, form, case, call, desk, archive)


@post(f"{ONE}/return", opt={"act": "archive.return_access"}, include_in_schema=False)
async def send_back(
    request: AnyRequest, access_id: str, call: CallGiven, desk: DeskGiven, archive: RoomGiven
) -> Answer:
    """Have it chosen anew."""
    form, case = await Form.of(request), await case_of(access_id, call, desk, archive)
    content = ReturnAccess(access=access_id, account=call.account)
    return await _moved(content, form, case, call, desk, archive)


@post(f"{ONE}/approve", opt={"act": "archive.approve_access"}, include_in_schema=False)
async def approve(
    request: AnyRequest, access_id: str, call: CallGiven, desk: DeskGiven, archive: RoomGiven
) -> Answer:
    """Say so too, having read the same."""
    form, case = await Form.of(request), await case_of(access_id, call, desk, archive)
    content = ApproveAccess(
        access=access_id, read=form.value("mark"), now=case.mark, account=call.account
    )
    return await _moved(content, form, case, call, desk, archive)


@post(f"{ONE}/give", opt={"act": "archive.give_access"}, include_in_schema=False)
async def give(
    request: AnyRequest, access_id: str, call: CallGiven, desk: DeskGiven, archive: RoomGiven
) -> Answer:
    """Say that the files were given; their digests are kept, and are of what is in them."""
    form, case = await Form.of(request), await case_of(access_id, call, desk, archive)
    made = case.files(archive.around, archive.around.in_danish(call))
    files = tuple(
        GivenFile(name=name, digest=sha256(raw).hexdigest(), size=len(raw))
        for name, raw in made.items()
    )
    content = GiveAccess(
        access=access_id,
        now=case.mark,
        files=files,
        left_out=case.given.counts(),
        account=call.account,
    )
    return await _moved(content, form, case, call, desk, archive)


@post(f"{ONE}/end", opt={"act": "archive.end_access"}, include_in_schema=False)
async def end(
    request: AnyRequest, access_id: str, call: CallGiven, desk: DeskGiven, archive: RoomGiven
) -> Answer:
    """End it without anything being given."""
    form, case = await Form.of(request), await case_of(access_id, call, desk, archive)
    content = EndAccess(access=access_id, outcome=form.value("outcome"), account=call.account)
    return await _moved(content, form, case, call, desk, archive)


@get(f"{ONE}/export/{{ending:str}}", opt=READ, include_in_schema=False)
async def export(
    access_id: str, ending: str, call: CallGiven, desk: DeskGiven, archive: RoomGiven
) -> Response[bytes]:
    """A file as it is given: only what two persons have approved, and as they approved it."""
    case = await case_of(access_id, call, desk, archive)
    refuse_unless_approved(case, ending, TYPES)
    made = case.files(archive.around, archive.around.in_danish(call))
    name = f"aktindsigt.{ending}"
    return Response(
        made[name],
        media_type=TYPES[ending],
        headers={"content-disposition": f'attachment; filename="{name}"', **ALONE},
    )


Content = ChooseAccess | SubmitAccess | ReturnAccess | ApproveAccess | GiveAccess | EndAccess


async def _moved(  # noqa: PLR0913 - a request, and what its page is made of
    content: Content,
    form: Form,
    case: Case,
    call: Call,
    desk: Desk,
    archive: Room,
    *,
    number: str = "1",
) -> Answer:
    try:
        await carried_out(desk, call, case.owner, content, form.ref)
    except Refusal as refusal:
        return await _shown(case.id, call, desk, archive, form, refusal)
    query = f"?number={number}" if number.isdecimal() and number != "1" else ""
    return Redirect(f"/archive/access/{case.id}{query}", status_code=SEE_OTHER)


async def _shown(  # noqa: PLR0913 - a page, with a form that came back
    access: str,
    call: Call,
    desk: Desk,
    archive: Room,
    form: Form | None = None,
    refusal: Refusal | None = None,
    *,
    number: int = 1,
) -> Template:
    case = await case_of(access, call, desk, archive)
    number = min(max(1, number), case.page_count)
    return _alone(
        page(
            call,
            "archive/access.html",
            status=status_of(form, refusal),
            say=Saying(call, archive.around),
            case=case,
            shown_pieces=case.page(number),
            number=number,
            page_count=case.page_count,
            lacking=len(undecided(case.pieces, case.choices)),
            echoes=case.echoes,
            typed={} if form is None else form.typed,
            problems={} if form is None else form.wrong,
            refused=None if refusal is None else in_words(call, refusal.refused),
        )
    )


def _asked(
    incident: str,
    call: Call,
    archive: Room,
    form: Form | None = None,
    refusal: Refusal | None = None,
) -> Template:
    one = archive.around.incident(call, incident)
    where = {"owner": one.service, "incident": one.id}
    return _alone(
        page(
            call,
            "archive/asked.html",
            status=status_of(form, refusal),
            say=Saying(call, archive.around),
            incident=one,
            is_ours=one.service in call.reader.organisations,
            requests=named(archive.requests(call, where)),
            today=call.now.astimezone(archive.around.zone).date().isoformat(),
            typed={} if form is None else form.typed,
            problems={} if form is None else form.wrong,
            refused=None if refusal is None else in_words(call, refusal.refused),
        )
    )


def _alone(answer: Template) -> Template:
    answer.headers.update(ALONE)
    return answer


HANDLERS = (
    asked_page,
    open_one,
    case_page,
    preview,
    choose,
    submit,
    send_back,
    approve,
    give,
    end,
    export,
)
