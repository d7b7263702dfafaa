# SPDX-License-Identifier: Apache-2.0
"""Group commit: many ask at once, one transaction answers them all.

The disk is asked to flush once for a group, and that is what a write costs. Nobody waits for a
group to fill: a group is whatever gathered while the one before it was being written, so one writer
alone is as fast as the journal, and sixty-four share the price.

`ThreadWriter` is for callers in threads, `LoopWriter` for callers in an event loop. Both keep the
journal's rule of one thread at a time; other work on the journal (hearing a peer, reactions) goes
through `alone`.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import TypeVar

from bavn.journal.decision import Outcome, Request
from bavn.journal.journal import Journal, Reserve
from bavn.kernel.refusal import Refused
from bavn.runtime import clock
from bavn.runtime.log import log_error

T = TypeVar("T")

# The largest group: some milliseconds of writing, during which the next one gathers.
GROUP_LIMIT = 256
# Requests that may wait in an event loop: a second's work. Alarms are taken beyond it.
WAITING_LIMIT = 10_000
# How long a thread waits for company when the group before it had some: a quarter of a flush.
GATHER_S = 0.000_2

TOO_MANY_WAITING = Refused(
    code="too_many_waiting",
    says="More is asked of this node than it can write; nothing was written. Alarms are taken.",
    try_instead="Send it again in a few seconds, under the same number.",
)


class WriterStopped(Exception):
    """The store broke while the request waited: nobody knows yet whether it was written.

    Runbook. It means: the disk failed under the journal, or the file is damaged. This process takes
    nothing more; what was answered before is on disk. Look at `bavn verify` and at the system's own
    log for the disk. Do: start the node again, which reads from the disk what was written, and send
    again whatever got this answer, under its own number; a repeat is recognised. If it does not
    start, `bavn restore`. Wake the one who runs the machine.
    """


class _Closing(Exception):
    """Ends the thread of a LoopWriter."""


def _commit(
    journal: Journal, reserve: Reserve, requests: Sequence[Request]
) -> list[Outcome] | Exception:
    """The outcomes of a group, or what became of all of it."""
    try:
        outcomes = journal.commit(requests)
    except Exception as error:  # noqa: BLE001 - those who wait must hear of it, whatever it is
        log_error("writer.stopped", error, requests=len(requests))
        stopped = WriterStopped("the journal cannot be written; start the node again")
        stopped.__cause__ = error
        return stopped
    reserve.refill()
    return outcomes


class _Ticket:
    """A request that waits, and the bell that its thread sleeps by."""

    __slots__ = ("answer", "bell", "request")

    def __init__(self, request: Request) -> None:
        self.request = request
        self.answer: Outcome | Exception | None = None
        self.bell = threading.Lock()
        self.bell.acquire()


class ThreadWriter:
    """Writes for callers in many threads: the first in the queue writes for all who wait.

    It then rings for those it wrote for, and for the next in the queue, who writes the next group.
    """

    def __init__(self, journal: Journal, reserve: Reserve) -> None:
        self._journal = journal
        self._reserve = reserve
        self._queue: deque[_Ticket] = deque()
        self._at_queue = threading.Lock()
        self._somebody_writes = False
        self._pen = threading.Lock()
        self._last_size = 0

    def write(self, request: Request) -> Outcome:
        """The outcome of the request, when the disk has it; WriterStopped when the store broke."""
        ticket = _Ticket(request)
        with self._at_queue:
            self._queue.append(ticket)
            is_first, self._somebody_writes = not self._somebody_writes, True
        if not is_first:
            ticket.bell.acquire()
        if ticket.answer is None:
            self._write_group()
        assert ticket.answer is not None, "the first in the queue is in the next group"
        if isinstance(ticket.answer, Exception):
            raise WriterStopped(*ticket.answer.args) from ticket.answer.__cause__
        return ticket.answer

    def alone(self, work: Callable[[Journal], T]) -> T:
        """What other work on the journal gives, done while nobody writes."""
        with self._pen:
            return work(self._journal)

    def _write_group(self) -> None:
        if self._last_size > 1:
            # Those who were just answered are about to ask again.
            clock.wait(GATHER_S)
        answer: list[Outcome] | Exception = WriterStopped("the writing thread was interrupted")
        with self._pen:
            group = self._taken()
            try:
                answer = _commit(self._journal, self._reserve, [each.request for each in group])
            finally:
                self._hand_back(group, answer)

    def _taken(self) -> list[_Ticket]:
        with self._at_queue:
            self._last_size = min(GROUP_LIMIT, len(self._queue))
            return [self._queue.popleft() for _ in range(self._last_size)]

    def _hand_back(self, group: Sequence[_Ticket], answer: list[Outcome] | Exception) -> None:
        for number, ticket in enumerate(group):
            ticket.answer = answer if isinstance(answer, Exception) else answer[number]
            ticket.bell.release()
        with self._at_queue:
            self._somebody_writes = bool(self._queue)
            if self._queue:
                self._queue[0].bell.release()


_Job = Callable[[], None]


class LoopWriter:
    """Writes for callers in one event loop, in one thread of its own."""

    def __init__(self, journal: Journal, reserve: Reserve) -> None:
        self._journal = journal
        self._reserve = reserve
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[Request, asyncio.Future[Outcome]]] = deque()
        self._is_writing = False
        self._is_due = False
        self._is_closed = False
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="bavn-writer", daemon=True)
        self._thread.start()

    async def write(self, request: Request) -> Outcome:
        """The outcome of the request, when the disk has it; WriterStopped when the store broke.

        A caller that is cancelled while it waits does not know the outcome: the request is written
        all the same, and a repeat under its number is recognised.
        """
        alarm = self._journal.record.catalogue.is_alarm(request.content)
        if self._is_closed:
            raise WriterStopped("the node is closing; nothing of this request was written")
        if len(self._waiting) >= WAITING_LIMIT and not alarm:
            return TOO_MANY_WAITING
        future: asyncio.Future[Outcome] = self._loop.create_future()
        self._waiting.append((request, future))
        self._soon()
        return await future

    async def alone(self, work: Callable[[Journal], T]) -> T:
        """What other work on the journal gives, done between two groups."""
        future: asyncio.Future[T] = self._loop.create_future()

        def job() -> None:
            try:
                result = work(self._journal)
            except Exception as error:  # noqa: BLE001 - it is handed to who asked
                self._loop.call_soon_threadsafe(_fail, future, error)
            else:
                self._loop.call_soon_threadsafe(_give, future, result)

        self._jobs.put(job)
        return await future

    async def close(self) -> None:
        """Write what waits, and end the thread."""
        self._is_closed = True
        while self._waiting or self._is_writing:
            await self.alone(lambda _: None)
        self._jobs.put(_end)
        await asyncio.to_thread(self._thread.join)

    def _soon(self) -> None:
        # Not at once: those who are about to ask in this turn of the loop belong to the same group.
        if not (self._is_due or self._is_writing):
            self._is_due = True
            self._loop.call_soon(self._start)

    def _start(self) -> None:
        self._is_due = False
        if self._is_writing or not self._waiting:
            return
        count = min(GROUP_LIMIT, len(self._waiting))
        group = [self._waiting.popleft() for _ in range(count)]
        self._is_writing = True
        requests = [request for request, _ in group]

        def job() -> None:
            answer = _commit(self._journal, self._reserve, requests)
            self._loop.call_soon_threadsafe(self._hand_back, group, answer)

        self._jobs.put(job)

    def _hand_back(
        self,
        group: Sequence[tuple[Request, asyncio.Future[Outcome]]],
        answer: list[Outcome] | Exception,
    ) -> None:
        self._is_writing = False
        for number, (_, future) in enumerate(group):
            if isinstance(answer, Exception):
                _fail(future, answer)
            else:
                _give(future, answer[number])
        if self._waiting:
            self._soon()

    def _work(self) -> None:
        while True:
            try:
                self._jobs.get()()
            except _Closing:
                return


def _end() -> None:
    raise _Closing


def _give(future: asyncio.Future[T], result: T) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[T], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
