# SPDX-License-Identifier: Apache-2.0
"""Looking whether a package is what its tables of contents say: every fault is named."""

import csv
from collections.abc import Callable, Iterator
from hashlib import file_digest, sha256
from pathlib import Path

import msgspec

from bavn.runtime.archive.form import CONTENTS, FORM, TABLE_FORMS, Contents, TableForm, indices_of
from bavn.runtime.halt import halt

# A situation report is some thousand letters; no cell is near this.
CELL_LIMIT = 16 * 1024 * 1024


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Something is not as it should be: which file, and what."""

    path: str
    code: str


def contents_of(folder: Path) -> tuple[Contents, str]:
    """What a package says that it holds, and its digest; halts where it is none."""
    try:
        raw = (folder / CONTENTS).read_bytes()
        found = msgspec.json.decode(raw, type=Contents)
    except (OSError, msgspec.MsgspecError) as error:
        raise halt(
            "archive_none",
            f"{folder} is no package for the archive.",
            "Give the folder that `bavn archive make` made.",
            path=folder,
        ) from error
    if found.form != FORM:
        raise halt(
            "archive_form",
            f"{folder} has the form {found.form}, which this program does not know.",
            "Use the program that made it.",
            path=folder,
            form=found.form,
        )
    return found, sha256(raw).hexdigest()


def faults_of(folder: Path, progress: Callable[[int, int], object]) -> Iterator[Fault]:
    """Every fault of a package, none where it is as it was made."""
    told, _ = contents_of(folder)
    indices = indices_of(told)
    for path, raw in indices.items():
        place = folder / path
        if not place.is_file() or place.read_bytes() != raw:
            yield Fault(path=path, code="changed" if place.is_file() else "missing")
    known = {*indices, *(each.path for each in told.files)}
    for place in sorted(folder.rglob("*")):
        path = place.relative_to(folder).as_posix()
        if (place.is_symlink() or not place.is_dir()) and path not in known:
            yield Fault(path=path, code="unknown")
    for number, each in enumerate(told.files, 1):
        place = folder / each.path
        # What a package names lies in it, whatever it names.
        if ".." in Path(each.path).parts or place.is_symlink() or not place.is_file():
            yield Fault(path=each.path, code="missing")
            continue
        with place.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        if (place.stat().st_size, digest) != (each.size, each.sha256):
            yield Fault(path=each.path, code="changed")
        progress(number, len(told.files))
    for form in TABLE_FORMS:
        yield from _table_faults(folder, form, told.rows.get(form.name, -1))


def _table_faults(folder: Path, form: TableForm, rows: int) -> Iterator[Fault]:
    place = folder / form.file
    if not place.is_file():
        return  # told as a file that is missing, or not told at all
    csv.field_size_limit(CELL_LIMIT)
    try:
        with place.open(encoding="utf-8", newline="") as file:
            sheet = csv.reader(file, strict=True)
            head = next(sheet, [])
            widths, count = set[int](), 0
            for row in sheet:
                widths.add(len(row))
                count += 1
    except (csv.Error, UnicodeDecodeError):
        yield Fault(path=form.file, code="unreadable")
        return
    if head != [each.name for each in form.columns] or widths - {len(head)}:
        yield Fault(path=form.file, code="columns")
    if count != rows:
        yield Fault(path=form.file, code="rows")
