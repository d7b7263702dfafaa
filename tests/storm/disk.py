# SPDX-License-Identifier: Apache-2.0
"""A disk in memory that loses power, fills up, lies and rots, all from a seed.

`Drive` is the disk itself and knows nothing of SQLite; `SimDisk` shows a drive to SQLite as a VFS.
A file has *current* bytes (what the running process sees), *durable* bytes (what is on the platter)
and *pending* changes between the two. What the model assumes:

* A flush of a file makes all of its pending changes durable. The first flush of a new file also
  flushes the directory that it is in, as SQLite does for journals on unix.
* Creating and deleting are changes of the directory. They are durable after a flush of it; at a
  crash before that, each name by itself is as it was before or after.
* At a crash each block of a pending write survives or not, by chance and in any order; one survivor
  may be torn at a sector boundary. A lost write past the end may still have grown the file: zeros.
* Bytes beside a write are never hurt, even in the same sector (SQLite: "powersafe overwrite").
* A side file is written beside the old one, flushed and renamed: it needs room for both, and is
  old or new after a crash, whole. Written with `durable=False` it is renamed and never flushed.
* A full disk takes nothing of a write that does not fit. A deleted file frees its space at once;
  SQLite's temporary files take none.

What apsw adds, beyond what SQLite does on a real disk (tests/storm/test_disk.py shows each):

* An exception in a VFS method reaches whoever called SQLite as itself, so `PowerLost` and
  `DiskFull` are apsw's own errors *and* OSErrors.
* It does so even where SQLite shrugs it off. An automatic checkpoint that finds the disk full thus
  fails a statement that is committed already. An error from a commit means "unknown", never "no".
* A connection that is forgotten rather than closed tells of its dead disk through
  `sys.unraisablehook`, which pytest takes for a failure. `abandon` closes it in silence.
"""

import errno
import posixpath
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import apsw

SECTOR_BYTES = 512
"""What a drive writes whole or not at all: the smallest sector still sold."""

BLOCK_BYTES = 4096
"""What the operating system keeps or loses as one: a page of its cache."""

DISK_BYTES = 1 << 30
"""Capacity unless told otherwise: a runaway test must end before the machine's memory does."""

PENDING_LIMIT = 8192
"""Changes a file may have unflushed; the older half is then written back, as any cache does."""


class PowerLost(apsw.IOError, OSError):
    """The power is gone, or was since this handle was opened. SQLite sees SQLITE_IOERR."""

    result = extendedresult = apsw.SQLITE_IOERR

    def __init__(self) -> None:
        super().__init__(errno.EIO, "the simulated power is gone")


class DiskFull(apsw.FullError, OSError):
    """The write does not fit, and nothing of it was written. SQLite sees SQLITE_FULL."""

    result = extendedresult = apsw.SQLITE_FULL

    def __init__(self) -> None:
        super().__init__(errno.ENOSPC, "the simulated disk is full")


class _NothingToDelete(apsw.IOError):
    result, extendedresult = apsw.SQLITE_IOERR, apsw.SQLITE_IOERR_DELETE_NOENT


@dataclass(frozen=True, slots=True)
class Change:
    """One unflushed write at an offset, or (without data) the cutting of the file to that size."""

    offset: int
    data: bytes | None


@dataclass(eq=False, slots=True)
class DriveFile:
    """One file's bytes, apart from its name: it outlives its deletion while it is open."""

    path: str
    current: bytearray = field(default_factory=bytearray)
    durable: bytearray = field(default_factory=bytearray)
    pending: list[Change] = field(default_factory=list)
    entered: bool = False  # the directory's entry for it is durable
    locks: dict[object, int] = field(default_factory=dict)

    def change(self, change: Change) -> None:
        _apply(self.current, change)
        self.pending.append(change)
        if len(self.pending) > PENDING_LIMIT:
            self.write_back(PENDING_LIMIT // 2)

    def write_back(self, count: int) -> None:
        for change in self.pending[:count]:
            _apply(self.durable, change)
        del self.pending[:count]

    def survivor(self, chance: random.Random) -> bytes:
        """Give what a power loss would leave: the durable bytes and some of the pending changes."""
        image = bytearray(self.durable)
        _apply_survivors(image, self.pending, chance)
        return bytes(image)


@dataclass(frozen=True, slots=True)
class DiskImage:
    """The durable bytes of a whole drive at one moment, by path."""

    files: Mapping[str, bytes]


class Drive:
    """Files that survive a power loss only as far as they were flushed; all chance is `chance`.

    Not for threads: the order of operations is what makes a run repeatable.
    """

    def __init__(self, chance: random.Random, *, limit_bytes: int = DISK_BYTES) -> None:
        self.chance = chance
        self.limit_bytes = limit_bytes
        self.lie_about_sync = False
        self.lost = False
        self.boot = 0  # a handle of an earlier boot is dead
        self.operation_count = 0
        self.write_count = 0
        self.sync_count = 0
        self.written_bytes = 0
        self._names: dict[str, DriveFile] = {}
        self._durable_names: dict[str, DriveFile] = {}
        self._crash_at: int | None = None

    # --- faults -------------------------------------------------------------------------------

    def arm_crash(self, *, after_operations: int) -> None:
        """Lose power inside the n-th write, truncate, flush or delete from now (1: the next)."""
        if after_operations < 1:
            raise ValueError("a crash can only be armed for a coming operation")
        self._crash_at = self.operation_count + after_operations

    def crash(self, chance: random.Random | None = None) -> None:
        """Lose power (or settle a loss that was armed) and come back with what survived."""
        self.restore(self.survivors(chance or self.chance))

    def kill(self) -> None:
        """End the process but not the machine: every handle is dead, no byte is lost."""
        if self.lost:
            raise PowerLost
        self._restart()

    def flip(self, path: str, chance: random.Random | None = None) -> int:
        """Turn one bit of the file on the platter and in the cache; say the offset of its byte."""
        file = self._found(path)
        chance = chance or self.chance
        if not file.current:
            raise ValueError(f"{path} has no bytes to flip")
        offset, bit = chance.randrange(len(file.current)), 1 << chance.randrange(8)
        file.current[offset] ^= bit
        if offset < len(file.durable):
            file.durable[offset] ^= bit
        return offset

    def snapshot(self) -> DiskImage:
        """Give the durable bytes of every file: exactly what was flushed, nothing else."""
        return DiskImage({path: bytes(f.durable) for path, f in self._durable_names.items()})

    def survivors(self, chance: random.Random) -> DiskImage:
        """Give what could be left if the power went now; each call is another such future."""
        left = {}
        for path in sorted({*self._names, *self._durable_names}):
            before, after = self._durable_names.get(path), self._names.get(path)
            file = before if before is after else chance.choice((before, after))
            if file is not None:
                left[path] = file.survivor(chance)
        return DiskImage(left)

    def restore(self, image: DiskImage) -> None:
        """Put an image in place of everything, as on a new machine: every handle is dead."""
        self._names = {
            path: DriveFile(path, bytearray(data), bytearray(data), entered=True)
            for path, data in image.files.items()
        }
        self._durable_names = dict(self._names)
        self.lost = False
        self._crash_at = None
        self._restart()

    # --- looking ------------------------------------------------------------------------------

    def files(self) -> dict[str, int]:
        """Give every file's current size in bytes, by path."""
        return {path: len(self._names[path].current) for path in sorted(self._names)}

    def free_bytes(self) -> int:
        """Give what is left below the limit: none, where that was lowered under what is there."""
        return max(0, self.limit_bytes - sum(len(f.current) for f in self._names.values()))

    def search(self, needle: bytes) -> list[str]:
        """Give the paths of files that hold these bytes, as the process sees them or durably."""
        both = [*self._names.items(), *self._durable_names.items()]
        return sorted({path for path, f in both if needle in f.current or needle in f.durable})

    # --- side files ---------------------------------------------------------------------------

    def write_file(self, path: str, data: bytes, *, durable: bool = True) -> None:
        """Put a whole file in place; unless `durable` is false it is there after a crash too."""
        self._check_power()
        path = full_path(path)
        self._check_room(len(data))
        fresh = DriveFile(path)
        fresh.change(Change(0, bytes(data)))
        if not durable:
            self._names[path] = fresh
            self._written(len(data))
            return
        self._written(len(data))
        if not self.lie_about_sync:
            fresh.write_back(1)
        self._names[path] = fresh
        self._flushed()
        if not self.lie_about_sync:
            self._flush_directory(path)

    def read_file(self, path: str) -> bytes:
        """Give the current bytes of a file; FileNotFoundError where there is none."""
        self._check_power()
        return bytes(self._found(path).current)

    def delete(self, path: str, *, durable: bool = True) -> None:
        """Remove a file; unless `durable` is false it stays away after a crash too."""
        self._check_power()
        path = self._found(path).path
        del self._names[path]
        self._operate()
        if durable and not self.lie_about_sync:
            self._flush_directory(path)

    # --- what an open handle does -------------------------------------------------------------

    def find(self, path: str) -> DriveFile | None:
        self._check_power()
        return self._names.get(full_path(path))

    def create(self, path: str) -> DriveFile:
        self._check_power()
        file = DriveFile(full_path(path))
        self._names[file.path] = file
        return file

    def write(self, file: DriveFile, offset: int, data: bytes) -> None:
        growth = offset + len(data) - len(file.current)
        if growth > 0:
            self._check_room(growth)
        file.change(Change(offset, data))
        self._written(len(data))

    def truncate(self, file: DriveFile, size: int) -> None:
        self._check_room(size - len(file.current))
        file.change(Change(size, None))
        self._operate()

    def sync(self, file: DriveFile) -> None:
        self._flushed()
        if self.lie_about_sync:
            return
        file.write_back(len(file.pending))
        if not file.entered and self._names.get(file.path) is file:
            self._flush_directory(file.path)

    # --- inside -------------------------------------------------------------------------------

    def _restart(self) -> None:
        self.boot += 1
        for file in self._names.values():
            file.locks.clear()

    def _operate(self) -> None:
        """Count one operation, and lose power if it is the armed one: its change stays pending."""
        self.operation_count += 1
        if self.operation_count == self._crash_at:
            self.lost = True
            self.boot += 1
            raise PowerLost

    def _written(self, size: int) -> None:
        self.write_count += 1
        self.written_bytes += size
        self._operate()

    def _flushed(self) -> None:
        self.sync_count += 1
        self._operate()

    def _check_power(self) -> None:
        if self.lost:
            raise PowerLost

    def _check_room(self, growth: int) -> None:
        if growth > 0 and growth > self.free_bytes():
            raise DiskFull

    def _found(self, path: str) -> DriveFile:
        file = self._names.get(full_path(path))
        if file is None:
            raise FileNotFoundError(errno.ENOENT, "not on the simulated disk", path)
        return file

    def _flush_directory(self, path: str) -> None:
        folder = posixpath.dirname(path)
        for name in sorted({*self._names, *self._durable_names}):
            if posixpath.dirname(name) != folder:
                continue
            if (file := self._names.get(name)) is None:
                del self._durable_names[name]
            else:
                self._durable_names[name] = file
                file.entered = True


class SimDisk(Drive):
    """A drive that SQLite can open files on: `apsw.Connection(path, vfs=disk.vfs)`, or `connect`.

    There is no shared memory here, so a store must say `locking_mode=EXCLUSIVE` before anything
    that touches the file, then `journal_mode=WAL`. The name stays the same over every boot, but
    each boot has its own VFS behind it: a connection from before a crash can hurt nothing.
    """

    def __init__(self, vfs: str, chance: random.Random, *, limit_bytes: int = DISK_BYTES) -> None:
        super().__init__(chance, limit_bytes=limit_bytes)
        if vfs in apsw.vfs_names():
            raise ValueError(f"a disk named {vfs} is already there; close it first")
        self.vfs = vfs
        self._mounted = _SimVFS(self)

    def close(self) -> None:
        """Take the name away from SQLite; the bytes can still be looked at."""
        self._mounted.unregister()

    def _restart(self) -> None:
        super()._restart()
        self._mounted.unregister()
        self._mounted = _SimVFS(self)


class _SimVFS(apsw.VFS):
    """What SQLite asks of a file system. It has no time and no chance: a store brings its own."""

    def __init__(self, disk: SimDisk) -> None:
        self._disk = disk
        self._boot = disk.boot
        super().__init__(disk.vfs, None)

    def _alive(self) -> SimDisk:
        if self._boot != self._disk.boot:
            raise PowerLost
        return self._disk

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        disk = self._alive()
        flags[1] = flags[0]
        if name is None:
            return _SimHandle(disk, DriveFile("", entered=True))
        path = name if isinstance(name, str) else name.filename()
        file = disk.find(path)
        if file is None:
            if not flags[0] & apsw.SQLITE_OPEN_CREATE:
                raise apsw.CantOpenError(path)
            file = disk.create(path)
        return _SimHandle(disk, file)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        try:
            self._alive().delete(filename, durable=syncdir)
        except FileNotFoundError:
            raise _NothingToDelete(filename) from None

    def xAccess(self, pathname: str, flags: int) -> bool:
        file = self._alive().find(pathname)
        # On unix too, SQLite takes an empty file for an absent one.
        return file is not None and (flags != apsw.SQLITE_ACCESS_EXISTS or len(file.current) > 0)

    def xFullPathname(self, name: str) -> str:
        return full_path(name)

    def xSleep(self, microseconds: int) -> int:
        return microseconds  # nobody else runs meanwhile, so a lock would not come free either

    def xGetLastError(self) -> tuple[int, str | None]:
        return 0, None


class _SimHandle(apsw.VFSFile):
    """One open file; dead from the moment the power goes, the process ends or an image returns."""

    def __init__(self, disk: SimDisk, file: DriveFile) -> None:
        # Not initialising the base class is on purpose: nothing may fall through to a real file.
        self._disk = disk
        self._file = file
        self._boot = disk.boot

    def _alive(self) -> Drive:
        if self._boot != self._disk.boot:
            raise PowerLost
        return self._disk

    def xRead(self, amount: int, offset: int) -> bytes:
        self._alive()
        return bytes(self._file.current[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:
        self._alive().write(self._file, offset, data)

    def xTruncate(self, newsize: int) -> None:
        self._alive().truncate(self._file, newsize)

    def xSync(self, flags: int) -> None:
        self._alive().sync(self._file)

    def xFileSize(self) -> int:
        self._alive()
        return len(self._file.current)

    def xLock(self, level: int) -> None:
        self._alive()
        locks = self._file.locks
        highest = max((held for other, held in locks.items() if other is not self), default=0)
        if not _may_lock(level, highest):
            raise apsw.BusyError("locked by another connection")
        locks[self] = max(level, locks.get(self, 0))

    def xUnlock(self, level: int) -> None:
        if self in self._file.locks:
            self._file.locks[self] = level

    def xCheckReservedLock(self) -> bool:
        self._alive()
        return any(held >= apsw.SQLITE_LOCK_RESERVED for held in self._file.locks.values())

    def xClose(self) -> None:
        self._file.locks.pop(self, None)

    def xFileControl(self, op: int, ptr: int) -> bool:
        return False

    def xSectorSize(self) -> int:
        return BLOCK_BYTES

    def xDeviceCharacteristics(self) -> int:
        return apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE


def connect(path: str, vfs: str, *, synchronous: str = "FULL") -> apsw.Connection:
    """Open a database in the one way that gives a log without shared memory; raise if it did not.

    Each pragma is a statement of its own and its answer is read: apsw stops a string of several
    at the first answer and never runs the rest.
    """
    connection = apsw.Connection(path, vfs=vfs)
    try:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE").fetchall()
        mode = connection.execute("PRAGMA journal_mode=WAL").get
        connection.execute(f"PRAGMA synchronous={synchronous}").fetchall()
    except apsw.Error:
        abandon(connection)
        raise
    if mode != "wal":
        abandon(connection)
        raise ValueError(f"the journal of {path} is {mode}: something touched the file before")
    return connection


def abandon(connection: apsw.Connection) -> None:
    """Close a connection whose disk may be dead, as a process that dies does: without a word."""
    with suppress(apsw.Error):
        connection.close(force=True)


@contextmanager
def seeded_sqlite(chance: random.Random) -> Iterator[None]:
    """SQLite's own chance (salts of the log, `random()`) comes from `chance` while this lasts.

    Without it two runs from one seed act alike but differ in the bytes of the log. It is one
    generator for the whole process, so it belongs around a whole run, not around one disk.
    """
    source = _SeededVFS(chance)
    apsw.randomness(0)  # makes SQLite forget its seed; it takes the next one from the default VFS
    try:
        yield
    finally:
        source.unregister()
        apsw.randomness(0)


class _SeededVFS(apsw.VFS):
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        super().__init__("storm-seeded", "", makedefault=True)

    def xRandomness(self, numbytes: int) -> bytes:
        return self._chance.randbytes(numbytes)


def full_path(path: str) -> str:
    """Give the one name of a path on a simulated disk: absolute, without detours."""
    return posixpath.normpath(posixpath.join("/", path))


def _may_lock(level: int, highest: int) -> bool:
    """Say whether a lock may be taken beside the highest one that others hold."""
    match level:
        case apsw.SQLITE_LOCK_SHARED:
            return highest < apsw.SQLITE_LOCK_PENDING
        case apsw.SQLITE_LOCK_EXCLUSIVE:
            return highest < apsw.SQLITE_LOCK_SHARED
        case _:
            return highest < apsw.SQLITE_LOCK_RESERVED


def _apply(image: bytearray, change: Change) -> None:
    offset, data = change.offset, change.data
    if offset > len(image):
        image.extend(bytes(offset - len(image)))
    if data is None:
        del image[offset:]
    else:
        image[offset : offset + len(data)] = data


def _apply_survivors(image: bytearray, pending: list[Change], chance: random.Random) -> None:
    """Apply what the drive still managed: up to some moment all or most, after it nothing."""
    pieces = [piece for change in pending for piece in _blocks(change)]
    reach = chance.choice((0, len(pieces), chance.randint(0, len(pieces))))
    likely = chance.choice((0.5, 0.9, 1.0))
    kept = [at < reach and chance.random() < likely for at in range(len(pieces))]
    torn = chance.choice((-1, reach - 1, chance.randrange(len(pieces)))) if pieces else -1
    for at, piece in enumerate(pieces):
        if not kept[at]:
            _grow_perhaps(image, piece, chance)
        elif at == torn:
            _apply(image, _tear(piece, chance))
        else:
            _apply(image, piece)


def _blocks(change: Change) -> Iterator[Change]:
    """Give the change in the pieces that a cache writes one by one."""
    if change.data is None:
        yield change
        return
    at = 0
    while at < len(change.data):
        size = BLOCK_BYTES - (change.offset + at) % BLOCK_BYTES
        yield Change(change.offset + at, change.data[at : at + size])
        at += size


def _tear(piece: Change, chance: random.Random) -> Change:
    """Give what is on one side of a sector boundary inside a piece, or all if there is none."""
    offset, data = piece.offset, piece.data
    if data is None:
        return piece
    cuts = range(SECTOR_BYTES - offset % SECTOR_BYTES, len(data), SECTOR_BYTES)
    if not cuts:
        return piece
    cut = chance.choice(cuts)
    return chance.choice((Change(offset, data[:cut]), Change(offset + cut, data[cut:])))


def _grow_perhaps(image: bytearray, lost: Change, chance: random.Random) -> None:
    if lost.data is None:
        return
    growth = lost.offset + len(lost.data) - len(image)
    if growth > 0 and chance.random() < 0.5:
        image.extend(bytes(growth))
