# SPDX-License-Identifier: Apache-2.0
"""What is not sure of what is shown: nobody hears whose it is, or several have told of it.

Nothing of it goes away. It stays as it was last told, and carries why it may not be what holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Contested(StrEnum):
    """Why nobody can say yet what holds."""

    # Several nodes have told of it, none knowing of the others, and nobody has settled it.
    CONFLICT = "conflict"
    # Two nodes claim to go on for its owner.
    CLAIMS = "claims"


class Doubt(NamedTuple):
    """What is not sure of one thing. `last_heard_at` is None where its owner's node is heard."""

    is_heard: bool = True
    last_heard_at: datetime | None = None
    contested: Contested | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtsNow:
    """All that is not sure at one moment; `mark` differs whenever any of it does.

    `unheard` are the owners whose nodes are not heard, each with when that was the last time; None
    when it was not since this node began. `claimed` are the owners for whom several nodes claim to
    go on, and `conflicts` the subjects of which several nodes have told.
    """

    mark: str = ""
    unheard: Mapping[str, datetime | None] = field(default_factory=dict)
    claimed: frozenset[str] = frozenset()
    conflicts: frozenset[str] = frozenset()

    def of(self, owner: str, subject: str) -> Doubt:
        """What is not sure of one subject of one owner."""
        contested = None
        if subject in self.conflicts:
            contested = Contested.CONFLICT
        elif owner in self.claimed:
            contested = Contested.CLAIMS
        return Doubt(owner not in self.unheard, self.unheard.get(owner), contested)


NO_DOUBTS = DoubtsNow()
