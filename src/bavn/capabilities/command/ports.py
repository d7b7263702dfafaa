# SPDX-License-Identifier: Apache-2.0
"""What command asks of others: incidents, who works at them, and the roles of the country."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Protocol

import msgspec

from bavn.capabilities.command.model.leading import RoleKnown
from bavn.capabilities.command.model.reporting import FieldKnown, RuleKnown
from bavn.frame.call import Call
from bavn.kernel.identity import OrganisationId


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """An incident and who works there: its owner, its area's centre, and who has units there."""

    incident: str
    service: OrganisationId
    area: OrganisationId
    assigned: tuple[OrganisationId, ...]
    is_open: bool = True


class Around(Protocol):
    """All that command is connected with."""

    @property
    def zone(self) -> tzinfo:
        """The country's own time, which pages tell."""

    @property
    def roles(self) -> Sequence[RoleKnown]:
        """The roles that somebody leads in."""

    @property
    def report_fields(self) -> Sequence[FieldKnown]:
        """The fields of reports from a scene, in their order."""

    @property
    def report_rules(self) -> Sequence[RuleKnown]:
        """When the next report is due after one of each form."""

    def scene(self, call: Call, incident: str) -> Scene:
        """One incident; ends the handler when there is none."""

    def known(self, call: Call, incident: str) -> Scene | None:
        """The same, where there may be none."""

    def area_of(self, call: Call, organisation: OrganisationId) -> OrganisationId:
        """The area that an organisation tells."""

    def name_of(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""

    def label(self, call: Call, incident: str) -> str:
        """What people call an incident."""
