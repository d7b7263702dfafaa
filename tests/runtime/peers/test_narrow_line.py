# SPDX-License-Identifier: Apache-2.0
"""A line of 64 kbit/s with real servers: all comes across, and the link is never given up."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from bavn.journal.decision import Request
from bavn.kernel.audience import NATION as EVERYONE
from bavn.runtime.peers.content import Moved
from tests.lilleland import nodes as lilleland
from tests.lilleland.nodes import EAST, EASTTOWN, NATION
from tests.runtime.peers.federation import opened, until
from tests.runtime.peers.nats_net import NatsNet, nats_net
from tests.runtime.peers.test_exchange import fire, held, seen

# What moves is some 33 KiB sealed: in one letter it would hold the pings up for four seconds.
BACKLOG, MOVING = 100, 2_500
NARROW_BYTES_S = 8_000


@pytest.mark.requirement("E5.6")
@pytest.mark.slow
@pytest.mark.story
def test_catching_up_on_a_narrow_line_never_loses_it(tmp_path: Path) -> None:
    async def story() -> None:
        nodes = (NATION, EAST)
        async with (
            nats_net(tmp_path, nodes) as net,
            opened(tmp_path, lambda node: [net.line(node)], nodes) as posts,
        ):
            nation, east = posts[NATION], posts[EAST]
            await until(lambda: seen(nation, EAST) == "heard", "the east is heard")
            links, net.far.bytes_per_s = links_made(net), NARROW_BYTES_S
            heard: set[str] = set()
            nation.exchange.telemetry.on_heard(lambda items: heard.update(map(key_of, items)))
            for number in range(BACKLOG):
                east.node.done(lilleland_request(number))
            east.exchange.tell_latest(map(moved, range(MOVING)))
            east.exchange.changed()
            await until(lambda: held(nation, east, EVERYONE) == BACKLOG, "all facts")
            await until(lambda: len(heard) == MOVING, "all that moves")
            assert links_made(net) == links
            assert seen(nation, EAST) == "heard"

    asyncio.run(story())


def lilleland_request(number: int) -> Request:
    return lilleland.request(EASTTOWN, fire(number))


def moved(number: int) -> Moved:
    # Places do not compress, as those of real units do not.
    value = msgspec.Raw(msgspec.msgpack.encode((number**0.5, number**0.3)))
    return Moved("positions", "eastern", f"unit-{number}", 1, value)


def key_of(each: Moved) -> str:
    return each.key


def links_made(net: NatsNet) -> int:
    """How many links the east's server has had, by its own word."""
    return (net.path / f"{EAST}.log").read_text().count("Leafnode connection created")
