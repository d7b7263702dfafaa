# SPDX-License-Identifier: Apache-2.0
"""Entering a whole roster: what a list would change, and carrying it out in pieces."""

from collections.abc import Sequence
from datetime import UTC
from hashlib import sha256

import msgspec

from bavn.capabilities.duty.model.lists import Fault, ReadList
from bavn.capabilities.duty.model.requests import GivenWatch, SetWatches
from bavn.capabilities.duty.model.roster import Watch
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.kernel.identity import OrganisationId
from bavn.kernel.refusal import Refused

# One request makes so many facts at most; each piece has a number of its own.
PIECE = 60


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a list would change, and the ground that it is confirmed on; none with faults."""

    faults: tuple[Fault, ...]
    set_count: int = 0
    added_count: int = 0
    removed: tuple[str, ...] = ()
    ground: str = ""


def preview(read: ReadList, raw: bytes, known: Sequence[Watch]) -> Preview:
    """What would hold after it: the list takes the place of all that begins while it lasts."""
    if read.faults:
        return Preview(faults=read.faults)
    begins_at = min(each.begins_at for each in read.watches)
    ends_at = max(each.ends_at for each in read.watches)
    ids = {each.id for each in read.watches}
    there = {each.id for each in known if begins_at <= each.begins_at < ends_at}
    removed = tuple(sorted(there - ids))
    # Whoever confirms confirms this list over just what holds now.
    mark = sha256(raw)
    for each in sorted(there):
        mark.update(each.encode())
    return Preview(
        faults=(),
        set_count=len(ids),
        added_count=len(ids - there),
        removed=removed,
        ground=mark.hexdigest()[:32],
    )


async def enter(
    desk: Desk,
    call: Call,
    owner: OrganisationId,
    watches: Sequence[GivenWatch],
    removed: Sequence[str],
    ref: str,
) -> int:
    """Carry it out piece by piece, each under a number of its own; how many facts that made.

    Broken off in between, it is sent again and goes on: what was done is known.
    """
    items = [*sorted(watches, key=lambda each: each.begins_at.astimezone(UTC)), *removed]
    count = 0
    for number in range(0, len(items), PIECE):
        piece = items[number : number + PIECE]
        content = SetWatches(
            watches=tuple(each for each in piece if isinstance(each, GivenWatch)),
            removed=tuple(each for each in piece if isinstance(each, str)),
        )
        done = await carried_out(desk, call, owner, content, f"{ref}/{number}")
        count += len(done.facts)
    return count


def check_ground(given: str, now: Preview) -> None:
    """Raise where the roster or the list is another than what was looked at."""
    if given != now.ground:
        raise Refusal(
            Refused(
                code="roster_changed",
                says="The roster, or the list, is not what you looked at.",
                try_instead="Look at what the list changes now, and confirm that.",
            )
        )
