# SPDX-License-Identifier: Apache-2.0
"""What the scene asks for: on a phone with gloves, or typed for it over the radio."""

from datetime import datetime
from typing import Any

from litestar import Request, get, post
from litestar.response import Redirect, Template

from bavn.capabilities.needs.decisions import asking
from bavn.capabilities.needs.facts import COUNT_LIMIT, Wanted
from bavn.capabilities.needs.model.need import MINUTE, Sort
from bavn.capabilities.needs.pages.showing import (
    PATH,
    READ,
    ROWS,
    TEXT_CHARACTERS_LIMIT,
    WITHIN_MIN,
    shown,
)
from bavn.capabilities.needs.views.room import Room, RoomGiven
from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.frame.forms import SEE_OTHER, Answer, AnyRequest, Form
from bavn.frame.given import CallGiven, DeskGiven

RESOURCE, RESOURCE_COUNT = "resource", "resource-count"


@get(PATH + "-part", opt=READ, include_in_schema=False)
async def part(
    request: Request[Any, Any, Any],
    incident_id: str,
    call: CallGiven,
    desk: DeskGiven,
    needs: RoomGiven,
) -> Template:
    """The part of the incident's page, of the commander's board, and of the page of needs."""
    scene, own = needs.around.scene(call, incident_id), "own" in request.query_params
    return await shown(scene, call, desk, needs, template="needs/part.html", is_own_page=own)


@get(PATH, opt=READ, include_in_schema=False)
async def needs_page(
    request: Request[Any, Any, Any],
    incident_id: str,
    call: CallGiven,
    desk: DeskGiven,
    needs: RoomGiven,
) -> Template:
    """What is asked for, and the form; an address may choose what stands in it."""
    asked = request.query_params
    chosen = {name: str(asked[name]) for name in ("sort", "unit") if name in asked}
    scene = needs.around.scene(call, incident_id)
    return await shown(scene, call, desk, needs, chosen=chosen)


@post(PATH, opt={"act": "needs.ask_need"}, include_in_schema=False)
async def ask(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, needs: RoomGiven
) -> Answer:
    """Ask; what has waited on a device stands at the time it was written."""
    form, scene = await Form.of(request), needs.around.scene(call, incident_id)
    wish = _wish(form, call, needs)
    if wish is None:
        return await shown(scene, call, desk, needs, form)
    try:
        await asking.ask(desk, call, scene, wish, form.ref)
    except Refusal as refusal:
        return await shown(scene, call, desk, needs, form, refusal)
    return Redirect(f"/incidents/{scene.incident}/needs", status_code=SEE_OTHER)


def _wish(form: Form, call: Call, room: Room) -> asking.Wish | None:
    """What was asked for; None where something is wrong with it."""
    sort = next((each for each in Sort if each.value == form.value("sort")), None)
    if sort is None:
        form.wrong["sort"] = call.say("needs.wrong.sort")
        return None
    wants: tuple[Wanted, ...] = ()
    unit: str | None = None
    if sort is Sort.UNITS:
        rows = [(f"type-{number}", f"count-{number}") for number in range(ROWS)]
        wants = _wants(form, call, rows, {code for code, _ in room.around.types(call)})
    elif sort is Sort.RESOURCE:
        known = {code for code, _ in room.around.resources(call)}
        wants = _wants(form, call, [(RESOURCE, RESOURCE_COUNT)], known)
    elif sort is Sort.RELIEF:
        found, unknown = room.around.units(call, form.value("unit"))
        unit = next(iter(found), None)
        if unit is None or unknown or len(found) > 1:
            form.wrong["unit"] = call.say("needs.wrong.unit")
    has_text = bool(form.value("text"))
    if not wants and unit is None and not has_text and not form.wrong:
        form.wrong["text" if sort is Sort.OTHER else _first_of(sort)] = call.say("needs.wrong.what")
    if len(form.value("text")) > TEXT_CHARACTERS_LIMIT:
        form.wrong["text"] = call.say("needs.wrong.text", count=TEXT_CHARACTERS_LIMIT)
    written_at = _written_at(form)
    by_at = _by_at(form, call, min(written_at or call.now, call.now))
    if form.wrong:
        return None
    return asking.Wish(
        sort=sort,
        wants=wants,
        unit=unit,
        text=form.private("text") if has_text else None,
        urgent=form.value("urgent") == "yes",
        by_at=by_at,
        at=written_at,
        by_radio=form.value("by_radio") == "yes",
    )


def _first_of(sort: Sort) -> str:
    return RESOURCE if sort is Sort.RESOURCE else "type-0"


def _wants(
    form: Form, call: Call, rows: list[tuple[str, str]], known: set[str]
) -> tuple[Wanted, ...]:
    found: dict[str, int] = {}
    for type_name, count_name in rows:
        code, count = form.value(type_name), form.value(count_name) or "1"
        if not code:
            continue
        if code not in known:
            form.wrong[type_name] = call.say("needs.wrong.type")
        elif not (count.isascii() and count.isdecimal() and 1 <= int(count) <= COUNT_LIMIT):
            form.wrong[count_name] = call.say("needs.wrong.count", most=COUNT_LIMIT)
        else:
            found[code] = min(found.get(code, 0) + int(count), COUNT_LIMIT)
    return tuple(Wanted(code, count) for code, count in found.items())


def _written_at(form: Form) -> datetime | None:
    """When the device says that it was written; None where it says nothing that can be read."""
    try:
        told = datetime.fromisoformat(form.value("written_at"))
    except ValueError:
        return None
    return told if told.tzinfo is not None else None


def _by_at(form: Form, call: Call, at: datetime) -> datetime | None:
    within = form.value("within")
    if not within:
        return None
    if within not in {str(each) for each in WITHIN_MIN}:
        form.wrong["within"] = call.say("needs.wrong.within")
        return None
    return at + int(within) * MINUTE


PAGES = (part, needs_page, ask)
