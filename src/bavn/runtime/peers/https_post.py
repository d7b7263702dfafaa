# SPDX-License-Identifier: Apache-2.0
"""The parent's end of HTTPS lines: where children knock, hold a stream open, and send letters.

Whoever knocks proves first, by the key of its node, who it is. Everything is bounded: what is
read, what waits for a child, how often a stranger may knock. A letter for a child that is away is
dropped.
"""

import asyncio
import hmac
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Any, Protocol

from bavn.kernel.identity import NodeId, is_name
from bavn.runtime import clock
from bavn.runtime.log import log
from bavn.runtime.peers import https_words as words
from bavn.runtime.peers.https_frames import BEAT, Frame, Sort
from bavn.runtime.peers.line import LETTER_BYTES_LIMIT, Unreachable
from bavn.runtime.web.limits import Buckets, Limit
from bavn.runtime.web.slow import SHOWN

# What may wait for one child: three of the largest letters.
WAITING_BYTES_LIMIT = 32 * 1024 * 1024
# What may be in the middle of being read, from all children.
READ_BYTES_LIMIT = 96 * 1024 * 1024
CHALLENGES_LIMIT, CHALLENGE_S = 1_000, 10.0
# After a power cut every child of a nation knocks at once, twice each, perhaps through one proxy.
KNOCKS = Limit("peer_knocks", 500, 50)
# A stream that takes nothing is given so long to hear that it is over.
ENDING_S = 0.2

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class Answer(Exception):
    """An answer that is no letter: a status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Routes(Protocol):
    """Whoever takes letters on from here."""

    def proved(self, child: NodeId, challenge: bytes, proof: bytes) -> bool:
        """True when a child has shown who it is."""

    def take_tell(self, child: NodeId, to: NodeId, letter: bytes) -> bool:
        """Take a letter from a child on; False when there is too much in hand."""

    async def take_ask(self, child: NodeId, to: NodeId, letter: bytes, timeout_s: float) -> bytes:
        """The answer to a child's letter; Unreachable when there is none in time."""


class Session:
    """A child that is here: what waits for it, and whose answers are awaited."""

    def __init__(self, child: NodeId, key: bytes) -> None:
        self.child = child
        self.key = key
        self.ended = asyncio.Event()
        self._frames: deque[bytes] = deque([Frame(sort=Sort.SESSION, letter=key).raw()])
        self._waiting_bytes = 0
        self._something = asyncio.Event()
        self._something.set()
        self._asked: dict[int, asyncio.Future[bytes]] = {}
        self._number = 0

    def put(self, frame: Frame) -> None:
        """Have a frame sent; Unreachable when the child does not keep up."""
        raw = frame.raw()
        if self.ended.is_set() or self._waiting_bytes + len(raw) > WAITING_BYTES_LIMIT:
            raise Unreachable("the child does not keep up")
        self._waiting_bytes += len(raw)
        self._frames.append(raw)
        self._something.set()

    async def next(self) -> bytes:
        """What to send next: a frame, or a beat when there was none for a while."""
        if not self._frames:
            self._something.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(words.BEAT_S):
                    await self._something.wait()
        if not self._frames:
            return BEAT
        raw = self._frames.popleft()
        self._waiting_bytes = max(0, self._waiting_bytes - len(raw))
        return raw

    async def ask(self, to: NodeId, letter: bytes, timeout_s: float) -> bytes:
        """The answer of a child, or of who is behind it."""
        self._number += 1
        number, timeout_ms = self._number, int(timeout_s * 1000)
        answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._asked[number] = answered
        try:
            self.put(
                Frame(sort=Sort.ASK, to=to, letter=letter, number=number, timeout_ms=timeout_ms)
            )
            async with asyncio.timeout(timeout_s):
                return await answered
        except TimeoutError:
            raise Unreachable("no answer in time") from None
        finally:
            del self._asked[number]

    def answer(self, number: int, letter: bytes | None) -> None:
        """Hand an answer to who waits for it; None when nobody is there to give one."""
        answered = self._asked.get(number)
        if answered is None or answered.done():
            return
        if letter is None:
            answered.set_exception(Unreachable("nobody listens there"))
        else:
            answered.set_result(letter)

    def end(self) -> None:
        """It is over: nobody waits for answers any longer."""
        self.ended.set()
        for each in self._asked.values():
            if not each.done():
                each.set_exception(Unreachable("the child has gone"))


class HttpsPost:
    """The application that answers below `/peers/v1`, in the node's own or by itself."""

    def __init__(self, routes: Routes, *, token: str = "") -> None:
        self._routes = routes
        # What a child shows beside its proof, where the parent wants it.
        self._token = token
        self._sessions: dict[NodeId, Session] = {}
        self._challenges: OrderedDict[bytes, tuple[NodeId, float]] = OrderedDict()
        self._knocks = Buckets()
        self._read_bytes = 0
        self.is_open = False
        # True where a child must have shown a certificate on its connection, beside its proof.
        self.wants_certificate = False

    def session(self, child: NodeId) -> Session:
        """The child's session; Unreachable when it is away."""
        found = self._sessions.get(child)
        if found is None:
            raise Unreachable("the child is away")
        return found

    def close(self) -> None:
        """Let every child go."""
        self.is_open = False
        for session in list(self._sessions.values()):
            session.end()
        self._sessions.clear()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        word = scope["path"].rstrip("/").rpartition("/")[2]
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            self._may_come(scope, headers)
            if word == "stream":
                await self._stream(self._begun(scope, headers), receive, send)
                return
            status, body = await self._answered(word, scope, headers, receive)
        except Answer as answer:
            status, body = answer.status, b""
        await _send(send, status, body)

    async def _answered(
        self, word: str, scope: Any, headers: Mapping[str, str], receive: Receive
    ) -> tuple[int, bytes]:
        if word == "hello":
            return words.OK, self._challenge(scope, headers)
        session = self._session_of(headers)
        letter = await self._read(receive)
        status, body = words.NOTHING_TO_SAY, b""
        try:
            if word == "tell":
                if not self._routes.take_tell(session.child, _to(headers), letter):
                    status = words.TOO_MUCH
            elif word == "ask":
                status, body = words.OK, await self._asked(session, headers, letter, receive)
            elif word == "answer":
                number = _whole(headers, words.NUMBER)
                session.answer(number, None if words.NOBODY in headers else letter)
            else:
                status = words.NO_WAY
        except Unreachable:
            status = words.NO_WAY
        return status, body

    async def _asked(
        self, session: Session, headers: Mapping[str, str], letter: bytes, receive: Receive
    ) -> bytes:
        """The answer; given up as soon as who asked is gone."""
        to = _to(headers)
        timeout_s = min(_whole(headers, words.TIMEOUT_MS) / 1000, words.ASK_S_LIMIT)
        asking = asyncio.ensure_future(self._routes.take_ask(session.child, to, letter, timeout_s))
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait({asking, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                raise Answer(words.NO_ANSWER)
            return asking.result()
        finally:
            asking.cancel()
            gone.cancel()
            await asyncio.gather(asking, gone, return_exceptions=True)

    # Who it is

    def _may_come(self, scope: Any, headers: Mapping[str, str]) -> None:
        if scope["method"] != "POST" or not self.is_open:
            raise Answer(words.NO_WAY)
        shown = headers.get("authorization", "").removeprefix("Bearer ")
        if self._token and not hmac.compare_digest(shown.encode(), self._token.encode()):
            raise Answer(words.NOT_PROVED)
        if self.wants_certificate and not scope.get("state", {}).get(SHOWN, False):
            raise Answer(words.NOT_PROVED)

    def _challenge(self, scope: Any, headers: Mapping[str, str]) -> bytes:
        self._count_knock(scope)
        child = headers.get(words.NODE, "")
        if not is_name(child):
            raise Answer(words.NOT_PROVED)
        challenge = clock.entropy(words.KEY_BYTES)
        self._challenges[challenge] = (NodeId(child), clock.seconds())
        if len(self._challenges) > CHALLENGES_LIMIT:
            self._challenges.popitem(last=False)
        return challenge

    def _begun(self, scope: Any, headers: Mapping[str, str]) -> Session:
        """A session for whoever has proved who it is; it takes the place of an older one."""
        self._count_knock(scope)
        challenge, proof = _hex(headers, words.CHALLENGE), _hex(headers, words.PROOF)
        # Each counts once, whether it was right or not.
        child, made_s = self._challenges.pop(challenge, (NodeId(""), 0.0))
        if not child or clock.seconds() - made_s > CHALLENGE_S:
            raise Answer(words.NOT_PROVED)
        if not self._routes.proved(child, challenge, proof):
            log("line.not_proved", line="https", child=child)
            raise Answer(words.NOT_PROVED)
        older = self._sessions.pop(child, None)
        if older is not None:
            older.end()
        session = Session(child, clock.entropy(words.KEY_BYTES))
        self._sessions[child] = session
        return session

    def _session_of(self, headers: Mapping[str, str]) -> Session:
        node, key = headers.get(words.NODE, ""), _hex(headers, words.SESSION)
        session = self._sessions.get(NodeId(node))
        # Hashed first, so that the time it takes tells nothing of how much was right.
        if session is None or sha256(session.key).digest() != sha256(key).digest():
            raise Answer(words.UNKNOWN_SESSION)
        return session

    def _count_knock(self, scope: Any) -> None:
        address = str((scope.get("client") or ("-",))[0])
        if self._knocks.wait_s(KNOCKS, address, clock.seconds()):
            raise Answer(words.TOO_MUCH)

    # What it says and hears

    async def _read(self, receive: Receive) -> bytes:
        """A body, never more of it than a letter, and never more of all than there is room for."""
        parts: list[bytes] = []
        count = 0
        try:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Answer(words.NO_ANSWER)
                part = message.get("body", b"")
                count += len(part)
                self._read_bytes += len(part)
                if count > LETTER_BYTES_LIMIT:
                    raise Answer(words.TOO_LARGE)
                if self._read_bytes > READ_BYTES_LIMIT:
                    raise Answer(words.TOO_MUCH)
                parts.append(part)
                if not message.get("more_body", False):
                    return b"".join(parts)
        finally:
            self._read_bytes -= count

    async def _stream(self, session: Session, receive: Receive, send: Send) -> None:
        """Say what is for the child until it goes, or comes anew."""
        log("line.child_here", line="https", child=session.child)
        ends = [
            asyncio.ensure_future(each)
            for each in (_say(session, send), _gone(receive), session.ended.wait())
        ]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in ends:
                each.cancel()
            await asyncio.gather(*ends, return_exceptions=True)
            session.end()
            if self._sessions.get(session.child) is session:
                del self._sessions[session.child]
            log("line.child_gone", line="https", child=session.child)
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(ENDING_S):
                await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _say(session: Session, send: Send) -> None:
    headers = [
        (b"content-type", b"application/octet-stream"),
        (b"cache-control", b"no-store"),
        # A proxy that gathers before it passes on would hold letters back.
        (b"x-accel-buffering", b"no"),
    ]
    await send({"type": "http.response.start", "status": words.OK, "headers": headers})
    while True:
        raw = memoryview(await session.next())
        for at in range(0, len(raw), words.PIECE_BYTES):
            piece = bytes(raw[at : at + words.PIECE_BYTES])
            await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Send, status: int, body: bytes) -> None:
    headers = [
        (b"content-type", b"application/octet-stream"),
        (b"cache-control", b"no-store"),
    ]
    if status != words.NOTHING_TO_SAY:
        headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _to(headers: Mapping[str, str]) -> NodeId:
    to = headers.get(words.TO, "")
    if not is_name(to):
        raise Answer(words.NO_WAY)
    return NodeId(to)


def _whole(headers: Mapping[str, str], name: str) -> int:
    text = headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 20):  # noqa: PLR2004 - 64 bits
        raise Answer(words.NO_WAY)
    return int(text)


def _hex(headers: Mapping[str, str], name: str) -> bytes:
    try:
        return bytes.fromhex(headers.get(name, ""))
    except ValueError:
        return b""
