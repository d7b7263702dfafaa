# SPDX-License-Identifier: Apache-2.0
"""Who is aboard a unit: asked, and told by the unit's own system."""

from typing import Annotated

import msgspec
from litestar import get, put
from litestar.params import JSONBody

from bavn.capabilities.crews.decisions import ManUnit, asking
from bavn.capabilities.crews.facts import COMPETENCES_LIMIT, Count
from bavn.capabilities.crews.model.crew import CrewNow
from bavn.capabilities.crews.ports import Unit
from bavn.capabilities.crews.views.reading import RoomGiven
from bavn.frame.given import CallGiven, DeskGiven
from bavn.journal.decision import REF_CHARACTERS_LIMIT
from bavn.kernel.instants import Instant
from bavn.kernel.refusal import BadInput, Problem

PATH = "/api/v1/units/{unit_id:str}/crew"
Competence = Annotated[str, msgspec.Meta(pattern="^[a-z0-9æøå][a-z0-9æøå_-]{0,31}$")]


class CrewBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is aboard. `at` is from when, now when it is left out; `until` is when that ends.

    `on_duty_at` is since when they are on duty. Left out, it is as before, or `at` where they are
    others than before (`relieved`).
    """

    count: Count
    leaders: Count | None = None
    smoke_divers: Count | None = None
    drivers: Count | None = None
    competences: Annotated[tuple[Competence, ...], msgspec.Meta(max_length=COMPETENCES_LIMIT)] = ()
    at: Instant | None = None
    on_duty_at: Instant | None = None
    until: Instant | None = None
    relieved: bool = False
    sender_ref: (
        Annotated[str, msgspec.Meta(min_length=1, max_length=REF_CHARACTERS_LIMIT)] | None
    ) = None


class MannedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A word about a crew that was taken, and what is odd about it."""

    unit: str
    facts: tuple[str, ...]
    flags: tuple[str, ...]
    repeated: bool


class CrewList(msgspec.Struct, frozen=True, kw_only=True):
    """All crews, by unit."""

    items: list[CrewNow]
    next: str | None = None


@get(PATH, opt={"act": "crews.read_crews"}, summary="Who is aboard a unit, and whose word that is")
async def one_crew(unit_id: str, call: CallGiven, crews: RoomGiven) -> CrewNow:
    """By the unit's word while it holds, else by the plan, marked as one."""
    return crews.one(crews.around.unit(call, unit_id), call.now)


@get("/api/v1/crews", opt={"act": "crews.read_crews"}, summary="Who is aboard each registered unit")
async def all_crews(call: CallGiven, crews: RoomGiven) -> CrewList:
    """By the units' ids."""
    found = crews.all(call.now)
    return CrewList(items=[found[unit] for unit in sorted(found)])


@put(PATH, opt={"act": "crews.man_unit"}, summary="Say who is aboard a unit")
async def man_unit(
    unit_id: str, data: JSONBody[CrewBody], call: CallGiven, desk: DeskGiven, crews: RoomGiven
) -> MannedAnswer:
    """The last word holds until the next, or until the end that it names."""
    unit = crews.around.unit(call, unit_id)
    content = content_of(unit, data)
    manned = await asking.man(desk, call, unit, content, data.sender_ref)
    return MannedAnswer(
        unit=unit.id, facts=manned.facts, flags=manned.flags, repeated=manned.repeated
    )


def content_of(unit: Unit, data: CrewBody) -> ManUnit:
    """The request that a body stands for; BadInput where it contradicts itself."""
    problems = [
        Problem(where=name, says=f"{said} of {data.count} aboard cannot be")
        for name, said in (
            ("leaders", data.leaders),
            ("smoke_divers", data.smoke_divers),
            ("drivers", data.drivers),
        )
        if said is not None and said > data.count
    ]
    if data.until is not None and data.at is not None and data.until <= data.at:
        problems.append(Problem(where="until", says="must be after `at`"))
    if problems:
        raise BadInput(*problems)
    return ManUnit(
        unit=unit.id,
        area=unit.area,
        count=data.count,
        leaders=data.leaders,
        smoke_divers=data.smoke_divers,
        drivers=data.drivers,
        competences=tuple(dict.fromkeys(data.competences)),
        at=data.at,
        on_duty_at=data.on_duty_at,
        until=data.until,
        relieved=data.relieved,
        registered=unit.registered,
        planned=unit.plan.count,
    )


HANDLERS = (one_crew, all_crews, man_unit)
