# SPDX-License-Identifier: Apache-2.0
"""What other systems send: whoever takes it in says so here, and what of it could not be read.

Saying so never waits and never raises: it stands beside the alarm path, and not in it.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.kernel.refusal import Problem


class FeedSort(StrEnum):
    """What a system may send."""

    INCIDENTS = "incidents"
    STATUS = "status"
    POSITIONS = "positions"
    RESOURCES = "resources"


class Spoken(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What was taken of one request: how much, and the instants that the sender itself gave.

    Of many a few instants are enough. `disordered_count` are those that are older than what was
    known already.
    """

    sort: FeedSort
    count: int = 1
    told_at: tuple[datetime, ...] = ()
    repeated_count: int = 0
    disordered_count: int = 0


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Something that could not be taken: where it stood, what the sender was told, and the row.

    `raw` is as it came, and may name people.
    """

    sort: FeedSort
    where: str
    says: str
    raw: bytes
    code: str = ""


class KeptFault(msgspec.Struct, frozen=True, kw_only=True):
    """A fault as it is kept: once, however often it came."""

    sender: str
    organisation: str
    sort: str
    where: str
    says: str
    code: str
    raw: bytes
    is_cut: bool
    first_at: datetime
    last_at: datetime
    count: int


def faults_in(
    sort: FeedSort, problems: Sequence[Problem], raw: bytes, code: str = ""
) -> tuple[Fault, ...]:
    """What is wrong with one row, each with the row as it came."""
    return tuple(
        Fault(sort=sort, where=each.where, says=each.says, raw=raw, code=code) for each in problems
    )


class Feeds(Protocol):
    """Who is told what other systems send."""

    def heard(self, call: Call, spoken: Spoken) -> None:
        """Something was taken; a person's own doing is nobody's feed."""

    def faulted(self, call: Call, faults: Sequence[Fault]) -> None:
        """Something could not be."""


class NoFeeds:
    """Where nobody keeps account of what other systems send."""

    def heard(self, call: Call, spoken: Spoken) -> None:
        """Nothing."""

    def faulted(self, call: Call, faults: Sequence[Fault]) -> None:
        """Nothing."""


class Numbers(Protocol):
    """Who knows what the services' own systems call incidents."""

    def form(self, text: str) -> str | None:
        """A number as it is kept; None for what is none."""

    def known(
        self, call: Call, numbers: Sequence[str], place: tuple[float, float] | None
    ) -> str | None:
        """The incident that the caller's system means by the first of these; None for a new one."""

    def found(self, call: Call, number: str) -> Sequence[str]:
        """All incidents that have had a number with the caller's organisations."""

    async def tell(
        self, desk: Desk, call: Call, incident: str, numbers: Sequence[str]
    ) -> Sequence[Problem]:
        """Have an incident's numbers kept, the one that holds first; what stands in the way."""


class NoNumbers:
    """Where no other system's numbers are kept."""

    def form(self, text: str) -> str | None:  # noqa: ARG002
        """None."""
        return None

    def known(
        self,
        call: Call,  # noqa: ARG002
        numbers: Sequence[str],  # noqa: ARG002
        place: tuple[float, float] | None,  # noqa: ARG002
    ) -> str | None:
        """None is known."""
        return None

    def found(self, call: Call, number: str) -> Sequence[str]:  # noqa: ARG002
        """None."""
        return ()

    async def tell(
        self,
        desk: Desk,  # noqa: ARG002
        call: Call,  # noqa: ARG002
        incident: str,  # noqa: ARG002
        numbers: Sequence[str],  # noqa: ARG002
    ) -> Sequence[Problem]:
        """Nothing stands in the way of nothing."""
        return ()
