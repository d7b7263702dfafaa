# SPDX-License-Identifier: Apache-2.0
"""The play's line to the server: tries again until it is answered, in growing steps."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import httpx

from bavn.runtime.log import log

# One answer may take this long, a flush of a busy disk included.
TIMEOUT_S = 15.0
# First wait, its growth, and the longest: whoever starts the server again is not kept waiting.
WAIT_FIRST_S, WAIT_GROWTH, WAIT_MOST_S = 0.25, 2.0, 8.0
CONNECTIONS_LIMIT = 24
# So many requests are under way at a server; the rest of its connections is for who looks.
AT_ONCE_LIMIT = 16
SERVER_BROKEN, TOO_MANY = 500, 429
PAGE = 500
# No list in a country has so many pages; a server that always names another one is broken.
PAGES_LIMIT = 200

Json = dict[str, Any]


class Answer:
    """What the server said: `body` when it was done, or `refused` with the code of why not."""

    def __init__(self, status: int, body: Json) -> None:
        self.status = status
        self.body = body

    @property
    def refused(self) -> str | None:
        """The code of the refusal; None when it was done."""
        if self.status < httpx.codes.BAD_REQUEST:
            return None
        error = self.body.get("error")
        return str(error.get("code", "")) if isinstance(error, dict) else str(self.status)


# A position, and the service whose unit it is of.
Position = tuple[str, Json]


class Server(Protocol):
    """Who the play is told to: one server, or the one of several that a matter belongs to.

    `whose` is the organisation whose matter it is; a single server is told everything.
    """

    @property
    def is_away(self) -> bool:
        """True while somebody who is to be told does not answer."""

    async def once(
        self, method: str, path: str, body: Json | None = None, *, whose: str = ""
    ) -> Answer | None:
        """Ask once; None when nobody answers, or only that it cannot now."""

    async def ask(
        self, method: str, path: str, body: Json | None = None, *, whose: str = ""
    ) -> Answer:
        """Ask until there is an answer. What is sent has a number: twice is as good as once."""

    async def items(self, path: str, query: Mapping[str, str] | None = None) -> list[Json]:
        """All items of a list, page by page; raises when they will not be told."""

    async def positions(self, path: str, items: Sequence[Position]) -> None:
        """Say where units are, once: what is lost is old in a second anyway."""

    async def close(self) -> None:
        """Hang up."""


class Line:
    """A line to one server."""

    def __init__(
        self, address: str, token: str, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=address,
            headers={"authorization": f"Bearer {token}", "accept": "application/json"},
            timeout=TIMEOUT_S,
            transport=transport,
            limits=httpx.Limits(
                max_connections=CONNECTIONS_LIMIT, max_keepalive_connections=CONNECTIONS_LIMIT
            ),
            # A proxy of this machine has no business between two of its own processes.
            trust_env=False,
        )
        self._is_away = False
        self.at_once = asyncio.Semaphore(AT_ONCE_LIMIT)

    @property
    def is_away(self) -> bool:
        """True while the server does not answer."""
        return self._is_away

    async def close(self) -> None:
        """Hang up."""
        await self._client.aclose()

    async def once(
        self, method: str, path: str, body: Json | None = None, *, whose: str = ""
    ) -> Answer | None:
        """Ask once; None when nobody answers, or only that it cannot now."""
        del whose
        try:
            response = await self._client.request(method, path, json=body)
        except httpx.TransportError as error:
            self._away(type(error).__name__)
            return None
        if response.status_code >= SERVER_BROKEN or response.status_code == TOO_MANY:
            self._away(str(response.status_code))
            return None
        if self._is_away:
            self._is_away = False
            log("play.server_back")
        found = response.json() if response.content else {}
        return Answer(response.status_code, found if isinstance(found, dict) else {})

    async def ask(
        self, method: str, path: str, body: Json | None = None, *, whose: str = ""
    ) -> Answer:
        """Ask until there is an answer. What is sent has a number: twice is as good as once."""
        del whose
        wait_s = WAIT_FIRST_S
        while True:
            async with self.at_once:
                answer = await self.once(method, path, body)
            if answer is not None:
                return answer
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * WAIT_GROWTH, WAIT_MOST_S)

    async def items(self, path: str, query: Mapping[str, str] | None = None) -> list[Json]:
        """All items of a list, page by page; raises when the server will not tell them."""
        found: list[Json] = []
        asked = {**(query or {}), "limit": str(PAGE)}
        for _ in range(PAGES_LIMIT):
            answer = await self.ask("GET", f"{path}?{httpx.QueryParams(asked)}")
            if answer.refused is not None:
                raise RuntimeError(f"{path}: {answer.refused}")
            found += answer.body["items"]
            if not answer.body.get("next"):
                return found
            asked["after"] = str(answer.body["next"])
        raise RuntimeError(f"{path}: more than {PAGES_LIMIT} pages")

    async def positions(self, path: str, items: Sequence[Position]) -> None:
        """Say where units are, once."""
        await self.once("POST", path, {"items": [item for _, item in items]})

    def _away(self, why: str) -> None:
        if not self._is_away:
            self._is_away = True
            log("play.server_away", why=why)
