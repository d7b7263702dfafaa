# SPDX-License-Identifier: Apache-2.0
"""What an incident is to have in the end, and what it lacks: asked for, and never in the way."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec


class Lack(StrEnum):
    """Something that an incident lacks."""

    TYPE = "type"
    PLACE = "place"
    CALLBACK = "callback"
    # It was closed, and nobody has said as what.
    OUTCOME = "outcome"
    # Other units were sent than were proposed, and nobody has said why.
    REASON = "reason"


class Want(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be there, by the country's table: asked for so long after it began to lack.

    `from_people` limits it to incidents that a person took: a system has its own list.
    """

    code: Lack
    danish: str
    english: str
    after: timedelta
    from_people: bool
    basis: str


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """Something that lacks, since when, and from when on it is asked for."""

    code: Lack
    since: datetime
    is_asked_for: bool
    basis: str


# Functions that no person has.
SYSTEMS = frozenset({"system", "machine"})


def missing(
    lacks: Collection[tuple[Lack, datetime]], by: str, wants: Sequence[Want], now: datetime
) -> list[Missing]:
    """What lacks of what is wanted, in the table's order."""
    since = dict(lacks)
    return [
        Missing(
            code=want.code,
            since=since[want.code],
            is_asked_for=since[want.code] + want.after <= now,
            basis=want.basis,
        )
        for want in wants
        if want.code in since and not (want.from_people and by in SYSTEMS)
    ]
