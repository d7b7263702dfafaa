# SPDX-License-Identifier: Apache-2.0
"""Feeds over the programming interface: how one's own goes, what failed, and renumbering."""

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody, QueryParameter

from bavn.capabilities.feeds.decisions.asking import tell_number
from bavn.capabilities.feeds.model.number import NUMBER_CHARACTERS
from bavn.capabilities.feeds.views.room import RoomGiven
from bavn.capabilities.feeds.views.told import FaultNow, Number, SenderNow, fault_now
from bavn.frame.desk import Refusal
from bavn.frame.given import CallGiven, DeskGiven
from bavn.journal.decision import REF_CHARACTERS_LIMIT
from bavn.kernel.refusal import Refused

FAULTS_LIMIT, FAULTS_MOST = 100, 1_000
Limit = Annotated[int, QueryParameter(ge=1, le=FAULTS_MOST)]
Numbered = Annotated[str, msgspec.Meta(min_length=1, max_length=NUMBER_CHARACTERS)]
Ref = Annotated[str, msgspec.Meta(min_length=1, max_length=REF_CHARACTERS_LIMIT)]


class FeedList(msgspec.Struct, frozen=True, kw_only=True):
    """The systems that act for the caller's organisations."""

    items: list[SenderNow]


class FaultList(msgspec.Struct, frozen=True, kw_only=True):
    """What could not be taken, the latest first; and how many were let go of, being too many."""

    items: list[FaultNow]
    kept_days: int
    dropped_count: int
    lost_count: int


class NumberBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An incident has another number from now on; it is found by both."""

    number: Numbered
    was: Numbered
    sender_ref: Ref | None = None


class NumberAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The incident, and all that it is called."""

    id: str
    numbers: list[Number]
    repeated: bool


@get(
    "/api/v1/feeds",
    opt={"act": "feeds.read_feeds"},
    summary="How each system's feeds go: what came when, how its clock goes, what failed",
)
async def list_feeds(call: CallGiven, feeds: RoomGiven) -> FeedList:
    """Those that act for an organisation of the caller's."""
    return FeedList(items=feeds.senders(call))


@get(
    "/api/v1/feeds/faults",
    opt={"act": "feeds.read_faults"},
    summary="Rows that could not be taken, as they came, and what to do",
)
async def list_faults(
    call: CallGiven, feeds: RoomGiven, *, sender: str = "", limit: Limit = FAULTS_LIMIT
) -> FaultList:
    """The latest first. They may name people: who looks is kept."""
    found = await feeds.faults(call, sender, limit)
    return FaultList(
        items=[fault_now(call, each) for each in found],
        kept_days=feeds.kept.kept_days,
        dropped_count=feeds.kept.dropped_count,
        lost_count=feeds.kept.lost_count,
    )


@post(
    "/api/v1/feeds/numbers",
    status_code=200,
    opt={"act": "feeds.number_incident"},
    summary="Say that the own system calls an incident otherwise from now on",
)
async def renumber(
    data: JSONBody[NumberBody], call: CallGiven, desk: DeskGiven, feeds: RoomGiven
) -> NumberAnswer:
    """Both numbers find it afterwards."""
    new, incident = (feeds.known(call, (each,), None) for each in (data.number, data.was))
    if new is not None and incident not in {None, new}:
        raise Refusal(
            Refused(
                code="number_elsewhere",
                says=f"The number {data.number} is another incident's.",
                try_instead="Look at both incidents, and give one of them another number.",
                values={"number": data.number},
            )
        )
    incident = incident or new
    if incident is None:
        raise Refusal(
            Refused(
                code="no_such_number",
                says=f"No incident of late has the number {data.was}.",
                try_instead="Report the incident with its number first.",
                values={"number": data.was},
            )
        )
    had = feeds.has(call, incident)
    is_new = await tell_number(desk, call, incident, data.number, had, data.sender_ref)
    return NumberAnswer(id=incident, numbers=feeds.numbers(call, incident), repeated=not is_new)


HANDLERS = (list_feeds, list_faults, renumber)
