# SPDX-License-Identifier: Apache-2.0
"""What can have happened to mandates: asked for, delegated, ended, declared, looked at.

What holds is for everyone to hear, since whoever is acted upon must know on what ground. What is
asked for is between those two.
"""

from enum import StrEnum
from typing import Annotated

import msgspec

from bavn.journal.fact import Sealed
from bavn.journal.kinds import Kind
from bavn.kernel.audience import Scope
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import Instant

ACTS_LIMIT = 20
Act = Annotated[str, msgspec.Meta(pattern=r"^[a-z]+\.[a-z_]+$", max_length=64)]


class MandateDelegated(msgspec.Struct, frozen=True, kw_only=True):
    """Some acts of the teller's own may be done by a function elsewhere, for a time.

    From `valid_from` until before `valid_to`. About the delegation.
    """

    to: OrganisationId
    function: str
    acts: Annotated[tuple[Act, ...], msgspec.Meta(min_length=1, max_length=ACTS_LIMIT)]
    valid_from: Instant
    valid_to: Instant


class DelegationEnded(msgspec.Struct, frozen=True, kw_only=True):
    """A delegation holds no longer. About the delegation."""


class EmergencyDeclared(msgspec.Struct, frozen=True, kw_only=True):
    """A function goes beyond its ordinary mandate, where the law allows it in an emergency.

    It holds until `until`. About the emergency.
    """

    function: str
    until: Instant


class EmergencyExplained(msgspec.Struct, frozen=True, kw_only=True):
    """Why; it may come later. About the emergency."""

    text: Sealed | None = None


class Looked(StrEnum):
    """Who looks at an emergency afterwards, in this order."""

    CHIEF = "chief"
    OVERSIGHT = "oversight"


class EmergencyLookedAt(msgspec.Struct, frozen=True, kw_only=True):
    """It was looked at by the own chief, or by oversight. About the emergency.

    `of` is whose emergency it is: oversight tells its own of somebody else's.
    """

    of: OrganisationId
    by: Looked


# A page of ours, without what somebody has searched for on it.
Page = Annotated[str, msgspec.Meta(pattern=r"^/(?:[A-Za-z0-9_.:~-]+/?)*$", max_length=200)]


class MandateAsked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A function asks one that has a mandate for it. About the request and, maybe, an incident.

    `act` is what it cannot do at `at`; `page` is where that was.
    """

    of: OrganisationId
    act: Act
    at: OrganisationId
    page: Page | None = None
    why: Sealed | None = None


class MandateAnswered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was asked for is given, as a delegation; or not, because. About the request.

    `because` is a word of a list, which whoever asked may read wherever it is.
    """

    asker: OrganisationId
    delegation: str | None = None
    because: str | None = None
    text: Sealed | None = None


class MandateAskWithdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """Who asked needs it no longer. About the request."""

    of: OrganisationId


# Of a set of policies, over its files and the acts that the program knows.
Mark = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}$")]


class PoliciesTaken(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A node goes by another set of policies: what it tells after this was decided by that one.

    `was` is the set before; none for the first. About the node's policies.
    """

    mark: Mark
    is_own: bool
    was: Mark | None = None


_TOLD_TO_ALL = frozenset({Scope.NATION, Scope.AREA})
_BETWEEN = frozenset({Scope.TO})


def _kind(name: str, body: type[msgspec.Struct]) -> Kind:
    return Kind(name=f"mandates.{name}", version=1, body=body, scopes=_TOLD_TO_ALL)


KINDS = (
    _kind("mandate_delegated", MandateDelegated),
    _kind("delegation_ended", DelegationEnded),
    _kind("emergency_declared", EmergencyDeclared),
    Kind(
        name="mandates.emergency_explained",
        version=1,
        body=EmergencyExplained,
        scopes=frozenset({Scope.OWN}),
        for_stand_in=True,
    ),
    _kind("emergency_looked_at", EmergencyLookedAt),
    Kind(
        name="mandates.policies_taken",
        version=1,
        body=PoliciesTaken,
        scopes=frozenset({Scope.NATION}),
    ),
    Kind(name="mandates.mandate_asked", version=1, body=MandateAsked, scopes=_BETWEEN),
    Kind(name="mandates.mandate_answered", version=1, body=MandateAnswered, scopes=_BETWEEN),
    Kind(
        name="mandates.mandate_ask_withdrawn",
        version=1,
        body=MandateAskWithdrawn,
        scopes=_BETWEEN,
    ),
)
