# SPDX-License-Identifier: Apache-2.0
"""Duty over the programming interface."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from bavn.capabilities.duty.decisions import no_such_watch
from bavn.capabilities.duty.decisions.entering import Preview, check_ground, enter, preview
from bavn.capabilities.duty.model.lists import call_id, read_list, watch_id
from bavn.capabilities.duty.model.requests import (
    AssignTalkGroup,
    CallNumber,
    EndCall,
    GivenWatch,
    ReleaseTalkGroup,
    RemoveTalkGroup,
    SetTalkGroup,
    SetWatches,
)
from bavn.capabilities.duty.model.roster import PLACE_MOST
from bavn.capabilities.duty.views.room import RoomGiven
from bavn.capabilities.duty.views.shown import (
    CallShown,
    GroupShown,
    PostShown,
    call_row,
    calls_of,
    duty_now,
    groups,
    watch_row,
    watches_beside,
)
from bavn.frame.desk import Refusal, carried_out
from bavn.frame.given import CallGiven, DeskGiven
from bavn.journal.decision import REF_CHARACTERS_LIMIT
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private

PATH = "/api/v1/duty"
READ = {"act": "duty.read_duty"}
Ref = Annotated[str, msgspec.Meta(min_length=1, max_length=REF_CHARACTERS_LIMIT - 8)]
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
At = Annotated[datetime, msgspec.Meta(tz=True)]
ENTERED = "entered"


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sent: a field that nobody knows is refused, never dropped."""


class WatchBody(Body, frozen=True, kw_only=True):
    """Somebody has the duty from one instant until another, that one left out."""

    function: Line
    organisation: Line
    begins_at: At
    ends_at: At
    name: Line
    number: Line
    place: Annotated[int, msgspec.Meta(ge=1, le=PLACE_MOST)] = 1
    basis: Line = ENTERED
    sender_ref: Ref | None = None


class ListBody(Body, frozen=True, kw_only=True):
    """A whole roster as CSV. Without `ground` it is only looked at."""

    csv: str
    basis: Line = ENTERED
    ground: str | None = None


class CallBody(Body, frozen=True, kw_only=True):
    """From which incident a number is called."""

    incident: Line | None = None
    sender_ref: Ref | None = None


class EndBody(Body, frozen=True, kw_only=True):
    """Whether it was answered."""

    answered: bool


class GroupBody(Body, frozen=True, kw_only=True):
    """A talk group."""

    id: Line
    name: Line
    use: str = ""
    basis: Line = ENTERED
    sender_ref: Ref | None = None


class UseBody(Body, frozen=True, kw_only=True):
    """Which talk group."""

    group: Line
    sender_ref: Ref | None = None


class DutyNow(msgspec.Struct, frozen=True, kw_only=True):
    """Who has the duty now, the last calls, and the talk groups."""

    items: list[PostShown]
    calls: list[CallShown]
    talk_groups: list[GroupShown]
    next: str | None = None


class KeptAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """It is kept; `repeated` tells that it had been before."""

    id: str
    facts: tuple[str, ...]
    repeated: bool


@get(PATH, opt=READ, summary="Who has the duty now")
async def now(call: CallGiven, desk: DeskGiven, q: str = "") -> DutyNow:
    """Names and numbers for who may read them; each reading is logged."""
    return DutyNow(
        items=await duty_now(call, desk, q),
        calls=calls_of(call, desk.query),
        talk_groups=groups(call, desk.query),
    )


@post(PATH + "/watches", opt={"act": "duty.set_watch"}, summary="Enter a watch")
async def set_watch(data: JSONBody[WatchBody], call: CallGiven, desk: DeskGiven) -> KeptAnswer:
    """Entered again with another name it takes the place of the first."""
    id_ = watch_id(data.function, data.organisation, data.begins_at, data.place)
    watch = GivenWatch(
        id=id_,
        function=data.function,
        organisation=data.organisation,
        begins_at=data.begins_at,
        ends_at=data.ends_at,
        place=data.place,
        name=Private(data.name),
        number=Private(data.number),
        basis=data.basis,
    )
    content = SetWatches(watches=(watch,))
    done = await carried_out(desk, call, call.actor.organisation, content, data.sender_ref)
    return KeptAnswer(id=id_, facts=done.facts, repeated=done.repeated)


@post(
    PATH + "/watches/{watch_id_:str}/remove",
    opt={"act": "duty.set_watch"},
    summary="Have a watch hold no more",
)
async def remove_watch(watch_id_: str, call: CallGiven, desk: DeskGiven) -> KeptAnswer:
    """Its sealed texts stay until their key is erased."""
    row = watch_row(call, desk.query, watch_id_)
    if row is None:
        raise Refusal(no_such_watch())
    content = SetWatches(watches=(), removed=(watch_id_,))
    done = await carried_out(desk, call, _owner(row["owner"]), content, None)
    return KeptAnswer(id=watch_id_, facts=done.facts, repeated=done.repeated)


@post(PATH + "/list", opt={"act": "duty.set_watch"}, summary="Look at a whole roster, or enter it")
async def enter_list(
    data: JSONBody[ListBody], call: CallGiven, desk: DeskGiven, duty: RoomGiven
) -> Preview:
    """With the `ground` of the look it is entered."""
    raw = data.csv.encode()
    codes = {each.code for each in duty.around.functions}
    read = read_list(raw, duty.around.zone, codes, data.basis)
    owner = call.actor.organisation
    found = preview(read, raw, watches_beside(call, desk.query, owner, read.watches))
    if data.ground is not None and not found.faults:
        check_ground(data.ground, found)
        await enter(desk, call, owner, read.watches, found.removed, f"list-{found.ground}")
    return found


@post(
    PATH + "/watches/{watch_id_:str}/call",
    opt={"act": "duty.call_number"},
    summary="Somebody is calling whoever has this watch",
)
async def call_number(
    watch_id_: str, data: JSONBody[CallBody], call: CallGiven, desk: DeskGiven
) -> KeptAnswer:
    """Kept with the incident that it was called from."""
    row = watch_row(call, desk.query, watch_id_)
    if row is None:
        raise Refusal(no_such_watch())
    id_ = call_id(watch_id_, data.sender_ref or call.now.isoformat())
    content = CallNumber(watch=watch_id_, call=id_, incident=data.incident)
    done = await carried_out(desk, call, _owner(row["owner"]), content, data.sender_ref)
    return KeptAnswer(id=id_, facts=done.facts, repeated=done.repeated)


@post(
    PATH + "/calls/{call_id_:str}/ended",
    opt={"act": "duty.call_number"},
    summary="Say whether a call was answered",
)
async def end_call(
    call_id_: str, data: JSONBody[EndBody], call: CallGiven, desk: DeskGiven
) -> KeptAnswer:
    """Said twice the later word holds."""
    row = call_row(call, desk.query, call_id_)
    owner = call.actor.organisation if row is None else _owner(row["owner"])
    content = EndCall(call=call_id_, answered=data.answered)
    done = await carried_out(desk, call, owner, content, None)
    return KeptAnswer(id=call_id_, facts=done.facts, repeated=done.repeated)


@post("/api/v1/talk-groups", opt={"act": "duty.set_talk_group"}, summary="Have a talk group")
async def set_group(data: JSONBody[GroupBody], call: CallGiven, desk: DeskGiven) -> KeptAnswer:
    """Told again it takes the place of what was told."""
    content = SetTalkGroup(id=data.id, name=data.name, use=data.use, basis=data.basis)
    done = await carried_out(desk, call, call.actor.organisation, content, data.sender_ref)
    return KeptAnswer(id=data.id, facts=done.facts, repeated=done.repeated)


@post(
    "/api/v1/talk-groups/{group_id:str}/remove",
    opt={"act": "duty.set_talk_group"},
    summary="Have a talk group no more",
)
async def remove_group(group_id: str, call: CallGiven, desk: DeskGiven) -> KeptAnswer:
    """Incidents that have it keep it until they give it up."""
    content = RemoveTalkGroup(id=group_id)
    done = await carried_out(desk, call, call.actor.organisation, content, None)
    return KeptAnswer(id=group_id, facts=done.facts, repeated=done.repeated)


@post(
    "/api/v1/incidents/{incident_id:str}/talk-group",
    opt={"act": "duty.assign_talk_group"},
    summary="Give an incident a talk group",
)
async def assign(
    incident_id: str,
    data: JSONBody[UseBody],
    call: CallGiven,
    desk: DeskGiven,
    duty: RoomGiven,
) -> KeptAnswer:
    """That another incident has it too is told, never refused."""
    owner = duty.around.owner_of(call, incident_id)
    content = AssignTalkGroup(incident=incident_id, group=data.group)
    done = await carried_out(desk, call, owner, content, data.sender_ref)
    return KeptAnswer(id=incident_id, facts=done.facts, repeated=done.repeated)


@post(
    "/api/v1/incidents/{incident_id:str}/talk-group/release",
    opt={"act": "duty.assign_talk_group"},
    summary="Take a talk group from an incident",
)
async def release(
    incident_id: str,
    data: JSONBody[UseBody],
    call: CallGiven,
    desk: DeskGiven,
    duty: RoomGiven,
) -> KeptAnswer:
    """It happens by itself when the incident is closed."""
    owner = duty.around.owner_of(call, incident_id)
    content = ReleaseTalkGroup(incident=incident_id, group=data.group)
    done = await carried_out(desk, call, owner, content, data.sender_ref)
    return KeptAnswer(id=incident_id, facts=done.facts, repeated=done.repeated)


def _owner(value: object) -> OrganisationId:
    return OrganisationId(str(value))


HANDLERS = (
    now,
    set_watch,
    remove_watch,
    enter_list,
    call_number,
    end_call,
    set_group,
    remove_group,
    assign,
    release,
)
