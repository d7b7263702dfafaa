# SPDX-License-Identifier: Apache-2.0
"""What is proposed for an incident: the units, when they are expected, what is left, and why."""

from datetime import datetime
from enum import StrEnum

import msgspec

from bavn.kernel.identity import OrganisationId


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the pick list: so many of a type, or so much of a capability.

    Of these, `underway` are sent or there already and `coming` are proposed, the last of them
    expected at `expected_s`. Each has at least `crew` aboard, where that is asked for. `late_s`
    tells by how much a deadline would be missed.
    """

    type: str
    count: int
    coming: int
    expected_s: float | None
    underway: int = 0
    crew: int = 0
    within_s: float | None = None
    late_s: float = 0.0
    capability: str = ""


class State(StrEnum):
    """How far somebody is who counts already: sent, or what the unit says itself."""

    ORDERED = "ordered"
    ALERTED = "alerted"
    EN_ROUTE = "en_route"
    AT_SCENE = "at_scene"


class Underway(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that counts already: on order to this incident, or by its own word."""

    id: str
    callsign: str
    type: str | None
    state: State
    since: datetime


class ProposedUnit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that is proposed. Its expected arrival is counted from `at`: median and 90 per cent.

    `crew` is how many are aboard: by its own word where `crew_told`, else as the register plans.
    `instead_of` names the type that it stands in for. `on_the_road` tells that it is free on its
    way. `is_heard` is false where its own node is not heard: that it is free is then an old word.
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
    crew_told: bool = False
    instead_of: str | None = None


class Filler(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who could fill in for what is missing, and when.

    `is_far` tells that it is ours and free, and farther away than anybody is proposed from; else it
    is not ours to send, and can be asked for.
    """

    id: str
    callsign: str
    service: OrganisationId
    expected_s: float
    is_far: bool = False


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """What nobody who is free and near enough can bring, and who could fill in."""

    type: str
    count: int
    fillers: tuple[Filler, ...]
    crew: int = 0
    capability: str = ""


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
    # No list: what the scene has asked for beside what is there.
    SCENE = "scene"


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
    # So many of the types asked for have nobody aboard by their own word, and are not proposed.
    unmanned_count: int = 0
    # Who would need longer is not proposed by itself.
    reach_s: float | None = None


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal for one incident, at one moment.

    `underway` are those that are sent or there already; `units` is who is still needed beside them.
    Nobody is where it is `enough`. `unanswered` were sent so long ago that they no longer count.
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
    underway: tuple[Underway, ...] = ()
    enough: bool = False
    unanswered: tuple[str, ...] = ()
