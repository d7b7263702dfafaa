# SPDX-License-Identifier: Apache-2.0
"""Which devices may come, by the mark of the certificate that each shows."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import apsw
import msgspec

from bavn.runtime.tokens import Token

SCHEMA = """
CREATE TABLE IF NOT EXISTS device (
    mark BLOB PRIMARY KEY, name TEXT NOT NULL UNIQUE, says TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""


class KnownDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A device: whom it acts for, as a token would, and the unit that it is aboard of, if any."""

    token: Token
    unit: str | None = None

    @property
    def name(self) -> str:
        """What logs call it."""
        return self.token.name

    @property
    def group(self) -> str:
        """Its organisation: the devices of one hear each other."""
        return self.token.organisations[0]


class Devices:
    """The devices of one world."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db

    def add(self, certificate: bytes, device: KnownDevice) -> None:
        """Let a device in by its certificate; an earlier one of the same name ends."""
        says = msgspec.json.encode(device).decode()
        with self._db:
            self._db.execute("DELETE FROM device WHERE name = ?", (device.name,))
            row = (_mark(certificate), device.name, says)
            self._db.execute("INSERT INTO device VALUES (?, ?, ?)", row)

    def end(self, name: str) -> bool:
        """Let a device in no more; False when there was none of this name."""
        with self._db:
            self._db.execute("DELETE FROM device WHERE name = ?", (name,))
            count = self._db.changes()
        return count > 0

    def all(self) -> Sequence[KnownDevice]:
        """Every device, by name."""
        rows = self._db.execute("SELECT says FROM device ORDER BY name")
        return [msgspec.json.decode(says, type=KnownDevice) for (says,) in rows]

    def of(self, certificate: bytes, now: datetime) -> KnownDevice | None:
        """Whose certificate it is; None for a stranger's, and for one whose time is over."""
        found = self._db.execute("SELECT says FROM device WHERE mark = ?", (_mark(certificate),))
        row = found.fetchone()
        if row is None:
            return None
        device = msgspec.json.decode(row[0], type=KnownDevice)
        ends = device.token.expires_at
        return None if ends is not None and now >= ends else device


def _mark(certificate: bytes) -> bytes:
    return sha256(certificate).digest()
