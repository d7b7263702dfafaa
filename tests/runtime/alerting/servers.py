# SPDX-License-Identifier: Apache-2.0
"""Real servers for alerts: mail, web and printer, each well or in one of its bad moods."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Mood(StrEnum):
    """How a server behaves."""

    WELL = "well"
    # Takes the connection and never says a word.
    HANGING = "hanging"
    # Says a byte now and then, and never the end.
    DRIPPING = "dripping"
    GARBAGE = "garbage"
    REFUSING = "refusing"
    BUSY = "busy"
    # Takes what comes and drops the line before it has said so.
    DROPPING = "dropping"


@dataclass
class Server:
    """A server on a loopback port, what it has taken, and who is connected."""

    mood: Mood = Mood.WELL
    trust: ssl.SSLContext | None = None
    port: int = 0
    taken: list[Any] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    open_count: int = 0
    # Done when an alert has come, before it is answered.
    on_taken: Callable[[], None] | None = None

    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, so: Callable[[], bool]) -> None:
        """Wait until somebody has come or gone, and it is so."""
        async with asyncio.timeout(5):
            while not so():
                self.changed.clear()
                await self.changed.wait()

    @property
    def at(self) -> str:
        """Where it is."""
        return f"127.0.0.1:{self.port}"


async def _misbehave(
    mood: Mood, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """Behave as the mood says, for those that do not listen at all; True when it did."""
    match mood:
        case Mood.HANGING:
            await reader.read()
        case Mood.DRIPPING:
            with suppress(OSError):
                while True:
                    writer.write(b"2")
                    await writer.drain()
                    await asyncio.sleep(0.02)
        case Mood.GARBAGE:
            writer.write(bytes(range(256)) * 4096)
            with suppress(OSError):
                await writer.drain()
        case _:
            return False
    return True


async def _mail(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    async def say(line: str) -> None:
        writer.write(f"{line}\r\n".encode())
        await writer.drain()

    await say("220 mail.example.org ESMTP")
    while line := await reader.readline():
        word = line.decode("latin-1").strip().upper()
        if word == "DATA":
            await say("354 go on")
            server.taken.append(await reader.readuntil(b"\r\n.\r\n"))
            if server.mood is Mood.DROPPING:
                return
        if word.startswith("AUTH"):
            server.logins.append(word)
        for each in _replies(server, word.split(" ")[0].split(":")[0], writer):
            await say(each)
        if word == "STARTTLS" and server.trust is not None:
            await writer.start_tls(server.trust)
        if word == "QUIT":
            return


def _replies(server: Server, word: str, writer: asyncio.StreamWriter) -> list[str]:
    codes = {Mood.REFUSING: "550 no such mailbox", Mood.BUSY: "451 try again"}
    may_encrypt = server.trust is not None and writer.get_extra_info("ssl_object") is None
    greeting = ["250-mail.example.org", *(["250-STARTTLS"] if may_encrypt else [])]
    told = {
        "EHLO": [*greeting, "250 AUTH PLAIN LOGIN"],
        "STARTTLS": ["220 go ahead" if server.trust is not None else "502 no"],
        "AUTH": ["235 ok"],
        "RCPT": [codes.get(server.mood, "250 ok")],
        "QUIT": ["221 bye"],
    }
    return told.get(word, ["250 ok"])


async def _web(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(asyncio.IncompleteReadError):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        lines = [line.partition(": ") for line in head.split("\r\n")[1:] if line]
        headers = {name.lower(): value for name, _, value in lines}
        body = await reader.readexactly(int(headers["content-length"]))
        seen = {each[0]["idempotency-key"] for each in server.taken}
        server.taken.append((headers, body))
        if server.on_taken is not None:
            server.on_taken()
        if server.mood is Mood.DROPPING:
            return
        status = {Mood.REFUSING: "422 No", Mood.BUSY: "503 Later"}.get(server.mood, "200 OK")
        if headers["idempotency-key"] in seen and server.mood is Mood.WELL:
            status = "409 Conflict"
        writer.write(
            f"HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode()
        )
        await writer.drain()


async def _printer(
    server: Server, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter
) -> None:
    if server.mood in (Mood.REFUSING, Mood.BUSY, Mood.DROPPING):
        return
    server.taken.append(await reader.read())


KINDS = {"email": _mail, "webhook": _web, "printer": _printer}


@asynccontextmanager
async def serving(
    kind: str, mood: Mood = Mood.WELL, trust: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    """A server of this kind on a port of its own."""
    server = Server(mood=mood, trust=trust)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.open_count += 1
        server.changed.set()
        try:
            if not await _misbehave(server.mood, reader, writer):
                await KINDS[kind](server, reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            server.open_count -= 1
            server.changed.set()
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            if "serve" in repr(task.get_coro()):
                task.cancel()
        await asyncio.sleep(0)
