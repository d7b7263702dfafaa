# SPDX-License-Identifier: Apache-2.0
"""Opening the file: which SQLite, which settings, and what is refused."""

from hashlib import sha256
from pathlib import Path

import apsw

from bavn.journal.store import StoreBroken
from bavn.journal.stores.sqlite.log import unreachable_commits
from bavn.journal.stores.sqlite.sql import JOURNAL_SCHEMA
from bavn.journal.stores.sqlite.store import SqliteStore, in_our_words

# Older versions can lose committed pages when a log is reset while another connection checkpoints.
SQLITE_VERSION_LEAST = (3, 51, 3)
SCHEMA_VERSION = 1
APPLICATION_ID = int.from_bytes(b"Bavn")

# Rather wait for a reader's lock than fail; a reader holds one for milliseconds.
BUSY_MS = 5_000
CACHE_KIB = 32 * 1024


def open_store(path: str, *, vfs: str | None = None, read_only: bool = False) -> SqliteStore:
    """The store in this file, made when it does not exist.

    Raises StoreBroken when the file is not one of ours.

    A `vfs` is another way to the disk than the system's. It has no shared memory, so the file is
    then held by this one connection.
    """
    _refuse_old_sqlite()
    flags = (
        apsw.SQLITE_OPEN_READONLY
        if read_only
        else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    )
    try:
        connection = apsw.Connection(path, flags=flags, vfs=vfs)
    except apsw.Error as error:
        raise in_our_words(error) from error
    try:
        _settle(connection, exclusive=vfs is not None, read_only=read_only)
    except apsw.Error as error:
        connection.close(force=True)
        raise in_our_words(error) from error
    except BaseException:
        connection.close(force=True)
        raise
    store = SqliteStore(connection)
    if vfs is None and path != ":memory:":
        store.lost_commits = _lost_commits(connection, Path(path), keep=not read_only)
    return store


def _lost_commits(connection: apsw.Connection, path: Path, *, keep: bool) -> int:
    """How many commits a damaged log keeps from us. The log is kept before it is written to."""
    lost = unreachable_commits(connection, path)
    if lost and keep:
        log = path.with_name(path.name + "-wal")
        digest = sha256(log.read_bytes()).hexdigest()[:16]
        aside = path.with_name(f"{path.name}-damaged-log-{digest}")
        if not aside.exists():
            aside.write_bytes(log.read_bytes())
    return lost


def _refuse_old_sqlite() -> None:
    version = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))
    if version < SQLITE_VERSION_LEAST:
        msg = f"SQLite {apsw.sqlite_lib_version()} can lose data; at least 3.51.3 is needed"
        raise StoreBroken(msg)


def _settle(connection: apsw.Connection, *, exclusive: bool, read_only: bool) -> None:
    connection.set_busy_timeout(BUSY_MS)
    pragma = connection.pragma
    if exclusive and not read_only:
        # First of all: whatever reads the file before it would ask for shared memory.
        pragma("locking_mode", "EXCLUSIVE")
    pragma("trusted_schema", value=False)
    pragma("cell_size_check", value=True)
    pragma("mmap_size", 0)
    pragma("cache_size", -CACHE_KIB)
    if not read_only:
        pragma("journal_mode", "WAL")
        pragma("synchronous", "FULL")
        # The store folds the log in itself, after a commit: inside one, a full disk would turn a
        # commit that has succeeded into an error.
        pragma("wal_autocheckpoint", 0)
    _check_schema(connection, may_make=not read_only)


def _check_schema(connection: apsw.Connection, *, may_make: bool) -> None:
    version = connection.pragma("user_version")
    empty = connection.execute("SELECT count(*) FROM sqlite_schema").get == 0
    if version == 0 and empty and may_make:
        with connection:
            connection.execute(JOURNAL_SCHEMA)
            connection.pragma("application_id", APPLICATION_ID)
            connection.pragma("user_version", SCHEMA_VERSION)
        return
    if connection.pragma("application_id") != APPLICATION_ID:
        msg = "the file is a database, but not a journal of Bavn"
        raise StoreBroken(msg)
    if version != SCHEMA_VERSION:
        msg = f"the journal has schema {version}; this program reads {SCHEMA_VERSION}"
        raise StoreBroken(msg)
