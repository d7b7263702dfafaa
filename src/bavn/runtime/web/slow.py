# SPDX-License-Identifier: Apache-2.0
"""Slow callers: whoever opens a connection says what it wants in time, or loses it.

uvicorn waits for ever for a request's head: a few thousand callers who send a letter a minute would
hold every connection that the machine has. (It does let a kept connection go that is silent.)
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

# A head is one or two packets; this is ten tries of a poor mobile line.
HEAD_S = 15.0
# What a request's state says of its connection: that a certificate was shown by the caller.
SHOWN = "shown_certificate"


class InTime(H11Protocol):
    """uvicorn's protocol, with a limit on how long a request's head may take."""

    # None before the first request, whatever uvicorn's own annotation says.
    cycle: RequestResponseCycle | None  # type: ignore[assignment]
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """A caller is there; its first request is awaited."""
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        # Whoever has shown one has shown one that the authority has signed, or was not let in.
        shown = tls is not None and bool(tls.getpeercert())
        self.app_state = {**self.app_state, SHOWN: shown}
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """More bytes of a request: only a whole head stops the clock."""
        before = self.cycle
        if self._waiting is None and (before is None or before.response_complete):
            self._await_head()
        super().data_received(data)
        if self.cycle is not before:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """The caller has gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """One answer is out; a request that came right behind it is begun by uvicorn."""
        self._stop_waiting()
        super().on_response_complete()

    def _await_head(self) -> None:
        self._waiting = self.loop.call_later(HEAD_S, self._give_up)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
