# SPDX-License-Identifier: Apache-2.0
"""Real files: what is acknowledged is left behind at every crash point, and without flushes not."""

import random
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from tests.storm.crashing import CrashingDisk
from tests.storm.disk import PowerLost, abandon

POINTS = 200


def open_rows(
    path: Path, vfs: str | None = None, synchronous: str = "FULL", *, exclusive: bool = False
) -> apsw.Connection:
    connection = apsw.Connection(str(path), vfs=vfs)
    try:
        if exclusive:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE").fetchall()
        connection.execute(f"PRAGMA synchronous={synchronous}").fetchall()
        assert connection.execute("PRAGMA journal_mode=WAL").get == "wal"
        connection.execute("PRAGMA wal_autocheckpoint=8").fetchall()
        connection.execute("CREATE TABLE IF NOT EXISTS fact (n INTEGER PRIMARY KEY, body BLOB)")
    except apsw.Error:
        abandon(connection)
        raise
    return connection


def run_into_the_dark(disk: CrashingDisk, synchronous: str, *, exclusive: bool) -> int:
    """Record until the power goes; say how many rows are acknowledged by then."""
    acknowledged = 0
    connection = None
    try:
        path = disk.folder / "journal.db"
        connection = open_rows(path, disk.vfs, synchronous, exclusive=exclusive)
        while True:
            size = acknowledged * 997 % 5000
            connection.execute("INSERT INTO fact VALUES (?, randomblob(?))", (acknowledged, size))
            acknowledged += 1
    except PowerLost:
        return acknowledged
    finally:
        if connection is not None:
            abandon(connection)


def found_in(folder: Path) -> list[int] | None:
    """Give the rows that a store finds in a folder, or none at all if it is broken."""
    connection = None
    try:
        # Nothing is to survive from here on, and real flushes are what takes a test's time.
        connection = open_rows(folder / "journal.db", synchronous="OFF")
        rows = [int(n) for (n,) in connection.execute("SELECT n FROM fact ORDER BY n")]
        return rows if connection.execute("PRAGMA integrity_check").get == "ok" else None
    except apsw.Error:
        return None
    finally:
        if connection is not None:
            abandon(connection)


def crash(seed: int, folder: Path, synchronous: str) -> set[str]:
    """Run into one crash; say what became of the acknowledged rows in two ways to lose power."""
    chance = random.Random(seed)
    (folder / "live").mkdir(parents=True)
    disk = CrashingDisk("test-crashing", folder / "live", chance)
    disk.arm_crash(after_operations=chance.randint(1, 150))
    acknowledged = run_into_the_dark(disk, synchronous, exclusive=seed % 2 == 0)
    disk.leave_behind(folder / "flushed")
    disk.leave_behind(folder / "perhaps", chance)
    disk.close()
    seen = set()
    for name in ("flushed", "perhaps"):
        found = found_in(folder / name)
        if found is None:
            seen.add("broken")
        else:
            # The row under way may be there or not: nobody was told of it.
            kept = found in (list(range(acknowledged)), list(range(acknowledged + 1)))
            seen.add("kept" if kept else "lost")
    return seen


def outcomes(synchronous: str, folder: Path) -> Iterator[set[str]]:
    return (crash(seed, folder / str(seed), synchronous) for seed in range(POINTS))


def test_what_is_acknowledged_is_left_behind_at_every_crash(tmp_path: Path) -> None:
    assert all(seen == {"kept"} for seen in outcomes("FULL", tmp_path))


def test_what_is_acknowledged_is_lost_if_it_is_not_flushed(tmp_path: Path) -> None:
    assert any("lost" in seen for seen in outcomes("OFF", tmp_path))


def test_what_was_in_the_folder_before_is_left_behind_too(tmp_path: Path) -> None:
    live = tmp_path / "live"
    live.mkdir()
    (live / "key").write_bytes(b"seed")
    connection = open_rows(live / "journal.db")
    connection.execute("INSERT INTO fact VALUES (1, 'kept')")
    connection.close()
    disk = CrashingDisk("test-crashing", live, random.Random(1))
    connection = open_rows(live / "journal.db", disk.vfs)
    connection.execute("INSERT INTO fact VALUES (2, 'flushed')")
    disk.leave_behind(tmp_path / "left")
    connection.close()
    disk.close()
    assert (tmp_path / "left" / "key").read_bytes() == b"seed"
    left = open_rows(tmp_path / "left" / "journal.db")
    assert left.execute("SELECT n FROM fact").fetchall() == [(1,), (2,)]
    left.close()


def test_a_file_outside_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "live").mkdir()
    disk = CrashingDisk("test-crashing", tmp_path / "live", random.Random(1))
    with pytest.raises(apsw.CantOpenError):
        apsw.Connection(str(tmp_path / "elsewhere.db"), vfs=disk.vfs)
    disk.close()
