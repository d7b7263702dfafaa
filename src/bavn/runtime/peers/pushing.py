# SPDX-License-Identifier: Apache-2.0
"""Pushing: new entries and last values go to a neighbour as soon as they are there."""

import asyncio

from bavn.runtime import clock
from bavn.runtime.log import log_error
from bavn.runtime.peers.content import AskLatest, AskTake
from bavn.runtime.peers.home import Home
from bavn.runtime.peers.known import Known
from bavn.runtime.peers.post import NO_ANSWER, Post
from bavn.runtime.peers.telemetry import Telemetry

# The least time between two letters, so that a burst is a few and not a thousand.
GATHER_S = 0.03
# What is pushed unasked at once. Whoever lacks more pulls it, at its own pace.
PUSH_BYTES = 64 * 1024


class Pusher:
    """Pushes to one other node whenever it is woken; one letter is under way at a time."""

    def __init__(self, home: Home, post: Post, known: Known, telemetry: Telemetry) -> None:
        self._home = home
        self._post = post
        self._known = known
        self._telemetry = telemetry
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There may be something to push."""
        self._wake.set()

    async def push_for_ever(self) -> None:
        """Push, until this is cancelled."""
        pushed_s = 0.0
        while True:
            await self._wake.wait()
            # The first goes at once; those that follow close behind go together.
            await asyncio.sleep(max(0.0, pushed_s + GATHER_S - clock.seconds()))
            self._wake.clear()
            pushed_s = clock.seconds()
            try:
                await self._push()
            except NO_ANSWER:
                # What was not taken is seen in the next beat, and pulled.
                continue
            except Exception as error:  # noqa: BLE001 - what is not pushed is pulled
                log_error("peers.push_failed", error, peer=self._known.node)

    async def _push(self) -> None:
        known = self._known
        if known.is_silent(clock.seconds()):
            self._telemetry.forget(known.node)
            return
        if known.is_whole:
            await self._push_entries()
        moved = self._telemetry.next_for(known.node)
        if moved:
            await self._post.ask(known, AskLatest(self._post.next_question(), moved))

    async def _push_entries(self) -> None:
        known = self._known
        heads = self._home.heads_for(known.node)
        after = {name: known.lacks_after(name) for name in heads}
        after = {name: number for name, number in after.items() if heads[name] > number}
        if not after:
            return
        segments = await self._home.segments(known.node, after, PUSH_BYTES)
        # Said before it is taken: what comes meanwhile must not send the same again.
        for segment in segments:
            known.pushed[segment.channel.text()] = segment.last
        raws = tuple(segment.to_bytes() for segment in segments)
        await self._post.ask(known, AskTake(self._post.next_question(), raws))
