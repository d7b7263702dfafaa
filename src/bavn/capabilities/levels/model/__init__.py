# SPDX-License-Identifier: Apache-2.0
"""What holds: which level covers a place, and whether a procedure is in force.

Only what was told under a mandate counts. What does not is kept and shown, and opens nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, tzinfo
from enum import StrEnum

import msgspec

from bavn.capabilities.levels.facts import LOWEST, Moved
from bavn.kernel.identity import FactId, OrganisationId
from bavn.kernel.mandate import Actor

_MANDATE = "mandate:"


class Reason(StrEnum):
    """Why a level is set, in a word that everyone may read."""

    MANY_INCIDENTS = "many_incidents"
    WEATHER = "weather"
    FLOOD = "flood"
    SUPPLY = "supply"
    CYBER = "cyber"
    THREAT = "threat"
    NATIONAL = "national"
    DRILL = "drill"
    OVER = "over"
    OTHER = "other"


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """Something that an organisation has told: who said it, on what basis, and when."""

    fact: FactId
    owner: OrganisationId
    by: Actor
    basis: str
    at: datetime
    # As the record ordered it, for words of one instant.
    recorded: str = ""
    # By the policies of this node. Who has not asked them takes it that it does not.
    counts: bool = False


class LevelTold(Word, frozen=True, kw_only=True):
    """A level that was set."""

    level: int
    reason: str | None
    has_text: bool


class Agreed(Word, frozen=True, kw_only=True):
    """A service's word that it agrees to a proposal."""

    proposal: FactId


class State(StrEnum):
    """How it stands with a procedure."""

    WAITS = "waits"
    TO_COME = "to_come"
    IN_FORCE = "in_force"
    EXPIRED = "expired"
    ENDED = "ended"


class Procedure(Word, frozen=True, kw_only=True):
    """What an area's centre may move between services, and who has agreed to it."""

    id: str
    services: tuple[OrganisationId, ...]
    moved: tuple[Moved, ...]
    valid_from: date
    valid_to: date
    agreed: tuple[Agreed, ...] = ()
    ended_by: OrganisationId | None = None
    ended_at: datetime | None = None

    @property
    def parties(self) -> tuple[OrganisationId, ...]:
        """The area first, then its services."""
        return (self.owner, *self.services)

    def missing(self, at: datetime) -> tuple[OrganisationId, ...]:
        """Those that have not agreed by then, or whose word does not count."""
        said = {each.owner for each in self.agreed if self._is_word(each) and each.at <= at}
        own = () if self.counts and self.at <= at else (self.owner,)
        return (*own, *(each for each in self.services if each not in said))

    def state(self, at: datetime, zone: tzinfo) -> State:
        """How it stands at an instant; its days are the country's own."""
        day = at.astimezone(zone).date()
        if self.ended_at is not None and self.ended_at <= at:
            return State.ENDED
        if day >= self.valid_to:
            return State.EXPIRED
        if self.missing(at):
            return State.WAITS
        return State.IN_FORCE if self.valid_from <= day else State.TO_COME

    def covers(self, by: OrganisationId, owner: OrganisationId, at: datetime, zone: tzinfo) -> bool:
        """True when the centre may act on a service by it."""
        named = by == self.owner and owner in self.services
        return named and self.state(at, zone) is State.IN_FORCE

    def _is_word(self, said: Agreed) -> bool:
        return said.counts and said.proposal == self.fact


def named_in(basis: str) -> tuple[str, ...]:
    """The policies of a basis that is policies alone; none where anything else stands in it.

    A delegation, an emergency, a flag or another sort of ground sets no level: nobody opens more
    than he has by way of what was opened for him.

    >>> named_in("mandate:set-own-level")
    ('set-own-level',)
    >>> named_in("mandate:set-own-level emergency"), named_in("owner"), named_in("")
    ((), (), ())
    """
    tokens = basis.split()
    if not all(each.startswith(_MANDATE) for each in tokens):
        return ()
    return tuple(each.removeprefix(_MANDATE) for each in tokens)


def is_own_word(word: Word) -> bool:
    """True for what an organisation has said of itself, on the ground of policies."""
    return word.by.organisation == word.owner and bool(named_in(word.basis))


def order(word: Word) -> tuple[datetime, str, FactId]:
    """The order in which words were said."""
    return word.at, word.recorded, word.fact


def held(told: Iterable[LevelTold], at: datetime) -> LevelTold | None:
    """The last of one organisation's levels that counts, from its instant on."""
    counting = (each for each in told if each.counts and each.at <= at)
    return max(counting, key=order, default=None)


def highest(held_by: Sequence[LevelTold | None]) -> LevelTold | None:
    """The highest that covers a place: the nearest's where two are alike; None at level 1."""
    raised = [each for each in held_by if each is not None and each.level > LOWEST]
    return max(raised, key=lambda each: each.level, default=None)
