# SPDX-License-Identifier: Apache-2.0
"""The board of a scene through the door: who writes on it, who reads it, and what the log says."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bavn.capabilities.operations.views.units import Units, WantedUnits
from bavn.journal.reader import Reader
from bavn.kernel.identity import OrganisationId
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from tests.node.watch import AGENCY, NJB, NORTH, NVJB, Watch, founded, watch

pytestmark = pytest.mark.slow
FIRE = {"type": "BR-GRD", "place": {"lat": 57.0488, "lon": 9.9217}, "service": "njb"}
POLICE = OrganisationId("nordjyllands-politi")
TEXT = "CANARY sluk fra nordsiden"
COMMANDER = "incident_commander"
ANYTHING: dict[str, dict[str, Any]] = {
    "tasks": {"text": "x"},
    "sectors": {"name": "x"},
    "hazards": {"kind": "other"},
    "units": {"unit": "x"},
    "wind": {"from_deg": 0, "speed_m_s": 1},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return founded(Path(tmp_path_factory.mktemp("scene")) / "node", built_in("denmark"))


async def reported(north: Watch) -> str:
    answer = await north.system(NJB).post("/api/v1/incidents", json=FIRE)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def told(by: httpx.AsyncClient, incident: str, what: str, **body: Any) -> dict[str, Any]:
    answer = await by.post(f"/api/v1/incidents/{incident}/board/{what}", json=body)
    assert answer.status_code == 201, answer.text
    board: dict[str, Any] = answer.json()
    return board


async def stands(by: httpx.AsyncClient, incident: str) -> dict[str, Any]:
    answer = await by.get(f"/api/v1/incidents/{incident}/board")
    assert answer.status_code == 200, answer.text
    board: dict[str, Any] = answer.json()
    return board


async def said(north: Watch, unit: str, incident: str, status: str, by: OrganisationId) -> None:
    answer = await north.system(by).post(
        f"/api/v1/units/{unit}/status", json={"status": status, "incident": incident}
    )
    assert answer.status_code == 201, answer.text


def edit_of(thing: dict[str, Any], **but: Any) -> dict[str, Any]:
    """What a client sends that changes something of a task."""
    last = thing["versions"][-1]
    return {
        "task": thing["id"],
        "based_on": thing["based_on"],
        "text_of": last["text_in"],
        **last["fields"],
        **but,
    }


@pytest.mark.requirement("E5.3", "E5.8")
def test_the_board_and_the_log_say_what_was_told_with_time_and_function(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            incident = await reported(north)
            leader = north.system(NJB, function=COMMANDER, personal=True)
            board = await told(leader, incident, "sectors", name=" Nord  side ", leader="Nord 2")
            sector = board["sectors"][0]["id"]
            board = await told(leader, incident, "tasks", text=TEXT, sector=sector, urgent=True)
            await told(leader, incident, "tasks", **edit_of(board["tasks"][0], state="done"))
            await told(leader, incident, "hazards", kind="gas-cylinders", where="kælder")
            await told(leader, incident, "wind", from_deg=225, speed_m_s=8)
            unit = north.unit_of(NJB, "ASP")
            await said(north, unit, incident, "en_route", NJB)
            board = await told(leader, incident, "units", unit=unit, sector=sector)
            (placed,) = board["units"]
            assert (placed["sector"], placed["unit"]["crew"]) == (sector, 6)
            assert placed["unit"]["relief"]["is_over"] is False
            assert board["wind"]["point"] == "sw"
            page = await (await north.person(NJB, COMMANDER, personal=True)).page(
                f"/incidents/{incident}/log"
            )
            entries = re.findall(r"<strong>([^<]+)</strong>", page)
            for entry in (
                "Sektor Nord side, leder Nord 2",
                "Opgave givet",
                "Opgave udført",
                "Fare: Gasflasker",
                "Vind fra sydvest, 8 m/s",
            ):
                assert entry in entries
            assert TEXT in page
            assert "Enhed placeret på skadestedet: " in page
            assert "Indsatsleder, Nordjyllands Beredskab" in page
            # A unit whose sector is no more has to be placed anew.
            ended = {"sector": sector, "based_on": board["sectors"][0]["based_on"]}
            board = await told(leader, incident, "sectors", **ended, name="Nord side", ended=True)
            assert board["units"][0]["sector"] is None

    asyncio.run(story())


@pytest.mark.requirement("E5.3")
def test_two_services_change_one_task_and_a_third_version_settles_it(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            incident = await reported(north)
            ours = north.system(NJB, function=COMMANDER, personal=True)
            theirs = north.system(NVJB, function=COMMANDER, personal=True)
            unit = north.unit_of(NVJB)
            await said(north, unit, incident, "at_scene", NVJB)
            board = await told(ours, incident, "tasks", text=TEXT)
            (task,) = (await stands(theirs, incident))["tasks"]
            assert task == board["tasks"][0]
            await told(ours, incident, "tasks", **edit_of(task, state="begun"))
            board = await told(theirs, incident, "tasks", **edit_of(task, urgent=True))
            (both,) = board["tasks"]
            assert [each["by"] for each in both["versions"]] == [NJB, NVJB]
            assert {each["text"] for each in both["versions"]} == {TEXT}
            duty, own = [await north.person(each, personal=True) for each in (NVJB, NJB)]
            for person in (duty, own):
                assert "To udgaver" in await person.page(f"/incidents/{incident}/board")
                assert "En opgave har to udgaver" in await person.page("/centre")
            # What somebody else told is theirs to strike.
            page = await duty.page(f"/incidents/{incident}")
            facts = [each["fact"] for each in both["versions"]]
            assert [f'<option value="{each}"' in page for each in facts] == [True, True]
            third = edit_of(both, text="CANARY sluk fra syd", text_of=None, state="begun")
            (one,) = (await told(ours, incident, "tasks", **third))["tasks"]
            assert [each["text"] for each in one["versions"]] == ["CANARY sluk fra syd"]
            assert (await stands(theirs, incident))["tasks"] == [one]
            assert "En opgave har to udgaver" not in await duty.page("/centre")

    asyncio.run(story())


def test_who_may_write_and_who_may_read(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            incident = await reported(north)
            leader = north.system(NJB, function=COMMANDER, personal=True)
            await told(leader, incident, "tasks", text=TEXT)
            for function in ("system", "planner", "organisation_administrator", "machine"):
                by = north.system(NJB, function=function, personal=True)
                answer = await by.get(f"/api/v1/incidents/{incident}/board")
                assert answer.status_code == 403, function
            council = north.system(NJB, function="municipal_council")
            (task,) = (await stands(council, incident))["tasks"]
            assert (task["versions"][0]["text"], len(task["based_on"])) == (None, 1)
            for what, body in ANYTHING.items():
                path = f"/api/v1/incidents/{incident}/board/{what}"
                assert (await council.post(path, json=body)).status_code == 403, what
            inspector = await north.person(AGENCY, "inspector")
            page = await inspector.page(f"/incidents/{incident}/board")
            assert "(forseglet tekst)" in page
            assert 'id="task-form"' not in page
            assert "Begyndt</button>" not in page
            # Another service's watch, with nobody there, sees the board and not what stands on it.
            stranger = north.system(NVJB, function=COMMANDER, personal=True)
            assert (await stands(stranger, incident))["tasks"] == []
            # The police have no node: who hears of it writes it down, and it says who said so.
            police = await north.person(POLICE, "police_commander", areas=(NORTH,))
            await police.send(f"/incidents/{incident}/board/wind", {"from": "n", "speed": "5,5"})
            wind = (await stands(leader, incident))["wind"]
            assert (wind["function"], wind["speed_m_s"]) == ("police_commander", 5.5)
            page = await police.page(f"/incidents/{incident}/board")
            assert "Givet" in page
            assert "CANARY" not in page

    asyncio.run(story())


def test_a_form_is_one_fact_at_the_time_it_was_written(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            incident = await reported(north)
            officer = await north.person(NJB, COMMANDER, personal=True)
            board = f"/incidents/{incident}/board"
            at = (clock.now() - timedelta(minutes=20)).replace(microsecond=0)
            form = {"text": TEXT, "sender_ref": "kept-1", "written_at": at.isoformat()}
            for _ in range(2):
                await officer.send(f"{board}/task", form)
            leader = north.system(NJB, function=COMMANDER, personal=True)
            (task,) = (await stands(leader, incident))["tasks"]
            assert task["versions"][0]["at"] == at.isoformat().replace("+00:00", "Z")
            # A text that is sent as it stood is not sealed anew; one tap leaves it alone.
            (fact,) = task["based_on"]
            edit = {"task": task["id"], "based_on": fact, "text_of": fact, "text": f" {TEXT} "}
            await officer.send(f"{board}/task", {**edit, "state": "begun"})
            (task,) = (await stands(leader, incident))["tasks"]
            assert task["versions"][0]["text_in"] == fact
            assert task["versions"][0]["fields"]["state"] == "begun"
            for wrong, fields, says in (
                ("task", {"text": " "}, "Skriv, hvad der skal gøres."),
                ("sector", {"name": ""}, "Skriv, hvad sektoren hedder."),
                ("sector", {"name": "x" * 33}, "højst 32 tegn"),
                ("wind", {"from": "op", "speed": "8"}, "hvor vinden kommer fra"),
                ("wind", {"from": "n", "speed": "orkan"}, "meter i sekundet"),
            ):
                answer = await officer.send(f"{board}/{wrong}", fields, 422)
                assert says in answer.text
            # What a script sends is answered shortly, so that the page stays under the thumb.
            officer.browser.headers["x-outbox"] = "1"
            answer = await officer.send(f"{board}/task", {"text": ""}, 422)
            assert "Skriv, hvad der skal gøres." in answer.json()["error"]["says"]
            answer = await officer.send(f"{board}/unit", {"unit": "a b"}, 409)
            assert "Tag enheden fra tavlen." in answer.text
            await officer.send(f"{board}/task", {"text": "x", "unit": "u" * 200}, 409)
            answer = await officer.send(f"{board}/hazard", {"kind": "dragons"}, 404)
            assert "Den slags fare findes ikke." in answer.text

    asyncio.run(story())


def test_who_is_at_an_incident_is_told_as_by_the_list_of_all(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            one, other = await reported(north), await reported(north)
            here, theirs = north.unit_of(NJB), north.unit_of(NVJB)
            await said(north, here, one, "at_scene", NJB)
            await said(north, theirs, one, "en_route", NVJB)
            # One that goes on elsewhere is at the first no longer.
            await said(north, here, other, "en_route", NJB)
            operations = north.rooms["operations"]
            units = Units(
                north.live.query,
                operations.registry,
                operations.territory,
                operations.positions,
            )
            reader, on = Reader(organisations=frozenset({NJB, NVJB})), clock.now().date()
            every = list(units.all(reader, on))
            for wanted, expected in (
                ({one}, {theirs}),
                ({other}, {here}),
                ({one, other}, {here, theirs}),
            ):
                found, _ = units.list(reader, WantedUnits(on=on, incidents=frozenset(wanted)))
                assert found == [each for each in every if each.incident in wanted]
                assert {each.id for each in found} == expected

    asyncio.run(story())
