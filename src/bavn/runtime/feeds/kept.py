# SPDX-License-Identifier: Apache-2.0
"""The account of feeds as a file beside the record: counts, and rows that could not be read.

It is written in a thread of its own: who sends waits for nothing, and is answered as ever when
nothing can be written. The rows may name people: the file is its owner's alone, is in no backup,
and what is old is overwritten.

Runbook, when `feeds.not_kept` is in the log: the file cannot be written. What is sent is taken as
ever; rows that could not be read are counted as lost. Look at the room on the disk and at who owns
the file (`bavn doctor`); it is tried again by itself. A file that is damaged may be deleted while
the node is stopped: counts begin anew, and nothing else.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import TypeVar

import apsw

from bavn.frame.feeds import KeptFault
from bavn.kernel.instants import instant_of, ms_of
from bavn.runtime import clock
from bavn.runtime.folder import make_private_file
from bavn.runtime.log import log_error

T = TypeVar("T")
SCHEMA = """
CREATE TABLE IF NOT EXISTS sender (name TEXT PRIMARY KEY, says BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS fault (
    mark BLOB PRIMARY KEY, sender TEXT NOT NULL, organisation TEXT NOT NULL, sort TEXT NOT NULL,
    place TEXT NOT NULL, says TEXT NOT NULL, code TEXT NOT NULL, raw BLOB NOT NULL,
    is_cut INTEGER NOT NULL, first_at_ms INTEGER NOT NULL, last_at_ms INTEGER NOT NULL,
    count INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS fault_sender ON fault (sender, last_at_ms);
CREATE INDEX IF NOT EXISTS fault_last ON fault (last_at_ms);
CREATE TABLE IF NOT EXISTS dropped (at_ms INTEGER NOT NULL, count INTEGER NOT NULL) STRICT;
"""
_PUT = """
INSERT INTO fault VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET last_at_ms = max(last_at_ms, excluded.last_at_ms),
    count = count + excluded.count
"""
_COLUMNS = (
    "sender, organisation, sort, place, says, code, raw, is_cut, first_at_ms, last_at_ms, count"
)
# As long as no country says otherwise: a fault is seen to within days, and the row names people.
KEPT_DAYS = 14
# Of one sender, so that one that is all wrong hides no other; and of all: some 20 MB of 4 kB rows.
SENDER_ROWS_LIMIT, ROWS_LIMIT = 500, 5_000
# What waits for the thread; beyond that a row is counted as lost.
WAITING_LIMIT = 2_000
RETRY_S = 10.0
BUSY_MS = 2_000
TRIM_S = 3_600.0


class FeedFile:
    """The file of one world of a node; opened when it is used."""

    def __init__(self, path: Path, kept_days: int = KEPT_DAYS) -> None:
        self.path = path
        self.kept_days = kept_days
        # How many rows were never kept, and how many were let go of before their time.
        self.lost_count = self.dropped_count = 0
        self.fault = ""
        self._db: apsw.Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="feeds")
        self._lock = Lock()
        self._senders: dict[str, bytes | None] = {}
        self._faults: list[KeptFault] = []
        self._is_coming = False
        self._tried_s = -RETRY_S
        self._trimmed_s = -TRIM_S

    def senders(self) -> Mapping[str, bytes]:
        """What was counted of each sender before; nothing where it cannot be read."""
        if not self.path.exists():
            return {}
        try:
            rows = self._opened().execute("SELECT name, says FROM sender").fetchall()
            row = self._opened().execute("SELECT coalesce(sum(count), 0) FROM dropped").fetchone()
        except (apsw.Error, OSError) as error:
            self._fail(error)
            return {}
        self.dropped_count = 0 if row is None else int(row[0])
        return {str(name): bytes(says) for name, says in rows if isinstance(says, bytes)}

    def save(self, name: str, says: bytes) -> None:
        """Have what is counted of a sender kept soon; never waits, and never raises."""
        with self._lock:
            self._senders[name] = says
        self._begin()

    def forget(self, name: str) -> None:
        """Have a sender forgotten."""
        with self._lock:
            self._senders[name] = None
        self._begin()

    def note(self, fault: KeptFault) -> None:
        """Have a row that could not be read kept soon; never waits, and never raises."""
        with self._lock:
            if len(self._faults) >= WAITING_LIMIT:
                self.lost_count += 1
                return
            self._faults.append(fault)
        self._begin()

    async def faults(
        self, organisations: Sequence[str], sender: str, limit: int
    ) -> Sequence[KeptFault]:
        """Those of a sender, or of all of some organisations, the latest first. Raises OSError."""
        found = await self._in_thread(lambda: self._found(organisations, sender, limit))
        if found is None:
            raise OSError(self.fault)
        return found

    async def close(self) -> None:
        """Write what waits, and let go of the file."""
        await self._in_thread(self._end)
        self._thread.shutdown(wait=False)

    # In the thread

    def _write_waiting(self) -> bool:
        with self._lock:
            senders, self._senders = self._senders, {}
            faults, self._faults = self._faults, []
            self._is_coming = False
        if not senders and not faults:
            return True
        self._tried_s = clock.seconds()
        try:
            db = self._opened()
            with db:
                gone = [(name,) for name, says in senders.items() if says is None]
                kept = [(name, says) for name, says in senders.items() if says is not None]
                db.executemany("DELETE FROM sender WHERE name = ?", gone)
                db.executemany("INSERT OR REPLACE INTO sender VALUES (?, ?)", kept)
                db.executemany(_PUT, map(_row, faults))
                self._bound(db, {each.sender for each in faults})
            self._trim(db)
        except (apsw.Error, OSError) as error:
            self._fail(error)
            self._put_back(senders, faults)
            return False
        self.fault = ""
        return True

    def _put_back(self, senders: dict[str, bytes | None], faults: list[KeptFault]) -> None:
        with self._lock:
            # What came meanwhile is newer.
            self._senders = {**senders, **self._senders}
            both = [*faults, *self._faults]
            self._faults = both[:WAITING_LIMIT]
            self.lost_count += len(both) - len(self._faults)

    def _bound(self, db: apsw.Connection, senders: set[str]) -> None:
        """Let go of the oldest of too many, and count them."""
        count = 0
        for sender in senders:
            db.execute(
                "DELETE FROM fault WHERE mark IN (SELECT mark FROM fault WHERE sender = ?"
                " ORDER BY last_at_ms DESC, mark LIMIT -1 OFFSET ?)",
                (sender, SENDER_ROWS_LIMIT),
            )
            count += db.changes()
        if senders:
            db.execute(
                "DELETE FROM fault WHERE mark IN (SELECT mark FROM fault"
                " ORDER BY last_at_ms DESC, mark LIMIT -1 OFFSET ?)",
                (ROWS_LIMIT,),
            )
            count += db.changes()
        if count:
            self.dropped_count += count
            db.execute("INSERT INTO dropped VALUES (?, ?)", (ms_of(clock.now()), count))

    def _trim(self, db: apsw.Connection) -> None:
        """Forget what is older than is kept."""
        if clock.seconds() - self._trimmed_s < TRIM_S:
            return
        self._trimmed_s = clock.seconds()
        oldest_ms = self._oldest_ms()
        with db:
            db.execute("DELETE FROM fault WHERE last_at_ms < ?", (oldest_ms,))
            db.execute("DELETE FROM dropped WHERE at_ms < ?", (oldest_ms,))
        row = db.execute("SELECT coalesce(sum(count), 0) FROM dropped").fetchone()
        self.dropped_count = 0 if row is None else int(row[0])

    def _oldest_ms(self) -> int:
        return ms_of(clock.now() - timedelta(days=self.kept_days))

    def _found(
        self, organisations: Sequence[str], sender: str, limit: int
    ) -> Sequence[KeptFault] | None:
        self._write_waiting()
        marks = ", ".join("?" * len(organisations))
        where = f"organisation IN ({marks}) AND last_at_ms >= ?"
        given: list[str | int] = [*organisations, self._oldest_ms()]
        if sender:
            where += " AND sender = ?"
            given.append(sender)
        try:
            rows = self._opened().execute(
                f"SELECT {_COLUMNS} FROM fault WHERE {where}"  # noqa: S608 - places, no values
                " ORDER BY last_at_ms DESC, mark LIMIT ?",
                (*given, limit),
            )
            return [_fault(row) for row in rows]
        except (apsw.Error, OSError) as error:
            self._fail(error)
            return None

    def _opened(self) -> apsw.Connection:
        if self._db is None:
            make_private_file(self.path)
            db = apsw.Connection(str(self.path))
            db.set_busy_timeout(BUSY_MS)
            db.pragma("journal_mode", "WAL")
            # It is an account and no record: a power cut may cost its last moment.
            db.pragma("synchronous", "NORMAL")
            db.pragma("secure_delete", True)  # noqa: FBT003 - a pragma's value
            with db:
                db.execute(SCHEMA)
            self._db = db
        return self._db

    def _fail(self, error: Exception) -> None:
        if not self.fault:
            log_error("feeds.not_kept", error)
        self.fault = str(error) or type(error).__name__
        self._let_go()

    def _end(self) -> None:
        if not self._write_waiting() and self._faults:
            log_error("feeds.lost_at_end", OSError(f"{len(self._faults)}: {self.fault}"))
        self._let_go()

    def _let_go(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            db.close()

    # Around it

    def _begin(self) -> None:
        rests = bool(self.fault) and clock.seconds() - self._tried_s < RETRY_S
        with self._lock:
            if self._is_coming or rests:
                return
            self._is_coming = True
        try:
            self._thread.submit(self._write_waiting)
        except RuntimeError as error:
            # The node is closing.
            log_error("feeds.not_kept", error)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _row(fault: KeptFault) -> tuple[str | int | bytes, ...]:
    parts = (fault.sender, fault.sort, fault.says, fault.code)
    mark = blake2b("\0".join(parts).encode("utf-8", "replace") + b"\0" + fault.raw, digest_size=16)
    return (
        mark.digest(),
        fault.sender,
        fault.organisation,
        fault.sort,
        fault.where,
        fault.says,
        fault.code,
        fault.raw,
        int(fault.is_cut),
        ms_of(fault.first_at),
        ms_of(fault.last_at),
        fault.count,
    )


def _fault(row: Sequence[object]) -> KeptFault:
    sender, organisation, sort, where, says, code, raw, is_cut, first_ms, last_ms, count = row
    return KeptFault(
        sender=str(sender),
        organisation=str(organisation),
        sort=str(sort),
        where=str(where),
        says=str(says),
        code=str(code),
        raw=raw if isinstance(raw, bytes) else b"",
        is_cut=bool(is_cut),
        first_at=_at(first_ms),
        last_at=_at(last_ms),
        count=count if isinstance(count, int) else 0,
    )


def _at(ms: object) -> datetime:
    return instant_of(ms if isinstance(ms, int) else 0)
