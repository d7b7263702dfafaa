# SPDX-License-Identifier: Apache-2.0
"""The pages of duty: who has it now, the roster, and talk groups on the incident's page."""

from typing import Any

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.response import Redirect, Template

from bavn.capabilities.duty.decisions import no_such_watch
from bavn.capabilities.duty.decisions.entering import Preview, check_ground, enter, preview
from bavn.capabilities.duty.model.lists import (
    BYTES_LIMIT,
    OPTIONAL,
    REQUIRED,
    ReadList,
    call_id,
    read_list,
    read_row,
)
from bavn.capabilities.duty.model.requests import (
    AssignTalkGroup,
    CallNumber,
    EndCall,
    ReleaseTalkGroup,
    SetWatches,
)
from bavn.capabilities.duty.views.room import Room, RoomGiven
from bavn.capabilities.duty.views.shown import (
    call_row,
    calls_of,
    duty_now,
    groups,
    groups_of,
    watch_row,
    watches_beside,
)
from bavn.frame.call import Call
from bavn.frame.desk import Refusal, carried_out
from bavn.frame.forms import SEE_OTHER, Answer, AnyRequest, Form, in_words, status_of
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page
from bavn.kernel.identity import OrganisationId

PATH = "/duty"
READ, SET, CALL = (
    {"act": "duty.read_duty"},
    {"act": "duty.set_watch"},
    {"act": "duty.call_number"},
)
GROUP = "/incidents/{incident_id:str}/groups"
FAULTS_SHOWN = 50
# What holds a number is kept in no copy of a browser's.
NOT_KEPT = {"cache-control": "no-store"}


@get(PATH, opt=READ, include_in_schema=False)
async def duty_page(
    call: CallGiven, desk: DeskGiven, duty: RoomGiven, q: str = "", incident: str = ""
) -> Template:
    """Who has the duty now; from an incident, its calls are kept with it."""
    answer = page(
        call,
        "duty/now.html",
        posts=await duty_now(call, desk, _codes(call, duty, q)),
        calls=calls_of(call, desk.query),
        groups=groups(call, desk.query),
        wanted=q,
        incident=incident,
        **_words(call, duty),
    )
    answer.headers.update(NOT_KEPT)
    return answer


@post(PATH + "/{watch_id:str}/called", opt=CALL, include_in_schema=False)
async def called(request: AnyRequest, watch_id: str, call: CallGiven, desk: DeskGiven) -> Answer:
    """Somebody touched a number."""
    form = await Form.of(request)
    row = watch_row(call, desk.query, watch_id)
    if row is None:
        raise Refusal(no_such_watch())
    incident = form.value("incident") or None
    content = CallNumber(
        watch=watch_id,
        call=call_id(watch_id, form.ref or call.now.isoformat()),
        incident=incident,
    )
    await carried_out(desk, call, OrganisationId(str(row["owner"])), content, form.ref)
    return Redirect(_back(incident), status_code=SEE_OTHER)


@post(PATH + "/calls/{id_:str}/ended", opt=CALL, include_in_schema=False)
async def ended(request: AnyRequest, id_: str, call: CallGiven, desk: DeskGiven) -> Answer:
    """Whether it was answered."""
    form, row = await Form.of(request), call_row(call, desk.query, id_)
    owner = call.actor.organisation if row is None else OrganisationId(str(row["owner"]))
    content = EndCall(call=id_, answered=form.value("answered") == "yes")
    await carried_out(desk, call, owner, content, form.ref)
    return Redirect(_back(form.value("incident") or None), status_code=SEE_OTHER)


@get(PATH + "/roster", opt=SET, include_in_schema=False)
async def roster_page(call: CallGiven, duty: RoomGiven) -> Template:
    """Where a whole list is sent."""
    return _roster(call, duty)


@post(PATH + "/roster", opt=SET, include_in_schema=False)
async def send_roster(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, duty: RoomGiven
) -> Answer:
    """Show what a list would change, or enter it when that was looked at."""
    form, sent = await Form.of(request), await request.form()
    upload = sent.get("file")
    raw = await upload.read() if isinstance(upload, UploadFile) else b""
    raw = raw or form.typed.get("csv", "").encode()
    read = read_list(
        raw, duty.around.zone, {each.code for each in duty.around.functions}, "entered"
    )
    owner = call.actor.organisation
    found = preview(read, raw, watches_beside(call, desk.query, owner, read.watches))
    ground = form.value("ground")
    if found.faults or not ground:
        return _roster(call, duty, found, read, raw)
    try:
        check_ground(ground, found)
        await enter(desk, call, owner, read.watches, found.removed, f"list-{found.ground}")
    except Refusal as refusal:
        return _roster(call, duty, found, read, raw, refusal)
    return Redirect(PATH, status_code=SEE_OTHER)


@post(PATH + "/watch", opt=SET, include_in_schema=False)
async def set_watch(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, duty: RoomGiven
) -> Answer:
    """Enter one watch: who has swapped, or jumps in."""
    form = await Form.of(request)
    cells = {name: said for name in (*REQUIRED, *OPTIONAL) if (said := form.value(name))}
    codes = {each.code for each in duty.around.functions}
    watch, wrong = read_row(cells, duty.around.zone, codes, "entered")
    form.wrong |= {name: call.say(f"duty.fault.{fault}") for name, fault in wrong}
    if watch is None:
        return _roster(call, duty, form=form)
    content = SetWatches(watches=(watch,))
    await carried_out(desk, call, call.actor.organisation, content, form.ref)
    return Redirect(PATH, status_code=SEE_OTHER)


@get(GROUP + "-part", opt=READ, include_in_schema=False)
async def groups_part(
    incident_id: str, call: CallGiven, desk: DeskGiven, duty: RoomGiven
) -> Template:
    """The talk groups of an incident, on its page."""
    owner = duty.around.owner_of(call, incident_id)
    return page(
        call,
        "duty/groups_part.html",
        incident=incident_id,
        held=groups_of(call, desk.query, incident_id),
        groups=groups(call, desk.query),
        is_own=owner in call.organisations,
        **_words(call, duty),
    )


@post(GROUP, opt={"act": "duty.assign_talk_group"}, include_in_schema=False)
async def assign(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, duty: RoomGiven
) -> Answer:
    """Give the incident a talk group, or take one from it."""
    form, owner = await Form.of(request), duty.around.owner_of(call, incident_id)
    group = form.value("group")
    content = (
        ReleaseTalkGroup(incident=incident_id, group=group)
        if form.value("release")
        else AssignTalkGroup(incident=incident_id, group=group)
    )
    await carried_out(desk, call, owner, content, form.ref)
    return Redirect(f"/incidents/{incident_id}", status_code=SEE_OTHER)


def _roster(  # noqa: PLR0913 - a page, and two forms that come back to it
    call: Call,
    room: Room,
    found: Preview | None = None,
    read: ReadList | None = None,
    raw: bytes = b"",
    refusal: Refusal | None = None,
    *,
    form: Form | None = None,
) -> Template:
    faults = () if found is None else found.faults
    status = 422 if faults else status_of(form, refusal)
    answer = page(
        call,
        "duty/roster.html",
        status=status,
        found=found,
        typed={} if form is None else form.typed,
        problems={} if form is None else form.wrong,
        watches=() if read is None else read.watches,
        csv=raw.decode("utf-8", "replace"),
        faults=faults[:FAULTS_SHOWN],
        fault_count=len(faults),
        columns=(*REQUIRED, *OPTIONAL),
        size_limit=BYTES_LIMIT // 1024,
        refused=None if refusal is None else in_words(call, refusal.refused),
        **_words(call, room),
    )
    answer.headers.update(NOT_KEPT)
    return answer


def _words(call: Call, room: Room) -> dict[str, Any]:
    names = {
        each.code: each.danish if call.language == "da" else each.english
        for each in room.around.functions
    }
    return {
        "zone": room.around.zone,
        "functions": names,
        "function_name": lambda code: names.get(code, code),
        "incident_name": lambda incident: room.around.incident_name(call, incident),
    }


def _codes(call: Call, room: Room, wanted: str) -> str:
    """What is looked for, with a function's code where its name is typed."""
    words = []
    for word in wanted.split():
        named = [
            each.code
            for each in room.around.functions
            if (each.danish if call.language == "da" else each.english)
            .casefold()
            .startswith(word.casefold())
        ]
        words.append(named[0] if len(named) == 1 else word)
    return " ".join(words)


def _back(incident: str | None) -> str:
    return PATH if incident is None else f"{PATH}?incident={incident}"


PAGES = (duty_page, called, ended, roster_page, send_roster, set_watch, groups_part, assign)
