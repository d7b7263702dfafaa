# SPDX-License-Identifier: Apache-2.0
"""Sealing: the keys are age's own, only the receiver opens, and every tear is noticed."""

from collections.abc import Iterator
from io import BytesIO

import pyrage  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from bavn.runtime.bundle.sealing import (
    SEAL_CHUNK_BYTES,
    SEAL_CHUNK_MORE_BYTES,
    SEAL_HEAD_BYTES,
    SealedToAnother,
    Torn,
    _bech32,
    identity_text,
    recipient_text,
    seal,
    unseal,
)

OURS, OTHERS = SigningKey(b"1" * 32), SigningKey(b"2" * 32)
seeds = st.binary(min_size=32, max_size=32).map(SigningKey)


def sealed(content: bytes, key: SigningKey = OURS) -> bytes:
    out = BytesIO()
    seal(key.verify_key, iter([content]), out)
    return out.getvalue()


def unsealed(raw: bytes, key: SigningKey = OURS) -> bytes:
    chunks: list[bytes] = []
    unseal(key, BytesIO(raw), chunks.append)
    return b"".join(chunks)


def test_the_form_of_keys_is_the_standards() -> None:
    # The first valid text of BIP 173 with nothing in it, and the one with all 32 signs.
    assert _bech32("a", b"") == "a12uel5l"
    signs = "".join(f"{n:05b}" for n in range(32))
    raw = int(signs, 2).to_bytes(20)
    assert _bech32("abcdef", raw) == "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw"


@given(seeds)
def test_age_takes_both_halves_of_a_nodes_key_for_one_pair(key: SigningKey) -> None:
    identity = pyrage.x25519.Identity.from_str(identity_text(key))
    assert str(identity.to_public()) == recipient_text(key.verify_key)


@given(st.binary(max_size=3 * SEAL_CHUNK_BYTES), seeds, seeds)
def test_only_who_it_is_sealed_to_opens_it(content: bytes, ours: SigningKey, o: SigningKey) -> None:
    raw = sealed(content, ours)
    assert unsealed(raw, ours) == content
    if o != ours:
        with pytest.raises(SealedToAnother):
            unsealed(raw, o)


def test_any_program_for_age_opens_it() -> None:
    identity = pyrage.x25519.Identity.from_str(identity_text(OURS))
    assert pyrage.decrypt(sealed(b"hej"), [identity]) == b"hej"


@given(st.integers(0, 3 * SEAL_CHUNK_BYTES))
def test_it_takes_no_more_than_is_reckoned_with(size: int) -> None:
    chunks = size // SEAL_CHUNK_BYTES + 1
    assert len(sealed(bytes(size))) <= size + SEAL_HEAD_BYTES + chunks * SEAL_CHUNK_MORE_BYTES


@given(st.integers(0, 10**6), st.integers(1, 255))
def test_a_tear_or_a_changed_byte_is_noticed_wherever_it_is(place: int, change: int) -> None:
    content = bytes(range(256)) * 600
    raw = sealed(content)
    at = place % len(raw)
    got: list[bytes] = []
    with pytest.raises(Torn):
        unseal(OURS, BytesIO(raw[:at]), got.append)
    assert content.startswith(b"".join(got))
    changed = raw[:at] + bytes([raw[at] ^ change]) + raw[at + 1 :]
    got.clear()
    with pytest.raises((Torn, SealedToAnother)):
        unseal(OURS, BytesIO(changed), got.append)
    assert content.startswith(b"".join(got))


class Broken(Exception):
    """Something that goes wrong on our side."""


def test_what_goes_wrong_on_our_side_is_said_in_its_own_words() -> None:
    def refusing(_: bytes) -> None:
        raise Broken

    def breaking() -> Iterator[bytes]:
        yield b"x"
        raise Broken

    class Full(BytesIO):
        def write(self, _: object) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(Broken):
        unseal(OURS, BytesIO(sealed(b"hej")), refusing)
    with pytest.raises(Broken):
        seal(OURS.verify_key, breaking(), BytesIO())
    for size in (1, 200_000):
        with pytest.raises(OSError, match="No space"):
            seal(OURS.verify_key, iter([bytes(size)]), Full())


def test_a_stick_that_cannot_be_read_is_a_tear() -> None:
    class Stick(BytesIO):
        def read(self, _: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(Torn, match="Input/output"):
        unseal(OURS, Stick(), lambda _: None)
