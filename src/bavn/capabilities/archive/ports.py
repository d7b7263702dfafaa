# SPDX-License-Identifier: Apache-2.0
"""What the archive asks of the house: rules, names, what is kept of an incident, and packages."""

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from typing import Protocol

import msgspec

from bavn.capabilities.archive.facts import DeliveredIncident
from bavn.capabilities.archive.model.redaction import Piece
from bavn.capabilities.archive.model.retention import Rules
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.kernel.identity import OrganisationId


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """A ground on which something is left out, as the country has it."""

    code: str
    paragraph: str
    danish: str
    english: str
    basis: str


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """An incident, whose it is, and what people call it."""

    id: str
    service: OrganisationId
    label: str


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """A package that was made on this node. `lacking_count` of its incidents could not be read."""

    name: str
    owner: OrganisationId
    begin: date
    end: date
    digest: str
    size: int
    made_at: datetime
    incidents: tuple[DeliveredIncident, ...]
    lacking_count: int = 0


class Around(Protocol):
    """All that the archive is connected with."""

    @property
    def zone(self) -> tzinfo:
        """The country's own time, which pages tell."""

    @property
    def rules(self) -> Rules:
        """The country's rules of retention, in their order."""

    @property
    def grounds(self) -> Sequence[Ground]:
        """The grounds on which something may be left out."""

    def incident(self, call: Call, incident: str) -> Incident:
        """An incident; ends the handler when there is none."""

    def label(self, call: Call, incident: str) -> str:
        """What people call an incident; its number where it is not known here."""

    def name_of(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""

    def in_danish(self, call: Call) -> Call:
        """The same caller in the country's own language: what is given is written in that."""

    async def pieces(self, desk: Desk, call: Call, incident: str) -> Sequence[Piece]:
        """The log and the signed documents of an incident; each text that is read is noted."""

    def packages(self) -> Sequence[Package]:
        """The packages that were made on this node, the newest first."""
