# SPDX-License-Identifier: Apache-2.0
"""Opening one world of a data folder: to write, as the only one, or beside whoever writes."""

import fcntl
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import apsw

from bavn.journal.catalogue import Catalogue
from bavn.journal.journal import Journal, Machine
from bavn.journal.react import Reactor
from bavn.journal.record import Identity, Record
from bavn.journal.roster import Roster
from bavn.journal.stores.sqlite import SqliteStore, open_store
from bavn.journal.vault import Vault
from bavn.kernel.identity import REAL, World
from bavn.kernel.mandate import May, owner_may
from bavn.runtime import clock
from bavn.runtime.erasures import ListedKeys
from bavn.runtime.folder import Folder, make_folder, make_private_file
from bavn.runtime.halt import halt
from bavn.runtime.reserve import DiskReserve, WithoutReserve
from bavn.runtime.vault_keys import FileKeys

# `writer_of` looks at the lock by taking it for a moment; who wants to write tries for this long.
LOCK_TRIES = 20
LOCK_PAUSE_S = 0.02


class WriterLock:
    """Held by the one process that writes in a world of this folder."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        for _ in range(LOCK_TRIES):
            if _locked(self._file, fcntl.LOCK_EX):
                os.ftruncate(self._file, 0)
                os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)
                return
            clock.wait(LOCK_PAUSE_S)
        pid = _pid_in(self._file)
        os.close(self._file)
        raise halt(
            "another_writer",
            f"Process {pid} is writing here, and only one may at a time.",
            "Stop that process first, or wait until it is done.",
            pid=pid,
        )

    def release(self) -> None:
        """Let another process write."""
        os.ftruncate(self._file, 0)
        os.close(self._file)


def writer_of(folder: Folder, world: World) -> str:
    """The number of the process that writes in a world; empty when none does."""
    try:
        file = os.open(folder.lock_path(world), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return ""
    try:
        return "" if _locked(file, fcntl.LOCK_SH) else _pid_in(file)
    finally:
        os.close(file)


def _locked(file: int, how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pid_in(file: int) -> str:
    return os.pread(file, 32, 0).decode("ascii", "replace").strip() or "?"


class _Closed:
    """Something that is closed at the end of a `with`, whatever happened in it."""

    __slots__ = ()

    def close(self) -> None:
        """Let go of what is held."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@dataclass(slots=True)
class Opened(_Closed):
    """A world that is open to write; close it, or use it as a context."""

    folder: Folder
    world: World
    journal: Journal
    reserve: DiskReserve | WithoutReserve
    keys: ListedKeys
    may: May
    _store: SqliteStore
    _lock: WriterLock

    def close(self) -> None:
        """Let go of the files and of the right to write."""
        self._store.close()
        self.keys.close()
        self.reserve.close()
        self._lock.release()


def identity_in(folder: Folder, world: World) -> Identity:
    """Which node this folder is of, and its key in a world."""
    return Identity(folder.roster_file().node, world, folder.signing_key(world))


def open_to_write(
    folder: Folder,
    world: World,
    catalogue: Catalogue,
    *,
    may: May = owner_may,
    make: bool = False,
) -> Opened:
    """The world, open to write: erasures are carried out before anything can be read.

    Halts when another process is writing; StoreBroken when the file is not what it should be.
    """
    identity, roster = identity_in(folder, world), folder.roster_file().roster(world)
    if make:
        make_folder(folder.world_path(world))
    else:
        _check_files(folder, world)
    lock = WriterLock(folder.lock_path(world))
    closing = [lock.release]
    try:
        for path in _files(folder, world):
            make_private_file(path)
        keys = ListedKeys(folder.vault_path(world), world, folder.erasures)
        closing.append(keys.close)
        keys.erase_listed()
        reserve = _reserve(folder, world)
        closing.append(reserve.close)
        store = open_store(str(folder.journal_path(world)))
        closing.append(store.close)
        reserve.refill()
        machine = Machine(now=clock.now, entropy=clock.entropy, reserve=reserve)
        journal = Journal.open(
            store,
            identity=identity,
            roster=roster,
            catalogue=catalogue,
            keys=keys,
            may=may,
            machine=machine,
        )
    except BaseException:
        for close in reversed(closing):
            with suppress(apsw.Error):
                close()
        raise
    return Opened(folder, world, journal, reserve, keys, may, store, lock)


def _files(folder: Folder, world: World) -> tuple[Path, Path]:
    return folder.vault_path(world), folder.journal_path(world)


def _check_files(folder: Folder, world: World) -> None:
    """Halt where a file is gone.

    A node that began an empty record under its old name would tell its old numbers twice.
    """
    for path in _files(folder, world):
        if not path.exists():
            raise halt(
                "file_missing",
                f"{path} is missing.",
                "See that the disk is mounted; else put a backup in place with `bavn restore`.",
                path=path,
            )


def _reserve(folder: Folder, world: World) -> DiskReserve | WithoutReserve:
    if world == REAL:
        return DiskReserve(folder.reserve_path)
    return WithoutReserve(folder.path)


@dataclass(slots=True)
class Beside(_Closed):
    """A world as it was at one instant, read beside whoever writes."""

    record: Record
    vault: Vault
    reactor: Reactor
    keys: FileKeys
    _store: SqliteStore

    def close(self) -> None:
        """Let go of the files."""
        self._store.close()
        self.keys.close()


def open_beside(folder: Folder, world: World, catalogue: Catalogue) -> Beside:
    """The world as it is at this instant, to read only.

    The writer goes on meanwhile; its log grows until this is closed. StoreBroken when the file is
    not what it should be.
    """
    identity, roster = identity_in(folder, world), folder.roster_file().roster(world)
    path = folder.journal_path(world)
    _check_files(folder, world)
    keys = FileKeys(str(folder.vault_path(world)), clock.entropy, read_only=True)
    try:
        record, store = record_in(path, identity, roster, catalogue)
    except BaseException:
        keys.close()
        raise
    try:
        reserve = WithoutReserve(folder.path)
        machine = Machine(now=clock.now, entropy=clock.entropy, reserve=reserve)
        journal = Journal(record, keys, owner_may, machine)
    except BaseException:
        keys.close()
        store.close()
        raise
    return Beside(record, journal.vault, journal.reactor, keys, store)


def record_in(
    path: Path, identity: Identity, roster: Roster, catalogue: Catalogue
) -> tuple[Record, SqliteStore]:
    """The record in a file as it is at this instant, to read only."""
    store = open_store(str(path), read_only=True)
    try:
        # One read transaction for all that follows: the writer's next facts are not seen in half.
        store.connection.execute("BEGIN")
        return Record.open(store, identity, roster, catalogue), store
    except BaseException:
        store.close()
        raise
