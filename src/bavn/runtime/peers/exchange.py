# SPDX-License-Identifier: Apache-2.0
"""The exchange: each node tells its neighbours what it has, and fetches what it lacks.

A beat each second says that a node lives and what has changed. New entries are pushed as soon as
the disk has them. Whoever finds in the numbers that something is missing pulls it, from the node
that told it or from any other that holds it; the puller sets the pace. Nothing here decides
anything about an entry: all that comes ends in `journal.merge`.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from functools import partial
from typing import Any

from bavn.journal.chain import Segment
from bavn.journal.merge import Merged
from bavn.journal.offer import may_be_told
from bavn.kernel.identity import NodeId
from bavn.kernel.instants import ms_of
from bavn.kernel.refusal import BadInput, Refused
from bavn.runtime import clock
from bavn.runtime.log import log, log_error
from bavn.runtime.peers.acquaintances import Acquaintances
from bavn.runtime.peers.content import (
    Answer,
    AskHave,
    AskPull,
    AskTake,
    Beat,
    Held,
    Moved,
    NotUnderstood,
    Pulled,
    Question,
    Taken,
    decode_heard,
    encode,
)
from bavn.runtime.peers.home import Home
from bavn.runtime.peers.known import BEAT_S, Known
from bavn.runtime.peers.letter import BadLetter, Letters
from bavn.runtime.peers.line import Line
from bavn.runtime.peers.post import Post
from bavn.runtime.peers.pulling import MOST_BYTES, Puller
from bavn.runtime.peers.pushing import Pusher
from bavn.runtime.peers.telemetry import Telemetry
from bavn.runtime.program import VERSION

# Letters with entries that may wait to be taken in; what comes beyond them is pulled again.
WAITING_LIMIT = 32
# What a node knows of third nodes is passed on in each fifth beat.
SEEN_EACH = 5
_RUN_BYTES = 6
END_AGAIN_S = 0.5


class Exchange:
    """One world's exchange with other nodes, in the event loop that the world lives in."""

    def __init__(self, home: Home, letters: Letters, lines: Sequence[Line]) -> None:
        self.home = home
        self.others = Acquaintances(home)
        self.post = Post(letters, lines)
        self._run = int.from_bytes(clock.entropy(_RUN_BYTES))
        self._beats = 0
        self._taking = 0
        self.telemetry = Telemetry()
        self._pushers: dict[NodeId, Pusher] = {}
        self._pullers: dict[NodeId, Puller] = {}
        self._being_pulled: dict[str, NodeId] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Begin to hear and to tell."""
        for line in self.post.lines:
            await line.open(partial(self.hear, line))
        self._start(self._beat_for_ever(), "beat")

    async def close(self) -> None:
        """End it."""
        tasks = going = set(self._tasks)
        while going:
            # Python 3.11 loses a cancellation that comes in the same turn as an answer, so that
            # whoever waited for the answer goes on: it is said again until all have ended.
            for task in going:
                task.cancel()
            _, going = await asyncio.wait(going, timeout=END_AGAIN_S)
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.post.close()
        await self.home.close()

    def changed(self) -> None:
        """There is something new on record."""
        self._wake_pushers()

    def tell_latest(self, moved: Iterable[Moved]) -> None:
        """Have last values of our own go to the neighbours."""
        self.telemetry.put(moved, self._others_heard(None))
        self._wake_pushers()

    # Beats

    async def _beat_for_ever(self) -> None:
        while True:
            try:
                self._beats += 1
                nodes = self.others.correspondents()
                beats = (self._beat(self._of(node), wants=wants) for node, wants in nodes.items())
                await asyncio.gather(*beats)
                if nodes:
                    self.post.doubt_dead_lines(self.others.above())
            except Exception as error:  # noqa: BLE001 - the next beat is in a second
                log_error("peers.beat_failed", error)
            await asyncio.sleep(BEAT_S)

    async def _beat(self, known: Known, *, wants: bool) -> None:
        """Tell a node that we live, on every line that is up, so that each is known to work."""
        heads = self.home.heads_for(known.node)
        with_seen = self._beats % SEEN_EACH == 1
        beat = Beat(
            run=self._run,
            number=known.next_beat(clock.seconds()),
            at_ms=ms_of(clock.now()),
            version=VERSION,
            incarnation=self.home.record.incarnation,
            heads=known.changed(heads),
            whole=not known.told_heads,
            echo=(known.run, known.number),
            wants=wants,
            seen=self.others.seen_for(known.node) if with_seen else (),
        )
        known.told_heads = heads
        lines = self.post.lines
        sent = await asyncio.gather(*(self.post.tell(line, known.node, beat) for line in lines))
        if not any(sent):
            # Nobody heard this one: the next tells everything.
            known.told_heads = {}

    # Hearing

    async def hear(self, line: Line, raw: bytes) -> bytes | None:
        """What there is to answer to a letter that came on a line."""
        try:
            opened = self.post.letters.open(raw)
            said = decode_heard(opened.content)
        except (BadLetter, NotUnderstood) as error:
            log("peers.letter_unread", line=line.name, why=type(error).__name__)
            return None
        known = self._of(opened.sender)
        if isinstance(said, Beat):
            await self._take_beat(line, known, said)
            return None
        return self.post.letters.seal(known.node, encode(await self._answer(known, said)))

    async def _answer(self, known: Known, asked: Question) -> Answer:
        number = asked.question
        if isinstance(asked, AskHave):
            return Held(number, self.home.heads_for(known.node), ms_of(clock.now()))
        if isinstance(asked, AskPull):
            limit = min(max(asked.bytes_limit, 1), MOST_BYTES)
            segments = await self.home.segments(known.node, asked.after, limit)
            return Pulled(number, tuple(segment.to_bytes() for segment in segments))
        if isinstance(asked, AskTake):
            if self._taking < WAITING_LIMIT:
                await self._take(known, asked.segments)
            self._look_behind(known)
        else:
            self.telemetry.heard(asked.moved, self._others_heard(known))
            self._wake_pushers()
        return Taken(number)

    async def _take_beat(self, line: Line, known: Known, beat: Beat) -> None:
        begins, is_newer = beat.run != known.run, beat.number > known.number
        was_silent = known.is_silent(clock.seconds())
        if beat.wants:
            known.wanted_s = clock.seconds()
        if not known.take_beat(beat, ms_of(clock.now())):
            self.post.give_up(known.node)
        is_fresh = known.is_fresh(beat, self._run)
        if is_fresh:
            if was_silent:
                self.telemetry.greet(known.node)
            self.post.heard(known, line.name)
        if (was_silent and (is_fresh or is_newer)) or (begins and not is_fresh):
            # It does not know our last beats, or not that it is heard again: one of ours now, and
            # not when the next is due, lets it show that it lives. An old one is not answered.
            await self._beat(known, wants=False)
        self.others.note_seen(beat.seen)
        self._look_behind(known)
        # Now that it is heard it may be told what has gathered.
        self._pushers[known.node].wake()

    def _look_behind(self, known: Known) -> None:
        """Pull when the node has more than we have, or when we do not know what it has."""
        is_behind = self.others.behind(known.node) > 0
        if not is_behind:
            known.behind_since_s = None
        elif known.behind_since_s is None:
            known.behind_since_s = clock.seconds()
        if is_behind or not known.is_whole:
            self._pullers[known.node].wake()

    async def take_from(self, node: NodeId, raws: Sequence[bytes]) -> None:
        """Take in what another node tells by another way than a letter."""
        await self._take(self._of(node), raws)

    async def _take(self, known: Known, raws: Sequence[bytes]) -> None:
        """Take in what another node told."""
        self._taking += 1
        try:
            taken = await self.home.take(raws)
        except BadInput:
            log("peers.segment_unread", peer=known.node)
            return
        finally:
            self._taking -= 1
        for segment, outcome in taken:
            self._note_taken(known, segment, outcome)
        if any(isinstance(outcome, Merged) and outcome.applied for _, outcome in taken):
            self.changed()

    def _note_taken(self, known: Known, segment: Segment, outcome: Merged | Refused) -> None:
        if isinstance(outcome, Refused):
            log("peers.segment_refused", peer=known.node, code=outcome.code)
            return
        channel = self.home.record.channels.get(segment.channel)
        if channel is not None and may_be_told(self.home.record, known.node, channel):
            known.has(segment.channel.text(), segment.last)

    def _of(self, node: NodeId) -> Known:
        known = self.others.of(node)
        if node not in self._pullers:
            puller = Puller(self.home, self.post, known, self._take, self._being_pulled)
            self._pullers[node] = puller
            self._start(puller.pull_for_ever(), f"pull {node}")
            pusher = Pusher(self.home, self.post, known, self.telemetry)
            self._pushers[node] = pusher
            self._start(pusher.push_for_ever(), f"push {node}")
        return known

    def _others_heard(self, sender: Known | None) -> list[NodeId]:
        """The neighbours that are heard, but for the one something came from."""
        now_s = clock.seconds()
        return [
            each.node for each in self.others if each is not sender and not each.is_silent(now_s)
        ]

    def _wake_pushers(self) -> None:
        for pusher in self._pushers.values():
            pusher.wake()

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
