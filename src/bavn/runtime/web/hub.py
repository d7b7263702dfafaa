# SPDX-License-Identifier: Apache-2.0
"""The hub: everyone who listens is told what happens, within what each may read.

Each event is encoded once, however many listen: listeners with the same reader share the same
bytes. A listener who does not keep up is let go with `reset`, and asks for the whole picture again;
nobody can make the hub hold more than its limits.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import NamedTuple

import msgspec

from bavn.journal.reader import Reader

# What a listener may lag behind before it is let go: some seconds of a storm.
WAITING_LIMIT = 512
# What can be told again to one who comes back: an hour of a storm, a day of an ordinary week.
KEPT_LIMIT = 20_000
# A silent line is a dead line: a page counts twelve seconds without a word as lost.
BEAT_S = 5.0
_encode = msgspec.json.encode


class Happened(NamedTuple):
    """One fact as it is told to listeners, with who may hear of it."""

    position: int
    owner: str
    audiences: tuple[str, ...]
    frame: bytes


def frame_of(event: str, data: object, mark: int | None = None) -> bytes:
    """An event as it goes over the line; `mark` is what a listener comes back with."""
    head = b"" if mark is None else b"id: %d\n" % mark
    return b"%sevent: %s\ndata: %s\n\n" % (head, event.encode(), _encode(data))


class _Listener:
    __slots__ = ("queue", "reader")

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue(WAITING_LIMIT)

    def tell(self, frames: bytes) -> bool:
        try:
            self.queue.put_nowait(frames)
        except asyncio.QueueFull:
            return False
        return True

    def tell_end(self) -> bool:
        """Ask the listener to go, when there is room to say so."""
        try:
            self.queue.put_nowait(None)
        except asyncio.QueueFull:
            return False
        return True


class Hub:
    """Tells those who listen; lives in one event loop."""

    def __init__(self) -> None:
        self._listeners: set[_Listener] = set()
        self._kept: deque[Happened] = deque(maxlen=KEPT_LIMIT)
        # Everything after this position is in `_kept`.
        self._since = 0
        self.position = 0
        # The last of what stands until it is told anew, by its event.
        self._standing: dict[str, bytes] = {}
        self._closed = False
        self.told_count = 0
        self.let_go_count = 0

    @property
    def listener_count(self) -> int:
        """How many listen now."""
        return len(self._listeners)

    def begin(self, happened: Sequence[Happened], position: int) -> None:
        """Have the last facts before the start at hand for those who come back."""
        self._since = happened[0].position - 1 if happened else position
        for each in happened:
            self._keep(each)
        self.position = position

    def tell(self, happened: Sequence[Happened]) -> None:
        """Tell of facts, in the order of their positions."""
        if not happened:
            return
        for each in happened:
            self._keep(each)
        frames: dict[Reader, bytes] = {}
        for listener in list(self._listeners):
            found = frames.get(listener.reader)
            if found is None:
                found = frames[listener.reader] = _within(listener.reader, happened)
            if found:
                self._send(listener, found)
        self.told_count += len(happened)

    def publish(self, event: str, data: object) -> None:
        """Tell everyone something that is no fact; who comes back does not hear it again."""
        frame = frame_of(event, data)
        for listener in list(self._listeners):
            self._send(listener, frame)

    def stand(self, event: str, data: object) -> None:
        """Tell everyone something that is no fact, and the last of it to whoever comes later."""
        self._standing[event] = frame_of(event, data)
        self.publish(event, data)

    async def listen(self, reader: Reader, after: int | None) -> AsyncIterator[bytes]:
        """What happens from now on, and what happened after a position that somebody knows."""
        listener = _Listener(reader)
        if self._closed:
            return
        self._listeners.add(listener)
        try:
            yield self._greeting(reader, after) + b"".join(self._standing.values())
            while True:
                try:
                    frames = await asyncio.wait_for(listener.queue.get(), BEAT_S)
                except TimeoutError:
                    # Nothing waits, so this listener has all there is for it up to here.
                    yield frame_of("beat", {}, self.position)
                    continue
                if frames is None:
                    return
                yield frames
        finally:
            self._listeners.discard(listener)

    def close(self) -> None:
        """Let everyone go, so that the process can end."""
        self._closed = True
        for listener in self._listeners:
            while not listener.tell_end():
                listener.queue.get_nowait()
        self._listeners.clear()

    def _greeting(self, reader: Reader, after: int | None) -> bytes:
        hello = b"retry: 2000\n\n" + frame_of("beat", {})
        if after is None or after == self.position:
            return hello + frame_of("beat", {}, self.position)
        if after > self.position or after < self._since:
            # Another record, or too long ago: what is missing cannot be told one by one.
            return hello + frame_of("reset", {"position": self.position}, self.position)
        return hello + _within(reader, [each for each in self._kept if each.position > after])

    def _keep(self, happened: Happened) -> None:
        if len(self._kept) == KEPT_LIMIT:
            self._since = self._kept[0].position
        self._kept.append(happened)
        self.position = max(self.position, happened.position)

    def _send(self, listener: _Listener, frames: bytes) -> None:
        if listener.tell(frames):
            return
        self.let_go_count += 1
        self._listeners.discard(listener)
        # What waits is given up: its place is taken by the word that the picture must be asked for.
        while not listener.queue.empty():
            listener.queue.get_nowait()
        listener.tell(frame_of("reset", {"position": self.position}, self.position))
        listener.tell_end()


def _within(reader: Reader, happened: Iterable[Happened]) -> bytes:
    return b"".join(
        each.frame
        for each in happened
        if any(reader.may_read(each.owner, audience) for audience in each.audiences)
    )
