# SPDX-License-Identifier: Apache-2.0
"""The server of field clients: who is there, and who hears what.

A device's word goes to the others of its group and to the house; never back to itself. What has
gone stale is neither passed on nor shown to who comes later: stale decides life.
"""

import asyncio
import ssl
from collections.abc import Iterable, Sequence
from typing import Generic

from bavn.codecs.cot import Event
from bavn.runtime import clock
from bavn.runtime.log import log, log_error
from bavn.runtime.tak.field import D, Field
from bavn.runtime.tak.line import DeviceLine
from bavn.runtime.tak.message import Message

# Things of one group that are remembered until they are stale; beyond that the oldest are not.
THINGS_LIMIT = 20_000
# How long a thing is remembered at most, whatever it says of itself.
LASTS_MS = 24 * 60 * 60 * 1_000


class TakServer(Generic[D]):
    """Devices, their lines, and what holds by now; lives in one event loop."""

    def __init__(self, field: Field[D]) -> None:
        self._field = field
        self._lines: dict[str, set[DeviceLine[D]]] = {}
        # What holds in each group, by the thing's uid.
        self._holds: dict[str, dict[str, Message]] = {}
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self, address: str, port: int, tls: ssl.SSLContext | None) -> None:
        """Begin to take lines; port nought takes any."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self.line, address, port, ssl=tls, backlog=200)
        self.port = self._server.sockets[0].getsockname()[1]
        log("tak.listening", port=self.port)

    async def close(self) -> None:
        """Let everybody go."""
        if self._server is not None:
            self._server.close()
        for line in [each for lines in self._lines.values() for each in lines]:
            line.end()
        await asyncio.sleep(0)

    def line(self) -> DeviceLine[D]:
        """A line that is about to be taken."""
        return DeviceLine(self._welcome, self._came, self._gone)

    def lines(self, group: str) -> frozenset[DeviceLine[D]]:
        """The lines of a group."""
        return frozenset(self._lines.get(group, ()))

    @property
    def groups(self) -> Sequence[str]:
        """Of whom somebody is there."""
        return [group for group, lines in self._lines.items() if lines]

    @property
    def count(self) -> int:
        """How many devices are there."""
        return sum(map(len, self._lines.values()))

    def tell(self, group: str, events: Iterable[Event]) -> None:
        """Tell a group's devices what the house knows; who comes later is told it anew."""
        for event in events:
            self._spread(group, Message(event), None)

    def let_go_strangers(self) -> None:
        """End the lines of devices that may come no more."""
        for line in [each for lines in self._lines.values() for each in lines]:
            if self._field.device(line.peer_certificate) is None:
                line.end()

    def _welcome(self, line: DeviceLine[D]) -> D | None:
        device = self._field.device(line.peer_certificate)
        if device is None:
            return None
        self._lines.setdefault(device.group, set()).add(line)
        log("tak.came", device=device.name)
        asyncio.get_running_loop().call_soon(self._begin, line, device)
        return device

    def _begin(self, line: DeviceLine[D], device: D) -> None:
        """Tell a device that has come how things stand: the house's word, then the others'."""
        now = _now_ms()
        for event in self._field.begins_with(device):
            line.tell(Message(event))
        for message in self._held(device.group, now):
            line.tell(message)

    def _gone(self, line: DeviceLine[D]) -> None:
        device = line.device
        if device is None:
            return
        self._lines.get(device.group, set()).discard(line)
        log("tak.went", device=device.name)

    def _came(self, line: DeviceLine[D], event: Event) -> None:
        device = line.device
        if device is None or event.is_stale(_now_ms()):
            return
        if not line.uid and event.type.startswith("a-"):
            line.uid = event.uid
        if event.uid == line.uid:
            line.callsign = event.callsign or line.callsign
        self._spread(device.group, Message(event), line)
        try:
            self._field.came(
                device,
                event,
                is_own=event.uid == line.uid,
                answer=lambda told: line.tell(Message(told)),
            )
        except Exception as error:  # noqa: BLE001 - one message must not end the others' lines
            log_error("tak.message_failed", error, device=device.name)

    def _spread(self, group: str, message: Message, sender: DeviceLine[D] | None) -> None:
        if sender is not None and not message.is_word:
            holds = self._holds.setdefault(group, {})
            holds.pop(message.event.uid, None)
            holds[message.event.uid] = message
            if len(holds) > THINGS_LIMIT:
                del holds[next(iter(holds))]
        named = message.callsigns()
        for line in self.lines(group):
            if line is not sender and (not named or line.callsign in named):
                line.tell(message)

    def _held(self, group: str, now: int) -> list[Message]:
        holds = self._holds.get(group, {})
        for uid, each in list(holds.items()):
            event = each.event
            if event.is_stale(now) or now - event.time_ms > LASTS_MS:
                del holds[uid]
        return list(holds.values())


def _now_ms() -> int:
    return int(clock.now().timestamp() * 1_000)
