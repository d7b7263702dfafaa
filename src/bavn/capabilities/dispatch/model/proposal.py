# SPDX-License-Identifier: Apache-2.0
"""What is proposed for an incident: the units, when they are expected, what is left, and why."""

from datetime import datetime
from enum import StrEnum

import msgspec

from bavn.kernel.identity import OrganisationId


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the pick list: so many of a type, how many can come, and when they are there."""

    type: str
    count: int
    coming: int
    expected_s: float | None


class ProposedUnit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that is proposed. Its expected arrival is counted from `at`: median and 90 per cent.

    `on_the_road` tells that it is free on its way. `is_heard` is false where its own node is not
    heard: that it is free is then an old word.
    """

    id: str
    callsign: str
    type: str | None
    service: OrganisationId
    crew: int
    median_s: float
    p90_s: float
    on_the_road: bool = False
    is_heard: bool = True


class Filler(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is not ours to send, and could be asked for what is missing."""

    id: str
    callsign: str
    service: OrganisationId
    expected_s: float


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """What nobody who is free can bring, and who could be asked."""

    type: str
    count: int
    fillers: tuple[Filler, ...]


class LeftBehind(msgspec.Struct, frozen=True, kw_only=True):
    """A municipality that waits longer for its first unit while these are away."""

    municipality: str
    name: str
    first_s: float
    # Who is next then, and when; None where nobody is.
    following: str | None
    following_s: float | None


class Source(StrEnum):
    """Whose pick list it is."""

    SERVICE = "service"
    COUNTRY = "country"


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What a proposal stands on: whose pick list, its basis, and what could not be looked at.

    `unknown_count` units of the types asked for have never said where they stand, and are not
    proposed. `place_by` names what stands for the place where nobody knows it.
    """

    pick_list: Source
    basis: str
    travel_basis: str
    unknown_count: int
    place_exact: bool


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal for one incident, at one moment.

    `proven` is false when there was no time to look at everything. `says` is why, in one sentence;
    `why` is the same as a word for machines.
    """

    incident: str
    at: datetime
    asked: tuple[Asked, ...]
    units: tuple[ProposedUnit, ...]
    adequate: bool
    proven: bool
    why: str
    says: str
    runner_up: tuple[ProposedUnit, ...]
    missing: tuple[Missing, ...]
    left_behind: tuple[LeftBehind, ...]
    left_behind_count: int
    # So many lose their first unit within the goal.
    uncovered_count: int
    already_ordered: tuple[str, ...]
    ground: Ground
