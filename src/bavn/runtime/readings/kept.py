# SPDX-License-Identifier: Apache-2.0
"""The log of readings: who opened whose private text, about what, for what, and when.

It is a file of the node's own beside its record, written in a thread of its own: who opens a text
in the operation waits for nothing, and goes on when nothing can be written; that is counted and
said. What is opened for a purpose that a person has stated is opened when the file has it, or not
at all. The text itself is never in it.

Runbook, when `readings.not_kept` shows up in the log or on the board: the file cannot be written.
Alarms, orders and the operation's own reading go on and are counted as not kept. Oversight reads no
personal data meanwhile. Look at the room on the disk and at who owns the file (`bavn doctor`); it
is tried again by itself.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import TypeVar

import apsw
import msgspec

from bavn.journal.reaction import MACHINE
from bavn.journal.reader import ReadBy
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import ms_of
from bavn.runtime import clock
from bavn.runtime.folder import make_private_file
from bavn.runtime.log import log_error

T = TypeVar("T")
SCHEMA = """
CREATE TABLE IF NOT EXISTS reading (
    window INTEGER NOT NULL,
    organisation TEXT NOT NULL,
    function TEXT NOT NULL,
    account TEXT NOT NULL,
    owner TEXT NOT NULL,
    subject TEXT NOT NULL,
    purpose TEXT NOT NULL,
    is_stated INTEGER NOT NULL,
    first_at_ms INTEGER NOT NULL,
    last_at_ms INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (window, organisation, function, account, owner, subject, purpose, is_stated)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS reading_last ON reading (last_at_ms);
CREATE TABLE IF NOT EXISTS lost (at_ms INTEGER NOT NULL, count INTEGER NOT NULL) STRICT;
"""
_PUT = """
INSERT INTO reading VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    first_at_ms = min(first_at_ms, excluded.first_at_ms),
    last_at_ms = max(last_at_ms, excluded.last_at_ms),
    count = count + excluded.count
"""
# Who opens the texts about something again within so long reads them once: a page that shows fifty
# of them, and loads itself anew with all that happens, is one line.
ONCE_MS = 15 * 60 * 1000
# As long as no country says otherwise.
KEPT_DAYS = 365
# The disk is for alarms first: some 300 MB, more than a large centre reads in years.
LINES_LIMIT = 2_000_000
# What waits for a file that cannot be written; beyond that it is counted and not kept.
WAITING_LIMIT = 10_000
RETRY_S = 10.0
TRIM_S = 3_600.0
# How long the one who shows the log at a terminal may hold up who writes it.
BUSY_MS = 2_000
SHOWN_LIMIT = 10_000
# Whose own reading it is where no person and no token asked.
BY_MACHINE = "machine"

Key = tuple[int, str, str, str, str, str, str, bool]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody has opened private texts about one subject within a quarter of an hour."""

    organisation: OrganisationId
    function: str
    account: str
    owner: OrganisationId
    subject: str
    purpose: str
    is_stated: bool
    first_at_ms: int
    last_at_ms: int
    count: int


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries: by whom, at whose organisation (who reads or whose it is), for what, when."""

    account: str = ""
    organisation: str = ""
    function: str = ""
    purpose: str = ""
    subject: str = ""
    from_ms: int = 0
    until_ms: int = 2**62


class ReadingLog:
    """The log of one world of a node; made in the loop that it serves, opened when it is used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kept_days = KEPT_DAYS
        # How many readings were never kept, and what stands in the way now.
        self.lost_count = 0
        self.fault = ""
        self.fault_since: datetime | None = None
        self._db: apsw.Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="readings")
        self._lock = Lock()
        self._waiting: dict[Key, tuple[int, int, int]] = {}
        self._is_coming = False
        self._tried_s = self._trimmed_s = -TRIM_S
        self._lost_untold = 0

    def note(self, by: ReadBy | None, owner: OrganisationId, key: str) -> None:
        """Have a reading kept soon; never waits, and never raises."""
        line, at_ms = self._line(by, owner, key)
        with self._lock:
            found = self._waiting.get(line)
            if found is None and len(self._waiting) >= WAITING_LIMIT:
                self.lost_count += 1
                self._lost_untold += 1
                return
            first, _, count = found or (at_ms, at_ms, 0)
            self._waiting[line] = (first, at_ms, count + 1)
            rests = bool(self.fault) and clock.seconds() - self._tried_s < RETRY_S
            if self._is_coming or rests:
                return
            self._is_coming = True
        self._begin(self._write_waiting)

    async def keep(self, by: ReadBy, owner: OrganisationId, key: str) -> bool:
        """True when a reading is in the file; False where it could not be written."""
        line, at_ms = self._line(by, owner, key)
        return await self._in_thread(lambda: self._write({line: (at_ms, at_ms, 1)}))

    def keep_at_once(self, by: ReadBy, owner: OrganisationId, keys: Sequence[str]) -> bool:
        """True when these readings are in the file: for a command, which has no loop to wait in."""
        lines = [self._line(by, owner, key) for key in keys]
        return self._write({line: (at_ms, at_ms, 1) for line, at_ms in lines})

    def close_at_once(self) -> None:
        """Let go of the file, at the end of a command."""
        self._end()
        self._thread.shutdown(wait=False)

    async def entries(self, wanted: Wanted, limit: int = SHOWN_LIMIT) -> Sequence[Entry]:
        """The entries that are wanted, the latest first; raises OSError where there is no file."""
        found = await self._in_thread(lambda: self._found(wanted, limit))
        if found is None:
            raise OSError(self.fault)
        return found

    async def close(self) -> None:
        """Write what waits, and let go of the file."""
        await self._in_thread(self._end)
        self._thread.shutdown(wait=False)

    # In the thread

    def _write_waiting(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, {}
            self._is_coming = False
        if not waiting or self._write(waiting):
            return
        with self._lock:
            # What came meanwhile is put with it.
            for line, (first, last, count) in waiting.items():
                since = self._waiting.get(line, (first, last, 0))
                self._waiting[line] = (first, max(last, since[1]), count + since[2])

    def _write(self, lines: dict[Key, tuple[int, int, int]]) -> bool:
        self._tried_s = clock.seconds()
        try:
            db = self._opened()
            with db:
                db.executemany(_PUT, [(*line, *told) for line, told in lines.items()])
                lost = self._lost_untold
                if lost:
                    db.execute("INSERT INTO lost VALUES (?, ?)", (ms_of(clock.now()), lost))
            self._lost_untold -= lost
            self._trim(db)
        except (apsw.Error, OSError) as error:
            self._fail(error)
            return False
        self.fault, self.fault_since = "", None
        return True

    def _fail(self, error: Exception) -> None:
        if self.fault_since is None:
            log_error("readings.not_kept", error)
            self.fault_since = clock.now()
        self.fault = str(error) or type(error).__name__
        self._let_go()

    def _opened(self) -> apsw.Connection:
        if self._db is None:
            make_private_file(self.path)
            db = apsw.Connection(str(self.path))
            db.set_busy_timeout(BUSY_MS)
            db.pragma("journal_mode", "WAL")
            # A process that is killed loses nothing; a power cut at most the last moment.
            db.pragma("synchronous", "NORMAL")
            db.pragma("secure_delete", True)  # noqa: FBT003 - a pragma's value
            with db:
                db.execute(SCHEMA)
            self._db = db
        return self._db

    def _trim(self, db: apsw.Connection) -> None:
        """Forget what is older than is kept, and the oldest of too many."""
        if clock.seconds() - self._trimmed_s < TRIM_S:
            return
        self._trimmed_s = clock.seconds()
        oldest_ms = ms_of(clock.now() - timedelta(days=self.kept_days))
        with db:
            db.execute("DELETE FROM reading WHERE last_at_ms < ?", (oldest_ms,))
            db.execute("DELETE FROM lost WHERE at_ms < ?", (oldest_ms,))
            row = db.execute(
                "SELECT last_at_ms FROM reading ORDER BY last_at_ms DESC LIMIT 1 OFFSET ?",
                (LINES_LIMIT,),
            ).fetchone()
            if row is not None:
                db.execute("DELETE FROM reading WHERE last_at_ms <= ?", row)

    def _found(self, wanted: Wanted, limit: int) -> Sequence[Entry] | None:
        self._write_waiting()
        try:
            return entries_in(self._opened(), wanted, limit)
        except (apsw.Error, OSError) as error:
            self._fail(error)
            return None

    def _end(self) -> None:
        self._write_waiting()
        left = sum(count for _, _, count in self._waiting.values())
        if left:
            log_error("readings.lost_at_end", OSError(f"{left}: {self.fault}"))
        self._let_go()

    def _let_go(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            db.close()

    # Around it

    @staticmethod
    def _line(by: ReadBy | None, owner: OrganisationId, key: str) -> tuple[Key, int]:
        at_ms = ms_of(clock.now())
        who = by or ReadBy(organisation=owner, function=MACHINE, purpose=BY_MACHINE)
        # A key is named by its owner and by what its texts are about.
        subject = key.partition("/")[2]
        line = (
            at_ms // ONCE_MS,
            who.organisation,
            who.function,
            who.account,
            owner,
            subject,
            who.purpose,
            who.is_stated,
        )
        return line, at_ms

    def _begin(self, work: Callable[[], object]) -> None:
        try:
            self._thread.submit(work)
        except RuntimeError as error:
            # The node is closing; what is read in its last moment is told of here.
            log_error("readings.not_kept", error)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def entries_in(db: apsw.Connection, wanted: Wanted, limit: int) -> list[Entry]:
    """The entries in an open file that are wanted, the latest first."""
    where, values = ["last_at_ms >= ?", "first_at_ms < ?"], [wanted.from_ms, wanted.until_ms]
    given: list[str | int] = [*values]
    for name in ("account", "function", "purpose", "subject"):
        value = getattr(wanted, name)
        if value:
            where.append(f"{name} = ?")
            given.append(value)
    if wanted.organisation:
        where.append("(organisation = ? OR owner = ?)")
        given += [wanted.organisation, wanted.organisation]
    names = Entry.__struct_fields__
    rows = db.execute(
        f"SELECT {', '.join(names)} FROM reading WHERE {' AND '.join(where)}"  # noqa: S608
        " ORDER BY last_at_ms DESC LIMIT ?",
        (*given, limit),
    )
    return [
        msgspec.convert(dict(zip(names, row, strict=True)), Entry, strict=False) for row in rows
    ]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The log as somebody finds it who only looks."""

    line_count: int
    oldest_at_ms: int | None
    lost_count: int


def looked_at(path: Path) -> Found | None:
    """What is in a log, touched by nobody; None where there is none yet. Raises OSError."""
    if not path.exists():
        return None
    try:
        with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as db:
            db.set_busy_timeout(BUSY_MS)
            row = db.execute(
                "SELECT count(*), min(first_at_ms), (SELECT coalesce(sum(count), 0) FROM lost)"
                " FROM reading"
            ).fetchone()
    except apsw.Error as error:
        raise OSError(str(error)) from error
    assert row is not None, "an aggregate is one row"
    return Found(line_count=row[0], oldest_at_ms=row[1], lost_count=row[2])
