# SPDX-License-Identifier: Apache-2.0
"""What every line promises, whatever it is made of: one parent, two children, three nodes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest

from bavn.kernel.identity import NodeId, World
from bavn.kernel.refusal import BrokenPromise
from bavn.runtime import clock
from bavn.runtime.peers.line import LETTER_BYTES_LIMIT, Line, Unreachable

WORLD = World("lilleland")
CENTRE, EAST, WEST = NodeId("centre"), NodeId("east"), NodeId("west")
NODES = (CENTRE, EAST, WEST)
NOBODY = NodeId("nobody")
# The promise is five seconds; a busy machine gets three times that before a test fails.
BACK_S = 15.0
EVERY_BYTE = bytes(range(256))


class Net(Protocol):
    """A small network: how an implementation's test hands it over and does harm to it."""

    def line(self, node: NodeId) -> Line:
        """A node's line, as it is now."""

    async def kill_post(self) -> None:
        """Let the post in the middle die."""

    async def revive_post(self) -> None:
        """Let it be back."""

    def strand(self) -> None:
        """Make the east's connection a zombie: open, and dead."""

    async def spoil(self, raw: bytes) -> None:
        """Put garbage into what the east hears on its wire, and send some to the post."""


class Ears:
    """Who hears at a node, and does as the letter says."""

    def __init__(self, node: NodeId) -> None:
        self.node = node
        self.heard: list[bytes] = []

    async def __call__(self, letter: bytes) -> bytes | None:
        self.heard.append(letter[:64])
        word, _, rest = letter[:64].partition(b"\0")[0].partition(b" ")
        match word:
            case b"break":
                raise ValueError("something private")
            case b"late":
                await asyncio.sleep(float(rest))
            case b"nothing":
                return None
            case b"empty":
                return b""
            case b"large":
                return bytes(int(rest))
            case _:
                pass
        return self.node.encode() + b" heard " + letter


class Opened:
    """A network whose lines are open."""

    def __init__(self, net: Any) -> None:
        self.net = net
        self.ears = {node: Ears(node) for node in NODES}

    async def ask(self, start: NodeId, end: NodeId, letter: bytes, timeout_s: float = 10) -> bytes:
        return await self.net.line(start).ask(end, letter, timeout_s)  # type: ignore[no-any-return]

    async def goes_on(self) -> None:
        """Everyone is answered by everyone, from one moment on."""
        for start in NODES:
            for end in NODES:
                if start != end:
                    await self.reached(start, end)

    async def reached(self, start: NodeId, end: NodeId) -> float:
        """How long it took until one is answered by another."""
        begun_s = clock.seconds()
        while True:
            try:
                answer = await self.ask(start, end, b"there?", 1)
            except Unreachable:
                waited_s = clock.seconds() - begun_s
                assert waited_s < BACK_S, f"{start} does not reach {end}"
                await asyncio.sleep(0.05)
            else:
                assert answer == end.encode() + b" heard there?"
                return clock.seconds() - begun_s


Story = Callable[[Opened], Coroutine[Any, Any, None]]


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 90))


async def until(happened: Callable[[], bool]) -> None:
    begun_s = clock.seconds()
    while not happened():
        assert clock.seconds() - begun_s < BACK_S
        await asyncio.sleep(0.02)


async def unreachable(asking: Awaitable[object]) -> float:
    """How long it took until it was said that there is no answer."""
    begun_s = clock.seconds()
    with pytest.raises(Unreachable):
        await asking
    return clock.seconds() - begun_s


class LineContract:
    """The promises. An implementation says how its network is made."""

    def net(self, path: Path) -> AbstractAsyncContextManager[Any]:
        raise NotImplementedError

    @asynccontextmanager
    async def opened(self, path: Path) -> AsyncIterator[Opened]:
        async with self.net(path) as net:
            opened = Opened(net)
            for node in NODES:
                await net.line(node).open(opened.ears[node])
            try:
                await opened.goes_on()
                for ears in opened.ears.values():
                    ears.heard.clear()
                yield opened
            finally:
                for node in NODES:
                    await net.line(node).close()

    def told(self, path: Path, story: Story) -> None:
        async def whole() -> None:
            async with self.opened(path) as opened:
                await story(opened)

        run(whole())

    def test_each_is_answered_by_the_one_it_asked(self, tmp_path: Path) -> None:
        async def story(opened: Opened) -> None:
            for start in NODES:
                for end in NODES:
                    if start != end:
                        letter = start.encode() + EVERY_BYTE
                        answer = await opened.ask(start, end, letter)
                        assert answer == end.encode() + b" heard " + letter
                        assert opened.ears[end].heard.pop() == letter[:64]
            assert [ears.heard for ears in opened.ears.values()] == [[], [], []]

        self.told(tmp_path, story)

    def test_what_is_told_comes_in_order_to_whom_it_is_for(self, tmp_path: Path) -> None:
        async def story(opened: Opened) -> None:
            said = [b"%d" % number for number in range(200)]
            for letter in said:
                await opened.net.line(EAST).tell(WEST, letter)
            await until(lambda: len(opened.ears[WEST].heard) >= len(said))
            assert opened.ears[WEST].heard == said
            assert opened.ears[CENTRE].heard == opened.ears[EAST].heard == []
            await opened.net.line(CENTRE).tell(EAST, b"down")
            await opened.net.line(EAST).tell(CENTRE, b"up")
            await until(lambda: bool(opened.ears[EAST].heard and opened.ears[CENTRE].heard))

        self.told(tmp_path, story)

    def test_the_largest_letter_goes_both_ways_and_no_larger_one(self, tmp_path: Path) -> None:
        async def story(opened: Opened) -> None:
            letter = (b"large %d\0" % LETTER_BYTES_LIMIT).ljust(LETTER_BYTES_LIMIT, b".")
            for start, end in ((EAST, CENTRE), (CENTRE, EAST), (EAST, WEST)):
                answer = await opened.ask(start, end, letter, 20)
                assert len(answer) == LETTER_BYTES_LIMIT
            for node in NODES:
                line, to = opened.net.line(node), EAST if node != EAST else WEST
                with pytest.raises(BrokenPromise):
                    await line.tell(to, letter + b".")
                with pytest.raises(BrokenPromise):
                    await line.ask(to, letter + b".", 10)
            await unreachable(opened.ask(EAST, WEST, b"large %d" % (LETTER_BYTES_LIMIT + 1), 1))
            await opened.goes_on()

        self.told(tmp_path, story)

    def test_an_empty_answer_is_one_and_none_is_none(self, tmp_path: Path) -> None:
        async def story(opened: Opened) -> None:
            for start, end in ((EAST, CENTRE), (CENTRE, EAST), (EAST, WEST)):
                assert await opened.ask(start, end, b"empty") == b""
                for letter in (b"nothing", b"break", b"late 5"):
                    assert await unreachable(opened.ask(start, end, letter, 0.3)) < BACK_S
            await opened.goes_on()

        self.told(tmp_path, story)

    def test_what_broke_is_logged_without_its_words(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        async def story(opened: Opened) -> None:
            await unreachable(opened.ask(EAST, WEST, b"break secretly", 0.3))

        self.told(tmp_path, story)
        logged = capsys.readouterr().err
        assert "line.hearing_broke" in logged
        assert "private" not in logged
        assert "secretly" not in logged

    def test_answers_in_any_order_find_who_asked(self, tmp_path: Path) -> None:
        async def story(opened: Opened) -> None:
            async def asked(start: NodeId, end: NodeId, number: int) -> None:
                # The first to ask is the last to be answered.
                letter = b"late %.2f\0%s%d" % (0.3 - 0.01 * number, start.encode(), number)
                answer = await opened.ask(start, end, letter, 10)
                assert answer == end.encode() + b" heard " + letter

            ways = [(EAST, CENTRE), (WEST, CENTRE), (EAST, WEST), (CENTRE, WEST)]
            await asyncio.gather(*(asked(*way, n) for way in ways for n in range(30)))

        self.told(tmp_path, story)

    def test_a_node_that_is_not_there_is_known_not_to_be(self, tmp_path: Path) -> None:
        async def story(opened: Opened) -> None:
            for node in NODES:
                # Long before its time is out: the posts on the way know who listens.
                assert await unreachable(opened.ask(node, NOBODY, b"there?", 30)) < BACK_S
            await opened.net.line(WEST).close()
            await asyncio.sleep(0.1)
            assert await unreachable(opened.ask(EAST, WEST, b"there?", 3)) < BACK_S
            await opened.net.line(WEST).open(opened.ears[WEST])
            await opened.goes_on()

        self.told(tmp_path, story)

    @pytest.mark.slow
    def test_hearing_resumes_when_the_post_is_back(self, tmp_path: Path) -> None:
        async def story(opened: Opened) -> None:
            await opened.net.kill_post()
            waited_s = await unreachable(opened.ask(EAST, WEST, b"there?", 2))
            assert waited_s < BACK_S
            await opened.net.revive_post()
            back_s = max([await opened.reached(EAST, WEST), await opened.reached(WEST, EAST)])
            assert back_s < BACK_S
            await opened.goes_on()

        self.told(tmp_path, story)

    def test_a_zombie_that_is_doubted_is_replaced(self, tmp_path: Path) -> None:
        async def story(opened: Opened) -> None:
            opened.net.strand()
            await unreachable(opened.ask(EAST, CENTRE, b"there?", 0.2))
            opened.net.line(EAST).doubt()
            await opened.goes_on()

        self.told(tmp_path, story)

    def test_who_waits_when_a_line_is_closed_is_told(self, tmp_path: Path) -> None:
        async def story(opened: Opened) -> None:
            for start, end in ((EAST, CENTRE), (CENTRE, WEST)):
                asking = asyncio.ensure_future(opened.ask(start, end, b"late 30", 60))
                await asyncio.sleep(0.2)
                await opened.net.line(start).close()
                assert await unreachable(asking) < BACK_S
                assert not opened.net.line(start).is_up
                await unreachable(opened.ask(start, end, b"there?"))
                with pytest.raises(Unreachable):
                    await opened.net.line(start).tell(end, b"there?")

        self.told(tmp_path, story)


class WireContract(LineContract):
    """What is promised besides by a line that goes over wires."""

    @pytest.mark.slow
    def test_a_zombie_is_noticed(self, tmp_path: Path) -> None:
        async def story(opened: Opened) -> None:
            opened.net.strand()
            await unreachable(opened.ask(EAST, CENTRE, b"there?", 0.5))
            assert await opened.reached(EAST, WEST) < BACK_S
            assert await opened.reached(WEST, EAST) < BACK_S

        self.told(tmp_path, story)

    def test_garbage_on_the_wire_is_thrown_away(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        async def story(opened: Opened) -> None:
            await opened.net.spoil(b"\0garbled\xff" * 1000 + b"\r\n\r\n")
            await opened.goes_on()
            heard = [letter for ears in opened.ears.values() for letter in ears.heard]
            assert {*heard} == {b"there?"}

        self.told(tmp_path, story)
        assert "garbled" not in capsys.readouterr().err
