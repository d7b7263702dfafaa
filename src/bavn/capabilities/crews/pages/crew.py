# SPDX-License-Identifier: Apache-2.0
"""Who is aboard: a part of the unit's page, and a page of its own where the form comes back."""

from datetime import datetime

from litestar import get, post
from litestar.response import Redirect, Template

from bavn.capabilities.crews.decisions import ManUnit, asking
from bavn.capabilities.crews.facts import COMPETENCES_LIMIT, CREW_LIMIT
from bavn.capabilities.crews.model.crew import aboard_in, competence_in, last_at
from bavn.capabilities.crews.ports import Unit
from bavn.capabilities.crews.views.reading import Room, RoomGiven
from bavn.frame.call import Call
from bavn.frame.country import Basis
from bavn.frame.desk import Refusal
from bavn.frame.forms import SEE_OTHER, Answer, AnyRequest, Form, in_words, kept, status_of
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page

READ, MAN = {"act": "crews.read_crews"}, {"act": "crews.man_unit"}
# What most turn out with: one who leads, and the others.
USUAL = ("1+5", "1+3", "1+7", "0")


@get("/units/{unit_id:str}/crew-part", opt=READ, include_in_schema=False)
async def crew_part(unit_id: str, call: CallGiven, crews: RoomGiven) -> Template:
    """The part of the unit's page."""
    return _shown(crews.around.unit(call, unit_id), call, crews, template="crews/crew.html")


@get("/units/{unit_id:str}/crew", opt=READ, include_in_schema=False)
async def crew_page(unit_id: str, call: CallGiven, crews: RoomGiven) -> Template:
    """The same as a page of its own."""
    return _shown(crews.around.unit(call, unit_id), call, crews)


@post("/units/{unit_id:str}/crew", opt=MAN, include_in_schema=False)
async def man(
    request: AnyRequest, unit_id: str, call: CallGiven, desk: DeskGiven, crews: RoomGiven
) -> Answer:
    """Say who is aboard."""
    form, unit = await Form.of(request), crews.around.unit(call, unit_id)
    content = _content(form, unit, call, crews)
    if content is None:
        return _shown(unit, call, crews, form)
    try:
        await asking.man(desk, call, unit, content, form.ref)
    except Refusal as refusal:
        return _shown(unit, call, crews, form, refusal)
    return Redirect(f"/units/{unit_id}", status_code=SEE_OTHER)


def _content(form: Form, unit: Unit, call: Call, room: Room) -> ManUnit | None:
    """What was typed; None where something is wrong with it."""
    # A button with a usual crew on it is a whole word.
    typed = form.value("usual") or form.value("aboard")
    aboard = aboard_in(typed)
    if aboard is None or aboard[1] > CREW_LIMIT:
        form.wrong["aboard"] = call.say("crews.wrong.aboard", value=typed)
        return None
    leaders, count = aboard
    smoke_divers = _count(form, "smoke_divers", count, call)
    drivers = _count(form, "drivers", count, call)
    on_duty_at = _clock(form, "on_duty_at", call, room)
    words = [each for each in form.value("competences").split(",") if each.strip()]
    competences = [competence_in(each) for each in words]
    if None in competences or len(competences) > COMPETENCES_LIMIT:
        form.wrong["competences"] = call.say("crews.wrong.competences")
    if form.wrong:
        return None
    return ManUnit(
        unit=unit.id,
        area=unit.area,
        count=count,
        leaders=leaders,
        competences=tuple(dict.fromkeys(each for each in competences if each is not None)),
        on_duty_at=on_duty_at,
        relieved=bool(form.value("relieved")),
        registered=unit.registered,
        planned=unit.plan.count,
        smoke_divers=smoke_divers,
        drivers=drivers,
    )


def _count(form: Form, name: str, aboard: int, call: Call) -> int | None:
    """How many of those aboard; None where that was not said."""
    said = form.value(name)
    number = int(said) if said.isascii() and said.isdigit() else None
    if said and (number is None or number > aboard):
        form.wrong[name] = call.say("crews.wrong.count", value=said, count=aboard)
    return number


def _clock(form: Form, name: str, call: Call, room: Room) -> datetime | None:
    """The last time of day that was typed: a crew came on duty before now."""
    typed = form.value(name)
    found = last_at(typed, call.now.astimezone(room.around.zone)) if typed else None
    if typed and found is None:
        form.wrong[name] = call.say("crews.wrong.clock", value=typed)
    return found


def _shown(
    unit: Unit,
    call: Call,
    room: Room,
    form: Form | None = None,
    refusal: Refusal | None = None,
    *,
    template: str = "crews/page.html",
) -> Template:
    answer = page(
        call,
        template,
        status=status_of(form, refusal),
        unit=unit,
        crew=room.one(unit, call.now),
        limits=room.around.limits,
        zone=room.around.zone,
        usual=USUAL,
        is_own=unit.service in call.organisations,
        is_calibrated=lambda basis: basis.startswith(Basis.CALIBRATION),
        typed={} if form is None else form.typed,
        problems={} if form is None else form.wrong,
        refused=None if refusal is None else in_words(call, refusal.refused),
    )
    return kept(answer)


PAGES = (crew_part, crew_page, man)
