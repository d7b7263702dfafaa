# SPDX-License-Identifier: Apache-2.0
"""The log of an incident: everything, by its own time, read from the newest page on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from bavn.capabilities.operations.model.log import (
    PAGE_LIMIT,
    Sort,
    cursor_of,
    found_in,
    is_late,
    read_cursor,
    sort_of,
)
from bavn.capabilities.operations.views.gathered import (
    Gathered,
    Turn,
    gathered,
    is_complete,
    place_of,
)
from bavn.capabilities.operations.views.incidents import owners_of, the_incident
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.operations.views.story import Line, told
from bavn.capabilities.operations.views.words import Words
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.journal.reader import HistoryItem
from bavn.kernel.identity import OrganisationId

# So many are put into words at a time; between them others have their turn.
AT_ONCE = 100
# How many entries of each owner are gathered before all of them are: a page is among the newest.
NEWEST = 400
INCIDENT = "incident:"


class Entry(Line, frozen=True, kw_only=True):
    """One entry of a log: a fact in words, what sort of thing it is, and whether it came late."""

    sort: Sort
    is_late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries: of one sort, with some words in them, and older than where a page ended."""

    sort: Sort | None = None
    query: str = ""
    before: str = ""
    limit: int = PAGE_LIMIT


class LogPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some entries of a log, the newest last; `next` is where the older ones go on."""

    items: list[Entry]
    next: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What the caller may read of an incident, and of those that are part of it."""

    desk: Desk
    call: Call
    words: Words
    whole: Gathered
    ordered: Sequence[HistoryItem]

    async def page(self, wanted: Wanted, turn: Turn) -> LogPage:
        """The newest entries that are wanted; only they are put into words where none is sought.

        While words are sought in a long log, `turn` lets others have theirs.
        """
        found: list[Entry] = []
        place = read_cursor(wanted.before)
        for items in self._chunks(wanted, place):
            entries = await self.entries(items)
            found += [each for each in reversed(entries) if self._has(each, wanted.query)]
            if len(found) > wanted.limit:
                break
            await turn()
        shown = found[: wanted.limit]
        goes_on = len(found) > wanted.limit
        return LogPage(
            items=shown[::-1], next=self._cursor(shown[-1].id) if goes_on and shown else None
        )

    def holds(self, wanted: Wanted) -> bool:
        """True when the page is certainly among what was gathered, with all that is said of it."""
        if wanted.query:
            return False
        place = read_cursor(wanted.before)
        items = next(iter(self._chunks(wanted, place)), [])
        return len(items) > wanted.limit and all(is_complete(self.whole, each) for each in items)

    def all(self, wanted: Wanted) -> Iterator[Sequence[HistoryItem]]:
        """Everything of a sort in its order, some at a time, to be put into words."""
        chosen = [each for each in self.ordered if _is_of(each, wanted.sort)]
        for first in range(0, len(chosen), AT_ONCE):
            yield chosen[first : first + AT_ONCE]

    async def entries(self, items: Sequence[HistoryItem]) -> list[Entry]:
        """These in words, in the order they are given in."""
        lines = await told(self.desk, self.call, self.words, self.whole, items)
        return [_entry(line) for line in lines]

    def matching(self, entries: Sequence[Entry], query: str) -> list[Entry]:
        """Those in which what is looked for stands."""
        return [each for each in entries if self._has(each, query)]

    def _chunks(
        self, wanted: Wanted, place: tuple[datetime, str, str] | None
    ) -> Iterator[list[HistoryItem]]:
        """From the newest back, each chunk in the log's own order."""
        # One more than is shown tells whether there are older ones.
        size = AT_ONCE if wanted.query else wanted.limit + 1
        chunk: list[HistoryItem] = []
        for item in reversed(self.ordered):
            if place is not None and place_of(item) >= place:
                continue
            if not _is_of(item, wanted.sort):
                continue
            chunk.append(item)
            if len(chunk) == size:
                yield chunk[::-1]
                chunk = []
        if chunk:
            yield chunk[::-1]

    def _has(self, entry: Entry, query: str) -> bool:
        if not query.strip():
            return True
        names = self.words.function(entry.by), self.words.organisation(entry.organisation)
        return found_in(query, (entry.says, *entry.texts.values(), *names))

    def _cursor(self, fact: str) -> str:
        found = self.whole.by_id[fact].fact
        return cursor_of(found.happened_at, found.recorded_at, found.id)


async def page_of(
    desk: Desk, call: Call, room: Room, name: str, wanted: Wanted, turn: Turn
) -> LogPage:
    """A page of an incident's log; ends the handler when there is no incident.

    A long log is not gathered for its newest page: where the last entries hold the page, they do.
    """
    subjects, owners = _whose(desk, call, room, name)
    whole = gathered(desk.query, call.reader, subjects, sorted(owners), NEWEST)
    words, ordered = Words(call, room), sorted(whole.items, key=place_of)
    newest = Log(desk=desk, call=call, words=words, whole=whole, ordered=ordered)
    if newest.whole.since is None or newest.holds(wanted):
        return await newest.page(wanted, turn)
    log = await log_of(desk, call, room, name, turn)
    return await log.page(wanted, turn)


async def log_of(
    desk: Desk, call: Call, room: Room, name: str, turn: Turn, *, on_paper: bool = False
) -> Log:
    """The whole log of an incident; ends the handler when there is none."""
    subjects, owners = _whose(desk, call, room, name)
    whole, ordered = await room.logs.of(desk.query, call.reader, subjects, owners, turn)
    words = Words(call, room, on_paper=on_paper)
    return Log(desk=desk, call=call, words=words, whole=whole, ordered=ordered)


def _whose(desk: Desk, call: Call, room: Room, name: str) -> tuple[list[str], set[OrganisationId]]:
    """What a log is about, and who may have told of it; ends the handler when there is none."""
    incident = the_incident(desk.query, call.reader, room.types, name)
    parts = room.joined.whole(incident.id)
    # What is part of another is read by itself too; whoever leads has all of it.
    names = parts if parts[0] == incident.id else (incident.id,)
    owners = {owner for each in names for owner in owners_of(desk.query, call.reader, each)}
    owners |= {owner for each in names for owner in room.writers(call, each)}
    owners |= call.reader.organisations
    return [f"{INCIDENT}{each}" for each in names], owners


def _is_of(item: HistoryItem, sort: Sort | None) -> bool:
    return sort is None or sort_of(item.fact.kind) is sort


def _entry(line: Line) -> Entry:
    return Entry(
        **{name: getattr(line, name) for name in line.__struct_fields__},
        sort=sort_of(line.kind),
        is_late=is_late(line.happened_at, line.recorded_at, line.heard_at),
    )
