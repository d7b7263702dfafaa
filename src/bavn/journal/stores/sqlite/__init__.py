# SPDX-License-Identifier: Apache-2.0
"""The journal in one SQLite file, through apsw and the SQLite that it bundles."""

from bavn.journal.stores.sqlite.opening import open_store
from bavn.journal.stores.sqlite.store import SqliteStore

__all__ = ["SqliteStore", "open_store"]
