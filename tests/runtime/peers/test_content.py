# SPDX-License-Identifier: Apache-2.0
"""What nodes say is read, and what is no word of theirs never ends a conversation."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.kernel.identity import NodeId
from bavn.runtime.peers.content import (
    AskHave,
    AskLatest,
    AskPull,
    AskTake,
    Beat,
    Held,
    Moved,
    NotUnderstood,
    Pulled,
    Seen,
    Taken,
    decode_answer,
    decode_heard,
    encode,
)

HEADS = {"east/1/nation": 12}
BEAT = Beat(
    run=1,
    number=2,
    at_ms=3,
    version="1",
    incarnation=1,
    heads=HEADS,
    echo=(4, 5),
    seen=(Seen(NodeId("west"), 900, "1", NodeId("nation")),),
)
MOVED = Moved("positions", "eastern", "u1", 7, msgspec.Raw(msgspec.msgpack.encode([1.5, 2])))


@pytest.mark.parametrize(
    "said", [BEAT, AskHave(1), AskPull(2, HEADS, 9), AskTake(3, (b"x",)), AskLatest(4, (MOVED,))]
)
def test_what_is_said_is_read(said: Beat | AskHave) -> None:
    assert decode_heard(encode(said)) == said


@pytest.mark.parametrize("said", [Held(1, HEADS, 5), Pulled(2, (b"x",)), Taken(3)])
def test_what_is_answered_is_read(said: Held) -> None:
    assert decode_answer(encode(said)) == said


def test_a_later_version_may_say_more() -> None:
    raw = msgspec.msgpack.encode({"type": "have?", "question": 1, "because": "of the weather"})
    assert decode_heard(raw) == AskHave(1)


@given(st.binary(max_size=200))
def test_rubbish_is_not_understood(raw: bytes) -> None:
    for decode in (decode_heard, decode_answer):
        with pytest.raises(NotUnderstood):
            decode(raw)


@pytest.mark.parametrize(
    "raw",
    [
        msgspec.msgpack.encode({"type": "sing?", "question": 1}),
        msgspec.msgpack.encode({"type": "have?"}),
        b"\x91" * 100_000,
        b"\xd9\x02\xec\xff",
    ],
)
def test_words_of_a_later_version_are_not_understood(raw: bytes) -> None:
    with pytest.raises(NotUnderstood):
        decode_heard(raw)
