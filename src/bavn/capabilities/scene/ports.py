# SPDX-License-Identifier: Apache-2.0
"""What the board asks of others: the incident and who works there, units, leaders, and reports."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Protocol

import msgspec

from bavn.capabilities.scene.model.board import BoardRules, HazardKnown
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.kernel.identity import OrganisationId


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """An incident, what people call it, and who works there."""

    incident: str
    label: str
    service: OrganisationId
    area: OrganisationId
    assigned: tuple[OrganisationId, ...]
    is_open: bool = True


class Relief(msgspec.Struct, frozen=True, kw_only=True):
    """When a crew should be relieved, and whether that is past."""

    due_at: datetime
    is_over: bool


class UnitThere(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that says that it is at the incident or on its way, and what is known of its crew.

    `since` is from when its status is. `crew` is how many are aboard; `crew_is_said` tells that the
    unit itself has said so.
    """

    id: str
    callsign: str
    type: str
    service: OrganisationId
    status: str
    status_text: str
    since: datetime | None
    crew: int | None
    crew_is_said: bool
    relief: Relief | None


class Leader(msgspec.Struct, frozen=True, kw_only=True):
    """Who leads in a role, by callsign; empty where nobody is known to."""

    role: str
    short: str
    title: str
    callsign: str = ""
    since: datetime | None = None


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """When the next situation report is due, and whether it should have come."""

    at: datetime
    is_over: bool


class Around(Protocol):
    """All that the board is connected with."""

    @property
    def zone(self) -> tzinfo:
        """The country's own time, which pages tell."""

    @property
    def hazards(self) -> Sequence[HazardKnown]:
        """The kinds of hazards, in the order in which they are offered."""

    @property
    def rules(self) -> BoardRules:
        """What is old, and what is near."""

    def site(self, call: Call, incident: str) -> Site:
        """One incident; ends the handler when there is none."""

    def known(self, call: Call, incident: str) -> Site | None:
        """The same, where there may be none."""

    def name_of(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""

    def function(self, call: Call, code: str) -> str:
        """What a function is called."""

    def unit_name(self, call: Call, unit: str) -> str:
        """What a unit is called over the radio."""

    def units(self, call: Call, incident: str) -> Sequence[UnitThere]:
        """The units at an incident and on their way there."""

    async def leaders(self, desk: Desk, call: Call, incident: str) -> Sequence[Leader]:
        """Who leads in each role."""

    def next_report(self, call: Call, incident: str) -> Due | None:
        """When the next situation report is due; None where none is."""

    def talk_groups(self, call: Call, incident: str) -> Sequence[str]:
        """The talk groups that the incident has."""
