# SPDX-License-Identifier: Apache-2.0
"""What is being heard is bounded, and what is dropped is said now and then."""

import asyncio

import pytest

from bavn.runtime.peers import hearing
from bavn.runtime.peers.hearing import Hearing
from tests.runtime.peers.line_contract import run, until


def test_no_more_is_in_hand_than_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(hearing, "IN_HAND_LIMIT", 3)
    monkeypatch.setattr(hearing, "IN_HAND_BYTES_LIMIT", 100)

    async def story() -> None:
        heard: list[bytes] = []
        go = asyncio.Event()

        async def hears(letter: bytes) -> None:
            heard.append(letter)
            await go.wait()

        hand = Hearing("test")
        assert not hand.take(b"too early")
        hand.open(hears)
        assert [hand.take(b"%d" % number) for number in range(5)] == [True] * 3 + [False] * 2
        go.set()
        await until(lambda: not hand._in_hand)
        assert heard == [b"0", b"1", b"2"]
        assert [hand.take(bytes(60)), hand.take(bytes(60))] == [True, False]
        await until(lambda: not hand._in_hand)
        assert hand.take(bytes(100))
        await hand.close()
        assert not hand.take(b"too late")
        assert hand.dropped_count == 5

    run(story())
    # Once for all of them, so that the log is not full of it.
    assert capsys.readouterr().err.count("line.dropped") == 1
