# SPDX-License-Identifier: Apache-2.0
"""What the gate asks beside the policies: what was granted, and how things stand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor


class Granted(Protocol):
    """What holds beside the policies, by what organisations have told."""

    def in_emergency(self, actor: Actor, at: datetime, /) -> bool:
        """True while the actor's own declaration holds."""

    def delegated(
        self, actor: Actor, act: str, at: datetime, /
    ) -> Sequence[tuple[str, OrganisationId]]:
        """The delegations of an act to the actor: which, and by whom."""

    def state(self, at: datetime, /) -> object:
        """What holds at an instant, to compare: the same again means that nothing has changed."""


class Nothing:
    """Nothing is delegated, and nobody has declared anything."""

    def in_emergency(self, _actor: Actor, _at: datetime) -> bool:
        """Never."""
        return False

    def delegated(
        self, _actor: Actor, _act: str, _at: datetime
    ) -> Sequence[tuple[str, OrganisationId]]:
        """None."""
        return ()

    def state(self, _at: datetime) -> object:
        """Always the same."""
        return ()


class Conditions(Protocol):
    """How things stand with what is asked about, by what organisations have told."""

    def level_of(self, owner: OrganisationId, at: datetime, /) -> int:
        """The highest preparedness level that covers an organisation."""

    def agreed(self, by: OrganisationId, act: str, owner: OrganisationId, at: datetime, /) -> bool:
        """True when a procedure that is in force lets one organisation do this to another."""

    def state(self, at: datetime, /) -> object:
        """What holds at an instant, to compare."""
