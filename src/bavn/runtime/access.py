# SPDX-License-Identifier: Apache-2.0
"""Who may come in, in one world: accounts, sessions, tokens, devices and failed tries.

A file of its own, and no part of the record: names of people are here and nowhere else, and what is
ended is gone.
The command line writes in it beside the process that serves, and is heard at the next request.
"""

from pathlib import Path

import apsw

from bavn.runtime import accounts, sessions, throttle, tokens
from bavn.runtime.accounts import Accounts
from bavn.runtime.folder import make_private_file
from bavn.runtime.passwords import Argon2, Hashes
from bavn.runtime.sessions import Sessions
from bavn.runtime.tak import devices
from bavn.runtime.tak.devices import Devices
from bavn.runtime.throttle import Throttle
from bavn.runtime.tokens import Tokens

# How long one process waits for another's few rows to be on disk.
BUSY_MS = 5_000


class Access:
    """The open file, and the five things that are in it."""

    def __init__(self, path: Path, hashes: Hashes | None = None) -> None:
        self.hashes = hashes or Argon2()
        make_private_file(path)
        self._db = apsw.Connection(str(path))
        self._db.set_busy_timeout(BUSY_MS)
        self._db.pragma("journal_mode", "WAL")
        self._db.pragma("synchronous", "FULL")
        # A name that is forgotten is overwritten, not only let go of.
        self._db.pragma("secure_delete", True)  # noqa: FBT003 - a pragma's value
        self._db.pragma("foreign_keys", True)  # noqa: FBT003 - a pragma's value
        with self._db:
            for part in (tokens, devices, accounts, sessions, throttle):
                self._db.execute(part.SCHEMA)
        self.tokens = Tokens(self._db)
        self.devices = Devices(self._db)
        self.accounts = Accounts(self._db)
        self.sessions = Sessions(self._db)
        self.throttle = Throttle(self._db)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
