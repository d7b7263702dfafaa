# SPDX-License-Identifier: Apache-2.0
"""Sealing to one node with age (X25519), under keys made of the nodes' own signing keys.

Nobody has to hand round a second key: what opens a node's bundles is made of the key that it signs
with, as PyNaCl converts it. With that text in a file, any program for age opens a part whose first
line has been taken off.
"""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Protocol

import pyrage  # type: ignore[import-untyped]
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

# The form in which age writes keys: Bech32, BIP 173.
_SIGNS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECK_SIGNS = 6
# What age puts around what it seals: a head of some 230 bytes, and 16 for each 64 KiB.
SEAL_HEAD_BYTES = 512
SEAL_CHUNK_BYTES = 64 * 1024
SEAL_CHUNK_MORE_BYTES = 16


class SealedToAnother(Exception):
    """None of our keys opens it."""


class Torn(Exception):
    """It ends too early, or a byte in it is not as it was written."""


class Bytes(Protocol):
    """Something that gives bytes."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, at most so many; none at the end."""


class Sink(Protocol):
    """Something that takes bytes."""

    def write(self, raw: bytes, /) -> int:
        """Take them; how many were taken."""


def seal(to: VerifyKey, content: Iterator[bytes], into: Sink) -> None:
    """Seal what the iterator gives to the node with this key, in one pass."""
    recipient = pyrage.x25519.Recipient.from_str(recipient_text(to))
    source, sink = _Source(content), _Guarded(into.write)
    try:
        pyrage.encrypt_io(source, sink, [recipient])
    except (pyrage.EncryptError, OSError, ValueError) as error:
        raise source.error or sink.error or error from None
    # What goes wrong with the last bytes, as on a stick that is full, it does not tell.
    if sink.error is not None:
        raise sink.error


def unseal(key: SigningKey, sealed: Bytes, take: Callable[[bytes], None]) -> None:
    """Hand on what was sealed to the node with this key, as far as it is as it was sealed.

    Raises SealedToAnother when nothing was, Torn when it ends or is damaged on the way, and
    whatever `take` raises.
    """
    identity = pyrage.x25519.Identity.from_str(identity_text(key))
    source, sink = _Reading(sealed), _Guarded(take)
    try:
        pyrage.decrypt_io(source, sink, [identity])
    except (pyrage.DecryptError, OSError, ValueError) as error:
        if sink.error is not None:
            raise sink.error from None
        if "No matching keys" in str(error):
            raise SealedToAnother from error
        raise Torn(str(source.error or error)) from error
    if sink.error is not None:
        raise sink.error


def recipient_text(key: VerifyKey) -> str:
    """The age key to which is sealed what only the node with this key may read."""
    try:
        return _bech32("age", key.to_curve25519_public_key().encode())
    except (CryptoError, RuntimeError) as error:
        msg = "the node's key in the roster is no point of the curve"
        raise ValueError(msg) from error


def identity_text(key: SigningKey) -> str:
    """The secret age key of the node that signs with this key."""
    return _bech32("age-secret-key-", key.to_curve25519_private_key().encode()).upper()


class _Source:
    """Reads from an iterator of bytes, and remembers what went wrong there."""

    def __init__(self, content: Iterator[bytes]) -> None:
        self._content = content
        self._held = BytesIO()
        self.error: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            while not (given := self._held.read(size)):
                self._held = BytesIO(next(self._content))
        except StopIteration:
            return b""
        except BaseException as error:
            self.error = error
            raise
        return given


class _Reading:
    """Reads from a file, and remembers what the machine said of it."""

    def __init__(self, file: Bytes) -> None:
        self._file = file
        self.error: OSError | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            return self._file.read(size)
        except OSError as error:
            self.error = error
            raise


class _Guarded:
    """Hands bytes on, and remembers what went wrong there: age's own words would hide it."""

    def __init__(self, take: Callable[[bytes], object]) -> None:
        self._take = take
        self.error: BaseException | None = None

    def write(self, raw: bytes) -> int:
        try:
            self._take(raw)
        except BaseException as error:
            self.error = error
            raise
        return len(raw)

    def flush(self) -> None:
        """There is nothing held back."""


def _bech32(prefix: str, raw: bytes) -> str:
    fives = _in_fives(raw)
    spread = [ord(sign) >> 5 for sign in prefix] + [0] + [ord(sign) & 31 for sign in prefix]
    check = _remainder(spread + fives + [0] * _CHECK_SIGNS) ^ 1
    signs = fives + [check >> 5 * (_CHECK_SIGNS - 1 - i) & 31 for i in range(_CHECK_SIGNS)]
    return f"{prefix}1{''.join(_SIGNS[each] for each in signs)}"


def _in_fives(raw: bytes) -> list[int]:
    padding = -len(raw) * 8 % 5
    whole = int.from_bytes(raw) << padding
    count = (len(raw) * 8 + padding) // 5
    return [whole >> 5 * (count - 1 - i) & 31 for i in range(count)]


def _remainder(values: list[int]) -> int:
    rest = 1
    for value in values:
        top = rest >> 25
        rest = (rest & 0x1FFFFFF) << 5 ^ value
        for i, term in enumerate(_GENERATOR):
            rest ^= term if top >> i & 1 else 0
    return rest
