# SPDX-License-Identifier: Apache-2.0
"""Letters open for the node they are written to, and only as its sender wrote them."""

from hashlib import sha256

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from bavn.kernel.identity import NodeId, World
from bavn.runtime.peers import letter as letters
from bavn.runtime.peers.letter import BadLetter, Letters
from bavn.runtime.peers.line import LETTER_BYTES_LIMIT

LILLELAND, EXERCISE = World("lilleland"), World("exercise")
EAST, WEST, STRANGER = map(NodeId, ("east", "west", "stranger"))
KEYS = {node: SigningKey(sha256(node.encode()).digest()) for node in (EAST, WEST, STRANGER)}


def desk(
    node: NodeId, world: World = LILLELAND, *, knows: tuple[NodeId, ...] = (EAST, WEST)
) -> Letters:
    public = {each: KEYS[each].verify_key.encode() for each in knows}
    return Letters(world, node, KEYS[node], public.get)


@given(st.binary(max_size=2_000) | st.binary(max_size=20).map(lambda raw: raw * 1_000))
def test_what_is_written_is_read(content: bytes) -> None:
    letter = desk(EAST).seal(WEST, content)
    assert desk(WEST).open(letter) == (EAST, content)


def test_nothing_is_read_on_the_way() -> None:
    content = b"the generator stands behind the school" * 20
    letter = desk(EAST).seal(WEST, content)
    assert content[:12] not in letter
    assert len(letter) < len(content)


@given(st.data())
def test_a_letter_that_was_changed_is_none(data: st.DataObject) -> None:
    letter = bytearray(desk(EAST).seal(WEST, b"one report"))
    place = data.draw(st.integers(0, len(letter) - 1))
    letter[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BadLetter):
        desk(WEST).open(bytes(letter))


@given(st.binary(max_size=600))
def test_rubbish_is_no_letter(raw: bytes) -> None:
    with pytest.raises(BadLetter):
        desk(WEST).open(raw)


def test_a_letter_to_another_is_not_ours() -> None:
    letter = desk(EAST).seal(WEST, b"one report")
    with pytest.raises(BadLetter):
        desk(EAST).open(letter)


def test_a_letter_of_another_world_is_not_of_this_one() -> None:
    letter = desk(EAST, EXERCISE).seal(WEST, b"one report")
    with pytest.raises(BadLetter):
        desk(WEST).open(letter)


def test_a_stranger_is_not_heard_and_not_written_to() -> None:
    letter = desk(STRANGER, knows=(EAST, WEST, STRANGER)).seal(WEST, b"let me in")
    with pytest.raises(BadLetter, match="not a node that is known"):
        desk(WEST).open(letter)
    with pytest.raises(BadLetter, match="not a node that is known"):
        desk(WEST).seal(STRANGER, b"hello")


def test_a_stranger_cannot_write_in_anothers_name() -> None:
    """The name is in the head, but the seal is the stranger's."""
    forger = Letters(LILLELAND, EAST, KEYS[STRANGER], {WEST: KEYS[WEST].verify_key.encode()}.get)
    with pytest.raises(BadLetter, match="not sealed by its sender"):
        desk(WEST).open(forger.seal(WEST, b"we are fine"))


def test_what_grows_beyond_all_bounds_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zstandard.ZstdCompressor().compress(bytes(letters.CONTENT_BYTES_LIMIT + 1))
    monkeypatch.setattr(letters, "_packed", lambda head, _: head + b"\1" + bomb)
    letter = desk(EAST).seal(WEST, b"")
    with pytest.raises(BadLetter, match="beyond all bounds"):
        desk(WEST).open(letter)


def test_a_bomb_that_hides_its_size_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    pressing = zstandard.ZstdCompressor(write_content_size=False).compressobj()
    bomb = pressing.compress(bytes(letters.CONTENT_BYTES_LIMIT + 1)) + pressing.flush()
    monkeypatch.setattr(letters, "_packed", lambda head, _: head + b"\1" + bomb)
    letter = desk(EAST).seal(WEST, b"")
    with pytest.raises(BadLetter):
        desk(WEST).open(letter)


def test_what_is_too_long_is_said_to_be_so() -> None:
    with pytest.raises(BadLetter, match="the most"):
        desk(EAST).seal(WEST, bytes(letters.CONTENT_BYTES_LIMIT + 1))
    with pytest.raises(BadLetter, match="out of bounds"):
        desk(WEST).open(bytes(LETTER_BYTES_LIMIT + 1))
