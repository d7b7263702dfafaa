# SPDX-License-Identifier: Apache-2.0
"""A letter: what one node writes to another, sealed so that those who carry it cannot read it.

Sealed with X25519 and XSalsa20-Poly1305 between the two nodes' own keys, so a letter that opens was
written by its sender to its receiver. No clock is asked: an old letter that somebody sends again
says nothing that harms, since entries are known by their numbers.
"""

from collections.abc import Callable
from typing import NamedTuple

import msgspec
import zstandard
from nacl.exceptions import CryptoError
from nacl.public import Box
from nacl.signing import SigningKey, VerifyKey

from bavn.kernel.identity import NodeId, World
from bavn.runtime import clock
from bavn.runtime.peers.line import LETTER_BYTES_LIMIT

# What a letter may grow to when it is opened: two of the largest segments.
CONTENT_BYTES_LIMIT = 16 * 1024 * 1024
# Shorter ones do not get smaller by more than what the compression itself takes.
_WORTH_COMPRESSING = 200
_LEVEL = 3
_HEAD_LIMIT = 512
_PLAIN, _PRESSED = b"\0", b"\1"


class BadLetter(Exception):
    """A letter that is none, or that its sender did not write to us."""


class _Head(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    version: int
    world: World
    sender: NodeId
    to: NodeId


class Opened(NamedTuple):
    """Who wrote a letter, and what."""

    sender: NodeId
    content: bytes


_VERSION = 1
_read_head = msgspec.msgpack.Decoder(_Head).decode
_write = msgspec.msgpack.encode
KeyOf = Callable[[NodeId], bytes | None]


class Letters:
    """Seals letters of one node in one world, and opens those written to it."""

    def __init__(self, world: World, node: NodeId, key: SigningKey, key_of: KeyOf) -> None:
        self._world = world
        self._node = node
        self._key = key.to_curve25519_private_key()
        self._key_of = key_of
        self._boxes: dict[bytes, Box] = {}

    def write_as(self, key: SigningKey) -> None:
        """Go on with another key: the one before may be somebody else's."""
        self._key = key.to_curve25519_private_key()
        self._boxes.clear()

    def seal(self, to: NodeId, content: bytes) -> bytes:
        """A letter to a node that is known; BadLetter when it is not, or too much is said."""
        if len(content) > CONTENT_BYTES_LIMIT:
            raise BadLetter(f"{len(content)} bytes, and {CONTENT_BYTES_LIMIT} are the most")
        head = _write(_Head(_VERSION, self._world, self._node, to))
        # The head is sealed in as well, so that nobody can change it on the way.
        sealed = self._box(to).encrypt(_packed(head, content), clock.entropy(Box.NONCE_SIZE))
        letter = b"".join((len(head).to_bytes(2), head, sealed))
        if len(letter) > LETTER_BYTES_LIMIT:
            raise BadLetter(f"{len(letter)} bytes sealed, and {LETTER_BYTES_LIMIT} are the most")
        return letter

    def open(self, letter: bytes) -> Opened:
        """What a letter says; BadLetter when it is none, or not to us, or not by its sender."""
        size = int.from_bytes(letter[:2])
        head_bytes, sealed = letter[2 : 2 + size], letter[2 + size :]
        if size > _HEAD_LIMIT or len(letter) > LETTER_BYTES_LIMIT:
            raise BadLetter("out of bounds")
        try:
            head = _read_head(head_bytes)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise BadLetter("no head") from error
        if (head.version, head.world, head.to) != (_VERSION, self._world, self._node):
            raise BadLetter("of another version, of another world, or to another node")
        try:
            packed = self._box(head.sender).decrypt(sealed)
        except (CryptoError, ValueError, TypeError) as error:
            raise BadLetter("not sealed by its sender to us") from error
        return Opened(head.sender, _unpacked(head_bytes, packed))

    def _box(self, node: NodeId) -> Box:
        key = self._key_of(node)
        if key is None:
            raise BadLetter(f"{node} is not a node that is known here")
        box = self._boxes.get(key)
        if box is None:
            box = Box(self._key, VerifyKey(key).to_curve25519_public_key())
            self._boxes[key] = box
        return box


def _packed(head: bytes, content: bytes) -> bytes:
    if len(content) < _WORTH_COMPRESSING:
        return b"".join((head, _PLAIN, content))
    return b"".join((head, _PRESSED, zstandard.ZstdCompressor(level=_LEVEL).compress(content)))


def _unpacked(head: bytes, packed: bytes) -> bytes:
    if not packed.startswith(head):
        raise BadLetter("its head was changed on the way")
    sort, content = packed[len(head) : len(head) + 1], packed[len(head) + 1 :]
    if sort == _PLAIN:
        return content
    try:
        size = zstandard.frame_content_size(content)
        if not 0 <= size <= CONTENT_BYTES_LIMIT:
            raise BadLetter("it would grow beyond all bounds")
        return zstandard.ZstdDecompressor().decompress(content, max_output_size=size)
    except zstandard.ZstdError as error:
        raise BadLetter("what it says cannot be unpacked") from error
