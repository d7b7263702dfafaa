# SPDX-License-Identifier: Apache-2.0
"""Backups: a copy of the record as it was at one instant, taken while writing goes on.

DIR/journal.db      the record, whole and in one file
DIR/node.toml       the roster
DIR/manifest.json   what this is a backup of, its heads and hashes, signed by the node

The keys are backed up apart, to another folder: who finds one of the two holds nothing readable.
With them goes what lies beside the record: accounts, settings, own policies, who has read what.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from bavn.journal.catalogue import Catalogue
from bavn.kernel.identity import World
from bavn.kernel.instants import Instant
from bavn.runtime import clock
from bavn.runtime.beside import keep_beside
from bavn.runtime.copying import copy_database, sync_file
from bavn.runtime.erasures import Erasure, sync_folder
from bavn.runtime.folder import Folder, make_folder, write_whole
from bavn.runtime.halt import halt
from bavn.runtime.manifest import (
    KEYS_SORT,
    MANIFEST_NAME,
    RECORD_SORT,
    Head,
    Manifest,
    hash_of,
    sign_manifest,
)
from bavn.runtime.opened import identity_in, record_in
from bavn.runtime.program import VERSION


class LastBackup(msgspec.Struct, frozen=True, kw_only=True):
    """When the last backup of a world was taken, and of its keys."""

    taken_at: Instant
    keys_taken_at: Instant | None = None


def back_up(
    folder: Folder, world: World, target: Path, catalogue: Catalogue, keys_target: Path | None
) -> Manifest:
    """A backup of a world in a new folder, and of its keys in another when one is given.

    Halts when a folder holds something already. When this returns, the disk has it.
    """
    identity = identity_in(folder, world)
    targets = [target] if keys_target is None else [target, keys_target]
    _check_targets(targets)
    for each in targets:
        make_folder(each)
    taken_at = clock.now()
    copy_database(folder.journal_path(world), target / "journal.db")
    write_whole(target / "node.toml", folder.roster_path.read_bytes())
    roster = folder.roster_file().roster(world)
    record, store = record_in(target / "journal.db", identity, roster, catalogue)
    try:
        heads = {
            channel.name.text(): Head(sequence=channel.sequence, hash=channel.hash.hex())
            for channel in record.channels.values()
        }
        incarnation, facts = record.incarnation, record.position
    finally:
        store.close()
    _leave_one_file(target / "journal.db")
    manifest = Manifest(
        sort=RECORD_SORT,
        node=identity.node,
        world=world,
        incarnation=incarnation,
        taken_at=taken_at,
        program=VERSION,
        facts=facts,
        heads=heads,
        sha256=_hashes(target, ("journal.db", "node.toml")),
    )
    _seal(target, sign_manifest(manifest, identity.key))
    if keys_target is not None:
        _back_up_keys(folder, keys_target, manifest)
    _remember(folder, world, taken_at, keys=keys_target is not None)
    # After the copy of the list, so that the copy does not look newer than the backup.
    folder.erasures.add(Erasure(at=clock.now(), world=world))
    return manifest


def _back_up_keys(folder: Folder, target: Path, of: Manifest) -> None:
    """Copy keys after the record: they were on disk before what they sealed."""
    world = of.world
    key_name, vault_name = folder.signing_key_path(world).name, folder.vault_path(world).name
    write_whole(target / key_name, folder.signing_key_path(world).read_bytes())
    copy_database(folder.vault_path(world), target / vault_name)
    names = [key_name, vault_name]
    for path in (folder.line_key_path(world), folder.next_key_path(world)):
        if path.exists():
            write_whole(target / path.name, path.read_bytes())
            names.append(path.name)
    if folder.erasures.path.exists():
        write_whole(target / "erasures.log", folder.erasures.path.read_bytes())
        names.append("erasures.log")
    names.append(keep_beside(folder, world, target).name)
    manifest = msgspec.structs.replace(
        of, sort=KEYS_SORT, heads={}, facts=0, sha256=_hashes(target, names)
    )
    _seal(target, sign_manifest(manifest, folder.signing_key(world)))


def _check_targets(targets: list[Path]) -> None:
    for target in targets:
        if target.exists() and any(target.iterdir()):
            raise halt(
                "backup_in_the_way",
                f"{target} is not empty, and a backup is never written over.",
                "Give a new folder, such as one named for today.",
                folder=target,
            )
    apart = [target.resolve() for target in targets]
    if len(apart) > 1 and (apart[0].is_relative_to(apart[1]) or apart[1].is_relative_to(apart[0])):
        raise halt(
            "keys_beside_backup",
            "The keys would lie beside what they open.",
            "Give --keys-to a folder elsewhere, best on another disk with another keeper.",
        )


def _leave_one_file(path: Path) -> None:
    """Remove what a look at the copy leaves beside it."""
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _hashes(folder: Path, names: list[str] | tuple[str, ...]) -> Mapping[str, str]:
    return {name: hash_of(folder / name) for name in names}


def _seal(target: Path, raw: bytes) -> None:
    for path in target.iterdir():
        sync_file(path)
    write_whole(target / MANIFEST_NAME, raw)
    sync_folder(target)
    sync_folder(target.parent)


def _remember(folder: Folder, world: World, taken_at: datetime, *, keys: bool) -> None:
    before = last_backup(folder, world)
    keys_taken_at = taken_at if keys else before and before.keys_taken_at
    last = LastBackup(taken_at=taken_at, keys_taken_at=keys_taken_at or None)
    write_whole(folder.last_backup_path(world), msgspec.json.encode(last) + b"\n")


def last_backup(folder: Folder, world: World) -> LastBackup | None:
    """When the last backup was taken; None when none is known of."""
    try:
        raw = folder.last_backup_path(world).read_bytes()
        return msgspec.json.decode(raw, type=LastBackup)
    except (OSError, msgspec.MsgspecError):
        return None
