# SPDX-License-Identifier: Apache-2.0
"""Asking, for pages and programming interface alike: in whose name a word is said."""

from collections.abc import Sequence

from bavn.capabilities.relations.decisions import (
    NameEvent,
    SayApart,
    SaySame,
    TieIncident,
    UntieIncident,
)
from bavn.capabilities.relations.model.likeness import Seen
from bavn.capabilities.relations.ports import Around
from bavn.frame.call import Call
from bavn.frame.desk import Desk, carried_out
from bavn.journal.decision import Done
from bavn.kernel.identity import OrganisationId


def eldest_first(one: Seen, other: Seen) -> tuple[Seen, Seen]:
    """Which of two leads where nobody has said: the one that was reported first."""
    first, second = sorted((one, other), key=lambda each: (each.reported_at, each.id))
    return first, second


async def say_same(desk: Desk, call: Call, one: Seen, into: Seen, ref: str | None) -> list[Done]:
    """Say that two are one, for each of their owners that the caller acts for."""
    done = []
    for number, (owner, area) in enumerate(_sayers(call, one, into)):
        content = SaySame(incident=one.id, into=into.id, area=area)
        done.append(await carried_out(desk, call, owner, content, _numbered(ref, number)))
    return done


async def say_apart(desk: Desk, call: Call, one: Seen, into: Seen, ref: str | None) -> Done:
    """Say that two are apart: the word of one owner is enough."""
    owner, area = _sayers(call, one, into)[0]
    content = SayApart(incident=one.id, into=into.id, area=area)
    return await carried_out(desk, call, owner, content, ref)


async def name_event(desk: Desk, call: Call, around: Around, name: str, ref: str | None) -> str:
    """Name a new event of the caller's own; its id."""
    owner = call.actor.organisation
    content = NameEvent(name=name, area=around.area_of(call, owner))
    done = await carried_out(desk, call, owner, content, ref)
    item = desk.query.item(call.reader, done.facts[0])
    assert item is not None, "what is done is on record, and told to the nation"
    return item.fact.about[0].partition(":")[2]


async def tie(
    desk: Desk, call: Call, around: Around, event: str, incident: str, ref: str | None
) -> Done:
    """Tie an incident to an event, in the caller's own name."""
    owner = call.actor.organisation
    content = TieIncident(event=event, incident=incident, area=around.area_of(call, owner))
    return await carried_out(desk, call, owner, content, ref)


async def untie(
    desk: Desk, call: Call, around: Around, event: str, incident: str, ref: str | None
) -> Done:
    """Take back what was tied in the caller's own name."""
    owner = call.actor.organisation
    content = UntieIncident(event=event, incident=incident, area=around.area_of(call, owner))
    return await carried_out(desk, call, owner, content, ref)


def _sayers(call: Call, one: Seen, into: Seen) -> Sequence[tuple[OrganisationId, OrganisationId]]:
    """The owners that the caller acts for, each with its area; else the first, who will say no."""
    owners = {one.service: one.area, into.service: into.area}
    own = [(owner, area) for owner, area in owners.items() if owner in call.organisations]
    return own or [(one.service, one.area)]


def _numbered(ref: str | None, number: int) -> str | None:
    return ref if ref is None or number == 0 else f"{ref}/{number}"
