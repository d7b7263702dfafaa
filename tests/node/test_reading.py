# SPDX-License-Identifier: Apache-2.0
"""Who reads what, through the door of a whole node: inspectors, purposes, the log, looking back."""

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bavn.kernel.mandate import Actor, Resource
from bavn.node.wiring import CAPABILITIES, country_gate
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.mandates import Gate
from bavn.runtime.web.guard import OWN, PUBLIC
from tests.node.watch import AALBORG, AGENCY, NJB, NVJB, Person, Watch, founded, watch
from tests.runtime.web.house import form_key

pytestmark = pytest.mark.slow
CANARY, PAGE = "KANARIE bag døren", "/mandates/readings"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return founded(tmp_path_factory.mktemp("reading") / "node", built_in("denmark"))


def play(folder: Folder, story: Callable[[Watch], Awaitable[None]]) -> None:
    async def played() -> None:
        async with watch(folder) as north:
            await story(north)

    asyncio.run(asyncio.wait_for(played(), 60))


async def noted(north: Watch, times: int = 1) -> str:
    """Report an incident of Nordjylland's service, with notes that name people."""
    system = north.system(NJB, personal=True)
    place = {"lat": AALBORG[0], "lon": AALBORG[1]}
    answer = await system.post("/api/v1/incidents", json={"type": "BR-ABA", "place": place})
    incident: str = answer.json()["id"]
    for number in range(times):
        told = {"text": f"{CANARY} {number}"}
        answer = await system.post(f"/api/v1/incidents/{incident}/notes", json=told)
        assert answer.status_code == 201, answer.text
    return incident


async def table(person: Person, query: str = "") -> list[dict[str, str]]:
    """The log as a table."""
    raw = (await person.browser.get(f"{PAGE}.csv{query}")).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(raw), delimiter=";"))


async def states(person: Person, purpose: str, status: int = 303) -> None:
    key = form_key(await person.page(PAGE))
    fields = {"csrf": key, "purpose": purpose}
    answer = await person.browser.post(f"{PAGE}/purpose", data=fields)
    assert answer.status_code == status, answer.text


def acts_of_routes() -> set[str]:
    """Every act that a handler asks for."""
    opts = (getattr(each, "opt", None) or {} for part in CAPABILITIES for each in part.handlers)
    return {str(each["act"]) for each in opts if "act" in each}


@pytest.mark.requirement("E9.1")
def test_an_inspector_may_all_that_reads_and_nothing_that_changes() -> None:
    gate, at = country_gate(built_in("denmark")), clock.now()
    decisions = [each for part in CAPABILITIES for each in part.part.decisions]
    alarms = {each.act for each in decisions if each.alarm}
    asked = acts_of_routes() | {each.act for each in decisions}
    shut, changed = set(), set()
    for act in (each for each in asked if not each.startswith((OWN, PUBLIC))):
        for owner in (AGENCY, NJB):
            actor = Actor(organisation=AGENCY, function="inspector")
            # Not through an alarm's way past the policies.
            allowed = gate.allowed(actor, act, Resource(owner=owner), at) is not None
            if act.partition(".")[2].startswith("read_"):
                shut |= set() if allowed else {act}
            elif allowed:
                changed.add(act)
    assert len(asked) > 80
    assert shut == set()
    # To have looked at an emergency is the one word that oversight itself says.
    assert changed - {"mandates.look_at_any"} == set()
    assert changed.isdisjoint(alarms)


@pytest.mark.requirement("E5.1")
def test_an_inspector_sees_everybodys_own_and_names_of_people_for_a_purpose(
    folder: Folder,
) -> None:
    async def story(north: Watch) -> None:
        incident = await noted(north, 50)
        path = f"/incidents/{incident}"
        inspector = await north.person(AGENCY, "inspector")
        analyst = await north.person(AGENCY, "national_analyst")
        stranger = await north.person(NVJB, "duty_officer")
        for person in (inspector, analyst, stranger):
            assert CANARY not in await person.page(path)
        # What the service keeps to itself is told to oversight and analysis, and to no neighbour.
        history = f"/api/v1/incidents/{incident}/facts"
        seen = [
            len((await each.browser.get(history)).json()["items"])
            for each in (inspector, analyst, stranger)
        ]
        assert seen[0] == seen[1] > seen[2]
        assert "lukkede for dig" in await inspector.page("/")
        assert "lukkede for dig" not in await analyst.page("/")
        await states(analyst, "tilsyn", 409)
        await states(inspector, "indsats", 409)
        await states(inspector, "tilsyn")
        assert "Du læser personoplysninger til: Tilsyn" in await inspector.page("/")
        assert (await inspector.page(path)).count(CANARY) == 50
        (line,) = [each for each in await table(inspector) if incident in each["Hele nummeret"]]
        assert line["Formål"] == "Tilsyn"
        assert line["Funktion"] == "Tilsynsførende"
        assert int(line["Antal tekster"]) >= 50
        assert CANARY not in (north.live.readings.path).read_bytes().decode("latin-1")
        # It holds until it is ended, for this browser alone.
        await states(inspector, "")
        assert CANARY not in await inspector.page(path)
        assert (await inspector.browser.get(path)).status_code == 200

    play(folder, story)


def test_the_operation_reads_for_what_its_page_is_for_and_is_asked_nothing(
    folder: Folder,
) -> None:
    async def story(north: Watch) -> None:
        incident = await noted(north)
        officer = await north.person(NJB)
        page = await officer.page(f"/incidents/{incident}")
        assert CANARY in page
        assert "lukkede for dig" not in page
        assert "purpose-form" not in await officer.page(PAGE)
        (line,) = [
            each for each in await table(officer, "?whose=own") if incident in each["Hele nummeret"]
        ]
        assert (line["Formål"], line["Hos hvem"]) == ("Indsats", "Nordjyllands Beredskab")
        assert line["Konto"] == "Pia Opdigtet"
        await states(officer, "tilsyn", 409)

    play(folder, story)


def test_everybody_sees_his_own_readings_a_chief_his_organisations_and_oversight_all(
    folder: Folder,
) -> None:
    async def story(north: Watch) -> None:
        incident = await noted(north)
        operator = await north.person(NJB, "control_room_operator")
        await operator.page(f"/incidents/{incident}")
        chief, other = await north.person(NJB), await north.person(NVJB)
        inspector = await north.person(AGENCY, "inspector")

        async def seen(person: Person, query: str) -> bool:
            return any(incident in each["Hele nummeret"] for each in await table(person, query))

        assert await seen(operator, "?whose=own")
        # What one may not see is not shown by writing it in the address.
        assert "whose_label" not in await operator.page(PAGE)
        assert not await seen(other, "?whose=all")
        assert not await seen(other, "?whose=organisation")
        assert not await seen(chief, "?whose=own")
        assert await seen(chief, "?whose=organisation")
        assert await seen(chief, "?whose=all")
        assert await seen(inspector, "?whose=all")
        assert not await seen(inspector, "?whose=all&purpose=tilsyn")
        assert not await seen(inspector, "?whose=all&to=2020-01-01")
        assert await seen(inspector, "?whose=all&from=x&to=9999-99-99")
        page = await inspector.page(f"{PAGE}?whose=all&subject=incident:{incident}")
        assert f'href="/incidents/{incident}"' in page
        # Another organisation's person is a number to oversight.
        assert "Pia Opdigtet" not in page.partition("<tbody>")[2].partition("</tbody>")[0]
        assert "Ingen har læst" in await inspector.page(f"{PAGE}?whose=all&subject=incident:none")
        machine = await north.system(NJB).get(PAGE)
        assert machine.status_code == 401

    play(folder, story)


def test_a_log_that_cannot_be_written_stops_the_officer_in_nothing_and_the_inspector_in_reading(
    tmp_path: Path,
) -> None:
    folder = founded(tmp_path / "node", built_in("denmark"))

    async def story(north: Watch) -> None:
        north.live.readings.path.mkdir()
        incident = await noted(north)
        officer = await north.person(NJB)
        inspector = await north.person(AGENCY, "inspector")
        await states(inspector, "tilsyn")
        assert CANARY in await officer.page(f"/incidents/{incident}")
        page = await inspector.page(f"/incidents/{incident}")
        assert CANARY not in page
        assert "Listen kan ikke læses" in await inspector.page(PAGE)
        answer = await inspector.browser.get(f"{PAGE}.csv")
        assert (
            answer.json()["error"]["code"] == "readings_not_readable"
            if ("json" in answer.headers["content-type"])
            else answer.status_code == 409
        )
        # Loudly, to whoever keeps the watch.
        assert "Få set på disken" in (await officer.browser.get("/centre")).text
        assert "bliver ikke skrevet ned" in await officer.page(PAGE)

    play(folder, story)


def without(gate: Gate, act: str) -> Any:
    """The same policies without those that name an act."""
    kept = tuple(each for each in gate.book.policies if act not in each.names().acts)
    return msgspec.structs.replace(gate.book, policies=kept, mark=f"without {act}")


@pytest.mark.requirement("E5.1")
def test_looking_back_takes_the_rights_of_today_both_ways(folder: Folder) -> None:
    async def story(north: Watch) -> None:
        incident = await noted(north)
        gate = north.live.may
        assert isinstance(gate, Gate)
        officer = await north.person(NJB, "incident_commander")
        history = f"/api/v1/incidents/{incident}/facts"

        async def texts() -> tuple[int, bool]:
            answer = (await officer.browser.get(history)).text
            return answer.count('"kind"'), CANARY in answer

        today, before = gate.book, await texts()
        assert before[1]
        gate.take(without(gate, "audience.hear_own"), clock.now())
        less = await texts()
        assert less[0] < before[0]
        assert not less[1]
        gate.take(today, clock.now())
        assert await texts() == before
        gate.take(without(gate, "audience.open_personal"), clock.now())
        assert await texts() == (before[0], False)

    play(folder, story)


def test_a_stream_does_not_go_on_with_what_was_lost(folder: Folder) -> None:
    async def story(north: Watch) -> None:
        gate = north.live.may
        assert isinstance(gate, Gate)
        await noted(north)
        officer = await north.person(NJB, "area_operator")
        heard: list[str] = []

        async def listen() -> None:
            async with officer.browser.stream("GET", "/api/v1/stream") as answer:
                heard.extend([each async for each in answer.aiter_text()])

        # A transport without a socket gives the answer when it is over: and over it is.
        listening = asyncio.create_task(listen())
        for _ in range(500):
            if north.live.hub.listener_count:
                break
            await asyncio.sleep(0.01)
        gate.take(without(gate, "audience.hear_own"), clock.now())
        await noted(north)
        await asyncio.wait_for(listening, 20)
        told = "".join(heard)
        assert "event: reset" in told
        assert "incident_noted" not in told

    play(folder, story)
