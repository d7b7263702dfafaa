# SPDX-License-Identifier: Apache-2.0
"""Reports with another system's own number: one incident, however often it is numbered anew.

A number never stands in an alarm's way: where nothing is known of it, or anything about it breaks,
the alarm is taken as a new one.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bavn.capabilities.operations.decisions import CorrectIncident, ReportIncident, asking
from bavn.capabilities.operations.model.incident import IncidentState, OwnerBy
from bavn.capabilities.operations.ports import area_told
from bavn.capabilities.operations.views.incidents import Incident, incident
from bavn.capabilities.operations.views.room import Room, Turns
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.kernel.identity import OrganisationId

# Two messages of one number follow each other; none waits longer than this for another's.
TURN_S = 2.0


@asynccontextmanager
async def turn(turns: Turns, sender: str, numbers: Sequence[str]) -> AsyncIterator[None]:
    """Let no other message of the same number in between: both would find it unknown."""
    keys = sorted((sender, each) for each in numbers)
    held: list[tuple[str, str]] = []
    try:
        for key in keys:
            lock, waiting = turns.get(key, (asyncio.Lock(), 0))
            turns[key] = (lock, waiting + 1)
            try:
                async with asyncio.timeout(TURN_S):
                    await lock.acquire()
            except TimeoutError:
                # An alarm goes on: what it may cost is a second incident that may be one with it.
                _left(turns, key)
                continue
            held.append(key)
        yield
    finally:
        for key in held:
            turns[key][0].release()
            _left(turns, key)


def _left(turns: Turns, key: tuple[str, str]) -> None:
    lock, waiting = turns[key]
    if waiting > 1:
        turns[key] = (lock, waiting - 1)
    else:
        del turns[key]


async def report(
    desk: Desk,
    call: Call,
    room: Room,
    alarm: asking.Alarm,
    ref: str | None,
    numbers: Sequence[str],
) -> asking.Reported:
    """Have an alarm taken: as news of the incident that its number means, else as a new one."""
    known = room.numbers.known(call, numbers, alarm.place) if numbers else None
    found = None if known is None else incident(desk.query, call.reader, room.types, known)
    if found is None:
        return await asking.report(desk, call, room.territory, alarm, ref)
    area = area_told(room.territory, found.service, found.area, call.now.date())
    news = _content(alarm, found, area)
    # What was closed is reported again, and so is what may not be corrected: an alarm gets through.
    ways = (news, _again(news, alarm))
    for content in reversed(ways) if _is_over_again(alarm, found) else ways:
        try:
            done = await carried_out(desk, call, found.service, content, ref)
        except Refusal as refusal:
            if refusal.refused.code == "nothing_to_correct":
                return _told(found, area, repeated=True)
        else:
            return _told(found, area, repeated=done.repeated)
    # Whose it is cannot be asked here, or the message was taken before: then it goes the way of
    # every alarm, where a repeat is known, and a changed one is refused by name.
    return await asking.report(desk, call, room.territory, alarm, ref)


def _is_over_again(alarm: asking.Alarm, found: Incident) -> bool:
    """True for news of what is closed that are not older than its end."""
    if found.state is not IncidentState.CLOSED:
        return False
    return alarm.occurred_at is None or (
        found.closed_at is not None and alarm.occurred_at > found.closed_at
    )


def _content(alarm: asking.Alarm, found: Incident, area: str) -> CorrectIncident:
    return CorrectIncident(
        incident=found.id,
        area=OrganisationId(area),
        incident_type=alarm.incident_type,
        municipality=alarm.municipality,
        latitude=alarm.lat,
        longitude=alarm.lon,
        urgency=alarm.urgency,
        address=alarm.address,
        callback=alarm.callback,
        text=alarm.text,
    )


def _again(said: CorrectIncident, alarm: asking.Alarm) -> ReportIncident:
    return ReportIncident(
        incident=said.incident,
        area=said.area,
        owner_by=OwnerBy.NAMED.value,
        incident_type=said.incident_type,
        municipality=said.municipality,
        latitude=said.latitude,
        longitude=said.longitude,
        urgency=said.urgency,
        address=said.address,
        callback=said.callback,
        text=said.text,
        occurred_at=alarm.occurred_at,
    )


def _told(found: Incident, area: str, *, repeated: bool) -> asking.Reported:
    return asking.Reported(
        id=found.id,
        service=found.service,
        area=area,
        by=OwnerBy(found.owner_by) if found.owner_by in frozenset(OwnerBy) else OwnerBy.NAMED,
        repeated=repeated,
    )
