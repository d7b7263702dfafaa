# SPDX-License-Identifier: Apache-2.0
"""The store itself: the port's promises as SQL on one connection."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import wraps
from itertools import chain
from operator import itemgetter
from typing import Any, TypeVar, cast

import apsw
from msgspec import json

from bavn.journal.fact import ERA_BYTES
from bavn.journal.store import (
    AboutRow,
    AboutStamp,
    AnyOf,
    ChainRow,
    EntryRow,
    FactRow,
    HistoryRow,
    RefKey,
    RefRow,
    StoreBroken,
    StoreFull,
)
from bavn.journal.stores.sqlite.sql import (
    ROWS_AT_ONCE,
    Statements,
    insert,
    make_table,
    select,
    statements_for,
)
from bavn.journal.table import Key, Row, Table, Value


def in_our_words(error: apsw.Error) -> Exception:
    """SQLite's error in the port's words. A wrong value is ours to mend and stays what it is."""
    if isinstance(error, apsw.FullError):
        return StoreFull(str(error))
    if isinstance(error, apsw.ConstraintError | apsw.MismatchError):
        return error
    return StoreBroken(f"{type(error).__name__}: {error}")


# The log is folded into the file when it has grown to this many pages (16 MiB).
LOG_PAGES_LIMIT = 4_096

M = TypeVar("M", bound=Callable[..., Any])


def _translated(method: M) -> M:
    @wraps(method)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except apsw.Error as error:
            raise in_our_words(error) from error
        except UnicodeDecodeError as error:
            raise StoreBroken(f"a text in the file is damaged: {error}") from error

    return cast("M", wrapped)


class SqliteStore:
    """A journal in one SQLite file; used by one thread at a time."""

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection
        self._cursor = connection.cursor()
        self._by_table: dict[str, Statements] = {}
        self._log_pages = 0
        # Commits that lie behind a damaged place in the log and could not be read when it opened.
        self.lost_commits = 0
        connection.set_wal_hook(self._note_log)

    def close(self) -> None:
        """Let go of the file. What was committed is in it."""
        self.connection.close()

    @_translated
    def begin(self) -> None:
        """Start a transaction, with the right to write."""
        self._cursor.execute("BEGIN IMMEDIATE")

    @_translated
    def commit(self) -> None:
        """Make the transaction durable; when this returns, the disk has it."""
        self._cursor.execute("COMMIT")
        if self._log_pages >= LOG_PAGES_LIMIT:
            self._fold_log()

    def _note_log(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self._log_pages = pages
        return apsw.SQLITE_OK

    def _fold_log(self) -> None:
        """Fold the write-ahead log into the file, as far as readers and room on the disk allow."""
        with suppress(apsw.FullError, apsw.BusyError):
            self.connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)

    @_translated
    def rollback(self) -> None:
        """Undo the transaction; harmless when an error has already undone it."""
        if self.connection.in_transaction:
            self._cursor.execute("ROLLBACK")

    # Facts and entries

    @_translated
    def last_position(self) -> int:
        """The position of the newest fact; zero in an empty journal."""
        return self._number("SELECT max(position) FROM fact") or 0

    @_translated
    def fact(self, fact_id: bytes) -> FactRow | None:
        """The fact with this id."""
        found = self._cursor.execute(
            "SELECT position, id, raw, heard_at_ms FROM fact WHERE id = ?", (fact_id,)
        ).fetchone()
        return found and FactRow(*found)

    @_translated
    def facts_with(self, fact_ids: Sequence[bytes]) -> list[FactRow]:
        """The facts with these ids; two nodes may have told two with one id."""
        sql = (
            "SELECT position, fact.id, raw, heard_at_ms"
            " FROM json_each(?) JOIN fact ON fact.id = unhex(value)"
        )
        wanted = json.encode([fact_id.hex() for fact_id in fact_ids]).decode()
        return [FactRow(*row) for row in self._cursor.execute(sql, (wanted,))]

    @_translated
    def facts_after(self, position: int, limit: int) -> list[FactRow]:
        """The next facts in the order in which they were learnt."""
        sql = (
            "SELECT position, id, raw, heard_at_ms FROM fact"
            " WHERE position > ? ORDER BY position LIMIT ?"
        )
        return [FactRow(*row) for row in self._cursor.execute(sql, (position, limit))]

    @_translated
    def chain(self, channel: int, first: int, limit: int) -> list[ChainRow]:
        """Entries of a channel with their facts, from a number on."""
        sql = (
            "SELECT sequence, hash, signature, entry.position,"
            " coalesce(id, x''), coalesce(raw, x'')"
            " FROM entry LEFT JOIN fact ON fact.position = entry.position"
            " WHERE channel = ? AND sequence >= ? ORDER BY sequence LIMIT ?"
        )
        return [ChainRow(*row) for row in self._cursor.execute(sql, (channel, first, limit))]

    @_translated
    def entry(self, channel: int, sequence: int) -> EntryRow | None:
        """One entry."""
        return self._entry("sequence = ?", (channel, sequence))

    @_translated
    def head(self, channel: int) -> EntryRow | None:
        """The last entry of a channel."""
        return self._entry("true ORDER BY sequence DESC LIMIT 1", (channel,))

    def _entry(self, condition: str, values: tuple[int, ...]) -> EntryRow | None:
        sql = (
            "SELECT channel, sequence, position, hash, signature FROM entry"  # noqa: S608
            f" WHERE channel = ? AND {condition}"
        )
        found = self._cursor.execute(sql, values).fetchone()
        return found and EntryRow(*found)

    def _number(self, sql: str, values: tuple[Value, ...] = ()) -> int | None:
        found = self._cursor.execute(sql, values).fetchone()
        return None if found is None else found[0]

    # What facts are about, and whose numbered request they came of

    @_translated
    def history(self, owner: str, subject: str) -> list[HistoryRow]:
        """Every entry of every fact of an owner about a subject, in the owner's order."""
        sql = (
            "SELECT stamp, channel, about.position, raw FROM about"
            " JOIN fact ON fact.position = about.position"
            " WHERE owner = ? AND subject = ?"
        )
        return sorted(HistoryRow(*row) for row in self._cursor.execute(sql, (owner, subject)))

    @_translated
    def history_end(self, owner: str, subject: str, limit: int) -> list[HistoryRow]:
        """The last entries of it; all of them where the owner's order is not that of its clock."""
        sql = (
            "SELECT stamp, channel, about.position, raw FROM about"
            " JOIN fact ON fact.position = about.position"
            " WHERE owner = ? AND subject = ? ORDER BY stamp DESC LIMIT ?"
        )
        rows = sorted(
            HistoryRow(*row) for row in self._cursor.execute(sql, (owner, subject, limit))
        )
        if len(rows) < limit:
            return rows
        first = "SELECT min(stamp) FROM about WHERE owner = ? AND subject = ?"
        (begins,) = next(iter(self._cursor.execute(first, (owner, subject))))
        # Before the clock a stamp has the epoch and the incarnation: under others it began anew.
        is_one = begins[:ERA_BYTES] == rows[0].stamp[:ERA_BYTES]
        return rows if is_one else self.history(owner, subject)

    @_translated
    def newest_stamps(self, subjects: Sequence[tuple[str, str]]) -> list[AboutStamp]:
        """The stamp of each owner's last fact about each subject, where there is one."""
        # The last of each is looked up by itself: a join would walk through all that was ever told
        # about it.
        sql = (
            "SELECT * FROM (SELECT value ->> 0 AS ours, value ->> 1 AS it, (SELECT max(stamp)"
            " FROM about WHERE owner = value ->> 0 AND subject = value ->> 1) AS stamp"
            " FROM json_each(?)) WHERE stamp IS NOT NULL"
        )
        return list(self._cursor.execute(sql, (json.encode(subjects).decode(),)))

    @_translated
    def subjects_after(self, owner: str, subject: str, limit: int) -> list[tuple[str, str]]:
        """The next pairs of owner and subject, in order."""
        sql = (
            "SELECT DISTINCT owner, subject FROM about WHERE (owner, subject) > (?, ?)"
            " ORDER BY owner, subject LIMIT ?"
        )
        return list(self._cursor.execute(sql, (owner, subject, limit)))

    @_translated
    def refs(self, keys: Sequence[RefKey]) -> list[RefRow]:
        """The facts that came of numbered requests."""
        sql = (
            "SELECT owner, sender, ref, position, digest FROM json_each(?) JOIN ref"
            " ON owner = value ->> 0 AND sender = value ->> 1 AND ref = value ->> 2"
        )
        return [RefRow(*row) for row in self._cursor.execute(sql, (json.encode(keys).decode(),))]

    @_translated
    def add_facts(self, rows: Sequence[FactRow]) -> None:
        """Keep facts; a taken position is an error."""
        self._insert("fact", rows)

    @_translated
    def add_entries(self, rows: Sequence[EntryRow]) -> None:
        """Keep entries; a taken number is an error."""
        self._insert("entry", rows)

    @_translated
    def add_abouts(self, rows: Sequence[AboutRow]) -> None:
        """Keep what facts are about."""
        self._insert("about", rows)

    @_translated
    def add_refs(self, rows: Sequence[RefRow]) -> None:
        """Keep which request facts came of."""
        self._insert("ref", rows)

    def _insert(self, table: str, rows: Sequence[tuple[Value, ...]]) -> None:
        whole = len(rows) - len(rows) % ROWS_AT_ONCE
        if whole:
            values = list(chain.from_iterable(rows[:whole]))
            step = ROWS_AT_ONCE * len(rows[0])
            self._cursor.executemany(
                insert(table, len(rows[0]), ROWS_AT_ONCE),
                [values[at : at + step] for at in range(0, len(values), step)],
            )
        if whole < len(rows):
            self._cursor.executemany(insert(table, len(rows[0])), rows[whole:])

    def all_abouts(self) -> Iterator[AboutRow]:
        """Everything that facts are about."""
        return map(
            AboutRow._make, self._all("SELECT owner, subject, stamp, channel, position FROM about")
        )

    def all_refs(self) -> Iterator[RefRow]:
        """Every fact that came of a numbered request."""
        return map(RefRow._make, self._all("SELECT owner, sender, ref, position, digest FROM ref"))

    def _all(self, sql: str) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self.connection.execute(sql)
        except apsw.Error as error:
            raise in_our_words(error) from error
        except UnicodeDecodeError as error:
            raise StoreBroken(f"a text in the file is damaged: {error}") from error

    @_translated
    def clear_indexes(self) -> None:
        """Forget what facts are about and whose requests they came of, to be told anew."""
        self._cursor.execute("DELETE FROM about; DELETE FROM ref")

    @_translated
    def integrity(self) -> list[str]:
        """What SQLite finds wrong with the file itself."""
        try:
            found = [text for (text,) in self._cursor.execute("PRAGMA integrity_check(100)")]
        except (apsw.CorruptError, apsw.NotADBError) as error:
            found = [str(error)]
        lost = [f"the log is damaged: {self.lost_commits} commits cannot be read"]
        return ([] if found == ["ok"] else found) + (lost if self.lost_commits else [])

    # Plain tables

    def _statements(self, table: Table) -> Statements:
        found = self._by_table.get(table.name)
        if found is None:
            found = self._by_table[table.name] = statements_for(table)
        return found

    @_translated
    def make_tables(self, tables: Sequence[Table]) -> None:
        """Make tables, inside the transaction when there is one."""
        for table in tables:
            self._cursor.execute(make_table(table))

    @_translated
    def drop_tables(self, names: Sequence[str]) -> None:
        """Drop tables with all their rows."""
        for name in names:
            self._cursor.execute(f'DROP TABLE "{name}"')

    @_translated
    def table_names(self) -> list[str]:
        """The plain tables that exist."""
        sql = (
            "SELECT name FROM sqlite_schema WHERE type = 'table'"
            " AND name NOT IN ('fact', 'entry', 'about', 'ref') ORDER BY name"
        )
        return [name for (name,) in self._cursor.execute(sql)]

    @_translated
    def row(self, table: Table, key: Key) -> Row | None:
        """The row with this key."""
        found = self._cursor.execute(self._statements(table).row, key).fetchone()
        return None if found is None else dict(zip(table.column_names, found, strict=True))

    @_translated
    def rows(
        self,
        table: Table,
        where: Mapping[str, Value],
        *,
        any_of: AnyOf | None = None,
        at_most: tuple[str, int] | None = None,
        limit: int | None = None,
    ) -> list[Row]:
        """The rows with these values, in the order of the key, or of the bounded column."""
        sql, values = select(table, where, any_of, at_most, limit)
        names = table.column_names
        return [dict(zip(names, found, strict=True)) for found in self._cursor.execute(sql, values)]

    @_translated
    def put(self, table: Table, rows: Sequence[Row]) -> None:
        """Keep whole rows in place of those with the same keys."""
        names = table.column_names
        values = (
            map(itemgetter(*names), rows) if len(names) > 1 else ((row[names[0]],) for row in rows)
        )
        self._cursor.executemany(self._statements(table).put, values)

    @_translated
    def remove(self, table: Table, keys: Sequence[Key]) -> None:
        """Remove the rows with these keys."""
        self._cursor.executemany(self._statements(table).remove, keys)
