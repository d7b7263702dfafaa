# SPDX-License-Identifier: Apache-2.0
"""A server for field clients with a house behind it, and devices that connect to it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from bavn.codecs.cot import Cutter, Event, read_protobuf, read_xml, written_protobuf, written_xml
from bavn.codecs.cot.stream import framed
from bavn.runtime import clock
from bavn.runtime.tak import TakServer

WAIT_S = 10.0
MINUTE_MS = 60_000


def now_ms() -> int:
    return int(clock.now().timestamp() * 1_000)


def word(uid: str, *, lasts_ms: int = MINUTE_MS, **more: object) -> Event:
    """What a phone says of where it is."""
    now = now_ms()
    told = {
        "uid": uid,
        "type": "a-f-G-U-C",
        "how": "m-g",
        "time_ms": now,
        "start_ms": now,
        "stale_ms": now + lasts_ms,
        "lat": 57.05,
        "lon": 9.92,
        "detail": f'<contact callsign="{uid}" />',
    }
    return Event(**{**told, **more})  # type: ignore[arg-type]


@dataclass(frozen=True)
class Known:
    """A device that the house knows."""

    name: str
    group: str


@dataclass
class House:
    """Knows devices by their certificates; on an open line everybody is of one group."""

    known: dict[str, Known] = field(default_factory=dict)
    shown: list[Event] = field(default_factory=list)
    heard: list[tuple[str, Event]] = field(default_factory=list)
    open_group: str = "njb"
    breaks: bool = False

    def device(self, certificate: bytes | None) -> Known | None:
        if certificate is None:
            return Known("open", self.open_group) if self.open_group else None
        return self.known.get(sha256(certificate).hexdigest())

    def begins_with(self, _device: Known) -> Iterable[Event]:
        return self.shown

    def came(self, device: Known, event: Event, **_: object) -> None:
        if self.breaks:
            msg = "the house is broken"
            raise RuntimeError(msg)
        self.heard.append((device.name, event))


class Phone:
    """A device: what it says, and what it was told by now."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._cutter = Cutter()
        self.told: list[Event] = []
        self.is_protobuf: list[bool] = []
        self.is_over = False
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        while some := await self._reader.read(65_536):
            for part in self._cutter.feed(some):
                self.told.append((read_protobuf if part.is_protobuf else read_xml)(part.raw))
                self.is_protobuf.append(part.is_protobuf)
        self.is_over = True

    def say(self, event: Event, *, protobuf: bool = False) -> None:
        self.raw(framed(written_protobuf(event)) if protobuf else written_xml(event))

    def raw(self, some: bytes) -> None:
        self._writer.write(some)

    async def hears(self, uid: str, **more: object) -> Event:
        """Wait for a word about something."""

        def said(each: Event) -> bool:
            return each.uid == uid and all(getattr(each, k) == v for k, v in more.items())

        await until(lambda: any(map(said, self.told)))
        return next(each for each in reversed(self.told) if said(each))

    def heard(self, uid: str) -> int:
        return sum(each.uid == uid for each in self.told)

    async def leave(self) -> None:
        self._writer.close()
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not holds():  # noqa: ASYNC110 - what is waited for is in another's hands
            await asyncio.sleep(0.005)


class Stage:
    """The server, and a way to come to it."""

    def __init__(self, server: TakServer[Any], port: int) -> None:
        self.server, self.port = server, port
        self._phones: list[Phone] = []

    async def phone(self, tls: ssl.SSLContext | None = None) -> Phone:
        """A device that has come, and was greeted."""
        host = "localhost" if tls else None
        streams = await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=tls, server_hostname=host
        )
        phone = Phone(*streams)
        self._phones.append(phone)
        return phone

    async def greeted(self, tls: ssl.SSLContext | None = None) -> Phone:
        phone = await self.phone(tls)
        await phone.hears("bavn-t-x-takp-v")
        return phone

    async def end(self) -> None:
        await asyncio.gather(*(each.leave() for each in self._phones))
        await self.server.close()


@asynccontextmanager
async def stage(house: House, tls: ssl.SSLContext | None = None) -> AsyncIterator[Stage]:
    server = TakServer(house)
    await server.start("127.0.0.1", 0, tls)
    made = Stage(server, server.port)
    try:
        yield made
    finally:
        await made.end()
