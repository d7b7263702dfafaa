# SPDX-License-Identifier: Apache-2.0
"""What crews asks of others: which units there are, what is planned, and how long crews last."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Protocol

import msgspec

from bavn.capabilities.crews.model.crew import Limits, Planned
from bavn.frame.call import Call
from bavn.kernel.identity import OrganisationId


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit: whose it is, whom it tells, and how many the register plans with."""

    id: str
    callsign: str
    service: OrganisationId
    area: OrganisationId
    plan: Planned = Planned()
    registered: bool = True


class Around(Protocol):
    """All that crews is connected with."""

    @property
    def zone(self) -> tzinfo:
        """The country's own time, which pages tell."""

    @property
    def limits(self) -> Limits:
        """How long crews last."""

    def unit(self, call: Call, unit_id: str) -> Unit:
        """One unit; ends the handler when there is none."""

    def planned(self, now: datetime) -> Sequence[Unit]:
        """All registered units."""
