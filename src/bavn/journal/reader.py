# SPDX-License-Identifier: Apache-2.0
"""Reading: nobody reads without saying who reads.

A `Reader` is computed once per session and version of the policies. Every query takes one and gives
only rows within it; the same reader filters what is streamed. Looking back in time uses today's
reader.
"""

import json
from collections.abc import Collection, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias, TypeVar, cast

from bavn.journal.fact import Fact, Sealed, decode_fact, read_fact
from bavn.journal.handed import Placed, in_their_places, place_of
from bavn.journal.handing import is_shared_with, received
from bavn.journal.kept import SEALED
from bavn.journal.kinds import FACT_HANDED, STRUCK, NotUnderstood
from bavn.journal.record import Record
from bavn.journal.store import AnyOf, HistoryRow, Store
from bavn.journal.table import Row, Value
from bavn.journal.vault import Gone, Vault
from bavn.journal.views import View, struck_in
from bavn.kernel.audience import NATION, OWN, Audience, Scope, area, scope_of, to
from bavn.kernel.identity import ID_BYTES, OrganisationId, id_bytes
from bavn.kernel.instants import instant_of
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

# A page shows fewer; an export goes on from the last key.
ROWS_LIMIT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBy:
    """Who reads, and for what: kept of each private text that is opened. It names nobody.

    `account` is a person's account or a machine's token. `is_stated` is True where the purpose is
    the reader's own word, and not the work that the page is for: then nothing is opened that could
    not be kept.
    """

    organisation: OrganisationId
    function: str
    account: str = ""
    purpose: str = ""
    is_stated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What somebody may read.

    Everything of some organisations, what is told to some areas, and what all may know. `by` makes
    no difference to what that is: two who may read the same are the same reader. Without it the
    node's own machine reads.
    """

    organisations: frozenset[OrganisationId] = frozenset()
    areas: frozenset[OrganisationId] = frozenset()
    personal: bool = False
    by: ReadBy | None = field(default=None, compare=False)

    @property
    def audiences(self) -> frozenset[Audience]:
        """The audiences that this reader belongs to, `own` of its organisations aside."""
        return frozenset(
            {NATION, *map(area, self.areas), *map(to, self.organisations)},
        )

    def may_read(self, owner: str, audience: str) -> bool:
        """True for what its own organisations told, and for what was told to an audience of its."""
        if owner in self.organisations:
            return True
        return audience != OWN and audience in self.audiences


NOBODY = Reader()
# A few milliseconds' work: then others have their turn, where somebody waits for it.
ENTRIES_IN_TURN = 500
_T = TypeVar("_T")
Turns: TypeAlias = Generator[None, None, _T]
# Among so many of the last entries about a subject stands what was told a moment ago.
JUST_NOW = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryItem:
    """One fact in the answer to "why?"."""

    fact: Fact
    audiences: tuple[str, ...]
    struck: bool
    understood: bool
    # When this node learnt of it; what was known then is what was heard by then.
    heard_at_ms: int


def as_told(reader: Reader, item: HistoryItem) -> Reader:
    """Who reads the texts of a fact that names its readers: they read it as its teller does.

    It is told `to` each of them. Two of them may have one node, where nothing has to be shared for
    both to have it.
    """
    if {to(each) for each in reader.organisations}.isdisjoint(item.audiences):
        return reader
    return replace(reader, organisations=reader.organisations | {item.fact.owner})


class Query:
    """The way to rows, facts and private texts."""

    def __init__(self, record: Record, vault: Vault, store: Store | None = None) -> None:
        self._record = record
        self._vault = vault
        # A node that serves reads through a connection of its own: what is half written by the one
        # that writes is nobody's to see.
        self._store = record.store if store is None else store

    def rows(
        self,
        reader: Reader,
        view: View,
        where: Mapping[str, Value] | None = None,
        *,
        at_most: tuple[str, int] | None = None,
        limit: int = ROWS_LIMIT,
    ) -> list[Row]:
        """The rows with these values that the reader may read.

        With `at_most` those whose column is no more than that, the least first.
        """
        return self._store.rows(
            self._record.views.table_of(view),
            where or {},
            any_of=_within(reader, view.scope),
            at_most=at_most,
            limit=min(limit, ROWS_LIMIT),
        )

    def history(
        self,
        reader: Reader,
        owner: OrganisationId,
        subject: str,
        kinds: Collection[str] | None = None,
    ) -> list[HistoryItem]:
        """What the reader may read of an owner's facts about a subject, struck ones included.

        Of these kinds alone, where they are named: what else is said of it is hardly looked at.
        """
        return at_once(self.in_turns(reader, owner, subject, kinds))

    def in_turns(
        self,
        reader: Reader,
        owner: OrganisationId,
        subject: str,
        kinds: Collection[str] | None = None,
    ) -> Turns[list[HistoryItem]]:
        """The same a little at a time, for whoever has something else to do between."""
        rows = self._store.history(owner, subject)
        if kinds is not None:
            rows = _mentioning(rows, {*kinds, STRUCK.name, FACT_HANDED.name})
        return (yield from self._items(reader, owner, rows, kinds))

    def newest(
        self, reader: Reader, owner: OrganisationId, subject: str, limit: int
    ) -> tuple[list[HistoryItem], datetime | None]:
        """The last of them, and the instant up to which there may be more; None when this is all.

        What was told before that instant, and happened after it, there is none.
        """
        rows = self._store.history_end(owner, subject, limit)
        items = at_once(self._items(reader, owner, rows))
        if len(rows) < limit:
            return items, None
        return items, instant_of(read_fact(rows[0].raw).tick.ms + 1)

    def _items(
        self,
        reader: Reader,
        owner: OrganisationId,
        rows: list[HistoryRow],
        kinds: Collection[str] | None = None,
    ) -> Turns[list[HistoryItem]]:
        record, found = self._record, list[Placed]()
        heard: dict[int, int] = {}
        for some in _pieces(rows):
            found += map(place_of, some)
            ids = [row.stamp[-ID_BYTES:] for row in some]
            heard |= {row.position: row.heard_at_ms for row in self._store.facts_with(ids)}
            yield
        ordered = in_their_places(found)
        strikes = [each.row for each in ordered if each.read.fact.kind == STRUCK.name]
        struck = struck_in(record.hearings(strikes))
        items: dict[tuple[str, bytes], HistoryItem] = {}
        for placed in _pieces(ordered):
            for row, (fact, *_), of, _by in placed:
                if kinds is not None and fact.kind not in kinds:
                    continue
                audience = record.names[row.channel].audience
                if not reader.may_read(owner, audience):
                    continue
                before = items.get(of)
                audiences = before.audiences if before else ()
                items[of] = HistoryItem(
                    fact=fact,
                    audiences=audiences if audience in audiences else (*audiences, audience),
                    struck=fact.id in struck,
                    understood=not isinstance(record.catalogue.kinds.read(fact), NotUnderstood),
                    # As it was heard first, whether by itself or handed on.
                    heard_at_ms=before.heard_at_ms if before else heard[row.position],
                )
            yield
        return list(items.values())

    def item(self, reader: Reader, fact_id: str) -> HistoryItem | None:
        """One fact that the reader may read; None when there is none."""
        try:
            rows = self._store.facts_with([id_bytes(fact_id)])
        except ValueError:
            return None
        for row in rows:
            fact = decode_fact(row.raw)
            for item in self.history(reader, fact.owner, fact.about[0]):
                if item.fact.id == fact_id:
                    return item
        return None

    def told(self, reader: Reader, fact_id: str) -> Fact | None:
        """A fact that was told just now, without a look through all that was said before it."""
        names = self._record.names
        for row in self._store.facts_with([id_bytes(fact_id)]):
            fact = decode_fact(row.raw)
            for entry in self._store.history_end(fact.owner, fact.about[0], JUST_NOW):
                audience = names[entry.channel].audience
                if entry.position == row.position and reader.may_read(fact.owner, audience):
                    return fact
        # Many have spoken of it meanwhile, or it was handed on by another.
        item = self.item(reader, fact_id)
        return None if item is None else item.fact

    def reveal(
        self, reader: Reader, owner: OrganisationId, sealed: Sealed
    ) -> Private | Gone | Refused:
        """A private text, for a reader of the owner who may read personal data.

        And for one of an organisation that it was shared with, where it was.
        """
        ours = owner in reader.organisations or is_shared_with(
            self._store, sealed.key, reader.organisations
        )
        if not reader.personal or not ours:
            return Refused(
                code="not_for_this_reader",
                says=f"Private texts of {owner} are not open to this reader.",
                try_instead=f"Ask somebody at {owner} who may read them.",
                values={"owner": owner},
            )
        if not sealed.key.startswith(f"{owner}/"):
            return Gone.NOT_HERE
        kept = self._store.row(SEALED, (sealed.sealed,)) or received(self._store, sealed)
        return self._vault.open(kept, sealed)


def at_once(turns: Turns[_T]) -> _T:
    """What comes of it, for whoever lets nobody else have a turn."""
    while True:
        try:
            next(turns)
        except StopIteration as end:
            return cast("_T", end.value)


def _pieces(rows: list[_T]) -> Iterator[list[_T]]:
    for first in range(0, len(rows), ENTRIES_IN_TURN):
        yield rows[first : first + ENTRIES_IN_TURN]


def _mentioning(rows: list[HistoryRow], kinds: Collection[str]) -> list[HistoryRow]:
    """Entries in whose bytes one of the kinds stands: all that are of it, and hardly any other."""
    names = [json.dumps(each).encode() for each in sorted(kinds)]
    return [row for row in rows if any(name in row.raw for name in names)]


def _within(reader: Reader, scope: Scope) -> AnyOf | None:
    """The reader's scope as a filter of rows; None where everyone may read."""
    if scope is Scope.NATION:
        return None
    if scope is Scope.OWN:
        return (("owner", reader.organisations),)
    told = frozenset(each for each in reader.audiences if scope_of(each) is scope)
    return (("owner", reader.organisations), ("audience", told))
