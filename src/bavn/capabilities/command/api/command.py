# SPDX-License-Identifier: Apache-2.0
"""Who leads at an incident, and words for those who work there."""

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from bavn.capabilities.command.decisions import asking
from bavn.capabilities.command.facts import Callsign, Role
from bavn.capabilities.command.views.room import CommandNow, RoomGiven
from bavn.frame.given import CallGiven, DeskGiven
from bavn.journal.decision import REF_CHARACTERS_LIMIT
from bavn.kernel.instants import Instant
from bavn.kernel.private import Private

PATH = "/api/v1/incidents/{incident_id:str}/command"
Ref = Annotated[str, msgspec.Meta(min_length=1, max_length=REF_CHARACTERS_LIMIT)]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sent: a field that nobody knows is refused, never dropped."""

    sender_ref: Ref | None = None


class LeaderBody(Body, frozen=True, kw_only=True):
    """Who leads in a role, by function or callsign; `name` is sealed. `at` is from when."""

    role: Role
    callsign: Callsign
    name: str | None = None
    at: Instant | None = None


class LeftBody(Body, frozen=True, kw_only=True):
    """The role that nobody leads in any longer."""

    role: Role


class WordBody(Body, frozen=True, kw_only=True):
    """What is written for all who work at the incident; it is sealed."""

    text: str


@get(PATH, opt={"act": "command.read_command"}, summary="Who leads, and what was written")
async def command(
    incident_id: str, call: CallGiven, desk: DeskGiven, command: RoomGiven
) -> CommandNow:
    """As the caller may read it."""
    return await command.of(desk, call, command.around.scene(call, incident_id))


@post(
    PATH + "/leaders",
    opt={"act": "command.name_leader"},
    summary="Say who leads in a role from now on",
)
async def name_leader(
    incident_id: str,
    data: JSONBody[LeaderBody],
    call: CallGiven,
    desk: DeskGiven,
    command: RoomGiven,
) -> CommandNow:
    """Whoever led in it before has left it by then."""
    scene = command.around.scene(call, incident_id)
    await asking.name_leader(
        desk,
        call,
        command.around,
        scene,
        role=data.role,
        callsign=data.callsign,
        name=None if data.name is None else Private(data.name),
        at=data.at,
        ref=data.sender_ref,
    )
    return await command.of(desk, call, scene)


@post(
    PATH + "/leaders/left",
    opt={"act": "command.end_lead"},
    summary="Say that nobody leads in a role any longer",
)
async def end_lead(
    incident_id: str,
    data: JSONBody[LeftBody],
    call: CallGiven,
    desk: DeskGiven,
    command: RoomGiven,
) -> CommandNow:
    """Those who led stay in the list of who did."""
    scene = command.around.scene(call, incident_id)
    await asking.end_lead(desk, call, command.around, scene, data.role, data.sender_ref)
    return await command.of(desk, call, scene)


@post(
    PATH + "/words",
    opt={"act": "command.append_word"},
    summary="Write something down for all who work at an incident",
)
async def append(
    incident_id: str,
    data: JSONBody[WordBody],
    call: CallGiven,
    desk: DeskGiven,
    command: RoomGiven,
) -> CommandNow:
    """A fact of the caller's own organisation, whosever incident it is."""
    scene = command.around.scene(call, incident_id)
    await asking.append(desk, call, scene, Private(data.text), data.sender_ref)
    return await command.of(desk, call, scene)


HANDLERS = (command, name_leader, end_lead, append)
