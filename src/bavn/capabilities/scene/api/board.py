# SPDX-License-Identifier: Apache-2.0
"""What stands at a scene, and telling it: a version names those that its writer had seen."""

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody

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
    BasedOn,
    Degrees,
    HazardCode,
    Label,
    Speed,
    Thing,
)
from bavn.capabilities.scene.model.board import TaskState
from bavn.capabilities.scene.views.room import Board, Room, RoomGiven
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.frame.given import CallGiven, DeskGiven
from bavn.journal.decision import REF_CHARACTERS_LIMIT
from bavn.kernel.instants import Instant
from bavn.kernel.private import Private

PATH = "/api/v1/incidents/{incident_id:str}/board"
Ref = Annotated[str, msgspec.Meta(min_length=1, max_length=REF_CHARACTERS_LIMIT)]

After = Annotated[list[Ref], msgspec.Meta(max_length=BASED_ON_LIMIT)]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sent: a field that nobody knows is refused. `at` is when it was written."""

    sender_ref: Ref | None = None
    at: Instant | None = None


class VersionBody(Body, frozen=True, kw_only=True):
    """A version; `after` are the sender's own numbers of what it told of the thing before."""

    based_on: BasedOn = []
    after: After = []


class SectorBody(VersionBody, frozen=True, kw_only=True):
    """A sector as it is to stand; without `sector` it is a new one. `what` is sealed."""

    sector: Thing | None = None
    name: Label
    leader: Label = ""
    what: str | None = None
    what_of: Thing | None = None
    ended: bool = False


class TaskBody(VersionBody, frozen=True, kw_only=True):
    """A task as it is to stand; without `task` it is a new one. `text` is sealed."""

    task: Thing | None = None
    text: str | None = None
    text_of: Thing | None = None
    sector: Thing | None = None
    unit: str | None = None
    state: TaskState = TaskState.ORDERED
    urgent: bool = False


class HazardBody(VersionBody, frozen=True, kw_only=True):
    """A hazard as it is to stand; without `hazard` it is a new one. `where` is sealed."""

    hazard: Thing | None = None
    kind: HazardCode
    where: str | None = None
    where_of: Thing | None = None
    over: bool = False


class UnitBody(Body, frozen=True, kw_only=True):
    """The sector that a unit works in from now on; in none where none is named."""

    unit: str
    sector: Thing | None = None


class WindBody(Body, frozen=True, kw_only=True):
    """Where the wind comes from, in degrees from north by east, and metres a second."""

    from_deg: Degrees
    speed_m_s: Speed


@get(PATH, opt={"act": "scene.read_board"}, summary="What stands at the scene of an incident")
async def board(incident_id: str, call: CallGiven, desk: DeskGiven, scene: RoomGiven) -> Board:
    """As the caller may read it; a thing with several versions is one that nobody has settled."""
    return await scene.of(desk, call, incident_id)


@post(PATH + "/sectors", opt={"act": "scene.tell_sector"}, summary="Tell how a sector is to stand")
async def tell_sector(
    incident_id: str,
    data: JSONBody[SectorBody],
    call: CallGiven,
    desk: DeskGiven,
    scene: RoomGiven,
) -> Board:
    """A version that knows less than what stands is taken, and stands beside it."""
    content = TellSector(
        incident=incident_id,
        to=(),
        at=data.at,
        sector=data.sector,
        based_on=tuple(data.based_on),
        after=tuple(data.after),
        name=data.name,
        leader=data.leader,
        what=_private(data.what),
        what_of=data.what_of,
        ended=data.ended,
    )
    return await _told(desk, call, scene, incident_id, content, data.sender_ref)


@post(PATH + "/tasks", opt={"act": "scene.tell_task"}, summary="Tell how a task is to stand")
async def tell_task(
    incident_id: str, data: JSONBody[TaskBody], call: CallGiven, desk: DeskGiven, scene: RoomGiven
) -> Board:
    """The same for a task."""
    content = TellTask(
        incident=incident_id,
        to=(),
        at=data.at,
        task=data.task,
        based_on=tuple(data.based_on),
        after=tuple(data.after),
        text=_private(data.text),
        text_of=data.text_of,
        sector=data.sector,
        unit=data.unit,
        state=data.state,
        urgent=data.urgent,
    )
    return await _told(desk, call, scene, incident_id, content, data.sender_ref)


@post(PATH + "/hazards", opt={"act": "scene.tell_hazard"}, summary="Tell how a hazard is to stand")
async def tell_hazard(
    incident_id: str,
    data: JSONBody[HazardBody],
    call: CallGiven,
    desk: DeskGiven,
    scene: RoomGiven,
) -> Board:
    """The same for a hazard."""
    content = TellHazard(
        incident=incident_id,
        to=(),
        at=data.at,
        hazard=data.hazard,
        based_on=tuple(data.based_on),
        after=tuple(data.after),
        kind=data.kind,
        where=_private(data.where),
        where_of=data.where_of,
        over=data.over,
    )
    return await _told(desk, call, scene, incident_id, content, data.sender_ref)


@post(PATH + "/units", opt={"act": "scene.place_unit"}, summary="Place a unit in a sector")
async def place_unit(
    incident_id: str, data: JSONBody[UnitBody], call: CallGiven, desk: DeskGiven, scene: RoomGiven
) -> Board:
    """The last word by its own time holds."""
    content = PlaceUnit(incident=incident_id, to=(), at=data.at, unit=data.unit, sector=data.sector)
    return await _told(desk, call, scene, incident_id, content, data.sender_ref)


@post(PATH + "/wind", opt={"act": "scene.measure_wind"}, summary="Tell the wind")
async def measure_wind(
    incident_id: str, data: JSONBody[WindBody], call: CallGiven, desk: DeskGiven, scene: RoomGiven
) -> Board:
    """As it was measured at the scene."""
    content = MeasureWind(
        incident=incident_id,
        to=(),
        at=data.at,
        from_deg=data.from_deg,
        speed_m_s=data.speed_m_s,
    )
    return await _told(desk, call, scene, incident_id, content, data.sender_ref)


def _private(text: str | None) -> Private | None:
    return None if text is None else Private(text)


async def _told(
    desk: Desk, call: Call, room: Room, incident: str, content: Tell, ref: str | None
) -> Board:
    site = room.around.site(call, incident)
    await asking.tell(desk, call, room.around, site, content, ref)
    return await room.of(desk, call, incident)


HANDLERS = (board, tell_sector, tell_task, tell_hazard, place_unit, measure_wind)
