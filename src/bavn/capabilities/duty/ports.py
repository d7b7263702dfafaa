# SPDX-License-Identifier: Apache-2.0
"""What duty asks of others: incidents, functions, and the country's own time."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Protocol

from bavn.frame.call import Call
from bavn.frame.country import Named
from bavn.kernel.identity import OrganisationId


class Around(Protocol):
    """All that duty is connected with."""

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""

    @property
    def functions(self) -> Sequence[Named]:
        """The functions that a roster may have, in their order."""

    def owner_of(self, call: Call, incident: str) -> OrganisationId:
        """Whose incident it is; ends the handler when there is none."""

    def incident_name(self, call: Call, incident: str) -> str:
        """What an incident is called."""
