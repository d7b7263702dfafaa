# SPDX-License-Identifier: Apache-2.0
"""A bundle while it is put together: its records on disk, its parts decided, then sealed.

The hash of each part stands in the manifest, and the manifest stands first in each part; so all
records are packed before the first is sealed. Meanwhile they lie beside the record itself, and
never, not even for a moment, in clear where the bundle goes.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile

import msgspec
from msgspec import json
from nacl.signing import SigningKey, VerifyKey

from bavn.journal.chain import ChannelName, Segment
from bavn.journal.fact import COUNT_LIMIT
from bavn.runtime.bundle.form import (
    LABEL_BYTES_MOST,
    MANIFEST,
    PAGE,
    PARTS_LIMIT,
    SEGMENT,
    SUFFIX,
    Label,
    Manifest,
    Part,
    Stretch,
    pack,
    page_name,
    sign_manifest,
    write_label,
)
from bavn.runtime.bundle.sealing import (
    SEAL_CHUNK_BYTES,
    SEAL_CHUNK_MORE_BYTES,
    SEAL_HEAD_BYTES,
    seal,
)
from bavn.runtime.erasures import sync_folder
from bavn.runtime.folder import OWNER_ONLY_FILE
from bavn.runtime.halt import Halt, halt

# What the manifest takes for itself, for each page and for each part, names at their longest.
_MANIFEST_BYTES, _PAGE_BYTES, _PART_BYTES = 768, 72, 160


@dataclass(frozen=True, slots=True)
class Piece:
    """A record in the spool: where it lies, and which entries or which page it holds."""

    offset: int
    size: int
    holds: Stretch | str


class Spool:
    """Packed records on disk, in the order in which they came."""

    def __init__(self, folder: Path) -> None:
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 - closed by `close`
        self._end = 0

    def segment(self, segment: Segment) -> Piece:
        """Keep a segment."""
        stretch = Stretch(segment.channel, segment.first, segment.last)
        return self._keep(pack(SEGMENT, segment.to_bytes()), stretch)

    def page(self, raw: bytes) -> Piece:
        """Keep a page of the picture."""
        return self._keep(pack(PAGE, raw), page_name(raw))

    def record(self, piece: Piece) -> bytes:
        """A record as it was packed."""
        self._file.seek(piece.offset)
        return self._file.read(piece.size)

    def close(self) -> None:
        """Forget everything."""
        self._file.close()

    def _keep(self, record: bytes, holds: Stretch | str) -> Piece:
        self._file.seek(self._end)
        self._file.write(record)
        piece = Piece(self._end, len(record), holds)
        self._end += len(record)
        return piece


def manifest_bytes(channels: Iterable[ChannelName], parts: int, pages: int) -> int:
    """The most that a manifest takes which tells of so much.

    A channel is told of where it is held and where something of it is left out, and once more in
    each part in which it is gone on with.
    """
    sizes = [len(json.encode(Stretch(each, COUNT_LIMIT, COUNT_LIMIT))) + 1 for each in channels]
    stretches = 2 * sum(sizes) + parts * max(sizes, default=0)
    return _MANIFEST_BYTES + stretches + _PART_BYTES * parts + _PAGE_BYTES * pages


def room_in(limit: int, parts: int, described: int) -> int:
    """How many bytes of records fit into so many bytes of files, each with the manifest in it."""
    left = limit - parts * (LABEL_BYTES_MOST + SEAL_HEAD_BYTES + described)
    chunks = left // SEAL_CHUNK_BYTES + 1 + parts
    return max(0, left - chunks * SEAL_CHUNK_MORE_BYTES)


def share_out(pieces: Sequence[Piece], room: int) -> list[list[Piece]]:
    """The pieces of each part, in order, none larger than the room; halts when one piece is."""
    parts: list[list[Piece]] = [[]]
    filled = 0
    for piece in pieces:
        if piece.size > room:
            raise halt(
                "bundle_part_too_small",
                "One stretch of a channel does not fit into a part of that size.",
                f"Let each part be larger by {_mb(piece.size - room)} MB: --part-mb.",
                more=_mb(piece.size - room),
            )
        if filled + piece.size > room:
            parts.append([])
            filled = 0
        parts[-1].append(piece)
        filled += piece.size
    if len(parts) > PARTS_LIMIT:
        raise too_many_parts()
    return parts


def too_many_parts() -> Halt:
    """There would be more parts than three digits can number."""
    return halt(
        "bundle_too_many_parts",
        f"That would be more than {PARTS_LIMIT} parts.",
        "Let each part be larger: --part-mb.",
        limit=PARTS_LIMIT,
    )


def _mb(size: int) -> str:
    return f"{size / 1_000_000 + 0.1:.1f}"


def part_of(spool: Spool, pieces: Sequence[Piece]) -> Part:
    """What the manifest says of a part with these pieces."""
    digest = sha256()
    for piece in pieces:
        digest.update(spool.record(piece))
    return Part(
        sha256=digest.hexdigest(),
        size=sum(piece.size for piece in pieces),
        holds=tuple(joined(each.holds for each in pieces if isinstance(each.holds, Stretch))),
        pages=tuple(each.holds for each in pieces if isinstance(each.holds, str)),
    )


def joined(stretches: Iterator[Stretch]) -> Iterator[Stretch]:
    """The same entries in as few stretches as they can be told in."""
    before: Stretch | None = None
    for each in stretches:
        if before is not None and (each.channel, each.first) == (before.channel, before.last + 1):
            before = msgspec.structs.replace(before, last=each.last)
            continue
        if before is not None:
            yield before
        before = each
    if before is not None:
        yield before


@dataclass(frozen=True, slots=True)
class Target:
    """Where the files go, how they are called, and for whom they are sealed."""

    folder: Path
    name: str
    to: VerifyKey


def write_parts(
    spool: Spool,
    parts: Sequence[Sequence[Piece]],
    manifest: Manifest,
    key: SigningKey,
    target: Target,
) -> list[Path]:
    """Seal every part into its file; all of them are whole and on disk, or none is there."""
    described = pack(MANIFEST, sign_manifest(manifest, key))
    paths = [
        target.folder / _file_name(target.name, n, len(parts)) for n in range(1, len(parts) + 1)
    ]
    for path in paths:
        if path.exists():
            raise halt(
                "bundle_in_the_way",
                f"{path} is there already, and a bundle is never written over.",
                "Give another folder with --out, or give the command again.",
                path=path,
            )
    beside = [path.with_name(f"{path.name}.new") for path in paths]
    try:
        for number, (path, pieces) in enumerate(zip(beside, parts, strict=True), 1):
            label = Label(
                world=manifest.world,
                sender=manifest.sender,
                to=manifest.to,
                number=manifest.number,
                part=number,
                parts=len(parts),
            )
            _write_part(path, label, _records(spool, described, pieces), target.to)
    except BaseException:
        for path in beside:
            path.unlink(missing_ok=True)
        raise
    for path, whole in zip(beside, paths, strict=True):
        path.replace(whole)
    sync_folder(target.folder)
    return paths


def _file_name(name: str, number: int, count: int) -> str:
    return f"{name}{SUFFIX}" if count == 1 else f"{name}.{number:03}{SUFFIX}"


def _records(spool: Spool, described: bytes, pieces: Sequence[Piece]) -> Iterator[bytes]:
    yield described
    for piece in pieces:
        yield spool.record(piece)


def _write_part(path: Path, label: Label, records: Iterator[bytes], to: VerifyKey) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWNER_ONLY_FILE)
    with os.fdopen(file, "wb") as writing:
        writing.write(write_label(label))
        seal(to, records, writing)
        writing.flush()
        # Who pulls the stick out when the command has ended must have the whole of it.
        os.fsync(writing.fileno())
