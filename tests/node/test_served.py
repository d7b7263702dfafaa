# SPDX-License-Identifier: Apache-2.0
"""Two nodes in one process: each caller is at his own, and what one tells the other soon has."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bavn.capabilities.dispatch.decisions import OrderUnits
from bavn.capabilities.objects.model.card import Card, Described
from bavn.capabilities.objects.model.requests import Telling, TellObjects, sealed_text
from bavn.capabilities.objects.views.cards import Why, at_incident
from bavn.capabilities.operations.decisions import NoteIncident, ReportIncident
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.receiving.decisions.taking import take
from bavn.capabilities.receiving.model.alarm import Alarm
from bavn.capabilities.receiving.views.looking import alarm_at
from bavn.frame.call import Call
from bavn.journal.decision import Done, Request
from bavn.journal.reader import NOBODY, Reader
from bavn.journal.trust.deciding import NameStandIn
from bavn.journal.trust.statements import StandInNamed
from bavn.kernel.identity import NodeId, OrganisationId
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.node.federated.founding import WORLD, folder_of, found
from bavn.node.federated.plan import plan_of
from bavn.node.play.manner import manner_of
from bavn.node.served import house_of
from bavn.node.wiring import COUNTRY, catalogue, country_gate
from bavn.runtime.countries import built_in
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
    may = country_gate(country)
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


@pytest.mark.requirement("E5.1", "E5.2")
def test_a_coded_alarm_is_its_objects_at_whatever_node_it_comes_and_its_card_opens_elsewhere(
    data: Path,
) -> None:
    service = AREA
    described = Described(name="Opdigtet Skole", municipality="0820", alarm_numbers=("4711",))
    card = Card(access="kode 17")
    home = Telling(id="skolen", described=described, card=sealed_text(card))

    async def story(house: House) -> None:
        given, north = house.front.given, house.nodes[1]
        room, desk = given["receiving"], given["desk"]
        officer_there = Actor(organisation=service, function="area_duty_leader")
        actor = Actor(organisation=service, function="machine")
        # Texts cross between nodes once somebody stands in for somebody.
        named = NameStandIn(named=StandInNamed(owner=service, stand_in=NATION, order=1))
        for by, content in ((officer_there, named), (actor, TellObjects(told=(home,)))):
            request = Request(owner=service, actor=by, content=content)
            assert isinstance(await desk.write(request), Done)
        alarm = Alarm(code="BR-ABA", number="4711")
        call = call_of(AREA, AGENCY)
        got = [await take(desk, call, room.around, room.records, alarm, "r") for _ in range(2)]
        assert [each.repeated for each in got] == [False, True]
        incident = got[0].reported.incident
        assert {(each.reported.service, each.reported.incident) for each in got} == {
            (service, incident)
        }
        assert got[0].problems == ()
        kept = alarm_at(north.live.query, room.around.at(desk, service)[0].hosted, incident)
        assert kept is not None
        assert kept.object == home.id
        # The nation sends one of its own, and opens the card at its own node.
        register = north.given["organisation"]
        units = register.on(register.today(datetime.now(UTC))).units.values()
        unit = next(each.id for each in units if each.service == AGENCY)
        order = OrderUnits(incident=incident, area=AREA, units=(unit,))
        assert isinstance(
            await desk.write(Request(owner=service, actor=actor, content=order)), Done
        )
        reader = Reader(organisations=frozenset({AGENCY}), personal=True)
        officer = replace(call_of(AGENCY), reader=reader, account="id-pia", is_person=True)
        around, found = given["objects"].around, None
        async with asyncio.timeout(AT_MOST_S):
            while found is None or found.opened.card is None:
                await asyncio.sleep(0.1)
                found = await at_incident(desk, officer, around, incident)
        assert found.opened.why is Why.ASSIGNED
        assert found.told.card == card
        assert found.told.described == described

    play(data, story)
