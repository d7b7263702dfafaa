# SPDX-License-Identifier: Apache-2.0
"""A node as a process: its record on the disk, its exchange, its line to a real NATS server.

python -m tests.storm_real.node FOLDER NODE URL [BUG]    requests come in, answers go out, by line

Nothing is acknowledged but what the disk has. It ends with whoever started it, at the latest.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from bavn.journal.decision import Done, Outcome
from bavn.journal.journal import Journal, NoReserve
from bavn.journal.stores.sqlite import open_store
from bavn.kernel.identity import NodeId
from bavn.kernel.instants import ms_of
from bavn.runtime import clock
from bavn.runtime.log import log_error
from bavn.runtime.peers.content import Moved
from bavn.runtime.peers.exchange import Exchange
from bavn.runtime.peers.home import Home
from bavn.runtime.peers.letter import Letters
from bavn.runtime.peers.nats_line import NatsLine
from bavn.runtime.peers.nkeys import read_nkey
from bavn.runtime.peers.overview import Overview
from bavn.runtime.writer import LoopWriter
from tests.lilleland.nodes import WORLD, key_of
from tests.storm_real.bugs import BUGS
from tests.storm_real.lilleland import JOURNAL, LINE_KEY, open_record, request_of
from tests.storm_real.words import (
    Asked,
    Look,
    NotTold,
    Ready,
    Said,
    Seen,
    Stop,
    Tell,
    Told,
    decode_asked,
    encode,
)

T = TypeVar("T")
# Reactions look at what is new, and each node's unit moves.
TURN_S, MOVE_S = 0.2, 0.5
# Half of the time that it is given to end.
SLOW_END_S = 15.0
UNIT, HERE = "unit", msgspec.Raw(msgspec.msgpack.encode("here"))
LINE_BYTES_LIMIT = 1 << 20


class Running:
    """One node while it runs."""

    def __init__(self, folder: Path, node: NodeId, url: str) -> None:
        self._node = node
        self._journal, self._store, self._keys = open_record(folder, node)
        self._writer = LoopWriter(self._journal, NoReserve())
        record = self._journal.record
        home = Home(record, self, open_store(str(folder / JOURNAL), read_only=True))
        letters = Letters(WORLD, node, key_of(node), lambda each: record.roster.line_key_of(each))  # noqa: PLW0108 - the roster changes
        line = NatsLine(node, WORLD, url, read_nkey(folder / LINE_KEY))
        self._exchange = Exchange(home, letters, [line])
        self._reading = open_store(str(folder / JOURNAL), read_only=True)
        self._overview = Overview(record, self._exchange, self._reading)
        self._latest: dict[str, int] = {}
        self._exchange.telemetry.on_heard(
            lambda moved: self._latest.update((each.key, each.at_ms) for each in moved)
        )
        self._tasks: set[asyncio.Task[None]] = set()

    async def alone(self, work: Callable[[Journal], T]) -> T:
        return await self._writer.alone(work)

    def told(self) -> None:
        self._exchange.changed()

    async def open(self) -> None:
        await self._exchange.open()
        self._go_on(self._react())
        self._go_on(self._move())

    async def serve(self) -> None:
        """Do what is asked, until asked to stop, or until nobody asks any more."""
        reader = asyncio.StreamReader(limit=LINE_BYTES_LIMIT)
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        _say(Ready())
        while line := await reader.readline():
            asked: Asked = decode_asked(line)
            match asked:
                case Tell():
                    self._go_on(self._tell(asked))
                case Look():
                    _say(self._seen(asked))
                case Stop():
                    return

    async def close(self) -> None:
        # Whoever looks into why it does not end finds what it waits for.
        asyncio.get_running_loop().call_later(SLOW_END_S, _say_what_is_waited_for)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._exchange.close()
        await self._writer.close()
        self._reading.close()
        self._store.close()
        self._keys.close()

    async def _tell(self, asked: Tell) -> None:
        outcome: Outcome = await self._writer.write(request_of(asked))
        self._exchange.changed()
        if isinstance(outcome, Done):
            _say(Told(ref=asked.ref, facts=outcome.facts, repeated=outcome.repeated))
        else:
            _say(NotTold(ref=asked.ref, why=repr(outcome)))

    def _seen(self, asked: Look) -> Seen:
        now_ms = ms_of(clock.now())
        others = self._exchange.others
        return Seen(
            number=asked.number,
            heads={
                name.text(): channel.sequence
                for name, channel in list(self._journal.record.channels.items())
            },
            heard_s={each.node: each.heard_s for each in others if each.heard_s is not None},
            latest_ms={key: now_ms - at_ms for key, at_ms in self._latest.items()},
            nodes=tuple(self._overview.nodes()) if asked.all else (),
        )

    async def _react(self) -> None:
        while True:
            try:
                looked_at = await self._writer.alone(lambda journal: journal.turn())
            except Exception as error:  # noqa: BLE001 - said in the log, which is read at the end
                log_error("reactions.failed", error)
                looked_at = 0
            if looked_at:
                self._exchange.changed()
            await asyncio.sleep(TURN_S)

    async def _move(self) -> None:
        """Tell where this node's one unit is, again and again."""
        while True:
            at_ms = ms_of(clock.now())
            self._latest[self._node] = at_ms
            moved = Moved(UNIT, self._node, self._node, at_ms, HERE)
            self._exchange.tell_latest([moved])
            await asyncio.sleep(MOVE_S)

    def _go_on(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _say_what_is_waited_for() -> None:
    for task in asyncio.all_tasks():
        task.print_stack()


def _say(said: Said) -> None:
    sys.stdout.buffer.write(encode(said) + b"\n")
    sys.stdout.buffer.flush()


async def _run(folder: Path, node: NodeId, url: str) -> None:
    running = Running(folder, node, url)
    try:
        await running.open()
        await running.serve()
    finally:
        await running.close()


def main() -> None:
    """Run until told to stop."""
    folder, node, url, *bugs = sys.argv[1:]
    for bug in bugs:
        BUGS[bug].plant(NodeId(node))
    with suppress(KeyboardInterrupt):
        asyncio.run(_run(Path(folder), NodeId(node), url))


if __name__ == "__main__":
    main()
