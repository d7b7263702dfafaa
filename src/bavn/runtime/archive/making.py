# SPDX-License-Identifier: Apache-2.0
"""Writing a package: beside its place, a row at a time, and put in its place when it is whole.

What is killed in the middle leaves a folder whose name begins with a dot and ends with `.partial`.
It is no package, nothing takes it for one, and the next one that is made there removes it.
"""

import csv
import os
import shutil
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from bavn.runtime.archive.form import (
    DOCUMENTS_FILE,
    FACTS_FILE,
    INDICES,
    READ_ME,
    TABLE_FORMS,
    Contents,
    FileTold,
    indices_of,
    read_me,
)
from bavn.runtime.erasures import sync_folder
from bavn.runtime.folder import OWNER_ONLY_FILE, make_folder, write_whole
from bavn.runtime.halt import halt

PARTIAL = ".partial"


class _Written:
    """A file that is written and digested as it grows."""

    def __init__(self, folder: Path, path: str) -> None:
        self.path = path
        place = folder / path
        make_folder(place.parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._file = os.fdopen(os.open(place, flags, OWNER_ONLY_FILE), "wb")
        self._digest = sha256()
        self._size = 0

    def write(self, text: str) -> int:
        """Some more of it."""
        self.add(text.encode())
        return len(text)

    def add(self, raw: bytes) -> None:
        """Some more of it, as bytes."""
        self._file.write(raw)
        self._digest.update(raw)
        self._size += len(raw)

    def end(self) -> FileTold:
        """It is whole and on disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return FileTold(path=self.path, size=self._size, sha256=self._digest.hexdigest())

    def close(self) -> None:
        """Let go of it, whole or not."""
        self._file.close()


class Making:
    """A package that is being written; use it as a context, and end it with `finish`."""

    def __init__(self, target: Path) -> None:
        if target.exists():
            raise halt(
                "archive_there",
                f"{target} is there already.",
                "Verify it with `bavn archive verify`, or give another folder with --out.",
                path=target,
            )
        self._target = target
        self._partial = target.with_name(f".{target.name}{PARTIAL}")
        shutil.rmtree(self._partial, ignore_errors=True)
        make_folder(self._partial)
        self._tables = {each.name: _Written(self._partial, each.file) for each in TABLE_FORMS}
        self._rows = {each.name: 0 for each in TABLE_FORMS}
        self._facts = _Written(self._partial, FACTS_FILE)
        self._documents = _Written(self._partial, DOCUMENTS_FILE)
        self._document_count = 0
        self._sheets = {name: _sheet(file) for name, file in self._tables.items()}
        for form in TABLE_FORMS:
            self._sheets[form.name]([column.name for column in form.columns])

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave nothing that is half."""
        for each in (*self._tables.values(), self._facts, self._documents):
            each.close()
        shutil.rmtree(self._partial, ignore_errors=True)

    def row(self, table: str, cells: Sequence[object]) -> None:
        """A row of a table, its cells in the order of the columns."""
        self._sheets[table](["" if each is None else str(each) for each in cells])
        self._rows[table] += 1

    def fact(self, raw: bytes) -> None:
        """A fact, as it stands in the record."""
        self._facts.add(raw + b"\n")

    def document(self, raw: bytes) -> int:
        """A signed document; the line that it stands on."""
        self._documents.add(raw + b"\n")
        self._document_count += 1
        return self._document_count

    def finish(self, told: Callable[[dict[str, int], tuple[FileTold, ...]], Contents]) -> Contents:
        """Put it in its place: when this returns, it is whole and on disk."""
        note = _Written(self._partial, READ_ME)
        note.add(read_me())
        parts = (*self._tables.values(), self._facts, self._documents, note)
        files = sorted((each.end() for each in parts), key=lambda each: each.path)
        contents = told(self._rows, tuple(files))
        make_folder(self._partial / INDICES)
        for path, raw in indices_of(contents).items():
            write_whole(self._partial / path, raw)
        for folder in (*(each for each in self._partial.iterdir() if each.is_dir()), self._partial):
            sync_folder(folder)
        self._partial.rename(self._target)
        sync_folder(self._target.parent)
        return contents


def _sheet(file: _Written) -> Callable[[list[str]], object]:
    writing: TextIO = file  # type: ignore[assignment]
    return csv.writer(writing, lineterminator="\r\n").writerow
