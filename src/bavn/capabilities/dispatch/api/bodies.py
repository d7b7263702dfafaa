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
