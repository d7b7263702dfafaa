# SPDX-License-Identifier: Apache-2.0
"""What needs ask of others: incidents, who works there, units, crews that tire, and names."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Protocol

import msgspec

from bavn.capabilities.needs.model.need import Ordered, RuleKnown
from bavn.frame.call import Call
from bavn.kernel.identity import OrganisationId


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """An incident and who works there: its owner, its area's centre, and who has units there."""

    incident: str
    service: OrganisationId
    area: OrganisationId
    assigned: tuple[OrganisationId, ...]
    is_open: bool = True
    # Others that turned out to be one with it: what was asked at one of them is asked here.
    same: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All ids under which something may have been asked."""
        return tuple(dict.fromkeys((self.incident, *self.same)))

    @property
    def answering(self) -> tuple[OrganisationId, ...]:
        """Whose it is to answer: the owner's watch, and the area's."""
        return tuple(dict.fromkeys((self.service, self.area)))


class UnitThere(msgspec.Struct, frozen=True, kw_only=True):
    """A unit at an incident, and when its crew should be relieved, where that is known."""

    id: str
    callsign: str
    service: OrganisationId
    relief_at: datetime | None = None
    # True where relief is near, or over; so somebody should ask for it now.
    is_due: bool = False


class Around(Protocol):
    """All that needs are connected with."""

    @property
    def zone(self) -> tzinfo:
        """The country's own time, which pages tell."""

    @property
    def rules(self) -> Sequence[RuleKnown]:
        """The sorts of needs, in the order of the country's table."""

    def scene(self, call: Call, incident: str) -> Scene:
        """One incident; ends the handler when there is none."""

    def known(self, call: Call, incident: str) -> Scene | None:
        """The same, where there may be none."""

    def units_at(self, call: Call, scene: Scene) -> Sequence[UnitThere]:
        """Units that are there or on their way, those whose crews tire first before the others."""

    def ordered(self, call: Call, scene: Scene) -> Sequence[Ordered]:
        """Units that were ordered to it and not called back."""

    def types(self, call: Call) -> Sequence[tuple[str, str]]:
        """What units are sent, with what they are called."""

    def resources(self, call: Call) -> Sequence[tuple[str, str]]:
        """What is asked for beside them: equipment, national units, other authorities'."""

    def units(self, call: Call, typed: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Read units by id or callsign, between commas or blanks; and what names none."""

    def callsign(self, call: Call, unit: str) -> str:
        """What a unit is called."""

    def name_of(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""

    def function_name(self, call: Call, function: str) -> str:
        """What a function is called."""

    def label(self, call: Call, incident: str) -> str:
        """What people call an incident."""
