# SPDX-License-Identifier: Apache-2.0
"""What connections asks of itself, when it follows from a fact."""

import msgspec

from bavn.journal.conflicts import ConflictSettled
from bavn.journal.decision import FACTS_PER_REQUEST_LIMIT
from bavn.kernel.identity import FactId, OrganisationId, Subject

TAKEN, DECLINED = "taken", "declined"
# What is struck in the request that settles; what goes beyond follows in further ones.
STRIKES_LIMIT = FACTS_PER_REQUEST_LIMIT - 1


class HearAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Say that what was asked has come."""

    asked: Subject
    asker: OrganisationId


class TakeUp(msgspec.Struct, frozen=True, kw_only=True):
    """Make incidents of all alarms that were taken elsewhere and are this organisation's."""


class HandOver(msgspec.Struct, frozen=True, kw_only=True):
    """Whose alarm it is has taken it up: it is not ours any more."""

    asked: Subject


class StrikeWeighed(msgspec.Struct, frozen=True, kw_only=True):
    """Strike what a settlement did not keep, and could not strike at once."""

    facts: tuple[FactId, ...]


def rest_of(body: ConflictSettled) -> list[StrikeWeighed]:
    """What is left to be struck after a settlement, in requests of a size that is taken."""
    left = body.left
    starts = range(0, len(left), STRIKES_LIMIT)
    return [StrikeWeighed(facts=left[start : start + STRIKES_LIMIT]) for start in starts]
