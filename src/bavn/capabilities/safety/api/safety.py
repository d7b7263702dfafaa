# SPDX-License-Identifier: Apache-2.0
"""Teams inside and the roll call: asked, and told by whoever counts."""

from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.params import JSONBody

from bavn.capabilities.safety.decisions import (
    EndMayday,
    EnterTeam,
    TellMayday,
    TellTeam,
    asking,
)
from bavn.capabilities.safety.decisions.rolls import CallRoll, CloseRoll, Count
from bavn.capabilities.safety.facts import (
    CALLSIGN_CHARACTERS_LIMIT,
    KEY_CHARACTERS_LIMIT,
    Bar,
    Callsign,
    Key,
    Present,
    TeamCount,
    UnitExpected,
)
from bavn.capabilities.safety.model.roll import UNITS_LIMIT
from bavn.capabilities.safety.model.teams import StepSort
from bavn.capabilities.safety.views.room import RoomGiven, SafetyNow
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.lenient import Fields
from bavn.journal.decision import REF_CHARACTERS_LIMIT
from bavn.kernel.instants import Instant
from bavn.kernel.private import Private
from bavn.kernel.refusal import BadInput, Problem

PATH = "/api/v1/incidents/{incident_id:str}/safety"
Ref = Annotated[str, msgspec.Meta(min_length=1, max_length=REF_CHARACTERS_LIMIT)]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sent; `at` is when it was, now when it is left out."""

    at: Instant | None = None
    sender_ref: Ref | None = None


class EnterBody(Body, frozen=True, kw_only=True):
    """A team goes in: by callsign or number, never by names."""

    callsign: Callsign
    count: TeamCount
    pressure_bar: Bar
    cylinder: str
    team: Key | None = None
    unit: str | None = None


class StepBody(Body, frozen=True, kw_only=True):
    """What was told of a team; `corrects` says that a lower pressure before was wrong."""

    team: Key
    sort: StepSort
    pressure_bar: Bar | None = None
    corrects: bool = False


class MaydayEndedBody(Body, frozen=True, kw_only=True):
    """Whose mayday is over."""

    team: Key


class CountBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A unit's number; `inside` is as the teams say where it is left out."""

    unit: str
    callsign: Callsign
    present: Present
    inside: Present | None = None
    expected: Present | None = None


class RollBody(Body, frozen=True, kw_only=True):
    """Units that were counted; `starts` begins a new roll call."""

    starts: bool = False
    counts: Annotated[tuple[CountBody, ...], msgspec.Meta(max_length=UNITS_LIMIT)] = ()


class CloseBody(Body, frozen=True, kw_only=True):
    """Why it ends, where somebody is missing or was not counted; it is sealed."""

    reason: str | None = None


@get(PATH, opt={"act": "safety.read_safety"}, summary="Who is inside, and who was counted")
async def read(incident_id: str, call: CallGiven, safety: RoomGiven) -> SafetyNow:
    """As the caller may read it."""
    return safety.of(call, safety.around.scene(call, incident_id))


@post(PATH + "/teams", opt={"act": "safety.enter_team"}, summary="Say that a team goes in")
async def enter(
    incident_id: str,
    data: JSONBody[EnterBody],
    call: CallGiven,
    desk: DeskGiven,
    safety: RoomGiven,
) -> SafetyNow:
    """It is counted by the figures of the country's table."""
    scene = safety.around.scene(call, incident_id)
    cylinder, is_known = safety.cylinder_of(data.cylinder)
    if not is_known:
        raise BadInput(Problem(where="cylinder", says="is none of the country's table"))
    content = asking.at_scene(
        call,
        scene,
        EnterTeam,
        callsign=data.callsign,
        count=data.count,
        bar=data.pressure_bar,
        cylinder=cylinder.code,
        figures=cylinder.figures,
        team=data.team or "",
        unit=data.unit,
        at=data.at,
        step=data.sender_ref or "",
    )
    await asking.ask(desk, call, scene, content, data.sender_ref)
    return safety.of(call, scene)


@post(PATH + "/steps", opt={"act": "safety.tell_team"}, summary="Say what was told of a team")
async def tell(
    incident_id: str,
    data: JSONBody[StepBody],
    call: CallGiven,
    desk: DeskGiven,
    safety: RoomGiven,
) -> SafetyNow:
    """Contact, a pressure, turned, or out."""
    scene = safety.around.scene(call, incident_id)
    if data.sort in {StepSort.ENTERED, StepSort.MAYDAY, StepSort.MAYDAY_ENDED}:
        raise BadInput(Problem(where="sort", says="must be contact, pressure, turned or out"))
    if data.sort is StepSort.PRESSURE and data.pressure_bar is None:
        raise BadInput(Problem(where="pressure_bar", says="must be there for a pressure"))
    content = asking.at_scene(
        call,
        scene,
        TellTeam,
        team=data.team,
        sort=data.sort,
        bar=data.pressure_bar,
        corrects=data.corrects,
        at=data.at,
        step=data.sender_ref or "",
    )
    await asking.ask(desk, call, scene, content, data.sender_ref)
    return safety.of(call, scene)


@post(PATH + "/maydays", opt={"act": "safety.tell_mayday"}, summary="Tell a mayday")
async def mayday(
    incident_id: str,
    request: Request[Any, Any, Any],
    call: CallGiven,
    desk: DeskGiven,
    safety: RoomGiven,
) -> SafetyNow:
    """Taken whatever else is wrong with the body: `team`, `callsign`, `at`, `sender_ref`."""
    scene = safety.around.scene(call, incident_id)
    fields = _fields(await request.body())
    ref = fields.ref()
    said: dict[str, Any] = {
        "team": _within(fields, "team", KEY_CHARACTERS_LIMIT),
        "callsign": _within(fields, "callsign", CALLSIGN_CHARACTERS_LIMIT),
        "at": fields.instant("at"),
        "step": ref or "",
    }
    content = asking.at_scene(call, scene, TellMayday, **said)
    await asking.alarm(desk, call, scene, content, ref)
    return safety.of(call, scene)


@post(
    PATH + "/maydays/ended", opt={"act": "safety.end_mayday"}, summary="Say that a mayday is over"
)
async def end_mayday(
    incident_id: str,
    data: JSONBody[MaydayEndedBody],
    call: CallGiven,
    desk: DeskGiven,
    safety: RoomGiven,
) -> SafetyNow:
    """It stands in the log all the same."""
    scene = safety.around.scene(call, incident_id)
    said: dict[str, Any] = {"team": data.team, "at": data.at, "step": data.sender_ref or ""}
    content = asking.at_scene(call, scene, EndMayday, **said)
    await asking.ask(desk, call, scene, content, data.sender_ref)
    return safety.of(call, scene)


@post(PATH + "/roll-call", opt={"act": "safety.call_roll"}, summary="Count who is at the scene")
async def roll_call(
    incident_id: str,
    data: JSONBody[RollBody],
    call: CallGiven,
    desk: DeskGiven,
    safety: RoomGiven,
) -> SafetyNow:
    """Where no roll call is open, one begins."""
    scene = safety.around.scene(call, incident_id)
    now = safety.of(call, scene)
    content = asking.at_scene(
        call,
        scene,
        CallRoll,
        starts=data.starts,
        units=tuple(
            UnitExpected(unit=each.unit, callsign=each.callsign, expected=each.expected)
            for each in now.units[:UNITS_LIMIT]
        ),
        counts=tuple(
            Count(
                unit=each.unit,
                callsign=each.callsign,
                present=each.present,
                inside=now.inside_of(each.unit) if each.inside is None else each.inside,
                expected=each.expected,
            )
            for each in data.counts
        ),
        at=data.at,
    )
    await asking.ask(desk, call, scene, content, data.sender_ref)
    return safety.of(call, scene)


@post(PATH + "/roll-call/closed", opt={"act": "safety.close_roll"}, summary="End a roll call")
async def close_roll(
    incident_id: str,
    data: JSONBody[CloseBody],
    call: CallGiven,
    desk: DeskGiven,
    safety: RoomGiven,
) -> SafetyNow:
    """With a reason where somebody is missing or was not counted."""
    scene = safety.around.scene(call, incident_id)
    reason = None if data.reason is None else Private(data.reason)
    content = asking.at_scene(call, scene, CloseRoll, reason=reason, at=data.at)
    await asking.ask(desk, call, scene, content, data.sender_ref)
    return safety.of(call, scene)


def _fields(raw: bytes) -> Fields:
    """The body, or nothing where it is none: a mayday without a word is a mayday."""
    try:
        return Fields.of(raw)
    except BadInput:
        return Fields({})


def _within(fields: Fields, name: str, longest: int) -> str:
    """A text that is no longer than it may be; else it is left out."""
    found = fields.take(name, str) or ""
    return found if len(found) <= longest else ""


HANDLERS = (read, enter, tell, mayday, end_mayday, roll_call, close_roll)
