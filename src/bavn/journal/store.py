# SPDX-License-Identifier: Apache-2.0
"""The port to a store: facts, entries, their indexes, and plain tables, all in one transaction.

A store is used by one writer at a time. It knows nothing of signatures, decisions or views; it
promises that what was committed is on disk when `commit` returns, that a transaction happens whole
or not at all, and that what it gives back is what it was given, byte for byte.
`tests/contract/store_contract.py` is the promise in full; every store passes it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from bavn.journal.table import Key, Row, Table, Value


class StoreFull(Exception):
    """There is no room for what was to be written; nothing of it was."""


class StoreBroken(Exception):
    """The store cannot be read or written.

    The disk is gone, or the file is not what it should be.
    """


class FactRow(NamedTuple):
    """A fact in the order in which this node learnt it."""

    position: int
    id: bytes
    raw: bytes
    heard_at_ms: int


class EntryRow(NamedTuple):
    """A fact's place in a channel.

    The last entry of a commit group carries the signature under the head.
    """

    channel: int
    sequence: int
    position: int
    hash: bytes
    signature: bytes | None


class AboutRow(NamedTuple):
    """One entry of a fact about one subject, in the order of the owner's facts."""

    owner: str
    subject: str
    stamp: bytes
    channel: int
    position: int


class RefRow(NamedTuple):
    """One fact that came of a sender's numbered request."""

    owner: str
    sender: str
    ref: str
    position: int
    digest: str


# An owner, a subject, and the stamp of the owner's last fact about it.
AboutStamp = tuple[str, str, bytes]
# Whom a request was for, who sent it, and the sender's number of it.
RefKey = tuple[str, str, str]


class ChainRow(NamedTuple):
    """An entry with its fact, as a chain is walked."""

    sequence: int
    hash: bytes
    signature: bytes | None
    position: int
    id: bytes
    raw: bytes


class HistoryRow(NamedTuple):
    """An entry of a fact about a subject, with the fact."""

    stamp: bytes
    channel: int
    position: int
    raw: bytes


# Rows that have one of the values in at least one of the columns; no column, no row.
AnyOf = Sequence[tuple[str, Collection[str]]]


class Store(Protocol):
    """Where a journal is kept."""

    # Commits that were promised and could not be read when the store opened; zero when all is well.
    lost_commits: int

    def begin(self) -> None:
        """Start a transaction, with the right to write."""

    def commit(self) -> None:
        """Make the transaction durable; when this returns, the disk has it."""

    def rollback(self) -> None:
        """Undo the transaction; harmless when an error has already undone it."""

    def last_position(self) -> int:
        """The position of the newest fact; zero in an empty journal."""

    def facts_with(self, fact_ids: Sequence[bytes]) -> list[FactRow]:
        """The facts with these ids; two nodes may have told two with one id."""

    def facts_after(self, position: int, limit: int) -> list[FactRow]:
        """The next facts in the order in which they were learnt."""

    def chain(self, channel: int, first: int, limit: int) -> list[ChainRow]:
        """Entries of a channel with their facts, from a number on."""

    def entry(self, channel: int, sequence: int) -> EntryRow | None:
        """One entry."""

    def head(self, channel: int) -> EntryRow | None:
        """The last entry of a channel."""

    def history(self, owner: str, subject: str) -> list[HistoryRow]:
        """Every entry of every fact of an owner about a subject, in the owner's order."""

    def history_end(self, owner: str, subject: str, limit: int) -> list[HistoryRow]:
        """The last entries of it; all of them where the owner's order is not that of its clock."""

    def newest_stamps(self, subjects: Sequence[tuple[str, str]]) -> list[AboutStamp]:
        """The stamp of each owner's last fact about each subject, where there is one."""

    def subjects_after(self, owner: str, subject: str, limit: int) -> list[tuple[str, str]]:
        """The next pairs of owner and subject, in order."""

    def refs(self, keys: Sequence[RefKey]) -> list[RefRow]:
        """The facts that came of numbered requests."""

    def add_facts(self, rows: Sequence[FactRow]) -> None:
        """Keep facts; a taken position is an error."""

    def add_entries(self, rows: Sequence[EntryRow]) -> None:
        """Keep entries; a taken number is an error."""

    def add_abouts(self, rows: Sequence[AboutRow]) -> None:
        """Keep what facts are about."""

    def add_refs(self, rows: Sequence[RefRow]) -> None:
        """Keep which request facts came of."""

    def all_abouts(self) -> Iterator[AboutRow]:
        """Everything that facts are about."""

    def all_refs(self) -> Iterator[RefRow]:
        """Every fact that came of a numbered request."""

    def clear_indexes(self) -> None:
        """Forget abouts and refs, to be told anew."""

    def integrity(self) -> list[str]:
        """What is wrong with the file itself; empty when nothing is."""

    def make_tables(self, tables: Sequence[Table]) -> None:
        """Make tables, inside the transaction when there is one."""

    def drop_tables(self, names: Sequence[str]) -> None:
        """Drop tables with all their rows."""

    def table_names(self) -> list[str]:
        """The plain tables that exist."""

    def row(self, table: Table, key: Key) -> Row | None:
        """The row with this key."""

    def rows(
        self,
        table: Table,
        where: Mapping[str, Value],
        *,
        any_of: AnyOf | None = None,
        at_most: tuple[str, int] | None = None,
        limit: int | None = None,
    ) -> list[Row]:
        """The rows with these values, ordered by the key or by the bounded column."""

    def put(self, table: Table, rows: Sequence[Row]) -> None:
        """Keep whole rows in place of those with the same keys."""

    def remove(self, table: Table, keys: Sequence[Key]) -> None:
        """Remove the rows with these keys."""
