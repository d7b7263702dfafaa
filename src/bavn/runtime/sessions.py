# SPDX-License-Identifier: Apache-2.0
"""Sessions: a browser that somebody has signed in with.

The browser holds 32 bytes of chance; here is only their hash, so that who reads the file cannot be
anybody. A session is new at each sign-in and never goes on under an old name.
"""

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

import apsw
import msgspec

from bavn.kernel.instants import ms_of
from bavn.runtime import clock

SCHEMA = """
CREATE TABLE IF NOT EXISTS session (
    hash BLOB PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    made_at_ms INTEGER NOT NULL,
    seen_at_ms INTEGER NOT NULL,
    way TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS session_account ON session (account);
CREATE TABLE IF NOT EXISTS session_purpose (
    session TEXT PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""
RAW_BYTES = 32
ID_BYTES = 8
MASK_BYTES = 32
# Half a long watch without a word: whoever comes back after that has been home.
IDLE_LIMIT = timedelta(hours=12)
# The longest watch is 24 hours, and nobody is to be signed out in the middle of handing over.
ABSOLUTE_LIMIT = timedelta(hours=30)
# When somebody was last seen is written down no more often: it is a flush of the disk each time.
SEEN_EVERY = timedelta(minutes=10)
# One person at several screens; the oldest goes when there are more.
SESSIONS_PER_ACCOUNT_LIMIT = 20


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session as it is shown to its owner; `way` is how it was signed in.

    `purpose` is what its person has said to read personal data for, until it ends or he says so.
    """

    id: str
    account: str
    made_at_ms: int
    seen_at_ms: int
    way: str
    purpose: str = ""


_COLUMNS = (
    "id, account, made_at_ms, seen_at_ms, way,"
    " coalesce((SELECT purpose FROM session_purpose WHERE session = session.id), '')"
)


class Sessions:
    """The sessions of one world."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db

    def begin(self, account: str, way: str, now: datetime) -> str:
        """A new session; what the browser is to show, which is not kept."""
        raw, now_ms = chance(), ms_of(now)
        with self._db:
            self._db.execute(
                "DELETE FROM session WHERE seen_at_ms < ? OR made_at_ms < ?", _oldest(now)
            )
            self._db.execute(
                "DELETE FROM session WHERE hash IN (SELECT hash FROM session WHERE account = ?"
                " ORDER BY seen_at_ms DESC LIMIT -1 OFFSET ?)",
                (account, SESSIONS_PER_ACCOUNT_LIMIT - 1),
            )
            self._db.execute(
                "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?)",
                (_hash(raw), clock.entropy(ID_BYTES).hex(), account, now_ms, now_ms, way),
            )
        return raw

    def of(self, raw: str, now: datetime) -> Session | None:
        """The session that a browser shows; None for one that is none, or is over."""
        row = self._db.execute(
            f"SELECT {_COLUMNS} FROM session WHERE hash = ? AND seen_at_ms >= ?"  # noqa: S608
            " AND made_at_ms >= ?",
            (_hash(raw), *_oldest(now)),
        ).fetchone()
        if row is None:
            return None
        session = _session(row)
        if ms_of(now) - session.seen_at_ms >= SEEN_EVERY / timedelta(milliseconds=1):
            with self._db:
                self._db.execute(
                    "UPDATE session SET seen_at_ms = ? WHERE hash = ?", (ms_of(now), _hash(raw))
                )
        return session

    def of_account(self, account: str, now: datetime) -> Sequence[Session]:
        """An account's sessions, the last seen first."""
        rows = self._db.execute(
            f"SELECT {_COLUMNS} FROM session WHERE account = ? AND seen_at_ms >= ?"  # noqa: S608
            " AND made_at_ms >= ? ORDER BY seen_at_ms DESC",
            (account, *_oldest(now)),
        )
        return [_session(row) for row in rows]

    def state_purpose(self, session: str, purpose: str) -> None:
        """Keep what a session's person reads personal data for; nothing any more where empty."""
        with self._db:
            self._db.execute("DELETE FROM session_purpose WHERE session = ?", (session,))
            if purpose:
                self._db.execute("INSERT INTO session_purpose VALUES (?, ?)", (session, purpose))

    def end(self, raw: str) -> None:
        """Have a browser's session be over."""
        with self._db:
            self._db.execute("DELETE FROM session WHERE hash = ?", (_hash(raw),))

    def end_one(self, account: str, session: str) -> bool:
        """End one of an account's sessions; False when it has none of this id."""
        with self._db:
            self._db.execute("DELETE FROM session WHERE account = ? AND id = ?", (account, session))
            count = self._db.changes()
        return count > 0

    def end_all(self, account: str, besides: str = "") -> None:
        """End an account's sessions, all or all but one."""
        with self._db:
            self._db.execute(
                "DELETE FROM session WHERE account = ? AND id <> ?", (account, besides)
            )


def chance() -> str:
    """What nobody can guess, as text."""
    return _text(clock.entropy(RAW_BYTES))


def form_key(raw: str) -> str:
    """What a form of our own pages carries, and no other page can know.

    It is made from what the browser's cookie holds, and masked anew each time: a page that is
    compressed with somebody else's words in it gives nothing away by its size.
    """
    mask = clock.entropy(MASK_BYTES)
    return _text(mask + _masked(_mac(raw), mask))


def is_form_key(raw: str, given: str) -> bool:
    """True when a form was made for whoever shows this cookie."""
    try:
        both = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))
    except ValueError:
        return False
    if not raw or len(both) != 2 * MASK_BYTES:
        return False
    return hmac.compare_digest(_masked(both[MASK_BYTES:], both[:MASK_BYTES]), _mac(raw))


def _mac(raw: str) -> bytes:
    return hmac.digest(raw.encode(), b"bavn form", "sha256")


def _masked(data: bytes, mask: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(data, mask, strict=True))


def _oldest(now: datetime) -> tuple[int, int]:
    return ms_of(now - IDLE_LIMIT), ms_of(now - ABSOLUTE_LIMIT)


def _session(row: tuple[object, ...]) -> Session:
    names = ("id", "account", "made_at_ms", "seen_at_ms", "way", "purpose")
    return msgspec.convert(dict(zip(names, row, strict=True)), Session)


def _hash(raw: str) -> bytes:
    return sha256(raw.encode()).digest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
