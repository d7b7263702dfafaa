# SPDX-License-Identifier: Apache-2.0
"""Files of a world: taken in, read, looked at, and carried out."""

import asyncio
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import msgspec

from bavn.capabilities.exchange.decisions import (
    BeginImport,
    MapColumns,
    NoteRows,
    ReadFile,
    ReadPiece,
    request_of,
)
from bavn.capabilities.exchange.facts import Fault, FileRow, RowResult
from bavn.capabilities.exchange.model.columns import What
from bavn.capabilities.exchange.model.files import File, file_id, subject_of
from bavn.capabilities.exchange.model.preview import Change, Preview, in_order
from bavn.capabilities.exchange.model.reading import Read, read_file
from bavn.capabilities.exchange.ports import Around, Run
from bavn.capabilities.exchange.views import BYTES, FILES, MAPPINGS, PIECES, RESULTS
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.journal.fact import Sealed
from bavn.journal.reader import Query
from bavn.journal.table import Row
from bavn.journal.views import View
from bavn.kernel.identity import is_subject
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

# A fact has 64 KiB, a sealed text 32.
PIECE_BYTES, TEXTS_BYTES = 40_000, 24_000
# Whoever presses sees the end of what is short, and the progress of what is long.
WAIT_S = 2.0
Texts = dict[int, dict[str, str]]
T = TypeVar("T")


class Files:
    """The files of a world that is served; made once."""

    def __init__(self, query: Query, around: Around) -> None:
        self.around = around
        self._query = query
        self.running: dict[str, asyncio.Task[None]] = {}

    # Taking in

    async def take(
        self, desk: Desk, call: Call, what: What, form: str, name: str, raw: bytes
    ) -> str:
        """Keep a file as it came, then read it; the id of it, also where it was here before."""
        owner = call.actor.organisation
        id_ = file_id(owner, what, raw)
        asked = request_of(id_, raw, what=what, form=form, name=name)
        if isinstance(asked, Refused):
            raise Refusal(asked)
        known = self._rows(call, FILES, id_)
        if not known:
            await carried_out(desk, _as_file(call), owner, asked, f"file-{id_}")
        if not known or not known[0]["reading"]:
            await self._read(desk, call, id_, self.read(call, what, form, raw))
        return id_

    def read(self, call: Call, what: What, form: str, raw: bytes) -> Read:
        """What is in these bytes, by the columns that the organisation has named."""
        where = {"owner": call.actor.organisation, "what": what.value}
        told = {
            str(row["subject"]).partition(":")[2]: msgspec.json.decode(
                str(row["columns"]), type=tuple[str, ...]
            )
            for row in self._query.rows(call.reader, MAPPINGS, where)
        }
        return read_file(raw, what, form, self.around.words, told)

    async def map_columns(
        self, desk: Desk, call: Call, file: File, columns: tuple[str, ...], ref: str | None
    ) -> None:
        """Remember which column is which, and read the file by that."""
        owner, what = call.actor.organisation, file.what
        raw = await self.bytes_of(desk, call, file)
        shape = self.read(call, what, str(file.row["format"]), raw).shape
        content = MapColumns(what=what, shape=shape, columns=columns, account=call.account)
        await carried_out(desk, call, owner, content, ref)
        read = self.read(call, what, str(file.row["format"]), raw)
        await self._read(desk, call, file.id, read, int(str(file.row["reading"])) + 1)

    async def _read(self, desk: Desk, call: Call, id_: str, read: Read, reading: int = 1) -> None:
        """Tell what was read; nothing, while a person must first name columns."""
        if read.lacks:
            return
        content = ReadFile(
            id=id_,
            reading=reading,
            shape=read.shape,
            row_count=len(read.rows),
            left_out=read.left_out,
            pieces=tuple(_pieces(read)) or (ReadPiece(),),
        )
        await carried_out(desk, call, call.actor.organisation, content, None)

    # Looking

    def files(self, call: Call) -> list[Row]:
        """The organisation's files, the newest first."""
        rows = self._query.rows(call.reader, FILES, {"owner": call.actor.organisation})
        return sorted(rows, key=lambda row: int(str(row["received_at_ms"])), reverse=True)

    def file(self, call: Call, id_: str) -> File:
        """One file; ends the handler when there is none of the caller's organisation."""
        found = self._rows(call, FILES, id_)
        if not found:
            raise Refusal(
                Refused(
                    code="no_such_file",
                    says="There is no such file here.",
                    try_instead="Look at the files.",
                    values={"id": id_[:64]},
                )
            )
        row = found[0]
        pieces = [
            each for each in self._rows(call, PIECES, id_) if each["reading"] == row["reading"]
        ]
        pieces.sort(key=lambda each: int(str(each["piece"])))
        results = sorted(self._rows(call, RESULTS, id_), key=lambda each: int(str(each["line"])))
        return File(
            id=id_,
            row=row,
            what=What(str(row["what"])),
            rows=tuple(each for p in pieces for each in _decoded(p["rows"], tuple[FileRow, ...])),
            faults=tuple(each for p in pieces for each in _decoded(p["faults"], tuple[Fault, ...])),
            left_out=_decoded(row["left_out"], tuple[int, ...]),
            to_do=_decoded(row["to_do"], tuple[int, ...]),
            results=tuple(_decoded(each["result"], RowResult) for each in results),
            is_running=self._is_running(call, id_),
        )

    async def preview(self, call: Call, file: File) -> Preview:
        """What the file would change at this moment, with all that is wrong with it."""
        if not file.rows:
            return Preview(faults=file.faults)
        found = await self.around.targets[file.what].compare(call, file.rows)
        faults = in_order((*file.faults, *found.faults))
        return msgspec.structs.replace(found, faults=faults)

    async def heading(self, desk: Desk, call: Call, file: File) -> Read:
        """The heading of a file, for a person who is to name its columns."""
        raw = await self.bytes_of(desk, call, file)
        return self.read(call, file.what, str(file.row["format"]), raw)

    async def name_of_file(self, desk: Desk, call: Call, file: File) -> str:
        """What the file was called; nothing for a reader who may not open what may name people."""
        if file.row["name"] is None or not call.reader.personal:
            return ""
        return await self._opened(desk, call, file.row["name"])

    async def bytes_of(self, desk: Desk, call: Call, file: File) -> bytes:
        """The file as it came, for a reader who may open what may name people."""
        rows = self._rows(call, BYTES, file.id)
        rows.sort(key=lambda row: int(str(row["piece"])))
        texts = [await self._opened(desk, call, row["content"]) for row in rows]
        return b"".join(b64decode(each) for each in texts)

    # Carrying out

    async def carry_out(
        self, desk: Desk, call: Call, file: File, mark: str, ref: str | None
    ) -> None:
        """Have what was seen carried out; it goes on by itself where it takes long."""
        if file.is_running:
            raise Refusal(
                Refused(
                    code="import_running",
                    says="The file is being carried out.",
                    try_instead="Wait until it is done, and look at it again.",
                )
            )
        owner, preview = call.actor.organisation, await self.preview(call, file)
        to_do = preview.to_do
        texts = await self._texts(desk, call, file, to_do)
        content = BeginImport(
            id=file.id,
            mark=mark,
            now=preview.mark,
            rows=tuple(each.row for each in to_do),
            account=call.account,
        )
        done = await carried_out(desk, call, owner, content, ref)
        run = Run(id=done.facts[0], file=file.id, rows=file.rows)
        task = asyncio.create_task(self._run(desk, call, run, file.what, to_do, texts))
        key = f"{owner}/{file.id}"
        self.running[key] = task
        task.add_done_callback(lambda _: self.running.pop(key, None))
        finished, _ = await asyncio.wait({task}, timeout=WAIT_S)
        for each in finished:
            each.result()

    async def _run(
        self,
        desk: Desk,
        call: Call,
        run: Run,
        what: What,
        to_do: Sequence[Change],
        texts: Texts,
    ) -> None:
        target, owner, own = self.around.targets[what], call.actor.organisation, _as_file(call)
        for first in range(0, len(to_do), target.at_once):
            some = to_do[first : first + target.at_once]
            results = await target.carry_out(desk, own, run, some, texts)
            for at in range(0, len(results), 200):
                content = NoteRows(id=run.file, results=tuple(results[at : at + 200]))
                await carried_out(desk, own, owner, content, f"{run.id}-{first}-{at}")

    async def _texts(self, desk: Desk, call: Call, file: File, changes: Sequence[Change]) -> Texts:
        """The private cells of what is to be done; opened where there are any, and not else."""
        if not any(each.private for each in changes):
            return {}
        found: Texts = {}
        for row in self._rows(call, PIECES, file.id):
            if row["texts"] is not None and row["reading"] == file.row["reading"]:
                said = await self._opened(desk, call, row["texts"])
                found |= msgspec.json.decode(said, type=Texts)
        return found

    async def _opened(self, desk: Desk, call: Call, sealed: object) -> str:
        owner = call.actor.organisation
        told = await desk.reveal(call.reader, owner, _decoded(sealed, Sealed))
        if isinstance(told, Private):
            return told.reveal()
        raise Refusal(
            told
            if isinstance(told, Refused)
            else Refused(
                code="file_gone",
                says="The file's bytes are not here any more.",
                try_instead="Send the file again.",
            )
        )

    def _is_running(self, call: Call, id_: str) -> bool:
        return f"{call.actor.organisation}/{id_}" in self.running

    def _rows(self, call: Call, view: View, id_: str) -> list[Row]:
        subject = subject_of(id_)
        if not is_subject(subject):
            return []
        where = {"owner": call.actor.organisation, "subject": subject}
        return self._query.rows(call.reader, view, where)


def _as_file(call: Call) -> Call:
    """The caller, with numbers that are the file's: whoever sends it again sends the same."""
    return replace(call, sender=f"file:{call.actor.organisation}"[:64])


def _decoded(text: object, sort: type[T]) -> T:
    return msgspec.json.decode(str(text), type=sort)


def _pieces(read: Read) -> Iterator[ReadPiece]:
    """What was read, in pieces that facts and sealed texts take."""
    rows: list[FileRow] = []
    texts: Texts = {}
    sizes = [0, 0]
    for row in read.rows:
        said: Mapping[str, str] = read.texts.get(row.number, {})
        size = [len(msgspec.json.encode(row)), len(msgspec.json.encode(said)) + 12]
        if rows and (sizes[0] + size[0] > PIECE_BYTES or sizes[1] + size[1] > TEXTS_BYTES):
            yield _piece(rows, texts)
            rows, texts, sizes = [], {}, [0, 0]
        rows.append(row)
        if said:
            texts[row.number] = dict(said)
            sizes[1] += size[1]
        sizes[0] += size[0] + 1
    if rows:
        yield _piece(rows, texts)
    for first in range(0, len(read.faults), 200):
        yield ReadPiece(faults=read.faults[first : first + 200])


def _piece(rows: Sequence[FileRow], texts: Texts) -> ReadPiece:
    sealed = Private(msgspec.json.encode(texts).decode()) if texts else None
    return ReadPiece(rows=tuple(rows), texts=sealed)
