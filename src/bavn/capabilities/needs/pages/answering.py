# SPDX-License-Identifier: Apache-2.0
"""What the centre answers, and what the scene takes back."""

from litestar import get, post
from litestar.response import Redirect, Template

from bavn.capabilities.needs.decisions import asking
from bavn.capabilities.needs.model.need import Answer as Told
from bavn.capabilities.needs.model.need import Because
from bavn.capabilities.needs.pages.showing import PATH, READ, TEXT_CHARACTERS_LIMIT, shown
from bavn.capabilities.needs.views.room import Need, Room, RoomGiven
from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.frame.forms import SEE_OTHER, Answer, AnyRequest, Form
from bavn.frame.given import CallGiven, DeskGiven

ONE, ONE_PAGE = PATH + "/{need_id:str}", "needs/one.html"


@get(ONE, opt=READ, include_in_schema=False)
async def one_page(
    incident_id: str, need_id: str, call: CallGiven, desk: DeskGiven, needs: RoomGiven
) -> Template:
    """One need, with the form to answer it."""
    scene = needs.around.scene(call, incident_id)
    need = needs.the_one(call, scene, need_id)
    return await shown(scene, call, desk, needs, template=ONE_PAGE, need=need.id)


@post(ONE + "/answer", opt={"act": "needs.answer_need"}, include_in_schema=False)
async def answer(
    request: AnyRequest,
    incident_id: str,
    need_id: str,
    call: CallGiven,
    desk: DeskGiven,
    needs: RoomGiven,
) -> Answer:
    """Seen, sent, partly, or cannot, because."""
    form, scene = await Form.of(request), needs.around.scene(call, incident_id)
    need = needs.the_one(call, scene, need_id)
    word = _word(form, call, needs, need)
    if word is None:
        return await shown(scene, call, desk, needs, form, template=ONE_PAGE, need=need.id)
    try:
        await asking.answer(desk, call, scene, word, form.ref)
    except Refusal as refusal:
        return await shown(scene, call, desk, needs, form, refusal, template=ONE_PAGE, need=need.id)
    return Redirect(f"/incidents/{scene.incident}/needs", status_code=SEE_OTHER)


@post(ONE + "/back", opt={"act": "needs.take_back_need"}, include_in_schema=False)
async def back(
    request: AnyRequest,
    incident_id: str,
    need_id: str,
    call: CallGiven,
    desk: DeskGiven,
    needs: RoomGiven,
) -> Answer:
    """It is needed no longer."""
    form, scene = await Form.of(request), needs.around.scene(call, incident_id)
    need = needs.the_one(call, scene, need_id)
    try:
        await asking.take_back(desk, call, scene, need.id, need.asker, form.ref)
    except Refusal as refusal:
        return await shown(scene, call, desk, needs, form, refusal, template=ONE_PAGE, need=need.id)
    return Redirect(f"/incidents/{scene.incident}/needs", status_code=SEE_OTHER)


def _word(form: Form, call: Call, room: Room, need: Need) -> asking.Word | None:
    """What was answered; None where something is wrong with it."""
    told = next((each for each in Told if each.value == form.value("answer")), None)
    if told is None:
        form.wrong["answer"] = call.say("needs.wrong.answer")
    units, unknown = room.around.units(call, form.value("units"))
    if unknown:
        form.wrong["units"] = call.say("needs.wrong.units", names=", ".join(unknown))
    if len(form.value("text")) > TEXT_CHARACTERS_LIMIT:
        form.wrong["text"] = call.say("needs.wrong.text", count=TEXT_CHARACTERS_LIMIT)
    if form.wrong or told is None:
        return None
    because = next((each for each in Because if each.value == form.value("because")), None)
    return asking.Word(
        need=need.id,
        asker=need.asker,
        answer=told,
        units=units,
        because=None if because is None else because.value,
        text=form.private("text") if form.value("text") else None,
    )


PAGES = (one_page, answer, back)
