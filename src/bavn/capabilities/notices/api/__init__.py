# SPDX-License-Identifier: Apache-2.0
"""Notices over the programming interface: told one by one or many at once, listed, withdrawn.

Whatever format another sector speaks, it is turned into what is taken here.
"""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.params import JSONBody

from bavn.capabilities.notices.api.reading import FEATURES_LIMIT, Sent, read
from bavn.capabilities.notices.decisions import asking
from bavn.capabilities.notices.facts import Where
from bavn.capabilities.notices.model.notice import Notice
from bavn.capabilities.notices.views.room import READ, TELL, WITHDRAW, Room, RoomGiven
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal
from bavn.frame.given import CallGiven, DeskGiven
from bavn.journal.decision import REF_CHARACTERS_LIMIT
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import Instant
from bavn.kernel.refusal import BadInput, Problem

PATH = "/api/v1/notices"
Ref = Annotated[str, msgspec.Meta(min_length=1, max_length=REF_CHARACTERS_LIMIT)]


class NoticeTaken(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that was taken: its own number, and the id that it has here."""

    number: str
    id: str
    repeated: bool


class NoticesTaken(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken, and everything else by its place."""

    items: list[NoticeTaken]
    problems: tuple[Problem, ...]


class NoticeSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A notice as it stands; `source` says so, and `owner` told it here."""

    id: str
    owner: OrganisationId
    number: str
    kind: str
    step: str
    title: str
    text: str
    source: str
    link: str
    issued_at: datetime
    told_at: datetime
    valid_from: datetime
    valid_to: datetime
    where: Where
    touched: tuple[str, ...]


class NoticeList(msgspec.Struct, frozen=True, kw_only=True):
    """What holds, the most serious first."""

    items: list[NoticeSeen]
    next: str | None = None


class WithdrawBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The caller's own organisation takes it back."""

    sender_ref: Ref | None = None


@get(PATH, opt={"act": READ}, summary="The notices that hold, now or at an instant")
async def holding(
    call: CallGiven,
    notices: RoomGiven,
    *,
    at: Instant | None = None,
    municipality: str | None = None,
) -> NoticeList:
    """`touched` are the municipalities that one names, or that its geometry lies in."""
    found = notices.holding(at or call.now, municipality)
    return NoticeList(items=[_seen(each, notices) for each in found])


@post(
    PATH,
    status_code=200,
    opt={"act": TELL},
    summary="Tell a notice, or a FeatureCollection of many, each answered for itself",
)
async def tell(
    request: Request[Any, Any, Any], call: CallGiven, desk: DeskGiven, notices: RoomGiven
) -> NoticesTaken:
    """The same `number` replaces what was told under it; the same content again changes nothing."""
    sent = read(await request.body())
    if not sent.are_many:
        return await _one(sent, call, desk, notices)
    items: list[NoticeTaken] = []
    problems = list(sent.problems)
    for where, telling, ref in sent.tellings:
        try:
            items.append(await _told(call, desk, notices, telling, ref))
        except Refusal as refusal:
            says = f"{refusal.refused.says} {refusal.refused.try_instead}"
            problems.append(Problem(where=where, says=says))
    if sent.left_count:
        says = f"only {FEATURES_LIMIT} are taken at once; send the other {sent.left_count} again"
        problems.append(Problem(where=f"features[{FEATURES_LIMIT}]", says=says))
    return NoticesTaken(items=items, problems=tuple(problems))


@post(
    PATH + "/{notice_id:str}/withdrawn",
    status_code=200,
    opt={"act": WITHDRAW},
    summary="Withdraw a notice that the caller's own organisation has told",
)
async def withdraw(
    notice_id: str,
    data: JSONBody[WithdrawBody],
    call: CallGiven,
    desk: DeskGiven,
    notices: RoomGiven,
) -> NoticeTaken:
    """It holds no longer from now on."""
    done = await asking.withdraw(desk, call, notices.around, notice_id, data.sender_ref)
    found = notices.told_by(call.actor.organisation, notice_id)
    number = "" if found is None else found.number
    return NoticeTaken(number=number, id=notice_id, repeated=done.repeated)


async def _one(sent: Sent, call: Call, desk: Desk, notices: Room) -> NoticesTaken:
    if sent.problems:
        raise BadInput(*sent.problems)
    ((_, telling, ref),) = sent.tellings
    taken = await _told(call, desk, notices, telling, ref)
    return NoticesTaken(items=[taken], problems=())


async def _told(
    call: Call, desk: Desk, notices: Room, telling: asking.Telling, ref: str | None
) -> NoticeTaken:
    id_, done = await asking.tell(desk, call, notices.around, telling, ref)
    # What stands so already makes no fact.
    return NoticeTaken(number=telling.number, id=id_, repeated=done.repeated or not done.facts)


def _seen(notice: Notice, room: Room) -> NoticeSeen:
    return NoticeSeen(
        **{name: getattr(notice, name) for name in NoticeSeen.__struct_fields__[:-1]},
        touched=tuple(sorted(room.touched(notice))),
    )


HANDLERS = (holding, tell, withdraw)
