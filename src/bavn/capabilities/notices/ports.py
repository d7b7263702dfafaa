# SPDX-License-Identifier: Apache-2.0
"""What notices ask of others: the country's words and municipalities, and where incidents are."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Protocol

import msgspec

from bavn.capabilities.notices.facts import Where
from bavn.capabilities.notices.model.notice import KindKnown, Spot, StepKnown
from bavn.frame.call import Call
from bavn.kernel.identity import OrganisationId


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A municipality, by its code."""

    code: str
    name: str


class Around(Protocol):
    """All that notices are connected with."""

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""

    @property
    def kinds(self) -> Sequence[KindKnown]:
        """The kinds of notices; the last is for all others."""

    @property
    def steps(self) -> Sequence[StepKnown]:
        """How serious one may be, the least first."""

    @property
    def municipalities(self) -> Sequence[Named]:
        """All municipalities, by their names."""

    def spot(self, call: Call, incident: str) -> Spot | None:
        """Where an incident is, as far as the reader may know it; None when there is none."""

    def touched(self, where: Where) -> frozenset[str]:
        """The municipalities that it names, and those that its polygons and points lie in."""

    def covered(self, organisation: OrganisationId, at: datetime) -> frozenset[str]:
        """The municipalities that an organisation looks after; all of them for the nation."""

    def area_of(self, call: Call, organisation: OrganisationId) -> OrganisationId:
        """The area that an organisation tells."""

    def name_of(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""

    def function(self, call: Call, code: str) -> str:
        """What a function is called."""
