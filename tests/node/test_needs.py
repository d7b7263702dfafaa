# SPDX-License-Identifier: Apache-2.0
"""What a scene asks for, through pages, interface, board and log of the whole application."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import pytest

from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from tests.node.watch import AGENCY, NJB, NORTH, NVJB, founded, watch

pytestmark = pytest.mark.slow
FIRE = {"type": "BR-GRD", "place": {"lat": 57.0488, "lon": 9.9217}, "service": "njb"}
TANKERS = {"sort": "units", "type-0": "TAN", "count-0": "1"}
SECRET = "CANARY nøglen er hos naboen"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return founded(Path(tmp_path_factory.mktemp("needs")) / "node", built_in("denmark"))


@pytest.mark.requirement("E5.3")
def test_the_scene_asks_the_centre_sends_and_answers_and_the_log_has_it_in_words(
    folder: Folder,
) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            await north.at_home(NJB)
            system = north.system(NJB)
            fire = (await system.post("/api/v1/incidents", json=FIRE)).json()["id"]
            here, api = f"/incidents/{fire}/needs", f"/api/v1/incidents/{fire}/needs"
            leader = await north.person(NJB, "incident_commander", personal=True)
            await leader.send(here, {**TANKERS, "urgent": "yes", "within": "20", "text": SECRET})
            (need,) = (await system.get(api)).json()["items"]
            assert (need["wants"], need["state"]) == ([{"type": "TAN", "count": 1}], "asked")
            operator = await north.person(NJB, "control_room_operator", personal=True)
            board = await operator.page("/centre")
            assert "HASTER fra skadestedet: 1 × Vandtankvogn" in board
            # From the need to the sending, with what is asked for beside what comes already.
            part = await operator.page(f"/incidents/{fire}/needs-part")
            assert f"/incidents/{fire}/send?ask=TAN:1" in part
            send = await operator.page(f"/incidents/{fire}/send?ask=TAN:1&ask=rubbish&ask=:")
            assert "Skadestedet har bedt om det her" in send
            assert send.count('name="proposed"') == 1
            tanker = north.unit_of(NJB, "TAN")
            await operator.send(f"/incidents/{fire}/send?ask=TAN:1", {"unit": tanker})
            part = await operator.page(f"/incidents/{fire}/needs-part")
            assert "Sendt siden anmodningen" in part
            # Nobody answers who leads at the scene alone, and nobody of another service.
            answer = f"{here}/{need['id']}/answer"
            sent = {"answer": "sent", "units": tanker}
            await leader.send(answer, sent, 403)
            await operator.send(answer, {**sent, "units": "NOBODY"}, 422)
            await operator.send(answer, {"answer": "cannot"}, 409)
            await operator.send(answer, sent)
            told = await leader.page(f"/incidents/{fire}/needs-part")
            assert "sendt" in told
            assert f"/units/{tanker}" in told
            assert SECRET in told
            log = await leader.page(f"/incidents/{fire}/log")
            assert "Skadestedet beder om: 1 × Vandtankvogn (haster)" in log
            assert "Svar til skadestedet: sendt: " in log
            assert SECRET in log
            assert "fra skadestedet" not in await operator.page("/centre/parts/wants")

    asyncio.run(story())


def test_what_is_wrong_with_a_need_comes_back_as_it_was_typed_and_is_nowhere_kept(
    folder: Folder,
) -> None:
    wrong = [
        {"sort": "nonsense"},
        {**TANKERS, "count-0": "51"},
        {**TANKERS, "type-0": "", "text": ""},
        {**TANKERS, "type-0": "QQQ"},
        {**TANKERS, "within": "7"},
        {"sort": "relief", "unit": "NOBODY"},
        {"sort": "resource", "resource": "TAN"},
        {"sort": "other", "text": "x" * 2_001},
    ]

    async def story() -> None:
        async with watch(folder) as north:
            system = north.system(NJB)
            fire = (await system.post("/api/v1/incidents", json=FIRE)).json()["id"]
            here = f"/incidents/{fire}/needs"
            leader = await north.person(NJB, "incident_commander")
            for form in wrong:
                told = await leader.send(here, {**form, "text": form.get("text", SECRET)}, 422)
                assert form.get("text", SECRET) in told.text
            assert (await system.get(f"/api/v1{here}")).json()["items"] == []

    asyncio.run(story())


@pytest.mark.requirement("E5.3")
def test_what_the_board_was_touched_for_is_seen_at_the_scene(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            system = north.system(NJB)
            fire = (await system.post("/api/v1/incidents", json=FIRE)).json()["id"]
            api = f"/api/v1/incidents/{fire}/needs"
            asked = {"sort": "other", "text": SECRET, "sender_ref": "n-1"}
            await system.post(api, json=asked)
            (need,) = (await system.post(api, json=asked)).json()["items"]
            operator = await north.person(NORTH, "area_operator")
            await operator.send("/centre/seen", {"item": f"needs.need:{need['id']}"})
            for _ in range(100):
                (need,) = (await system.get(api)).json()["items"]
                if need["state"] == "seen":
                    break
                await asyncio.sleep(0.02)
            assert [each["by"] for each in need["answers"]] == [NORTH]
            # What is one with another is asked for there too.
            other = (await system.post("/api/v1/incidents", json=FIRE)).json()["id"]
            one = {"into": other}
            merged = await system.post(f"/api/v1/incidents/{fire}/merge", json=one)
            assert merged.status_code < 300, merged.text
            (there,) = (await system.get(f"/api/v1/incidents/{other}/needs")).json()["items"]
            assert there["id"] == need["id"]
            taken = await system.post(f"{api}/{need['id']}/back", json={})
            assert taken.json()["items"][0]["state"] == "taken_back"

    asyncio.run(story())


@pytest.mark.requirement("E5.3")
def test_a_crew_that_tires_is_named_with_a_way_to_ask_for_its_relief(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            system = north.system(NJB)
            fire = (await system.post("/api/v1/incidents", json=FIRE)).json()["id"]
            fresh, tired = north.unit_of(NJB, "ISL"), north.unit_of(NJB, "ASP")
            await system.post(f"/api/v1/incidents/{fire}/dispatch", json={"units": [fresh, tired]})
            since = (clock.now() - timedelta(hours=23, minutes=30, seconds=30)).isoformat()
            crew = {"count": 6, "on_duty_at": since}
            assert (await system.put(f"/api/v1/units/{tired}/crew", json=crew)).status_code == 200
            leader = await north.person(NJB, "incident_commander")
            part = await leader.page(f"/incidents/{fire}/needs-part")
            assert re.search(r"skal afløses om (29|30) min", part)
            way = f"/incidents/{fire}/needs?sort=relief&amp;unit={tired}"
            assert way in part
            assert fresh not in part
            form = await leader.page(way.replace("&amp;", "&"))
            assert re.search(r'value="relief" required checked', form)
            assert re.search(rf'value="{tired}" selected', form)
            await leader.send(f"/incidents/{fire}/needs", {"sort": "relief", "unit": tired})
            part = await leader.page(f"/incidents/{fire}/needs-part")
            assert "afløsning af" in part
            assert way not in part

    asyncio.run(story())


@pytest.mark.requirement("E5.3")
def test_whoever_is_known_gets_a_need_through_and_who_looks_only_looks(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            fire = (await north.system(NJB).post("/api/v1/incidents", json=FIRE)).json()["id"]
            api = f"/api/v1/incidents/{fire}/needs"
            stranger = north.system(NVJB, function="a_function_of_nobodys")
            asked = await stranger.post(
                api, json={"sort": "units", "wants": [{"type": "ASP", "count": 1}]}
            )
            assert asked.status_code == 201, asked.text
            (need,) = asked.json()["items"]
            # Heard, and marked: it has nobody there.
            assert need["assigned"] is False
            for organisation, function in ((NJB, "municipal_council"), (AGENCY, "inspector")):
                person = await north.person(organisation, function)
                page = await person.page(f"/incidents/{fire}/needs")
                assert "Anmodninger fra skadestedet" in page
                await person.send(f"/incidents/{fire}/needs/{need['id']}/answer", {}, 403)

    asyncio.run(story())
