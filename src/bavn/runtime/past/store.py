# SPDX-License-Identifier: Apache-2.0
"""The history as a file of its own, beside the record and never in it.

A file never changes once it is in place: each import makes another of the same name, which whoever
reads sees by its number on the disk. What is asked for often lies ready: how many turn-outs each
hour of the week brought, by service and type.
"""

import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from bavn.kernel.identity import World
from bavn.runtime.folder import Folder
from bavn.runtime.log import log_error

FILE = "past.db"
# Of another number than this it is read by nobody: it is imported anew.
FORMAT = 1
WEEK_HOURS = 168
SCHEMA = """
CREATE TABLE imports (
  source INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, file TEXT NOT NULL, run INTEGER NOT NULL,
  imported_at TEXT NOT NULL, fault_count INTEGER NOT NULL, is_synthetic INTEGER NOT NULL
) STRICT;
CREATE TABLE turnouts (
  key INTEGER PRIMARY KEY, source INTEGER NOT NULL, run INTEGER NOT NULL, content INTEGER NOT NULL,
  at INTEGER NOT NULL, hour INTEGER NOT NULL, service TEXT NOT NULL, type TEXT NOT NULL,
  municipality TEXT NOT NULL, east_km INTEGER, north_km INTEGER, outcome TEXT NOT NULL,
  station TEXT NOT NULL, vehicles INTEGER, turnout_s INTEGER, drive_s INTEGER, response_s INTEGER
) STRICT;
CREATE TABLE hourly (
  week_hour INTEGER NOT NULL, service TEXT NOT NULL, type TEXT NOT NULL, week INTEGER NOT NULL,
  count INTEGER NOT NULL, PRIMARY KEY (week_hour, service, type, week)
) STRICT, WITHOUT ROWID;
CREATE TABLE weekly (
  service TEXT NOT NULL, week INTEGER NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (service, week)
) STRICT, WITHOUT ROWID;
"""
# Made anew when an import ends; an hour of the local clock is in a week that begins on a Monday.
SUMMED = """
DELETE FROM hourly;
DELETE FROM weekly;
INSERT INTO hourly SELECT hour % 168, service, type, hour / 168, count(*)
  FROM turnouts GROUP BY 1, 2, 3, 4;
INSERT INTO weekly SELECT service, week, sum(count) FROM hourly GROUP BY 1, 2;
"""


def past_path(data: Path, world: World) -> Path:
    """Where a world's history lies in a data folder."""
    return Folder(data).world_path(world) / FILE


class Import(NamedTuple):
    """One list that was imported, and what of it is in the file."""

    name: str
    file: str
    imported_at: datetime
    row_count: int
    fault_count: int
    first_at: int
    last_at: int
    is_synthetic: bool


class Told(NamedTuple):
    """How many turn-outs of one type a service had in one hour of one week."""

    service: str
    type: str
    week: int
    turnout_count: int


class PastFile:
    """The history of a world, as far as it was imported; none finds nothing, and never raises."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._mark: tuple[int, int, int] | None = None
        self._open: apsw.Connection | None = None

    def mark(self) -> tuple[int, int, int] | None:
        """What differs whenever another file lies there; None where there is none."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def imports(self) -> Sequence[Import]:
        """The lists that were imported, in their order."""
        rows = self._rows(
            "SELECT i.name, i.file, i.imported_at, count(t.key), i.fault_count,"
            " coalesce(min(t.at), 0), coalesce(max(t.at), 0), i.is_synthetic"
            " FROM imports i LEFT JOIN turnouts t ON t.source = i.source"
            " GROUP BY i.source ORDER BY i.source"
        )
        return [
            Import(
                name, file, datetime.fromisoformat(at), count, faults, first, last, bool(made_up)
            )
            for name, file, at, count, faults, first, last, made_up in rows
        ]

    def weeks(self) -> dict[str, dict[int, int]]:
        """By service the weeks of which there are turn-outs, with how many."""
        found: dict[str, dict[int, int]] = {}
        for service, week, count in self._rows("SELECT service, week, count FROM weekly"):
            found.setdefault(service, {})[week] = count
        return found

    def hour(self, week_hour: int, first_week: int) -> Sequence[Told]:
        """What one hour of the week brought since a week; 0 is Monday's first."""
        rows = self._rows(
            "SELECT service, type, week, count FROM hourly WHERE week_hour = ? AND week >= ?",
            (week_hour, first_week),
        )
        return [Told(*row) for row in rows]

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._let_go()

    def _rows(self, query: str, given: tuple[int, ...] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                mark = self.mark()
                if mark != self._mark:
                    self._let_go()
                    # One that cannot be read is tried once, and again when it has been exchanged.
                    self._mark = mark
                    if mark is not None:
                        self._open = opened(self._path)
                return [] if self._open is None else list(self._open.execute(query, given))
            except Exception as error:  # noqa: BLE001 - a broken history must not break the picture
                log_error("past.not_read", error)
                return []

    def _let_go(self) -> None:
        if self._open is not None:
            self._open.close()
        self._open = self._mark = None


def opened(path: Path) -> apsw.Connection:
    """A history's file, to be read: it never changes, so no lock is asked for."""
    connection = apsw.Connection(
        f"{path.resolve().as_uri()}?immutable=1",
        flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI,
    )
    try:
        if connection.pragma("user_version") != FORMAT:
            raise apsw.NotADBError(f"{path.name} is of another form; import it anew")
    except apsw.Error:
        connection.close()
        raise
    return connection
