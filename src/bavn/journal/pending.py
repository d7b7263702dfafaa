# SPDX-License-Identifier: Apache-2.0
"""What a transaction is about to write.

Readable at once, undone request by request, written in bulk at the end.

This is the savepoint of a request. A request that is refused or breaks leaves nothing behind, and
the requests beside it in the commit group go on.
"""

from bisect import insort
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bavn.journal.store import AboutRow, EntryRow, FactRow, HistoryRow, RefKey, RefRow, Store
from bavn.journal.table import Key, Row, Table, Value

_NOT_THERE: Row = {}


class Mark(NamedTuple):
    """A place in a transaction to come back to."""

    facts: int
    entries: int
    abouts: int
    refs: int
    next_position: int


class Pending:
    """The writes of one transaction, over what the store holds."""

    def __init__(self, store: Store, next_position: int) -> None:
        self._store = store
        self.next_position = self._first_position = next_position
        self.facts: list[FactRow] = []
        self.entries: list[EntryRow] = []
        self.abouts: list[AboutRow] = []
        self.refs: list[RefRow] = []
        self._tables: dict[str, Table] = {}
        self._rows: dict[str, dict[Key, Row | None]] = {}
        self._undo: list[tuple[dict[Key, Row | None], Key, Row | None]] = []
        # What is heard is never undone row by row: it is written whole, or not at all.
        self._is_marked = False
        # Owners and subjects that something was told about.
        self.touched: set[tuple[str, str]] = set()
        self._stored_newest: dict[tuple[str, str], bytes] = {}
        self._own_newest: dict[tuple[str, str], bytes] = {}
        # Facts of this transaction and those that the store had, and what the store was asked for.
        self._by_id: dict[bytes, list[FactRow]] = {}
        self._looked_up: set[bytes] = set()
        self._by_ref: dict[RefKey, list[RefRow]] = {}

    # Undoing a request

    def mark(self) -> Mark:
        """A place to come back to; only the last one taken can be."""
        self._undo.clear()
        self._is_marked = True
        return Mark(
            len(self.facts),
            len(self.entries),
            len(self.abouts),
            len(self.refs),
            self.next_position,
        )

    def undo_to(self, mark: Mark) -> None:
        """Forget all that was written since the mark."""
        self.next_position = mark.next_position
        for fact in self.facts[mark.facts :]:
            self._by_id[fact.id].remove(fact)
            if not self._by_id[fact.id]:
                del self._by_id[fact.id]
        for ref in self.refs[mark.refs :]:
            self._by_ref.get(ref[:3], [ref]).remove(ref)
        del self.facts[mark.facts :], self.entries[mark.entries :]
        del self.abouts[mark.abouts :], self.refs[mark.refs :]
        for rows, key, before in reversed(self._undo):
            if before is _NOT_THERE:
                del rows[key]
            else:
                rows[key] = before
        self._undo.clear()
        # A stamp that is forgotten here can only be too new, and that costs a needless refold.

    # Rows of plain tables

    def row(self, table: Table, key: Key) -> Row | None:
        """The row with this key, as this transaction leaves it."""
        rows = self._rows.get(table.name)
        if rows is not None and key in rows:
            return rows[key]
        return self._store.row(table, key)

    def rows(self, table: Table, where: Mapping[str, Value]) -> list[Row]:
        """The rows with these values, as this transaction leaves them; those it wrote come last."""
        stored = self._store.rows(table, where)
        written = self._rows.get(table.name)
        if not written:
            return stored
        wanted = where.items()
        kept = [row for row in stored if table.key_of(row) not in written]
        return kept + [row for row in written.values() if row is not None and wanted <= row.items()]

    def written(self, table: Table) -> list[Row]:
        """The rows that this transaction has written and left there."""
        rows = self._rows.get(table.name, {})
        return [row for row in rows.values() if row is not None]

    def put(self, table: Table, row: Row) -> None:
        """Write a whole row in place of the one with the same key."""
        self.write(table, table.key_of(row), row)

    def remove(self, table: Table, key: Key) -> None:
        """Remove the row with this key."""
        self.write(table, key, None)

    def write(self, table: Table, key: Key, row: Row | None) -> None:
        """Write a whole row at its key, or none."""
        rows = self._rows.get(table.name)
        if rows is None:
            rows = self._rows[table.name] = {}
            self._tables[table.name] = table
        if self._is_marked:
            self._undo.append((rows, key, rows.get(key, _NOT_THERE)))
        rows[key] = row

    # Facts

    def facts_with(self, fact_id: bytes) -> list[FactRow]:
        """The facts with this id, written before or in this transaction, in order."""
        if fact_id not in self._looked_up:
            self.look_up_facts([fact_id])
        return self._by_id.get(fact_id, [])

    def look_up_facts(self, fact_ids: Sequence[bytes]) -> None:
        """Have at hand the stored facts with these ids, with one question to the store."""
        # In their order, not in a set's: a storm that is played again reads the disk alike.
        new = [each for each in dict.fromkeys(fact_ids) if each not in self._looked_up]
        self._looked_up.update(new)
        for row in self._store.facts_with(new):
            insort(self._by_id.setdefault(row.id, []), row)

    def fact_at(self, position: int) -> FactRow:
        """The fact at a position that has one."""
        if position >= self._first_position:
            return self.facts[position - self._first_position]
        return self._store.facts_after(position - 1, 1)[0]

    def entry(self, channel: int, sequence: int) -> EntryRow | None:
        """One entry, written before or in this transaction."""
        for row in self.entries:
            if row.sequence == sequence and row.channel == channel:
                return row
        return self._store.entry(channel, sequence)

    def look_up_refs(self, keys: Sequence[RefKey]) -> None:
        """Have at hand which facts came of these requests, with one question to the store."""
        new = [key for key in dict.fromkeys(keys) if key not in self._by_ref]
        if not new:
            return
        for key in new:
            self._by_ref[key] = []
        for row in self._store.refs(new):
            self._by_ref[row[:3]].append(row)

    def refs_of(self, key: RefKey) -> list[RefRow]:
        """The facts of a numbered request, written before or in this transaction, in order."""
        if key not in self._by_ref:
            self.look_up_refs([key])
        return sorted(self._by_ref[key])

    def history(self, owner: str, subject: str) -> list[HistoryRow]:
        """Every entry of every fact of an owner about a subject, in the owner's order."""
        own = [
            HistoryRow(row.stamp, row.channel, row.position, self.fact_at(row.position).raw)
            for row in self.abouts
            if row.owner == owner and row.subject == subject
        ]
        return sorted(self._store.history(owner, subject) + own)

    def newest_stamp(self, owner: str, subject: str) -> bytes:
        """The stamp of the owner's last fact about a subject; empty when there is none."""
        key = (owner, subject)
        if key not in self._stored_newest:
            self.look_up_newest([key])
        stored, own = self._stored_newest[key], self._own_newest.get(key, b"")
        return max(stored, own)

    def look_up_newest(self, subjects: Sequence[tuple[str, str]]) -> None:
        """Have at hand the newest stored stamps about these, with one question to the store."""
        if not subjects:
            return
        self._stored_newest.update(dict.fromkeys(subjects, b""))
        for owner, subject, stamp in self._store.newest_stamps(subjects):
            self._stored_newest[owner, subject] = stamp

    def add_fact(self, row: FactRow) -> None:
        """Keep a fact."""
        self.facts.append(row)
        same = self._by_id.get(row.id)
        if same is None:
            self._by_id[row.id] = [row]
        else:
            same.append(row)

    def add_ref(self, row: RefRow) -> None:
        """Keep which request a fact came of."""
        self.refs.append(row)
        if self._by_ref and (known := self._by_ref.get(row[:3])) is not None:
            known.append(row)

    def add_about(self, row: AboutRow) -> None:
        """Keep that an entry is about a subject."""
        self.abouts.append(row)
        owner, subject, stamp, _, _ = row
        key = (owner, subject)
        newest = self._own_newest.get(key)
        if newest is None:
            self.touched.add(key)
        if newest is None or stamp > newest:
            self._own_newest[key] = stamp

    # Writing

    def flush(self) -> None:
        """Hand everything to the store, inside its transaction."""
        store = self._store
        if self.facts:
            store.add_facts(self.facts)
        if self.entries:
            store.add_entries(self.entries)
        if self.abouts:
            store.add_abouts(self.abouts)
        if self.refs:
            store.add_refs(self.refs)
        for name, rows in self._rows.items():
            table = self._tables[name]
            written = [row for row in rows.values() if row is not None]
            removed = [key for key, row in rows.items() if row is None]
            if removed:
                store.remove(table, removed)
            if written:
                store.put(table, written)
        self.facts, self.entries, self.abouts, self.refs = [], [], [], []
        self._rows, self._tables, self._by_id, self._by_ref = {}, {}, {}, {}
        self._looked_up.clear()
        self._undo.clear()
