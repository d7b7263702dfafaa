# SPDX-License-Identifier: Apache-2.0
"""What reinforcement asks of others: incidents, who there is to ask, and how they are called."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Protocol

import msgspec

from bavn.frame.call import Call
from bavn.kernel.identity import OrganisationId


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """An incident that help is asked for."""

    incident: str
    label: str
    service: OrganisationId
    is_open: bool


class Around(Protocol):
    """All that reinforcement is connected with."""

    @property
    def zone(self) -> tzinfo:
        """The country's own time, which pages tell."""

    def goal(self, call: Call, incident: str) -> Goal:
        """An incident; ends the handler when there is none."""

    def label(self, call: Call, incident: str) -> str:
        """What people call an incident, known here or not."""

    def area_of(self, call: Call, organisation: OrganisationId) -> OrganisationId:
        """The area that an organisation tells."""

    def name_of(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""

    def to_ask(self, call: Call) -> Sequence[OrganisationId]:
        """Who there is to ask: the services, and the nation's own."""

    def types(self, call: Call) -> Sequence[tuple[str, str]]:
        """The types of units, with what they are called."""

    def units(self, call: Call, typed: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Read units by id or callsign, between commas or blanks; and what names none."""

    def basis(self, call: Call, basis: str) -> str:
        """Why something was allowed, in words."""

    def callsign(self, call: Call, unit: str) -> str:
        """What a unit is called."""
