# SPDX-License-Identifier: Apache-2.0
"""What feeds ask of the house: where their account is kept, and what operations knows."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Protocol

from bavn.capabilities.feeds.model.number import Incident, Means
from bavn.capabilities.feeds.model.tally import SilenceRule
from bavn.frame.call import Call
from bavn.frame.feeds import KeptFault
from bavn.kernel.identity import OrganisationId


class KeptFeeds(Protocol):
    """A file of this machine's own. Nothing here waits for it, but who looks at its rows."""

    @property
    def kept_days(self) -> int:
        """For how many days a row that could not be read is kept."""

    @property
    def lost_count(self) -> int:
        """How many such rows were not kept, since too many came or nothing could be written."""

    @property
    def dropped_count(self) -> int:
        """How many were let go of again before their time, since there were too many."""

    def senders(self) -> Mapping[str, bytes]:
        """What was counted of each sender before."""

    def save(self, name: str, says: bytes) -> None:
        """Have what is counted of a sender kept soon; never waits, and never raises."""

    def forget(self, name: str) -> None:
        """Have a sender forgotten."""

    def note(self, fault: KeptFault) -> None:
        """Have a row that could not be read kept soon; never waits, and never raises."""

    async def faults(
        self, organisations: Sequence[str], sender: str, limit: int
    ) -> Sequence[KeptFault]:
        """Those of a sender, or of all of some organisations, the latest first. Raises OSError."""


class Around(Protocol):
    """All else that feeds are connected with."""

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""

    @property
    def rules(self) -> Mapping[str, SilenceRule]:
        """When a sort of feed is called silent."""

    @property
    def number_means(self) -> Means:
        """For how long, and how near, a number means the same incident."""

    @property
    def asked_after(self) -> timedelta:
        """After how long a quiet incident is asked about."""

    @property
    def forgotten_after(self) -> timedelta:
        """After how long nobody is told of a silent sender any more."""

    def organisation(self, organisation: str, on: datetime) -> str:
        """What an organisation is called."""

    def incident(self, call: Call, incident: str) -> Incident | None:
        """An incident as it stands; None where nothing stands of it."""

    def label(self, call: Call, incident: str) -> str:
        """What people call an incident."""

    def quiet(
        self,
        call: Call,
        service: OrganisationId,
        before: datetime,
        is_asked: Callable[[str], bool],
    ) -> Sequence[tuple[str, datetime]]:
        """A service's open incidents that nobody has said anything of since, no unit at them.

        Of those that are asked about, each with when something was said last.
        """

    def broken(self, who: str, error: Exception) -> None:
        """Something here broke; whoever runs the machine is told, and the request goes on."""

    def read(self, call: Call, owner: OrganisationId, sender: str) -> None:
        """Rows that may name people were looked at: it is kept who did."""
