# SPDX-License-Identifier: Apache-2.0
"""The door: what holds for every request before and after the application has it.

Bytes come in time or not at all, an answer begins in time or is given up, HEAD is GET without its
body, and every answer carries the same safe headers, those of errors included.
"""

import asyncio
import re
from typing import Any

import msgspec
from litestar import Litestar
from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.exceptions import HTTPException
from litestar.routes import HTTPRoute
from litestar.types import Message, Receive, Scope, Send

from bavn.runtime import clock
from bavn.runtime.log import log
from bavn.runtime.web.site import Site

# A report is a page of text; files come in through routes that say how large they may be.
BODY_BYTES_LIMIT = 1024 * 1024
# A whole body of that size takes so long over a poor mobile line; one who is slower holds us up.
BODY_S = 30.0
# An answer that has not begun by then will not help anybody: the page asks again by itself.
ANSWER_S = 30.0
TOO_SLOW = 408
MISDIRECTED, UNAVAILABLE = 421, 503

# Nothing is loaded from elsewhere, and nothing written in a page is run.
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; worker-src 'self'; object-src 'none';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SAFE_HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "geolocation=(self), camera=(), microphone=()",
}
# A year; a browser that has met us over https never asks over an open line again.
HTTPS_ONLY = "max-age=31536000"
STATIC = "/static/"
# As the front-end's builder names files: a hash of what is in them stands before the ending.
_HASHED = re.compile(r"-[A-Za-z0-9_-]{8,}\.[a-z0-9.]+$")
FOR_EVER = "public, max-age=31536000, immutable"


class Door(Litestar):
    """The application, with its door."""

    __slots__ = ("is_stopping", "site")

    def __init__(self, *, site: Site, **of_litestar: Any) -> None:
        self.site = site
        # Told by the server when the process has been asked to end.
        self.is_stopping = False
        super().__init__(**of_litestar, before_send=[self._send_safely])

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        host = Headers.from_scope(scope).get("host", "")
        if not self.site.knows_host(host):
            await _refuse(
                send, MISDIRECTED, "wrong_address", "This is not the address of this node."
            )
            return
        if scope["method"] == "HEAD":
            scope["method"] = "GET"
            receive, send = _without_body(receive, send)
        await self._in_time(scope, receive, send)

    async def _in_time(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun, limit = False, asyncio.timeout(ANSWER_S + BODY_S)

        async def sending(message: Message) -> None:
            nonlocal begun
            if not begun:
                if limit.expired():
                    # It comes too late: who asked is told just that.
                    return
                # What streams goes on for as long as somebody listens.
                begun = True
                limit.reschedule(None)
            await send(message)

        try:
            async with limit:
                await super().__call__(scope, _bounded(receive), sending)
        except TimeoutError:
            if begun:
                raise
        if limit.expired() and not begun:
            log("request.given_up", path=scope["path"], after_s=ANSWER_S + BODY_S)
            says = "There was no answer in time; nobody knows whether it was carried out."
            await _refuse(send, UNAVAILABLE, "no_answer_in_time", says)

    async def _send_safely(self, message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        headers = MutableScopeHeaders.from_message(message)
        for name, value in SAFE_HEADERS.items():
            headers.setdefault(name, value)
        if self.site.is_https:
            headers.setdefault("strict-transport-security", HTTPS_ONLY)
        headers.setdefault("cache-control", _keeping(scope["path"], message["status"]))
        if scope.get("method") == "OPTIONS" and "allow" in headers:
            headers["allow"] = self._allowed(scope.get("path_template", ""))

    def _allowed(self, template: str) -> str:
        """The methods of a path: Litestar's own list knows only the handlers that came first."""
        methods = {
            method
            for route in self.routes
            if isinstance(route, HTTPRoute) and route.path_format == template
            for method in route.methods
        }
        return ", ".join(sorted({*methods, *({"HEAD"} if "GET" in methods else set())}))


def _keeping(path: str, status: int) -> str:
    """How long an answer may be kept, where its handler does not say: not at all."""
    if path.startswith(STATIC) and status == 200:  # noqa: PLR2004 - well
        return FOR_EVER if _HASHED.search(path) else "no-cache"
    return "no-store"


def _bounded(receive: Receive) -> Receive:
    """Take a body in until its time is over."""
    until = clock.seconds() + BODY_S
    is_whole = False

    async def receiving() -> Any:
        nonlocal is_whole
        if is_whole:
            return await receive()
        try:
            async with asyncio.timeout(max(0.0, until - clock.seconds())):
                message = await receive()
        except TimeoutError:
            raise HTTPException(status_code=TOO_SLOW, detail="the body did not come") from None
        is_whole = not (message["type"] == "http.request" and message.get("more_body", False))
        return message

    return receiving


def _without_body(receive: Receive, send: Send) -> tuple[Receive, Send]:
    """The same answer, its body left out; what would stream for ever is ended at once."""
    ended = asyncio.Event()
    was_asked = False

    async def receiving() -> Any:
        nonlocal was_asked
        if not was_asked:
            was_asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await ended.wait()
        return {"type": "http.disconnect"}

    async def sending(message: Message) -> None:
        if message["type"] != "http.response.body":
            await send(message)
        elif not ended.is_set():
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            ended.set()

    # What the caller sends with it is of no use, and is left where it is.
    del receive
    return receiving, sending


async def _refuse(send: Send, status: int, code: str, says: str) -> None:
    """An answer that needs nothing of the application."""
    error = {
        "code": code,
        "says": says,
        "try_instead": "Look at the address, and try again in a little while.",
        "values": {},
        "problems": [],
    }
    body = msgspec.json.encode({"error": error})
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        *((name.encode(), value.encode()) for name, value in SAFE_HEADERS.items()),
    ]
    start: Any = {"type": "http.response.start", "status": status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body, "more_body": False})
