# SPDX-License-Identifier: Apache-2.0
"""Failed tries to sign in, and how long to wait after them.

Guessing is made slow, and nobody is ever locked out: the wait grows and has an end. Tries are
counted for the account and for the address that they come from, known names and unknown ones
alike. Who signs in from an address that the account has been signed in from before is counted
apart: somebody far away who guesses at the duty officer's name cannot keep the duty officer out.

Runbook, when people say that they must wait: somebody is guessing, or a program tries with an old
password. Those at their usual place get in. `bavn user password` lets an account in at once.
"""

from datetime import datetime, timedelta
from hashlib import sha256

import apsw

from bavn.kernel.instants import ms_of

SCHEMA = """
CREATE TABLE IF NOT EXISTS failed (
    key BLOB PRIMARY KEY, count INTEGER NOT NULL, last_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS known_place (
    key BLOB PRIMARY KEY, last_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""
# Slips of the hand; a whole control room behind one address slips more often.
FREE_OF_ACCOUNT, FREE_OF_ADDRESS = 3, 30
FIRST_WAIT_S, LONGEST_WAIT_S = 1, 300
# After so long without a try, what was counted is forgotten.
FORGOTTEN_AFTER = timedelta(hours=24)
PLACE_FORGOTTEN_AFTER = timedelta(days=60)
_DOUBLINGS = 20


class Throttle:
    """Counts tries; kept over a restart."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db

    def wait_s(self, name: str, address: str, now: datetime) -> int:
        """How many seconds this name must wait at this address; nought when it may try."""
        counted = (
            (self._key_of(name, address, now), FREE_OF_ACCOUNT),
            (_key("address", address), FREE_OF_ADDRESS),
        )
        return max(self._wait_s(key, free, ms_of(now)) for key, free in counted)

    def count(self, name: str, address: str, now: datetime) -> None:
        """Count a try before it is known how it ends: many at once are no way around."""
        now_ms = ms_of(now)
        with self._db:
            self._forget(now)
            for key in (self._key_of(name, address, now), _key("address", address)):
                self._db.execute(
                    "INSERT INTO failed VALUES (?, 1, ?) ON CONFLICT (key) DO UPDATE"
                    " SET count = count + 1, last_at_ms = excluded.last_at_ms",
                    (key, now_ms),
                )

    def succeeded(self, name: str, address: str, now: datetime) -> None:
        """The try was right: nothing is held against the name, and its place is known."""
        with self._db:
            for key in (_key("account", name), _key("place", name, address)):
                self._db.execute("DELETE FROM failed WHERE key = ?", (key,))
            # Of the address only this one try: who has an account must not guess for free.
            self._db.execute(
                "UPDATE failed SET count = count - 1 WHERE key = ? AND count > 0",
                (_key("address", address),),
            )
            self._db.execute(
                "INSERT OR REPLACE INTO known_place VALUES (?, ?)",
                (_key("place", name, address), ms_of(now)),
            )

    def forgive(self, name: str) -> None:
        """Let an account in at once again, from wherever its password is known."""
        with self._db:
            self._db.execute("DELETE FROM failed WHERE key = ?", (_key("account", name),))

    def _key_of(self, name: str, address: str, now: datetime) -> bytes:
        place = _key("place", name, address)
        row = self._db.execute(
            "SELECT 1 FROM known_place WHERE key = ? AND last_at_ms >= ?",
            (place, ms_of(now - PLACE_FORGOTTEN_AFTER)),
        ).fetchone()
        return _key("account", name) if row is None else place

    def _wait_s(self, key: bytes, free: int, now_ms: int) -> int:
        row = self._db.execute(
            "SELECT count, last_at_ms FROM failed WHERE key = ?", (key,)
        ).fetchone()
        count, last_at_ms = (0, 0) if row is None else (int(row[0]), int(row[1]))
        if count < free:
            return 0
        wait_ms = 1_000 * min(LONGEST_WAIT_S, FIRST_WAIT_S << min(count - free, _DOUBLINGS))
        # A clock that was set back must not make anybody wait longer than the longest wait.
        left_ms = min(wait_ms, last_at_ms + wait_ms - now_ms)
        return max(0, -(-left_ms // 1_000))

    def _forget(self, now: datetime) -> None:
        for table, after in (("failed", FORGOTTEN_AFTER), ("known_place", PLACE_FORGOTTEN_AFTER)):
            self._db.execute(
                f"DELETE FROM {table} WHERE last_at_ms < ?",  # noqa: S608 - our own names
                (ms_of(now - after),),
            )


def _key(*parts: str) -> bytes:
    """Names and addresses are not kept in a list of who failed: only what they hash to."""
    return sha256("\n".join(parts).encode()).digest()
