# SPDX-License-Identifier: Apache-2.0
"""What can have happened between those who ask for help and those who are asked.

Who asks tells that it asks; who is asked tells what it answers. Each tells its own, and everyone
hears both, so that nobody has to be told twice and nobody waits without knowing it.
"""

from typing import Annotated

import msgspec

from bavn.journal.kinds import Kind
from bavn.kernel.audience import Scope
from bavn.kernel.identity import OrganisationId

# More is a mistake: a country has some dozens of services.
ASKED_LIMIT, NEEDS_LIMIT, UNITS_LIMIT = 60, 20, 60
Asked = Annotated[tuple[OrganisationId, ...], msgspec.Meta(min_length=1, max_length=ASKED_LIMIT)]


class Needed(msgspec.Struct, frozen=True):
    """So many units of one type."""

    type: Annotated[str, msgspec.Meta(min_length=1, max_length=16)]
    count: Annotated[int, msgspec.Meta(ge=1, le=100)]


class AssistanceCalled(msgspec.Struct, frozen=True, kw_only=True):
    """The technical leader calls for assistance. About the call and the incident."""

    of: Asked
    needs: tuple[Needed, ...] = ()


class HelpDemanded(msgspec.Struct, frozen=True, kw_only=True):
    """A council demands help from another service. About the demand and the incident."""

    of: Asked
    needs: tuple[Needed, ...] = ()


class HelpAnswered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One that was asked answers: its units are coming, or it cannot, because. About what asked.

    A later answer holds. `because` is a word of a list, which everyone may read.
    """

    coming: bool
    units: tuple[str, ...] = ()
    because: str | None = None


class HelpNoLongerNeeded(msgspec.Struct, frozen=True, kw_only=True):
    """Who asked needs it no longer. About what asked."""


_TOLD_TO_ALL = frozenset({Scope.NATION, Scope.AREA})


def _kind(name: str, body: type[msgspec.Struct], *, alarm: bool = False) -> Kind:
    return Kind(
        name=f"reinforcement.{name}", version=1, body=body, scopes=_TOLD_TO_ALL, alarm=alarm
    )


KINDS = (
    _kind("assistance_called", AssistanceCalled, alarm=True),
    _kind("help_demanded", HelpDemanded),
    _kind("help_answered", HelpAnswered),
    _kind("help_no_longer_needed", HelpNoLongerNeeded),
)
