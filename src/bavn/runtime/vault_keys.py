# SPDX-License-Identifier: Apache-2.0
"""The vault's keys in a file of their own, apart from what they seal and apart in every backup.

An erased key is overwritten in its page, and the write-ahead log that brought it there is emptied,
so that its bytes are in no file of this folder. What an earlier state of the disk itself remembers
(snapshots, worn flash cells) is beyond a program.
"""

from collections.abc import Callable
from contextlib import suppress

import apsw

from bavn.journal.store import StoreBroken, StoreFull
from bavn.journal.stores.sqlite.store import in_our_words
from bavn.kernel.refusal import BrokenPromise

KEY_BYTES = 32
_REPEAT_KEY = "repeat key"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS key (name TEXT PRIMARY KEY, key BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS erased (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
"""
# Keys held in memory: those of the incidents of some days. The rest are read from the file.
KNOWN_LIMIT = 10_000
# A flush adds a few pages to the write-ahead log; after so many it is some megabytes.
FLUSHES_PER_FOLD = 500
# Rather wait for a reader's lock than fail; a backup holds one for as long as it copies.
BUSY_MS = 5_000


class FileKeys:
    """Keys in one SQLite file; used by the thread that writes the journal."""

    def __init__(
        self,
        path: str,
        entropy: Callable[[int], bytes],
        *,
        vfs: str | None = None,
        read_only: bool = False,
    ) -> None:
        self._entropy = entropy
        self._made: dict[str, bytes] = {}
        self._known: dict[str, bytes] = {}
        self._flush_count = 0
        try:
            if read_only:
                self._db = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY, vfs=vfs)
                self._db.set_busy_timeout(BUSY_MS)
                self._db.execute("SELECT name FROM key LIMIT 1").fetchall()
                return
            self._db = apsw.Connection(path, vfs=vfs)
            self._db.set_busy_timeout(BUSY_MS)
            if vfs is not None:
                self._db.pragma("locking_mode", "EXCLUSIVE")
            self._db.pragma("journal_mode", "WAL")
            self._db.pragma("synchronous", "FULL")
            self._db.pragma("secure_delete", value=True)
            # The log is folded in by itself, after a write: inside one, a full disk would turn a
            # write that has succeeded into an error.
            self._db.pragma("wal_autocheckpoint", 0)
            with self._db:
                self._db.execute(_SCHEMA)
            self._empty_log()
        except apsw.Error as error:
            raise in_our_words(error) from error

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def key(self, name: str) -> bytes | None:
        """The key of this name; None when there never was one or it was erased."""
        key = self._made.get(name) or self._known.get(name)
        if key is None:
            key = self._one("SELECT key FROM key WHERE name = ?", name)
            if key is not None:
                self._remember(name, key)
        return key

    def make(self, name: str) -> bytes:
        """The key of this name, made when there is none; an erased name gets no new key."""
        key = self.key(name)
        if key is None:
            if self.is_erased(name):
                msg = f"the key {name} was erased; seal under another subject"
                raise BrokenPromise(msg)
            key = self._made[name] = self._entropy(KEY_BYTES)
        return key

    def keep(self, name: str, key: bytes) -> None:
        """Keep a key that was made elsewhere, under a name that was never erased here."""
        if self.is_erased(name):
            msg = f"the key {name} was erased; it does not come back"
            raise BrokenPromise(msg)
        self._made[name] = key

    def flush(self) -> None:
        """Have every key that was made on disk, before anything sealed with it is."""
        if not self._made:
            return
        self._write("INSERT OR REPLACE INTO key VALUES (?, ?)", list(self._made.items()))
        for name, key in self._made.items():
            self._remember(name, key)
        self._made.clear()
        self._flush_count += 1
        if self._flush_count % FLUSHES_PER_FOLD == 0:
            with suppress(apsw.FullError, apsw.BusyError):
                self._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)

    def erase(self, name: str) -> None:
        """Destroy a key and remember that it was destroyed; harmless when it already is."""
        self._made.pop(name, None)
        self._known.pop(name, None)
        if not self.is_erased(name):
            self._write("INSERT INTO erased VALUES (?)", [(name,)])
        if self._one("SELECT 1 FROM key WHERE name = ?", name) is not None:
            self._write("DELETE FROM key WHERE name = ?", [(name,)])
        # Also when the key is gone: an earlier try may have been cut off before this.
        try:
            self._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        except apsw.BusyError as error:
            # A reader, such as a backup of the keys, is in the way: the journal tries again.
            raise StoreFull("the log of the keys cannot be emptied now") from error
        except apsw.Error as error:
            raise in_our_words(error) from error

    def _empty_log(self) -> None:
        """Fold the log away: after a power loss it may hold the bytes of a key that is erased."""
        with suppress(apsw.FullError, apsw.BusyError):
            self._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)

    def is_erased(self, name: str) -> bool:
        """True when the key was destroyed."""
        return self._one("SELECT 1 FROM erased WHERE name = ?", name) is not None

    def erased(self) -> list[str]:
        """The names of all keys that were destroyed."""
        return [name for (name,) in self._db.execute("SELECT name FROM erased ORDER BY name")]

    def repeat_key(self) -> bytes:
        """The secret under which repeats are recognised."""
        key = self.make(_REPEAT_KEY)
        self.flush()
        return key

    def integrity(self) -> list[str]:
        """What SQLite finds wrong with the file itself."""
        try:
            found = [text for (text,) in self._db.execute("PRAGMA integrity_check(100)")]
        except apsw.Error as error:
            return [str(error)]
        return [] if found == ["ok"] else found

    def _remember(self, name: str, key: bytes) -> None:
        if len(self._known) >= KNOWN_LIMIT:
            self._known.clear()
        self._known[name] = key

    def _one(self, sql: str, name: str) -> bytes | None:
        try:
            found = self._db.execute(sql, (name,)).fetchone()
        except apsw.Error as error:
            raise in_our_words(error) from error
        except UnicodeDecodeError as error:
            raise StoreBroken(f"a text in the file of keys is damaged: {error}") from error
        return None if found is None else found[0]

    def _write(self, sql: str, rows: list[tuple[object, ...]]) -> None:
        try:
            with self._db:
                self._db.executemany(sql, rows)
        except apsw.Error as error:
            raise in_our_words(error) from error
