# SPDX-License-Identifier: Apache-2.0
"""Asking, for pages and programming interface alike."""

from hashlib import sha256

from bavn.capabilities.alerting.model.requests import (
    ACKNOWLEDGED,
    BY_PERSON,
    GiveReceipt,
    Inform,
    SetAddress,
)
from bavn.frame.call import Call
from bavn.frame.desk import Desk, carried_out
from bavn.journal.decision import Done
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private


async def inform(
    desk: Desk, call: Call, owner: OrganisationId, told: Inform, ref: str | None
) -> Done:
    """Have it kept that somebody was told."""
    return await carried_out(desk, call, owner, told, ref)


async def answer(desk: Desk, call: Call, owner: OrganisationId, callout: str) -> Done:
    """Have a crew's answer kept that came by radio or telephone: to its first alert, if any."""
    content = GiveReceipt(alert=f"{callout}-0", sort=ACKNOWLEDGED, by=BY_PERSON)
    return await carried_out(desk, call, owner, content, None)


async def keep_address(  # noqa: PLR0913 - an address, and whose it is
    desk: Desk,
    call: Call,
    owner: OrganisationId,
    *,
    target: str,
    channel: str,
    rank: int,
    address: Private,
    ref: str | None,
) -> tuple[str, Done]:
    """Have an address kept, under a number that a repeat has as well."""
    named = f"{call.sender} {ref}" if ref else f"{call.now.isoformat()} {target} {channel} {rank}"
    id_ = sha256(f"{owner} {named}".encode()).hexdigest()[:24]
    content = SetAddress(id=id_, target=target, channel=channel, rank=rank, address=address)
    return id_, await carried_out(desk, call, owner, content, ref)
