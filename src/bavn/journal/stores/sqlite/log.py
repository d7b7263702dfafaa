# SPDX-License-Identifier: Apache-2.0
"""The write-ahead log looked at from outside, for commits that SQLite cannot reach.

SQLite ends the log at the first frame whose checksum is wrong, in silence: that is how it sees the
torn end of an unfinished write. A frame that has rotted looks the same, but then whole commits lie
beyond it. Since each commit is flushed before the next is written, frames that follow a *finished*
commit beyond SQLite's end can only mean damage.
"""

import struct
from pathlib import Path

import apsw

_HEADER_BYTES = 32
_SALTS_AT = 16
_CHECKSUM_AT = 24
_FRAME_HEADER = struct.Struct(">IIII")
_FRAME_HEADER_BYTES = 24
# The log is folded in at 16 MiB; one that grew beyond reading has another trouble.
READ_BYTES_LIMIT = 1 << 30


def unreachable_commits(connection: apsw.Connection, path: Path) -> int:
    """How many commits lie in the log beyond where SQLite ends it; zero when all is well."""
    log = path.with_name(path.name + "-wal")
    if not log.exists() or not _HEADER_BYTES < log.stat().st_size <= READ_BYTES_LIMIT:
        return 0
    raw = log.read_bytes()
    # What SQLite can reach, asked without folding anything in, and after reading: beside a writer
    # that goes on, it reaches further than what was read, or has begun the log anew.
    reached, _ = connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)
    if not log.exists() or log.read_bytes()[:_HEADER_BYTES] != raw[:_HEADER_BYTES]:
        return 0
    frames = _frames(raw)
    beyond = frames[max(reached, 0) :]
    salts = _salts(raw, frames)
    own = [size for size, *rest in beyond if tuple(rest) == salts]
    finished = [index for index, size in enumerate(own) if size]
    return len(finished) if finished and finished[0] < len(own) - 1 else 0


def _salts(raw: bytes, frames: list[tuple[int, int, int]]) -> tuple[int, ...]:
    """What the frames of the log's present life bear; those of earlier lives bear other salts.

    They stand in the header. Only where the header itself has rotted does the first frame tell:
    after a power loss just when the log was begun anew, that frame is of an earlier life.
    """
    if _header_is_whole(raw[:_HEADER_BYTES]):
        return struct.unpack_from(">II", raw, _SALTS_AT)
    return frames[0][1:] if frames else ()


def _header_is_whole(header: bytes) -> bool:
    """True when the header's checksum is right [SQLite file format, section 4.2]."""
    order = ">" if header[3] & 1 else "<"
    words = struct.unpack_from(f"{order}6I", header)
    first = second = 0
    for one, other in zip(words[::2], words[1::2], strict=True):
        first = (first + one + second) & 0xFFFFFFFF
        second = (second + other + first) & 0xFFFFFFFF
    return struct.unpack_from(">II", header, _CHECKSUM_AT) == (first, second)


def _frames(raw: bytes) -> list[tuple[int, int, int]]:
    """The size after commit (zero within one) and the two salts of each frame."""
    page_bytes = int.from_bytes(raw[8:12])
    if page_bytes == 1:
        page_bytes = 65536
    if page_bytes < 512 or page_bytes & (page_bytes - 1):  # noqa: PLR2004 - SQLite's smallest
        page_bytes = 4096  # the header itself is damaged; ours has SQLite's usual pages
    step = _FRAME_HEADER_BYTES + page_bytes
    return [
        _FRAME_HEADER.unpack_from(raw, place)[1:]
        for place in range(_HEADER_BYTES, len(raw) - step + 1, step)
    ]
