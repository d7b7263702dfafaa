# SPDX-License-Identifier: Apache-2.0
"""Lines over real NATS servers keep the promises of lines; nobody hears or speaks for another."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import nats
import pytest

from bavn.runtime import clock
from bavn.runtime.halt import Halt
from bavn.runtime.peers import tethered
from bavn.runtime.peers.nats_config import Parent, Post, ServerPlan, config_text
from bavn.runtime.peers.nats_line import NatsLine
from bavn.runtime.peers.nats_server import NatsServer, program_path, write_config
from bavn.runtime.peers.nkeys import make_nkey, public_nkey, seed_text
from tests.runtime.peers.line_contract import (
    BACK_S,
    CENTRE,
    EAST,
    WEST,
    WORLD,
    Ears,
    Opened,
    WireContract,
    run,
    unreachable,
)
from tests.runtime.peers.nats_net import HERE, NatsNet, nats_net
from tests.runtime.peers.ports import free_ports


@pytest.mark.contract
@pytest.mark.slow
@pytest.mark.story
class TestNatsLine(WireContract):
    """The contract, and what is NATS' own."""

    def net(self, path: Path) -> AbstractAsyncContextManager[NatsNet]:
        return nats_net(path)

    @pytest.mark.slow
    def test_a_zombie_between_servers_is_noticed_by_them(self, tmp_path: Path) -> None:
        async def story(opened: Opened) -> None:
            opened.net.far.strand()
            await unreachable(opened.ask(EAST, WEST, b"there?", 0.5))
            assert await opened.reached(EAST, WEST) < BACK_S
            assert await opened.reached(WEST, EAST) < BACK_S

        self.told(tmp_path, story)

    def test_nobody_hears_or_speaks_for_another_at_one_server(self, tmp_path: Path) -> None:
        async def story(opened: Opened) -> None:
            net, ears = opened.net, Ears(CENTRE)
            url = f"nats://{HERE}:{net.client_ports[CENTRE]}"
            # East's key at the centre's own server, in the centre's name.
            posing = NatsLine(CENTRE, WORLD, url, net.keys[EAST])
            await posing.open(ears)
            try:
                await asyncio.sleep(0.5)
                await unreachable(posing.ask(WEST, b"there?", 1))
                assert await opened.ask(WEST, CENTRE, b"who?") == b"centre heard who?"
                assert ears.heard == []
                assert opened.ears[WEST].heard == []
            finally:
                await posing.close()

        self.told(tmp_path, story)

    def test_nor_through_a_server_of_ones_own(self, tmp_path: Path) -> None:
        async def story(opened: Opened) -> None:
            """A leaf with the east's own key, which lets whoever connects to it do anything."""
            net = opened.net
            await net.servers[EAST].kill()
            plan = net.plan(EAST)
            lines = config_text(plan).splitlines()
            start = lines.index("authorization {")
            end = start + lines[start:].index("}")
            config = tmp_path / "rogue.conf"
            config.write_text("\n".join(lines[:start] + lines[end + 1 :]))
            rogue = subprocess.Popen([str(program_path()), "-c", str(config)])  # noqa: ASYNC220
            try:
                heard: list[bytes] = []

                async def hears(message: Any) -> None:
                    heard.append(message.data)

                client = await _connected(plan.client)
                for subject in (f"bavn.{WORLD}.west.>", f"bavn.{WORLD}.*.ask.*", ">"):
                    await client.subscribe(subject, cb=hears)
                # What it may, it can: so it is there.
                said = await _answered(client, f"bavn.{WORLD}.west.ask.east")
                assert said == b"west heard there?"
                heard.clear()
                await client.publish(f"bavn.{WORLD}.west.ask.centre", b"posing")
                await client.publish(f"bavn.{WORLD}.west.tell.centre", b"posing")
                await client.flush()
                assert await opened.ask(CENTRE, WEST, b"secret") == b"west heard secret"
                await opened.net.line(CENTRE).tell(WEST, b"secret")
                await asyncio.sleep(0.3)
                assert b"secret" not in heard
                assert b"posing" not in opened.ears[WEST].heard
                await client.close()
            finally:
                rogue.kill()
                rogue.wait()
                await net.servers[EAST].start()

        self.told(tmp_path, story)


async def _connected(address: str) -> Any:
    begun_s = clock.seconds()
    while True:
        try:
            return await nats.connect(
                f"nats://{address}",
                allow_reconnect=False,
                inbox_prefix=f"bavn.{WORLD}.east.in",
            )
        except (OSError, nats.errors.Error):
            assert clock.seconds() - begun_s < BACK_S
            await asyncio.sleep(0.05)


async def _answered(client: Any, subject: str) -> bytes:
    begun_s = clock.seconds()
    while True:
        try:
            return bytes((await client.request(subject, b"there?", timeout=1)).data)
        except nats.errors.Error:
            assert clock.seconds() - begun_s < BACK_S
            await asyncio.sleep(0.05)


@pytest.mark.story
def test_a_server_whose_key_the_parent_does_not_know_stays_outside(tmp_path: Path) -> None:
    async def story() -> None:
        async with nats_net(tmp_path) as net:
            key = make_nkey(tmp_path / "stranger.nk")
            plan = net.plan(WEST)
            own = net.post(WEST)
            port = free_ports(1)[0]
            assert plan.parent is not None
            parent = Parent(
                url=plan.parent.url, ca_file=net.ca_file, seed_file=tmp_path / "stranger.nk"
            )
            stranger = ServerPlan(own=own, client=f"{HERE}:{port}", parent=parent)
            await net.servers[WEST].kill()
            server = NatsServer(stranger, tmp_path)
            await server.start()
            line = NatsLine(WEST, WORLD, f"nats://{HERE}:{port}", net.keys[WEST])
            ears = Ears(CENTRE)
            await net.line(CENTRE).open(ears)
            await line.open(Ears(WEST))
            try:
                await asyncio.sleep(1)
                assert line.is_up
                await unreachable(line.ask(CENTRE, b"there?", 1))
                assert ears.heard == []
                assert public_nkey(key) not in config_text(net.plan(CENTRE))
            finally:
                await line.close()
                await net.line(CENTRE).close()
                await server.stop()

    run(story())


@pytest.mark.story
def test_a_server_that_does_not_start_says_so(tmp_path: Path) -> None:
    async def story() -> None:
        async with nats_net(tmp_path) as net:
            with pytest.raises(Halt) as refused:
                await NatsServer(net.plan(WEST), tmp_path).start()
            assert refused.value.refused.code == "nats_server_not_started"

    run(story())


def test_the_configuration_is_for_its_owner_alone(tmp_path: Path) -> None:
    key = make_nkey(tmp_path / "line.nk")
    parent = Parent(url="tls://h:1", ca_file=tmp_path / "ca", seed_file=tmp_path / "line.nk")
    own = Post(node=CENTRE, nkey=public_nkey(key))
    path = tmp_path / "nats.conf"
    write_config(ServerPlan(own=own, client="127.0.0.1:4222", parent=parent), path)
    assert seed_text(key) in path.read_text()
    assert path.stat().st_mode & 0o077 == 0


def test_a_tethered_program_ends_with_who_started_it() -> None:
    starting = (
        "import os, subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-I', '-S', sys.argv[1], str(os.getpid()),"
        " '/bin/sleep', '600'])\n"
        "print(child.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", starting, str(tethered.__file__)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        name = Path(f"/proc/{pid}/cmdline")
        _until(lambda: "sleep" in name.read_text())
        os.kill(starter.pid, signal.SIGKILL)
        starter.wait()
        # Taken in by another, it may stay in the list as a name without a program.
        _until(lambda: not name.exists() or name.read_text() == "")


def _until(happened: Any) -> None:
    begun_s = clock.seconds()
    while not happened():
        assert clock.seconds() - begun_s < BACK_S
        clock.wait(0.02)
