# SPDX-License-Identifier: Apache-2.0
"""The line to one device: messages in, messages out, and neither side can drown the other.

What is sent within one turn of the loop goes out together. A device that takes nothing in keeps, of
each thing, the newest message alone: after a tunnel it is told how things stand, not how they came
to stand so. A device that says too much is listened to more slowly.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Generic, cast

from bavn.codecs.cot import Cutter, Event, Part, Unreadable, read_protobuf, read_xml
from bavn.codecs.cot.event import UNKNOWN
from bavn.runtime import clock
from bavn.runtime.log import log
from bavn.runtime.tak.field import D
from bavn.runtime.tak.message import Message

# A phone says where it is every few seconds; a gateway speaks for a hundred.
MESSAGES_A_SECOND = 200
# What a line holds beside what its system holds, before only the newest of each thing is kept.
BUFFER_BYTES = 256 * 1024
# Things and words that wait for one device; beyond that the oldest are dropped, and that is logged.
WAITING_LIMIT = 5_000
# Faults of one device that are looked at before it is let go.
FAULTS_LIMIT = 20
_PING, _PONG = "t-x-c-t", "t-x-c-t-r"
_OFFER, _ASK, _ANSWER = "t-x-takp-v", "t-x-takp-q", "t-x-takp-r"
_LASTS_MS = 60_000
_OFFERED = (
    '<TakControl><TakProtocolSupport version="1"/>'
    '<TakServerVersionInfo serverVersion="bavn" apiVersion="3"/></TakControl>'
)
_AGREED = '<TakControl><TakResponse status="{}"/></TakControl>'


class DeviceLine(asyncio.Protocol, Generic[D]):
    """One device's line, for as long as it holds."""

    def __init__(
        self,
        welcome: Callable[["DeviceLine[D]"], D | None],
        came: Callable[["DeviceLine[D]", Event], None],
        gone: Callable[["DeviceLine[D]"], None],
    ) -> None:
        self._welcome, self._came, self._gone = welcome, came, gone
        self.device: D | None = None
        self.callsign = ""
        # Its own uid: what is said of that thing is its own word.
        self.uid = ""
        self._cutter = Cutter()
        self._transport: asyncio.Transport | None = None
        self._speaks_protobuf = False
        self._is_full = False
        self._waiting: dict[str, Message] = {}
        self._flush_due = False
        self._second, self._count = 0, 0
        self._faults = 0
        self._words = 0

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See who it is; a stranger is let go at once."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=BUFFER_BYTES)
        _keep_alive(self._transport)
        self.device = self._welcome(self)
        if self.device is None:
            log("tak.stranger")
            self._transport.abort()
            return
        self.tell(_control(_OFFER, _OFFERED))

    def connection_lost(self, _error: Exception | None) -> None:
        """Forget what waits: whoever comes again is told how things stand."""
        self._transport = None
        self._waiting.clear()
        self._gone(self)

    def pause_writing(self) -> None:
        """It takes nothing in: from now on the newest of each thing waits."""
        self._is_full = True

    def resume_writing(self) -> None:
        """It takes in again."""
        self._is_full = False
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Read what has come."""
        try:
            for part in self._cutter.feed(data):
                self._take(part)
                if self._transport is None or self._transport.is_closing():
                    return
        except Unreadable as refused:
            # Where it goes on cannot be known.
            log("tak.cut_off", device=self.name, says=refused.says)
            self.end()

    # What it is used for

    @property
    def name(self) -> str:
        """What logs call it."""
        return "?" if self.device is None else self.device.name

    @property
    def peer_certificate(self) -> bytes | None:
        """The certificate that it showed; None on an open line."""
        found = self._transport.get_extra_info("ssl_object") if self._transport else None
        return found.getpeercert(binary_form=True) if isinstance(found, ssl.SSLObject) else None

    def tell(self, message: Message) -> None:
        """Send a message, soon."""
        if self._transport is None:
            return
        key = message.event.uid
        if message.is_word or message.event.type.startswith("t-"):
            # Each word is one of its own, whatever it is about.
            self._words += 1
            key = f"{key}\0{self._words}"
        # A thing's newest word stands where its newest is: at the end.
        self._waiting.pop(key, None)
        self._waiting[key] = message
        if self._is_full and len(self._waiting) > WAITING_LIMIT:
            del self._waiting[next(iter(self._waiting))]
            log("tak.dropped", device=self.name)
        if not self._is_full and not self._flush_due:
            self._flush_due = True
            asyncio.get_running_loop().call_soon(self._flush)

    def end(self) -> None:
        """Let the line go."""
        if self._transport is not None:
            self._transport.close()

    def _flush(self) -> None:
        self._flush_due = False
        if self._transport is None or self._is_full or not self._waiting:
            return
        messages, self._waiting = self._waiting, {}
        if self._speaks_protobuf:
            raw = b"".join([each.protobuf for each in messages.values()])
        else:
            raw = b"".join([each.xml for each in messages.values()])
        self._transport.write(raw)

    def _take(self, part: Part) -> None:
        self._slow_down()
        try:
            event = read_protobuf(part.raw) if part.is_protobuf else read_xml(part.raw)
        except Unreadable as refused:
            self._faults += 1
            log("tak.refused", device=self.name, says=refused.says)
            if self._faults >= FAULTS_LIMIT:
                log("tak.too_many_faults", device=self.name)
                self.end()
            return
        if event.type == _PING:
            self.tell(_control(_PONG, ""))
        elif event.type == _ASK:
            self._agree(event)
        elif not event.type.startswith("t-"):
            self._came(self, event)

    def _agree(self, event: Event) -> None:
        control = event.find("TakControl")
        asked = None if control is None else control.find("TakRequest")
        is_ours = asked is not None and asked.get("version") == "1"
        self.tell(_control(_ANSWER, _AGREED.format("true" if is_ours else "false")))
        # The answer itself still goes as XML.
        self._flush()
        self._speaks_protobuf = self._speaks_protobuf or is_ours

    def _slow_down(self) -> None:
        second = int(clock.seconds())
        if second != self._second:
            self._second, self._count = second, 0
        self._count += 1
        if self._count == MESSAGES_A_SECOND and self._transport is not None:
            self._transport.pause_reading()
            asyncio.get_running_loop().call_later(1.0, self._listen_again)

    def _listen_again(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()


def _keep_alive(transport: asyncio.Transport) -> None:
    """Have the system ask a silent line whether it is there: one that broke in a tunnel says no."""
    found = transport.get_extra_info("socket")
    if found is None:
        return
    found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3)):
        # Not every system has each of them.
        if hasattr(socket, option):
            found.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


def _control(sort: str, detail: str) -> Message:
    now = int(clock.now().timestamp() * 1_000)
    return Message(
        Event(
            uid=f"bavn-{sort}",
            type=sort,
            how="m-g",
            time_ms=now,
            start_ms=now,
            stale_ms=now + _LASTS_MS,
            lat=0.0,
            lon=0.0,
            hae=0.0,
            ce=UNKNOWN,
            le=UNKNOWN,
            detail=detail,
        )
    )
