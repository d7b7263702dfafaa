# SPDX-License-Identifier: Apache-2.0
"""Levels and procedures over the programming interface."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from bavn.capabilities.levels.decisions import asking
from bavn.capabilities.levels.facts import LOWEST, MOVED_LIMIT, SERVICES_LIMIT, Level, Moved
from bavn.capabilities.levels.model import LevelTold, Procedure, Reason, State, order
from bavn.capabilities.levels.ports import Law, Opens
from bavn.capabilities.levels.views.room import AGREE, PROPOSE, SET, Room, RoomGiven
from bavn.frame.call import Call
from bavn.frame.given import CallGiven, DeskGiven
from bavn.journal.decision import REF_CHARACTERS_LIMIT
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private

LEVELS, PROCEDURES = "/api/v1/levels", "/api/v1/levels/procedures"
ONE = PROCEDURES + "/{of:str}/{procedure_id:str}"
READ = {"act": "levels.read_levels"}
# A text that explains a level is a page at most.
TEXT_CHARACTERS_LIMIT = 4_000
Ref = Annotated[str, msgspec.Meta(min_length=1, max_length=REF_CHARACTERS_LIMIT)]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sent: a field that nobody knows is refused, never dropped."""

    sender_ref: Ref | None = None


class SetBody(Body, frozen=True, kw_only=True):
    """The caller's own level, and why."""

    level: Level
    reason: Reason
    text: Annotated[str, msgspec.Meta(max_length=TEXT_CHARACTERS_LIMIT)] | None = None


class ProposeBody(Body, frozen=True, kw_only=True):
    """What may be moved between which services, from a day until before another."""

    services: Annotated[
        tuple[OrganisationId, ...], msgspec.Meta(min_length=1, max_length=SERVICES_LIMIT)
    ]
    moved: Annotated[tuple[Moved, ...], msgspec.Meta(min_length=1, max_length=MOVED_LIMIT)]
    valid_from: date
    valid_to: date


class WordBody(Body, frozen=True, kw_only=True):
    """The caller's own organisation says so."""


class LevelHeld(msgspec.Struct, frozen=True, kw_only=True):
    """A level above 1, whose it is, since when, and on which ground."""

    of: OrganisationId
    level: int
    since: datetime
    reason: str | None
    by: str
    basis: str


class Levels(msgspec.Struct, frozen=True, kw_only=True):
    """What holds now: `here` covers the caller, and whoever is not named has level 1."""

    law: Law
    knows_levels: bool
    here: int
    items: list[LevelHeld]
    next: str | None = None


class LevelHistory(msgspec.Struct, frozen=True, kw_only=True):
    """Every level that was set, the latest first, and whether it counts here."""

    items: list[LevelTold]
    next: str | None = None


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a level of the caller's organisation opens beside what holds at level 1."""

    items: list[Opens]
    next: str | None = None


class ProcedureSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A procedure, how it stands, and whose word is missing."""

    procedure: Procedure
    state: State
    missing: tuple[OrganisationId, ...]


class ProcedureList(msgspec.Struct, frozen=True, kw_only=True):
    """All procedures, the latest first."""

    items: list[ProcedureSeen]
    next: str | None = None


@get(LEVELS, opt=READ, summary="The preparedness levels that hold, and which covers the caller")
async def holding(call: CallGiven, levels: RoomGiven) -> Levels:
    """Only what was set under a mandate."""
    return _levels(call, levels)


@get(LEVELS + "/history", opt=READ, summary="Every level that was set")
async def history(levels: RoomGiven) -> LevelHistory:
    """What counts for nothing here included, marked."""
    words = [each for told in levels.told().values() for each in told]
    return LevelHistory(items=sorted(words, key=order, reverse=True))


@get(LEVELS + "/preview", opt=READ, summary="What a level would open, by the policies")
async def preview(call: CallGiven, levels: RoomGiven, level: Level) -> Preview:
    """Nothing is done and nothing is kept."""
    own = call.actor.organisation
    return Preview(items=list(levels.around.opens(call, own, level, LOWEST)))


@post(LEVELS, opt={"act": SET}, summary="Set the level of the caller's own organisation")
async def set_level(
    data: JSONBody[SetBody], call: CallGiven, desk: DeskGiven, levels: RoomGiven
) -> Levels:
    """Raised at once, lowered one step at a time."""
    text = None if data.text is None else Private(data.text)
    wish = asking.Set(level=data.level, reason=data.reason.value, text=text)
    await asking.set_level(desk, call, levels.around, wish, data.sender_ref)
    return _levels(call, levels)


@get(PROCEDURES, opt=READ, summary="Procedures for redistribution, and who has agreed")
async def procedures(call: CallGiven, levels: RoomGiven) -> ProcedureList:
    """Those that are over included."""
    return _procedures(call, levels)


@post(PROCEDURES, opt={"act": PROPOSE}, summary="Propose what a centre may move in its area")
async def propose(
    data: JSONBody[ProposeBody], call: CallGiven, desk: DeskGiven, levels: RoomGiven
) -> ProcedureList:
    """In force when all have agreed."""
    wish = asking.Wish(
        services=data.services,
        moved=data.moved,
        valid_from=data.valid_from,
        valid_to=data.valid_to,
    )
    await asking.propose(desk, call, levels.around, wish, data.sender_ref)
    return _procedures(call, levels)


@post(ONE + "/agree", opt={"act": AGREE}, summary="Agree to a procedure")
async def agree(
    of: str,
    procedure_id: str,
    data: JSONBody[WordBody],
    call: CallGiven,
    desk: DeskGiven,
    levels: RoomGiven,
) -> ProcedureList:
    """By the caller's own organisation."""
    owner = OrganisationId(of)
    await asking.agree(desk, call, levels.around, owner, procedure_id, data.sender_ref)
    return _procedures(call, levels)


@post(ONE + "/end", opt={"act": "levels.end_procedure"}, summary="Be bound no longer")
async def end(
    of: str,
    procedure_id: str,
    data: JSONBody[WordBody],
    call: CallGiven,
    desk: DeskGiven,
    levels: RoomGiven,
) -> ProcedureList:
    """By any party, for all of them."""
    owner = OrganisationId(of)
    await asking.end(desk, call, levels.around, owner, procedure_id, data.sender_ref)
    return _procedures(call, levels)


def _levels(call: Call, room: Room) -> Levels:
    told, around = room.told(), room.around
    here = room.covering(told, call.actor.organisation, call.now)
    return Levels(
        law=around.law(call),
        knows_levels=around.knows_levels(call),
        here=LOWEST if here is None else here.level,
        items=[
            LevelHeld(
                of=each.owner,
                level=each.level,
                since=each.at,
                reason=each.reason,
                by=each.by.function,
                basis=each.basis,
            )
            for each in room.raised(told, call.now)
        ],
    )


def _procedures(call: Call, room: Room) -> ProcedureList:
    zone = room.around.zone
    return ProcedureList(
        items=[
            ProcedureSeen(
                procedure=each,
                state=each.state(call.now, zone),
                missing=each.missing(call.now),
            )
            for each in room.procedures()
        ]
    )


HANDLERS = (holding, history, preview, set_level, procedures, propose, agree, end)
