# SPDX-License-Identifier: Apache-2.0
"""Asking, for pages and programming interface alike: always for the caller's own organisation."""

from datetime import date

import msgspec

from bavn.capabilities.levels.decisions import (
    AgreeProcedure,
    EndProcedure,
    ProposeProcedure,
    SetLevel,
)
from bavn.capabilities.levels.facts import Moved
from bavn.capabilities.levels.ports import Around
from bavn.frame.call import Call
from bavn.frame.desk import Desk, carried_out
from bavn.journal.decision import Done
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a centre wants to be allowed to move, between whom, and for how long."""

    services: tuple[OrganisationId, ...]
    moved: tuple[Moved, ...]
    valid_from: date
    valid_to: date


class Set(msgspec.Struct, frozen=True, kw_only=True):
    """A level, and why."""

    level: int
    reason: str | None
    text: Private | None


async def set_level(desk: Desk, call: Call, around: Around, wish: Set, ref: str | None) -> Done:
    """Have the own level set."""
    content = SetLevel(
        area=_area(call, around), level=wish.level, reason=wish.reason, text=wish.text
    )
    return await carried_out(desk, call, call.actor.organisation, content, ref)


async def propose(desk: Desk, call: Call, around: Around, wish: Wish, ref: str | None) -> Done:
    """Have a procedure proposed."""
    content = ProposeProcedure(
        area=_area(call, around),
        services=wish.services,
        moved=wish.moved,
        valid_from=wish.valid_from,
        valid_to=wish.valid_to,
    )
    return await carried_out(desk, call, call.actor.organisation, content, ref)


async def agree(
    desk: Desk, call: Call, around: Around, of: OrganisationId, procedure: str, ref: str | None
) -> Done:
    """Have it kept that the own organisation agrees."""
    content = AgreeProcedure(area=_area(call, around), of=of, procedure=procedure)
    return await carried_out(desk, call, call.actor.organisation, content, ref)


async def end(
    desk: Desk, call: Call, around: Around, of: OrganisationId, procedure: str, ref: str | None
) -> Done:
    """Have it kept that the own organisation is bound no longer."""
    content = EndProcedure(area=_area(call, around), of=of, procedure=procedure)
    return await carried_out(desk, call, call.actor.organisation, content, ref)


def _area(call: Call, around: Around) -> OrganisationId:
    return around.area_of(call, call.actor.organisation)
