# SPDX-License-Identifier: Apache-2.0
"""Audiences: who a fact is told to, by need to know.

`own` never leaves the node that wrote it. `area:<organisation>` is for the nodes of one
preparedness area, named by the organisation of its operations centre. `nation` is for every node.
`to:<organisation>` is for the node that hosts that organisation.
"""

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import NewType

from bavn.kernel.identity import OrganisationId, is_name

Audience = NewType("Audience", str)


class Scope(StrEnum):
    """The sort of audience that a kind of fact or a view is declared for."""

    OWN = "own"
    AREA = "area"
    NATION = "nation"
    TO = "to"


OWN = Audience("own")
NATION = Audience("nation")


def area(organisation: OrganisationId) -> Audience:
    """The audience of one preparedness area."""
    return Audience(f"area:{organisation}")


def to(organisation: OrganisationId) -> Audience:
    """The audience of one organisation alone."""
    return Audience(f"to:{organisation}")


# The audiences of a country: some hundred organisations and areas.
@lru_cache(maxsize=4096)
def scope_of(audience: str) -> Scope:
    """The scope of an audience; raises ValueError when the text is none.

    >>> scope_of("area:nordjylland")
    <Scope.AREA: 'area'>
    """
    sort, colon, organisation = audience.partition(":")
    scope = Scope(sort)
    named = scope in {Scope.AREA, Scope.TO}
    if named != bool(colon) or (named and not is_name(organisation)):
        msg = f"not an audience: {audience!r}"
        raise ValueError(msg)
    return scope


def leaves(audiences: Iterable[str]) -> bool:
    """True when at least one of the audiences is beyond the writing node."""
    return any(audience != OWN for audience in audiences)
