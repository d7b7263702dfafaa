# SPDX-License-Identifier: Apache-2.0
"""Files and what became of their rows: the organisation's own, and nobody else's."""

import msgspec

from bavn.capabilities.exchange.facts import (
    ColumnsMapped,
    FileKept,
    FileRead,
    FileReceived,
    ImportBegun,
    RowsDone,
)
from bavn.journal.fact import Fact
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import ms_of

_INTEGER = Sort.INTEGER


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _received(rows: SubjectRows, body: FileReceived, fact: Fact) -> None:
    rows.put(
        {
            "what": body.what,
            "format": body.format,
            "size_bytes": body.size_bytes,
            "digest": body.digest,
            "piece_count": body.piece_count,
            "name": None if body.name is None else _text(body.name),
            "received_at_ms": ms_of(fact.happened_at),
            "received_by": fact.by.function,
            "reading": 0,
            "row_count": 0,
            "left_out": "[]",
            "shape": "",
            "begun_at_ms": None,
            "begun_by": None,
            "to_do": "[]",
        }
    )


def _was_read(rows: SubjectRows, body: FileRead, _fact: Fact) -> None:
    row = rows.get()
    if row is None or body.reading < _count(row, "reading"):
        return
    further: Row = {
        "reading": body.reading,
        "row_count": body.row_count,
        "left_out": _text(body.left_out),
        "shape": body.shape,
    }
    rows.put({**row, **further})


def _begun(rows: SubjectRows, body: ImportBegun, fact: Fact) -> None:
    row = rows.get()
    if row is None:
        return
    further: Row = {
        "begun_at_ms": ms_of(fact.happened_at),
        "begun_by": fact.by.function,
        "to_do": _text(body.rows),
    }
    rows.put({**row, **further})


def _count(row: Row, name: str) -> int:
    value = row[name]
    return value if isinstance(value, int) else 0


FILES = View(
    name="exchange_file",
    version=1,
    about="file",
    scope=Scope.OWN,
    columns=(
        *(Column("what"), Column("format"), Column("size_bytes", _INTEGER), Column("digest")),
        *(Column("piece_count", _INTEGER), Column("name", optional=True)),
        *(Column("received_at_ms", _INTEGER), Column("received_by"), Column("reading", _INTEGER)),
        *(Column("row_count", _INTEGER), Column("left_out"), Column("shape")),
        *(Column("begun_at_ms", _INTEGER, optional=True), Column("begun_by", optional=True)),
        Column("to_do"),
    ),
    folds={FileReceived: _received, FileRead: _was_read, ImportBegun: _begun},
)


def _kept(rows: SubjectRows, body: FileKept, _fact: Fact) -> None:
    if body.content is not None:
        rows.put({"piece": body.piece, "content": _text(body.content)})


BYTES = View(
    name="exchange_bytes",
    version=1,
    about="file",
    scope=Scope.OWN,
    columns=(Column("piece", _INTEGER), Column("content")),
    key=("piece",),
    folds={FileKept: _kept},
)


def _piece(rows: SubjectRows, body: FileRead, _fact: Fact) -> None:
    rows.put(
        {
            "reading": body.reading,
            "piece": body.piece,
            "rows": _text(body.rows),
            "faults": _text(body.faults),
            "texts": None if body.texts is None else _text(body.texts),
        }
    )


PIECES = View(
    name="exchange_piece",
    version=1,
    about="file",
    scope=Scope.OWN,
    columns=(
        *(Column("reading", _INTEGER), Column("piece", _INTEGER)),
        *(Column("rows"), Column("faults"), Column("texts", optional=True)),
    ),
    key=("reading", "piece"),
    folds={FileRead: _piece},
)


def _done(rows: SubjectRows, body: RowsDone, fact: Fact) -> None:
    for each in body.results:
        # What was refused and is then done, is done; a later word replaces an earlier one.
        rows.put(
            {"line": each.row, "result": _text(each), "at_ms": ms_of(fact.happened_at)},
        )


RESULTS = View(
    name="exchange_result",
    version=1,
    about="file",
    scope=Scope.OWN,
    columns=(Column("line", _INTEGER), Column("result"), Column("at_ms", _INTEGER)),
    key=("line",),
    folds={RowsDone: _done},
)


def _mapped(rows: SubjectRows, body: ColumnsMapped, _fact: Fact) -> None:
    rows.put({"what": body.what, "columns": _text(body.columns), "account": body.account})


MAPPINGS = View(
    name="exchange_columns",
    version=1,
    about="columns",
    scope=Scope.OWN,
    columns=(Column("what"), Column("columns"), Column("account")),
    folds={ColumnsMapped: _mapped},
)
VIEWS = (FILES, BYTES, PIECES, RESULTS, MAPPINGS)
