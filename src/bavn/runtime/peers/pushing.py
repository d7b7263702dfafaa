# SPDX-License-Identifier: Apache-2.0
"""Pushing: new entries and last values go to a neighbour as soon as they are there."""

import asyncio
from contextlib import suppress

from bavn.runtime import clock
from bavn.runtime.log import log_error
from bavn.runtime.peers.content import AskLatest, AskTake
from bavn.runtime.peers.home import Home
from bavn.runtime.peers.known import Known
from bavn.runtime.peers.pace import Pace
from bavn.runtime.peers.post import NO_ANSWER, Post
from bavn.runtime.peers.telemetry import Telemetry, bytes_of

# From the start of one letter to the start of the next, at least, so that a burst is a few letters
# and not a thousand. Where one takes longer than SLOW_S the next waits for so many times as long:
# what gathers goes together, and a narrow line is not filled with letters of one fact each.
GATHER_S, SLOW_S, GATHER_TIMES, GATHER_AT_MOST_S = 0.03, 0.2, 2.0, 0.5
# What is pushed unasked at once at most. Whoever lacks more pulls it, at its own pace.
PUSH_BYTES = 64 * 1024
# A burst of no more than so many goes on in further letters; a longer backlog is left to be pulled.
BURST_LIMIT = 512
# Telemetry in one letter at most, and how long after one the next may go, in its own length: on a
# narrow line half of it stays free for facts, and no fact waits behind more than one letter.
LATEST_BYTES, LATEST_REST = 256 * 1024, 1.0
# How long telemetry rests when a letter of it was lost.
LOST_REST_S = 1.0


class Pusher:
    """Pushes to one other node whenever it is woken; one letter is under way at a time."""

    def __init__(self, home: Home, post: Post, known: Known, telemetry: Telemetry) -> None:
        self._home = home
        self._post = post
        self._known = known
        self._telemetry = telemetry
        self._wake = asyncio.Event()
        self._entries_pace = Pace(PUSH_BYTES)
        self._latest_pace = Pace(LATEST_BYTES)
        self._gather_s = GATHER_S
        # From when on telemetry may go again.
        self._latest_s = 0.0

    def wake(self) -> None:
        """There may be something to push."""
        self._wake.set()

    async def push_for_ever(self) -> None:
        """Push, until this is cancelled."""
        pushed_s = 0.0
        while True:
            await self._woken()
            # The first goes at once; those that follow close behind go together.
            await asyncio.sleep(max(0.0, pushed_s + self._gather_s - clock.seconds()))
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
        known, now_s = self._known, clock.seconds()
        # Whoever was written to while the node between was silent answers what is pushed, and would
        # be pushed to for ever: everything would cross twice.
        if known.is_silent(now_s) or not known.is_told(now_s):
            self._telemetry.forget(known.node)
            return
        if known.is_whole:
            await self._push_entries()
        if clock.seconds() >= self._latest_s:
            await self._push_latest()

    async def _woken(self) -> None:
        """Return when there may be something to push, or when telemetry that waits may go."""
        if not self._telemetry.waits_for(self._known.node):
            await self._wake.wait()
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, self._latest_s - clock.seconds())):
                await self._wake.wait()

    async def _push_latest(self) -> None:
        moved = self._telemetry.next_for(self._known.node, self._latest_pace.size())
        if not moved:
            return
        question, begun_s = AskLatest(self._post.next_question(), moved), clock.seconds()
        try:
            await self._post.ask(self._known, question)
        except NO_ANSWER:
            self._latest_pace.lost()
            self._latest_s = clock.seconds() + LOST_REST_S
            raise
        took_s = clock.seconds() - begun_s
        self._latest_pace.took(took_s, sum(map(bytes_of, moved)))
        self._latest_s = clock.seconds() + LATEST_REST * took_s

    async def _push_entries(self) -> None:
        known = self._known
        heads = self._home.heads_for(known.node)
        after = {name: known.lacks_after(name) for name in heads}
        after = {name: number for name, number in after.items() if heads[name] > number}
        if not after:
            return
        segments = await self._home.segments(known.node, after, self._entries_pace.size())
        # Said before it is taken: what comes meanwhile must not send the same again.
        for segment in segments:
            known.pushed[segment.channel.text()] = segment.last
        raws = tuple(segment.to_bytes() for segment in segments)
        question, begun_s = AskTake(self._post.next_question(), raws), clock.seconds()
        try:
            await self._post.ask(known, question)
        except NO_ANSWER:
            self._entries_pace.lost()
            raise
        took_s = clock.seconds() - begun_s
        is_slow = took_s > SLOW_S
        self._gather_s = min(GATHER_TIMES * took_s, GATHER_AT_MOST_S) if is_slow else GATHER_S
        self._entries_pace.took(took_s, sum(map(len, raws)))
        left = sum(max(0, heads[name] - known.lacks_after(name)) for name in heads)
        if 0 < left <= BURST_LIMIT:
            self.wake()
