# SPDX-License-Identifier: Apache-2.0
"""What can have happened in dispatch, and who is told.

An order is the word of whoever owns the incident. That a unit was alerted, is on the way or in
place is the unit's own word, and is told by operations: the three are never mixed.
"""

import msgspec

from bavn.journal.fact import Sealed
from bavn.journal.kinds import Kind
from bavn.kernel.audience import Scope


class UnitsOrdered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Units are to go to an incident. About the incident, and about each unit.

    `proposed` is what the program proposed at that moment, where it was asked: what differs from
    it is what a person knew better. `flags` tells what is odd; it is ordered all the same.
    """

    units: tuple[str, ...]
    proposed: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


class OrderExplained(msgspec.Struct, frozen=True, kw_only=True):
    """Why something else was ordered than was proposed; it may come later, or never."""

    text: Sealed | None = None


class UnitsStoodDown(msgspec.Struct, frozen=True, kw_only=True):
    """Units that were ordered are not to go, or to go home. About the incident and each unit."""

    units: tuple[str, ...]


class TurnOutTold(msgspec.Struct, frozen=True, kw_only=True):
    """How long a service's crews of one kind need until they roll, by its own measuring.

    About `service:<id>`; holds until the next one. `median_s` of nought takes it back: then the
    country's table counts again. `spread` is of the logarithm; at `limit_s` they leave as they are.
    """

    crew: str
    median_s: float
    spread: float
    limit_s: float
    source: str


_TOLD_TO_ALL = frozenset({Scope.NATION, Scope.AREA})

UNITS_ORDERED = Kind(
    name="dispatch.units_ordered",
    version=1,
    body=UnitsOrdered,
    scopes=_TOLD_TO_ALL,
    alarm=True,
)
ORDER_EXPLAINED = Kind(
    name="dispatch.order_explained",
    version=1,
    body=OrderExplained,
    scopes=frozenset({Scope.OWN}),
    for_stand_in=True,
)
UNITS_STOOD_DOWN = Kind(
    name="dispatch.units_stood_down",
    version=1,
    body=UnitsStoodDown,
    scopes=_TOLD_TO_ALL,
)
TURN_OUT_TOLD = Kind(
    name="dispatch.turn_out_told",
    version=1,
    body=TurnOutTold,
    # Whoever weighs units across a border needs it.
    scopes=frozenset({Scope.NATION}),
)
KINDS = (UNITS_ORDERED, ORDER_EXPLAINED, UNITS_STOOD_DOWN, TURN_OUT_TOLD)
