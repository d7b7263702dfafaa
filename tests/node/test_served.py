# SPDX-License-Identifier: Apache-2.0
"""Two nodes in one process: each caller is at his own, and what one tells the other soon has."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bavn.capabilities.operations.decisions import NoteIncident, ReportIncident
from bavn.capabilities.operations.views.room import Room
from bavn.frame.call import Call
from bavn.journal.decision import Done, Request
from bavn.journal.reader import NOBODY
from bavn.kernel.identity import NodeId, OrganisationId
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.node.federated.founding import WORLD, folder_of, found
from bavn.node.federated.plan import plan_of
from bavn.node.play.manner import manner_of
from bavn.node.served import house_of
from bavn.node.wiring import COUNTRY, catalogue
from bavn.runtime.countries import built_in
from bavn.runtime.functions import function_may
from bavn.runtime.house import House
from bavn.runtime.opened import open_to_write
from bavn.runtime.peers.opening import RECALL_S
from bavn.runtime.texts import Texts

NATION, NORTH = NodeId("nation"), NodeId("nordjylland")
AGENCY, AREA = OrganisationId("brs"), OrganisationId("nordjylland")
AT_MOST_S = 20.0

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The nation's node and one area's, founded."""
    place = tmp_path_factory.mktemp("house")
    country = built_in(COUNTRY)
    plan = plan_of(country, manner_of(country.id)).only([NATION, NORTH])
    found(place, plan, country)
    return place


def play(data: Path, story: Callable[[House], Awaitable[None]]) -> None:
    async def played() -> None:
        async with _house(data) as house:
            await story(house)

    asyncio.run(played())


@asynccontextmanager
async def _house(data: Path) -> AsyncIterator[House]:
    country = built_in(COUNTRY)
    may = function_may(country.functions)
    folders = [folder_of(data, node) for node in (NATION, NORTH)]
    house = house_of(
        [open_to_write(each, WORLD, catalogue(), may=may) for each in folders], country
    )
    await house.open()
    try:
        yield house
    finally:
        house.let_go()
        await house.close()


def call_of(*organisations: OrganisationId) -> Call:
    return Call(
        actor=Actor(organisation=organisations[0], function="duty_officer"),
        organisations=frozenset(organisations),
        reader=NOBODY,
        sender="test",
        language="da",
        now=datetime.now(UTC),
        say=Texts("da"),
        name="test",
    )


def test_each_caller_is_at_the_node_of_his_organisation(data: Path) -> None:
    async def story(house: House) -> None:
        assert house.given_to(call_of(AREA))["live"].node == NORTH
        assert house.given_to(call_of(AGENCY))["live"].node == NATION
        # One who acts for several, one whom nobody here hosts, and one not signed in.
        assert house.given_to(call_of(AREA, AGENCY))["live"].node == NATION
        assert house.given_to(call_of(OrganisationId("elsewhere")))["live"].node == NATION
        assert house.given_to(None)["live"].node == NATION

    play(data, story)


@pytest.mark.requirement("E5.6")
def test_what_is_written_at_another_node_is_found_at_ones_own_at_once(data: Path) -> None:
    async def story(house: House) -> None:
        desk = house.front.given["desk"]
        north = house.nodes[1].live
        position = north.position
        for number in range(5):
            request = Request(
                owner=AREA,
                actor=Actor(organisation=AREA, function="system"),
                content=ReportIncident(incident=f"test-{number}", area=AREA),
            )
            assert isinstance(await desk.write(request), Done)
            subject = f"incident:test-{number}"
            assert house.front.live.positions_of(AREA, subject), "it is not here yet"
        assert north.position > position

    play(data, story)


def test_positions_cross_with_their_age_and_stay_no_facts(data: Path) -> None:
    async def story(house: House) -> None:
        at_nation, at_north = (each.given["operations"] for each in house.nodes)
        assert isinstance(at_nation, Room)
        assert isinstance(at_north, Room)
        await _until(lambda: not house.nodes[1].given["lookout"].look().silent_count)
        before = house.front.live.position
        now = datetime.now(UTC)
        item = {"unit": "njb-01-asp-1", "lat": 57.05, "lon": 9.92, "at": now}
        desk = house.nodes[1].given["desk"]
        at_north.positions.take([item], now, lambda _: None, desk.publish)
        await _until(lambda: at_nation.positions.of("njb-01-asp-1") is not None)
        there = at_nation.positions.of("njb-01-asp-1")
        assert there is not None
        assert (there.lat, there.lon) == (57.05, 9.92)
        assert abs((there.at - now).total_seconds()) <= 1
        assert house.front.live.position == before

    play(data, story)


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(AT_MOST_S):
        while not holds():  # noqa: ASYNC110 - nobody rings a bell for it
            await asyncio.sleep(0.02)


def test_a_node_that_starts_lets_alarms_through_before_it_knows_what_it_has_told(
    data: Path,
) -> None:
    async def story(house: House) -> None:
        north = house.nodes[1].live
        # What the start itself waits for comes first.
        await asyncio.sleep(RECALL_S + 0.1)
        north.hold()
        alarm = Request(
            owner=AREA,
            actor=Actor(organisation=AREA, function="system"),
            content=ReportIncident(incident="early", area=AREA),
        )
        assert isinstance(await north.write(alarm), Done)
        request = Request(
            owner=AREA,
            actor=Actor(organisation=AREA, function="duty_officer"),
            content=NoteIncident(incident="early", text=Private("who called")),
        )
        waiting = asyncio.create_task(north.write(request))
        done, _ = await asyncio.wait([waiting], timeout=0.3)
        assert not done
        north.release()
        assert isinstance(await waiting, Done)

    play(data, story)
