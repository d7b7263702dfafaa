# SPDX-License-Identifier: Apache-2.0
"""What lies in a data folder beside the record and its keys: accounts, settings, own policies.

Much of it is secret, and some of it personal, so it goes into the backup with the keys, in a file.
What is not named here as left out goes along: a later part of the program need not be known of.
"""

import os
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from bavn.journal.store import StoreBroken
from bavn.kernel.identity import World
from bavn.runtime.copying import copy_database
from bavn.runtime.erasures import sync_folder
from bavn.runtime.folder import Folder, make_folder, make_private_file

NAME = "beside.tar"
# Of other places in the backup, of this machine alone, or made again by a command.
_LEFT_OUT = (
    # The roster and the record are in the backup of the record; keys in that of the keys.
    "node.toml",
    "worlds/*/journal.db",
    "keys/*.key",
    "keys/*.line-key",
    "keys/*.next-key",
    "keys/*-vault.db",
    "keys/erasures.log",
    # Of a process that runs, or of a restore.
    "reserve",
    "worlds/*/writer.lock",
    "worlds/*/control.sock",
    "worlds/*/peers.json",
    "worlds/*/last-backup.json",
    "set-aside-*/*",
    "*.restoring",
    "*.new",
    "*.log",
    "demo-*",
    # Rows of other systems that name people for some days; a backup would keep them for ever.
    "worlds/*/feeds.db",
    # Paper, printed anew; and the list of addresses, large and public, read in by `bavn address`.
    "binder/*/*",
    "slips/*",
    "slips/*/*",
    "addresses.db",
)
_OF_A_DATABASE = ("-wal", "-shm", "-journal")
_DATABASE = b"SQLite format 3\x00"


def keep_beside(folder: Folder, world: World, target: Path) -> Path:
    """All of it in one file; databases as they are at one instant, while others write them."""
    kept = target / NAME
    make_private_file(kept)
    copy = target / "beside.copy"
    with tarfile.open(kept, "w") as archive:
        for name in _names(folder, world):
            path = folder.path / name
            copied = _copy(path, copy) if _is_database(path) else path
            try:
                archive.add(copied, str(name), recursive=False, filter=_plain)
            except FileNotFoundError:
                # Taken away while we looked.
                continue
    copy.unlink(missing_ok=True)
    return kept


def put_back(folder: Folder, kept: Path) -> tuple[list[Path], list[Path]]:
    """Put back what is missing in a data folder: what was, and what is there and stays."""
    placed, stays = list[Path](), list[Path]()
    with tarfile.open(kept) as archive:
        for member in archive:
            name = PurePosixPath(member.name)
            if not member.isfile() or name.is_absolute() or ".." in name.parts:
                continue
            path = folder.path.joinpath(*name.parts)
            if path.exists():
                stays.append(path)
                continue
            for parent in [*reversed(name.parents)][1:]:
                make_folder(folder.path / parent)
            _write(archive, member, path)
            placed.append(path)
    return placed, stays


def _names(folder: Folder, world: World) -> Iterator[PurePosixPath]:
    for path in sorted(folder.path.rglob("*")):
        name = PurePosixPath(path.relative_to(folder.path).as_posix())
        of_other_world = name.parts[0] == "worlds" and name.parts[1:2] != (world,)
        if path.is_symlink() or not path.is_file() or of_other_world:
            continue
        if name.name.endswith(_OF_A_DATABASE) or any(name.match(each) for each in _LEFT_OUT):
            continue
        yield name


def _is_database(path: Path) -> bool:
    with path.open("rb") as reading:
        return reading.read(len(_DATABASE)) == _DATABASE


def _copy(source: Path, copy: Path) -> Path:
    copy.unlink(missing_ok=True)
    try:
        copy_database(source, copy)
    except StoreBroken:
        # As broken as it is: nothing else of the backup is to be lost for it.
        return source
    return copy


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without whose it was on that machine."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    beside = path.with_name(f"{path.name}.new")
    make_private_file(beside)
    source = archive.extractfile(member)
    assert source is not None, "it is a file"
    with source, beside.open("wb") as writing:
        while piece := source.read(1 << 20):
            writing.write(piece)
        writing.flush()
        os.fsync(writing.fileno())
    beside.replace(path)
    sync_folder(path.parent)
