# SPDX-License-Identifier: Apache-2.0
"""The record at home, as the exchange between nodes uses it: what we have, give, and take in."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol, TypeVar

from bavn.journal.chain import SEGMENT_FACTS_LIMIT, Segment
from bavn.journal.journal import Journal
from bavn.journal.merge import Merged
from bavn.journal.offer import may_be_told, segments_after
from bavn.journal.record import Channel, Record
from bavn.journal.stores.sqlite import SqliteStore
from bavn.kernel.audience import OWN, Audience
from bavn.kernel.identity import NodeId
from bavn.kernel.refusal import Refused
from bavn.runtime.peers.content import Heads

T = TypeVar("T")

# Entries taken in before others may write: some tens of milliseconds, and as many as there can be
# in one segment, which is taken in whole or not at all.
STEP_FACTS_LIMIT = SEGMENT_FACTS_LIMIT


class Desk(Protocol):
    """Where the record is written: in one thread, one after the other."""

    async def alone(self, work: Callable[[Journal], T]) -> T:
        """What work on the journal gives, done while nobody else writes."""

    def told(self) -> None:
        """Have those who watch and listen hear what was just taken in."""


class Home:
    """One world's record at this node, for other nodes.

    Heads are read where the event loop is; entries are read in a thread beside, through a
    connection of their own, so that a peer that catches up does not slow those who write.
    """

    def __init__(self, record: Record, desk: Desk, reading: SqliteStore) -> None:
        self.record = record
        self._desk = desk
        self._reading = reading
        # One thread, so that what is read for one peer never meets what is read for another on the
        # connection, also when who asked has gone.
        self._thread = ThreadPoolExecutor(1, "bavn-peers")

    async def close(self) -> None:
        """Let go of the connection, once nobody reads on it."""
        await asyncio.to_thread(self._thread.shutdown)
        self._reading.close()

    @property
    def node(self) -> NodeId:
        """This node."""
        return self.record.identity.node

    def heads_for(self, peer: NodeId) -> Heads:
        """The last number of each channel that the peer may hear."""
        return {
            name.text(): channel.sequence
            for name, channel in list(self.record.channels.items())
            if channel.sequence and may_be_told(self.record, peer, channel)
        }

    def own_audiences(self) -> set[Audience]:
        """Whom this node has told anything."""
        channels = list(self.record.channels)
        return {each.audience for each in channels if each.node == self.node}

    def lacks(self, theirs: Mapping[str, int]) -> Heads:
        """The channels of which somebody has more than we have, each with the number we have."""
        mine = {
            name.text(): channel
            for name, channel in list(self.record.channels.items())
            if name.audience != OWN
        }
        lacking: Heads = {}
        for text, number in theirs.items():
            channel = mine.get(text)
            if channel is None:
                lacking[text] = 0
            elif number > channel.sequence and not channel.stopped:
                lacking[text] = channel.sequence
        return lacking

    async def segments(
        self, peer: NodeId, after: Mapping[str, int], bytes_limit: int
    ) -> list[Segment]:
        """Segments beyond these numbers of channels that the peer may hear; at least one."""
        channels = {
            name.text(): channel
            for name, channel in list(self.record.channels.items())
            if may_be_told(self.record, peer, channel)
        }
        wanted = [(channels[text], number) for text, number in after.items() if text in channels]
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._read, wanted, bytes_limit)

    def _read(self, wanted: list[tuple[Channel, int]], bytes_limit: int) -> list[Segment]:
        found: list[Segment] = []
        left = bytes_limit
        for channel, after in wanted:
            for segment in self._of(channel, after, bytes_limit):
                size = sum(map(len, segment.facts))
                if found and size > left:
                    return found
                found.append(segment)
                left -= size
        return found

    def _of(self, channel: Channel, after: int, bytes_limit: int) -> Iterator[Segment]:
        return segments_after(
            self.record, channel, after, store=self._reading, bytes_limit=bytes_limit
        )

    async def take(self, raws: Iterable[bytes]) -> list[tuple[Segment, Merged | Refused]]:
        """Take segments in; what came of each. BadInput when one is none, and then of none.

        Between two steps whoever writes here goes first: an alarm waits for one step at most,
        however much there is to hear.
        """
        taken: list[tuple[Segment, Merged | Refused]] = []
        for step in _steps([Segment.from_bytes(raw) for raw in raws]):
            outcomes = await self._desk.alone(partial(_merged, step))
            taken += zip(step, outcomes, strict=True)
            if any(isinstance(each, Merged) and each.applied for each in outcomes):
                self._desk.told()
        return taken


def _steps(segments: Iterable[Segment]) -> Iterator[list[Segment]]:
    """The segments in order, in steps of so many entries at most, or of one segment."""
    step: list[Segment] = []
    count = 0
    for segment in segments:
        if step and count + len(segment.facts) > STEP_FACTS_LIMIT:
            yield step
            step, count = [], 0
        step.append(segment)
        count += len(segment.facts)
    if step:
        yield step


def _merged(segments: Iterable[Segment], journal: Journal) -> list[Merged | Refused]:
    return [journal.merge(segment) for segment in segments]
