# SPDX-License-Identifier: Apache-2.0
"""The exchange: what is told anywhere is soon wherever it may be known, also after cuts."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path

import pytest

from bavn.kernel.audience import NATION as EVERYONE
from bavn.kernel.audience import OWN, area, to
from bavn.kernel.identity import NodeId
from bavn.runtime import clock
from bavn.runtime.peers import pushing
from bavn.runtime.peers.memory_line import MemoryLine, Mode, Network
from tests.lilleland.nodes import (
    EAST,
    EASTERN,
    EASTTOWN,
    HARBOUR,
    NATION,
    NODES,
    PORT,
    WEST,
    WESTERN,
    WESTTOWN,
)
from tests.lilleland.vocabulary import AskHelp, Note, ReportFire, SendCrew
from tests.runtime.peers.federation import PARENTS, Post, opened, until

Story = Callable[[dict[NodeId, Post], Network], Awaitable[None]]


def play(folder: Path, story: Story) -> None:
    """Have a story happen among Lilleland's nodes."""

    async def played() -> None:
        network = Network()
        for node, parent in PARENTS.items():
            network.join(node, parent)
        async with opened(folder, lambda name: [network.line(name)]) as posts:
            await until(lambda: all_hear_their_parents(posts), "everybody is heard")
            await story(posts, network)

    asyncio.run(played())


def all_hear_their_parents(posts: dict[NodeId, Post]) -> bool:
    return all(seen(posts[node], parent) == "heard" for node, parent in PARENTS.items())


def seen(post: Post, node: NodeId) -> str:
    """The state of a node as another sees it."""
    return next(each.state for each in post.overview.nodes() if each.node == node)


def held(post: Post, of: Post, audience: str) -> int:
    """How many entries a node holds of another's channel."""
    return sum(
        channel.sequence
        for name, channel in post.journal.record.channels.items()
        if name.node == of.node.name and name.audience == audience
    )


def fire(number: int, area: str = EASTERN) -> ReportFire:
    return ReportFire(fire=f"f{number}", what="hay", area=EASTERN if area == EASTERN else WESTERN)


@pytest.mark.requirement("E5.6")
def test_a_report_travels_over_three_tiers(tmp_path: Path) -> None:
    async def story(posts: dict[NodeId, Post], _: Network) -> None:
        harbour = posts[HARBOUR]
        harbour.tell(PORT, fire(1))
        others = [posts[name] for name in (EAST, NATION, WEST)]
        await until(lambda: all(held(each, harbour, EVERYONE) for each in others), "the report")
        assert all(each.times_told for each in others)
        await until(lambda: held(posts[EAST], harbour, area(EASTERN)) == 1, "the area's entry")
        assert held(posts[NATION], harbour, area(EASTERN)) == 0
        assert held(posts[WEST], harbour, area(EASTERN)) == 0

    play(tmp_path, story)


def test_what_is_for_one_alone_goes_straight_to_it(tmp_path: Path) -> None:
    """The nodes on the way may not hear it, so they cannot pass it on."""

    async def story(posts: dict[NodeId, Post], _: Network) -> None:
        harbour = posts[HARBOUR]
        harbour.tell(PORT, fire(1))
        harbour.tell(PORT, AskHelp(fire="f1", of=WESTTOWN, crews=2))
        await until(lambda: held(posts[WEST], harbour, to(WESTTOWN)) == 1, "the request")
        for name in (EAST, NATION):
            assert held(posts[name], harbour, to(WESTTOWN)) == 0

    play(tmp_path, story)


def test_own_entries_reach_nobody(tmp_path: Path) -> None:
    async def story(posts: dict[NodeId, Post], _: Network) -> None:
        harbour = posts[HARBOUR]
        harbour.tell(PORT, fire(1))
        harbour.tell(PORT, Note(fire="f1", mark="secret"))
        harbour.tell(PORT, fire(2))
        await until(lambda: held(posts[NATION], harbour, EVERYONE) == 2, "what came after")
        assert all(held(posts[name], harbour, OWN) == 0 for name in (EAST, NATION, WEST))

    play(tmp_path, story)


@pytest.mark.slow
@pytest.mark.requirement("E5.6")
def test_after_a_cut_both_sides_are_whole_again(tmp_path: Path) -> None:
    async def story(posts: dict[NodeId, Post], network: Network) -> None:
        east, nation, west = posts[EAST], posts[NATION], posts[WEST]
        network.link(EAST).mode = Mode.CUT
        for number in range(40):
            east.tell(EASTTOWN, fire(number))
            west.tell(WESTTOWN, fire(number, WESTERN))
        await until(lambda: held(nation, west, EVERYONE) == 40, "the other side goes on")
        await until(lambda: seen(nation, EAST) == "silent", "the cut is noticed above")
        await until(lambda: seen(east, NATION) == "silent", "the cut is noticed below")
        assert held(nation, east, EVERYONE) == 0
        # Below the cut nothing is noticed.
        assert seen(east, HARBOUR) == "heard"
        await until(lambda: held(posts[HARBOUR], east, EVERYONE) == 40, "the service hears on")
        network.link(EAST).mode = Mode.PASS
        await until(lambda: held(nation, east, EVERYONE) == 40, "upward")
        await until(lambda: held(posts[HARBOUR], west, EVERYONE) == 40, "downward")
        await until(lambda: seen(nation, EAST) == "heard", "it is heard again")
        await until(lambda: behind(nation, EAST) == 0, "nothing is missing")

    play(tmp_path, story)


def behind(post: Post, node: NodeId) -> int:
    return next(each.behind for each in post.overview.nodes() if each.node == node)


@pytest.mark.slow
def test_a_link_that_dies_without_a_word_is_noticed_and_made_anew(tmp_path: Path) -> None:
    async def story(posts: dict[NodeId, Post], network: Network) -> None:
        east, nation = posts[EAST], posts[NATION]
        network.link(EAST).is_stranded = True
        east.tell(EASTTOWN, fire(1))
        # Nobody mends the link: the line is made anew because nobody was heard on it.
        await until(lambda: held(nation, east, EVERYONE) == 1, "the report, on a new line")

    play(tmp_path, story)


@pytest.mark.requirement("E5.6")
@pytest.mark.slow
def test_the_first_beat_after_a_silence_is_answered_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not when the next beat is due: here none ever is."""

    async def story(posts: dict[NodeId, Post], network: Network) -> None:
        nation, east = posts[NATION], posts[EAST]
        network.link(EAST).mode = Mode.CUT
        await until(lambda: {seen(nation, EAST), seen(east, NATION)} == {"silent"}, "silence")
        monkeypatch.setattr(nation.exchange.others, "correspondents", dict)
        network.link(EAST).mode = Mode.PASS
        await until(lambda: {seen(nation, EAST), seen(east, NATION)} == {"heard"}, "an answer")

    play(tmp_path, story)


@pytest.mark.requirement("E5.6")
@pytest.mark.slow
def test_who_was_written_to_while_the_parent_was_silent_is_not_pushed_to_for_ever(
    tmp_path: Path,
) -> None:
    """Else each fact would cross the line twice from then on, straight and by the parent."""

    async def story(posts: dict[NodeId, Post], network: Network) -> None:
        harbour = posts[HARBOUR]
        (line,) = posts[EAST].exchange.post.lines
        assert isinstance(line, MemoryLine)
        # The node in the middle is deaf; the line past it is not.
        network.put(EAST, None)
        known = harbour.exchange.others.of(NATION)
        await until(lambda: not known.is_silent(clock.seconds()), "the harbour goes round the east")
        network.put(EAST, line)
        numbers = count()

        def has_ended() -> bool:
            # Each is pushed, and its answer is a sign of life.
            harbour.tell(PORT, fire(next(numbers), EASTERN))
            return known.is_silent(clock.seconds())

        await until(has_ended, "the harbour goes by the east alone")

    play(tmp_path, story)


@pytest.mark.slow
def test_a_letter_that_is_sent_again_makes_nobody_heard(tmp_path: Path) -> None:
    """Whoever holds the line can send old letters; a node that is gone stays silent."""

    async def story(posts: dict[NodeId, Post], network: Network) -> None:
        nation = posts[NATION]
        letters: list[bytes] = []
        hears = nation.exchange.hear

        async def record(raw: bytes) -> bytes | None:
            letters.append(raw)
            return await hears(nation.exchange.post.lines[0], raw)

        network.kill(WEST)
        line = network.line(NATION)
        await line.open(record)
        await until(lambda: len(letters) > 2, "letters of the east")
        await posts[EAST].exchange.post.close()
        old = list(letters)

        async def send_again() -> None:
            while True:
                for letter in old:
                    await hears(nation.exchange.post.lines[0], letter)
                await asyncio.sleep(0.1)

        sending = asyncio.create_task(send_again())
        await until(lambda: seen(nation, EAST) == "silent", "old letters are no sign of life")
        sending.cancel()

    play(tmp_path, story)


def test_more_than_a_letter_holds_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "PUSH_BYTES", 1)

    async def story(posts: dict[NodeId, Post], _: Network) -> None:
        east = posts[EAST]
        for number in range(100):
            east.tell(EASTTOWN, fire(number))
        east.tell(EASTTOWN, SendCrew(fire="f1", crew="c1", area=EASTERN))
        await until(lambda: held(posts[WEST], east, EVERYONE) == 100, "all of them")

    play(tmp_path, story)


@pytest.mark.parametrize("late", NODES)
def test_a_node_that_starts_late_catches_up(tmp_path: Path, late: NodeId) -> None:
    async def played() -> None:
        network = Network()
        for node, parent in PARENTS.items():
            network.join(node, parent)
        early = [node for node in NODES if node != late]
        teller = EAST if late != EAST else WEST
        owner = EASTTOWN if late != EAST else WESTTOWN
        async with opened(tmp_path, lambda name: [network.line(name)], early) as posts:
            for number in range(10):
                posts[teller].tell(owner, fire(number, EASTERN if late != EAST else WESTERN))
            async with opened(tmp_path, lambda name: [network.line(name)], [late]) as more:
                await until(lambda: held(more[late], posts[teller], EVERYONE) == 10, "all of it")

    asyncio.run(played())
