# SPDX-License-Identifier: Apache-2.0
"""A stream cut into messages: XML ends with its event, protobuf says how long it is."""

from collections.abc import Iterator
from typing import NamedTuple

from bavn.codecs.cot.event import DETAIL_LIMIT, Unreadable

# The first byte of a message in protobuf.
PROTOBUF = 0xBF
# The detail, and what stands around it.
MESSAGE_LIMIT = DETAIL_LIMIT + 8 * 1024
_END = b"</event>"
_SPACE = b" \t\r\n\0"
# What some clients say first where others show a certificate; nobody here asks for it.
_AUTH, _AUTH_END = b"<auth", b"</auth>"
_MORE, _BITS = 0x80, 7
# A length within the limit takes three bytes.
_LENGTH_BYTES_LIMIT = 4


class Part(NamedTuple):
    """One message, and what it is written in."""

    raw: bytes
    is_protobuf: bool = False


class Cutter:
    """What has come of a stream and is no whole message yet."""

    def __init__(self) -> None:
        self._rest = bytearray()
        # Up to where nothing was found: what was looked at is not looked at again.
        self._looked = 0

    def feed(self, some: bytes) -> Iterator[Part]:
        """The messages that are whole now; raises Unreadable where no message can come any more."""
        self._rest += some
        while (part := self._next()) is not None:
            if part.raw:
                yield part

    def _next(self) -> Part | None:
        rest = self._rest
        begins = len(rest) - len(rest.lstrip(_SPACE))
        if begins:
            del rest[:begins]
            self._looked = 0
        if not rest:
            return None
        return self._protobuf() if rest[0] == PROTOBUF else self._xml()

    def _xml(self) -> Part | None:
        rest = self._rest
        if not rest.startswith(b"<"):
            raise Unreadable("event", "It begins with neither XML nor protobuf.")
        is_auth = rest.startswith(_AUTH)
        end = _AUTH_END if is_auth else _END
        at = rest.find(end, max(0, self._looked - len(end)))
        if at < 0:
            self._looked = len(rest)
            if len(rest) > MESSAGE_LIMIT:
                raise Unreadable("event", f"It does not end within {MESSAGE_LIMIT} bytes.")
            return None
        raw = bytes(rest[: at + len(end)])
        if len(raw) > MESSAGE_LIMIT:
            raise Unreadable("event", f"Longer than {MESSAGE_LIMIT} bytes.")
        del rest[: len(raw)]
        self._looked = 0
        return Part(b"" if is_auth else raw)

    def _protobuf(self) -> Part | None:
        rest, length = self._rest, 0
        for place, byte in enumerate(rest[1 : 1 + _LENGTH_BYTES_LIMIT]):
            length |= (byte & ~_MORE) << (_BITS * place)
            if not byte & _MORE:
                begins = place + 2
                break
        else:
            if len(rest) > _LENGTH_BYTES_LIMIT:
                raise Unreadable("event", "No length that a message could have.")
            return None
        if length > MESSAGE_LIMIT:
            raise Unreadable("event", f"Longer than {MESSAGE_LIMIT} bytes.")
        if len(rest) < begins + length:
            return None
        raw = bytes(rest[begins : begins + length])
        del rest[: begins + length]
        return Part(raw, is_protobuf=True)


def framed(raw: bytes) -> bytes:
    """A message in protobuf as it stands in a stream."""
    length, told = len(raw), bytearray((PROTOBUF,))
    while length >= _MORE:
        told.append(length & ~_MORE & 0xFF | _MORE)
        length >>= _BITS
    told.append(length)
    return bytes(told) + raw
