# SPDX-License-Identifier: Apache-2.0
"""What can have happened in operations, and who is told."""

import msgspec

from bavn.journal.fact import Sealed
from bavn.journal.kinds import Kind
from bavn.kernel.audience import Scope


class IncidentReported(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An alarm came in: what sort of incident it is, and roughly where.

    Everyone may know it, so it holds no text, no address and no exact position: `latitude` and
    `longitude` are in hundredths of a degree, about a kilometre. What is unknown is left out.
    """

    incident_type: str | None = None
    municipality: str | None = None
    latitude: float | None = None
    longitude: float | None = None


class IncidentNoted(msgspec.Struct, frozen=True, kw_only=True):
    """Something about an incident was written down, for the service alone."""

    text: Sealed | None = None


class IncidentClosed(msgspec.Struct, frozen=True, kw_only=True):
    """The work at an incident is over."""


_TOLD_TO_ALL = frozenset({Scope.NATION, Scope.AREA})

INCIDENT_REPORTED = Kind(
    name="operations.incident_reported",
    version=1,
    body=IncidentReported,
    scopes=_TOLD_TO_ALL,
    alarm=True,
)
INCIDENT_NOTED = Kind(
    name="operations.incident_noted",
    version=1,
    body=IncidentNoted,
    scopes=frozenset({Scope.OWN}),
)
INCIDENT_CLOSED = Kind(
    name="operations.incident_closed",
    version=1,
    body=IncidentClosed,
    scopes=_TOLD_TO_ALL,
)
KINDS = (INCIDENT_REPORTED, INCIDENT_NOTED, INCIDENT_CLOSED)
