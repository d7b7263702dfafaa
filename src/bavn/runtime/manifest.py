# SPDX-License-Identifier: Apache-2.0
"""What a backup is a backup of: node, world, heads and hashes, under the node's signature."""

from collections.abc import Mapping
from hashlib import file_digest
from pathlib import Path

import msgspec
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from bavn.kernel.identity import NodeId, World
from bavn.kernel.instants import Instant
from bavn.runtime.halt import Halt, halt

MANIFEST_NAME = "manifest.json"
RECORD_SORT = "record"
KEYS_SORT = "keys"
_SIGNED_AS = b"bavn backup 1\n"


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """How far a channel went."""

    sequence: int
    hash: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What was backed up, when and by which program, and the hash of each file."""

    sort: str
    node: NodeId
    world: World
    incarnation: int
    taken_at: Instant
    program: str
    facts: int
    heads: Mapping[str, Head]
    sha256: Mapping[str, str]


class _Signed(msgspec.Struct, frozen=True, kw_only=True):
    signature: str
    manifest: Manifest


def sign_manifest(manifest: Manifest, key: SigningKey) -> bytes:
    """The manifest as it lies in the backup, for people to read."""
    signature = key.sign(_SIGNED_AS + msgspec.json.encode(manifest)).signature
    signed = _Signed(signature=signature.hex(), manifest=manifest)
    return msgspec.json.format(msgspec.json.encode(signed), indent=1) + b"\n"


def read_manifest(folder: Path, sort: str) -> Manifest:
    """The manifest of a backup, its files compared with their hashes; halts at what is wrong.

    Whether the right node signed it is for `check_signature`, which needs the node's key.
    """
    signed = _read(folder)
    manifest = signed.manifest
    if manifest.sort != sort:
        raise halt(
            "backup_of_other_sort",
            f"{folder} is a backup of the {manifest.sort}, not of the {sort}.",
            "The record and the keys lie in two folders: give each in its own place.",
            folder=folder,
        )
    for name, expected in manifest.sha256.items():
        path = folder / Path(name).name
        if not path.exists() or hash_of(path) != expected:
            raise _damaged(folder, name)
    return manifest


def check_signature(folder: Path, key: VerifyKey) -> None:
    """Halt unless the node with this key signed the manifest of a backup."""
    signed = _read(folder)
    try:
        signature = bytes.fromhex(signed.signature)
        key.verify(_SIGNED_AS + msgspec.json.encode(signed.manifest), signature)
    except (BadSignatureError, ValueError, TypeError) as error:
        raise halt(
            "backup_not_ours",
            f"The backup in {folder} does not bear this node's signature.",
            "Take a backup of this very node, or the keys that belong to it.",
            folder=folder,
        ) from error


def hash_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _read(folder: Path) -> _Signed:
    path = folder / MANIFEST_NAME
    if not path.exists():
        raise halt(
            "no_backup",
            f"There is no whole backup in {folder}.",
            "Give the folder that holds manifest.json; one without it was not finished.",
            folder=folder,
        )
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Signed)
    except msgspec.MsgspecError as error:
        raise _damaged(folder, MANIFEST_NAME) from error


def _damaged(folder: Path, name: str) -> Halt:
    return halt(
        "backup_damaged",
        f"{name} in {folder} is not what was backed up.",
        "Nothing was changed. Take another backup.",
        folder=folder,
        file=name,
    )
