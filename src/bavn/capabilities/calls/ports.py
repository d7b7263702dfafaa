# SPDX-License-Identifier: Apache-2.0
"""What calls asks of others: the incident, its correction, and the country's tables."""

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from typing import Protocol, TypeAlias

import msgspec

from bavn.capabilities.calls.model.documentation import Want
from bavn.capabilities.calls.model.protocols import Protocols
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.frame.given import Given
from bavn.kernel.identity import OrganisationId


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """An incident, as far as a call goes. `urgency` is the type's where nobody set another."""

    id: str
    type: str | None
    urgency: str | None
    service: OrganisationId
    area: OrganisationId
    municipality: str | None
    is_open: bool
    reported_at: datetime


class Calling(Protocol):
    """All that calls is connected with."""

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""

    @property
    def protocols(self) -> Protocols:
        """The country's question protocols."""

    @property
    def wants(self) -> Sequence[Want]:
        """What incidents are to have, by the country's table."""

    @property
    def urgencies(self) -> Sequence[str]:
        """The urgencies, the most urgent first."""

    def day(self, now: datetime) -> date:
        """The day that it is in the country."""

    def incident(self, call: Call, incident: str) -> Called:
        """An incident; ends the handler when there is none."""

    async def correct(
        self,
        desk: Desk,
        call: Call,
        incident: Called,
        *,
        incident_type: str | None,
        urgency: str | None,
        ref: str | None,
    ) -> None:
        """Have the type or the urgency corrected; nothing happens where it stands so already."""

    def types(self, call: Call) -> Sequence[tuple[str, str]]:
        """The types of incident, by code and name in the caller's language."""

    def type_name(self, call: Call, code: str | None) -> str:
        """What a type of incident is called."""

    def urgency_name(self, call: Call, code: str | None) -> str:
        """What an urgency is called."""

    def unit_name(self, call: Call, code: str) -> str:
        """What a type of unit is called."""

    def organisation_name(self, call: Call, organisation: OrganisationId) -> str:
        """What an organisation is called."""

    def place_name(self, call: Call, municipality: str | None) -> str:
        """What a municipality is called; nothing for none."""


CallingGiven: TypeAlias = Given[Calling]
