# SPDX-License-Identifier: Apache-2.0
"""What the handlers of duty work with beside the record."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bavn.capabilities.duty.ports import Around
from bavn.capabilities.duty.views.shown import groups_of, watches_of
from bavn.frame.call import Call
from bavn.frame.given import Given
from bavn.journal.fact import Sealed
from bavn.journal.reader import Query


@dataclass(kw_only=True)
class Room:
    """Made once for a world that is served."""

    query: Query
    around: Around

    def number_on_duty(self, call: Call, function: str) -> Sealed | None:
        """The number of whoever has a function's duty now, sealed; None when nobody has."""
        watches = watches_of(call, self.query, call.now)
        here = [each for each in watches if each.function == function and each.holds(call.now)]
        first = min(here, key=lambda each: (each.place, each.begins_at, each.id), default=None)
        return None if first is None else first.number

    def talk_groups(self, call: Call, incident: str) -> Sequence[str]:
        """What the talk groups of an incident are called."""
        return [each.name for each in groups_of(call, self.query, incident)]


RoomGiven: TypeAlias = Given[Room]
