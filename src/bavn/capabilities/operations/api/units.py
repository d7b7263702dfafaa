# SPDX-License-Identifier: Apache-2.0
"""Units: listed, asked "why?", and what they and their systems say of where they stand."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.params import JSONBody, QueryParameter

from bavn.capabilities.operations.api.alarm_bodies import STATUS_BODY
from bavn.capabilities.operations.api.bodies import (
    FactList,
    PositionsAnswer,
    PositionsBody,
    StatusAnswer,
    UnitList,
    Wrong,
)
from bavn.capabilities.operations.api.given import RoomGiven
from bavn.capabilities.operations.api.incidents import (
    FACTS_LIMIT,
    FactLimit,
    page_of,
)
from bavn.capabilities.operations.decisions import SetUnitStatus, asking, unit_subject
from bavn.capabilities.operations.decisions.asking import Stood
from bavn.capabilities.operations.model.unit import UnitFlag, UnitStatus, status_in
from bavn.capabilities.operations.ports import (
    CallGiven,
    DeskGiven,
    Heard,
    Voice,
    Voices,
    area_told,
)
from bavn.capabilities.operations.views.authority import voice_of
from bavn.capabilities.operations.views.doubted import doubted_units
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.operations.views.story import story
from bavn.capabilities.operations.views.units import (
    LIMIT,
    LIMIT_MOST,
    Unit,
    Units,
    WantedUnits,
)
from bavn.capabilities.operations.views.words import Words
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.frame.feeds import Fault, FeedSort, Spoken, faults_in
from bavn.frame.lenient import Fields
from bavn.kernel.identity import OrganisationId, is_subject
from bavn.kernel.refusal import BadInput, Problem

UNITS = "/api/v1/units"
ListLimit = Annotated[int, QueryParameter(ge=1, le=LIMIT_MOST)]


def _units(desk: Desk, room: Room) -> Units:
    return Units(desk.query, room.registry, room.territory, room.positions)


@get(UNITS, opt={"act": "operations.read_units"}, summary="Units, where they stand and are")
async def list_units(  # noqa: PLR0913 - what a list may be asked for
    call: CallGiven,
    desk: DeskGiven,
    operations: RoomGiven,
    *,
    service: str | None = None,
    area: str | None = None,
    status: UnitStatus | None = None,
    incident: str | None = None,
    on: date | None = None,
    limit: ListLimit = LIMIT,
    after: str | None = None,
) -> UnitList:
    """Those registered on a day, today when none is given, and those that only operations knows."""
    wanted = WantedUnits(
        on=on or call.now.date(),
        service=service,
        area=area,
        status=status,
        incidents=None if incident is None else frozenset(operations.joined.whole(incident)),
        limit=limit,
        after=after,
    )
    items, further = _units(desk, operations).list(call.reader, wanted)
    return UnitList(items=doubted_units(items, operations.doubts.now()), next=further)


@get(UNITS + "/{unit_id:str}", opt={"act": "operations.read_units"}, summary="One unit")
async def one_unit(unit_id: str, call: CallGiven, desk: DeskGiven, operations: RoomGiven) -> Unit:
    """What is registered of it, what it has said, and where it was last."""
    found = _units(desk, operations).the_unit(call.reader, unit_id, call.now.date())
    return doubted_units([found], operations.doubts.now())[0]


@get(
    UNITS + "/{unit_id:str}/facts",
    opt={"act": "operations.read_units"},
    summary="Why? Every word of a unit, struck ones included",
)
async def unit_facts(
    unit_id: str,
    call: CallGiven,
    desk: DeskGiven,
    operations: RoomGiven,
    *,
    limit: FactLimit = FACTS_LIMIT,
    after: str | None = None,
) -> FactList:
    """The oldest first, in the caller's language."""
    unit = _units(desk, operations).the_unit(call.reader, unit_id, call.now.date())
    words = Words(call, operations)
    lines = await story(desk, call, words, unit_subject(unit_id), [unit.service])
    return page_of(lines, limit, after)


@post(
    UNITS + "/{unit_id:str}/status",
    opt={"act": "operations.set_unit_status"},
    operation_class=STATUS_BODY,
    summary="Say where a unit stands; what is odd about it is flagged, never refused",
)
async def set_unit_status(
    request: Request[Any, Any, Any],
    unit_id: str,
    call: CallGiven,
    desk: DeskGiven,
    operations: RoomGiven,
) -> StatusAnswer:
    """Take a unit's word: only a status that is none cannot be taken."""
    raw = await request.body()
    fields = Fields.of(raw)
    stood = await word_of(fields, unit_id, call, desk, operations)
    problems = fields.finish()
    operations.feeds.heard(call, spoken_of([stood]))
    operations.feeds.faulted(call, faults_in(FeedSort.STATUS, problems, raw))
    return StatusAnswer(
        unit=stood.unit,
        service=stood.service,
        status=stood.status,
        flags=stood.flags,
        repeated=stood.repeated,
        problems=tuple(Wrong(where=each.where, says=each.says) for each in problems),
    )


def spoken_of(words: Sequence[Stood]) -> Spoken:
    """What the account of feeds is told of words that were taken."""
    new = [each for each in words if not each.repeated]
    return Spoken(
        sort=FeedSort.STATUS,
        count=len(words),
        # Of a word that is told again the instant says nothing new.
        told_at=tuple(each.told_at for each in new if each.told_at is not None),
        repeated_count=len(words) - len(new),
        disordered_count=sum(UnitFlag.LATE in each.flags for each in new),
    )


async def word_of(fields: Fields, unit_id: str, call: Call, desk: Desk, operations: Room) -> Stood:
    """Have a unit's word taken as it is; BadInput for one that says nothing of any unit."""
    subject = unit_subject(unit_id)
    status = status_in(fields.fields.pop("status", None))
    if status is None or not is_subject(subject):
        where = "status" if status is None else "unit"
        says = f"must be one of {', '.join(UnitStatus)}" if status is None else "is no unit's id"
        raise BadInput(Problem(where=where, says=says))
    ref, incident, at = fields.ref(), fields.take("incident", str), fields.instant("at")
    if incident is not None and not is_subject(f"incident:{incident}"):
        fields.wrong("incident", "is no incident's id")
        incident = None
    on = call.now.date()
    owner, area, registered = _units(desk, operations).whose(call, unit_id, on)
    content = SetUnitStatus(
        unit=unit_id,
        area=area_told(operations.territory, owner, area, on),
        status=status,
        incident=incident,
        at=at,
        registered=registered,
        usual=operations.is_usual(call.actor.function, status),
    )
    return await asking.set_status(desk, call, owner, content, ref)


@post(
    "/api/v1/positions",
    status_code=200,
    opt={"act": "operations.send_positions"},
    summary="Say where units are; the last of each is kept in memory, and none is a fact",
)
async def send_positions(
    data: JSONBody[PositionsBody], call: CallGiven, desk: DeskGiven, operations: RoomGiven
) -> PositionsAnswer:
    """Take what can be taken; everything else is listed."""
    units = _units(desk, operations)
    voices = _voices(call, desk, operations, units)
    heard = operations.positions.take(
        data.items, call.now, _why_not(call, units), desk.publish, voices
    )
    spoken = Spoken(
        sort=FeedSort.POSITIONS,
        count=heard.taken + heard.outranked,
        told_at=heard.told_at,
        disordered_count=heard.late,
    )
    operations.feeds.heard(call, spoken)
    if heard.problems:
        operations.feeds.faulted(call, _position_faults(data.items, heard))
    return PositionsAnswer(
        taken=heard.taken,
        outranked=heard.outranked,
        problems=tuple(Wrong(where=each.where, says=each.says) for each in heard.problems),
    )


def _position_faults(items: Sequence[object], heard: Heard) -> list[Fault]:
    """Each with its row; one that only came late is in order, and no fault."""
    found = []
    for each in heard.problems:
        number = each.where.removeprefix("items[").partition("]")[0]
        row = items[int(number)] if number.isdecimal() else None
        if not each.says.startswith("older than"):
            raw = b"" if row is None else msgspec.json.encode(row)
            found.append(Fault(sort=FeedSort.POSITIONS, where=each.where, says=each.says, raw=raw))
    return found


def _voices(call: Call, desk: Desk, room: Room, units: Units) -> Voices:
    """As what the caller tells of a unit's place, by the order of whose unit it is."""
    source, on = room.authority.source_of(call.actor.function), call.now.date()
    known: dict[OrganisationId | None, Voice] = {}

    def voice(unit: str) -> Voice:
        owner, _ = units.owner(call.reader, unit, on)
        if owner not in known:
            known[owner] = voice_of(desk.query, room.authority, owner, source)
        return known[owner]

    return voice


def _why_not(call: Call, units: Units) -> Callable[[str], str | None]:
    on = call.now.date()

    def why_not(unit_id: str) -> str | None:
        owner, _ = units.owner(call.reader, unit_id, on)
        if owner is None:
            return f"no unit {unit_id[:64]} is known"
        if owner not in call.organisations:
            return f"{unit_id} is of {owner}, for whom you do not act"
        return None

    return why_not
