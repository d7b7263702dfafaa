# SPDX-License-Identifier: Apache-2.0
"""What a serving node knows of the others, in a file: for `bavn doctor`, which asks no socket."""

import os
from datetime import datetime
from pathlib import Path

import msgspec

from bavn.kernel.identity import World
from bavn.runtime.folder import OWNER_ONLY_FILE, Folder
from bavn.runtime.peers.overview import LineSeen, NodeSeen


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What process `pid` saw at an instant."""

    at: datetime
    pid: int = 0
    nodes: tuple[NodeSeen, ...]
    lines: tuple[LineSeen, ...]


def told_path(folder: Folder, world: World) -> Path:
    """DATA/worlds/WORLD/peers.json."""
    return folder.world_path(world) / "peers.json"


def write_told(path: Path, told: Told) -> None:
    """Write the file whole, or leave the one that is there.

    It is not forced to disk: after a crash it would be old anyway, and a disk that is busy with
    facts is not to wait for it.
    """
    beside = path.with_name(f"{path.name}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    raw = msgspec.json.encode(msgspec.structs.replace(told, pid=os.getpid()))
    with os.fdopen(os.open(beside, flags, OWNER_ONLY_FILE), "wb") as file:
        file.write(raw)
    beside.replace(path)


def read_told(path: Path) -> Told | None:
    """What was last told; None when nothing was, or nothing that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Told)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
