# SPDX-License-Identifier: Apache-2.0
"""What belongs together: asked, said, taken back; and events with their incidents."""

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from bavn.capabilities.relations.decisions import asking
from bavn.capabilities.relations.facts import Name
from bavn.capabilities.relations.views.events import Event
from bavn.capabilities.relations.views.room import Relations, RoomGiven
from bavn.frame.given import CallGiven, DeskGiven
from bavn.journal.decision import REF_CHARACTERS_LIMIT

INCIDENT, EVENTS = "/api/v1/incidents/{incident_id:str}", "/api/v1/events"
READ = {"act": "relations.read_relations"}
Ref = Annotated[str, msgspec.Meta(min_length=1, max_length=REF_CHARACTERS_LIMIT)]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sent: a field that nobody knows is refused, never dropped."""

    sender_ref: Ref | None = None


class MergeBody(Body, frozen=True, kw_only=True):
    """What this incident is the same as, and which then leads."""

    into: Id


class UnmergeBody(Body, frozen=True, kw_only=True):
    """What this incident is not the same as."""

    other: Id


class EventBody(Body, frozen=True, kw_only=True):
    """The name of a new event. Everyone reads it: it is no place for anybody's name."""

    name: Name


class TieBody(Body, frozen=True, kw_only=True):
    """Which incident."""

    incident: Id


class EventList(msgspec.Struct, frozen=True, kw_only=True):
    """All events, the newest first."""

    items: list[Event]
    next: str | None = None


@get(INCIDENT + "/relations", opt=READ, summary="What an incident belongs together with")
async def relations(incident_id: str, call: CallGiven, relations: RoomGiven) -> Relations:
    """What it is part of or leads, what is said, what may be the same, and its events."""
    return relations.of(call, relations.around.incident(call, incident_id))


@post(
    INCIDENT + "/merge",
    opt={"act": "relations.say_same"},
    summary="Say that an incident is the same as another, which leads",
)
async def merge(
    incident_id: str,
    data: JSONBody[MergeBody],
    call: CallGiven,
    desk: DeskGiven,
    relations: RoomGiven,
) -> Relations:
    """They are one when the owner of each has said so; the answer tells how it stands."""
    one = relations.around.incident(call, incident_id)
    into = relations.around.incident(call, data.into)
    await asking.say_same(desk, call, one, into, data.sender_ref)
    return relations.of(call, one)


@post(
    INCIDENT + "/unmerge",
    opt={"act": "relations.say_apart"},
    summary="Say that two incidents are not the same, or no longer count as one",
)
async def unmerge(
    incident_id: str,
    data: JSONBody[UnmergeBody],
    call: CallGiven,
    desk: DeskGiven,
    relations: RoomGiven,
) -> Relations:
    """Each is as it was, with what has happened to it since."""
    one = relations.around.incident(call, incident_id)
    other = relations.around.incident(call, data.other)
    await asking.say_apart(desk, call, one, other, data.sender_ref)
    return relations.of(call, one)


@get(EVENTS, opt=READ, summary="Events that incidents belong to, the newest first")
async def list_events(relations: RoomGiven) -> EventList:
    """All of them."""
    return EventList(items=relations.events())


@post(EVENTS, opt={"act": "relations.name_event"}, summary="Name a new event")
async def new_event(
    data: JSONBody[EventBody], call: CallGiven, desk: DeskGiven, relations: RoomGiven
) -> Event:
    """It belongs to the caller's organisation; others may tie incidents to it too."""
    event = await asking.name_event(desk, call, relations.around, data.name, data.sender_ref)
    return relations.the_event(event)


@get(EVENTS + "/{event_id:str}", opt=READ, summary="One event and its incidents")
async def one_event(event_id: str, relations: RoomGiven) -> Event:
    """With whose word it is that each belongs there."""
    return relations.the_event(event_id)


@post(EVENTS + "/{event_id:str}/tie", opt={"act": "relations.tie"}, summary="Tie an incident to it")
async def tie(
    event_id: str, data: JSONBody[TieBody], call: CallGiven, desk: DeskGiven, relations: RoomGiven
) -> Event:
    """Whosever incident it is: to be in an event changes nothing of it."""
    seen = relations.around.incident(call, data.incident)
    await asking.tie(desk, call, relations.around, event_id, seen.id, data.sender_ref)
    return relations.the_event(event_id)


@post(
    EVENTS + "/{event_id:str}/untie",
    opt={"act": "relations.untie"},
    summary="Take an incident out that one's own organisation has tied",
)
async def untie(
    event_id: str, data: JSONBody[TieBody], call: CallGiven, desk: DeskGiven, relations: RoomGiven
) -> Event:
    """What others have tied stays."""
    await asking.untie(desk, call, relations.around, event_id, data.incident, data.sender_ref)
    return relations.the_event(event_id)


HANDLERS = (relations, merge, unmerge, list_events, new_event, one_event, tie, untie)
