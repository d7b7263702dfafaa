# SPDX-License-Identifier: Apache-2.0
"""The demonstration on several nodes, from its first line to its last."""

import argparse
import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import uvicorn

from bavn.kernel.identity import NodeId
from bavn.node.federated.conductor import Conductor
from bavn.node.federated.founding import HERE, found
from bavn.node.federated.plan import Plan, plan_of
from bavn.node.federated.processes import GRACE_S, on_a_leash
from bavn.node.federated.states import State
from bavn.node.federated.story import Story, cast_of
from bavn.node.federated.switch_app import make_switch_app
from bavn.node.federated.wires import free_ports
from bavn.node.listening import Listening
from bavn.node.play.ground import STORM
from bavn.node.play.manner import manner_of
from bavn.node.terminal import Terminal
from bavn.node.wiring import COUNTRY
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder, make_folder
from bavn.runtime.log import log
from bavn.runtime.web.door import Door
from bavn.runtime.web.library_log import take_in_libraries
from bavn.runtime.web.serving import bound

PLAY_LOG = "play.log"
# A play that broke is begun again, where it was, after so long.
AGAIN_S = 5.0
REFUSED = 2


def federated(folder: Folder, options: argparse.Namespace, terminal: Terminal) -> int:
    """Play the country on several nodes until told to end."""
    country, manner = built_in(COUNTRY), manner_of(COUNTRY)
    plan = plan_of(country, manner)
    make_folder(folder.path)
    # Before anything is founded: a port that is taken is said at once.
    listening = bound(HERE, options.port)
    try:
        terminal.say("federated.founding", count=len(plan.nodes))
        found(folder.path, plan, country)
        running = _Running(folder.path, plan, options, terminal)
        code = asyncio.run(running.run(listening))
    finally:
        listening.close()
    if options.data is not None:
        terminal.say("play.kept", folder=folder.path)
    return code


class _Running:
    """One run of it."""

    def __init__(
        self, data: Path, plan: Plan, options: argparse.Namespace, terminal: Terminal
    ) -> None:
        self._data = data
        self._options = options
        self._terminal = terminal
        ports = _ports(plan, options.port)
        self._conductor = Conductor(data, plan, ports, options.lang, options.law)
        self._story = Story(self._conductor, cast_of(manner_of(COUNTRY)))
        self._stop = asyncio.Event()

    async def run(self, listening: socket.socket) -> int:
        """Run until told to end; the exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        take_in_libraries()
        began_s = clock.seconds()
        app = make_switch_app(self._conductor, self._story)
        async with served(app, listening):
            self._tell(int(listening.getsockname()[1]))
            try:
                await self._until_stopped(self._conductor.start())
                if not self._stop.is_set():
                    self._tell_started(clock.seconds() - began_s)
                    return await self._play_on()
                return 0
            finally:
                self._terminal.say("federated.ending")
                await self._conductor.end()

    async def _until_stopped(self, work: Coroutine[Any, Any, object]) -> None:
        """Do something, and no longer than until told to end."""
        working = asyncio.create_task(work)
        stopped = asyncio.create_task(self._stop.wait())
        await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not working.done():
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            return
        working.result()

    # The play

    async def _play_on(self) -> int:
        """Play until told to end; a play that breaks is begun again."""
        with contextlib.closing(Listening(self._data / PLAY_LOG, self._terminal)) as said:
            while not self._stop.is_set():
                code = await self._played(said)
                if code == REFUSED:
                    return REFUSED
                if not self._stop.is_set():
                    log("play.play_ended", code=code, again_s=AGAIN_S)
                    await self._until_stopped(asyncio.sleep(AGAIN_S))
        return 0

    async def _played(self, said: Listening) -> int | None:
        play = await asyncio.create_subprocess_exec(
            *on_a_leash(self._arguments()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        assert play.stdin is not None
        play.stdin.write(msgspec.json.encode(self._conductor.places()) + b"\n")
        hearing = asyncio.create_task(_hear(play, said))
        await self._until_stopped(play.wait())
        if play.returncode is None:
            play.terminate()
            try:
                await asyncio.wait_for(play.wait(), GRACE_S)
            except TimeoutError:
                play.kill()
                await play.wait()
        await hearing
        return play.returncode

    def _arguments(self) -> list[str]:
        options = self._options
        arguments = ["bavn.node.play", "--data", str(self._data), "--country", COUNTRY]
        arguments += ["--day", options.day or STORM]
        wishes = ("seed", options.seed), ("speed", options.speed)
        for name, value in wishes:
            arguments += [] if value is None else [f"--{name}", str(value)]
        return arguments

    # What is told

    def _tell(self, port: int) -> None:
        terminal = self._terminal
        terminal.line()
        terminal.say("federated.page", address=f"http://{HERE}:{port}/")
        terminal.line()
        terminal.say("federated.nodes_at")
        for node, process in self._conductor.nodes.items():
            name = self._conductor.plan[node].name
            terminal.say("federated.node_at", address=f"{process.address}/", name=name)
        terminal.line()

    def _tell_started(self, seconds: float) -> None:
        terminal = self._terminal
        for node, process in self._conductor.nodes.items():
            if process.state is not State.UP:
                name = self._conductor.plan[node].name
                says = terminal.texts("federated.fell_at_start", name=name, file=process.log_path)
                terminal.trouble(says)
        terminal.say("federated.all_up", seconds=terminal.texts.number(seconds, 1))
        terminal.say("play.end")


def _ports(plan: Plan, page: int) -> dict[NodeId, int]:
    """A port for each node: those after the page's, or any that are free where it has any."""
    count = len(plan.nodes)
    ports = free_ports(count) if page == 0 else [*range(page + 1, page + 1 + count)]
    for port in ports:
        # Said now and by number, not later by a node that does not start.
        bound(HERE, port).close()
    return {each.node: port for each, port in zip(plan.nodes, ports, strict=True)}


async def _hear(play: asyncio.subprocess.Process, said: Listening) -> None:
    assert play.stderr is not None
    async for line in play.stderr:
        said.take(line.decode("utf-8", "replace"))


class _Server(uvicorn.Server):
    """Leaves signals to us: there is more to end than a server."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served(app: Door, listening: socket.socket) -> AsyncIterator[None]:
    """The page is there, from here to the end of the block."""
    config = uvicorn.Config(
        app,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        # A page that asks each second has a line that never rests.
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    # uvicorn says so by a flag and has no bell.
    while not (server.started or serving.done()):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await serving
