# SPDX-License-Identifier: Apache-2.0
"""Tables as data: columns and key, from which each store makes its own SQL."""

from dataclasses import dataclass, field, replace
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

    # Made once, not at each of a million rows.
    column_names: tuple[str, ...] = field(init=False, repr=False, compare=False)
    optional_names: tuple[str, ...] = field(init=False, repr=False, compare=False)
    real_names: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Note the names of all columns, of those that may be empty, and of the real numbers."""
        names = tuple(column.name for column in self.columns)
        optional = tuple(column.name for column in self.columns if column.optional)
        object.__setattr__(self, "column_names", names)
        reals = tuple(column.name for column in self.columns if column.sort is Sort.REAL)
        object.__setattr__(self, "optional_names", optional)
        object.__setattr__(self, "real_names", reals)

    def key_of(self, row: Row) -> Key:
        """The key of a row."""
        return tuple([row[name] for name in self.key])

    def named(self, name: str) -> Self:
        """The same table under another name."""
        return replace(self, name=name)
