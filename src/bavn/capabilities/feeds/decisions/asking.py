# SPDX-License-Identifier: Apache-2.0
"""Asking, for the programming interface of feeds and of operations alike."""

from collections.abc import Collection

from bavn.capabilities.feeds.decisions import NumberIncident
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out


async def tell_number(
    desk: Desk,
    call: Call,
    incident: str,
    number: str,
    had: Collection[str],
    ref: str | None = None,
) -> bool:
    """Have the caller's system's number of an incident kept; False when it has had it before."""
    if number in had:
        return False
    content = NumberIncident(incident=incident, number=number, system=call.sender)
    try:
        done = await carried_out(desk, call, call.actor.organisation, content, ref)
    except Refusal as refusal:
        # Two messages of one moment tell it once.
        if refusal.refused.code != "numbered_already":
            raise
        return False
    return not done.repeated
