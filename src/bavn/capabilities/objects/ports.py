# SPDX-License-Identifier: Apache-2.0
"""What objects ask of others: which incident is where, who is assigned to it, and names."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Protocol, TypeAlias

import msgspec

from bavn.frame.call import Call
from bavn.frame.country import Bounds
from bavn.frame.given import Given
from bavn.journal.reader import Query, Reader
from bavn.kernel.identity import OrganisationId


class AtIncident(msgspec.Struct, frozen=True, kw_only=True):
    """An incident as its reader may know it; its place when that is exact."""

    id: str
    service: OrganisationId
    is_open: bool
    lat: float | None = None
    lon: float | None = None


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """What has a code and a name."""

    code: str
    name: str


class Surroundings(Protocol):
    """All that objects are connected with."""

    @property
    def query(self) -> Query:
        """The way to what is on record, for what no caller has asked."""

    @property
    def hosted(self) -> Reader:
        """A reader of all that this node hosts: who takes an alarm must find the object."""

    @property
    def zone(self) -> tzinfo:
        """The country's own time, which pages tell."""

    @property
    def bounds(self) -> Bounds:
        """What the country lies between."""

    @property
    def municipalities(self) -> Sequence[Named]:
        """All municipalities."""

    def incident(self, call: Call, incident: str) -> AtIncident:
        """An incident; ends the handler when there is none."""

    def assigned(self, incident: str) -> frozenset[OrganisationId]:
        """Whose units are ordered to an incident or at it, and the area that is told of it."""

    def may_open(self, call: Call, owner: OrganisationId, *, assigned: bool = False) -> bool:
        """True when the caller may open a service's cards, as it is or as one sent there."""

    def organisation(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""

    def function(self, call: Call, function: str) -> str:
        """What a function is called."""


SurroundingsGiven: TypeAlias = Given[Surroundings]
