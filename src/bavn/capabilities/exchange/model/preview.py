# SPDX-License-Identifier: Apache-2.0
"""What a file would change, and the mark by which a person says that this is what was seen."""

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from hashlib import sha256

import msgspec

from bavn.capabilities.exchange.facts import Fault


class Sort(StrEnum):
    """What a row does."""

    NEW = "new"
    CHANGED = "changed"
    # What stands is the same, or another source's word holds and this one's is known.
    UNCHANGED = "unchanged"
    # Something later stands: nothing is done.
    OLDER = "older"


class Field(msgspec.Struct, frozen=True):
    """One field as it stands and as the file has it."""

    name: str
    before: str
    after: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a row of the file does to one thing.

    `of` is what it is about, `label` what people call it. `wanted` is what is to be asked for, by
    column; `private` are the columns that go with it and may name people.
    """

    row: int
    of: str
    label: str
    sort: Sort
    fields: tuple[Field, ...] = ()
    wanted: dict[str, str] = {}
    private: tuple[str, ...] = ()

    @property
    def is_to_do(self) -> bool:
        """True for what is carried out."""
        return self.sort in {Sort.NEW, Sort.CHANGED}


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """All that a file does, row by row; `absent` is what there is and the file does not name."""

    changes: tuple[Change, ...] = ()
    faults: tuple[Fault, ...] = ()
    absent: tuple[str, ...] = ()

    @property
    def to_do(self) -> tuple[Change, ...]:
        """What is carried out."""
        return tuple(each for each in self.changes if each.is_to_do)

    @property
    def counts(self) -> Mapping[Sort, int]:
        """How many rows there are of each sort."""
        found = Counter(each.sort for each in self.changes)
        return {sort: found[sort] for sort in Sort}

    @property
    def mark(self) -> str:
        """A short text that is another as soon as anything that would be done is another."""
        seen = [(each.row, each.of, each.sort, each.fields, each.private) for each in self.to_do]
        return sha256(msgspec.json.encode([seen, self.faults])).hexdigest()[:32]


def twice(keys: Iterable[tuple[int, str]]) -> dict[int, int]:
    """The rows whose key another row had before, with that row."""
    first: dict[str, int] = {}
    found = {}
    for row, key in keys:
        if first.setdefault(key, row) != row:
            found[row] = first[key]
    return found


def in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Faults as they stand in the file."""
    return tuple(sorted(faults, key=lambda each: (each.row, each.column)))
