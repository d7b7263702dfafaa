# SPDX-License-Identifier: Apache-2.0
"""What can be asked about files, and how it is decided: each a pure function."""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256

import msgspec

from bavn.capabilities.exchange.facts import (
    ColumnsMapped,
    Fault,
    FileKept,
    FileRead,
    FileReceived,
    FileRow,
    ImportBegun,
    RowResult,
    RowsDone,
)
from bavn.capabilities.exchange.model.columns import BYTES_LIMIT, COLUMNS_LIMIT, OF, What
from bavn.capabilities.exchange.model.files import subject_of
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.journal.table import Row
from bavn.kernel.identity import Subject
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

# In base64 a third more, and the vault takes 32 KiB.
KEPT_BYTES_PER_PIECE = 24_000
NAME_LIMIT = 120


class ReceiveFile(msgspec.Struct, frozen=True, kw_only=True):
    """Keep a file as it came, before anybody has looked into it."""

    id: str
    what: What
    format: str
    size_bytes: int
    digest: str
    name: Private
    # The bytes in base64, in pieces that the vault takes.
    kept: tuple[Private, ...]


class ReadPiece(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of what was read, small enough for a fact."""

    rows: tuple[FileRow, ...] = ()
    faults: tuple[Fault, ...] = ()
    texts: Private | None = None


class ReadFile(msgspec.Struct, frozen=True, kw_only=True):
    """Say what was read of a file."""

    id: str
    reading: int
    shape: str
    row_count: int
    left_out: tuple[int, ...]
    pieces: tuple[ReadPiece, ...]


class MapColumns(msgspec.Struct, frozen=True, kw_only=True):
    """Say which column of ours each column of files of one shape is."""

    what: What
    shape: str
    columns: tuple[str, ...]
    account: str


class BeginImport(msgspec.Struct, frozen=True, kw_only=True):
    """Have carried out what a preview showed. `now` is the mark that the preview has at present."""

    id: str
    mark: str
    now: str
    rows: tuple[int, ...]
    account: str


class NoteRows(msgspec.Struct, frozen=True, kw_only=True):
    """Say what became of some rows."""

    id: str
    results: tuple[RowResult, ...]


def request_of(id_: str, raw: bytes, *, what: What, form: str, name: str) -> ReceiveFile | Refused:
    """What is asked when a file has come in."""
    if not raw:
        return Refused(
            code="file_empty", says="There is nothing in the file.", try_instead="Choose another."
        )
    if len(raw) > BYTES_LIMIT:
        return Refused(
            code="file_too_large",
            says=f"The file has {len(raw)} bytes, and {BYTES_LIMIT} are the most.",
            try_instead="Send it in parts.",
            values={"size": str(len(raw) // 1024), "limit": str(BYTES_LIMIT // 1024)},
        )
    pieces = range(0, len(raw), KEPT_BYTES_PER_PIECE)
    return ReceiveFile(
        id=id_,
        what=what,
        format=form,
        size_bytes=len(raw),
        digest=sha256(raw).hexdigest(),
        name=Private(name[:NAME_LIMIT]),
        kept=tuple(
            Private(b64encode(raw[at : at + KEPT_BYTES_PER_PIECE]).decode()) for at in pieces
        ),
    )


def receive(row: Row | None, request: ReceiveFile, context: Context) -> Sequence[Draft] | Refused:
    """The file as it came; one that is here already is not kept twice."""
    if row is not None:
        return Refused(
            code="file_here",
            says="This file was sent before.",
            try_instead="Look at it among the files.",
            values={"id": request.id},
        )
    about, at = (subject_of(request.id),), context.now
    body = FileReceived(
        what=request.what,
        format=request.format,
        size_bytes=request.size_bytes,
        digest=request.digest,
        piece_count=len(request.kept),
    )
    first = Draft(body=body, about=about, happened_at=at, seal={"name": request.name})
    return [
        first,
        *(
            Draft(body=FileKept(piece=n), about=about, happened_at=at, seal={"content": each})
            for n, each in enumerate(request.kept)
        ),
    ]


def read(row: Row | None, request: ReadFile, context: Context) -> Sequence[Draft] | Refused:
    """What was read of a file that is kept."""
    if row is None:
        return _unknown(request.id)
    return [
        Draft(
            body=FileRead(
                reading=request.reading,
                piece=n,
                piece_count=len(request.pieces),
                row_count=request.row_count,
                shape=request.shape,
                left_out=request.left_out,
                rows=each.rows,
                faults=each.faults,
            ),
            about=(subject_of(request.id),),
            happened_at=context.now,
            seal={} if each.texts is None else {"texts": each.texts},
        )
        for n, each in enumerate(request.pieces)
    ]


def map_columns(_: None, request: MapColumns, context: Context) -> Sequence[Draft] | Refused:
    """Which column is which, from now on, in every file of this shape."""
    known, named = OF[request.what].all, [each for each in request.columns if each]
    is_known = all(each in known for each in named) and len(set(named)) == len(named)
    if not is_known or not 0 < len(request.columns) <= COLUMNS_LIMIT:
        return Refused(
            code="columns_not_ours",
            says="A column is named twice, or is none that is known.",
            try_instead="Name each column once.",
        )
    subject = Subject(f"columns:{request.shape}")
    body = ColumnsMapped(what=request.what, columns=request.columns, account=request.account)
    return [Draft(body=body, about=(subject,), happened_at=context.now)]


def begin(row: Row | None, request: BeginImport, context: Context) -> Sequence[Draft] | Refused:
    """That what somebody has seen is to be carried out; nothing else is."""
    if row is None:
        return _unknown(request.id)
    if not request.rows:
        return Refused(
            code="nothing_to_carry_out",
            says="The file changes nothing.",
            try_instead="Send another, or mend this one.",
        )
    if request.mark != request.now:
        return Refused(
            code="preview_changed",
            says="What the file changes is not what it was when it was looked at.",
            try_instead="Look at the preview again, then have it carried out.",
        )
    body = ImportBegun(mark=request.mark, account=request.account, rows=request.rows)
    return [Draft(body=body, about=(subject_of(request.id),), happened_at=context.now)]


def note(row: Row | None, request: NoteRows, context: Context) -> Sequence[Draft] | Refused:
    """What became of rows."""
    if row is None:
        return _unknown(request.id)
    body = RowsDone(results=request.results)
    return [Draft(body=body, about=(subject_of(request.id),), happened_at=context.now)]


def _unknown(id_: str) -> Refused:
    return Refused(
        code="no_such_file",
        says="There is no such file here.",
        try_instead="Look at the files.",
        values={"id": id_},
    )
