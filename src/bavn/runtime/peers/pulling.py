# SPDX-License-Identifier: Apache-2.0
"""Pulling: a node fetches what another has and it lacks, at its own pace."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from bavn.journal.chain import span_of
from bavn.kernel.identity import NodeId
from bavn.kernel.refusal import BadInput
from bavn.runtime import clock
from bavn.runtime.log import log_error
from bavn.runtime.peers.content import AskHave, AskPull, Held, NotUnderstood, Pulled
from bavn.runtime.peers.home import Home
from bavn.runtime.peers.known import Known
from bavn.runtime.peers.pace import Pace
from bavn.runtime.peers.post import NO_ANSWER, Post

# What is pulled at once at most, where answers are quick.
MOST_BYTES = 2 * 1024 * 1024
# What a beat tells of may be on its way behind it: so many times the way there and back is waited,
# and so long at most, before it is asked for. Else a slow line carries each fact twice.
ON_ITS_WAY, ON_ITS_WAY_AT_MOST_S = 4.0, 1.0
# What gave nothing that could be taken is asked for again after this, or when there is more of it.
PATIENCE_S = 30.0

Takes = Callable[[Known, Sequence[bytes]], Awaitable[None]]


class Puller:
    """Fetches from one other node, whenever it is woken and there is something to fetch.

    `being_pulled` is shared by all pullers of a node, so that no channel is fetched twice at once.
    """

    def __init__(
        self,
        home: Home,
        post: Post,
        known: Known,
        takes: Takes,
        being_pulled: dict[str, NodeId],
    ) -> None:
        self._home = home
        self._post = post
        self._known = known
        self._takes = takes
        self._being_pulled = being_pulled
        self._wake = asyncio.Event()
        self._pace = Pace(MOST_BYTES)
        # Channels of which nothing could be taken: the number there was, and when it was asked.
        self._fruitless: dict[str, tuple[int, float]] = {}

    def wake(self) -> None:
        """There may be something to fetch."""
        self._wake.set()

    async def pull_for_ever(self) -> None:
        """Fetch, until this is cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                if self._known.is_whole:
                    await asyncio.sleep(min(ON_ITS_WAY * self._pace.far_s, ON_ITS_WAY_AT_MOST_S))
                else:
                    await self._ask_have()
                await self._pull()
            except (*NO_ANSWER, BadInput):
                # Its next beat wakes us again.
                continue
            except Exception as error:  # noqa: BLE001 - the next beat wakes us again
                log_error("peers.pull_failed", error, peer=self._known.node)

    async def _ask_have(self) -> None:
        answer = await self._post.ask(self._known, AskHave(self._post.next_question()))
        if isinstance(answer, Held):
            self._known.has_all(answer.heads)

    async def _pull(self) -> None:
        """Fetch until nothing is lacking; the next is asked for while the last is taken in."""
        asking: asyncio.Task[Pulled] | None = None
        try:
            while wanted := self._wanted():
                self._being_pulled.update(dict.fromkeys(wanted, self._known.node))
                pulled = await (asking or self._ask_pull(wanted))
                after = _after(wanted, pulled.segments)
                asking = None
                if pulled.segments and self._has_more_than(after):
                    asking = asyncio.create_task(self._ask_pull(after))
                await self._takes(self._known, pulled.segments)
                self._note_fruitless(wanted)
        finally:
            if asking is not None:
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)
            for name in [name for name, by in self._being_pulled.items() if by == self._known.node]:
                del self._being_pulled[name]

    def _wanted(self) -> dict[str, int]:
        theirs, node, now_s = self._known.theirs, self._known.node, clock.seconds()
        wanted = {}
        for name, number in self._home.lacks(theirs).items():
            there_was, asked_s = self._fruitless.get(name, (0, 0.0))
            is_fruitless = there_was == theirs[name] and now_s - asked_s < PATIENCE_S
            if not is_fruitless and self._being_pulled.get(name, node) == node:
                wanted[name] = number
        return wanted

    def _has_more_than(self, after: Mapping[str, int]) -> bool:
        theirs = self._known.theirs
        return any(theirs.get(name, 0) > number for name, number in after.items())

    def _note_fruitless(self, wanted: Mapping[str, int]) -> None:
        theirs = self._known.theirs
        lacks = self._home.lacks(theirs)
        # An answer that is full may have had no room for them all.
        moved = any(lacks.get(name) != number for name, number in wanted.items())
        for name, number in wanted.items():
            if not moved and lacks.get(name) == number:
                self._fruitless[name] = (theirs[name], clock.seconds())

    async def _ask_pull(self, after: Mapping[str, int]) -> Pulled:
        begun_s = clock.seconds()
        question = AskPull(self._post.next_question(), dict(after), self._pace.size())
        try:
            answer = await self._post.ask(self._known, question)
        except NO_ANSWER:
            self._pace.lost()
            raise
        if not isinstance(answer, Pulled):
            raise NotUnderstood("an answer to something else")
        self._pace.took(clock.seconds() - begun_s, sum(map(len, answer.segments)))
        return answer


def _after(wanted: Mapping[str, int], raws: Sequence[bytes]) -> dict[str, int]:
    """Where to go on once these segments are taken."""
    after = dict(wanted)
    for raw in raws:
        channel, last = span_of(raw)
        name = channel.text()
        after[name] = max(after.get(name, 0), last)
    return after
