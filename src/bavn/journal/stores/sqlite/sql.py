# SPDX-License-Identifier: Apache-2.0
"""SQL made from tables that are declared as data.

Every name in it comes from our own code, never from input.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bavn.journal.store import AnyOf
from bavn.journal.table import Column, Table, Value

JOURNAL_SCHEMA = """
CREATE TABLE fact (
  position INTEGER PRIMARY KEY,
  id BLOB NOT NULL,
  raw BLOB NOT NULL,
  heard_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX fact_by_id ON fact (id);
CREATE TABLE entry (
  channel INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  position INTEGER NOT NULL,
  hash BLOB NOT NULL,
  signature BLOB,
  PRIMARY KEY (channel, sequence)
) STRICT, WITHOUT ROWID;
CREATE TABLE about (
  owner TEXT NOT NULL,
  subject TEXT NOT NULL,
  stamp BLOB NOT NULL,
  channel INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (owner, subject, stamp, channel)
) STRICT, WITHOUT ROWID;
CREATE TABLE ref (
  owner TEXT NOT NULL,
  sender TEXT NOT NULL,
  ref TEXT NOT NULL,
  position INTEGER NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (owner, sender, ref, position)
) STRICT, WITHOUT ROWID;
"""


# Rows that one statement inserts where there are many: each statement that is run costs about as
# much as a row does.
ROWS_AT_ONCE = 32


def insert(table: str, columns: int, rows: int = 1) -> str:
    """The statement that inserts so many rows into a table of so many columns."""
    row = f"({', '.join('?' * columns)})"
    return f'INSERT INTO "{table}" VALUES {", ".join([row] * rows)}'  # noqa: S608


def _column(column: Column) -> str:
    return f'"{column.name}" {column.sort.value}{"" if column.optional else " NOT NULL"}'


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def make_table(table: Table) -> str:
    """The statements that make a table and its indexes."""
    columns = ", ".join(_column(column) for column in table.columns)
    key = f"PRIMARY KEY ({_names(table.key)})"
    statements = [f'CREATE TABLE "{table.name}" ({columns}, {key}) STRICT, WITHOUT ROWID']
    statements += [
        f'CREATE INDEX "{table.name}_by_{"_".join(index)}" ON "{table.name}" ({_names(index)})'
        for index in table.indexes
    ]
    return ";".join(statements)


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements for one table."""

    put: str
    row: str
    remove: str


def statements_for(table: Table) -> Statements:
    """The statements for one table."""
    marks = ", ".join("?" * len(table.columns))
    at_key = " AND ".join(f'"{name}" = ?' for name in table.key)
    return Statements(
        put=f'INSERT OR REPLACE INTO "{table.name}" VALUES ({marks})',  # noqa: S608
        row=f'SELECT * FROM "{table.name}" WHERE {at_key}',  # noqa: S608
        remove=f'DELETE FROM "{table.name}" WHERE {at_key}',  # noqa: S608
    )


def _any_of(any_of: AnyOf) -> str:
    choices = [f'"{name}" IN ({", ".join("?" * len(wanted))})' for name, wanted in any_of]
    return f"({' OR '.join(choices) or 'false'})"


def select(
    table: Table,
    where: Mapping[str, Value],
    any_of: AnyOf | None,
    at_most: tuple[str, int] | None,
    limit: int | None,
) -> tuple[str, list[Value]]:
    """A look-up by equal columns, in the order of the key or of the bounded column."""
    unknown = set(where) - set(table.column_names)
    if unknown:
        msg = f"{table.name} has no column {sorted(unknown)}"
        raise KeyError(msg)
    conditions = [f'"{name}" = ?' for name in where]
    values: list[Value] = list(where.values())
    if any_of is not None:
        conditions.append(_any_of(any_of))
        values += [value for _, wanted in any_of for value in sorted(wanted)]
    order = _names(table.key)
    if at_most is not None:
        column, bound = at_most
        conditions.append(f'"{column}" <= ?')
        values.append(bound)
        order = f'"{column}", {order}'
    clause = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    tail = "" if limit is None else f" LIMIT {limit:d}"
    return f'SELECT * FROM "{table.name}"{clause} ORDER BY {order}{tail}', values  # noqa: S608
