# SPDX-License-Identifier: Apache-2.0
"""What dispatch asks of others: what happened, who there is, where everybody stands, the ways."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import cached_property
from typing import Protocol, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from bavn.capabilities.dispatch.model.proposal import Source
from bavn.frame.call import Call
from bavn.frame.given import Given
from bavn.kernel.identity import OrganisationId

Floats: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """An incident, as far as sending somebody to it goes. `exact` tells that the place is."""

    incident: str
    type: str | None
    lat: float | None
    lon: float | None
    exact: bool
    service: OrganisationId
    area: OrganisationId
    municipality: str | None
    is_open: bool
    urgency: str | None = None
    # Others that turned out to be the same: who was sent to one of them was sent to this one.
    same: frozenset[str] = frozenset()
    # What is asked for beside what is there already, instead of what its type is sent first.
    more: "tuple[Need, ...]" = ()

    @property
    def incidents(self) -> frozenset[str]:
        """All ids under which somebody may have been sent to it."""
        return self.same | {self.incident}


class Need(msgspec.Struct, frozen=True):
    """A line of a pick list: so many units of one type, or so much of a capability.

    Where a crew is asked for, each of the units has at least so many aboard. A deadline is in
    minutes from the alarm; nought is none.
    """

    type: str
    count: int
    crew: int = 0
    within_min: int = 0
    # Instead of a type: what is counted up over all that come.
    capability: str = ""

    @property
    def within_s(self) -> float:
        """The deadline in seconds; infinite where there is none."""
        return self.within_min * 60.0 if self.within_min else float("inf")


class Picked(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent first to a type of incident, and whose word that is."""

    needs: tuple[Need, ...]
    source: Source
    basis: str


class FleetUnit(msgspec.Struct, frozen=True, kw_only=True):
    """A registered unit with a home: the number of its land, and of its kind of crew.

    `is_ours` tells that it is a local service's; the others are asked for, never sent.
    """

    id: str
    callsign: str
    type: str
    service: OrganisationId
    crew: int
    lat: float
    lon: float
    land: int
    crewing: int
    is_ours: bool
    # What it gives of each capability, in amounts.
    gives: Mapping[str, float] = {}


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A place that is to be covered, with how much it weighs."""

    code: str
    name: str
    lat: float
    lon: float
    land: int
    weight: float


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """All units and places of a day; the same object until something about them changes."""

    units: Sequence[FleetUnit]
    places: Sequence[Place]
    # By kind of crew: median, spread of the logarithm and limit of its turn-out.
    median_s: Floats
    spread: Floats
    limit_s: Floats
    # The kind that units on the road are of: they leave when they are told.
    on_the_road: int
    # By type that is asked for: the types that may go, itself among them.
    stand_ins: Mapping[str, frozenset[str]]

    @cached_property
    def by_id(self) -> Mapping[str, FleetUnit]:
        """The units by their ids."""
        return {each.id: each for each in self.units}


class Stands(msgspec.Struct, frozen=True, gc=False):
    """Where a unit stands by its own word, and where it is when it is away from home.

    The same object as long as nothing about it changes. `incident` is where it says that it goes.
    """

    status: str | None
    status_at_ms: int = 0
    lat: float | None = None
    lon: float | None = None
    is_heard: bool = True
    incident: str | None = None


class Aboard(msgspec.Struct, frozen=True, kw_only=True):
    """Who is aboard a unit by its own word: how many, and how many of them can do what."""

    count: int
    competences: Mapping[str, int] = {}


class CrewTurnOut(msgspec.Struct, frozen=True, kw_only=True):
    """How long a kind of crew needs until it rolls; `own` where the service has told it."""

    crew: str
    median_s: float
    spread: float
    limit_s: float
    basis: str
    own: bool = False


class Ways(Protocol):
    """The way to a place."""

    @property
    def basis(self) -> str:
        """What the times stand on, for whoever reads them."""

    @property
    def run_spread(self) -> float:
        """How much runs differ: the spread of the logarithm."""

    def land_at(self, lat: float, lon: float) -> int:
        """The number of the land that a place is on; -1 where that is unknown."""

    def run_s(
        self, lat: Floats, lon: Floats, land: Whole, goal: tuple[float, float], away: Flags
    ) -> Floats:
        """Seconds under blue lights from each unit to the goal; infinite where no road leads.

        One for each of the fleet's units, in its order; those that are not away are at home.
        """

    def table_s(
        self, here: tuple[Floats, Floats, Whole], there: tuple[Floats, Floats, Whole]
    ) -> Floats:
        """Seconds from each place to each other."""


class Dispatching(Protocol):
    """All that dispatch is connected with."""

    @property
    def ways(self) -> Ways:
        """The ways."""

    @property
    def zone(self) -> tzinfo:
        """The country's own time, which pages tell."""

    def goal(self, call: Call, incident: str) -> Goal:
        """An incident; ends the handler when there is none."""

    def open_ones(self, call: Call) -> tuple[Sequence[Goal], int]:
        """The caller's own open incidents, the newest first, and how many more there are."""

    def label(self, call: Call, incident: str) -> str:
        """What an incident is, in a few words of the caller's language."""

    def picked(self, call: Call, service: OrganisationId, type_: str | None) -> Picked:
        """What the service sends first, else what the country's table says."""

    def fleet(self, on: date) -> Fleet:
        """Who there is on a day."""

    def standing(self, now: datetime) -> Mapping[str, Stands]:
        """Where all units stand that have said so."""

    def aboard(self, now: datetime) -> Mapping[str, Aboard]:
        """Who is aboard, of the units that have said so; the register's plan holds for others."""

    def reach_s(self, urgency: str | None) -> float:
        """How far away somebody may be who is proposed by itself, in seconds."""

    def turn_outs(self, service: OrganisationId) -> Sequence[CrewTurnOut]:
        """How long each kind of crew of a service needs, in the order of the country's table."""

    def hurry(self, urgency: str | None) -> int:
        """How urgent that is: 0 is the most, and what nobody knows counts as that."""

    def capability_name(self, call: Call, code: str) -> str:
        """What a capability is called in the caller's language."""

    def type_name(self, call: Call, code: str) -> str:
        """What a type of unit is called in the caller's language."""

    def day(self, now: datetime) -> date:
        """The day that it is in the country."""


DispatchingGiven: TypeAlias = Given[Dispatching]
