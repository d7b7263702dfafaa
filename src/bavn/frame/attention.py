# SPDX-License-Identifier: Apache-2.0
"""What wants a person: each capability says what of its own does, the centre's board shows it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from bavn.frame.call import Call
from bavn.kernel.identity import OrganisationId, Subject


class Attention(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits for a person, since when, and where it can be dealt with.

    The same thing has the same `id` every time it is asked for, so that whoever has seen it can
    say so. `text` names a text, and `values` go into it. What is `loud` also sounds.
    """

    id: str
    text: str
    since: datetime
    about: Subject
    path: str
    service: OrganisationId
    values: Mapping[str, str] = {}
    loud: bool = False


class Attentive(Protocol):
    """A capability that knows what of its own waits for a person."""

    def wanting(self, call: Call) -> Sequence[Attention]:
        """All that waits, as far as the caller may know it; in no order."""
