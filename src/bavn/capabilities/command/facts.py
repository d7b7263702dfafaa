# SPDX-License-Identifier: Apache-2.0
"""Who leads at an incident, told to all by role; and words for those who work there, sealed."""

from datetime import datetime
from typing import Annotated

import msgspec

from bavn.journal.fact import Sealed
from bavn.journal.kinds import Kind
from bavn.kernel.audience import Scope

# A callsign, or what a function is called; a person's name goes into `name`, sealed.
CALLSIGN_CHARACTERS_LIMIT = 32
Role = Annotated[str, msgspec.Meta(pattern="^[a-z]+(-[a-z]+)*$", max_length=32)]
Callsign = Annotated[str, msgspec.Meta(min_length=1, max_length=CALLSIGN_CHARACTERS_LIMIT)]


class LeaderNamed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From the instant of the fact somebody leads in a role; whoever led in it before has left it.

    `assigned` tells whether who says so owns the incident or has units there.
    """

    role: Role
    callsign: Callsign
    name: Sealed | None = None
    assigned: bool = True


class LeaderLeft(msgspec.Struct, frozen=True, kw_only=True):
    """From the instant of the fact nobody leads in a role."""

    role: Role


class WordAppended(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who works at an incident has written something down for all who do.

    It is its teller's own fact, whosever incident it is. `assigned` as for a leader.
    """

    text: Sealed | None = None
    assigned: bool = True


class SituationReported(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody at the scene has said how it stands there; a centre may have written it down.

    `form` is the first report or one that follows. `next_at` is when the next one is to come; it is
    left out where none was agreed. `by_radio` tells that whoever wrote it had it read to them.
    """

    form: str
    seen: Sealed | None = None
    done: Sealed | None = None
    needed: Sealed | None = None
    leads: Sealed | None = None
    next_at: datetime | None = None
    by_radio: bool = False
    assigned: bool = True


_TOLD_TO_ALL = frozenset({Scope.NATION, Scope.AREA})
LEADER_NAMED = Kind(
    name="command.leader_named",
    version=1,
    body=LeaderNamed,
    scopes=_TOLD_TO_ALL,
    for_stand_in=True,
)
LEADER_LEFT = Kind(name="command.leader_left", version=1, body=LeaderLeft, scopes=_TOLD_TO_ALL)
WORD_APPENDED = Kind(
    name="command.word_appended",
    version=1,
    body=WordAppended,
    scopes=frozenset({Scope.TO}),
    for_stand_in=True,
)
SITUATION_REPORTED = Kind(
    name="command.situation_reported",
    version=1,
    body=SituationReported,
    scopes=frozenset({Scope.TO}),
    for_stand_in=True,
)
KINDS = (LEADER_NAMED, LEADER_LEFT, WORD_APPENDED, SITUATION_REPORTED)
