# SPDX-License-Identifier: Apache-2.0
"""Nobody waits for what was lost: not for an answer that never comes, nor for the end of it all."""

import asyncio
from pathlib import Path

import pytest

from bavn.runtime import clock
from bavn.runtime.peers.content import AskHave
from bavn.runtime.peers.line import Unreachable
from bavn.runtime.peers.memory_line import Mode, Network
from bavn.runtime.peers.post import ANSWER_S
from tests.lilleland.nodes import EAST, HARBOUR
from tests.runtime.peers.federation import Post, until
from tests.runtime.peers.test_exchange import play


async def asks(post: Post) -> float:
    """Ask the east what it has; the seconds until it is known that no answer comes."""
    began_s = clock.seconds()
    known = post.exchange.others.of(EAST)
    with pytest.raises(Unreachable):
        await post.exchange.post.ask(known, AskHave(post.exchange.post.next_question()))
    return clock.seconds() - began_s


@pytest.mark.slow
@pytest.mark.requirement("E5.6")
def test_a_question_that_was_lost_is_given_up_once_the_other_is_heard_again(tmp_path: Path) -> None:
    async def story(posts: dict[object, Post], network: Network) -> None:
        harbour = posts[HARBOUR]
        numbers = harbour.exchange.others.of(EAST)
        network.link(HARBOUR).mode = Mode.SILENT
        asking = asyncio.create_task(asks(harbour))
        # Long enough for a beat to be lost as well.
        await asyncio.sleep(1.5)
        lost = numbers.number
        network.link(HARBOUR).mode = Mode.PASS
        await until(lambda: numbers.number > lost, "the next beat")
        assert await asking < ANSWER_S / 2
        assert not harbour.exchange.post._waits[EAST]

    play(tmp_path, story)  # type: ignore[arg-type]


def test_an_exchange_ends_also_when_a_cancellation_is_lost(tmp_path: Path) -> None:
    async def story(posts: dict[object, Post], _: Network) -> None:
        exchange = posts[HARBOUR].exchange
        lost: list[bool] = []

        async def loses_the_first() -> None:
            while True:
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    if lost:
                        raise
                    lost.append(True)

        exchange._start(loses_the_first(), "loses")
        await asyncio.sleep(0)
        async with asyncio.timeout(5):
            await exchange.close()
        assert lost
        assert not [each for each in exchange._tasks if not each.done()]

    play(tmp_path, story)  # type: ignore[arg-type]
