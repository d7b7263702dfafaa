# SPDX-License-Identifier: Apache-2.0
"""How needs are shown: all of an incident with the form to ask, and one with the form to answer."""

from typing import Any

from litestar.response import Template

from bavn.capabilities.needs.model.need import MINUTE, Because
from bavn.capabilities.needs.ports import Scene
from bavn.capabilities.needs.views.room import Need, Room, what_of
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal
from bavn.frame.forms import Form, in_words, kept, status_of
from bavn.frame.page import page

PATH = "/incidents/{incident_id:str}/needs"
READ = {"act": "needs.read_needs"}
# Rows for types of units; more is asked for in a second need.
ROWS = 3
# By when it has to be there, with one touch.
WITHIN_MIN = (10, 20, 30, 60, 120)
# A text of a fact is kept up to some thousand characters; a thumb types far less.
TEXT_CHARACTERS_LIMIT = 2_000


async def shown(  # noqa: PLR0913 - a page, and a page that comes back
    scene: Scene,
    call: Call,
    desk: Desk,
    room: Room,
    form: Form | None = None,
    refusal: Refusal | None = None,
    *,
    template: str = "needs/page.html",
    need: str | None = None,
    chosen: dict[str, str] | None = None,
    is_own_page: bool = True,
) -> Template:
    """A page of an incident's needs; or of one of them, where `need` names it.

    Where the form stands, `is_own_page`, there is no way to it.
    """
    around = room.around
    now = await room.of(desk, call, scene)
    units = around.units_at(call, scene)
    asked_for = {each.unit for each in now.items if each.waits}
    answer = page(
        call,
        template,
        status=status_of(form, refusal),
        scene=scene,
        is_own_page=is_own_page,
        one=next((each for each in now.items if each.id == need), None),
        waiting=[each for each in now.items if each.waits],
        over=[each for each in now.items if not each.waits],
        what=lambda each: what_of(call, around, each),
        is_over_time=lambda each: _is_over_time(each, call, room),
        seen_min=room.seen_min,
        **_choices(call, room),
        units=[("", ""), *((each.id, each.callsign) for each in units)],
        tired=[each for each in units if each.is_due and each.id not in asked_for],
        callsign=lambda unit: around.callsign(call, unit),
        name_of=lambda organisation: around.name_of(call, organisation),
        is_own=lambda organisation: organisation in call.organisations,
        may_answer=bool(call.organisations & {*scene.answering}),
        is_assigned=bool(call.organisations & {*scene.assigned}),
        minutes_to=lambda at: round((at - call.now) / MINUTE),
        zone=around.zone,
        typed=(chosen or {}) if form is None else form.typed,
        problems={} if form is None else form.wrong,
        refused=None if refusal is None else in_words(call, refusal.refused),
    )
    return kept(answer)


def _choices(call: Call, room: Room) -> dict[str, Any]:
    """What there is to choose from."""
    return {
        "sorts": _sorts(call, room),
        "types": [("", ""), *room.around.types(call)],
        "resources": [("", ""), *room.around.resources(call)],
        "rows": ROWS,
        "withins": _withins(call),
        "reasons": _reasons(call),
    }


def _sorts(call: Call, room: Room) -> list[tuple[str, str, str]]:
    return [
        (each.code, each.danish, each.danish_hint)
        if call.language == "da"
        else (each.code, each.english, each.english_hint)
        for each in room.around.rules
    ]


def _reasons(call: Call) -> list[tuple[str, str]]:
    return [("", ""), *((each.value, call.say(f"needs.because.{each}")) for each in Because)]


def _withins(call: Call) -> list[tuple[str, str]]:
    soon = [(str(each), call.say("needs.within_min", count=each)) for each in WITHIN_MIN]
    return [("", call.say("needs.within_none")), *soon]


def _is_over_time(need: Need, call: Call, room: Room) -> bool:
    """True where nobody has seen it in time."""
    return need.state == "asked" and call.now - need.asked_at >= room.seen_min(need.sort) * MINUTE
