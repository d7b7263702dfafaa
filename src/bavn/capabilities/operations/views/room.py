# SPDX-License-Identifier: Apache-2.0
"""What the handlers of operations work with beside the record: ports, and the prepared picture."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any

from bavn.capabilities.operations.model.authority import NO_AUTHORITY, Authority
from bavn.capabilities.operations.ports import (
    Doubts,
    IncidentTypes,
    Joined,
    NoDoubts,
    NoRegistry,
    NoTerritory,
    NothingJoined,
    NoTypes,
    Positions,
    Registry,
    Territory,
)
from bavn.capabilities.operations.views.doubted import DoubtedPictures
from bavn.capabilities.operations.views.gathered import Logs
from bavn.capabilities.operations.views.picture import Pictures
from bavn.frame.addresses import Addresses, NoAddresses
from bavn.frame.call import Call
from bavn.frame.country import Named
from bavn.frame.feeds import Feeds, NoFeeds, NoNumbers, Numbers
from bavn.kernel.identity import OrganisationId


def _nobody(_call: Call, _incident: str) -> Collection[OrganisationId]:
    return ()


# Messages about one number, by their sender, that are being taken: a lock, and how many want it.
Turns = dict[tuple[str, str], Any]


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
    functions: Mapping[str, Named] = field(default_factory=dict)
    # And its kinds of units, and what they can do.
    resource_types: Mapping[str, Named] = field(default_factory=dict)
    capability_names: Mapping[str, Named] = field(default_factory=dict)
    # Which functions usually say which status of a unit; a status that is not there, everybody.
    tellers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    # Whose word holds about what by the country's own order, and what its sources are called.
    authority: Authority = NO_AUTHORITY
    sources: Mapping[str, Named] = field(default_factory=dict)
    # The ground of each policy, by the policy's name.
    grounds: Mapping[str, str] = field(default_factory=dict)
    # Whose node is not heard, and whose word about what is contested.
    doubts: Doubts = field(default_factory=NoDoubts)
    # Which incidents are one.
    joined: Joined = field(default_factory=NothingJoined)
    # Addresses that are looked up on this machine.
    addresses: Addresses = field(default_factory=NoAddresses)
    # Who is told what other systems send, and knows what those call incidents.
    feeds: Feeds = field(default_factory=NoFeeds)
    numbers: Numbers = field(default_factory=NoNumbers)
    turns: Turns = field(default_factory=dict)
    # Where whoever has reported an incident goes on: `{id}` stands for it.
    after_report: str = "/incidents/{id}"
    # Who works at an incident or has written of it to those who do, beside those who told all.
    writers: Callable[[Call, str], Collection[OrganisationId]] = _nobody
    # How others' facts are said in the log, by what they hold; None is said by the kind's name.
    sayings: dict[type, Callable[[Call, Any], str | None]] = field(default_factory=dict)
    logs: Logs = field(default_factory=Logs)
    pictures: Pictures = field(init=False)
    doubted: DoubtedPictures = field(default_factory=DoubtedPictures)

    def __post_init__(self) -> None:
        """Connect the picture with what it is made of."""
        self.pictures = Pictures(self.territory, self.registry, self.types, self.positions)
        # What is connected later is asked when it is needed.
        self.pictures.leading = self._leading

    def is_usual(self, function: str, status: str) -> bool:
        """True for a function that usually says this of a unit; another is flagged, not refused."""
        return function in self.tellers.get(status, {function})

    def _leading(self) -> Mapping[str, str]:
        return self.joined.leading()
