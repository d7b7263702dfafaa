# SPDX-License-Identifier: Apache-2.0
"""The list of erasures: which keys were destroyed, kept apart from journal and keys.

A restored backup brings back what was erased after it was taken, unless somebody remembers what
that was. This list remembers. A line is on disk before its key is destroyed, so that no key is ever
gone without a line; one that is listed and not gone yet is destroyed when the world opens.

Each line is JSON. A line without a key is a mark in time, made when a backup was taken: it lets a
restore see that the list is newer than the backup.
"""

import os
from datetime import datetime
from pathlib import Path

import msgspec

from bavn.kernel.identity import World
from bavn.kernel.instants import Instant
from bavn.runtime import clock
from bavn.runtime.halt import halt
from bavn.runtime.vault_keys import FileKeys


class Erasure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A key of a world that was destroyed, or a mark in time when there is no key."""

    at: Instant
    world: World
    key: str = ""


_decode = msgspec.json.Decoder(Erasure).decode


class ErasureList:
    """One file of erasures, only ever added to."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, erasure: Erasure) -> None:
        """Add a line; when this returns, the disk has it."""
        is_new = not self.path.exists()
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            # A line that was cut off by a power loss must not swallow the one after it.
            torn = not _ends_whole(file)
            os.write(file, b"\n" * torn + msgspec.json.encode(erasure) + b"\n")
            os.fsync(file)
        finally:
            os.close(file)
        if is_new:
            sync_folder(self.path.parent)

    def lines(self) -> list[Erasure]:
        """All lines; halts at one that cannot be read, since it may be somebody's erasure."""
        if not self.path.exists():
            return []
        found = []
        for number, line in enumerate(self.path.read_bytes().splitlines(), 1):
            if not line.strip():
                continue
            try:
                found.append(_decode(line))
            except msgspec.MsgspecError as error:
                raise halt(
                    "erasures_unreadable",
                    f"Line {number} of {self.path} cannot be read.",
                    "Mend or remove the line by hand; look in the journal for what was erased.",
                    line=number,
                    path=self.path,
                ) from error
        return found

    def keys(self, world: World) -> list[str]:
        """The names of the destroyed keys of a world, each once, in order."""
        return list(
            dict.fromkeys(each.key for each in self.lines() if each.world == world and each.key)
        )

    def latest(self, world: World) -> datetime | None:
        """The instant of the last line of a world; None when there is none."""
        return max((each.at for each in self.lines() if each.world == world), default=None)


class ListedKeys(FileKeys):
    """Keys whose erasure is listed before they are destroyed."""

    def __init__(self, path: Path, world: World, erasures: ErasureList) -> None:
        super().__init__(str(path), clock.entropy)
        self._world = world
        self._erasures = erasures
        self._listed = set(erasures.keys(world))

    def erase(self, name: str) -> None:
        """List the erasure, then destroy the key; harmless when it already is."""
        if name not in self._listed:
            self._erasures.add(Erasure(at=clock.now(), world=self._world, key=name))
            self._listed.add(name)
        super().erase(name)

    def erase_listed(self) -> int:
        """Destroy every key that is listed; how many that are listed."""
        for name in sorted(self._listed):
            super().erase(name)
        return len(self._listed)


def _ends_whole(file: int) -> bool:
    size = os.fstat(file).st_size
    return size == 0 or os.pread(file, 1, size - 1) == b"\n"


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk, not only the files behind them."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
