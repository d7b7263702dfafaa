# SPDX-License-Identifier: Apache-2.0
"""A chief at the stand-in takes over, weighs, and hands back, with nothing but the pages."""

import asyncio
import html
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bavn.capabilities.operations.decisions import (
    CorrectIncident,
)
from bavn.runtime import clock
from bavn.runtime.peers import known, lookout
from bavn.runtime.peers.memory_line import Mode
from bavn.runtime.web.assets import STATIC
from tests.runtime.web.house import House, form_key, run
from tests.story.centres import (
    AGAIN_S,
    AT_MOST_S,
    CENTRE,
    CHIEF,
    NORTH,
    NOTE,
    SERVICE,
    STAND_IN,
    TEXT,
    ZONE,
    Two,
    known_to_the_stand_in,
    two,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not STATIC.is_dir(), reason="the front-end is not built here"),
]
JSON = {"accept": "application/json"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often, and at once."""
    monkeypatch.setattr(lookout, "LOOK_EACH_S", 0.05)
    monkeypatch.setattr(lookout, "WAITS_AFTER_START_S", 0.0)


@dataclass(frozen=True)
class Chief:
    """Somebody at the stand-in, with a browser."""

    browser: httpx.AsyncClient

    async def page(self, path: str, status: int = 200) -> str:
        """A page as it comes."""
        answer = await self.browser.get(path)
        assert answer.status_code == status, answer.text
        return answer.text

    async def words(self, path: str) -> str:
        """A page without its mark-up."""
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", await self.page(path))))

    async def items(self, path: str) -> list[dict[str, Any]]:
        """What programs are told."""
        answer = await self.browser.get(path, headers=JSON)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def send(self, page: str, path: str, status: int = 303, **fields: Any) -> str:
        """Send a form of a page."""
        key = form_key(await self.page(page))
        answer = await self.browser.post(path, data={**fields, "csrf": key})
        assert answer.status_code == status, answer.text
        return answer.text


def tried(**otherwise: Any) -> dict[str, Any]:
    """The form, filled in as it should be."""
    at = clock.now().astimezone(ZONE) - timedelta(minutes=3)
    form = {
        "from_node": NORTH,
        "contact": "no_contact",
        "tried_by": ["sine", "phone"],
        "tried_at": at.strftime("%Y-%m-%dT%H:%M"),
        "called": "Erik Opfundet",
        "decider": CHIEF,
        "reason": "ingen svarer",
    }
    return {**form, **otherwise}


@pytest.mark.requirement("E5.6", "E5.9")
def test_a_chief_takes_over_weighs_and_hands_back_on_the_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with two(tmp_path) as world:
            person = await world.house.person(
                organisation=STAND_IN, function="area_duty_leader", personal=True
            )
            person.headers.update({"accept": "text/html", "accept-language": "da"})
            chief = Chief(person)
            await before_the_cut(world, chief)
            # Silence after one and a half beats, so that nobody waits for it; but only where it is
            # silent, for a busy machine may let a beat of one that is heard come late.
            with monkeypatch.context() as cut_off:
                cut_off.setattr(known, "SILENT_S", 1.5)
                await taken_over(world.house, chief)
            await back_again(world, chief)

    run(story())


async def before_the_cut(world: Two, chief: Chief) -> None:
    """The stand-in is named, and an incident is going on, when the link is cut."""
    await known_to_the_stand_in(world)
    path = f"/connections/take-over/{SERVICE}"
    refused = html.unescape(await chief.send(path, path, 409, **tried()))
    assert "høres nu: centralen arbejder" in refused
    world.link(Mode.CUT)
    await world.north_asks(CorrectIncident(incident="one", area=CENTRE, incident_type="BR-SKO"))


async def taken_over(house: House, chief: Chief) -> None:
    """It is silent; what is missing is said; and then it is taken over."""
    path = f"/connections/take-over/{SERVICE}"
    for _ in range(int(AT_MOST_S / AGAIN_S)):
        if "is-silent" in await chief.page(path):
            break
        await asyncio.sleep(AGAIN_S)
    page = await chief.words(path)
    assert "Enheder, der kører, beholder deres sidste ordre" in page
    await shown_as_it_was(chief)
    refused = html.unescape(await chief.send(path, path, 409, **tried(tried_by=["phone"])))
    assert "ikke skrevet, at centralen er forsøgt ad: SINE" in refused
    # What was typed stands in the form again.
    assert CHIEF in refused
    # Meanwhile an alarm came in that is the silent service's: it is taken at once.
    system = house.machine("system", organisations=(STAND_IN,))
    alarm = {"type": "BR-VIL", "service": SERVICE, "text": "det braender"}
    taken = (await system.post("/api/v1/incidents", json=alarm)).json()
    assert taken["service"] == STAND_IN
    assert "Ikke overtaget endnu" in await chief.words("/connections/asked")
    await chief.send(path, path, **tried())
    for _ in range(int(AT_MOST_S / AGAIN_S)):
        if "Påtaget" in await chief.words("/connections/asked"):
            break
        await asyncio.sleep(AGAIN_S)
    listed = await chief.browser.get("/api/v1/incidents?state=open", headers=JSON)
    assert (taken["id"], SERVICE) in {
        (each["id"], each["service"]) for each in listed.json()["items"]
    }
    page = await chief.words("/connections/take-over")
    assert "Centralen kan ikke nås (SINE, telefon)" in page
    assert CHIEF in page
    # The people of the stand-in act for it now, with the texts that were there beforehand.
    page = await chief.words("/incidents/one")
    assert TEXT in page
    assert NOTE in page
    await chief.send("/incidents/one", "/incidents/one/note", note="vi er kaldt op")
    await chief.send("/incidents/one", "/incidents/one/correct", type="RE-DYR")


async def shown_as_it_was(chief: Chief) -> None:
    """What the silent centre told stands where it stood, grey and with its age, for all."""
    for path in ("/incidents", "/units"):
        shown = await chief.page(path)
        assert 'class="unheard"' in shown
        assert re.search(r"sidst hørt \d\d:\d\d<", html.unescape(shown))
        assert "ejerens node høres ikke" in html.unescape(shown)
    assert f"{SERVICE} høres ikke" in await chief.words("/incidents/one")
    (one,) = await chief.items("/api/v1/incidents")
    assert (one["is_heard"], one["contested"]) == (False, None)
    assert one["last_heard_at"] is not None
    units = await chief.items("/api/v1/units")
    assert {each["is_heard"] for each in units} == {False}
    picture = (await chief.browser.get("/api/v1/picture", headers=JSON)).json()
    assert SERVICE in picture["silent"]
    assert picture["contested"] == {"incidents": [], "units": [], "services": []}


async def shown_as_contested(chief: Chief) -> None:
    """The same incident in the list, on the board, for the map and for programs."""
    for path in ("/incidents", "/"):
        shown = html.unescape(await chief.page(path))
        assert "uenighed</span>" in shown
        assert "unheard" not in shown.partition("key-to")[0]
    (one,) = [each for each in await chief.items("/api/v1/incidents") if each["id"] == "one"]
    assert (one["is_heard"], one["last_heard_at"], one["contested"]) == (True, None, "conflict")
    picture = (await chief.browser.get("/api/v1/picture", headers=JSON)).json()
    assert (picture["silent"], picture["contested"]["incidents"]) == ({}, ["one"])
    drawn = (await chief.browser.get("/situation/picture", headers=JSON)).json()
    column = drawn["columns"]["incidents"].index("contested")
    assert {row[0]: row[column] for row in drawn["incidents"]}["one"] is True


async def back_again(world: Two, chief: Chief) -> None:
    """The north is heard again; both courses are weighed; and it goes home."""
    world.link(Mode.PASS)
    for _ in range(int(AT_MOST_S / AGAIN_S)):
        page = await chief.page("/connections/conflicts")
        if "incident:one" in page:
            break
        await asyncio.sleep(AGAIN_S)
    assert "ingen har sagt, hvad der gælder" in await chief.words("/incidents/one")
    await shown_as_contested(chief)
    path = f"/connections/conflicts/{SERVICE}/incident:one"
    page = await chief.page(path)
    weighed = re.search(r'name="weighed" value="([^"]+)"', page)
    assert weighed is not None
    assert "vi er kaldt op" in page
    again = await chief.send(path, path, 422, keeps=NORTH, weighed=weighed[1], reason="")
    assert "Skriv, hvorfor" in html.unescape(again)
    await chief.send(path, path, keeps=NORTH, weighed=weighed[1], reason="de stod der")
    assert "Ingen uenigheder" in await chief.words("/connections/conflicts")
    home = f"/connections/take-over/{SERVICE}/hand-back"
    for _ in range(int(AT_MOST_S / AGAIN_S)):
        if "hørt" in await chief.words("/connections"):
            break
        await asyncio.sleep(AGAIN_S)
    await chief.send("/connections/take-over", home, node=NORTH)
    record = world.north.journal.record
    await world.until(lambda: record.roster.host_of(SERVICE) == NORTH, "the north has it again")
    page = await chief.words("/connections/take-over")
    assert "givet tilbage til" in page
    told = await chief.browser.get("/api/v1/connections/take-overs", headers=JSON)
    changes = told.json()["changes"]
    assert [each["what"] for each in changes] == ["handed_back", "taken_over"]


@pytest.mark.requirement("E5.6")
def test_a_stand_in_is_named_and_ended_on_the_page_and_by_programs(tmp_path: Path) -> None:
    page, ending = f"/connections/take-over/{STAND_IN}", "/api/v1/connections/stand-ins/endings"

    async def story() -> None:
        async with two(tmp_path) as world:
            person = await world.house.person(
                organisation=STAND_IN, function="area_duty_leader", personal=True
            )
            person.headers.update({"accept": "text/html", "accept-language": "da"})
            chief = Chief(person)
            stand_ins = world.house.live.journal.record.roster.stand_ins
            assert STAND_IN not in stand_ins
            await chief.send(page, f"{page}/stand-ins", node=NORTH, order="1")
            roster = world.house.live.journal.record.roster
            assert [each.node for each in roster.stand_ins[STAND_IN]] == [NORTH]
            assert "Det, den har fået, har den stadig" in await chief.words(page)
            machine = world.house.machine("system", organisations=(STAND_IN,), personal=False)
            answer = await machine.post(ending, json={"owner": STAND_IN, "node": NORTH})
            assert answer.status_code == 403, answer.text
            await chief.send(page, f"{page}/stand-ins/end", node=NORTH)
            assert STAND_IN not in world.house.live.journal.record.roster.stand_ins
            again = await chief.send(page, f"{page}/stand-ins/end", 409, node=NORTH)
            assert "er ikke stedfortræder for" in html.unescape(again)

    run(story())


def test_a_machine_and_a_reader_take_nothing_over(tmp_path: Path) -> None:
    async def story() -> None:
        async with two(tmp_path) as world:
            for function in ("system", "national_analyst", "control_room_operator"):
                visitor = world.house.machine(function, organisations=(STAND_IN,), personal=False)
                body = {
                    "owner": SERVICE,
                    "from_node": NORTH,
                    "contact": "voice",
                    "tried_by": ["sine"],
                    "tried_at": clock.now().isoformat(),
                    "decider": "x",
                    "called": "y",
                    "reason": "z",
                }
                answer = await visitor.post("/api/v1/connections/take-overs", json=body)
                assert answer.status_code == 403, answer.text
                listed = await visitor.get("/api/v1/connections/take-overs")
                assert listed.status_code == 200
                assert {each["id"] for each in listed.json()["owners"]} == {
                    CENTRE,
                    SERVICE,
                    STAND_IN,
                }

    run(story())
