# SPDX-License-Identifier: Apache-2.0
"""What the handlers of dispatch work with beside the record; made once for a served world."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from bavn.capabilities.dispatch.model.proposal import Proposal
from bavn.capabilities.dispatch.ports import Dispatching, Fleet, Goal
from bavn.capabilities.dispatch.views.recommending import Recommender
from bavn.capabilities.dispatch.views.together import Together, propose_together
from bavn.frame.call import Call
from bavn.frame.given import Given
from bavn.journal.reader import Query

# No alarm waits longer than this for a better proposal.
THINKS_S = 0.03


@dataclass(kw_only=True)
class Room:
    """What others know, and who proposes."""

    around: Dispatching
    # Seconds that only ever rise: how long a search has gone on.
    seconds: Callable[[], float]
    _recommender: Recommender = field(init=False)

    def __post_init__(self) -> None:
        """Connect who proposes with what is known."""
        self._recommender = Recommender(self.around)

    def propose(self, call: Call, query: Query, goal: Goal) -> Proposal:
        """Propose units for an incident."""
        ends_s = self.seconds() + THINKS_S
        return self._recommender.propose(call, query, goal, lambda: self.seconds() > ends_s)

    def propose_together(self, call: Call, query: Query, goals: Sequence[Goal]) -> Together:
        """Propose units for several incidents; nobody is in two of the proposals."""
        ends_s = self.seconds() + THINKS_S
        is_late = lambda: self.seconds() > ends_s  # noqa: E731 - a clock for the search
        return propose_together(self._recommender, call, query, goals, is_late)

    def warm(self, now: datetime) -> None:
        """Have all that changes seldom ready before the first alarm comes."""
        self._recommender.warm(now)

    def fleet(self, call: Call) -> Fleet:
        """Who there is today."""
        return self.around.fleet(self.around.day(call.now))

    def callsigns(self, call: Call) -> list[str]:
        """What units are called, for whoever types one."""
        return sorted({each.callsign for each in self.fleet(call).units if each.is_ours})

    def named(self, call: Call, typed: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Read units by id or callsign, between commas or blanks; and what names none."""
        units = self.fleet(call).units
        known = {each.id.casefold(): each.id for each in units}
        known |= {each.callsign.casefold(): each.id for each in units}
        words = typed.replace(",", " ").replace(";", " ").split()
        found = [known[each.casefold()] for each in words if each.casefold() in known]
        unknown = [each for each in words if each.casefold() not in known]
        return tuple(dict.fromkeys(found)), tuple(dict.fromkeys(unknown))

    def unregistered(self, call: Call, units: Sequence[str]) -> tuple[str, ...]:
        """Which of these no register knows."""
        known = self.fleet(call).by_id
        return tuple(each for each in units if each not in known)


RoomGiven: TypeAlias = Given[Room]
