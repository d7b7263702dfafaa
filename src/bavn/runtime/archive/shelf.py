# SPDX-License-Identifier: Apache-2.0
"""Which packages were made here: a note of each beside the record, so that a page can name them.

A note holds numbers and marks, and no word of what is in the package.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import msgspec

from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import Instant
from bavn.runtime.folder import make_folder, write_whole

FOLDER = "archive"
NOTES_LIMIT = 500


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """A package that was made: the marks of its incidents as they stand in it."""

    name: str
    owner: OrganisationId
    begin: date
    end: date
    digest: str
    size: int
    made_at: Instant
    incidents: tuple[tuple[str, str], ...]
    lacking_count: int = 0


def note_package(world_path: Path, noted: Noted) -> None:
    """Keep a note of a package that is whole."""
    folder = world_path / FOLDER
    make_folder(folder)
    write_whole(folder / f"{noted.digest}.json", msgspec.json.encode(noted))


def noted_packages(world_path: Path) -> Sequence[Noted]:
    """The packages that were made here, the newest first; a note that cannot be read is none."""
    found = []
    for path in sorted((world_path / FOLDER).glob("*.json"))[:NOTES_LIMIT]:
        try:
            found.append(msgspec.json.decode(path.read_bytes(), type=Noted))
        except (OSError, msgspec.MsgspecError):
            continue
    return sorted(found, key=lambda each: (each.made_at, each.name), reverse=True)
