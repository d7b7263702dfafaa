# SPDX-License-Identifier: Apache-2.0
"""The child's end of an HTTPS line: it opens everything, since nobody can knock on its door."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bavn.kernel.identity import NodeId, World
from bavn.runtime.log import log
from bavn.runtime.peers import https_words as words
from bavn.runtime.peers.https_frames import Frame, Garbled, Reading, Sort
from bavn.runtime.peers.line import LETTER_BYTES_LIMIT, Unreachable

CONNECT_S, AGAIN_S = 2.0, 0.25
# How long one piece of a letter may take to go: 16 KiB on a line of 64 kbit/s is two seconds.
PIECE_S = 10.0
# How long a letter that nobody answers may be under way.
TELL_S = 30.0
CONNECTIONS_LIMIT, KEPT_LIMIT, KEPT_S = 128, 16, 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the parent is, and how its machine is known.

    A token and a certificate, where it wants them beside our proof.
    """

    node: NodeId
    url: str
    ca_file: Path | None = None
    certificate_file: Path | None = None
    certificate_key_file: Path | None = None
    token: str = ""

    def tls(self) -> ssl.SSLContext:
        """What a connection to the parent believes and shows."""
        made = ssl.create_default_context(cafile=self.ca_file and str(self.ca_file))
        if self.certificate_file is not None:
            made.load_cert_chain(self.certificate_file, self.certificate_key_file)
        return made


class HttpsWay:
    """The way to the parent, made anew for as long as it is open."""

    def __init__(
        self,
        node: NodeId,
        world: World,
        parent: Address,
        prove: words.Prove,
        comes: Callable[[Frame], None],
    ) -> None:
        # The parent's.
        self.node = parent.node
        self._node = node
        self._world = world
        self._parent = parent
        self._prove = prove
        self._comes = comes
        self._tls = parent.tls()
        self._client: httpx.AsyncClient | None = None
        self._session = b""
        self._keeping: asyncio.Task[None] | None = None
        self._holding: asyncio.Task[None] | None = None
        self._under_way: set[asyncio.Task[bytes]] = set()
        self._letting_go: set[asyncio.Task[None]] = set()

    @property
    def is_up(self) -> bool:
        """True while the parent's stream is heard."""
        return bool(self._session)

    def open(self) -> None:
        """Begin."""
        self._keeping = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """Let go."""
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    def doubt(self) -> None:
        """Make everything anew."""
        if self._holding is not None:
            _cancel(self._holding)

    async def tell(self, to: NodeId, letter: bytes) -> None:
        """Send a letter up."""
        await self._send("tell", letter, {words.TO: to}, TELL_S)

    async def ask(self, to: NodeId, letter: bytes, timeout_s: float) -> bytes:
        """The answer of the parent, or of who is behind it."""
        headers = {words.TO: to, words.TIMEOUT_MS: str(int(timeout_s * 1000))}
        return await self._send("ask", letter, headers, timeout_s)

    async def answer(self, number: int, letter: bytes | None) -> None:
        """Give the answer to what was asked over the stream; None when nobody is there."""
        headers = {words.NUMBER: str(number)}
        if letter is None:
            headers[words.NOBODY] = "1"
        await self._send("answer", letter or b"", headers, TELL_S)

    async def _send(
        self, word: str, letter: bytes, headers: dict[str, str], timeout_s: float
    ) -> bytes:
        client, session = self._client, self._session
        if client is None or not session:
            raise Unreachable("the parent does not answer")
        headers = {**headers, words.NODE: self._node, words.SESSION: session.hex()}
        sending = asyncio.create_task(_posted(client, word, letter, headers, timeout_s))
        self._under_way.add(sending)
        sending.add_done_callback(self._ended)
        try:
            await asyncio.wait({sending}, timeout=timeout_s)
            if not sending.done():
                raise Unreachable("no answer in time")
            if sending.cancelled():
                raise Unreachable("the line was closed")
            return sending.result()
        except _UnknownSession:
            # The parent was started anew, and we have not heard of it yet.
            self.doubt()
            raise Unreachable("the parent does not know us") from None
        finally:
            _cancel(sending)

    def _ended(self, sending: asyncio.Task[bytes]) -> None:
        self._under_way.discard(sending)
        if not sending.cancelled():
            # Seen, also where nobody waits for it any longer.
            sending.exception()

    async def _keep(self) -> None:
        was_up = True
        try:
            while True:
                self._holding = asyncio.create_task(self._hold())
                await asyncio.wait({self._holding})
                holding = self._holding
                error = None if holding.cancelled() else holding.exception()
                if error is not None and not isinstance(error, _LOST):
                    raise error
                # Said once for each time it goes away, not for each try.
                if was_up or self._was_held:
                    word = "-" if error is None else type(error).__name__
                    log("line.down", line="https", node=self._node, error=word)
                was_up = False
                await asyncio.sleep(AGAIN_S)
        finally:
            if self._holding is not None:
                _cancel(self._holding)
                await asyncio.gather(self._holding, return_exceptions=True)
            await asyncio.gather(*self._letting_go, return_exceptions=True)

    async def _hold(self) -> None:
        """Knock, prove, and hear what the stream says until it ends."""
        self._was_held = False
        client = self._made()
        try:
            headers: dict[str, str] = {words.NODE: self._node}
            challenge = await _posted(client, "hello", b"", headers, CONNECT_S + PIECE_S)
            text = words.to_be_proved(self._world, self._parent.node, self._node, challenge)
            headers[words.CHALLENGE] = challenge.hex()
            headers[words.PROOF] = self._prove(text).hex()
            async with client.stream("POST", f"{words.PATH}/stream", headers=headers) as stream:
                if stream.status_code != words.OK:
                    raise Unreachable(f"the stream was refused: {stream.status_code}")
                await self._hear(client, stream)
        finally:
            self._client, self._session = None, b""
            letting_go = asyncio.create_task(self._let_go(client, [*self._under_way]))
            self._letting_go.add(letting_go)
            letting_go.add_done_callback(self._letting_go.discard)
            # Whoever is in a hurry goes on; connections are closed all the same.
            await asyncio.shield(letting_go)

    async def _let_go(
        self, client: httpx.AsyncClient, under_way: list[asyncio.Task[bytes]]
    ) -> None:
        for each in under_way:
            _cancel(each)
        await asyncio.gather(*under_way, return_exceptions=True)
        with suppress(httpx.HTTPError, OSError):
            await client.aclose()

    async def _hear(self, client: httpx.AsyncClient, stream: httpx.Response) -> None:
        reading = Reading()
        async for raw in stream.aiter_raw():
            for frame in reading.take(raw):
                if frame.sort is Sort.SESSION:
                    self._client, self._session, self._was_held = client, frame.letter, True
                    log("line.up", line="https", node=self._node)
                elif frame.sort is not Sort.BEAT:
                    self._comes(frame)

    _was_held = False

    def _made(self) -> httpx.AsyncClient:
        # As they are: letters are compressed already, and no other encoding is wanted back.
        headers = {"accept-encoding": "identity"}
        if self._parent.token:
            headers["authorization"] = f"Bearer {self._parent.token}"
        return httpx.AsyncClient(
            base_url=self._parent.url,
            headers=headers,
            verify=self._tls,
            # The stream is never silent so long; a question has its own time.
            timeout=httpx.Timeout(words.SILENCE_S, connect=CONNECT_S, write=PIECE_S),
            limits=httpx.Limits(
                max_connections=CONNECTIONS_LIMIT,
                max_keepalive_connections=KEPT_LIMIT,
                keepalive_expiry=KEPT_S,
            ),
            follow_redirects=False,
            # What stands in the environment is for other programs.
            trust_env=False,
        )


def _cancel(task: asyncio.Task[Any]) -> None:
    # Once: httpx lets go of a connection while it is cancelled, and a second time would stop it.
    if not task.done() and not task.cancelling():
        task.cancel()


class _UnknownSession(Exception):
    """The parent does not know the session."""


_LOST = (httpx.HTTPError, httpx.InvalidURL, OSError, Garbled, Unreachable, _UnknownSession)


async def _posted(
    client: httpx.AsyncClient, word: str, letter: bytes, headers: dict[str, str], timeout_s: float
) -> bytes:
    """The body of the answer; Unreachable for every answer that is none."""
    timeout = httpx.Timeout(timeout_s, connect=CONNECT_S, write=PIECE_S)
    headers = {**headers, "content-length": str(len(letter))}
    content = _pieces(letter)
    path = f"{words.PATH}/{word}"
    try:
        async with client.stream(
            "POST", path, content=content, headers=headers, timeout=timeout
        ) as said:
            if said.status_code == words.UNKNOWN_SESSION:
                raise _UnknownSession
            if said.status_code not in (words.OK, words.NOTHING_TO_SAY):
                raise Unreachable(f"the parent says {said.status_code}")
            return await _body(said)
    except (httpx.HTTPError, OSError) as error:
        raise Unreachable(f"not answered: {type(error).__name__}") from None


async def _body(said: httpx.Response) -> bytes:
    parts: list[bytes] = []
    count = 0
    async for part in said.aiter_raw():
        count += len(part)
        if count > LETTER_BYTES_LIMIT:
            raise Unreachable("the answer is larger than a letter")
        parts.append(part)
    return b"".join(parts)


async def _pieces(letter: bytes) -> AsyncIterator[bytes]:
    whole = memoryview(letter)
    for at in range(0, len(letter), words.PIECE_BYTES):
        yield bytes(whole[at : at + words.PIECE_BYTES])
