# SPDX-License-Identifier: Apache-2.0
"""What turn-outs are told in: units, manners, incidents, events, and the roads between."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
Chance = np.random.Generator


class Roads(Protocol):
    """What is known of the way from many places to one."""

    def run_s(self, lat: Floats, lon: Floats, land: Whole, goal: "Spot") -> Floats:
        """Seconds from each place to the goal under blue lights; infinite where no road leads."""

    def bends(self, start: "Spot", goal: "Spot") -> Floats:
        """The way between two places, as rows of latitude and longitude."""

    def along(self, bends: Floats, share: float) -> tuple[float, float]:
        """Where one is when a share of the way is done."""


class Spot(NamedTuple):
    """One place."""

    lat: float
    lon: float
    land: int


@dataclass(frozen=True, kw_only=True)
class Units:
    """All units: of which type, whose, where at home, and how soon their crews roll."""

    type: Whole
    service: Whole
    lat: Floats
    lon: Floats
    land: Whole
    median_s: Floats
    spread: Floats
    limit_s: Floats
    # These are sent where nobody else can come, or where only they have what is asked for.
    national: Flags
    # A commander is no first vehicle, and is never alone sent home first.
    commander: Flags


@dataclass(frozen=True, kw_only=True)
class Manners:
    """How services go about it."""

    # From the report to the alarm of the first crew.
    handling_s: float
    # By type: a neighbour's unit must be so much sooner than one's own; infinite: it never comes.
    border_s: Floats
    # Farther off than this a unit is not sent; the one that comes first may be as far as `far_s`.
    reach_s: float
    far_s: float
    # Runs differ by traffic and weather: of the logarithm.
    run_spread: float
    # Homewards nobody hurries.
    home_factor: float
    # From arriving to telling that the others can turn back.
    look_s: float
    # Least time at a scene.
    scene_least_s: float
    # The part of the work at which the first of several units may go home.
    leave_from: float
    # adequate[asked, type]: whether a unit of the type may go where another is asked for.
    adequate: Flags


class Need(NamedTuple):
    """So many units of a type."""

    type: int
    number: int


@dataclass(frozen=True, kw_only=True)
class Incident:
    """An incident and what chance has decided about it; its units take their own from `chance`."""

    number: int
    at_s: float
    spot: Spot
    service: int
    needs: tuple[Need, ...]
    real: bool
    # From the report until the last unit goes home.
    lasts_s: float
    # More is asked for so long after the first arrival; nothing when empty.
    later: tuple[Need, ...] = ()
    later_s: float = 0.0
    # Called off so long after the report, if nobody is there by then; never when infinite.
    called_off_s: float = float("inf")
    chance: Chance


class Kind(StrEnum):
    """What can happen; the words for units are those of their status."""

    REPORTED = "reported"
    # The control room has handled the report, and sends.
    HANDLED = "handled"
    ALERTED = "alerted"
    EN_ROUTE = "en_route"
    AT_SCENE = "at_scene"
    RETURNING = "returning"
    AVAILABLE = "available"
    # More was asked for.
    ASKED = "asked"
    # Nobody was found for a need; it waits until somebody is free.
    WAITING = "waiting"
    CALLED_OFF = "called_off"
    # Nobody could come in all that time: others took care of it.
    GIVEN_UP = "given_up"
    # Whoever came first tells that there is nothing: the others turn back.
    BLIND = "blind"
    CLOSED = "closed"


class Event(NamedTuple):
    """One thing that happened: to an incident, and to a unit of it or to none (-1)."""

    at_s: float
    order: int
    kind: Kind
    incident: int
    unit: int = -1
    # A type of unit that is asked for, else -1.
    type: int = -1
    # The assignment that this belongs to: if the unit has another by now, it does not happen.
    serial: int = 0
