# SPDX-License-Identifier: Apache-2.0
"""Machine tokens: what a control-room system shows instead of signing in.

Only a token's hash is kept. A token is 32 bytes of chance, so its hash needs neither salt
nor slowness.
"""

import base64
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import apsw
import msgspec

from bavn.kernel.identity import OrganisationId
from bavn.runtime import clock

SCHEMA = """
CREATE TABLE IF NOT EXISTS token (
    hash BLOB PRIMARY KEY, name TEXT NOT NULL UNIQUE, says TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""
TOKEN_BYTES = 32
PREFIX = "bavn_"


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What a token stands for: a name, a function, and the organisations that it acts for."""

    name: str
    function: str
    # The first is the one that it acts as where none is named.
    organisations: tuple[OrganisationId, ...]
    areas: tuple[OrganisationId, ...] = ()
    personal: bool = False
    expires_at: datetime | None = None


class Tokens:
    """The tokens of one world."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db

    def make(self, token: Token) -> str:
        """A new token, shown once and not kept; an earlier one of the same name ends."""
        raw = PREFIX + base64.urlsafe_b64encode(clock.entropy(TOKEN_BYTES)).decode().rstrip("=")
        says = msgspec.json.encode(token).decode()
        with self._db:
            self._db.execute("DELETE FROM token WHERE name = ?", (token.name,))
            self._db.execute("INSERT INTO token VALUES (?, ?, ?)", (_hash(raw), token.name, says))
        return raw

    def end(self, name: str) -> bool:
        """Have a token stand for nothing any more; False when there was none of this name."""
        with self._db:
            self._db.execute("DELETE FROM token WHERE name = ?", (name,))
            count = self._db.changes()
        return count > 0

    def all(self) -> Sequence[Token]:
        """Every token, by name."""
        rows = self._db.execute("SELECT says FROM token ORDER BY name")
        return [msgspec.json.decode(says, type=Token) for (says,) in rows]

    def of(self, raw: str, now: datetime) -> Token | None:
        """What a token stands for; None for what is none, or is none any more."""
        row = self._db.execute("SELECT says FROM token WHERE hash = ?", (_hash(raw),)).fetchone()
        if row is None:
            return None
        token = msgspec.json.decode(row[0], type=Token)
        return None if token.expires_at is not None and token.expires_at <= now else token


def _hash(raw: str) -> bytes:
    return sha256(raw.encode()).digest()
