# SPDX-License-Identifier: Apache-2.0
"""What can have happened with other systems' numbers."""

import msgspec

from bavn.journal.kinds import Kind
from bavn.kernel.audience import Scope


class IncidentNumbered(msgspec.Struct, frozen=True, kw_only=True):
    """A service's own system calls an incident so; what it called it before still finds it.

    Told by the service whose system it is, which may be another than the incident's.
    """

    number: str
    system: str


# For the service and for who stands in for it: a number is of use to those who have that system.
INCIDENT_NUMBERED = Kind(
    name="feeds.incident_numbered",
    version=1,
    body=IncidentNumbered,
    scopes=frozenset({Scope.OWN}),
    for_stand_in=True,
)
KINDS = (INCIDENT_NUMBERED,)
