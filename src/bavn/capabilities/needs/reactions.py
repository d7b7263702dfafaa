# SPDX-License-Identifier: Apache-2.0
"""What follows by itself: what the watch has touched on its board is seen, and the scene knows."""

from datetime import timedelta

from bavn.capabilities.centre.facts import AttentionSeen
from bavn.capabilities.needs.model.requests import SeeNeed
from bavn.journal.fact import Fact
from bavn.journal.reaction import Reaction

# As the item on the board is called.
ITEM = "needs.need:"
# What is on a board is the organisation's own; a node hears it of no other.
STALE_AFTER = timedelta(hours=1)


def _seen(_fact: Fact, body: AttentionSeen) -> list[SeeNeed]:
    need = body.item.removeprefix(ITEM)
    return [] if need == body.item else [SeeNeed(need=need)]


REACTIONS = (
    Reaction(
        name="need-seen-on-the-board", body=AttentionSeen, requests=_seen, stale_after=STALE_AFTER
    ),
)
