# SPDX-License-Identifier: Apache-2.0
"""Space on the disk that is kept free for alarms: a file of ballast, thrown overboard in pieces.

What is released stays meant for alarms: `tight` goes on until there is room for the whole reserve
again, so that ordinary work cannot eat what was set free for a call for help.
"""

import os
from pathlib import Path
from typing import NamedTuple


class Limit(NamedTuple):
    """A number of bytes, and why it is that many."""

    bytes: int
    reason: str


MIB = 1024 * 1024
RESERVE = Limit(64 * MIB, "some 30,000 alarms with their chains, indexes and the log around them")
STEP = Limit(8 * MIB, "an hour of alarms on the worst day, so eight times to wake somebody")
FREE_LEAST = Limit(8 * MIB, "the write-ahead log of one large commit group, folded in twice")


class Room(NamedTuple):
    """How much room there is, in bytes."""

    free: int
    held: int
    wanted: int


class DiskReserve:
    """The reserve of the real world on one file system.

    The file is really allocated, not merely long. On a file system that writes every block anew
    (btrfs, ZFS) allocation is a hope rather than a promise: keep free space there by quota.
    """

    def __init__(self, path: Path, *, wanted: int = RESERVE.bytes) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._wanted = wanted
        self._held = _allocated(os.fstat(self._file))

    def close(self) -> None:
        """Let go of the file; the space stays kept."""
        os.close(self._file)

    def room(self) -> Room:
        """How much room there is now."""
        return Room(_free(self._file), self._held, self._wanted)

    def tight(self) -> bool:
        """True when there is so little room left that only alarms are written."""
        return _free(self._file) < FREE_LEAST.bytes + max(0, self._wanted - self._held)

    def release(self) -> bool:
        """Give up a part of the reserve; False when nothing of it is left."""
        if self._held <= 0:
            return False
        self._held = max(0, self._held - STEP.bytes)
        os.ftruncate(self._file, self._held)
        return True

    def refill(self) -> None:
        """Take the reserve back as far as there is room again."""
        while self._held < self._wanted:
            step = min(STEP.bytes, self._wanted - self._held)
            if _free(self._file) < step + FREE_LEAST.bytes:
                return
            try:
                os.posix_fallocate(self._file, self._held, step)
            except OSError:
                # Somebody else took the room meanwhile; what was not taken is asked for again.
                os.ftruncate(self._file, self._held)
                return
            self._held += step


class WithoutReserve:
    """For every other world: its writing stops when the disk is tight, and it has no ballast."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def close(self) -> None:
        """There is nothing to let go of."""

    def tight(self) -> bool:
        """True when so little room is left that an exercise must not take it from the real."""
        return free_at(self._folder) < FREE_LEAST.bytes

    def release(self) -> bool:
        """There is nothing to give up."""
        return False

    def refill(self) -> None:
        """There is nothing to take back."""


def room_at(path: Path, *, wanted: int = RESERVE.bytes) -> Room:
    """The room around a reserve file, seen from outside; the file may be missing."""
    held = _allocated(path.stat()) if path.exists() else 0
    return Room(free_at(path.parent), held, wanted)


def free_at(folder: Path) -> int:
    """Bytes that may still be written on the file system of a folder."""
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize


def _free(file: int) -> int:
    state = os.fstatvfs(file)
    return state.f_bavail * state.f_frsize


def _allocated(state: os.stat_result) -> int:
    # A copy of the file may be full of holes, which hold no space.
    return min(state.st_size, state.st_blocks * 512)
