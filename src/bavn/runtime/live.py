# SPDX-License-Identifier: Apache-2.0
"""A world that is served: written in one thread, read beside it, and told to those who listen."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import msgspec

from bavn.journal.decision import Done, Outcome, Request
from bavn.journal.fact import Fact, Sealed, read_fact
from bavn.journal.journal import Journal
from bavn.journal.reader import Query, Reader
from bavn.journal.store import Store
from bavn.journal.stores.sqlite import open_store
from bavn.journal.vault import Gone
from bavn.kernel.audience import NATION
from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.kernel.mandate import May
from bavn.kernel.private import Private
from bavn.kernel.refusal import BadInput, Refused
from bavn.runtime import clock
from bavn.runtime.log import log, log_error
from bavn.runtime.mandates.refusing import explained
from bavn.runtime.opened import Opened
from bavn.runtime.readings import ReadingLog
from bavn.runtime.web.hub import Happened, Hub, frame_of
from bavn.runtime.writer import LoopWriter, WriterStopped

T = TypeVar("T")
Watcher = Callable[[Fact], None]

# How many of each channel's last entries are at hand for listeners after a start.
REMEMBERED = 1_000
ENTRIES_AT_ONCE = 1_000
# Timers are looked at this often, and after each write.
TURN_S = 1.0


class Live:
    """One world of a node while it serves; made in the event loop that it lives in."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._journal = opened.journal
        path = opened.folder.journal_path(opened.world)
        self._reading = open_store(str(path), read_only=True)
        self._query = Query(self._journal.record, self._journal.vault, self._reading)
        self._writer = LoopWriter(self._journal, opened.reserve)
        self.hub = Hub()
        self.readings = ReadingLog(opened.folder.readings_path(opened.world))
        # The number up to which each channel has been told to listeners.
        self._told: dict[int, int] = {}
        self._watchers: list[Watcher] = []
        self._after_news: list[Callable[[], None]] = []
        self._before_close: list[Callable[[], Awaitable[None]]] = []
        self._publishing: list[Callable[[str, object], None]] = []
        self.is_stopped = False
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._begin()
        self._reacting = asyncio.create_task(self._react(), name="react")

    def _begin(self) -> None:
        for channel in self._journal.record.channels.values():
            self._told[channel.key] = max(0, channel.sequence - REMEMBERED)
        before = sorted(self._news())
        complete = [each for each in before if each.position > self._complete_after()]
        self.hub.begin(complete, self._journal.record.position)

    def _complete_after(self) -> int:
        """The position after which the last entries of all channels hold everything."""
        firsts = []
        for channel in self._journal.record.channels.values():
            number = channel.sequence - REMEMBERED
            if number > 0:
                entry = self._reading.entry(channel.key, number)
                assert entry is not None, "a channel has no gap below its head"
                firsts.append(entry.position)
        return max(firsts, default=0)

    # The desk

    @property
    def world(self) -> World:
        """The world that is served."""
        return self._opened.world

    @property
    def node(self) -> NodeId:
        """The node whose record it is."""
        return self._journal.record.identity.node

    @property
    def may(self) -> May:
        """The gate that every act passes."""
        return self._opened.may

    @property
    def journal(self) -> Journal:
        """The journal; what writes or reads much goes through `alone`."""
        return self._journal

    @property
    def query(self) -> Query:
        """The way to what is on record."""
        return self._query

    @property
    def reading(self) -> Store:
        """The record beside the one who writes, for what is done in this loop."""
        return self._reading

    @property
    def position(self) -> int:
        """The position of the newest fact."""
        return self._journal.record.position

    def hold(self) -> None:
        """Have everything but alarms wait, until this node knows what it has told before."""
        self._may_write.clear()

    def release(self) -> None:
        """Let those who wait go on."""
        self._may_write.set()

    async def write(self, request: Request) -> Outcome:
        """The outcome of a request, when the disk has it."""
        if not self._may_write.is_set():
            is_alarm = self._journal.record.catalogue.is_alarm(request.content)
            if not is_alarm:
                await self._may_write.wait()
        try:
            outcome = await self._writer.write(request)
        except WriterStopped:
            self.is_stopped = True
            raise
        if isinstance(outcome, Done) and not outcome.repeated:
            # Before the answer: who then looks finds nothing that is older than its own word.
            self.told()
        if isinstance(outcome, Refused):
            return explained(self.may, request.actor, outcome, clock.now())
        return outcome

    async def alone(self, work: Callable[[Journal], T]) -> T:
        """What work on the journal gives, done between two groups of writing."""
        return await self._writer.alone(work)

    async def reveal(
        self, reader: Reader, owner: OrganisationId, sealed: Sealed
    ) -> Private | Gone | Refused:
        """A private text; the thread that carries out erasures is asked. Each reading is kept.

        In the operation's own work nobody waits for that. For a purpose that the reader has stated
        it is kept first, or the text stays sealed.
        """
        found = await self._writer.alone(
            lambda journal: journal.query.reveal(reader, owner, sealed)
        )
        if not isinstance(found, Private):
            return found
        by = reader.by
        if by is None or not by.is_stated:
            self.readings.note(by, owner, sealed.key)
        elif not await self.readings.keep(by, owner, sealed.key):
            return Refused(
                code="reading_not_kept",
                says="The reading could not be written down, so the text stays sealed.",
                try_instead="Have the node's disk looked at; the operation goes on meanwhile.",
            )
        log("text.read", owner=owner, key=sealed.key)
        return found

    def publish(self, event: str, data: msgspec.Struct | dict[str, Any] | list[Any]) -> None:
        """Tell everyone who listens something that is no fact."""
        self.hub.publish(event, data)
        for heard in self._publishing:
            heard(event, data)

    def on_publish(self, heard: Callable[[str, object], None]) -> None:
        """Have what is told here that is no fact heard by somebody beside those who listen."""
        self._publishing.append(heard)

    def watch(self, watcher: Watcher) -> None:
        """Have every fact shown to a watcher, in this loop, as soon as the disk has it."""
        self._watchers.append(watcher)

    def after_news(self, then: Callable[[], None]) -> None:
        """Have something done, in this loop, whenever there is something new on record."""
        self._after_news.append(then)

    def before_close(self, then: Callable[[], Awaitable[None]]) -> None:
        """Have something ended before the files are let go of."""
        self._before_close.append(then)

    def positions_of(self, owner: OrganisationId, subject: str) -> list[int]:
        """The positions of what an owner has told everyone about a subject, in order."""
        names = self._journal.record.names
        rows = self._reading.history(owner, subject)
        return sorted({row.position for row in rows if names[row.channel].audience == NATION})

    # What goes on by itself

    def told(self) -> None:
        """Tell watchers and listeners of what was written or heard; a group is told together."""
        try:
            self.hub.tell(sorted(self._news()))
            for then in self._after_news:
                then()
        except Exception as error:  # noqa: BLE001 - listeners must not stop those who write
            log_error("stream.tell_failed", error)

    async def _react(self) -> None:
        """Let reactions and timers act."""
        while not self.is_stopped:
            await self._may_write.wait()
            try:
                looked_at = await self._writer.alone(lambda journal: journal.turn())
            except Exception as error:  # noqa: BLE001 - tried again, and a person is told
                log_error("reactions.failed", error)
                looked_at = 0
            if looked_at:
                self.told()
                continue
            await asyncio.sleep(TURN_S)

    def _news(self) -> Iterator[Happened]:
        """The facts that listeners have not been told of, each with all its audiences."""
        raws: dict[int, bytes] = {}
        audiences: dict[int, list[str]] = {}
        for name, channel in list(self._journal.record.channels.items()):
            told = self._told.get(channel.key, 0)
            while told < channel.sequence:
                count = min(ENTRIES_AT_ONCE, channel.sequence - told)
                rows = self._reading.chain(channel.key, told + 1, count)
                for row in rows:
                    raws[row.position] = row.raw
                    audiences.setdefault(row.position, []).append(name.audience)
                told += len(rows)
                if not rows:
                    break
            self._told[channel.key] = told
        for position, raw in raws.items():
            try:
                fact = read_fact(raw).fact
            except BadInput:
                # Kept and passed on for those who can read it; there is nothing to tell.
                continue
            for watcher in self._watchers:
                watcher(fact)
            yield _happened(position, fact, tuple(audiences[position]))

    async def close(self) -> None:
        """Let listeners go, write what waits, and let go of the files."""
        self.hub.close()
        self.release()
        for then in self._before_close:
            await then()
        self._reacting.cancel()
        await asyncio.gather(self._reacting, return_exceptions=True)
        await self._writer.close()
        await self.readings.close()
        self._reading.close()
        self._opened.close()
        log("node.closed", world=self.world, position=self.position)


def _happened(position: int, fact: Fact, audiences: tuple[str, ...]) -> Happened:
    data = {
        "position": position,
        "id": fact.id,
        "kind": fact.kind,
        "owner": fact.owner,
        "about": fact.about,
        "at": fact.recorded_at.partition("/")[0],
    }
    return Happened(position, fact.owner, audiences, frame_of("fact", data, position))
