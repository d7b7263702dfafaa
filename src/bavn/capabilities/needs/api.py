# SPDX-License-Identifier: Apache-2.0
"""Needs over the programming interface: asked, answered, taken back."""

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from bavn.capabilities.needs.decisions import asking
from bavn.capabilities.needs.facts import UNITS_LIMIT, WANTS_LIMIT, Wanted
from bavn.capabilities.needs.model.need import BY_MIN_MOST, MINUTE, Answer, Because, Sort
from bavn.capabilities.needs.views.room import Need, NeedsNow, RoomGiven
from bavn.frame.given import CallGiven, DeskGiven
from bavn.journal.decision import REF_CHARACTERS_LIMIT
from bavn.kernel.instants import Instant
from bavn.kernel.private import Private

PATH = "/api/v1/incidents/{incident_id:str}/needs"
READ = {"act": "needs.read_needs"}
Ref = Annotated[str, msgspec.Meta(min_length=1, max_length=REF_CHARACTERS_LIMIT)]
UnitId = Annotated[str, msgspec.Meta(pattern="^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]
ByMin = Annotated[int, msgspec.Meta(ge=1, le=BY_MIN_MOST)]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sent: a field that nobody knows is refused, never dropped."""

    sender_ref: Ref | None = None


class AskBody(Body, frozen=True, kw_only=True):
    """What is asked for; `text` is sealed. `at` is when it was asked, now when left out.

    It has to be there at `by_at`, or within so many minutes of when it was asked.
    """

    sort: Sort
    wants: Annotated[tuple[Wanted, ...], msgspec.Meta(max_length=WANTS_LIMIT)] = ()
    unit: UnitId | None = None
    text: str | None = None
    urgent: bool = False
    at: Instant | None = None
    by_at: Instant | None = None
    by_min: ByMin | None = None
    by_radio: bool = False


class AnswerBody(Body, frozen=True, kw_only=True):
    """Seen; sent or partly, with these units; or cannot, because. `text` is sealed."""

    answer: Answer
    units: Annotated[tuple[UnitId, ...], msgspec.Meta(max_length=UNITS_LIMIT)] = ()
    because: Because | None = None
    text: str | None = None


class BackBody(Body, frozen=True, kw_only=True):
    """It is needed no longer."""


class NeedList(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for an answer, the latest first; without texts."""

    items: list[Need]
    next: str | None = None


@get("/api/v1/needs", opt=READ, summary="What scenes have asked for that waits for an answer")
async def waiting(call: CallGiven, needs: RoomGiven) -> NeedList:
    """Of all incidents that the caller may see, of the last two days."""
    found = needs.waiting(call)
    return NeedList(items=sorted(found, key=lambda each: (each.asked_at, each.id), reverse=True))


@get(PATH, opt=READ, summary="What was asked for from the scene, and what was answered")
async def of_incident(
    incident_id: str, call: CallGiven, desk: DeskGiven, needs: RoomGiven
) -> NeedsNow:
    """As the caller may read it, the latest first."""
    return await needs.of(desk, call, needs.around.scene(call, incident_id))


@post(PATH, opt={"act": "needs.ask_need"}, summary="Ask the centre for something from the scene")
async def ask(
    incident_id: str,
    data: JSONBody[AskBody],
    call: CallGiven,
    desk: DeskGiven,
    needs: RoomGiven,
) -> NeedsNow:
    """On the alarm path: never refused. A fact of the caller's own organisation."""
    scene = needs.around.scene(call, incident_id)
    by_at = data.by_at
    if by_at is None and data.by_min is not None:
        by_at = (data.at or call.now) + data.by_min * MINUTE
    wish = asking.Wish(
        sort=data.sort,
        wants=data.wants,
        unit=data.unit,
        text=_private(data.text),
        urgent=data.urgent,
        by_at=by_at,
        at=data.at,
        by_radio=data.by_radio,
    )
    await asking.ask(desk, call, scene, wish, data.sender_ref)
    return await needs.of(desk, call, scene)


@post(
    PATH + "/{need_id:str}/answer",
    opt={"act": "needs.answer_need"},
    summary="Answer what a scene asked for",
)
async def answer(
    incident_id: str,
    need_id: str,
    data: JSONBody[AnswerBody],
    call: CallGiven,
    desk: DeskGiven,
    needs: RoomGiven,
) -> NeedsNow:
    """By the owner's watch or the area's; a later answer holds, and nobody is sent by it."""
    scene = needs.around.scene(call, incident_id)
    need = needs.the_one(call, scene, need_id)
    word = asking.Word(
        need=need.id,
        asker=need.asker,
        answer=data.answer,
        units=data.units,
        because=data.because,
        text=_private(data.text),
    )
    await asking.answer(desk, call, scene, word, data.sender_ref)
    return await needs.of(desk, call, scene)


@post(
    PATH + "/{need_id:str}/back",
    opt={"act": "needs.take_back_need"},
    summary="Say that it is needed no longer",
)
async def back(
    incident_id: str,
    need_id: str,
    data: JSONBody[BackBody],
    call: CallGiven,
    desk: DeskGiven,
    needs: RoomGiven,
) -> NeedsNow:
    """By whoever asked."""
    scene = needs.around.scene(call, incident_id)
    need = needs.the_one(call, scene, need_id)
    await asking.take_back(desk, call, scene, need.id, need.asker, data.sender_ref)
    return await needs.of(desk, call, scene)


def _private(text: str | None) -> Private | None:
    return None if text is None or not text.strip() else Private(text)


HANDLERS = (waiting, of_incident, ask, answer, back)
