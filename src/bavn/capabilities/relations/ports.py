# SPDX-License-Identifier: Apache-2.0
"""What relations asks of others: incidents as somebody may know them, and how they are called."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Protocol

from bavn.capabilities.relations.model.likeness import Nearness, Seen
from bavn.frame.call import Call
from bavn.kernel.identity import OrganisationId


class Around(Protocol):
    """All that relations is connected with."""

    @property
    def zone(self) -> tzinfo:
        """The country's own time, which pages tell."""

    @property
    def nearness(self) -> Nearness:
        """How near is near, when incidents may be the same."""

    def incident(self, call: Call, incident: str) -> Seen:
        """One incident as the caller may know it; ends the handler when there is none."""

    def known(self, call: Call, incident: str) -> Seen | None:
        """The same, where there may be none."""

    def reported(self, call: Call, begin: datetime, end: datetime) -> Sequence[Seen]:
        """All that was reported from one instant to another, open or not."""

    def newest_open(self, call: Call, limit: int) -> Sequence[Seen]:
        """Those of the open ones that were reported last, the newest first."""

    def area_of(self, call: Call, organisation: OrganisationId) -> OrganisationId:
        """The area that an organisation tells."""

    def label(self, call: Call, seen: Seen) -> str:
        """What people call an incident: its type, where, when and whose."""

    def name_of(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""
