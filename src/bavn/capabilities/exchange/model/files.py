# SPDX-License-Identifier: Apache-2.0
"""A file that came in: which one it is, what was read of it, and what became of its rows."""

from dataclasses import dataclass
from hashlib import sha256

from bavn.capabilities.exchange.facts import Fault, FileRow, RowResult
from bavn.capabilities.exchange.model.columns import What
from bavn.journal.table import Row
from bavn.kernel.identity import Subject


def file_id(sender: str, what: What, raw: bytes) -> str:
    """The id of a file that an organisation sent: the same file again is the same one."""
    return sha256(f"{sender}/{what}/".encode() + sha256(raw).digest()).hexdigest()[:24]


def subject_of(id_: str) -> Subject:
    """What a fact about a file is about."""
    return Subject(f"file:{id_}")


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file as it is kept, what was read of it, and what became of its rows."""

    id: str
    row: Row
    what: What
    rows: tuple[FileRow, ...]
    faults: tuple[Fault, ...]
    left_out: tuple[int, ...]
    to_do: tuple[int, ...]
    results: tuple[RowResult, ...]
    is_running: bool

    @property
    def is_read(self) -> bool:
        """True once its columns are known."""
        return bool(self.row["reading"])

    @property
    def refused(self) -> tuple[RowResult, ...]:
        """The rows that were refused."""
        return tuple(each for each in self.results if each.refused)
