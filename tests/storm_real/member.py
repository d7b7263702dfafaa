# SPDX-License-Identifier: Apache-2.0
"""A node's process as the one who makes the storm holds it: started, asked, killed, stopped."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from itertools import count
from pathlib import Path

from bavn.kernel.identity import NodeId
from bavn.runtime.peers import tethered
from tests.storm.broken import Broken, expect
from tests.storm_real.ledger import Ledger
from tests.storm_real.promises import GROWS, LIVES
from tests.storm_real.words import (
    Asked,
    Look,
    NotTold,
    Ready,
    Said,
    Seen,
    Stop,
    Tell,
    Told,
    decode_said,
    encode,
)

# On a machine that is busy with other things; by itself it takes about a second.
START_S, END_S = 60.0, 30.0
LOOK_S = 5.0
LINE_BYTES_LIMIT = 1 << 20
LOG = "log.jsonl"


class Member:
    """One node, through all its processes."""

    def __init__(self, node: NodeId, folder: Path, url: str, bugs: tuple[str, ...]) -> None:
        self.node = node
        self.folder = folder
        self.ledger = Ledger()
        self.starts = 0
        self.broken: Broken | None = None
        self._words = (str(folder), node, url, *bugs)
        self._process: asyncio.subprocess.Process | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._numbers = count(1)
        self._looks: dict[int, asyncio.Future[Seen]] = {}
        self._heads: dict[str, int] = {}
        self._is_ending = False

    @property
    def is_up(self) -> bool:
        """True from when it says that it is ready until it is killed."""
        return self._process is not None and self._ready.is_set()

    async def start(self) -> None:
        """Start a process on this node's disk; wait until it is ready; ask again what waits."""
        self._is_ending = False
        self.starts += 1
        with (self.folder / LOG).open("ab") as log_file:
            self._process = await asyncio.create_subprocess_exec(
                *self._command(),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log_file,
                limit=LINE_BYTES_LIMIT,
            )
        self._hearing = asyncio.create_task(self._hear(self._process))
        try:
            await asyncio.wait_for(self._ready.wait(), START_S)
        except TimeoutError:
            raise Broken(LIVES, f"{self.node} is not ready after {START_S} s") from None
        for tell in list(self.ledger.waiting.values()):
            self._say(tell)

    def _command(self) -> list[str]:
        tether = [sys.executable, "-I", "-S", str(tethered.__file__), str(os.getpid())]
        return [*tether, sys.executable, "-m", "tests.storm_real.node", *self._words]

    def tell(self, tell: Tell) -> None:
        """Ask for something to be written; when it is not up, once it is."""
        self.ledger.ask(tell)
        if self.is_up:
            self._say(tell)

    async def look(self, *, all_: bool = False) -> Seen | None:
        """What it has and hears now; None when it does not answer."""
        if not self.is_up:
            return None
        number = next(self._numbers)
        self._looks[number] = asyncio.get_running_loop().create_future()
        self._say(Look(number=number, all=all_))
        try:
            return await asyncio.wait_for(self._looks[number], LOOK_S)
        except TimeoutError:
            return None
        finally:
            self._looks.pop(number, None)

    def send(self, what: signal.Signals) -> None:
        """Stop it where it is, or let it go on."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(what)

    async def kill(self) -> None:
        """End it at once (-9). What it said before is heard to the end."""
        self._is_ending = True
        process, self._process = self._process, None
        self._ready.clear()
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if self._hearing is not None:
            await asyncio.gather(self._hearing, return_exceptions=True)

    async def stop(self) -> None:
        """Have it end in good order."""
        self._is_ending = True
        process = self._process
        assert process is not None
        self._say(Stop())
        try:
            code = await asyncio.wait_for(process.wait(), END_S)
        except TimeoutError:
            raise Broken(LIVES, f"{self.node} does not end") from None
        finally:
            await self.kill()
        expect(code == 0, LIVES, f"{self.node} ended with {code}; see {self.folder / LOG}")

    def _say(self, asked: Asked) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.write(encode(asked) + b"\n")

    async def _hear(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        try:
            while line := await process.stdout.readline():
                # The last one may be cut off in the middle: then it was not said.
                if line.endswith(b"\n"):
                    self._take(line)
        except Broken as broken:
            self.broken = self.broken or broken
        if not self._is_ending:
            self._ready.clear()
            code = await process.wait()
            says = f"{self.node} ended by itself with {code}; see {self.folder / LOG}"
            self.broken = self.broken or Broken(LIVES, says)

    def _take(self, line: bytes) -> None:
        said: Said = decode_said(line)
        match said:
            case Ready():
                self._ready.set()
            case Told() | NotTold():
                self.ledger.note(said)
            case Seen():
                self._note_growing(said.heads)
                waiting = self._looks.get(said.number)
                if waiting is not None and not waiting.done():
                    waiting.set_result(said)

    def _note_growing(self, heads: dict[str, int]) -> None:
        shrunk = {
            name: (number, heads.get(name, 0))
            for name, number in self._heads.items()
            if heads.get(name, 0) < number
        }
        expect(not shrunk, GROWS, f"{self.node} had more of {shrunk}")
        self._heads = heads
