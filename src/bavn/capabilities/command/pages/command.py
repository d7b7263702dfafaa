# SPDX-License-Identifier: Apache-2.0
"""Who leads, and the words of those who work there: a part of the incident's page."""

from collections.abc import Awaitable, Callable

from litestar import get, post
from litestar.response import Redirect, Template

from bavn.capabilities.command.decisions import asking
from bavn.capabilities.command.facts import CALLSIGN_CHARACTERS_LIMIT
from bavn.capabilities.command.ports import Scene
from bavn.capabilities.command.views.room import Room, RoomGiven
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal
from bavn.frame.forms import SEE_OTHER, Answer, AnyRequest, Form, in_words, kept, status_of
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page

PATH = "/incidents/{incident_id:str}/command"
READ = {"act": "command.read_command"}


@get(PATH + "-part", opt=READ, include_in_schema=False)
async def part(incident_id: str, call: CallGiven, desk: DeskGiven, command: RoomGiven) -> Template:
    """The part of the incident's page."""
    scene = command.around.scene(call, incident_id)
    return await _shown(scene, call, desk, command, template="command/part.html")


@get(PATH, opt=READ, include_in_schema=False)
async def whole_page(
    incident_id: str, call: CallGiven, desk: DeskGiven, command: RoomGiven
) -> Template:
    """The same as a page of its own."""
    return await _shown(command.around.scene(call, incident_id), call, desk, command)


@post(PATH + "/leader", opt={"act": "command.name_leader"}, include_in_schema=False)
async def name_leader(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, command: RoomGiven
) -> Answer:
    """Say who leads in a role."""
    form, scene = await Form.of(request), command.around.scene(call, incident_id)
    role, callsign = form.value("role"), form.value("callsign")
    if role not in {each.code for each in command.around.roles}:
        form.wrong["role"] = call.say("command.wrong.role")
    if not callsign or len(callsign) > CALLSIGN_CHARACTERS_LIMIT:
        form.wrong["callsign"] = call.say("command.wrong.callsign", count=CALLSIGN_CHARACTERS_LIMIT)

    async def act() -> None:
        await asking.name_leader(
            desk,
            call,
            command.around,
            scene,
            role=role,
            callsign=callsign,
            name=form.private("name") if form.value("name") else None,
            at=None,
            ref=form.ref,
        )

    return await _acted(form, scene, call, desk, command, act)


@post(PATH + "/left", opt={"act": "command.end_lead"}, include_in_schema=False)
async def end_lead(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, command: RoomGiven
) -> Answer:
    """Say that nobody leads in a role any longer."""
    form, scene = await Form.of(request), command.around.scene(call, incident_id)

    async def act() -> None:
        await asking.end_lead(desk, call, command.around, scene, form.value("role"), form.ref)

    return await _acted(form, scene, call, desk, command, act)


@post(PATH + "/word", opt={"act": "command.append_word"}, include_in_schema=False)
async def append(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, command: RoomGiven
) -> Answer:
    """Write a word for all who work there."""
    form, scene = await Form.of(request), command.around.scene(call, incident_id)
    if not form.value("word"):
        form.wrong["word"] = call.say("command.wrong.word")

    async def act() -> None:
        await asking.append(desk, call, scene, form.private("word"), form.ref)

    return await _acted(form, scene, call, desk, command, act)


async def _acted(
    form: Form,
    scene: Scene,
    call: Call,
    desk: Desk,
    room: Room,
    act: Callable[[], Awaitable[None]],
) -> Answer:
    if form.wrong:
        return await _shown(scene, call, desk, room, form)
    try:
        await act()
    except Refusal as refusal:
        return await _shown(scene, call, desk, room, form, refusal)
    return Redirect(f"/incidents/{scene.incident}", status_code=SEE_OTHER)


async def _shown(  # noqa: PLR0913 - a page, and a page that comes back
    scene: Scene,
    call: Call,
    desk: Desk,
    room: Room,
    form: Form | None = None,
    refusal: Refusal | None = None,
    *,
    template: str = "command/page.html",
) -> Template:
    around = room.around
    named = {
        each.code: each.danish if call.language == "da" else each.english for each in around.roles
    }
    answer = page(
        call,
        template,
        status=status_of(form, refusal),
        scene=scene,
        command=await room.of(desk, call, scene),
        roles={each.code: each for each in around.roles},
        named=named,
        choices=[(each.code, f"{each.short} {named[each.code]}") for each in around.roles],
        name_of=lambda organisation: around.name_of(call, organisation),
        is_assigned=bool(call.organisations & {*scene.assigned}),
        zone=around.zone,
        typed={} if form is None else form.typed,
        problems={} if form is None else form.wrong,
        refused=None if refusal is None else in_words(call, refusal.refused),
    )
    return kept(answer)


PAGES = (part, whole_page, name_leader, end_lead, append)
