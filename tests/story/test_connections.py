# SPDX-License-Identifier: Apache-2.0
"""Two nodes and a link that is cut: what each place says of it, and that it stops saying so."""

import asyncio
import html
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from bavn.capabilities.operations.decisions import ReportIncident
from bavn.journal.decision import Done, Request
from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.kernel.mandate import Actor
from bavn.node.wiring import CAPABILITIES, COUNTRY, catalogue, country_gate, given
from bavn.runtime import clock
from bavn.runtime.access import Access
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.founding import found_node, introduce, write_roster
from bavn.runtime.health import examine
from bavn.runtime.live import Live
from bavn.runtime.opened import open_to_write
from bavn.runtime.peers import known, lookout
from bavn.runtime.peers.memory_line import Mode, Network
from bavn.runtime.peers.opening import Peers
from bavn.runtime.web.app import make_app
from bavn.runtime.web.assets import STATIC
from bavn.runtime.web.callers import Callers
from tests.runtime.web.house import QUICK, House, run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not STATIC.is_dir(), reason="the front-end is not built here"),
]
WORLD = World("lilleland")
NATION, NORTH = NodeId("nation"), NodeId("nordjylland")
AGENCY, CENTRE = OrganisationId("brs"), OrganisationId("nordjylland")
SERVICE = OrganisationId("njb")
HOSTS = {NATION: [AGENCY], NORTH: [CENTRE, SERVICE]}
# What the country calls BR-VIL.
FIRE = "Bygningsbrand – villa"
AT_MOST_S, AGAIN_S = 15.0, 0.05


@dataclass(frozen=True, kw_only=True)
class Two:
    """The nation's house, the north's world, and the link between them."""

    nation: House
    folder: Folder
    north: Live
    network: Network

    def cut(self, mode: Mode) -> None:
        """Have the link do this from now on."""
        self.network.link(NORTH).mode = mode


def founded(path: Path) -> dict[NodeId, Folder]:
    """Two nodes that know each other, the nation's above."""
    folders = {node: Folder(path / node) for node in HOSTS}
    rosters = [
        found_node(folder, WORLD, node, hosts=HOSTS[node], areas=[], catalogue=catalogue())
        for node, folder in folders.items()
    ]
    for folder, roster in zip(folders.values(), introduce(*rosters), strict=True):
        write_roster(folder, roster)
    return folders


@asynccontextmanager
async def two(path: Path) -> AsyncIterator[Two]:
    """Both, served and joined, until the story is told."""
    country, network, folders = built_in(COUNTRY), Network(), founded(path)
    network.join(NORTH, NATION)
    may = country_gate(country)
    lives = {
        node: Live(open_to_write(folder, WORLD, catalogue(), may=may))
        for node, folder in folders.items()
    }
    peers = {
        node: Peers(lives[node], folder, [network.line(node)]) for node, folder in folders.items()
    }
    access = Access(path / "access.db", QUICK)
    live = lives[NATION]
    callers = Callers(access, country=country)
    provided = given(live, country, folders[NATION].path, peers[NATION].lookout)
    door = make_app(live, callers, CAPABILITIES, provided=provided)
    try:
        for each in peers.values():
            await each.open()
        house = House(live=live, access=access, callers=callers, door=door)
        yield Two(nation=house, folder=folders[NATION], north=lives[NORTH], network=network)
    finally:
        for each in peers.values():
            await each.close()
        for one in lives.values():
            await one.close()
        access.close()


async def report(world: Two, number: int) -> None:
    """The north takes an alarm, whatever its links are like."""
    content = ReportIncident(incident_type="BR-VIL", area=CENTRE)
    actor = Actor(organisation=SERVICE, function="duty_officer")
    request = Request(owner=SERVICE, actor=actor, content=content, sender="t", ref=str(number))
    assert isinstance(await world.north.write(request), Done)


async def until(holds: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait until something holds."""
    for _ in range(int(AT_MOST_S / AGAIN_S)):
        if await holds():
            return
        await asyncio.sleep(AGAIN_S)
    raise AssertionError(f"waited in vain: {what}")


async def page(visitor: httpx.AsyncClient, path: str) -> str:
    """A page, without its mark-up."""
    answer = await visitor.get(path)
    assert answer.status_code == 200, answer.text
    words = html.unescape(re.sub(r"<[^>]+>", " ", answer.text))
    return re.sub(r"\s+([.)])", r"\1", re.sub(r"\s+", " ", words)).replace("( ", "(")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence after one and a half beats, so that nobody waits for it here."""
    monkeypatch.setattr(known, "SILENT_S", 1.5)
    monkeypatch.setattr(lookout, "LOOK_EACH_S", 0.05)
    monkeypatch.setattr(lookout, "WRITE_EACH_S", 0.05)


class Looking:
    """Somebody at the nation's, who may only read."""

    def __init__(self, world: Two) -> None:
        self.world = world
        self.visitor = world.nation.machine("national_analyst", organisations=(AGENCY,))
        self.visitor.headers.update({"accept": "text/html", "accept-language": "da"})

    async def board(self) -> str:
        """The picture's board."""
        return await page(self.visitor, "/situation/board")

    async def north_is(self, expected: str) -> bool:
        """True when the north is in this condition, by the interface."""
        told = (await self.visitor.get("/api/v1/connections")).json()
        found = {each["id"]: each["condition"] for each in told["nodes"]}
        return found == {NATION: "here", NORTH: expected}

    async def has_fires(self, count: int) -> bool:
        """True when the board has so many, and says of nobody that it is not heard."""
        found = await self.board()
        return "ikke hørt" not in found and found.count(FIRE) == count

    async def doctor_says(self, code: str) -> bool:
        """True when that is among what doctor finds, from outside the process."""
        found = examine(self.world.folder, WORLD, catalogue(), clock.now())
        return code in {each.code for each in found}


async def check_silence_shows(looking: Looking, calm: str) -> None:
    """Every place says it; `calm` is the mark of the board before."""
    visitor, board = looking.visitor, await looking.board()
    assert re.search(r"Nordjylland er ikke hørt siden \d\d:\d\d \(nu\)\.", board)
    assert re.search(r"1 åben hændelse og 0 enheder vises, som de var kl\. \d\d:\d\d\.", board)
    assert "Hvad der er sket siden, vides ikke her." in board
    # Nothing vanishes, and who asks with the old mark is given the new picture.
    assert FIRE in board
    again = await visitor.get("/situation/board", headers={"if-none-match": calm})
    assert again.status_code == 200
    silent = (await visitor.get("/situation/picture")).json()["silent"]
    assert silent.keys() == {CENTRE, SERVICE}
    nodes = await page(visitor, "/connections")
    assert "en tavs node er ikke et dødt center" in nodes
    assert nodes.index("tavs node") < nodes.index("denne node")


async def check_metrics(visitor: httpx.AsyncClient) -> None:
    """Figures for who watches machines; the node itself is well."""
    metrics = (await visitor.get("/metrics")).text
    assert 'bavn_peer_silent{node="nordjylland"} 1' in metrics
    assert re.search(r'bavn_peer_heard_seconds\{node="nordjylland"\} \d', metrics)
    assert 'bavn_line_up{line="memory"} 1' in metrics
    assert (await visitor.get("/readyz")).status_code == 200


@pytest.mark.requirement("E5.6")
@pytest.mark.requirement("E8.1")
def test_a_cut_shows_everywhere_and_so_does_its_end(tmp_path: Path) -> None:
    async def story() -> None:
        async with two(tmp_path) as world:
            looking = Looking(world)
            await until(lambda: looking.north_is("heard"), "the north is heard")
            await report(world, 1)
            await until(lambda: looking.has_fires(1), "the nation has the alarm")
            visitor = looking.visitor
            calm = (await visitor.get("/situation/board")).headers["etag"]
            assert (await visitor.get("/situation/picture")).json()["silent"] == {}
            world.cut(Mode.SILENT)
            await until(lambda: looking.north_is("silent"), "the silence is noticed")
            await check_silence_shows(looking, calm)
            await check_metrics(visitor)
            await until(lambda: looking.doctor_says("peer_silent"), "doctor reads the file")
            await report(world, 2)
            world.cut(Mode.PASS)
            await until(lambda: looking.north_is("heard"), "the north is heard again")
            await until(lambda: looking.has_fires(2), "the picture is whole")
            await until(lambda: looking.doctor_says("peer_heard"), "doctor too")

    run(story())


def test_a_node_alone_says_so_and_how_to_join(tmp_path: Path) -> None:
    async def story() -> None:
        country, folder = built_in(COUNTRY), Folder(tmp_path / "node")
        found_node(folder, WORLD, NORTH, hosts=[CENTRE], areas=[], catalogue=catalogue())
        live = Live(open_to_write(folder, WORLD, catalogue(), may=country_gate(country)))
        access = Access(tmp_path / "access.db", QUICK)
        try:
            callers = Callers(access, country=country)
            provided = given(live, country, folder.path)
            door = make_app(live, callers, CAPABILITIES, provided=provided)
            house = House(live=live, access=access, callers=callers, door=door)
            visitor = house.machine("national_analyst", organisations=(CENTRE,))
            visitor.headers.update({"accept": "text/html", "accept-language": "en"})
            found = await page(visitor, "/connections")
            assert "This node is alone" in found
            assert "bavn join" in found
            told = (await visitor.get("/api/v1/connections")).json()
            assert told["is_alone"]
            assert [each["condition"] for each in told["nodes"]] == ["here"]
            assert "bavn_peer" not in (await visitor.get("/metrics")).text
        finally:
            await live.close()
            access.close()

    run(story())


def test_the_interface_describes_it(tmp_path: Path) -> None:
    async def story() -> None:
        async with two(tmp_path) as world:
            told = (await world.nation.visitor().get("/api/openapi.json")).json()
            answer = told["paths"]["/api/v1/connections"]["get"]["responses"]["200"]
            name = answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            described = told["components"]["schemas"][name]["properties"]
            assert {"nodes", "lines", "noticed", "not_understood", "is_alone"} <= described.keys()

    run(story())
