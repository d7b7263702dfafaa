# SPDX-License-Identifier: Apache-2.0
"""Lines within one process keep the promises of lines, and can be done every harm."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from bavn.kernel.identity import NodeId
from bavn.runtime.peers import memory_line
from bavn.runtime.peers.line import Line, Unreachable
from bavn.runtime.peers.memory_line import MemoryLine, Mode, Network
from tests.runtime.peers.line_contract import (
    CENTRE,
    EAST,
    NODES,
    WEST,
    LineContract,
    run,
    unreachable,
    until,
)


class MemoryNet:
    """Three nodes in one network."""

    def __init__(self) -> None:
        self.network = Network()
        self.network.join(EAST, CENTRE)
        self.network.join(WEST, CENTRE)
        self._lines = {node: self.network.line(node) for node in NODES}

    def line(self, node: NodeId) -> Line:
        return self._lines[node]

    async def kill_post(self) -> None:
        self.network.kill(CENTRE)

    async def revive_post(self) -> None:
        self.network.revive(CENTRE)

    def strand(self) -> None:
        self.network.link(EAST).is_stranded = True


@asynccontextmanager
async def small() -> AsyncIterator[MemoryNet]:
    yield MemoryNet()


@pytest.mark.contract
class TestMemoryLine(LineContract):
    """The contract."""

    def net(self, path: Path) -> AbstractAsyncContextManager[MemoryNet]:
        return small()


def told(network: Network, story: Callable[[dict[NodeId, MemoryLine]], Awaitable[None]]) -> None:
    """Tell a story with a line for each of the nodes, each hearing into its own list."""

    async def whole() -> None:
        lines = {node: network.line(node) for node in NODES}
        for line in lines.values():
            await line.open(_Echo())
        await story(lines)
        for line in lines.values():
            await line.close()

    run(whole())


class _Echo:
    def __init__(self) -> None:
        self.heard: list[bytes] = []

    async def __call__(self, letter: bytes) -> bytes:
        self.heard.append(letter)
        return letter


def tree() -> Network:
    network = Network()
    network.join(EAST, CENTRE)
    network.join(WEST, CENTRE)
    return network


def test_a_cut_link_is_known_at_once_and_a_silent_one_is_not() -> None:
    network = tree()

    async def story(lines: dict[NodeId, MemoryLine]) -> None:
        network.link(EAST).mode = Mode.CUT
        assert not lines[EAST].is_up
        assert lines[WEST].is_up
        with pytest.raises(Unreachable):
            await lines[WEST].tell(EAST, b"letter")
        network.link(EAST).mode = Mode.SILENT
        await lines[WEST].tell(EAST, b"letter")
        await unreachable(lines[WEST].ask(EAST, b"letter", 0.01))
        network.link(EAST).mode = Mode.PASS
        assert await lines[WEST].ask(EAST, b"letter", 1) == b"letter"

    told(network, story)


def test_a_delayed_link_keeps_the_order_also_when_the_delay_ends() -> None:
    network = tree()

    async def story(lines: dict[NodeId, MemoryLine]) -> None:
        heard: list[bytes] = []

        async def hears(letter: bytes) -> None:
            heard.append(letter)

        await lines[WEST].open(hears)
        link = network.link(WEST)
        for number in range(50):
            link.delay_s = 0.1 if number < 10 else 0.0
            await lines[EAST].tell(WEST, b"%d" % number)
        assert heard == []
        await until(lambda: len(heard) == 50)
        assert heard == [b"%d" % number for number in range(50)]
        assert (link.letter_count, link.letter_bytes) == (50, 90)

    told(network, story)


def test_what_is_under_way_when_a_link_is_cut_is_lost() -> None:
    network = tree()

    async def story(lines: dict[NodeId, MemoryLine]) -> None:
        network.link(EAST).delay_s = 0.05
        asking = asyncio.ensure_future(lines[EAST].ask(CENTRE, b"letter", 0.3))
        await asyncio.sleep(0)
        network.link(EAST).mode = Mode.CUT
        await unreachable(asking)
        network.link(EAST).mode = Mode.PASS
        assert await lines[EAST].ask(CENTRE, b"letter", 1) == b"letter"

    told(network, story)


def test_no_more_is_under_way_than_a_link_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_line, "UNDER_WAY_LIMIT", 5)
    network = tree()

    async def story(lines: dict[NodeId, MemoryLine]) -> None:
        heard: list[bytes] = []

        async def hears(letter: bytes) -> None:
            heard.append(letter)

        await lines[CENTRE].open(hears)
        network.link(EAST).delay_s = 0.02
        for number in range(9):
            await lines[EAST].tell(CENTRE, b"%d" % number)
        await until(lambda: len(heard) == 5)
        await asyncio.sleep(0.05)
        assert heard == [b"0", b"1", b"2", b"3", b"4"]

    told(network, story)
