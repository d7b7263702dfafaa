# SPDX-License-Identifier: Apache-2.0
"""The simulated disk keeps what was flushed, loses what was not, and can be seen to do both."""

import gc
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import apsw
import pytest

from tests.storm.disk import (
    DISK_BYTES,
    PENDING_LIMIT,
    SECTOR_BYTES,
    DiskFull,
    PowerLost,
    SimDisk,
    abandon,
    connect,
    seeded_sqlite,
)

JOURNAL = "/node/journal.db"
POINTS = 200


@contextmanager
def simulated(seed: int, vfs: str = "test-disk") -> Iterator[SimDisk]:
    disk = SimDisk(vfs, random.Random(seed))
    try:
        yield disk
    finally:
        disk.close()


@pytest.fixture
def disk() -> Iterator[SimDisk]:
    with simulated(seed=7) as simulated_disk:
        yield simulated_disk


def opened(disk: SimDisk, synchronous: str = "FULL") -> apsw.Connection:
    """Open a table of rows whose log is copied back every few commits, as it is in a long run."""
    connection = connect(JOURNAL, disk.vfs, synchronous=synchronous)
    try:
        connection.execute("PRAGMA wal_autocheckpoint=8").fetchall()
        connection.execute("CREATE TABLE IF NOT EXISTS fact (n INTEGER PRIMARY KEY, body BLOB)")
    except apsw.Error:
        abandon(connection)
        raise
    return connection


def record(connection: apsw.Connection, n: int) -> None:
    connection.execute("INSERT INTO fact VALUES (?, randomblob(?))", (n, n * 997 % 9000))


def recorded(connection: apsw.Connection) -> list[int]:
    return [int(n) for (n,) in connection.execute("SELECT n FROM fact ORDER BY n")]


def check(connection: apsw.Connection) -> str:
    return str(connection.execute("PRAGMA integrity_check").get)


def run_into_the_dark(disk: SimDisk, first: int, synchronous: str) -> int:
    """Record until the power goes; say how many rows are acknowledged by then."""
    acknowledged = first
    connection = None
    try:
        connection = opened(disk, synchronous)
        while True:
            record(connection, acknowledged)
            acknowledged += 1
    except PowerLost:
        return acknowledged
    finally:
        if connection is not None:
            abandon(connection)


def found_after(disk: SimDisk) -> list[int] | None:
    """Give the rows that a restarted process finds, or none at all if the journal is broken."""
    connection = None
    try:
        connection = opened(disk)
        return recorded(connection) if check(connection) == "ok" else None
    except apsw.Error:
        return None
    finally:
        if connection is not None:
            abandon(connection)


def crash_thrice(disk: SimDisk, synchronous: str) -> str:
    """Run and crash three times on one disk; say what became of the acknowledged rows."""
    acknowledged = 0
    for _ in range(3):
        disk.arm_crash(after_operations=disk.chance.randint(1, 150))
        acknowledged = run_into_the_dark(disk, acknowledged, synchronous)
        disk.crash()
        found = found_after(disk)
        if found is None:
            return "broken"
        # The row under way may be there or not: nobody was told of it.
        if found not in (list(range(acknowledged)), list(range(acknowledged + 1))):
            return "lost"
        acknowledged = len(found)
    return "kept"


def outcomes(synchronous: str, *, lying: bool) -> set[str]:
    seen = set()
    for seed in range(POINTS):
        with simulated(seed) as disk:
            disk.lie_about_sync = lying
            seen.add(crash_thrice(disk, synchronous))
    return seen


def test_what_is_acknowledged_survives_every_crash() -> None:
    assert outcomes("FULL", lying=False) == {"kept"}


def test_what_is_acknowledged_is_lost_if_it_is_not_flushed() -> None:
    assert "lost" in outcomes("OFF", lying=False)


def test_what_is_acknowledged_is_lost_if_the_drive_lies() -> None:
    assert "lost" in outcomes("FULL", lying=True)


def test_a_log_that_was_not_opened_exclusively_is_refused(disk: SimDisk) -> None:
    plain = apsw.Connection(JOURNAL, vfs=disk.vfs)
    assert plain.execute("PRAGMA journal_mode=WAL").get == "delete"
    plain.close()
    opened(disk).close()
    plain = apsw.Connection(JOURNAL, vfs=disk.vfs)
    with pytest.raises(apsw.CantOpenError):
        plain.execute("SELECT n FROM fact").fetchall()
    plain.close()


def test_a_second_process_finds_the_journal_locked(disk: SimDisk) -> None:
    first = opened(disk)
    with pytest.raises(apsw.BusyError):
        opened(disk)
    first.close()
    opened(disk).close()


def test_a_killed_process_loses_nothing_that_it_wrote(disk: SimDisk) -> None:
    connection = opened(disk, synchronous="OFF")
    for n in range(50):
        record(connection, n)
    disk.write_file("pid", b"17", durable=False)
    disk.kill()
    with pytest.raises(PowerLost):
        record(connection, 50)
    abandon(connection)
    after = opened(disk)
    assert recorded(after) == list(range(50))
    assert check(after) == "ok"
    assert disk.read_file("pid") == b"17"
    after.close()


def test_a_connection_from_before_a_crash_cannot_touch_what_came_after(disk: SimDisk) -> None:
    before, system_before = opened(disk), disk._mounted
    record(before, 0)
    disk.crash()
    after = opened(disk)
    record(after, 1)
    files = disk.files()
    abandon(before)
    with pytest.raises(PowerLost):
        system_before.xDelete(f"{JOURNAL}-wal", False)  # noqa: FBT003 (as SQLite calls it)
    assert disk.files() == files
    assert recorded(after) == [0, 1]
    after.close()


def test_everything_fails_from_the_loss_of_power_until_it_is_settled(disk: SimDisk) -> None:
    disk.write_file("key", b"old")
    connection = opened(disk)
    disk.arm_crash(after_operations=2)
    with pytest.raises(PowerLost) as loss:
        record(connection, 0)
    assert isinstance(loss.value, apsw.IOError)
    assert isinstance(loss.value, OSError)
    assert disk.lost
    for attempt in (
        lambda: record(connection, 1),
        lambda: opened(disk),
        lambda: disk.write_file("key", b"new"),
        lambda: disk.read_file("key"),
        lambda: disk.delete("key"),
        disk.kill,
    ):
        with pytest.raises(PowerLost):
            attempt()
    abandon(connection)
    disk.crash()
    assert disk.read_file("key") == b"old"


def test_a_full_disk_is_told_and_the_journal_goes_on_when_there_is_room(disk: SimDisk) -> None:
    connection = opened(disk)
    disk.write_file("ballast", bytes(50_000))
    disk.limit_bytes = 300_000
    acknowledged: list[int] = []

    def record_all() -> None:
        for n in range(1000):
            record(connection, n)
            acknowledged.append(n)

    with pytest.raises(apsw.FullError):
        record_all()
    with pytest.raises(DiskFull) as full:
        disk.write_file("letter", bytes(disk.free_bytes() + 1))
    assert isinstance(full.value, OSError)
    assert sum(disk.files().values()) <= 300_000
    disk.delete("ballast")
    assert disk.free_bytes() >= 50_000
    record(connection, 1000)
    assert set(recorded(connection)) >= {*acknowledged, 1000}
    disk.limit_bytes = DISK_BYTES
    record(connection, 1001)
    assert check(connection) == "ok"
    connection.close()


def test_a_full_disk_at_a_checkpoint_fails_a_statement_that_is_committed(disk: SimDisk) -> None:
    connection = opened(disk)
    connection.execute("PRAGMA wal_autocheckpoint=0").fetchall()
    for n in range(20):
        record(connection, n)
    connection.execute("PRAGMA wal_autocheckpoint=1").fetchall()
    disk.limit_bytes = sum(disk.files().values()) + 2 * 4096 + 1000
    with pytest.raises(apsw.FullError):
        connection.execute("INSERT INTO fact VALUES (99, NULL)")
    assert 99 in recorded(connection)
    abandon(connection)


@pytest.mark.parametrize("forgotten", [True, False])
def test_a_connection_to_a_dead_disk_is_closed_in_silence_unless_it_is_forgotten(
    disk: SimDisk, monkeypatch: pytest.MonkeyPatch, *, forgotten: bool
) -> None:
    told: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda hook: told.append(hook.exc_type.__name__))
    connection = opened(disk)
    disk.crash()
    if not forgotten:
        abandon(connection)
    del connection
    gc.collect()
    assert told == (["PowerLost"] if forgotten else [])


def trace(seed: int) -> tuple[dict[str, bytes], int, int]:
    chance = random.Random(seed)
    with seeded_sqlite(chance), simulated(seed) as disk:
        crash_thrice(disk, "OFF")
        return dict(disk.snapshot().files), disk.operation_count, disk.written_bytes


def test_one_seed_is_one_course_of_events_to_the_byte() -> None:
    assert trace(1) == trace(1)
    assert trace(1) != trace(2)


def test_a_large_write_can_be_torn_and_its_blocks_lost_one_by_one() -> None:
    seen = set()
    size = 64 * SECTOR_BYTES
    for seed in range(POINTS):
        with simulated(seed) as disk:
            disk.write_file("map", bytes([1]) * size)
            old = disk.find("map")
            assert old is not None
            disk.write(old, 0, bytes([2]) * size)
            disk.crash()
            left = disk.read_file("map")
        sectors = [left[at : at + SECTOR_BYTES] for at in range(0, size, SECTOR_BYTES)]
        assert all(len(set(sector)) == 1 for sector in sectors)
        seen.add(tuple(sector[0] for sector in sectors))
    whole_blocks = {tuple(s for s in left[::8] for _ in range(8)) for left in seen}
    assert {(1,) * 64, (2,) * 64} < seen
    assert seen - whole_blocks  # cut inside a block
    blocks = [[sum(left[at : at + 8]) for at in range(0, 64, 8)] for left in seen]
    assert any(8 in left and 16 in left[left.index(8) :] for left in blocks)  # new after old


def test_a_side_file_is_old_or_new_after_a_crash_and_new_once_it_is_written() -> None:
    seen = set()
    for seed in range(POINTS):
        with simulated(seed) as disk:
            disk.write_file("key", b"old" * 5000)
            disk.arm_crash(after_operations=1 + seed % 2)
            with pytest.raises(PowerLost):
                disk.write_file("key", b"new" * 5000)
            disk.crash()
            seen.add(disk.read_file("key"))
            disk.write_file("key", b"newest")
            disk.crash()
            assert disk.read_file("key") == b"newest"
    assert seen == {b"old" * 5000, b"new" * 5000}


def test_a_name_that_was_not_flushed_may_or_may_not_be_there() -> None:
    created, deleted = set(), set()
    for seed in range(40):
        with simulated(seed) as disk:
            disk.write_file("/a/old", b"x")
            disk.delete("/a/old", durable=False)
            disk.write_file("/b/new", b"x", durable=False)
            disk.crash()
            created.add("/b/new" in disk.files())
            deleted.add("/a/old" in disk.files())
    assert created == deleted == {True, False}


def test_an_old_image_comes_back_whole(disk: SimDisk) -> None:
    connection = opened(disk)
    record(connection, 0)
    image = disk.snapshot()
    record(connection, 1)
    disk.write_file("later", b"x")
    disk.restore(image)
    abandon(connection)
    assert disk.snapshot() == image
    connection = opened(disk)
    assert recorded(connection) == [0]
    connection.close()


def test_a_flipped_bit_is_one_bit_and_stays(disk: SimDisk) -> None:
    disk.write_file("key", bytes(100))
    offset = disk.flip("key")
    disk.crash()
    rotten = disk.read_file("key")
    assert rotten[offset].bit_count() == 1
    assert sum(rotten) == rotten[offset]


def test_bytes_are_found_wherever_a_file_holds_them(disk: SimDisk) -> None:
    connection = opened(disk)
    connection.execute("INSERT INTO fact VALUES (1, ?)", (b"a name and an address",))
    disk.write_file("letter", b"a name and more")
    letter = disk.find("letter")
    assert letter is not None
    disk.write(letter, 0, b"blackened")  # not flushed: the old bytes are still on the platter
    assert disk.search(b"a name and") == ["/letter", f"{JOURNAL}-wal"]
    assert disk.search(b"nobody") == []
    connection.close()


def test_what_is_never_flushed_is_written_back_at_last(disk: SimDisk) -> None:
    disk.lie_about_sync = True
    disk.write_file("log", b"")
    file = disk.find("log")
    assert file is not None
    for at in range(3 * PENDING_LIMIT):
        disk.write(file, at, b"x")
    assert len(file.pending) <= PENDING_LIMIT
    assert len(file.durable) + len(file.pending) >= 3 * PENDING_LIMIT


def test_two_disks_cannot_have_one_name(disk: SimDisk) -> None:
    with pytest.raises(ValueError, match="already there"):
        SimDisk(disk.vfs, random.Random(1))
