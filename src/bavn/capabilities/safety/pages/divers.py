# SPDX-License-Identifier: Apache-2.0
"""Smoke divers: the page that a device counts by, and the same from what was told."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import get, post
from litestar.response import Redirect, Template

from bavn.capabilities.safety.decisions import (
    EndMayday,
    EnterTeam,
    TellMayday,
    TellTeam,
    asking,
)
from bavn.capabilities.safety.facts import (
    BAR_LIMIT,
    CALLSIGN_CHARACTERS_LIMIT,
    KEY_CHARACTERS_LIMIT,
    TEAM_LIMIT,
)
from bavn.capabilities.safety.model.teams import StepSort
from bavn.capabilities.safety.pages.shown import number, shown, written_at
from bavn.capabilities.safety.ports import Scene
from bavn.capabilities.safety.views.room import Room, RoomGiven
from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.frame.forms import SEE_OTHER, Answer, AnyRequest, Form
from bavn.frame.given import CallGiven, DeskGiven

PATH = "/incidents/{incident_id:str}/divers"
READ = {"act": "safety.read_safety"}
TOLD = frozenset({StepSort.CONTACT, StepSort.PRESSURE, StepSort.TURNED, StepSort.OUT})
_PAGE, _YES = "safety/divers.html", "yes"
_LONGEST = CALLSIGN_CHARACTERS_LIMIT


@get("/incidents/{incident_id:str}/safety-part", opt=READ, include_in_schema=False)
async def part(incident_id: str, call: CallGiven, safety: RoomGiven, brief: str = "") -> Template:
    """Who is inside and who is counted: a part of the scene's board and of the incident's page.

    The latter is `brief`: it shows nothing where nothing was told.
    """
    scene = safety.around.scene(call, incident_id)
    return shown(scene, call, safety, "safety/part.html", is_brief=brief == _YES)


@get("/incidents/{incident_id:str}/divers-part", opt=READ, include_in_schema=False)
async def told_part(incident_id: str, call: CallGiven, safety: RoomGiven) -> Template:
    """The teams as they were told, with a form for each."""
    return shown(safety.around.scene(call, incident_id), call, safety, "safety/told.html")


@get(PATH, opt=READ, include_in_schema=False)
async def divers(incident_id: str, call: CallGiven, safety: RoomGiven) -> Template:
    """The page that a device counts by; its copy works without the server."""
    return shown(safety.around.scene(call, incident_id), call, safety, _PAGE)


@post(PATH, opt={"act": "safety.enter_team"}, include_in_schema=False)
async def enter(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, safety: RoomGiven
) -> Answer:
    """A team goes in."""
    form, scene = await Form.of(request), safety.around.scene(call, incident_id)
    callsign = _callsign(form, call)
    if not callsign:
        form.wrong.setdefault("callsign", call.say("safety.wrong.callsign", count=_LONGEST))
    count = number(form, "count", TEAM_LIMIT, call)
    if count == 0:
        form.wrong["count"] = call.say("safety.wrong.number", count=TEAM_LIMIT)
    bar = number(form, "bar", BAR_LIMIT, call)
    cylinder, is_known = safety.cylinder_of(form.value("cylinder"))

    async def act() -> None:
        content = asking.at_scene(
            call,
            scene,
            EnterTeam,
            callsign=callsign,
            count=count or 1,
            bar=bar or 0,
            cylinder=cylinder.code,
            figures=cylinder.figures,
            cylinder_known=is_known,
            team=_key(form),
            unit=form.value("unit") or None,
            **_of_form(form),
        )
        await asking.ask(desk, call, scene, content, form.ref)

    return await _acted(form, scene, call, safety, act)


@post(PATH + "/tell", opt={"act": "safety.tell_team"}, include_in_schema=False)
async def tell(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, safety: RoomGiven
) -> Answer:
    """A team was heard, has told its pressure, has turned or is out."""
    form, scene = await Form.of(request), safety.around.scene(call, incident_id)
    sort = next((each for each in TOLD if each.value == form.value("sort")), None)
    if sort is None or not _key(form):
        form.wrong["sort"] = call.say("safety.wrong.sort")
    bar = number(form, "bar", BAR_LIMIT, call) if sort is StepSort.PRESSURE else None

    async def act() -> None:
        content = asking.at_scene(
            call,
            scene,
            TellTeam,
            team=_key(form),
            sort=sort or StepSort.CONTACT,
            callsign=_callsign(form, call),
            bar=bar,
            corrects=form.value("corrects") == _YES,
            **_of_form(form),
        )
        await asking.ask(desk, call, scene, content, form.ref)

    return await _acted(form, scene, call, safety, act)


@post(PATH + "/mayday", opt={"act": "safety.tell_mayday"}, include_in_schema=False)
async def mayday(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, safety: RoomGiven
) -> Answer:
    """A mayday: whatever else is in the form, and whoever sends it, it is taken."""
    form, scene = await Form.of(request), safety.around.scene(call, incident_id)
    callsign = _callsign(form, call)
    form.wrong.clear()

    async def act() -> None:
        said = {"team": _key(form), "callsign": callsign, **_of_form(form)}
        content = asking.at_scene(call, scene, TellMayday, **said)
        await asking.alarm(desk, call, scene, content, form.ref)

    return await _acted(form, scene, call, safety, act)


@post(PATH + "/mayday-ended", opt={"act": "safety.end_mayday"}, include_in_schema=False)
async def end_mayday(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, safety: RoomGiven
) -> Answer:
    """A mayday is over."""
    form, scene = await Form.of(request), safety.around.scene(call, incident_id)
    if not _key(form):
        form.wrong["sort"] = call.say("safety.wrong.sort")

    async def act() -> None:
        said = {"team": _key(form), "callsign": _callsign(form, call), **_of_form(form)}
        content = asking.at_scene(call, scene, EndMayday, **said)
        await asking.ask(desk, call, scene, content, form.ref)

    return await _acted(form, scene, call, safety, act)


def _callsign(form: Form, call: Call) -> str:
    """The callsign that was typed; one that is too long is said to be, and left out."""
    typed = " ".join(form.value("callsign").split())
    if len(typed) <= _LONGEST:
        return typed
    form.wrong["callsign"] = call.say("safety.wrong.callsign", count=_LONGEST)
    return ""


def _key(form: Form) -> str:
    key = form.value("team")
    return key if len(key) <= KEY_CHARACTERS_LIMIT else ""


def _of_form(form: Form) -> dict[str, Any]:
    """When it was, by the device; the form's number; and whether a device counts by it already."""
    return {
        "at": written_at(form),
        "step": form.ref or "",
        "kept": form.value("kept") == _YES,
    }


async def _acted(
    form: Form, scene: Scene, call: Call, room: Room, act: Callable[[], Awaitable[None]]
) -> Answer:
    if form.wrong:
        return shown(scene, call, room, _PAGE, form)
    try:
        await act()
    except Refusal as refusal:
        return shown(scene, call, room, _PAGE, form, refusal)
    return Redirect(f"/incidents/{scene.incident}/divers", status_code=SEE_OTHER)


PAGES = (part, told_part, divers, enter, tell, mayday, end_mayday)
