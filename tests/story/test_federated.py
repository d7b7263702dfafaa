# SPDX-License-Identifier: Apache-2.0
"""A nation, a centre and a service as real processes over real NATS: cut, killed, and whole again.

Every report that the service acknowledged is at the nation in the end, once.
"""

import asyncio
import os
import platform
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from bavn.kernel.identity import NodeId
from bavn.node.federated.conductor import Conductor, Turn
from bavn.node.federated.founding import found
from bavn.node.federated.plan import plan_of
from bavn.node.federated.sight import INCIDENTS
from bavn.node.federated.states import Act, State
from bavn.node.federated.story import Step, Story, cast_of
from bavn.node.federated.switch_app import make_switch_app
from bavn.node.federated.wires import free_ports
from bavn.node.play.manner import manner_of
from bavn.runtime import clock
from bavn.runtime.countries import built_in

DENMARK = "denmark"
NATION, CENTRE, SERVICE = NodeId("nation"), NodeId("nordjylland"), NodeId("njb")
# Far longer than it takes, on a machine that is busy with other tests.
AT_MOST_S = 60.0
EACH_S = 0.05


class Reporter:
    """A control room that reports each incident until it is acknowledged, and remembers which."""

    def __init__(self, conductor: Conductor) -> None:
        self._conductor = conductor
        self.acknowledged: dict[str, str] = {}

    async def report(self, ref: str) -> None:
        body = {"type": "BR-ETG", "municipality": "0851", "service": SERVICE, "sender_ref": ref}
        while True:
            answer = await self._conductor.eyes.ask(SERVICE, "POST", INCIDENTS, body)
            if answer is not None:
                self.acknowledged[ref] = str(answer["id"])
                return
            await asyncio.sleep(EACH_S)

    async def go_on(self) -> None:
        number = 0
        while True:
            number += 1
            await self.report(f"on-{number}")
            await asyncio.sleep(EACH_S)


async def until(holds: Callable[[], bool], what: str) -> None:
    end_s = clock.seconds() + AT_MOST_S
    while not holds():
        assert clock.seconds() < end_s, f"waited in vain: {what}"
        await asyncio.sleep(EACH_S)


async def at_nation(conductor: Conductor) -> list[str]:
    found_ids: list[str] = []
    after = ""
    while True:
        path = f"{INCIDENTS}?service={SERVICE}&limit=500{after}"
        answer = await conductor.eyes.ask(NATION, "GET", path)
        assert answer is not None
        found_ids += [str(each["id"]) for each in answer["items"]]
        if not answer["next"]:
            return found_ids
        after = f"&after={answer['next']}"


async def play(conductor: Conductor, reporter: Reporter) -> None:
    """Cut the centre off, kill the service's node while it reports, and mend both."""
    reporting = asyncio.create_task(reporter.go_on())
    try:
        await until(lambda: seen(conductor, "heard"), "the nation hears the centre")
        await conductor.turn(CENTRE, Turn.CUT)
        link = conductor.stopwatch.courses[f"link {CENTRE}"]
        await until(lambda: link.silent_after_s is not None, "the nation notices")
        count = len(reporter.acknowledged)
        await until(lambda: len(reporter.acknowledged) > count + 10, "the service goes on")
        unheard = reporter.acknowledged[f"on-{count + 5}"]
        assert not await conductor.knows(NATION, unheard)

        assert await conductor.tend(SERVICE, Act.KILL)
        assert not await conductor.tend(SERVICE, Act.KILL)
        assert conductor.nodes[SERVICE].pid is None
        await conductor.turn(CENTRE, Turn.RESTORE)
        assert await conductor.tend(SERVICE, Act.BRING_BACK)
        await until(lambda: conductor.nodes[SERVICE].state is State.UP, "the node is back")
        await until(lambda: link.whole_after_s is not None, "the picture is whole")
        count = len(reporter.acknowledged)
        await until(lambda: len(reporter.acknowledged) > count + 5, "the service reports again")
    finally:
        reporting.cancel()
        with suppress(asyncio.CancelledError):
            await reporting


def seen(conductor: Conductor, state: str) -> bool:
    sight = conductor.seen_from(NATION, CENTRE)
    return sight is not None and sight.state == state


async def run(data: Path) -> None:
    plan = plan_of(built_in(DENMARK), manner_of(DENMARK)).only([NATION, CENTRE, SERVICE])
    found(data, plan, built_in(DENMARK))
    ports = dict(zip((NATION, CENTRE, SERVICE), free_ports(3), strict=True))
    conductor = Conductor(data, plan, ports, "da")
    pids: list[int] = []
    try:
        await conductor.start()
        assert {each.state for each in conductor.nodes.values()} == {State.UP}
        pids = [each.pid for each in conductor.nodes.values() if each.pid is not None]
        pids += conductor.wires.server_pids
        reporter = Reporter(conductor)
        await play(conductor, reporter)
        told = list(reporter.acknowledged.values())
        assert len(told) == len(set(told)) > 20
        end_s = clock.seconds() + AT_MOST_S
        while set(told) - set(there := await at_nation(conductor)):
            assert clock.seconds() < end_s, "something never came"
            await asyncio.sleep(EACH_S)
        assert len(there) == len(set(there))
        # What the page shows of it, from the same real thing.
        await look_at_page(conductor)
        pids += [each.pid for each in conductor.nodes.values() if each.pid is not None]
    finally:
        await conductor.end()
    assert len(pids) == 8
    assert [pid for pid in pids if is_running(pid)] == []


async def look_at_page(conductor: Conductor) -> None:
    story = Story(conductor, cast_of(manner_of(DENMARK)))
    # Its stand-in is not among these three, so it is not told.
    assert not story.fits
    assert story.next is Step.CUT
    transport = httpx.ASGITransport(make_switch_app(conductor, story), client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as browser:
        board = (await browser.get("/board", headers={"accept-language": "da"})).text
    assert "Hel igen efter" in board
    assert board.count("kører") >= 3


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.story
@pytest.mark.requirement("E5.6")
@pytest.mark.skipif(platform.system() != "Linux", reason="processes are tied by Linux' own means")
def test_what_a_service_acknowledged_is_at_the_nation_once_whatever_was_cut_or_killed(
    tmp_path: Path,
) -> None:
    asyncio.run(run(tmp_path))
