# SPDX-License-Identifier: Apache-2.0
"""A node's data folder: what lies where, who may read it, and who else is who.

DATA/node.toml                 the roster: this node, its peers' public keys, who hosts whom
DATA/reserve                   ballast: space kept free for alarms
DATA/keys/WORLD.key            the key that the node signs with; nobody else's
DATA/keys/WORLD.line-key       the key for letters, once the node signs with a later one
DATA/keys/WORLD.next-key       a key that is about to be changed to
DATA/keys/WORLD-vault.db       the keys of the vault
DATA/keys/erasures.log         which of them were destroyed
DATA/worlds/WORLD/journal.db   the record
DATA/worlds/WORLD/readings.db  who has opened private texts
DATA/worlds/WORLD/feeds.db     how other systems' feeds go
DATA/worlds/WORLD/past.db      the history that was imported
DATA/worlds/WORLD/archive/     which packages for the archive were made here
DATA/worlds/WORLD/writer.lock  held by the one process that writes
DATA/worlds/WORLD/control.sock where a server hears its own command line
"""

import os
from dataclasses import dataclass
from pathlib import Path

from nacl.signing import SigningKey

from bavn.kernel.identity import REAL, World
from bavn.runtime import clock
from bavn.runtime.erasures import ErasureList, sync_folder
from bavn.runtime.halt import halt
from bavn.runtime.roster_file import RosterFile, read_roster_file

OWNER_ONLY_FOLDER = 0o700
OWNER_ONLY_FILE = 0o600
_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class Folder:
    """The places in one data folder."""

    path: Path

    @property
    def roster_path(self) -> Path:
        """The roster, for people and program."""
        return self.path / "node.toml"

    @property
    def reserve_path(self) -> Path:
        """The ballast."""
        return self.path / "reserve"

    @property
    def keys_path(self) -> Path:
        """The folder of all keys: kept apart in every backup."""
        return self.path / "keys"

    @property
    def erasures(self) -> ErasureList:
        """The list of erasures."""
        return ErasureList(self.keys_path / "erasures.log")

    def world_path(self, world: World) -> Path:
        """The folder of one world."""
        return self.path / "worlds" / world

    def journal_path(self, world: World) -> Path:
        """The record of one world."""
        return self.world_path(world) / "journal.db"

    def lock_path(self, world: World) -> Path:
        """Held by the one process that writes in a world."""
        return self.world_path(world) / "writer.lock"

    def last_backup_path(self, world: World) -> Path:
        """When the last backup was taken."""
        return self.world_path(world) / "last-backup.json"

    def signing_key_path(self, world: World) -> Path:
        """The key that the node signs with in a world."""
        return self.keys_path / f"{world}.key"

    def line_key_path(self, world: World) -> Path:
        """The key that letters to this node are sealed for, where it signs with a later one."""
        return self.keys_path / f"{world}.line-key"

    def next_key_path(self, world: World) -> Path:
        """A key that is about to be changed to; on disk before anybody hears of it."""
        return self.keys_path / f"{world}.next-key"

    def access_path(self, world: World) -> Path:
        """Who may come in, in a world: tokens and accounts."""
        return self.world_path(world) / "access.db"

    def readings_path(self, world: World) -> Path:
        """Who has opened private texts in a world, and for what."""
        return self.world_path(world) / "readings.db"

    def feeds_path(self, world: World) -> Path:
        """How other systems' feeds go in a world, and what of them could not be read."""
        return self.world_path(world) / "feeds.db"

    def vault_path(self, world: World) -> Path:
        """The keys of a world's vault."""
        return self.keys_path / f"{world}-vault.db"

    def is_there(self) -> bool:
        """True when somebody has made a node here; PermissionError when that is not ours to see."""
        try:
            self.roster_path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    def roster_file(self) -> RosterFile:
        """The roster as it stands in the file; halts when there is none or it cannot be read."""
        if not self.is_there():
            raise halt(
                "no_folder",
                f"There is no node in {self.path}.",
                "Make one with `bavn init`, or give another folder with --data.",
                folder=self.path,
            )
        return read_roster_file(self.roster_path)

    def signing_key(self, world: World) -> SigningKey:
        """The key that the node signs with in a world; halts when it has none there."""
        path = self.signing_key_path(world)
        if not path.exists():
            raise halt(
                "no_such_world",
                f"This node has no world {world}.",
                f"Give one of those it has with --world: {', '.join(self.worlds()) or '-'}.",
                world=world,
                worlds=", ".join(self.worlds()) or "-",
            )
        return read_signing_key(path)

    def line_key(self, world: World) -> SigningKey:
        """The key that letters to this node are sealed for, and from it are known by."""
        path = self.line_key_path(world)
        return read_signing_key(path) if path.exists() else self.signing_key(world)

    def worlds(self) -> list[World]:
        """The worlds that this node has, the real one first."""
        found = [World(path.stem) for path in self.keys_path.glob("*.key")]
        return sorted(found, key=lambda world: (world != REAL, world))

    def readable_by_others(self) -> list[Path]:
        """The files with keys that somebody else on this machine may read."""
        kept = [self.keys_path, *sorted(self.keys_path.rglob("*"))]
        return [path for path in kept if path.exists() and path.stat().st_mode & _OTHERS]


def read_signing_key(path: Path) -> SigningKey:
    """The signing key in a file; halts when it holds none."""
    try:
        return SigningKey(bytes.fromhex(path.read_text(encoding="ascii").strip()))
    except (OSError, ValueError) as error:
        raise halt(
            "key_unreadable",
            f"{path} is not a signing key.",
            "Put it back from the backup of the keys.",
            path=path,
        ) from error


def make_folder(path: Path) -> None:
    """Make a folder that is its owner's alone; one that is there stays as it is."""
    path.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)


def make_signing_key(folder: Folder, world: World) -> SigningKey:
    """A new signing key, on disk before it is used."""
    key = SigningKey(clock.entropy(32))
    write_signing_key(folder.signing_key_path(world), key)
    return key


def write_signing_key(path: Path, key: SigningKey) -> None:
    """Put a key in a file of its owner alone."""
    write_whole(path, f"{key.encode().hex()}\n".encode())


def write_whole(path: Path, raw: bytes) -> None:
    """Write a file that is its owner's alone: whole and on disk, or as it was before."""
    beside = path.with_name(f"{path.name}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    file = os.open(beside, flags, OWNER_ONLY_FILE)
    with os.fdopen(file, "wb") as writing:
        writing.write(raw)
        writing.flush()
        os.fsync(writing.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def make_private_file(path: Path) -> None:
    """Have the file be there for its owner alone, so that who opens it later makes no wider one."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, OWNER_ONLY_FILE))
