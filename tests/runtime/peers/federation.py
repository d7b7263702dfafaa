# SPDX-License-Identifier: Apache-2.0
"""Lilleland's nodes, each with an exchange of its own, joined by lines that a test can cut."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from bavn.journal.journal import Journal
from bavn.journal.roster import Roster, roster_of
from bavn.journal.stores.sqlite import open_store
from bavn.kernel.identity import NodeId, OrganisationId
from bavn.runtime.peers.exchange import Exchange
from bavn.runtime.peers.home import Home
from bavn.runtime.peers.letter import Letters
from bavn.runtime.peers.line import Line
from bavn.runtime.peers.overview import Overview
from tests.lilleland import nodes as lilleland
from tests.lilleland.nodes import EAST, HARBOUR, NATION, NODES, WEST, WORLD, Node, Settings

T = TypeVar("T")
PARENTS = {EAST: NATION, WEST: NATION, HARBOUR: EAST}
# Far longer than anything here takes; a test that waits this long has failed.
AT_MOST_S = 20.0
LOOKS_AGAIN_S = 0.02


def tree_roster() -> Roster:
    """Lilleland's roster, with who is under whom."""
    flat = lilleland.roster()
    peers = [replace(each, parent=PARENTS.get(each.node)) for each in flat.peers.values()]
    return roster_of(peers, flat.grants)


class Post:
    """One node: its journal in a folder, its exchange, and what was told to those who watch."""

    def __init__(self, name: NodeId, folder: Path, settings: Settings) -> None:
        folder.mkdir(exist_ok=True)
        self.node = Node(name, str(folder), settings)
        self.times_told = 0
        reading = open_store(str(folder / "journal.db"), read_only=True)
        self.home = Home(self.journal.record, self, reading)
        self._own_reading = open_store(str(folder / "journal.db"), read_only=True)
        self.exchange: Exchange
        self.overview: Overview

    @property
    def journal(self) -> Journal:
        return self.node.journal

    async def alone(self, work: Callable[[Journal], T]) -> T:
        await asyncio.sleep(0)
        return work(self.journal)

    def told(self) -> None:
        self.times_told += 1

    async def open(self, lines: Sequence[Line]) -> None:
        name = self.node.name
        key = lilleland.key_of(name)
        record = self.journal.record
        letters = Letters(WORLD, name, key, lambda node: record.roster.line_key_of(node))  # noqa: PLW0108 - it changes
        self.exchange = Exchange(self.home, letters, lines)
        self.overview = Overview(self.journal.record, self.exchange, self._own_reading)
        await self.exchange.open()

    async def close(self) -> None:
        await self.exchange.close()
        self._own_reading.close()
        self.node.close()

    def tell(self, owner: OrganisationId, content: object) -> None:
        """Write something, and let the exchange know."""
        self.node.done(lilleland.request(owner, content))
        self.exchange.changed()


@asynccontextmanager
async def opened(
    folder: Path, line_of: Callable[[NodeId], Sequence[Line]], names: Sequence[NodeId] = NODES
) -> AsyncIterator[dict[NodeId, Post]]:
    """The nodes, with their exchanges running."""
    posts = {}
    for name in names:
        posts[name] = Post(name, folder / name, Settings(roster=tree_roster()))
    try:
        for name, post in posts.items():
            await post.open(line_of(name))
        yield posts
    finally:
        for post in posts.values():
            await post.close()


async def until(holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds; fail with what was waited for."""
    for _ in range(int(AT_MOST_S / LOOKS_AGAIN_S)):
        if holds():
            return
        await asyncio.sleep(LOOKS_AGAIN_S)
    raise AssertionError(f"waited {AT_MOST_S} s in vain: {what}")
