# SPDX-License-Identifier: Apache-2.0
"""The server's side: what its own command line asks, carried out between two groups of writing.

Who may ask is who may open the folder: the socket lies in it and is its owner's alone, and the
system itself says which user has connected. Each act is one job of the writing thread, no longer
than the largest segment takes, so that alarms are written in between.
"""

import asyncio
import os
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bavn.journal.journal import Journal
from bavn.kernel.refusal import Refused
from bavn.runtime.control.acts import Acting, carried_out
from bavn.runtime.control.calling import control_path, other_version, short_path
from bavn.runtime.control.words import (
    ASKED_BYTES_LIMIT,
    HEAD_BYTES,
    Answer,
    KeyOf,
    No,
    NotUnderstood,
    OfRecord,
    OtherVersion,
    Rolled,
    TakeIn,
    TakenIn,
    UsePolicies,
    frame,
    read_asked,
    size_in,
)
from bavn.runtime.folder import OWNER_ONLY_FILE, Folder
from bavn.runtime.live import Live
from bavn.runtime.log import log, log_error
from bavn.runtime.program import VERSION

# Commands that are given at once; more is somebody's loop that has run wild.
CALLERS_LIMIT = 16
# struct ucred of unix(7): process, user, group.
_CREDENTIALS = struct.Struct("3i")
ROOT_UID = 0


async def _at_once() -> None:
    """Nothing to wait for."""


async def _uses_none(_asked: UsePolicies) -> Answer:
    """For a node that goes by the country's policies, whatever lies in its folder."""
    return No(
        Refused(
            code="policies_not_here",
            says="This server goes by the policies that come with the program.",
            try_instead="Serve the node with `bavn serve`.",
        )
    )


class Control:
    """Hears the command line of one world's folder."""

    def __init__(
        self,
        live: Live,
        folder: Folder,
        *,
        ready: Callable[[], Awaitable[None]] = _at_once,
        rekeyed: Callable[[], None] = lambda: None,
        users: frozenset[int] | None = None,
    ) -> None:
        self._live = live
        self._folder = folder
        self._path = control_path(folder, live.world)
        # What is told has to wait until the node knows what it has told before.
        self._ready = ready
        self._rekeyed = rekeyed
        # Who takes another set of policies: it is checked beside the writing, not in it.
        self.uses_policies: Callable[[UsePolicies], Awaitable[Answer]] = _uses_none
        self._users = users or frozenset({os.geteuid(), ROOT_UID})
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Begin to hear. Who cannot be heard by its command line serves all the same."""
        try:
            self._server = await asyncio.start_unix_server(self._hear, sock=self._bound())
        except OSError as error:
            log_error("control.not_open", error)

    def _bound(self) -> socket.socket:
        # We hold the lock of the one who writes: what lies there was left by a server that is gone.
        self._path.unlink(missing_ok=True)
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            # Before it has a name: nobody else can open it even for a moment.
            os.fchmod(sock.fileno(), OWNER_ONLY_FILE)
            with short_path(self._path) as name:
                sock.bind(name)
            self._path.chmod(OWNER_ONLY_FILE)
        except BaseException:
            sock.close()
            raise
        return sock

    async def close(self) -> None:
        """Hear no more; what is under way is carried out."""
        if self._server is None:
            return
        self._server.close()
        self._path.unlink(missing_ok=True)
        for task in self._lines:
            task.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None, "a connection is heard in a task of its own"
        self._lines.add(task)
        try:
            await self._converse(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the command has ended, or we do
        except Exception as error:  # noqa: BLE001 - a command's trouble must not stop the server
            log_error("control.failed", error)
        finally:
            self._lines.discard(task)
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stranger = self._stranger(writer)
        while True:
            size = size_in(await reader.readexactly(HEAD_BYTES), ASKED_BYTES_LIMIT)
            content = await reader.readexactly(size)
            answer = stranger or await self._answer(content)
            writer.write(frame(self._live.world, answer))
            await writer.drain()

    def _stranger(self, writer: asyncio.StreamWriter) -> No | None:
        """The refusal for who may not ask at all."""
        if len(self._lines) > CALLERS_LIMIT:
            says = "Too many commands are given to this server at once."
            return No(Refused(code="too_many_commands", says=says, try_instead="Wait for them."))
        sock = writer.get_extra_info("socket")
        raw = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        _, user, _ = _CREDENTIALS.unpack(raw)
        if user in self._users:
            return None
        log("control.stranger", user=user)
        return No(
            Refused(
                code="not_the_owner",
                says="This folder belongs to another user of this machine.",
                try_instead="Give the command as the user that the server runs as.",
            )
        )

    async def _answer(self, content: bytes) -> Answer:
        world = self._live.world
        try:
            asked = read_asked(content, world)
        except OtherVersion as other:
            # The frame of the answer bears our own version, by which the command sees it as well.
            return No(other_version(VERSION, other.version).refused)
        except NotUnderstood as error:
            return No(
                Refused(
                    code="command_not_understood",
                    says=f"The server does not understand the command: {error}.",
                    try_instead="Report it as a fault of the program.",
                    values={"fault": str(error)},
                )
            )
        if isinstance(asked, UsePolicies):
            # Also when the command has gone: a set is taken whole or not at all.
            return await asyncio.shield(asyncio.ensure_future(self.uses_policies(asked)))
        if not isinstance(asked, TakeIn | KeyOf):
            await self._ready()
        return await self._carried_out(asked)

    async def _carried_out(self, asked: OfRecord) -> Answer:
        def work(journal: Journal) -> Answer:
            return carried_out(Acting(self._folder, journal, self._live.may), asked)

        # Also when the command has gone: what was begun is told to those who listen.
        answer = await asyncio.shield(asyncio.ensure_future(self._live.alone(work)))
        if isinstance(answer, Rolled):
            self._rekeyed()
        is_old = isinstance(answer, TakenIn) and not answer.merged.applied
        if not isinstance(answer, No) and not isinstance(asked, KeyOf) and not is_old:
            log("control.done", act=type(asked).__name__)
            self._live.told()
        return answer
