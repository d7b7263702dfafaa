# SPDX-License-Identifier: Apache-2.0
"""What a scene asks its centre for, and what the centre answers.

Who asks tells that it asks; who answers tells its answer. Each tells its own, to those who work at
the incident and to its area, so that both sides see the same whatever was cut.
"""

from typing import Annotated

import msgspec

from bavn.journal.fact import Sealed
from bavn.journal.kinds import Kind
from bavn.kernel.audience import Scope
from bavn.kernel.instants import Instant

# More is a mistake of a thumb: another need is asked beside this one.
WANTS_LIMIT, COUNT_LIMIT, UNITS_LIMIT = 8, 50, 40


class Wanted(msgspec.Struct, frozen=True):
    """So many units or things of one type."""

    type: Annotated[str, msgspec.Meta(min_length=1, max_length=16)]
    count: Annotated[int, msgspec.Meta(ge=1, le=COUNT_LIMIT)]


class NeedAsked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The scene asks for something. About the need, the incident, and a unit to be relieved.

    `sort` is what sort of thing: units, a resource, relief, other. `by_at` is by when it has to be
    there. `by_radio` tells that whoever wrote it had it read to them; `assigned` whether who asks
    was known to work there.
    """

    sort: str
    wants: tuple[Wanted, ...] = ()
    unit: str | None = None
    text: Sealed | None = None
    urgent: bool = False
    by_at: Instant | None = None
    by_radio: bool = False
    assigned: bool = True


class NeedAnswered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A centre answers: seen, sent, partly, or cannot, because. About the need and the incident.

    A later answer holds. `because` is a word of a list; `text` what else the scene should know.
    """

    answer: str
    units: tuple[str, ...] = ()
    because: str | None = None
    text: Sealed | None = None


class NeedTakenBack(msgspec.Struct, frozen=True, kw_only=True):
    """Who asked needs it no longer. About the need and the incident."""


_TOLD_TO = frozenset({Scope.AREA, Scope.TO})
NEED_ASKED = Kind(
    name="needs.need_asked",
    version=1,
    body=NeedAsked,
    scopes=_TOLD_TO,
    # More help from the scene: nothing may stop it.
    alarm=True,
    for_stand_in=True,
)
NEED_ANSWERED = Kind(
    name="needs.need_answered",
    version=1,
    body=NeedAnswered,
    scopes=_TOLD_TO,
    for_stand_in=True,
)
NEED_TAKEN_BACK = Kind(
    name="needs.need_taken_back", version=1, body=NeedTakenBack, scopes=_TOLD_TO, for_stand_in=True
)
KINDS = (NEED_ASKED, NEED_ANSWERED, NEED_TAKEN_BACK)
