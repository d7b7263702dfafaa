# SPDX-License-Identifier: Apache-2.0
"""A line over core NATS: to the nearest server, and by its leaf links to every other node.

`bavn.<world>.<to>.tell.<from>` and `….ask.<from>`; answers to `bavn.<world>.<asker>.in.…`. Servers
let each node hear its own subjects only and speak in no other's name (nats_config.py).
"""

import asyncio
import ssl
from contextlib import suppress
from pathlib import Path
from typing import Any

import nats.errors
from nacl.signing import SigningKey
from nats.aio.client import Client
from nats.aio.msg import Msg

from bavn.kernel.identity import NodeId, World
from bavn.runtime.log import log
from bavn.runtime.peers.hearing import Hearing, of_a_size
from bavn.runtime.peers.line import Hears, Unreachable
from bavn.runtime.peers.nkeys import public_nkey, signature

# A server that is there answers at once; one behind a dead line is tried anew.
CONNECT_S, AGAIN_S = 2, 0.25
TRY_S = 5.0
# Three seconds of silence are a dead line: a ping each second, two of them unanswered.
PING_S, SILENCES_LIMIT = 1, 2
# What may wait to be sent: a few of the largest letters. Beyond it the line is too narrow for us.
OUT_BYTES_LIMIT = 32 * 1024 * 1024
# nats-py waits for ever, deaf to being cancelled, when its own limit is reached: ours comes first.
_NO_LIMIT = 1 << 40
# What the library may hold between socket and hearing, which only begins tasks: hardly anything.
WAITING_LIMIT, WAITING_BYTES_LIMIT = 1024, 64 * 1024 * 1024
LET_GO_S = 1.0
# Longer than to let go of a connection takes: what is cancelled then has not heard it.
END_AGAIN_S = 2 * LET_GO_S


class NatsLine:
    """A node's line to its NATS server, its own or another's."""

    name = "nats"

    def __init__(
        self,
        node: NodeId,
        world: World,
        url: str,
        key: SigningKey,
        *,
        ca_file: Path | None = None,
    ) -> None:
        self.node = node
        self._world = world
        self._url = url
        self._key = key
        self._tls = None if ca_file is None else ssl.create_default_context(cafile=str(ca_file))
        self._hearing = Hearing(self.name)
        self._client: _Client | None = None
        self._keeping: asyncio.Task[None] | None = None

    @property
    def is_up(self) -> bool:
        """True while the server answers."""
        return self._client is not None and self._client.is_connected

    async def open(self, hears: Hears) -> None:
        """Begin; connected or not, it is tried for as long as the line is open."""
        self._hearing.open(hears)
        self._keeping = asyncio.create_task(self._keep())

    async def tell(self, to: NodeId, letter: bytes) -> None:
        """Send a letter that nobody waits for."""
        of_a_size(letter)
        await self._ready().send(self._subject(to, "tell"), letter)

    async def ask(self, to: NodeId, letter: bytes, timeout_s: float) -> bytes:
        """The other node's answer; Unreachable when there is none in time."""
        of_a_size(letter)
        client = self._ready()
        try:
            async with asyncio.timeout(timeout_s):
                said = await client.request(self._subject(to, "ask"), letter, timeout=timeout_s)
        except nats.errors.NoRespondersError:
            raise Unreachable("nobody listens there") from None
        except (nats.errors.Error, OSError, TimeoutError) as error:
            raise Unreachable(f"no answer: {type(error).__name__}") from None
        return bytes(said.data)

    def doubt(self) -> None:
        """Make the connection to the server anew."""
        if self._client is not None:
            self._client.lose()

    async def close(self) -> None:
        """Let go of the connection."""
        keeping, self._keeping = self._keeping, None
        going = {keeping} if keeping is not None else set()
        while going:
            # Python 3.11 may lose a cancellation while it connects, and then goes on for ever.
            for task in going:
                task.cancel()
            _, going = await asyncio.wait(going, timeout=END_AGAIN_S)
        await self._hearing.close()

    def _ready(self) -> "_Client":
        client = self._client
        if client is None or not client.is_connected:
            raise Unreachable("the NATS server does not answer")
        if client.pending_data_size > OUT_BYTES_LIMIT:
            raise Unreachable("more waits to be sent than the line carries")
        return client

    def _subject(self, to: NodeId, sort: str) -> str:
        return f"bavn.{self._world}.{to}.{sort}.{self.node}"

    async def _keep(self) -> None:
        """Be connected, again and again: each time with a client that remembers nothing."""
        was_up = True
        while True:
            client = _Client(self._key)
            try:
                async with asyncio.timeout(TRY_S):
                    await self._connect(client)
                self._client, was_up = client, True
                log("line.up", line=self.name, node=self.node)
                await client.lost.wait()
            except (nats.errors.Error, OSError, TimeoutError, ValueError) as error:
                # Said once for each time it goes away, not for each try.
                if was_up:
                    log("line.down", line=self.name, node=self.node, error=type(error).__name__)
                was_up = False
            finally:
                self._client = None
                await client.let_go()
            await asyncio.sleep(AGAIN_S)

    async def _connect(self, client: "_Client") -> None:
        await client.connect(
            self._url,
            name=self.node,
            error_cb=self._wrong,
            allow_reconnect=False,
            connect_timeout=CONNECT_S,
            # In whole seconds by its annotation only.
            reconnect_time_wait=AGAIN_S,  # type: ignore[arg-type]
            max_reconnect_attempts=-1,
            ping_interval=PING_S,
            max_outstanding_pings=SILENCES_LIMIT,
            no_echo=True,
            tls=self._tls,
            signature_cb=lambda nonce: signature(self._key, nonce),
            inbox_prefix=f"bavn.{self._world}.{self.node}.in",
            pending_size=_NO_LIMIT,
        )
        for sort, heard in (("tell", self._told), ("ask", self._asked)):
            await client.subscribe(
                f"bavn.{self._world}.{self.node}.{sort}.*",
                cb=heard,
                pending_msgs_limit=WAITING_LIMIT,
                pending_bytes_limit=WAITING_BYTES_LIMIT,
            )
        # The server has our subjects before anybody believes that we hear.
        await client.flush(CONNECT_S)

    async def _told(self, message: Msg) -> None:
        self._hearing.take(message.data)

    async def _asked(self, message: Msg) -> None:
        client, to = self._client, message.reply

        async def answers(said: bytes) -> None:
            if client is None or client.pending_data_size > OUT_BYTES_LIMIT:
                raise Unreachable("the answer does not go")
            await client.send(to, said)

        if to:
            self._hearing.take(message.data, answers)

    async def _wrong(self, error: Exception) -> None:
        if isinstance(error, nats.errors.SlowConsumerError):
            self._hearing.drop()
        elif isinstance(error, nats.errors.Error) and "permissions" in str(error):
            log("line.not_permitted", line=self.name, node=self.node)


class _Client(Client):
    """nats-py's client for one connection, which is never mended but replaced.

    Left to itself it waits for a dead line to take what is still unsent, so it knows here how to
    let go at once. The contract of lines tells when a new version has changed what this leans on.
    """

    def __init__(self, key: SigningKey) -> None:
        super().__init__()
        # Else it wants a package of its own to read our key with.
        self._public_nkey = public_nkey(key)
        self.lost = asyncio.Event()

    async def send(self, subject: str, letter: bytes) -> None:
        """Send, or Unreachable."""
        try:
            await self.publish(subject, letter)
        except (nats.errors.Error, OSError) as error:
            raise Unreachable(f"not sent: {type(error).__name__}") from None

    def lose(self) -> None:
        """Give the connection up: who waits for an answer hears so at once."""
        self.lost.set()
        for each in list(self._resp_map.values()):
            if not each.done():
                each.set_exception(Unreachable("the connection is lost"))

    async def _close(self, status: int, do_cbs: bool = True) -> None:  # noqa: FBT001, FBT002 - as it is there
        self.lose()
        await super()._close(status, do_cbs)

    async def let_go(self) -> None:
        """End, whatever is unsent."""
        self.lose()
        self._pending.clear()
        self._pending_data_size = 0
        transport: Any = self._transport
        writer = getattr(transport, "_bare_io_writer", None)
        if writer is not None:
            writer.transport.abort()
        if self._flush_queue is not None:
            with suppress(nats.errors.Error, OSError, TimeoutError, RuntimeError):
                await asyncio.wait_for(self.close(), LET_GO_S)
