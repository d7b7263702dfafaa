# SPDX-License-Identifier: Apache-2.0
"""The keys that NATS servers know their callers by: Ed25519, in NATS' own spelling.

A key that knocks and no more. It seals nothing and signs no fact: whoever steals it may knock on
the parent's server in our name, and still reads and tells nothing. The seed lies in DATA/keys; the
public half, `U…`, is what the parent writes in its configuration.
"""

import base64
import binascii
from pathlib import Path

from nacl.signing import SigningKey

from bavn.runtime import clock
from bavn.runtime.folder import write_whole
from bavn.runtime.halt import halt

NAME = "line.nk"
SEED_BYTES = 32
# The letters S and U in base32, as NATS writes a seed and a user; see its documentation of nkeys.
_SEED, _USER = 18 << 3, 20 << 3
_CHECK_BYTES = 2


def public_nkey(key: SigningKey) -> str:
    """The public half, as it stands in a server's configuration."""
    return _spelled(bytes([_USER]) + bytes(key.verify_key))


def seed_text(key: SigningKey) -> str:
    """The secret half, as a NATS server reads it from a file."""
    head = bytes([_SEED | _USER >> 5, (_USER & 31) << 3])
    return _spelled(head + bytes(key))


def is_public_nkey(text: str) -> bool:
    """True for the public half of somebody's key, with its check sum right."""
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        return False
    body, check = raw[:-_CHECK_BYTES], raw[-_CHECK_BYTES:]
    return len(body) == 1 + SEED_BYTES and body[0] == _USER and check == _check(body)


def signature(key: SigningKey, nonce: str) -> bytes:
    """What a server wants to see before it believes who calls."""
    return base64.b64encode(key.sign(nonce.encode()).signature)


def make_nkey(path: Path) -> SigningKey:
    """A new key, on disk before it is used."""
    key = SigningKey(clock.entropy(SEED_BYTES))
    write_whole(path, f"{seed_text(key)}\n".encode())
    return key


def own_nkey(path: Path) -> SigningKey:
    """The key in a file, made when there is none; halts when the file holds none."""
    return read_nkey(path) if path.exists() else make_nkey(path)


def read_nkey(path: Path) -> SigningKey:
    """The key in a file; halts when it holds none."""
    try:
        text = path.read_text(encoding="ascii").strip()
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
        key = SigningKey(raw[2:-_CHECK_BYTES])
    except (OSError, ValueError, TypeError) as error:
        raise _unreadable(path) from error
    if seed_text(key) != text:
        raise _unreadable(path)
    return key


def _unreadable(path: Path) -> Exception:
    return halt(
        "line_key_unreadable",
        f"{path} is not a key for a line.",
        "Put it back from the backup of the keys, or make a new one and tell the parent.",
        path=path,
    )


def _spelled(body: bytes) -> str:
    return base64.b32encode(body + _check(body)).decode().rstrip("=")


def _check(body: bytes) -> bytes:
    return binascii.crc_hqx(body, 0).to_bytes(_CHECK_BYTES, "little")
