# SPDX-License-Identifier: Apache-2.0
"""Asking, for pages and programming interface alike."""

from datetime import datetime

import msgspec

from bavn.capabilities.mandates.decisions import (
    DeclareEmergency,
    Delegate,
    EndDelegation,
    ExplainEmergency,
    LookAtAny,
    LookAtOwn,
)
from bavn.capabilities.mandates.ports import Around
from bavn.frame.call import Call
from bavn.frame.desk import Desk, carried_out
from bavn.journal.decision import Done
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What is delegated to whom, and for how long."""

    of: OrganisationId
    to: OrganisationId
    function: str
    acts: tuple[str, ...]
    valid_from: datetime
    valid_to: datetime


async def delegate(desk: Desk, call: Call, around: Around, given: Given, ref: str | None) -> Done:
    """Have some acts delegated."""
    content = Delegate(
        area=around.area_of(call, given.of),
        to=given.to,
        function=given.function,
        acts=given.acts,
        valid_from=given.valid_from,
        valid_to=given.valid_to,
    )
    return await carried_out(desk, call, given.of, content, ref)


async def end_delegation(
    desk: Desk,
    call: Call,
    around: Around,
    of: OrganisationId,
    delegation: str,
    ref: str | None,
) -> Done:
    """Have a delegation taken back."""
    content = EndDelegation(area=around.area_of(call, of), delegation=delegation)
    return await carried_out(desk, call, of, content, ref)


async def declare(desk: Desk, call: Call, around: Around, text: Private, ref: str | None) -> Done:
    """Have an emergency declared, for the caller's own function."""
    owner = call.actor.organisation
    content = DeclareEmergency(area=around.area_of(call, owner), text=text)
    return await carried_out(desk, call, owner, content, ref)


async def explain(desk: Desk, call: Call, emergency: str, text: Private, ref: str | None) -> Done:
    """Have it kept why."""
    content = ExplainEmergency(emergency=emergency, text=text)
    return await carried_out(desk, call, call.actor.organisation, content, ref)


async def look_at_own(
    desk: Desk, call: Call, around: Around, emergency: str, ref: str | None
) -> Done:
    """Have it kept that the own chief has looked."""
    owner = call.actor.organisation
    content = LookAtOwn(area=around.area_of(call, owner), emergency=emergency)
    return await carried_out(desk, call, owner, content, ref)


async def look_at_any(
    desk: Desk, call: Call, around: Around, emergency: str, ref: str | None
) -> Done:
    """Have it kept that oversight has looked."""
    owner = call.actor.organisation
    content = LookAtAny(area=around.area_of(call, owner), emergency=emergency)
    return await carried_out(desk, call, owner, content, ref)
