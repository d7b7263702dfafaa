# SPDX-License-Identifier: Apache-2.0
"""What can have happened to levels, and to procedures that are agreed beforehand.

Each organisation tells its own: its level, that it agrees, that it ends. Everyone hears of them,
since whoever is acted upon must know on what ground.
"""

from datetime import date
from typing import Annotated

import msgspec

from bavn.journal.fact import Sealed
from bavn.journal.kinds import Kind
from bavn.kernel.audience import Scope
from bavn.kernel.identity import FactId, OrganisationId

LOWEST, HIGHEST = 1, 4
# An area has some dozens of services; what may be moved is a list that a person can agree to.
SERVICES_LIMIT, MOVED_LIMIT = 60, 20
Level = Annotated[int, msgspec.Meta(ge=LOWEST, le=HIGHEST)]


class Moved(msgspec.Struct, frozen=True):
    """At most so many units of one type at a time."""

    type: Annotated[str, msgspec.Meta(min_length=1, max_length=16)]
    count: Annotated[int, msgspec.Meta(ge=1, le=100)]


class LevelSet(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The teller's own preparedness level from now on: 1 normal, 4 highest. About the level.

    `reason` is a word of a list, which everyone may read; the text is the own organisation's.
    """

    level: Level
    reason: str | None = None
    text: Sealed | None = None


class ProcedureProposed(msgspec.Struct, frozen=True, kw_only=True):
    """An area's centre proposes what it may move between services, and when. About the procedure.

    It holds from `valid_from` until before `valid_to`, when all have agreed; who proposes has.
    """

    services: Annotated[
        tuple[OrganisationId, ...], msgspec.Meta(min_length=1, max_length=SERVICES_LIMIT)
    ]
    moved: Annotated[tuple[Moved, ...], msgspec.Meta(min_length=1, max_length=MOVED_LIMIT)]
    valid_from: date
    valid_to: date


class ProcedureAgreed(msgspec.Struct, frozen=True, kw_only=True):
    """One of its services agrees to what `of` has proposed in just this fact. About the procedure.

    Whoever proposes something else under the same name has nobody's word for it.
    """

    of: OrganisationId
    proposal: FactId


class ProcedureEnded(msgspec.Struct, frozen=True, kw_only=True):
    """One of the parties is bound no longer, so nobody is. About the procedure of `of`."""

    of: OrganisationId


_TOLD_TO_ALL = frozenset({Scope.NATION, Scope.AREA})


def _kind(name: str, body: type[msgspec.Struct]) -> Kind:
    return Kind(name=f"levels.{name}", version=1, body=body, scopes=_TOLD_TO_ALL)


KINDS = (
    _kind("level_set", LevelSet),
    _kind("procedure_proposed", ProcedureProposed),
    _kind("procedure_agreed", ProcedureAgreed),
    _kind("procedure_ended", ProcedureEnded),
)
