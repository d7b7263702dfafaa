# SPDX-License-Identifier: Apache-2.0
"""The roll call: each unit's number, typed with a thumb, kept without network."""

from litestar import get, post
from litestar.response import Redirect, Template

from bavn.capabilities.safety.decisions import asking
from bavn.capabilities.safety.decisions.rolls import CallRoll, CloseRoll, Count
from bavn.capabilities.safety.facts import CALLSIGN_CHARACTERS_LIMIT, PRESENT_LIMIT, UnitExpected
from bavn.capabilities.safety.model.roll import UNITS_LIMIT
from bavn.capabilities.safety.pages.shown import shown, written_at
from bavn.capabilities.safety.views.room import RoomGiven, SafetyNow
from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.frame.forms import SEE_OTHER, Answer, AnyRequest, Form
from bavn.frame.given import CallGiven, DeskGiven

PATH = "/incidents/{incident_id:str}/roll-call"
_PAGE = "safety/roll.html"
# Fields are named by unit: what was counted outside, how many were inside, how many are expected.
_COUNT, _INSIDE, _EXPECTED, _CALLSIGN = "count:", "inside:", "expected:", "callsign:"


@get(PATH, opt={"act": "safety.read_safety"}, include_in_schema=False)
async def roll_page(incident_id: str, call: CallGiven, safety: RoomGiven) -> Template:
    """Who should be there, who was counted, and who is missing since when."""
    return shown(safety.around.scene(call, incident_id), call, safety, _PAGE)


@post(PATH, opt={"act": "safety.call_roll"}, include_in_schema=False)
async def count(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, safety: RoomGiven
) -> Answer:
    """Begin a roll call, or count units in it; what was counted without network is kept so."""
    form, scene = await Form.of(request), safety.around.scene(call, incident_id)
    counts = _counts(form, safety.of(call, scene), call)
    if form.wrong:
        return shown(scene, call, safety, _PAGE, form)
    content = asking.at_scene(
        call,
        scene,
        CallRoll,
        starts=form.value("starts") == "yes",
        units=_expected(form),
        counts=counts,
        at=written_at(form),
    )
    try:
        await asking.ask(desk, call, scene, content, form.ref)
    except Refusal as refusal:
        return shown(scene, call, safety, _PAGE, form, refusal)
    return Redirect(f"/incidents/{incident_id}/roll-call", status_code=SEE_OTHER)


@post(PATH + "/closed", opt={"act": "safety.close_roll"}, include_in_schema=False)
async def close(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, safety: RoomGiven
) -> Answer:
    """End the roll call."""
    form, scene = await Form.of(request), safety.around.scene(call, incident_id)
    reason = form.private("reason") if form.value("reason") else None
    content = asking.at_scene(call, scene, CloseRoll, reason=reason, at=written_at(form))
    try:
        await asking.ask(desk, call, scene, content, form.ref)
    except Refusal as refusal:
        return shown(scene, call, safety, _PAGE, form, refusal)
    return Redirect(f"/incidents/{incident_id}/roll-call", status_code=SEE_OTHER)


def _units(form: Form) -> list[str]:
    names = (each.removeprefix(_CALLSIGN) for each in form.typed if each.startswith(_CALLSIGN))
    return [name for name in names if name][:UNITS_LIMIT]


def _expected(form: Form) -> tuple[UnitExpected, ...]:
    return tuple(
        UnitExpected(
            unit=unit,
            callsign=form.value(f"{_CALLSIGN}{unit}")[:CALLSIGN_CHARACTERS_LIMIT],
            expected=_number(form.value(f"{_EXPECTED}{unit}")),
        )
        for unit in _units(form)
    )


def _counts(form: Form, safety: SafetyNow, call: Call) -> tuple[Count, ...]:
    """The units whose number was typed, or told whole with one press."""
    whole, found = form.values("whole"), []
    for unit in _units(form):
        typed = form.value(f"{_COUNT}{unit}")
        expected = _number(form.value(f"{_EXPECTED}{unit}"))
        inside = _number(form.value(f"{_INSIDE}{unit}"))
        inside = safety.inside_of(unit) if inside is None else inside
        present = _number(typed)
        if unit in whole and expected is not None and not typed:
            present = max(0, expected - inside)
        elif typed and present is None:
            form.wrong[f"{_COUNT}{unit}"] = call.say("safety.wrong.number", count=PRESENT_LIMIT)
        if present is not None:
            found.append(
                Count(
                    unit=unit,
                    callsign=form.value(f"{_CALLSIGN}{unit}")[:CALLSIGN_CHARACTERS_LIMIT],
                    present=present,
                    inside=inside,
                    expected=expected,
                )
            )
    return tuple(found)


def _number(typed: str) -> int | None:
    is_number = typed.isascii() and typed.isdecimal() and len(typed) <= len(str(PRESENT_LIMIT))
    return int(typed) if is_number else None


PAGES = (roll_page, count, close)
