# SPDX-License-Identifier: Apache-2.0
"""What can have happened to files that came in: all of it stays with the organisation itself.

What the rows of a file become is told by the capability that owns the thing, as always. Here stands
which file it was, what was read of it, and what became of each row.
"""

import msgspec

from bavn.journal.fact import Sealed
from bavn.journal.kinds import Kind
from bavn.kernel.audience import Scope


class FileRow(msgspec.Struct, frozen=True):
    """A row of a file: where a spreadsheet shows it, and its cells by our columns."""

    number: int
    cells: dict[str, str]


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is wrong: the row (0 is the file), the column, the name of the text, and its values.

    A cell's own words are never among them: files may name people.
    """

    row: int
    column: str
    name: str
    values: dict[str, str] = {}


class RowResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a row: the facts that it was told in, or the code of the refusal.

    `of` is what it was about, `values` what goes into the refusal's words, `flags` what was odd.
    """

    row: int
    of: str
    facts: tuple[str, ...] = ()
    refused: str = ""
    values: dict[str, str] = {}
    flags: tuple[str, ...] = ()


class FileReceived(msgspec.Struct, frozen=True, kw_only=True):
    """A file came in, and is kept as it came. About `file:<id>`.

    `digest` is the SHA-256 of its bytes. Its name may name people.
    """

    what: str
    format: str
    size_bytes: int
    digest: str
    piece_count: int
    name: Sealed | None = None


class FileKept(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a file as it came, in base64. About the file."""

    piece: int
    content: Sealed | None = None


class FileRead(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of what was read of a file, by which columns. About the file.

    `reading` counts how often it was read: a later one, by other columns, replaces the earlier.
    `texts` are the cells that may name people, by row. `left_out` are the positions of columns that
    nobody knows.
    """

    reading: int
    piece: int
    piece_count: int
    row_count: int
    shape: str
    left_out: tuple[int, ...] = ()
    rows: tuple[FileRow, ...] = ()
    faults: tuple[Fault, ...] = ()
    texts: Sealed | None = None


class ColumnsMapped(msgspec.Struct, frozen=True, kw_only=True):
    """Which column of ours each position is, in files of one shape. About `columns:<shape>`.

    An empty text says that the column is not to be read. What headings say is not kept.
    """

    what: str
    columns: tuple[str, ...]
    account: str


class ImportBegun(msgspec.Struct, frozen=True, kw_only=True):
    """A person had what a preview showed carried out. About the file.

    `mark` is the preview's, `rows` are those that were to be carried out.
    """

    mark: str
    account: str
    rows: tuple[int, ...]


class RowsDone(msgspec.Struct, frozen=True, kw_only=True):
    """What became of some rows. About the file."""

    results: tuple[RowResult, ...]


HOME = frozenset({Scope.OWN})


def _kind(name: str, body: type[msgspec.Struct]) -> Kind:
    return Kind(name=f"exchange.{name}", version=1, body=body, scopes=HOME)


KINDS = (
    _kind("file_received", FileReceived),
    _kind("file_kept", FileKept),
    _kind("file_read", FileRead),
    _kind("columns_mapped", ColumnsMapped),
    _kind("import_begun", ImportBegun),
    _kind("rows_done", RowsDone),
)
