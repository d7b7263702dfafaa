# SPDX-License-Identifier: Apache-2.0
"""What a unit says of its crew: numbers and competences, never who they are."""

from typing import Annotated

import msgspec

from bavn.journal.kinds import Kind
from bavn.kernel.audience import Scope
from bavn.kernel.instants import Instant

# A bus would be full; more is a slip of the pen.
CREW_LIMIT = 99
COMPETENCES_LIMIT = 16
Count = Annotated[int, msgspec.Meta(ge=0, le=CREW_LIMIT)]


class UnitManned(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """So many are aboard from the instant of the fact, until `until` or until the next word.

    `leaders`, `smoke_divers` and `drivers` are how many of these can be that, each left out where
    it was not said: one person may count in several. `on_duty_at` is since when they are on duty.
    Nobody aboard is a count of nought.
    """

    count: Count
    leaders: Count | None = None
    smoke_divers: Count | None = None
    drivers: Count | None = None
    competences: tuple[str, ...] = ()
    on_duty_at: Instant | None = None
    until: Instant | None = None
    flags: tuple[str, ...] = ()


UNIT_MANNED = Kind(
    name="crews.unit_manned",
    version=1,
    body=UnitManned,
    # Whoever looks for help across a border must know that a pump has three aboard.
    scopes=frozenset({Scope.NATION, Scope.AREA}),
)
KINDS = (UNIT_MANNED,)
