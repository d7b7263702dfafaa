# SPDX-License-Identifier: Apache-2.0
"""What comes in and goes out over the programming interface."""

from typing import Annotated

import msgspec

from bavn.capabilities.dispatch.views.orders import Ordered
from bavn.journal.decision import REF_CHARACTERS_LIMIT

# More is a mistake: a whole area's units are some hundred.
UNITS_LIMIT = 100
Ref = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=REF_CHARACTERS_LIMIT,
        description="The sender's own number of this request; a repeat is recognised by it.",
    ),
]
UnitId = Annotated[str, msgspec.Meta(pattern="^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]
Units = Annotated[tuple[UnitId, ...], msgspec.Meta(min_length=1, max_length=UNITS_LIMIT)]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sent: a field that nobody knows is refused, never dropped."""


class DispatchBody(Body, frozen=True, kw_only=True):
    """Which units go.

    `proposed` is what the sender was shown; `reason` says why he sends something else.
    """

    units: Units
    proposed: tuple[UnitId, ...] = ()
    reason: str | None = None
    sender_ref: Ref | None = None


class StandDownBody(Body, frozen=True, kw_only=True):
    """Which units are not to go."""

    units: Units
    sender_ref: Ref | None = None


class ReasonBody(Body, frozen=True, kw_only=True):
    """Why something else was ordered than was proposed."""

    reason: str
    sender_ref: Ref | None = None


class TurnOutBody(Body, frozen=True, kw_only=True):
    """How long crews of one kind need until they roll, in seconds; a median of 0 takes it back.

    `source` says what it stands on, such as the measured turn-outs of a year.
    """

    crew: str
    median_s: float
    spread: float
    limit_s: float
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    sender_ref: Ref | None = None


class TurnOut(msgspec.Struct, frozen=True, kw_only=True):
    """How long crews of one kind need; `own` is false where the country's table counts."""

    crew: str
    median_s: float
    spread: float
    limit_s: float
    basis: str
    own: bool


class TurnOutList(msgspec.Struct, frozen=True, kw_only=True):
    """All kinds of crew, in the order of the country's table."""

    items: tuple[TurnOut, ...]


class OrderedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What was ordered, and what is odd about it."""

    id: str
    facts: tuple[str, ...]
    units: tuple[str, ...]
    flags: tuple[str, ...]
    repeated: bool


class DoneAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """It is done; `repeated` tells that it had been before."""

    id: str
    facts: tuple[str, ...]
    repeated: bool


class OrderList(msgspec.Struct, frozen=True, kw_only=True):
    """All that was ordered to an incident, the latest first."""

    items: list[Ordered]
    next: str | None = None
