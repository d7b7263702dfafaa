# SPDX-License-Identifier: Apache-2.0
"""Tables as data: columns and key, from which each store makes its own SQL."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

Value = str | int | float | bytes | None
Row = dict[str, Value]
Key = tuple[Value, ...]


class Sort(StrEnum):
    """The sort of value that a column holds."""

    TEXT = "TEXT"
    INTEGER = "INTEGER"
    REAL = "REAL"
    BYTES = "BLOB"


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    name: str
    sort: Sort = Sort.TEXT
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Columns, the key among them, and the columns that rows are looked up by."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of all columns, in order."""
        return tuple(column.name for column in self.columns)

    def key_of(self, row: Row) -> Key:
        """The key of a row."""
        return tuple(row[name] for name in self.key)

    def named(self, name: str) -> Self:
        """The same table under another name."""
        return replace(self, name=name)
