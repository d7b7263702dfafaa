# SPDX-License-Identifier: Apache-2.0
"""A line that is closed while it connects ends, whenever that is."""

import asyncio
import random
from pathlib import Path

import pytest

from bavn.runtime.peers.nats_config import Post, ServerPlan
from bavn.runtime.peers.nats_line import NatsLine
from bavn.runtime.peers.nats_server import NatsServer
from bavn.runtime.peers.nkeys import make_nkey, public_nkey
from tests.runtime.peers.line_contract import CENTRE, WORLD, Ears
from tests.storm_real.ports import free_ports

TRIES = 25
# A line lets go within two seconds, and is asked again after that.
AT_MOST_S = 8.0


@pytest.mark.story
@pytest.mark.slow
def test_a_line_closes_at_every_moment_of_connecting(tmp_path: Path) -> None:
    chance = random.Random(1)
    key = make_nkey(tmp_path / "line.nk")
    (port,) = free_ports(1, chance)
    own = Post(node=CENTRE, nkey=public_nkey(key))
    server = NatsServer(ServerPlan(own=own, client=f"127.0.0.1:{port}"), tmp_path)

    async def open_and_close() -> None:
        line = NatsLine(CENTRE, WORLD, f"nats://127.0.0.1:{port}", key)
        await line.open(Ears(CENTRE))
        await asyncio.sleep(chance.uniform(0, 0.02) if chance.random() < 0.5 else 0)
        for _ in range(chance.randint(0, 40)):
            await asyncio.sleep(0)
        async with asyncio.timeout(AT_MOST_S):
            await line.close()

    async def story() -> None:
        await server.start()
        try:
            for _ in range(TRIES):
                await open_and_close()
        finally:
            await server.kill()

    asyncio.run(story())
