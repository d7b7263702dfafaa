# SPDX-License-Identifier: Apache-2.0
"""What dispatch is told in: units, needs, arrivals go in; sets, reasons, shortfalls come out."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
Names = NDArray[np.str_]

# Inside, times are whole milliseconds and amounts whole thousandths: sums are exact, so neither the
# order of the units nor that of an addition can change an answer.
FINE = 1000
# So that twelve wants of the largest amount of a thousand units still add up in 64 bits.
AMOUNT_LIMIT = 1e9
# Nobody is named for a shortfall beyond these; the times and amounts count all of them.
FILLERS_LIMIT = 5
# Nodes of a search: on two shared cores about a tenth of a second.
NODES_LIMIT = 10_000


class Standing(IntEnum):
    """What a unit does now, as far as sending it goes."""

    HOME = 0
    ROAD = 1
    # Its arrival says when it could be there, its work done.
    BUSY = 2
    # Not ours to send: a partner's, the nation's, a neighbour's by agreement. It can be asked for.
    OUTSIDE = 3
    # Free, and farther away than anybody is sent from by itself; told only of who could fill in.
    FAR = 4


def is_free(standing: Whole) -> Flags:
    """Who can be sent now: at home or on the road, which are the two lowest."""
    return np.asarray(standing <= Standing.ROAD.value)


@dataclass(frozen=True, kw_only=True)
class Units:
    """All units: their names, which break ties, what they are doing, and what they bring."""

    name: Names
    standing: Whole
    # Unit by capability. Crew and competences are capabilities: that tells three from six.
    gives: Floats
    # Those that can be sent now.
    free: Flags = field(init=False)

    def __post_init__(self) -> None:
        """Refuse columns that do not fit each other."""
        object.__setattr__(self, "free", is_free(self.standing))
        count = len(self.name)
        if self.standing.shape != (count,) or self.gives.shape[:1] != (count,):
            raise ValueError("each unit has one standing and one row of capabilities")
        if len(np.unique(self.name)) != count:
            raise ValueError("two units have one name")
        if not ((self.gives >= 0) & (self.gives <= AMOUNT_LIMIT)).all():
            raise ValueError(f"a capability is from 0 to {AMOUNT_LIMIT:g}")

    def now(self, standing: Whole) -> "Units":
        """The same units doing something else; what was worked out of the rest is kept."""
        if standing.shape != self.standing.shape:
            raise ValueError("each unit has one standing")
        units = copy(self)
        object.__setattr__(units, "standing", standing)
        object.__setattr__(units, "free", is_free(standing))
        units.__dict__.update(by_name=self.by_name, rank=self.rank, fine=self.fine)
        return units

    def bringing(self, gives: Floats, standing: Whole) -> "Units":
        """The same units with other capabilities, doing this; what was worked out of names is kept.

        Whoever asks answers for the amounts being from 0 to the limit.
        """
        if gives.shape[:1] != self.standing.shape:
            raise ValueError("each unit has one row of capabilities")
        units = copy(self)
        units.__dict__.pop("fine", None)
        object.__setattr__(units, "gives", gives)
        return units.now(standing)

    @cached_property
    def rank(self) -> Whole:
        """The place of each unit in the order of names."""
        rank = np.empty(len(self.name), dtype=np.int64)
        rank[self.by_name] = np.arange(len(self.name))
        return rank

    @cached_property
    def by_name(self) -> Whole:
        """The units in the order of their names."""
        return np.argsort(self.name)

    @cached_property
    def fine(self) -> Whole:
        """What they bring, in whole thousandths."""
        return np.rint(self.gives * FINE).astype(np.int64)


class Want(NamedTuple):
    """So much of a capability, there within so many seconds.

    What is wanted `beside` others, which are told before it (their numbers), has no hurry of its
    own: it may come when the last of them does.
    """

    capability: int
    amount: float
    within_s: float = float("inf")
    beside: tuple[int, ...] = ()


class Arrival(NamedTuple):
    """When each unit could be there, from now; infinite when it cannot come.

    Whoever would be there later than `reach_s` is not sent, and is named where something is short.
    """

    median_s: Floats
    p90_s: Floats
    reach_s: float = float("inf")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What a service has laid down about near-ties and the cover that is left."""

    # Nothing that is asked for may come so much later for the sake of fewer units or more cover.
    near_tie_s: float = 0.0
    # Losses of cover (weight times seconds) are compared in whole steps of this size.
    cover_step: float = 1.0
    # Off unless a service adopts it: whatever comes within its deadline is soon enough.
    wider: bool = False

    def __post_init__(self) -> None:
        """Refuse what is no limit."""
        if not (self.near_tie_s >= 0 and self.cover_step > 0):
            raise ValueError("a near-tie is not below zero seconds, a step of cover above zero")


def _never() -> bool:
    return False


@dataclass
class Patience:
    """How long a search may go on: by its nodes, and until whoever holds a clock says so."""

    nodes_limit: int = NODES_LIMIT
    is_over: Callable[[], bool] = _never
    nodes: int = field(default=0, init=False)
    _ended: bool = field(default=False, init=False)

    def spent(self) -> bool:
        """Count one node; True when there is no more time."""
        self.nodes += 1
        return self.over()

    def over(self) -> bool:
        """True when there is no more time; who asks stops then."""
        self._ended = self._ended or self.nodes > self.nodes_limit or self.is_over()
        return self._ended

    @property
    def ended(self) -> bool:
        """True when a search had to stop."""
        return self._ended


class Met(NamedTuple):
    """When a want is met by a set of units, and how much of it."""

    want: int
    got: float
    # Of what comes, by the expected arrivals (medians); both infinite when nothing of it comes.
    at_s: float
    late_s: float


class Sent(NamedTuple):
    """One unit of a set, when it is expected, and which wants count on it."""

    unit: int
    median_s: float
    p90_s: float
    wants: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Left:
    """What is left behind, place by place: who is first there without the set, and when.

    Rows are the places that have to wait longer, and only they. A next unit of -1: nobody.
    """

    layer: Whole
    place: Whole
    first: Whole
    first_s: Floats
    following: Whole
    following_s: Floats
    # Weight times seconds, over all places; beyond a layer's `cap_s` seconds no longer count.
    loss: float
    # Places that were within a layer's goal and no longer are.
    uncovered: Whole


@dataclass(frozen=True, kw_only=True)
class Team:
    """A set of units for one need, soonest first."""

    sent: tuple[Sent, ...]
    met: tuple[Met, ...]
    adequate: bool
    left: Left | None

    @property
    def units(self) -> tuple[int, ...]:
        """Their numbers."""
        return tuple(each.unit for each in self.sent)


class Filler(NamedTuple):
    """Who could fill a shortfall, with how much, and when: freed, asked for, or from far away."""

    unit: int
    standing: Standing
    amount: float
    at_s: float


class Shortfall(NamedTuple):
    """What of a want cannot be met by any free unit, and who could fill it."""

    want: int
    missing: float
    fillers: tuple[Filler, ...]
    # When all of it would be there, if all who could were sent; infinite when never.
    filled_s: float


class Why(StrEnum):
    """Why this set and not the other one."""

    # Nothing else is adequate without the deciding unit.
    ONLY = "only"
    # What is asked for is there sooner.
    SOONEST = "soonest"
    # As soon, or within the near-tie, with fewer units.
    FEWER = "fewer"
    # As soon, or within the near-tie, and more cover is left.
    COVER = "cover"
    # Alike in all that counts: the order of names.
    NAME = "name"
    # Several incidents: a unit that would be sooner here is needed elsewhere.
    ELSEWHERE = "elsewhere"
    # No adequate set exists; this is all that helps.
    SHORT = "short"
    # Nobody can be sent.
    NOBODY = "nobody"


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why, with the figures that one sentence needs. Differences are: the other one minus this."""

    why: Why
    # The unit that decides when the first deadline's wants are met; -1 when there is none.
    deciding: int = -1
    # Its counterpart in the set that this one is compared with; -1 when there is none.
    instead: int = -1
    # The want that decides; -1 when there is none.
    want: int = -1
    later_s: float = 0.0
    more_units: int = 0
    more_loss: float = 0.0
    # The incident that needs the unit more (ELSEWHERE); -1 otherwise.
    incident: int = -1


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """What is proposed for one need, beside what, and why."""

    best: Team
    # The best set without the deciding unit; None when nobody else helps at all.
    runner_up: Team | None
    # The soonest set, where a near-tie was broken against it; None otherwise.
    soonest: Team | None
    reason: Reason
    shortfalls: tuple[Shortfall, ...]
    # False: time ran out; the set is as adequate and as soon as can be, but may be larger or
    # cost more cover than the best.
    proven: bool
    # No set that is as soon has fewer units than this.
    least_units: int


class Claim(NamedTuple):
    """What one of several incidents needs, and how urgent it is: 0 is the most."""

    wants: tuple[Want, ...]
    arrival: Arrival
    urgency: int = 0


class Score(NamedTuple):
    """How well the incidents of one urgency are served, added up; less is better, in this order."""

    # The missing shares of wants.
    missing: float
    late_s: float
    # Until the wants are met.
    until_s: float


@dataclass(frozen=True, kw_only=True)
class Joint:
    """What is proposed for several needs at once; no unit is sent twice."""

    each: tuple[Recommendation, ...]
    # Behind all of them together.
    left: Left | None
    # By urgency, before near-ties were broken: what the plan costs, and what no plan is below.
    cost: tuple[Score, ...]
    bound: tuple[Score, ...]
    # False: time ran out, and a better plan may exist, though none below the bound.
    proven: bool
