# SPDX-License-Identifier: Apache-2.0
"""All that a reader may read of an incident or a unit, gathered once and told in parts."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from bavn.capabilities.command.facts import KINDS as COMMAND_KINDS
from bavn.capabilities.needs.facts import KINDS as NEEDS_KINDS
from bavn.capabilities.operations.facts import (
    INCIDENT_CORRECTED,
    INCIDENT_REPORTED,
    KINDS,
    IncidentCorrected,
    IncidentReported,
)
from bavn.capabilities.safety.facts import KINDS as SAFETY_KINDS
from bavn.capabilities.scene.facts import KINDS as SCENE_KINDS
from bavn.journal.fact import Fact
from bavn.journal.kinds import STRUCK, Kinds, Struck
from bavn.journal.reader import HistoryItem, Query, Reader, Turns, at_once
from bavn.kernel.identity import OrganisationId

# What is said of an incident with its own words: its own facts, those of who works there, and what
# the scene asks for.
UNDERSTOOD = Kinds((*KINDS, *COMMAND_KINDS, *NEEDS_KINDS, *SAFETY_KINDS, *SCENE_KINDS))
_SAID = ("incident_type", "municipality", "urgency", "latitude", "longitude")
_WEIGHED = frozenset({STRUCK.name, INCIDENT_REPORTED.name, INCIDENT_CORRECTED.name})
# A storm's longest log and some ordinary ones; beyond it the one that was looked at first goes.
KEPT_LIMIT = 40_000
_JOURNAL = "journal."
Turn = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Gathered:
    """The facts in the order in which they were recorded, and what stood around each.

    `struck_by` is the fact that struck another; `before` is what was known before a correction.
    """

    items: list[HistoryItem]
    by_id: Mapping[str, HistoryItem]
    struck_by: Mapping[str, str]
    before: Mapping[str, Mapping[str, Any]]
    # Where only the newest were gathered: what happened after this is all here.
    since: datetime | None = None


def gathered(
    query: Query,
    reader: Reader,
    subjects: Iterable[str],
    owners: Iterable[OrganisationId],
    newest: int | None = None,
) -> Gathered:
    """All facts of these owners about these subjects that the reader may read, each once.

    Or the `newest` of each owner; then what was known before a correction may not be there.

    Facts of one owner stand in that owner's order; between owners there is none, and the clocks of
    their nodes decide.
    """
    if newest is None:
        return at_once(gathering(query, reader, subjects, owners))
    whose = list(owners)
    by_id: dict[str, HistoryItem] = {}
    since: datetime | None = None
    for subject in subjects:
        for owner in whose:
            found, from_ = query.newest(reader, owner, subject, newest)
            since = max((each for each in (since, from_) if each is not None), default=None)
            _add(by_id, found)
    return _ordered(by_id, since)


def gathering(
    query: Query,
    reader: Reader,
    subjects: Iterable[str],
    owners: Iterable[OrganisationId],
) -> Turns[Gathered]:
    """All of them, a little at a time."""
    whose = list(owners)
    by_id: dict[str, HistoryItem] = {}
    for subject in subjects:
        for owner in whose:
            _add(by_id, (yield from query.in_turns(reader, owner, subject)))
    return _ordered(by_id)


def _add(by_id: dict[str, HistoryItem], found: Iterable[HistoryItem]) -> None:
    for item in found:
        by_id.setdefault(item.fact.id, item)


def _ordered(by_id: Mapping[str, HistoryItem], since: datetime | None = None) -> Gathered:
    items = sorted(by_id.values(), key=lambda item: item.fact.recorded_at)
    struck_by, before = _around(items)
    return Gathered(items, by_id, struck_by, before, since)


def _around(items: Sequence[HistoryItem]) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """What struck each that is struck, and what was known before each correction."""
    struck_by: dict[str, str] = {}
    before: dict[str, dict[str, Any]] = {}
    known: dict[str, dict[str, Any]] = {}
    for item in items:
        fact = item.fact
        if fact.kind not in _WEIGHED:
            continue
        body = UNDERSTOOD.read(fact)
        if isinstance(body, IncidentCorrected):
            before[fact.id] = dict(known.get(fact.owner, {}))
        if item.struck:
            continue
        if isinstance(body, Struck):
            struck_by[body.fact] = fact.id
        elif isinstance(body, IncidentReported | IncidentCorrected):
            said = {name: getattr(body, name) for name in _SAID}
            told = {name: value for name, value in said.items() if value is not None}
            known.setdefault(fact.owner, {}).update(told)
    return struck_by, before


def is_complete(whole: Gathered, item: HistoryItem) -> bool:
    """True when all that is said of a fact is among what was gathered."""
    if whole.since is None:
        return True
    if item.fact.happened_at <= whole.since or item.fact.kind == INCIDENT_CORRECTED.name:
        return False
    body = UNDERSTOOD.read(item.fact) if item.fact.kind == STRUCK.name else None
    return not isinstance(body, Struck) or body.fact in whole.by_id


@dataclass(slots=True)
class Logs:
    """Logs that somebody reads page by page: gathered once, and anew when there is more."""

    limit: int = KEPT_LIMIT
    _kept: OrderedDict[tuple[Any, ...], tuple[Gathered, list[HistoryItem]]] = field(
        default_factory=OrderedDict
    )
    _heard: int = 0

    async def of(
        self,
        query: Query,
        reader: Reader,
        subjects: Sequence[str],
        owners: Iterable[OrganisationId],
        turn: Turn,
    ) -> tuple[Gathered, list[HistoryItem]]:
        """All of it, and the same by when each thing happened, which is how a log is read.

        While a long one is gathered, `turn` lets others have theirs.
        """
        key = (tuple(subjects), reader, tuple(sorted(set(owners))))
        found = self._kept.pop(key, None)
        if found is None:
            heard = self._heard
            whole = await taken(gathering(query, reader, subjects, key[2]), turn)
            found = (whole, sorted(whole.items, key=place_of))
            if heard != self._heard:
                # Something was told meanwhile, perhaps of this: whoever comes next gathers anew.
                return found
        self._kept[key] = found
        while len(self._kept) > 1 and self._count > self.limit:
            self._kept.popitem(last=False)
        return found

    def hear(self, fact: Fact) -> None:
        """Something was told: what it is about is gathered anew."""
        self._heard += 1
        # What strikes or revokes may change what was told of anything.
        if fact.kind.startswith(_JOURNAL):
            self._kept.clear()
            return
        about = frozenset(fact.about)
        for key in [each for each in self._kept if not about.isdisjoint(each[0])]:
            del self._kept[key]

    @property
    def _count(self) -> int:
        return sum(len(items) for _, items in self._kept.values())


async def taken(turns: Turns[Gathered], turn: Turn) -> Gathered:
    """What comes of it; others have their turn between."""
    while True:
        try:
            next(turns)
        except StopIteration as end:
            return cast("Gathered", end.value)
        await turn()


def place_of(item: HistoryItem) -> tuple[Any, ...]:
    """Where an entry stands in a log: by its own time, whenever it was written down."""
    return item.fact.happened_at, item.fact.recorded_at, item.fact.id
