# SPDX-License-Identifier: Apache-2.0
"""Writing on the board: each form is one fact, also when it waited on a device.

Whoever sends from the page is answered shortly: the board's living parts show what has come of it,
and nothing is moved under a thumb. Without a script the board comes back as a page.
"""

import re
from collections.abc import Callable

import msgspec
from litestar import Response, post
from litestar.response import Redirect

from bavn.capabilities.scene.decisions import (
    MeasureWind,
    PlaceUnit,
    Tell,
    TellHazard,
    TellSector,
    TellTask,
    asking,
)
from bavn.capabilities.scene.facts import (
    BASED_ON_LIMIT,
    FULL_CIRCLE_DEG,
    LABEL_CHARACTERS_LIMIT,
    THING_CHARACTERS_LIMIT,
    WIND_M_S_MOST,
)
from bavn.capabilities.scene.model.board import TaskState, degrees_of
from bavn.capabilities.scene.pages.board import PATH, shown
from bavn.capabilities.scene.views.reading import Told
from bavn.capabilities.scene.views.room import Room, RoomGiven
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal
from bavn.frame.forms import SEE_OTHER, UNPROCESSABLE, Answer, AnyRequest, Form
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.written import written_at
from bavn.kernel.private import Private

_THING = re.compile(rf"[A-Za-z0-9-]{{1,{THING_CHARACTERS_LIMIT}}}")
YES = "yes"
Read = Callable[[Form, Call], Tell]


def _thing(form: Form, name: str) -> str | None:
    """The id in a field that a page has filled; None where there is none."""
    found = form.value(name)
    return found if _THING.fullmatch(found) else None


def _based_on(form: Form) -> tuple[str, ...]:
    seen = [each for each in form.value("based_on").split() if _THING.fullmatch(each)]
    return tuple(seen[-BASED_ON_LIMIT:])


def _after(form: Form) -> tuple[str, ...]:
    """The device's own numbers of what it has written of the thing before."""
    return tuple(each for each in form.value("after").split() if _THING.fullmatch(each))[
        -BASED_ON_LIMIT:
    ]


def _label(form: Form, call: Call, name: str) -> str:
    said = " ".join(form.value(name).split())
    if len(said) > LABEL_CHARACTERS_LIMIT:
        form.wrong[name] = call.say("scene.wrong.label", count=LABEL_CHARACTERS_LIMIT)
    return said


def _text(form: Form, name: str) -> tuple[Private | None, str | None]:
    """What was typed, and the version in which it stood; a field that was emptied has neither.

    A form without the field leaves the text as it stands, also for who may not read it.
    """
    of = _thing(form, f"{name}_of")
    if name not in form.typed:
        return None, of
    return (form.private(name), of) if form.value(name) else (None, None)


def _sector(form: Form, call: Call) -> Tell:
    name, (what, what_of) = _label(form, call, "name"), _text(form, "what")
    if not name:
        form.wrong["name"] = call.say("scene.wrong.name")
    return TellSector(
        incident="",
        to=(),
        sector=_thing(form, "sector"),
        based_on=_based_on(form),
        after=_after(form),
        name=name,
        leader=_label(form, call, "leader"),
        what=what,
        what_of=what_of,
        ended=form.value("ended") == YES,
    )


def _task(form: Form, call: Call) -> Tell:
    text, text_of = _text(form, "text")
    if text is None and text_of is None:
        form.wrong["text"] = call.say("scene.wrong.text")
    state = next((each for each in TaskState if each.value == form.value("state")), None)
    return TellTask(
        incident="",
        to=(),
        task=_thing(form, "task"),
        based_on=_based_on(form),
        after=_after(form),
        text=text,
        text_of=text_of,
        sector=_thing(form, "sector"),
        unit=form.value("unit") or None,
        state=state or TaskState.ORDERED,
        urgent=form.value("urgent") == YES,
    )


def _hazard(form: Form, _call: Call) -> Tell:
    where, where_of = _text(form, "where")
    return TellHazard(
        incident="",
        to=(),
        hazard=_thing(form, "hazard"),
        based_on=_based_on(form),
        after=_after(form),
        kind=form.value("kind"),
        where=where,
        where_of=where_of,
        over=form.value("over") == YES,
    )


def _unit(form: Form, _call: Call) -> Tell:
    return PlaceUnit(incident="", to=(), unit=form.value("unit"), sector=_thing(form, "sector"))


def _wind(form: Form, call: Call) -> Tell:
    said = form.value("from")
    from_deg = degrees_of(said)
    if from_deg is None and said.isascii() and said.isdigit() and len(said) <= 3:  # noqa: PLR2004 - 360 has three digits
        from_deg = int(said) % FULL_CIRCLE_DEG if int(said) <= FULL_CIRCLE_DEG else None
    if from_deg is None:
        form.wrong["from"] = call.say("scene.wrong.from")
    speed = speed_in(form.value("speed"))
    if speed is None:
        form.wrong["speed"] = call.say("scene.wrong.speed")
    return MeasureWind(incident="", to=(), from_deg=from_deg or 0, speed_m_s=speed or 0.0)


def speed_in(typed: str) -> float | None:
    """Metres a second as people write them; None for what is no wind.

    >>> speed_in("8"), speed_in("5,5"), speed_in("orkan"), speed_in("400")
    (8.0, 5.5, None, None)
    """
    found = re.fullmatch(r"(\d{1,2}(?:[.,]\d)?)\s*(?:m/s)?", typed)
    speed = None if found is None else float(found[1].replace(",", "."))
    return speed if speed is not None and speed <= WIND_M_S_MOST else None


@post(PATH + "/sector", opt={"act": "scene.tell_sector"}, include_in_schema=False)
async def tell_sector(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, scene: RoomGiven
) -> Answer:
    """A sector."""
    return await _told(request, incident_id, call, desk, scene, _sector)


@post(PATH + "/task", opt={"act": "scene.tell_task"}, include_in_schema=False)
async def tell_task(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, scene: RoomGiven
) -> Answer:
    """A task."""
    return await _told(request, incident_id, call, desk, scene, _task)


@post(PATH + "/hazard", opt={"act": "scene.tell_hazard"}, include_in_schema=False)
async def tell_hazard(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, scene: RoomGiven
) -> Answer:
    """A hazard."""
    return await _told(request, incident_id, call, desk, scene, _hazard)


@post(PATH + "/unit", opt={"act": "scene.place_unit"}, include_in_schema=False)
async def place_unit(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, scene: RoomGiven
) -> Answer:
    """Where a unit works."""
    return await _told(request, incident_id, call, desk, scene, _unit)


@post(PATH + "/wind", opt={"act": "scene.measure_wind"}, include_in_schema=False)
async def measure_wind(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, scene: RoomGiven
) -> Answer:
    """The wind."""
    return await _told(request, incident_id, call, desk, scene, _wind)


async def _told(
    request: AnyRequest, incident: str, call: Call, desk: Desk, room: Room, read: Read
) -> Answer:
    form, site = await Form.of(request), room.around.site(call, incident)
    content = read(form, call)
    is_script = "x-outbox" in request.headers
    if form.wrong:
        if is_script:
            return _wrong(form)
        return await shown(incident, call, desk, room, form=form)
    content = await _as_it_stood(call, desk, content, incident)
    content = msgspec.structs.replace(
        content, incident=incident, at=written_at(form.value("written_at"))
    )
    try:
        await asking.tell(desk, call, room.around, site, content, form.ref)
    except Refusal as refusal:
        if is_script:
            raise
        return await shown(incident, call, desk, room, form=form, refusal=refusal)
    if is_script:
        return Response({"done": True}, status_code=200)
    return Redirect(f"/incidents/{incident}/board", status_code=SEE_OTHER)


# In which field of a request a text stands, and in which one the version that it stood in before.
_TEXTS: dict[type[Tell], tuple[str, str]] = {
    TellSector: ("what", "what_of"),
    TellTask: ("text", "text_of"),
    TellHazard: ("where", "where_of"),
}


async def _as_it_stood(call: Call, desk: Desk, content: Tell, incident: str) -> Tell:
    """Without a text that is as it was: it stands where it was written, and is sealed once."""
    if type(content) not in _TEXTS:
        return content
    name, of = _TEXTS[type(content)]
    text, fact = getattr(content, name), getattr(content, of)
    if text is None or fact is None:
        return content
    before = await Told(desk.query, call, incident).text(desk, fact)
    is_same = before is not None and before.split() == text.reveal().split()
    return msgspec.structs.replace(content, **{name if is_same else of: None})


def _wrong(form: Form) -> Answer:
    """What is wrong, for a form that stands as it was typed."""
    said = " ".join(form.wrong.values())
    error = {"code": "invalid_form", "says": said, "try_instead": ""}
    return Response({"error": error}, status_code=UNPROCESSABLE)


PAGES = (tell_sector, tell_task, tell_hazard, place_unit, measure_wind)
