# SPDX-License-Identifier: Apache-2.0
"""Real files whose power can go: SQLite's own unix files, and a drive that knows what was flushed.

Where `SimDisk` replaces the file system, this one keeps it: real paths, real locks, real shared
memory. The same `Drive` beside it remembers what a power loss would leave. What it assumes beyond
the drive's own assumptions:

* Every file of the folder that was there before is durable.
* Only what SQLite writes is seen. A file that the process writes by itself meanwhile is not, and
  neither is SQLite's shared memory (`-shm`), which nobody flushes.
* The real files are not flushed: it is the drive that forgets, not the machine that runs the test.
"""

import random
from pathlib import Path

import apsw

from tests.storm.disk import Drive, DriveFile, PowerLost


class CrashingDisk:
    """A folder that SQLite writes through: `apsw.Connection(path, vfs=disk.vfs)`.

    It lives for one boot. Once the power is gone everything but closing fails for good; what
    would be found afterwards is left behind in another folder, for another disk or none.
    """

    def __init__(self, vfs: str, folder: Path, chance: random.Random) -> None:
        if vfs in apsw.vfs_names():
            raise ValueError(f"a disk named {vfs} is already there; close it first")
        self.vfs = vfs
        self.folder = folder.resolve(strict=True)
        self.drive = Drive(chance)
        for path in sorted(self.folder.iterdir()):
            if path.is_file() and not path.name.endswith("-shm"):
                self.drive.write_file(path.name, path.read_bytes())
        self._mounted = _CrashingVFS(self)

    @property
    def lost(self) -> bool:
        """Whether the power is gone."""
        return self.drive.lost

    def arm_crash(self, *, after_operations: int) -> None:
        """Lose power inside the n-th write, truncate, flush or delete from now (1: the next)."""
        self.drive.arm_crash(after_operations=after_operations)

    def leave_behind(self, folder: Path, chance: random.Random | None = None) -> None:
        """Write into a new folder what was flushed, with `chance` also some of what was not.

        It can be asked any number of times: each call with chance is another possible outcome.
        """
        image = self.drive.survivors(chance) if chance else self.drive.snapshot()
        folder.mkdir()
        for path, data in image.files.items():
            (folder / path.removeprefix("/")).write_bytes(data)

    def close(self) -> None:
        """Take the name away from SQLite; what was flushed can still be left behind."""
        self._mounted.unregister()


class _CrashingVFS(apsw.VFS):
    def __init__(self, disk: CrashingDisk) -> None:
        self._drive = disk.drive
        self._folder = disk.folder
        super().__init__(disk.vfs, "")

    def _name(self, path: str) -> str:
        if Path(path).parent.resolve() != self._folder:
            raise apsw.CantOpenError(f"{path} is outside {self._folder}")
        return Path(path).name

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        if name is None:
            return _CrashingHandle(self._drive, DriveFile("", entered=True), name, flags)
        path = self._name(name.filename() if isinstance(name, apsw.URIFilename) else name)
        found = self._drive.find(path)
        # The real file is opened first: it decides whether there is anything to open.
        handle = _CrashingHandle(self._drive, found or DriveFile(path), name, flags)
        if found is None:
            handle.file = self._drive.create(path)
        return handle

    def xDelete(self, filename: str, syncdir: bool) -> None:
        path = self._name(filename)
        if self._drive.find(path) is not None:
            self._drive.delete(path, durable=syncdir)
        super().xDelete(filename, syncdir)

    def xAccess(self, pathname: str, flags: int) -> bool:
        if self._drive.lost:
            raise PowerLost
        return super().xAccess(pathname, flags)


class _CrashingHandle(apsw.VFSFile):
    """One open real file. Closing and unlocking still work when the power is gone."""

    def __init__(
        self,
        drive: Drive,
        file: DriveFile,
        name: str | apsw.URIFilename | None,
        flags: list[int],
    ) -> None:
        self._drive = drive
        self.file = file
        super().__init__("", name, flags)

    def _check_power(self) -> None:
        if self._drive.lost:
            raise PowerLost

    def xRead(self, amount: int, offset: int) -> bytes:
        self._check_power()
        return super().xRead(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:
        self._check_power()
        self._drive.write(self.file, offset, data)
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:
        self._check_power()
        self._drive.truncate(self.file, newsize)
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:
        self._check_power()
        self._drive.sync(self.file)

    def xFileSize(self) -> int:
        self._check_power()
        return super().xFileSize()

    def xLock(self, level: int) -> None:
        self._check_power()
        super().xLock(level)
