# SPDX-License-Identifier: Apache-2.0
"""The vault: personal data and free text, encrypted under a key per person or incident.

Facts carry only the hash of the ciphertext. The ciphertexts lie in the journal's store; the keys
lie elsewhere, are backed up elsewhere, and are never told to another node. To erase is to destroy
the key: what it sealed is then noise, in every copy and every backup.
"""

from collections.abc import Callable
from enum import Enum
from hashlib import sha256
from typing import Protocol

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt as decrypt,
)
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_encrypt as encrypt,
)
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_NPUBBYTES as NONCE_BYTES,
)
from nacl.exceptions import CryptoError

from bavn.journal.fact import Sealed
from bavn.journal.kept import SEALED
from bavn.journal.pending import Pending
from bavn.journal.table import Row
from bavn.kernel.identity import World
from bavn.kernel.private import Private
from bavn.kernel.refusal import BrokenPromise

# A long situation report; what is longer is a document and has its own place.
PRIVATE_BYTES_LIMIT = 32 * 1024


class Keys(Protocol):
    """The keys of a vault, kept apart from what they seal."""

    def key(self, name: str) -> bytes | None:
        """The key of this name; None when there never was one or it was erased."""

    def make(self, name: str) -> bytes:
        """The key of this name, made when there is none; an erased name gets no new key."""

    def keep(self, name: str, key: bytes) -> None:
        """Keep a key that was made elsewhere, under a name that was never erased here."""

    def flush(self) -> None:
        """Have every key that was made on disk, before anything sealed with it is."""

    def erase(self, name: str) -> None:
        """Destroy a key and remember that it was destroyed; harmless when it already is."""

    def is_erased(self, name: str) -> bool:
        """True when the key was destroyed."""

    def repeat_key(self) -> bytes:
        """The secret under which repeats are recognised."""


class Gone(Enum):
    """Why a sealed text cannot be read."""

    ERASED = "erased"
    NOT_HERE = "not_here"
    DAMAGED = "damaged"


class Vault:
    """Seals and opens; the only place where a private text meets its key."""

    def __init__(self, keys: Keys, world: World, entropy: Callable[[int], bytes]) -> None:
        self.keys = keys
        self._world = world
        self._entropy = entropy

    def seal(self, pending: Pending, text: Private, key_name: str) -> Sealed:
        """Encrypt a text into the transaction; what stands in the fact instead."""
        plain = text.reveal().encode()
        if len(plain) > PRIVATE_BYTES_LIMIT:
            msg = f"a private text of {len(plain)} bytes; the request should have been refused"
            raise BrokenPromise(msg)
        nonce = self._entropy(NONCE_BYTES)
        ciphertext = nonce + encrypt(
            plain, self._bound_to(key_name), nonce, self.keys.make(key_name)
        )
        sealed = sha256(ciphertext).hexdigest()
        pending.put(SEALED, {"sealed": sealed, "key": key_name, "ciphertext": ciphertext})
        return Sealed(sealed=sealed, key=key_name)

    def open(self, row: Row | None, sealed: Sealed) -> Private | Gone:
        """The text, or why there is none."""
        if row is None:
            return Gone.NOT_HERE
        ciphertext = row["ciphertext"]
        assert isinstance(ciphertext, bytes)
        if sha256(ciphertext).hexdigest() != sealed.sealed:
            return Gone.DAMAGED
        key = self.keys.key(sealed.key)
        if key is None:
            return Gone.ERASED if self.keys.is_erased(sealed.key) else Gone.NOT_HERE
        nonce, rest = ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:]
        try:
            return Private(decrypt(rest, self._bound_to(sealed.key), nonce, key).decode())
        except (CryptoError, UnicodeDecodeError):
            return Gone.DAMAGED

    def _bound_to(self, key_name: str) -> bytes:
        # A ciphertext moved under another name or into another world does not open.
        return f"bavn sealed 1\n{self._world}\n{key_name}\n".encode()


def key_name(owner: str, subject: str) -> str:
    """The name of the key for an owner's texts about a person or an incident."""
    return f"{owner}/{subject}"
