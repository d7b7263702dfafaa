# SPDX-License-Identifier: Apache-2.0
"""The form of a bundle: one or several files, each of which can be used without the others.

PART.bavn = a label in clear: one line that says what this is and for whom; nobody relies on it
            an age file, sealed to the receiver, in which lie records:
              M   the manifest, the same in every part, signed by the node that made the bundle
              P   a page of the newest picture: facts, vouched for by the manifest alone
              S   a segment: proves itself by the signature of the node that told it

Every record is packed by itself (zstd), so that what comes whole before a tear can be used, and so
that its size is known before it is decided into which part it goes.
"""

from collections.abc import Callable
from hashlib import sha256

import msgspec
import zstandard
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from bavn.journal.chain import SEGMENT_BYTES_LIMIT, ChannelName
from bavn.journal.fact import Count
from bavn.kernel.identity import NodeId, World, is_name
from bavn.kernel.instants import Instant

SUFFIX = ".bavn"
# Three names and three numbers at their longest; a later version may say more.
LABEL_BYTES_MOST, LABEL_BYTES_LIMIT = 384, 1024
# Three digits in a file's name. At a CD's worth each, more than any node will ever hold.
PARTS_LIMIT = 999
# Some thirty thousand stretches of channels; a country has some hundred channels.
MANIFEST_BYTES_LIMIT = 8 * 1024 * 1024
# The picture is held whole by who reads it; some ten thousand facts.
PICTURE_BYTES_LIMIT = 8 * 1024 * 1024
# Zstandard's bound for what does not get smaller is far below a hundredth more.
PACKED_BYTES_LIMIT = SEGMENT_BYTES_LIMIT + SEGMENT_BYTES_LIMIT // 64
# Some 7 % smaller than at level 3, and still packed faster than it is merged (bench/bundle.py).
LEVEL = 9

MANIFEST, PAGE, SEGMENT = b"M", b"P", b"S"
_GROWN_LIMITS = {
    MANIFEST: MANIFEST_BYTES_LIMIT,
    PAGE: PICTURE_BYTES_LIMIT,
    SEGMENT: SEGMENT_BYTES_LIMIT,
}
_LENGTH_BYTES = 4
RECORD_HEAD_BYTES = 1 + _LENGTH_BYTES
_LABEL_HEAD = b"bavn bundle 1 "
_SIGNED_AS = b"bavn bundle 1\n"


class NotABundle(Exception):
    """Bytes that are no bundle, or not one of this version."""


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in clear on each part. Only for words: the manifest within is what counts."""

    world: World
    sender: NodeId
    to: NodeId
    number: Count
    part: Count
    parts: Count


class Stretch(msgspec.Struct, frozen=True, array_like=True):
    """Entries `first` to `last` of a channel."""

    channel: ChannelName
    first: Count
    last: Count


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What one part holds: the hash of its records, the channels, the pages of the picture."""

    sha256: str
    size: Count
    holds: tuple[Stretch, ...]
    pages: tuple[str, ...]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle is: from whom, to whom, made when, its parts, and what was left out of it.

    `number` rises from one bundle of a node to its next: the millisecond in which it was made.
    """

    world: World
    sender: NodeId
    to: NodeId
    number: Count
    made_at: Instant
    parts: tuple[Part, ...]
    left: tuple[Stretch, ...]


class _Signed(msgspec.Struct, frozen=True, kw_only=True):
    signature: str
    manifest: msgspec.Raw


_decode_label = msgspec.json.Decoder(Label).decode
_decode_signed = msgspec.json.Decoder(_Signed).decode
_decode_manifest = msgspec.json.Decoder(Manifest).decode


def write_label(label: Label) -> bytes:
    """The label as the first line of a part."""
    return _LABEL_HEAD + msgspec.json.encode(label) + b"\n"


def read_label(line: bytes) -> Label:
    """The label in the first line of a file; NotABundle when it is none."""
    if not (line.startswith(_LABEL_HEAD) and line.endswith(b"\n")):
        raise NotABundle("it does not begin as a bundle does")
    try:
        label = _decode_label(line.removeprefix(_LABEL_HEAD))
    except (msgspec.MsgspecError, RecursionError) as error:
        raise NotABundle(str(error)) from error
    named = all(map(is_name, (label.world, label.sender, label.to)))
    if not named or not 1 <= label.part <= label.parts <= PARTS_LIMIT:
        raise NotABundle("its label is out of bounds")
    return label


def sign_manifest(manifest: Manifest, key: SigningKey) -> bytes:
    """The manifest with the signature of the node that made the bundle."""
    raw = msgspec.json.encode(manifest)
    signature = key.sign(_SIGNED_AS + raw).signature.hex()
    return msgspec.json.encode(_Signed(signature=signature, manifest=msgspec.Raw(raw)))


def read_manifest(raw: bytes, key_of: Callable[[NodeId], bytes | None]) -> Manifest:
    """The manifest; NotABundle when it is none, or not signed by the node that it names."""
    try:
        signed = _decode_signed(raw)
        manifest = _decode_manifest(signed.manifest)
        signature = bytes.fromhex(signed.signature)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise NotABundle(str(error)) from error
    key = key_of(manifest.sender)
    if key is None:
        raise UnknownSender(manifest.sender)
    try:
        VerifyKey(key).verify(_SIGNED_AS + bytes(signed.manifest), signature)
    except (BadSignatureError, ValueError, TypeError) as error:
        raise NotSigned(manifest.sender) from error
    if not 1 <= len(manifest.parts) <= PARTS_LIMIT:
        raise NotABundle("it has no parts, or too many")
    return manifest


class UnknownSender(Exception):
    """A node that this one does not know made the bundle."""


class NotSigned(Exception):
    """The node that a bundle names has not signed it."""


def page_name(raw: bytes) -> str:
    """What a manifest calls a page of the picture."""
    return sha256(raw).hexdigest()


def pack(sort: bytes, raw: bytes) -> bytes:
    """A record: its sort, its length, and what it holds, packed."""
    packed = zstandard.ZstdCompressor(level=LEVEL).compress(raw)
    return b"".join((sort, len(packed).to_bytes(_LENGTH_BYTES), packed))


class Records:
    """Takes a part's bytes as they come and hands on each record once it is whole."""

    def __init__(self, take: Callable[[bytes, bytes, bytes], None]) -> None:
        self._take = take
        self._gathered = bytearray()

    def feed(self, chunk: bytes) -> None:
        """Take some bytes; NotABundle when they cannot be records."""
        gathered = self._gathered
        gathered += chunk
        while len(gathered) >= RECORD_HEAD_BYTES:
            sort = bytes(gathered[:1])
            size = int.from_bytes(gathered[1:RECORD_HEAD_BYTES])
            if sort not in _GROWN_LIMITS or size > PACKED_BYTES_LIMIT:
                raise NotABundle("a record of no known sort, or too long")
            end = RECORD_HEAD_BYTES + size
            if len(gathered) < end:
                return
            record = bytes(gathered[:end])
            del gathered[:end]
            self._take(sort, unpack(record), record)

    @property
    def is_between(self) -> bool:
        """True when no record has been begun that is not whole."""
        return not self._gathered


def unpack(record: bytes) -> bytes:
    """What a record holds; NotABundle when it would grow beyond its bounds or is damaged."""
    sort, packed = record[:1], record[RECORD_HEAD_BYTES:]
    try:
        size = zstandard.frame_content_size(packed)
        if not 0 <= size <= _GROWN_LIMITS[sort]:
            raise NotABundle("a record would grow beyond all bounds")
        return zstandard.ZstdDecompressor().decompress(packed, max_output_size=size)
    except zstandard.ZstdError as error:
        raise NotABundle(str(error)) from error
