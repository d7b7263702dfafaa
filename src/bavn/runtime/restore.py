# SPDX-License-Identifier: Apache-2.0
"""Restoring a backup: checked first, nothing overwritten, nothing erased brought back.

The order is what matters. All is read and checked before anything is changed. The old record is
moved aside whole. Erasures made since the backup are carried out on the keys before the record is
opened. The node then goes on in a new incarnation, so that what it told after the backup, and has
forgotten, is heard back from others and never told twice; reactions wait for a person.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from nacl.signing import SigningKey

from bavn.journal.catalogue import Catalogue
from bavn.journal.merge import INCARNATION_CHANCE_BYTES
from bavn.journal.record import Record
from bavn.journal.store import StoreBroken
from bavn.journal.stores.sqlite import open_store
from bavn.kernel.identity import World
from bavn.kernel.instants import ms_of
from bavn.runtime import clock
from bavn.runtime.beside import NAME as BESIDE
from bavn.runtime.beside import put_back
from bavn.runtime.erasures import Erasure, ErasureList, ListedKeys, sync_folder
from bavn.runtime.folder import Folder, make_folder, read_signing_key, write_whole
from bavn.runtime.halt import halt
from bavn.runtime.manifest import (
    KEYS_SORT,
    RECORD_SORT,
    Manifest,
    check_signature,
    hash_of,
    read_manifest,
)
from bavn.runtime.opened import WriterLock, identity_in
from bavn.runtime.roster_file import read_roster_file
from bavn.runtime.vault_keys import FileKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What a restore is made from.

    `keys` is a backup of the keys, needed where the data folder has none. `erasures` are further
    lists of erasures; `no_later_erasures` states that none was made after the backup.
    """

    record: Path
    keys: Path | None = None
    erasures: Sequence[Path] = ()
    no_later_erasures: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore came to."""

    manifest: Manifest
    incarnation: int
    erased: int
    erasures_until: datetime | None
    set_aside: tuple[Path, ...]
    # Set-aside keys that could not be opened, and so may still hold what was erased since.
    keys_unopened: tuple[Path, ...] = ()
    # Of what lay beside the record: what is back, and what was there and stays as it is.
    placed: tuple[Path, ...] = ()
    stays: tuple[Path, ...] = ()


@dataclass(slots=True)
class _Aside:
    """Where what was there before is moved to, and what was moved."""

    stamp: str
    moved: list[Path] = field(default_factory=list)

    def move(self, path: Path) -> None:
        """Move a file, with its log and its index, into a folder beside it."""
        target = path.parent / f"set-aside-{self.stamp}"
        for each in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
            if each.exists():
                make_folder(target)
                each.rename(target / each.name)
                if each == path:
                    self.moved.append(target / each.name)
        sync_folder(path.parent)


def restore(folder: Folder, world: World, sources: Sources, catalogue: Catalogue) -> Restored:
    """Put a backup in place of a world's record, or into a new data folder.

    Halts, with nothing changed, when anything about the backup or the erasures is in doubt.
    """
    manifest = _checked(folder, world, sources)
    erasures, until = _erasures(folder, world, manifest, sources)
    make_folder(folder.world_path(world))
    lock = WriterLock(folder.lock_path(world))
    try:
        aside = _Aside(f"{clock.now():%Y%m%dT%H%M%S.%fZ}")
        # What may fail for want of room, or because it cannot be opened, comes before any moving.
        journal = _copied(sources.record / "journal.db", folder.journal_path(world), manifest)
        if sources.keys is not None:
            _place_keys(folder, world, sources.keys, aside)
        if not folder.is_there():
            write_whole(folder.roster_path, (sources.record / "node.toml").read_bytes())
        placed, stays = list[Path](), list[Path]()
        if sources.keys is not None and (sources.keys / BESIDE).exists():
            placed, stays = put_back(folder, sources.keys / BESIDE)
        erased = _erase_again(folder, world, erasures)
        unopened = _erase_aside(world, folder, aside.moved)
        incarnation = _begin_incarnation(folder, world, journal, catalogue)
        aside.move(folder.journal_path(world))
        journal.rename(folder.journal_path(world))
        sync_folder(folder.world_path(world))
    finally:
        lock.release()
    return Restored(
        manifest=manifest,
        incarnation=incarnation,
        erased=erased,
        erasures_until=until,
        set_aside=tuple(aside.moved),
        keys_unopened=tuple(unopened),
        placed=tuple(placed),
        stays=tuple(stays),
    )


# Checking


def _checked(folder: Folder, world: World, sources: Sources) -> Manifest:
    manifest = read_manifest(sources.record, RECORD_SORT)
    here = read_roster_file(folder.roster_path).node if folder.is_there() else manifest.node
    if (manifest.node, manifest.world) != (here, world):
        raise halt(
            "backup_of_another",
            f"The backup is of {manifest.node}, world {manifest.world}; here is {here}, {world}.",
            "Take a backup of this node and world, or give another --data or --world.",
            node=manifest.node,
            world=manifest.world,
            here=here,
            here_world=world,
        )
    key = _signing_key(folder, world, sources)
    check_signature(sources.record, key.verify_key)
    if sources.keys is not None:
        read_manifest(sources.keys, KEYS_SORT)
        check_signature(sources.keys, key.verify_key)
    read_roster_file(sources.record / "node.toml")
    return manifest


def _signing_key(folder: Folder, world: World, sources: Sources) -> SigningKey:
    if sources.keys is not None:
        return read_signing_key(sources.keys / folder.signing_key_path(world).name)
    if folder.signing_key_path(world).exists() and folder.vault_path(world).exists():
        return folder.signing_key(world)
    raise halt(
        "keys_needed",
        f"There are no keys in {folder.path}, and a record without them cannot be read or go on.",
        "Give the backup of the keys with --keys.",
        folder=folder.path,
    )


def _erasures(
    folder: Folder, world: World, manifest: Manifest, sources: Sources
) -> tuple[list[Erasure], datetime | None]:
    """All erasures known of, and until when; halts when none of the lists reaches the backup."""
    paths = [folder.erasures.path, *sources.erasures]
    if sources.keys is not None:
        paths.append(sources.keys / "erasures.log")
    for path in sources.erasures:
        if not path.exists():
            raise halt(
                "no_erasures_file",
                f"There is no list of erasures at {path}.",
                "Give the file keys/erasures.log of the data folder that was in use last.",
                path=path,
            )
    lists = [ErasureList(path) for path in paths]
    lines = [line for each in lists for line in each.lines() if line.world == world]
    until = max((line.at for line in lines), default=None)
    is_newer = until is not None and until >= manifest.taken_at
    if not (is_newer or sources.no_later_erasures):
        raise halt(
            "erasures_unknown",
            f"No list of erasures reaches beyond the backup of {manifest.taken_at:%Y-%m-%d %H:%M}Z:"
            " what was erased since would come back.",
            "Give the newest list with --erasures FILE. Only when nothing was erased since:"
            " --no-later-erasures.",
            taken_at=f"{manifest.taken_at:%Y-%m-%d %H:%M}Z",
        )
    return lines, until


# Placing


def _copied(source: Path, target: Path, manifest: Manifest) -> Path:
    """A copy of the backed-up record beside its place, on disk and compared once more."""
    beside = target.with_name("journal.restoring")
    write_whole(beside, b"")
    try:
        shutil.copyfile(source, beside)
        with beside.open("rb+") as copy:
            os.fsync(copy.fileno())
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    if hash_of(beside) != manifest.sha256["journal.db"]:
        beside.unlink()
        raise halt(
            "copy_failed",
            "The copy is not what was backed up; nothing was changed.",
            "Look at this machine's disk, and try again.",
        )
    return beside


def _place_keys(folder: Folder, world: World, keys: Path, aside: _Aside) -> None:
    make_folder(folder.keys_path)
    own = (folder.signing_key_path(world), folder.vault_path(world))
    # Only a node that has changed its key has these.
    at_times = (folder.line_key_path(world), folder.next_key_path(world))
    for path in (*own, *at_times):
        aside.move(path)
        if path in own or (keys / path.name).exists():
            write_whole(path, (keys / path.name).read_bytes())


def _erase_again(folder: Folder, world: World, erasures: Sequence[Erasure]) -> int:
    """List here every erasure that any list knows of, and destroy those keys; how many."""
    known = {(line.world, line.key) for line in folder.erasures.lines()}
    for line in erasures:
        if line.key and (line.world, line.key) not in known:
            folder.erasures.add(line)
            known.add((line.world, line.key))
    keys = ListedKeys(folder.vault_path(world), world, folder.erasures)
    try:
        return keys.erase_listed()
    finally:
        keys.close()


def _erase_aside(world: World, folder: Folder, moved: Sequence[Path]) -> list[Path]:
    """Erase in keys that were moved aside too; those that cannot be opened."""
    unopened = []
    vaults = [path for path in moved if path.name == folder.vault_path(world).name]
    for path in vaults:
        try:
            keys = FileKeys(str(path), clock.entropy)
            for name in folder.erasures.keys(world):
                keys.erase(name)
            keys.close()
        except StoreBroken:
            unopened.append(path)
    return unopened


def _begin_incarnation(folder: Folder, world: World, journal: Path, catalogue: Catalogue) -> int:
    """Start a new incarnation in the copy, before it is in place.

    A restore that is cut off here cannot leave a node that tells old numbers twice.
    """
    roster = folder.roster_file().roster(world)
    store = open_store(str(journal))
    try:
        record = Record.open(store, identity_in(folder, world), roster, catalogue)
        chance = clock.entropy(INCARNATION_CHANCE_BYTES)
        return record.begin_incarnation(ms_of(clock.now()), chance)
    finally:
        store.close()
