# SPDX-License-Identifier: Apache-2.0
"""The switch on a piece of line does to real connections what it says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from bavn.runtime import clock
from bavn.runtime.peers.switch import Switch
from tests.runtime.peers.line_contract import run, until

HERE = "127.0.0.1"
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while raw := await reader.read(65_536):
            writer.write(raw)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.transport.abort()


@asynccontextmanager
async def switched() -> AsyncIterator[Switch]:
    server = await asyncio.start_server(_echo, HERE, 0)
    switch = Switch((HERE, int(server.sockets[0].getsockname()[1])))
    await switch.start()
    try:
        yield switch
    finally:
        await switch.stop()
        server.close()
        await asyncio.sleep(0.05)


def told(story: Callable[[Switch], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with switched() as switch:
            await story(switch)

    run(whole())


async def connect(switch: Switch) -> Connection:
    return await asyncio.open_connection(HERE, switch.port)


async def said(connection: Connection, raw: bytes, within_s: float = 10) -> bytes:
    """What comes back of some bytes; TimeoutError when not all does."""
    connection[1].write(raw)
    async with asyncio.timeout(within_s):
        return await connection[0].readexactly(len(raw))


@pytest.mark.story
def test_a_cut_ends_what_is_there_and_what_comes_until_it_is_mended() -> None:
    async def story(switch: Switch) -> None:
        before = await connect(switch)
        assert await said(before, b"letter") == b"letter"
        await switch.cut()
        assert await before[0].read() == b""
        during = await connect(switch)
        with pytest.raises((asyncio.IncompleteReadError, OSError)):
            await said(during, b"letter")
        await switch.let_pass()
        after = await connect(switch)
        assert await said(after, b"letter") == b"letter"
        for _, writer in (before, during, after):
            writer.transport.abort()
        await until(lambda: switch.connection_count == 0)

    told(story)


@pytest.mark.story
def test_what_was_frozen_comes_when_it_thaws() -> None:
    async def story(switch: Switch) -> None:
        before = await connect(switch)
        assert await said(before, b"letter") == b"letter"
        await switch.freeze()
        during = await connect(switch)
        for each in (before, during):
            with pytest.raises(TimeoutError):
                await said(each, b"late", 0.1)
        await switch.let_pass()
        for each in (before, during):
            assert await each[0].readexactly(4) == b"late"
            each[1].transport.abort()

    told(story)


@pytest.mark.story
def test_a_stranded_connection_stays_open_and_dead_beside_new_ones() -> None:
    async def story(switch: Switch) -> None:
        old = await connect(switch)
        assert await said(old, b"letter") == b"letter"
        switch.strand()
        with pytest.raises(TimeoutError):
            await said(old, b"letter", 0.1)
        new = await connect(switch)
        assert await said(new, b"letter") == b"letter"
        assert not old[0].at_eof()
        for each in (old, new):
            each[1].transport.abort()

    told(story)


@pytest.mark.story
def test_a_line_can_be_slow_and_narrow_and_loses_nothing() -> None:
    async def story(switch: Switch) -> None:
        connection = await connect(switch)
        switch.delay_s = 0.1
        begun_s = clock.seconds()
        assert await said(connection, b"letter") == b"letter"
        # Both ways are slow.
        assert clock.seconds() - begun_s >= 0.2
        switch.delay_s, switch.bytes_per_s = 0.0, 1_000_000
        large = bytes(range(256)) * 1_000
        begun_s = clock.seconds()
        assert await said(connection, large) == large
        assert clock.seconds() - begun_s >= 0.25
        connection[1].transport.abort()

    told(story)
