# SPDX-License-Identifier: Apache-2.0
"""What every page of safety shows, and what a form of one says."""

from datetime import datetime
from typing import Any

import msgspec
from litestar.response import Template

from bavn.capabilities.safety.model.teams import TeamNow
from bavn.capabilities.safety.ports import Scene
from bavn.capabilities.safety.views.room import Room
from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.frame.forms import Form, in_words, kept, status_of
from bavn.frame.page import page
from bavn.kernel.instants import instant_of

_MINUTE_MS = 60_000


def shown(
    scene: Scene,
    call: Call,
    room: Room,
    template: str,
    form: Form | None = None,
    refusal: Refusal | None = None,
    **more: Any,
) -> Template:
    """A page, or the form that comes back as it was typed."""
    around, safety = room.around, room.of(call, scene)
    is_danish = call.language == "da"
    answer = page(
        call,
        template,
        status=status_of(form, refusal),
        scene=scene,
        safety=safety,
        rules=around.rules,
        cylinders=[
            (each.code, each.danish if is_danish else each.english) for each in around.cylinders
        ],
        figures={each.code: msgspec.to_builtins(each.figures) for each in around.cylinders},
        rules_data=msgspec.to_builtins(around.rules),
        steps_data=msgspec.to_builtins(safety.steps),
        units=[(each.unit, each.callsign) for each in safety.units],
        callsigns={each.unit: each.callsign for each in safety.units},
        says=lambda team: [call.say(f"safety.signal.{each.value}") for each in team.signals],
        first=_first,
        instant=instant_of,
        lasted=lambda from_ms, to_ms: max(0, to_ms - from_ms) // _MINUTE_MS,
        name_of=lambda organisation: around.name_of(call, organisation),
        zone=around.zone,
        typed={} if form is None else form.typed,
        problems={} if form is None else form.wrong,
        refused=None if refusal is None else in_words(call, refusal.refused),
        **more,
    )
    return kept(answer)


def _first(team: TeamNow) -> str:
    """What marks a team's card."""
    return team.signals[0].value if team.signals else "fine"


def written_at(form: Form) -> datetime | None:
    """When the device says that it was; None where it says nothing that can be read."""
    try:
        told = datetime.fromisoformat(form.value("written_at"))
    except ValueError:
        return None
    return told if told.tzinfo is not None else None


def number(form: Form, name: str, most: int, call: Call) -> int | None:
    """A whole number that was typed; None, and said what is wrong, where it is none."""
    typed = form.value(name)
    found = int(typed) if typed.isascii() and typed.isdecimal() else None
    if found is None or found > most:
        form.wrong[name] = call.say("safety.wrong.number", count=most)
        return None
    return found
