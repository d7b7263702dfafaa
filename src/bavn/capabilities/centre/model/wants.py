# SPDX-License-Identifier: Apache-2.0
"""What wants a person, and who has seen it: merged, in the order in which it is shown."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

from bavn.frame.attention import Attention

# Whoever has seen something sees to it within a day, or is asked again; own calibration.
SEEN_HOLDS = timedelta(hours=24)
# More is a list that nobody reads to its end; how many there are beyond is said.
WANTS_LIMIT = 50
# What is loud and has waited this long unseen sounds louder; own calibration.
LOUDER_AFTER = timedelta(seconds=90)


class SeenBy(msgspec.Struct, frozen=True, kw_only=True):
    """Who has seen it, and when. `account` names nobody."""

    function: str
    account: str
    at: datetime


class Want(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits, with its number on the board, and who has seen it."""

    number: int
    item: Attention
    seen: SeenBy | None

    @property
    def sounds(self) -> bool:
        """True for what is to be heard: loud, and seen by nobody."""
        return self.item.loud and self.seen is None


def subject_in(item: str) -> str:
    """What a fact about something that waits is about.

    Ids are each capability's own, and longer than a subject may be.
    """
    return f"attention:{sha256(item.encode()).hexdigest()[:32]}"


def wants_of(items: Sequence[Attention], seen: Mapping[str, SeenBy], now: datetime) -> list[Want]:
    """All that waits: unseen first, the loud before the quiet, the oldest first; each once."""
    once = {each.id: each for each in items}
    holds = {item: by for item, by in seen.items() if now - by.at < SEEN_HOLDS}
    ordered = sorted(
        once.values(), key=lambda each: (each.id in holds, not each.loud, each.since, each.id)
    )
    return [
        Want(number=number, item=each, seen=holds.get(each.id))
        for number, each in enumerate(ordered, 1)
    ]
