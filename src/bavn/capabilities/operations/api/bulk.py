# SPDX-License-Identifier: Apache-2.0
"""Units' words by the thousand: what a system sends after a night without a line.

Each is taken or named by itself, so that one that cannot be read costs no other.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import post
from litestar.params import JSONBody

from bavn.capabilities.operations.api.bodies import Body, Wrong
from bavn.capabilities.operations.api.given import RoomGiven
from bavn.capabilities.operations.api.units import spoken_of, word_of
from bavn.capabilities.operations.decisions.asking import Stood
from bavn.capabilities.operations.ports import CallGiven, DeskGiven
from bavn.capabilities.operations.views.room import Room
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal
from bavn.frame.feeds import Fault, FeedSort
from bavn.frame.lenient import Fields
from bavn.kernel.refusal import BadInput

# More is sent in several requests: all of one wait for the disk together.
STATUSES_LIMIT = 1_000


class StatusesBody(Body, frozen=True, kw_only=True):
    """What units say: each item is {unit, status, incident, at, sender_ref}."""

    items: list[Any]


class StatusesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How many were taken, how many of them had been before, and everything else by its place."""

    taken: int
    repeated: int
    flagged: int
    problems: tuple[Wrong, ...]


class _Taken(msgspec.Struct, frozen=True):
    stood: Stood
    problems: tuple[Wrong, ...]


class _Refused(msgspec.Struct, frozen=True):
    problems: tuple[Wrong, ...]
    code: str = ""


@post(
    "/api/v1/statuses",
    status_code=200,
    opt={"act": "operations.set_unit_status"},
    summary="Say where many units stand, or stood: late, repeated and out of order as they come",
)
async def send_statuses(
    data: JSONBody[StatusesBody], call: CallGiven, desk: DeskGiven, operations: RoomGiven
) -> StatusesAnswer:
    """Take what can be taken; everything else is listed, with where it stands in the request."""
    told = [
        _one(number, each, call, desk, operations)
        for number, each in enumerate(data.items[:STATUSES_LIMIT])
    ]
    found = await asyncio.gather(*told)
    taken = [each for each in found if isinstance(each, _Taken)]
    problems = [wrong for each in found if isinstance(each, _Refused) for wrong in each.problems]
    problems += [wrong for each in taken for wrong in each.problems]
    if taken:
        operations.feeds.heard(call, spoken_of([each.stood for each in taken]))
    if problems:
        operations.feeds.faulted(call, _faults(data.items, found))
    if len(data.items) > STATUSES_LIMIT:
        says = f"only {STATUSES_LIMIT} are taken at once; send the rest again"
        problems.append(Wrong(where=f"items[{STATUSES_LIMIT}]", says=says))
    return StatusesAnswer(
        taken=len(taken),
        repeated=sum(each.stood.repeated for each in taken),
        flagged=sum(bool(each.stood.flags) for each in taken),
        problems=tuple(problems),
    )


def _faults(items: Sequence[Any], found: Sequence[_Taken | _Refused]) -> list[Fault]:
    """All that is wrong, each with its row as it came."""
    return [
        Fault(
            sort=FeedSort.STATUS,
            where=wrong.where,
            says=wrong.says,
            raw=msgspec.json.encode(item),
            code=each.code if isinstance(each, _Refused) else "",
        )
        for item, each in zip(items, found, strict=False)
        for wrong in each.problems
    ]


async def _one(
    number: int, item: Any, call: Call, desk: Desk, operations: Room
) -> _Taken | _Refused:
    where = f"items[{number}]"
    if not isinstance(item, dict):
        return _Refused((Wrong(where=where, says="must be an object"),))
    fields = Fields({str(name): value for name, value in item.items()})
    try:
        stood = await word_of(fields, fields.take("unit", str) or "", call, desk, operations)
    except BadInput as bad:
        first = bad.problems[0]
        return _Refused((Wrong(where=f"{where}.{first.where}", says=first.says),))
    except Refusal as refusal:
        # A number that was used for something else, or an owner that is not here.
        refused = refusal.refused
        says = f"{refused.says} {refused.try_instead}"
        return _Refused((Wrong(where=where, says=says),), refused.code)
    wrong = tuple(Wrong(where=f"{where}.{each.where}", says=each.says) for each in fields.finish())
    return _Taken(stood, wrong)


HANDLERS = (send_statuses,)
