# SPDX-License-Identifier: Apache-2.0
"""A piece of line with a switch on it: passes TCP on, and can be cut, frozen, slowed and narrowed.

For demonstrations and for tests with real processes. It looks at nothing that passes.
"""

import asyncio
from contextlib import suppress
from enum import StrEnum

PART_BYTES = 16 * 1024
# What may be under way in one direction of one connection: more waits at its sender.
PARTS_LIMIT = 64
CONNECT_S = 5.0


class Mode(StrEnum):
    """What the switch does with a line."""

    PASS = "pass"  # noqa: S105 - the word for letting through
    CUT = "cut"
    FROZEN = "frozen"


class Switch:
    """Listens on an address and passes on to another."""

    def __init__(self, to: tuple[str, int], listen: tuple[str, int] = ("127.0.0.1", 0)) -> None:
        self.to = to
        self.listen = listen
        self.mode = Mode.PASS
        # How late bytes come, each way, and how many come a second; nought is as many as can.
        self.delay_s = 0.0
        self.bytes_per_s = 0
        self.passed_bytes = 0
        # Of those, towards who opened the connection.
        self.passed_back_bytes = 0
        self._server: asyncio.Server | None = None
        self._through: set[_Through] = set()
        self._moving = asyncio.Event()
        self._moving.set()

    @property
    def port(self) -> int:
        """Where it listens, once it does."""
        return self.listen[1]

    @property
    def connection_count(self) -> int:
        """How many connections go through it, dead ones included."""
        return len(self._through)

    async def start(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._come, *self.listen)
        self.listen = (self.listen[0], int(self._server.sockets[0].getsockname()[1]))

    async def stop(self) -> None:
        """End, and every connection with it."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        await self._drop_all()

    async def let_pass(self) -> None:
        """Pass everything on, what was held back while frozen included."""
        self.mode = Mode.PASS
        self._moving.set()

    async def cut(self) -> None:
        """End every connection, and each new one at once: both ends are told."""
        self.mode = Mode.CUT
        self._moving.set()
        await self._drop_all()

    async def freeze(self) -> None:
        """Hold every byte back, of new connections as well; nobody is told."""
        self.mode = Mode.FROZEN
        self._moving.clear()

    def strand(self) -> None:
        """Make zombies: no connection of now passes anything again, nor ends; new ones do pass."""
        for each in self._through:
            each.is_stranded = True

    def spoil(self, raw: bytes) -> None:
        """Put these bytes into every connection, towards who opened it."""
        for each in self._through:
            each.spoil(raw)

    async def _come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mode is Mode.CUT:
            writer.transport.abort()
            return
        through = _Through(self, reader, writer)
        self._through.add(through)
        try:
            await through.run()
        finally:
            self._through.discard(through)
            through.drop()

    async def _drop_all(self) -> None:
        tasks = [each.task for each in self._through if each.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def moving(self) -> None:
        """Return as soon as bytes may move."""
        await self._moving.wait()


class _Through:
    """One connection through a switch."""

    def __init__(
        self, switch: Switch, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._switch = switch
        self._near = (reader, writer)
        self._far: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.is_stranded = False
        self.task: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Pass on until either end is done."""
        self.task = asyncio.current_task()
        with suppress(asyncio.CancelledError, OSError, TimeoutError):
            await self._switch.moving()
            async with asyncio.timeout(CONNECT_S):
                self._far = await asyncio.open_connection(*self._switch.to)
            async with asyncio.TaskGroup() as both:
                ways = ((self._near[0], self._far[1]), (self._far[0], self._near[1]))
                pumps = [both.create_task(self._pump(*way)) for way in ways]
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
                for pump in pumps:
                    pump.cancel()

    def spoil(self, raw: bytes) -> None:
        """Put these bytes in, towards who opened it."""
        self._near[1].write(raw)

    def drop(self) -> None:
        """End both ends at once."""
        for _, writer in filter(None, (self._near, self._far)):
            writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        parts: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(PARTS_LIMIT)
        async with asyncio.TaskGroup() as both:
            laying_out = both.create_task(self._lay_out(parts, writer))
            with suppress(OSError):
                while part := await reader.read(PART_BYTES):
                    due_s = asyncio.get_running_loop().time() + self._switch.delay_s
                    await parts.put((due_s, part))
            await parts.join()
            laying_out.cancel()

    async def _lay_out(
        self, parts: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_s, part = await parts.get()
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            await self._switch.moving()
            if self.is_stranded:
                # Taken in and never handed on; the end of it is not told either.
                await asyncio.Event().wait()
            if self._switch.bytes_per_s:
                await asyncio.sleep(len(part) / self._switch.bytes_per_s)
            with suppress(OSError):
                writer.write(part)
                await writer.drain()
            self._switch.passed_bytes += len(part)
            if writer is self._near[1]:
                self._switch.passed_back_bytes += len(part)
            parts.task_done()
