# SPDX-License-Identifier: Apache-2.0
"""The nodes as processes: started, killed, held where they stand, and brought back.

Each ends with whoever started it: its standard input is the leash, and on Linux the kernel ends
it too, since a held process would not notice that the leash was let go.
"""

import asyncio
import os
import platform
import re
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from bavn.kernel.identity import NodeId
from bavn.node.federated.founding import HERE, WORLD, folder_of
from bavn.node.federated.states import Act, Happened, State, after
from bavn.runtime.folder import make_private_file
from bavn.runtime.log import log
from bavn.runtime.peers import tethered

ADDRESS = re.compile(rb"https?://\S+")
# One that was told to end may finish what it is at; then it is ended.
GRACE_S = 10.0


def on_a_leash(arguments: Sequence[str]) -> list[str]:
    """The command for a process that ends with us, however that is."""
    command = [sys.executable, "-m", *arguments]
    if platform.system() == "Linux":
        tether = [sys.executable, "-I", "-S", str(tethered.__file__), str(os.getpid())]
        return [*tether, *command]
    return command


class NodeProcess:
    """One node's process."""

    def __init__(
        self,
        data: Path,
        node: NodeId,
        port: int,
        language: str,
        changed: Callable[[NodeId], None],
        law: str | None = None,
    ) -> None:
        self.node = node
        self.port = port
        self.state = State.WAITING
        self.log_path = data / f"{node}.log"
        self._folder = folder_of(data, node)
        self._language = language
        self._changed = changed
        self._law = [] if law is None else ["--law", law]
        self._process: asyncio.subprocess.Process | None = None
        self._watching: asyncio.Task[None] | None = None
        self._starting: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://{HERE}:{self.port}"

    @property
    def pid(self) -> int | None:
        """Its process, while there is one."""
        process = self._process
        return None if process is None or process.returncode is not None else process.pid

    async def do(self, act: Act) -> bool:
        """Do something to it; False when that cannot be done now."""
        follows = after(self.state, act)
        if follows is None:
            return False
        was = self.state
        self._enter(follows)
        match act:
            case Act.KILL:
                self._send(signal.SIGKILL)
                await self._wait()
            case Act.HOLD:
                self._send(signal.SIGSTOP)
            case Act.BRING_BACK if was is State.HELD:
                self._send(signal.SIGCONT)
            case Act.BRING_BACK:
                # Whoever asked does not wait: how it stands is seen.
                self._starting = asyncio.create_task(self.start())
        return True

    async def start(self) -> None:
        """Start it, and return when it answers or has ended."""
        self._happened(Happened.BEGUN)
        arguments = ["bavn.node.play.leash", "serve", "--lang", self._language]
        arguments += ["--data", str(self._folder.path), "--world", WORLD]
        arguments += ["--port", str(self.port), "--choose-role", *self._law]
        make_private_file(self.log_path)
        with self.log_path.open("ab") as said:
            process = await _started(arguments, said)
        self._process = process
        answers = asyncio.Event()
        self._watching = asyncio.create_task(self._watch(process, answers))
        await answers.wait()

    async def end(self) -> None:
        """Tell it to end, and see that it does."""
        self._enter(State.OVER)
        if self._starting is not None:
            await self._starting
        if self._process is None or self._process.returncode is not None:
            return
        self._send(signal.SIGCONT)
        self._send(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._wait(), GRACE_S)
        except TimeoutError:
            log("federated.child_killed", node=self.node)
            self._send(signal.SIGKILL)
            await self._wait()

    async def _watch(self, process: asyncio.subprocess.Process, answers: asyncio.Event) -> None:
        """Hear where it answers, then that it has ended."""
        assert process.stdout is not None
        async for line in process.stdout:
            if ADDRESS.search(line) and not answers.is_set():
                self._happened(Happened.ANSWERS)
                answers.set()
        code = await process.wait()
        if self._process is process:
            if self.state not in (State.KILLED, State.OVER):
                log("federated.node_ended", node=self.node, code=code)
            self._happened(Happened.ENDED)
        answers.set()

    def _happened(self, what: Happened) -> None:
        follows = after(self.state, what)
        if follows is not None:
            self._enter(follows)

    def _enter(self, state: State) -> None:
        if state is not self.state:
            self.state = state
            self._changed(self.node)

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def _wait(self) -> None:
        if self._watching is not None:
            await asyncio.shield(self._watching)


async def _started(arguments: Sequence[str], said: IO[bytes]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *on_a_leash(arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=said,
        # Ctrl-C is for us: we end them in order.
        start_new_session=True,
    )
