# SPDX-License-Identifier: Apache-2.0
"""What the handlers of operations work with beside the record: ports, and the prepared picture."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from bavn.capabilities.operations.ports import (
    IncidentTypes,
    NoRegistry,
    NoTerritory,
    NoTypes,
    Positions,
    Registry,
    Territory,
)
from bavn.capabilities.operations.views.picture import Pictures
from bavn.frame.country import Function
from bavn.kernel.identity import OrganisationId

Contested = Callable[[str], Sequence[OrganisationId]]


def nobody_contests(_subject: str) -> Sequence[OrganisationId]:
    """Where one node alone tells of everything."""
    return ()


@dataclass(kw_only=True)
class Room:
    """Made once for a world that is served; what is not connected is answered by nobody."""

    positions: Positions
    territory: Territory = field(default_factory=NoTerritory)
    registry: Registry = field(default_factory=NoRegistry)
    types: IncidentTypes = field(default_factory=NoTypes)
    # Pages tell the country's own time, whatever the machine's is; the interface tells UTC.
    zone: tzinfo = UTC
    # What the country's functions are called, by their codes.
    functions: Mapping[str, Function] = field(default_factory=dict)
    # Whose word about a subject is contested: several nodes have told of it, none knowing of the
    # others, and nobody has said what holds.
    contested: Contested = nobody_contests
    pictures: Pictures = field(init=False)

    def __post_init__(self) -> None:
        """Connect the picture with what it is made of."""
        self.pictures = Pictures(self.territory, self.registry, self.types, self.positions)
