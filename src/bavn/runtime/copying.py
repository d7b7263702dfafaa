# SPDX-License-Identifier: Apache-2.0
"""A copy of a database that others write meanwhile, as it is at one instant."""

import os
from pathlib import Path

import apsw

from bavn.journal.stores.sqlite.store import in_our_words
from bavn.runtime.folder import make_private_file


def copy_database(source: Path, target: Path) -> None:
    """Copy a database by a connection of its own that only reads; on disk when this returns.

    Raises in the store's words what is wrong, and then leaves nothing behind.
    """
    make_private_file(target)
    try:
        connection = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            connection.execute("VACUUM INTO ?", (str(target),)).fetchall()
        finally:
            connection.close()
    except apsw.Error as error:
        for path in (target, target.with_name(f"{target.name}-journal")):
            path.unlink(missing_ok=True)
        raise in_our_words(error) from error
    sync_file(target)


def sync_file(path: Path) -> None:
    """Have the disk hold what a file holds."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
