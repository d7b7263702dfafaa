# SPDX-License-Identifier: Apache-2.0
"""The board, its two living parts, and the same on paper."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import get
from litestar.response import Template

from bavn.capabilities.scene.facts import LABEL_CHARACTERS_LIMIT
from bavn.capabilities.scene.model.board import ACTIVE, MAIN_POINTS, NEXT
from bavn.capabilities.scene.views.room import (
    Board,
    Room,
    RoomGiven,
    Thing,
    UnitShown,
    wind_in_words,
)
from bavn.frame.call import Call
from bavn.frame.country import Basis
from bavn.frame.desk import Desk, Refusal
from bavn.frame.forms import Form, in_words, kept, status_of
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page

PATH = "/incidents/{incident_id:str}/board"
READ = {"act": "scene.read_board"}
PAGE, NOW, FORMS = "scene/board.html", "scene/now.html", "scene/forms.html"
PRINTED = "scene/printed.html"


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A sector with its units and tasks; the first column has what is in none.

    `over` are the tasks that are done or given up: they stand folded, under the others.
    """

    sector: Thing | None
    units: Sequence[UnitShown]
    tasks: Sequence[Thing]
    over: Sequence[Thing]


def columns_of(board: Board) -> Sequence[Column]:
    """What is in no sector first, then each sector that has not ended."""
    sectors = [each for each in board.sectors if not each.last.fields["ended"]]
    ids = {each.id for each in sectors}
    place = {each.unit.id: each.sector for each in board.units}

    def of_task(task: Thing) -> str | None:
        fields = task.last.fields
        # A task for a unit stands where the unit does.
        named = fields["sector"] or place.get(str(fields["unit"]))
        return named if named in ids else None

    columns = []
    for sector, id_ in [(None, None), *((each, each.id) for each in sectors)]:
        tasks = [each for each in board.tasks if of_task(each) == id_]
        # What nobody has settled is not over.
        going_on = [e for e in tasks if e.last.fields["state"] in ACTIVE or not e.is_settled]
        columns.append(
            Column(
                sector=sector,
                units=[each for each in board.units if each.sector == id_],
                tasks=going_on,
                over=[each for each in tasks if each not in going_on],
            )
        )
    return columns


def unit_choices(board: Board, call: Call, room: Room, chosen: str | None) -> list[tuple[str, str]]:
    """The units that a task may be for: those that are there, and the one that it is for."""
    found = [(each.unit.id, each.unit.callsign) for each in board.units]
    if chosen and chosen not in {unit for unit, _ in found}:
        found.append((chosen, room.around.unit_name(call, chosen)))
    return found


@get(PATH, opt=READ, include_in_schema=False)
async def board_page(
    incident_id: str, call: CallGiven, desk: DeskGiven, scene: RoomGiven
) -> Template:
    """The whole board."""
    return await shown(incident_id, call, desk, scene)


@get(PATH + "/now-part", opt=READ, include_in_schema=False)
async def now_part(
    incident_id: str, call: CallGiven, desk: DeskGiven, scene: RoomGiven
) -> Template:
    """What stands, as a living part."""
    return await shown(incident_id, call, desk, scene, template=NOW)


@get(PATH + "/forms-part", opt=READ, include_in_schema=False)
async def forms_part(
    incident_id: str, call: CallGiven, desk: DeskGiven, scene: RoomGiven
) -> Template:
    """What new things are written with: apart, so that typing holds nothing else back."""
    return await shown(incident_id, call, desk, scene, template=FORMS)


@get(PATH + "/print", opt=READ, include_in_schema=False)
async def printed_page(
    incident_id: str, call: CallGiven, desk: DeskGiven, scene: RoomGiven
) -> Template:
    """The board on paper."""
    return await shown(incident_id, call, desk, scene, template=PRINTED)


async def shown(  # noqa: PLR0913 - a page, and a page that comes back
    incident: str,
    call: Call,
    desk: Desk,
    room: Room,
    *,
    form: Form | None = None,
    refusal: Refusal | None = None,
    template: str = PAGE,
) -> Template:
    """The board; what was typed stands in its form again."""
    board = await room.of(desk, call, incident)
    answer = page(
        call,
        template,
        status=status_of(form, refusal),
        board=board,
        paper=template == PRINTED,
        site=board.site,
        columns=columns_of(board),
        now=call.now,
        typed={} if form is None else form.typed,
        problems={} if form is None else form.wrong,
        refused=None if refusal is None else in_words(call, refusal.refused),
        **_named(board, call, room),
        **_offered(board, call, room),
    )
    return kept(answer)


def _named(board: Board, call: Call, room: Room) -> dict[str, Any]:
    """What things are called, and how they are marked."""
    around, wind = room.around, board.wind
    return {
        "sector_names": {each.id: each.last.fields["name"] for each in board.sectors},
        "hazard_name": lambda code: room.hazard_name(call, code),
        "marks": {each.code: each.mark for each in around.hazards},
        "wind": None if wind is None else wind_in_words(call, wind.from_deg, wind.speed_m_s),
        "wind_old_min": int(around.rules.wind_old.total_seconds() // 60),
        "is_calibrated": around.rules.basis.startswith(Basis.CALIBRATION),
        "name_of": lambda organisation: around.name_of(call, organisation),
        "function": lambda code: around.function(call, code),
        "unit_name": lambda unit: around.unit_name(call, unit),
        "is_assigned": bool(call.organisations & {*board.site.assigned}),
        "active": frozenset(map(str, ACTIVE)),
        "zone": around.zone,
    }


def _offered(board: Board, call: Call, room: Room) -> dict[str, Any]:
    """What forms offer to choose from."""
    return {
        "open_sectors": [
            (each.id, each.last.fields["name"])
            for each in board.sectors
            if not each.last.fields["ended"]
        ],
        "next_states": {str(state): [str(each) for each in then] for state, then in NEXT.items()},
        "states": [(str(each), call.say(f"scene.state.{each}")) for each in NEXT],
        "unit_choices": lambda unit: unit_choices(board, call, room, unit),
        "points": [(each, call.say(f"scene.point.{each}")) for each in MAIN_POINTS],
        "kinds": [(each.code, room.hazard_name(call, each.code)) for each in room.around.hazards],
        "label_limit": LABEL_CHARACTERS_LIMIT,
    }


PAGES = (board_page, now_part, forms_part, printed_page)
