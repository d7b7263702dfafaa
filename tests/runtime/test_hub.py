# SPDX-License-Identifier: Apache-2.0
"""The hub tells each listener what it may read, once, and lets go of who does not keep up."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.journal.reader import Reader
from bavn.kernel.identity import OrganisationId
from bavn.runtime.web import hub as hubs
from bavn.runtime.web.hub import Happened, Hub, frame_of

EAST, WEST = OrganisationId("east"), OrganisationId("west")
AT_EAST = Reader(organisations=frozenset({EAST}), areas=frozenset({EAST}))
AT_WEST = Reader(organisations=frozenset({WEST}), areas=frozenset({WEST}))


def fact(position: int, owner: str = EAST, *audiences: str) -> Happened:
    frame = frame_of("fact", {"position": position}, position)
    return Happened(position, owner, audiences or ("nation",), frame)


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 20))


def positions(frames: bytes) -> list[int]:
    """The positions of the facts among some frames."""
    found = []
    for block in frames.split(b"\n\n"):
        if b"event: fact" in block:
            data = block.partition(b"data: ")[2]
            found.append(int(msgspec.json.decode(data)["position"]))
    return found


async def next_of(listening: AsyncIterator[bytes]) -> bytes:
    return await asyncio.wait_for(anext(listening), 5)


def test_each_hears_what_it_may_read_and_no_more() -> None:
    async def story() -> None:
        hub = Hub()
        east, west = hub.listen(AT_EAST, None), hub.listen(AT_WEST, None)
        await next_of(east)
        await next_of(west)
        hub.tell([fact(1), fact(2, EAST, "own"), fact(3, EAST, f"area:{EAST}"), fact(4, WEST)])
        assert positions(await next_of(east)) == [1, 2, 3, 4]
        assert positions(await next_of(west)) == [1, 4]

    run(story())


def test_one_encoding_serves_all_who_read_the_same() -> None:
    async def story() -> None:
        hub = Hub()
        many = [hub.listen(AT_EAST, None) for _ in range(50)]
        for each in many:
            await next_of(each)
        hub.tell([fact(1), fact(2)])
        frames = [await next_of(each) for each in many]
        assert len({id(each) for each in frames}) == 1

    run(story())


def test_who_comes_back_hears_what_it_missed_once() -> None:
    async def story() -> None:
        hub = Hub()
        hub.tell([fact(number) for number in range(1, 6)])
        listening = hub.listen(AT_WEST, 3)
        assert positions(await next_of(listening)) == [4, 5]
        hub.tell([fact(6)])
        assert positions(await next_of(listening)) == [6]

    run(story())


@pytest.mark.parametrize("after", [0, 99])
def test_who_cannot_be_told_one_by_one_is_told_to_ask_anew(after: int) -> None:
    async def story() -> None:
        hub = Hub()
        hub.begin([fact(11), fact(12)], 12)
        greeting = await next_of(hub.listen(AT_EAST, after))
        assert b"event: reset" in greeting
        assert positions(greeting) == []

    run(story())


def test_the_last_facts_before_a_start_are_at_hand() -> None:
    async def story() -> None:
        hub = Hub()
        hub.begin([fact(11), fact(12)], 12)
        assert positions(await next_of(hub.listen(AT_EAST, 10))) == [11, 12]
        assert positions(await next_of(hub.listen(AT_EAST, 11))) == [12]
        assert b"reset" not in await next_of(hub.listen(AT_EAST, 12))

    run(story())


def test_who_does_not_keep_up_is_let_go_and_told_so() -> None:
    async def story() -> None:
        hub = Hub()
        slow, quick = hub.listen(AT_EAST, None), hub.listen(AT_WEST, None)
        await next_of(slow)
        await next_of(quick)
        for number in range(1, hubs.WAITING_LIMIT + 2):
            hub.tell([fact(number)])
            assert positions(await next_of(quick)) == [number]
        assert hub.let_go_count == 1
        last = await next_of(slow)
        assert b"event: reset" in last
        assert positions(last) == []
        with pytest.raises(StopAsyncIteration):
            await next_of(slow)
        assert hub.listener_count == 1

    run(story())


def test_silence_is_broken_by_a_beat_that_says_how_far_one_has_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hubs, "BEAT_S", 0.01)

    async def story() -> None:
        hub = Hub()
        listening = hub.listen(AT_WEST, None)
        await next_of(listening)
        hub.tell([fact(1, EAST, "own")])
        assert await next_of(listening) == b"id: 1\nevent: beat\ndata: {}\n\n"

    run(story())


def test_closing_lets_everyone_go() -> None:
    async def story() -> None:
        hub = Hub()
        listening = hub.listen(AT_EAST, None)
        await next_of(listening)
        hub.close()
        with pytest.raises(StopAsyncIteration):
            await next_of(listening)
        with pytest.raises(StopAsyncIteration):
            await next_of(hub.listen(AT_EAST, None))

    run(story())


@given(
    told=st.lists(st.sampled_from(["nation", "own", f"area:{EAST}", f"to:{WEST}"]), max_size=30),
    cut_at=st.integers(0, 30),
)
def test_nothing_is_lost_or_doubled_over_a_cut(told: list[str], cut_at: int) -> None:
    """What one hears before and after a cut is what one may hear, each once."""

    async def story() -> None:
        hub = Hub()
        facts = [fact(number, EAST, audience) for number, audience in enumerate(told, 1)]
        heard: list[int] = []
        listening = hub.listen(AT_WEST, 0)
        heard += positions(await next_of(listening))
        for each in facts[:cut_at]:
            hub.tell([each])
            if AT_WEST.may_read(EAST, each.audiences[0]):
                heard += positions(await next_of(listening))
        await listening.aclose()  # type: ignore[attr-defined]
        hub.tell(facts[cut_at:])
        heard += positions(await next_of(hub.listen(AT_WEST, heard[-1] if heard else 0)))
        may = [each.position for each in facts if AT_WEST.may_read(EAST, each.audiences[0])]
        assert heard == may

    run(story())


def test_what_stands_is_told_to_whoever_comes_later_and_only_the_last_of_it() -> None:
    async def story() -> None:
        hub = Hub()
        early = hub.listen(AT_EAST, None)
        await next_of(early)
        hub.stand("connections", {"silent": 1})
        hub.stand("connections", {"silent": 2})
        assert [await next_of(early), await next_of(early)] == [
            frame_of("connections", {"silent": count}) for count in (1, 2)
        ]
        greeting = await next_of(hub.listen(AT_WEST, None))
        assert greeting.endswith(frame_of("connections", {"silent": 2}))
        assert greeting.count(b"event: connections") == 1

    run(story())
