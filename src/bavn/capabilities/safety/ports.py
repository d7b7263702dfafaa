# SPDX-License-Identifier: Apache-2.0
"""What safety asks of others: incidents, who works there, units at the scene, and the country."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Protocol

import msgspec

from bavn.capabilities.safety.model.air import AirRules, Cylinder
from bavn.frame.call import Call
from bavn.kernel.identity import OrganisationId


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """An incident, what people call it, and who works there."""

    incident: str
    label: str
    service: OrganisationId
    area: OrganisationId
    assigned: tuple[OrganisationId, ...]
    is_open: bool = True


class UnitThere(msgspec.Struct, frozen=True, kw_only=True):
    """A unit at the scene, and how many are aboard.

    `is_said` is false where that is what the register plans with; None is unknown.
    """

    unit: str
    callsign: str
    expected: int | None = None
    is_said: bool = False


class CylinderKnown(msgspec.Struct, frozen=True, kw_only=True):
    """A sort of breathing apparatus, as the country's table has it."""

    code: str
    danish: str
    english: str
    figures: Cylinder
    basis: str = ""


class Around(Protocol):
    """All that safety is connected with."""

    @property
    def zone(self) -> tzinfo:
        """The country's own time, which pages tell."""

    @property
    def cylinders(self) -> Sequence[CylinderKnown]:
        """What is breathed from, the usual one first; there is at least one."""

    @property
    def rules(self) -> AirRules:
        """How teams are watched."""

    def scene(self, call: Call, incident: str) -> Scene:
        """One incident; ends the handler when there is none."""

    def known(self, call: Call, incident: str) -> Scene | None:
        """The same, where there may be none."""

    def units_at(self, call: Call, incident: str) -> Sequence[UnitThere]:
        """The units that have said that they are there."""

    def name_of(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""
