# SPDX-License-Identifier: Apache-2.0
"""What was signed is a file that is kept, and what the scene said is offered to whoever signs."""

import asyncio
import re
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from bavn.frame.paper import Pressed
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from tests.node.reported import correct, digest_on, helped, over, signed
from tests.node.watch import NJB, NVJB, Person, founded, watch
from tests.runtime.press.reading import stands_in

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return founded(Path(tmp_path_factory.mktemp("papers")) / "node", built_in("denmark"))


@pytest.mark.requirement("E5.8")
def test_a_signed_report_is_a_pdf_whose_mark_stands_on_its_page(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            fire, leader = await signed(north)
            here = f"/reports/{fire}/versions/1"
            mark = digest_on(await leader.page(here))
            answer = await leader.browser.get(f"{here}/report.pdf")
            assert answer.headers["content-type"] == "application/pdf"
            assert "no-store" in answer.headers["cache-control"]
            assert Pressed.of(answer.content).digest == mark
            for each in ("Hos Olsen", fire, "falsk alarm, ondsindet", "BR-GRD", "Afgangstid"):
                assert stands_in(answer.content, each)
            # What comes later changes nothing of it: opened again, it is the same paper.
            await leader.send(f"/reports/{fire}/open", {"reason": "Forkert type"})
            again = await leader.browser.get(f"{here}/report.pdf")
            assert again.content == answer.content
            # A program reads the words that it may, by the same address of the interface.
            path = f"/api/v1/incidents/{fire}/report/versions/1/report.pdf"
            told_pdf = await north.system(NJB).get(path)
            assert stands_in(told_pdf.content, "falsk alarm, ondsindet") or stands_in(
                told_pdf.content, "malicious"
            )
            assert not stands_in(told_pdf.content, "Olsen"), "a sealed text stays sealed"
            for name in ("2", "99"):
                missing = await leader.browser.get(f"/reports/{fire}/versions/{name}/report.pdf")
                assert missing.status_code == 404
            other = await north.person(NVJB)
            assert (await other.browser.get(f"{here}/report.pdf")).status_code == 404

    asyncio.run(story())


def test_a_press_that_breaks_leaves_the_page_and_says_so(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_data: str, _at: datetime) -> bytes:
        raise RuntimeError

    monkeypatch.setattr("bavn.runtime.press.press", breaks)

    async def story() -> None:
        async with watch(folder) as north:
            fire, leader = await signed(north)
            here = f"/reports/{fire}/versions/1"
            assert "Hos Olsen" in await leader.page(here)
            answer = await leader.browser.get(f"{here}/report.pdf")
            assert answer.status_code == 500
            assert answer.headers["content-type"].startswith("text/html")
            assert "Udskriv siden med browseren" in answer.text

    asyncio.run(story())


async def tells(leader: Person, fire: str, **texts: str) -> None:
    await leader.send(f"/incidents/{fire}/report", {"form": "first", **texts})


async def on_board(leader: httpx.AsyncClient, fire: str) -> None:
    """A task that is done, one that is not, and a hazard."""
    board = f"/api/v1/incidents/{fire}/board"
    first = (await leader.post(f"{board}/tasks", json={"text": "Ventilér trapperum"})).json()
    (task,) = first["tasks"]
    done = {"task": task["id"], "based_on": task["based_on"], "state": "done"}
    kept = {**done, "text_of": task["versions"][-1]["fact"]}
    assert (await leader.post(f"{board}/tasks", json=kept)).status_code == 201
    assert (await leader.post(f"{board}/tasks", json={"text": "Ikke gjort"})).status_code == 201
    hazard = {"kind": "gas-cylinders", "where": "Kælder nord"}
    assert (await leader.post(f"{board}/hazards", json=hazard)).status_code == 201


def test_the_board_of_the_scene_is_offered_too(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            fire, _, _ = await helped(north)
            commander = north.system(NJB, function="incident_commander", personal=True)
            await on_board(commander, fire)
            leader = await north.person(NJB, "incident_commander")
            page = await leader.page(f"/reports/{fire}")
            assert "Opgave meldt udført" in page
            assert "Ikke gjort" not in page
            (fact,) = re.findall(
                r'name="fact" value="([0-9a-f-]+)">\s*<input[^>]*value="hazard"', page
            )
            asked = {"field": "substances", "fact": fact, "sort": "hazard"}
            await leader.send(f"/reports/{fire}/take", asked)
            page = await leader.page(f"/reports/{fire}")
            assert "Gasflasker: Kælder nord" in page
            assert "taget med" in page
            # Whoever may not read names has the kind, and not where it was.
            plain = north.system(NJB, function="incident_commander")
            told_page = await plain.get(f"/reports/{fire}", headers={"accept": "text/html"})
            assert "Kælder nord" not in told_page.text

    asyncio.run(story())


def test_what_the_scene_said_is_offered_and_taken_by_a_person_alone(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            fire, leader = await over(north), await north.person(NJB, "incident_commander")
            here = f"/reports/{fire}"
            await tells(
                leader, fire, done="Slukket med to rør\nventileret", seen="Gasflasker i kælder"
            )
            page = await leader.page(here)
            assert "Slukket med to rør" in page
            assert "spørges: ingen melding siger det" in page, "nothing is filled in by itself"
            report = (await north.system(NJB).get(f"/api/v1/incidents/{fire}/report")).json()
            assert all(
                "correction" not in each or each["correction"] is None for each in report["fields"]
            )
            (fact,) = set(re.findall(r'name="fact" value="([0-9a-f-]+)"', page))
            asked = {"field": "tasks", "fact": fact, "sort": "done"}
            wrong = await leader.send(f"{here}/take", {**asked, "sort": "needed"}, 422)
            assert "Se siden igen" in wrong.text
            await leader.send(f"{here}/take", {**asked, "field": "saved"}, 422)
            await leader.send(f"{here}/take", {**asked, "field": "no_such"}, 422)
            await correct(leader, fire, 303, field="tasks", **{"value-tasks": "Afspærring"})
            await leader.send(f"{here}/take", asked)
            await leader.send(f"{here}/take", asked)
            page = await leader.page(here)
            assert "Afspærring\nSlukket med to rør" in page.replace("\r\n", "\n")
            assert "taget med" in page
            report = (await north.system(NJB).get(f"/api/v1/incidents/{fire}/report")).json()
            (tasks,) = [each for each in report["fields"] if each["code"] == "tasks"]
            assert tasks["correction"]["sources"] == [fact]
            # Written anew without those words, it is from that fact no more.
            await correct(leader, fire, 303, field="tasks", **{"value-tasks": "Kun afspærring"})
            report = (await north.system(NJB).get(f"/api/v1/incidents/{fire}/report")).json()
            (tasks,) = [each for each in report["fields"] if each["code"] == "tasks"]
            assert tasks["correction"]["sources"] == []
            await correct(leader, fire, 303, field="tasks", **{"value-tasks": "x" * 1_990})
            full = await leader.send(f"{here}/take", asked, 422)
            assert "Der er ikke plads" in full.text
            planner = await north.person(NJB, "planner")
            await planner.send(f"{here}/take", asked, 403)

    asyncio.run(story())
