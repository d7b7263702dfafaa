# SPDX-License-Identifier: Apache-2.0
"""What a parent says to a child over the stream that the child holds open: frames, one by one.

A frame is a head of fixed length, the name of whom it is for, and the letter as it is. Letters are
compressed and sealed already: nothing is gained by a second time.
"""

from dataclasses import dataclass
from enum import IntEnum
from struct import Struct

from bavn.kernel.identity import NAME_CHARACTERS_LIMIT, NodeId, is_name
from bavn.runtime.peers.line import LETTER_BYTES_LIMIT

# Sort, number of the question, its time in milliseconds, bytes of the name, bytes of the letter.
_HEAD = Struct(">BQIBI")
NOBODY = NodeId("")


class Sort(IntEnum):
    """What a frame is."""

    BEAT = 0
    SESSION = 1
    TELL = 2
    ASK = 3


class Garbled(Exception):
    """What came is no frame: nothing after it can be believed either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame; `number` and `timeout_ms` are a question's."""

    sort: Sort
    to: NodeId = NOBODY
    letter: bytes = b""
    number: int = 0
    timeout_ms: int = 0

    def raw(self) -> bytes:
        """The frame as it goes over the wire."""
        to = self.to.encode()
        head = _HEAD.pack(self.sort, self.number, self.timeout_ms, len(to), len(self.letter))
        return head + to + self.letter


BEAT = Frame(sort=Sort.BEAT).raw()


class Reading:
    """Takes in what comes, in pieces of any size, and gives the frames that are whole."""

    def __init__(self) -> None:
        self._raw = bytearray()

    def take(self, raw: bytes) -> list[Frame]:
        """The frames that these bytes complete; Garbled when they are none."""
        self._raw += raw
        frames = []
        while (frame := self._first()) is not None:
            frames.append(frame)
        return frames

    def _first(self) -> Frame | None:
        if len(self._raw) < _HEAD.size:
            return None
        sort, number, timeout_ms, to_bytes, letter_bytes = _HEAD.unpack_from(self._raw)
        if (
            sort not in iter(Sort)
            or to_bytes > NAME_CHARACTERS_LIMIT
            or letter_bytes > LETTER_BYTES_LIMIT
        ):
            raise Garbled
        at, end = _HEAD.size + to_bytes, _HEAD.size + to_bytes + letter_bytes
        if len(self._raw) < end:
            return None
        to = self._raw[_HEAD.size : at].decode("ascii", "replace")
        if to and not is_name(to):
            raise Garbled
        letter = bytes(memoryview(self._raw)[at:end])
        del self._raw[:end]
        return Frame(
            sort=Sort(sort), to=NodeId(to), letter=letter, number=number, timeout_ms=timeout_ms
        )
