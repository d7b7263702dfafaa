# SPDX-License-Identifier: Apache-2.0
"""What is kept, delivered, erased by two and given by two, through the application's door."""

import asyncio
import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from bavn.capabilities.archive.views import ERASURES
from bavn.capabilities.operations.decisions.deciding import (
    CloseIncident,
    NoteIncident,
    ReportIncident,
)
from bavn.journal.decision import Done, Request
from bavn.journal.reader import Reader
from bavn.journal.vault import key_name
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.node.cli import main
from bavn.runtime import clock
from bavn.runtime.archive.shelf import noted_packages
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.readings.kept import Wanted
from tests.node.reported import signed
from tests.node.watch import AGENCY, NJB, NORTH, NVJB, WORLD, Person, Watch, founded, watch

pytestmark = pytest.mark.slow
NAME, STREET = "Rosenkrantz", "Gyldenstjernegade"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return founded(Path(tmp_path_factory.mktemp("archive")) / "node", built_in("denmark"))


async def told(north: Watch, content: object) -> Done:
    actor = Actor(organisation=NJB, function="duty_officer")
    outcome = await north.live.write(Request(owner=NJB, actor=actor, content=content))  # type: ignore[arg-type]
    assert isinstance(outcome, Done), outcome
    return outcome


async def over(north: Watch, years: int = 6) -> str:
    """An incident that was closed years ago, with a name in its texts."""
    then = clock.now() - timedelta(days=366 * years)
    content = ReportIncident(
        incident_type="BR-GRD",
        municipality="0851",
        latitude=57.0488,
        longitude=9.9217,
        area=NORTH,
        address=Private(f"{STREET} 4"),
        text=Private(f"Ringer: {NAME}"),
        occurred_at=then,
    )
    fact = (await told(north, content)).facts[0]
    item = north.live.query.item(Reader(organisations=frozenset({NJB})), fact)
    assert item is not None
    incident = item.fact.about[0].partition(":")[2]
    await told(north, CloseIncident(incident=incident, area=NORTH, at=then + timedelta(hours=2)))
    return incident


def made(folder: Folder, out: Path, *, code: int = 0) -> str:
    """A package of everything that was closed, made by the command beside the server."""
    words = ["archive", "make", "--data", str(folder.path), "--world", WORLD, "--of", NJB]
    begin, end = "2015-01-01", f"{date(2040, 1, 1)}"
    assert main([*words, "--from", begin, "--to", end, "--out", str(out)]) == code
    return noted_packages(folder.world_path(WORLD))[0].digest


async def delivered(north: Watch, folder: Folder, out: Path) -> Person:
    planner = await north.person(NJB, "planner")
    digest = await asyncio.to_thread(made, folder, out)
    fields = {"digest": digest, "receiver": "Byens arkiv", "receipt": "2026-7"}
    await planner.send("/archive/deliveries", fields, at="/archive")
    return planner


def asked(north: Watch) -> str:
    reader = Reader(organisations=frozenset({NJB}))
    (row,) = north.live.query.rows(reader, ERASURES, {"state": "asked"})
    return str(row["subject"]).partition(":")[2]


@pytest.mark.requirement("E5.8")
def test_texts_go_after_delivery_and_two_persons_word(folder: Folder, tmp_path: Path) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            fire = await over(north)
            keeper = await north.person(NJB, "organisation_administrator")
            subject = {"subject": f"njb incident:{fire}"}
            early = await keeper.send("/archive/erasures", subject, 409, at="/archive")
            assert "ikke afleveret" in early.text
            planner = await delivered(north, folder, tmp_path)
            page = await planner.page("/archive")
            assert "2026-7" in page
            assert "egen kalibrering" in page
            assert f'value="njb incident:{fire}"' in page
            await planner.send("/archive/erasures", {}, 422, at="/archive")
            await planner.send("/archive/erasures", subject, at="/archive")
            approve = f"/archive/erasures/{asked(north)}/approve"
            # Whoever may ask only, and whoever asked, do not approve.
            await planner.send(approve, {}, 403, at="/archive")
            chief = await north.person(NJB)
            assert approve in await chief.page("/archive")
            held = f"/archive/incidents/{fire}"
            await chief.send(f"{held}/hold", {"reason": "open_case", "note": NAME}, at=held)
            no = await chief.send(approve, {}, 409, at="/archive")
            assert "holdes tilbage" in no.text
            hold = re.search(r'name="hold" value="([^"]+)"', await chief.page(held))
            assert hold is not None
            await planner.send(f"{held}/lift", {"hold": hold[1]}, 403, at="/archive")
            await chief.send(f"{held}/lift", {"hold": hold[1]}, at=held)
            # What was said of the hold is more than was delivered? It is no part of what is.
            await chief.send(approve, {}, at="/archive")
            key = key_name(NJB, f"incident:{fire}")
            assert await north.live.alone(lambda journal: journal.vault.keys.is_erased(key))
            log = await chief.page(f"/incidents/{fire}/log")
            assert NAME not in log
            assert "Teksterne er slettet" in await chief.page(held)
            await chief.send(approve, {}, 409, at="/archive")

    asyncio.run(story())


def test_one_person_with_both_mandates_is_not_two(folder: Folder, tmp_path: Path) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            fire = await over(north)
            await delivered(north, folder, tmp_path)
            keeper = await north.person(NJB, "organisation_administrator")
            subject = {"subject": f"njb incident:{fire}"}
            await keeper.send("/archive/erasures", subject, at="/archive")
            here = f"/archive/erasures/{asked(north)}"
            assert f"{here}/approve" not in await keeper.page("/archive")
            two = await keeper.send(f"{here}/approve", {}, 409, at="/archive")
            assert "godkender det ikke" in two.text
            await keeper.send("/archive/erasures", subject, 409, at="/archive")
            # Somebody else's organisation is not asked for by what a form names.
            foreign = {"subject": f"nvjb incident:{fire}"}
            await keeper.send("/archive/erasures", foreign, 409, at="/archive")
            await keeper.send(f"{here}/drop", {}, at="/archive")
            assert "opgivet" in await keeper.page("/archive")

    asyncio.run(story())


def test_who_may_what_with_what_is_kept(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            fire = await over(north, years=1)
            here = f"/archive/incidents/{fire}"
            inspector = await north.person(AGENCY, "inspector")
            assert "Arkiv og aktindsigt</h1>" in await inspector.page("/archive")
            assert '<form method="post" action="/archive' not in await inspector.page(here)
            await inspector.send(f"{here}/hold", {"reason": "oversight"}, 403, at="/archive")
            council = await north.person(NJB, "municipal_council")
            await council.page("/archive", 403)
            clerk = await north.person(NJB, "control_room_operator")
            await clerk.page("/archive")
            await clerk.page(f"{here}/access", 403)
            await clerk.send(f"{here}/hold", {"reason": "oversight"}, 403, at="/archive")
            planner = await north.person(NJB, "planner")
            await planner.send(f"{here}/hold", {"reason": "no_such"}, 409, at=here)
            await planner.send(f"{here}/hold", {"reason": "oversight"}, at=here)
            await planner.send("/archive/deliveries", {"digest": "x"}, 422, at="/archive")
            other = await north.person(NVJB)
            await other.send(f"{here}/hold", {"reason": "oversight"}, 403, at="/archive")
            machine = north.system(NJB)
            rules = (await machine.get("/api/v1/archive/rules")).json()["items"]
            assert {each["basis"] for each in rules} == {"own calibration"}
            holds = (await machine.get("/api/v1/archive/holds")).json()["items"]
            assert fire in {each["incident"] for each in holds}
            for path in ("due", "deliveries", "access"):
                answer = await machine.get(f"/api/v1/archive/{path}")
                assert answer.status_code == 200
                assert NAME not in answer.text
            assert (await machine.post(f"{here}/hold", data={"reason": "other"})).status_code == 403

    asyncio.run(story())


def select_of(page: str, label: str) -> str:
    """The piece whose text bears a label."""
    found = re.search(
        rf"<strong>{label}</strong>:.*?name=\"choice-([^\"]+)\"", page, flags=re.DOTALL
    )
    assert found is not None, page
    return found[1]


def mark_of(page: str) -> str:
    found = re.search(r'name="mark" value="([0-9a-f]+)"', page)
    assert found is not None, page
    return found[1]


async def opened(fire: str, chief: Person) -> str:
    at = f"/archive/incidents/{fire}/access"
    asks = {"requester": "Bo Guldberg", "law": "offentlighedsloven"}
    await chief.send(at, {**asks, "received_on": "2040-01-01"}, 422, at=at)
    answer = await chief.send(at, {**asks, "received_on": "2026-01-02"}, at=at)
    return str(answer.headers["location"])


@pytest.mark.requirement("E5.8")
def test_access_is_chosen_by_one_approved_by_another_and_leaks_nothing(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            fire, chief = await over(north, years=1), await north.person(NJB)
            here = await opened(fire, chief)
            page = await chief.page(here)
            assert NAME in page
            assert "Bo Guldberg" in page
            address = select_of(page, "Adresse")
            await chief.send(f"{here}/choose", {f"choice-{address}": "no_such"}, 422, at=here)
            await chief.send(f"{here}/choose", {f"choice-{address}": "in"}, at=here)
            mark = mark_of(await chief.page(here))
            lacks = await chief.send(f"{here}/submit", {"mark": mark}, 409, at=here)
            assert "hverken taget med eller udeladt" in lacks.text
            await chief.send(f"{here}/choose", {"rest": "ofl_30_1"}, at=here)
            await chief.send(f"{here}/submit", {"mark": mark}, 409, at=here)
            page = await chief.page(here)
            await chief.send(f"{here}/submit", {"mark": mark_of(page)}, at=here)
            await chief.send(f"{here}/choose", {"rest": "ofl_31"}, 409, at=here)
            waiting = await chief.page(here)
            assert f"{here}/approve" not in waiting
            await chief.send(f"{here}/approve", {"mark": mark_of(page)}, 409, at=here)
            for ending in ("html", "csv", "json"):
                await chief.page(f"{here}/export/{ending}", 409)
            second = await north.person(NJB)
            read = await second.page(here)
            await second.send(f"{here}/approve", {"mark": "0" * 32}, 409, at=here)
            await second.send(f"{here}/approve", {"mark": mark_of(read)}, at=here)
            await given(second, here)
            due = await chief.page(f"/archive/incidents/{fire}")
            assert "udleveret" in due
            wanted = Wanted(subject=f"incident:{fire}", purpose="aktindsigt")
            lines = await north.live.readings.entries(wanted)
            assert len({each.account for each in lines}) == 2, "both have read it"
            assert lines, "each text that was opened is written down with its purpose"

    asyncio.run(story())


async def given(second: Person, here: str) -> None:
    """The files hold what was let in, and nothing of what was left out."""
    files = {}
    for ending in ("html", "csv", "json"):
        answer = await second.browser.get(f"{here}/export/{ending}")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        files[ending] = answer.text
        assert STREET in answer.text, "it was let in"
        assert NAME not in answer.text
        assert NAME.encode() not in answer.content
    assert json.loads(files["json"])["left_out_by_ground"].keys() == {"ofl_30_1"}
    assert "enkeltpersoners private" in files["html"]
    await second.send(f"{here}/give", {}, at=here)
    page = await second.page(here)
    assert len(re.findall(r"<code>[0-9a-f]{64}</code>", page)) == 3
    await second.send(f"{here}/give", {}, 409, at=here)
    again = await second.browser.get(f"{here}/export/html")
    assert again.text == files["html"]


def test_what_comes_after_approval_stops_what_is_given(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            fire, chief = await over(north, years=1), await north.person(NJB)
            here = await opened(fire, chief)
            await chief.send(f"{here}/choose", {"rest": "ofl_30_1"}, at=here)
            mark = mark_of(await chief.page(here))
            await chief.send(f"{here}/submit", {"mark": mark}, at=here)
            keeper = await north.person(NJB, "organisation_administrator")
            await keeper.send(
                f"{here}/approve", {"mark": mark_of(await keeper.page(here))}, at=here
            )
            await told(north, NoteIncident(incident=fire, text=Private("Igen")))
            await chief.page(f"{here}/export/json", 409)
            await chief.send(f"{here}/give", {}, 409, at=here)
            await chief.send(f"{here}/return", {}, at=here)
            await chief.send(f"{here}/end", {"outcome": "x"}, 409, at=here)
            await chief.send(f"{here}/end", {"outcome": "taken_back"}, at=here)
            assert "trukket tilbage" in await chief.page(here)
            await chief.page("/archive/access/nothing", 404)

    asyncio.run(story())


def test_who_may_not_open_texts_lets_none_in(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            fire, chief = await over(north, years=1), await north.person(NJB)
            here = await opened(fire, chief)
            # The administrator has stated no purpose, and reads no names before.
            keeper = await north.person(NJB, "organisation_administrator")
            page = await keeper.page(here)
            assert NAME not in page
            assert "Bo Guldberg" not in page
            address = select_of(page, "Adresse")
            await keeper.send(
                f"{here}/choose", {f"choice-{address}": "in", "rest": "ofl_31"}, at=here
            )
            mark = mark_of(await keeper.page(here))
            no = await keeper.send(f"{here}/submit", {"mark": mark}, 409, at=here)
            assert "kan ikke læses" in no.text
            inspector = await north.person(AGENCY, "inspector")
            await inspector.page(here)
            await inspector.send(f"{here}/choose", {"rest": "ofl_31"}, 403, at="/archive")
            await (await north.person(NJB, "planner")).page(here, 403)

    asyncio.run(story())


def test_a_signed_report_is_gone_through_field_by_field(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            fire, _ = await signed(north)
            chief = await north.person(NJB)
            here = await opened(fire, chief)
            page = await chief.page(here)
            assert "Underskrevne dokumenter" in page
            assert "Rapport, version 1: Udfald" in page
            assert "Hos Olsen" in page, "its words can be let in"
            await chief.send(f"{here}/choose", {"rest": "ofl_23"}, at=here)
            preview = await chief.page(f"{here}/preview")
            assert "Rapport, version 1: Udfald" in preview
            assert "Olsen" not in preview

    asyncio.run(story())


@pytest.mark.requirement("E0.1")
def test_an_alarm_on_what_is_erased_is_taken_with_its_words(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            system = north.system(NJB, personal=True)
            place = {"lat": 57.0488, "lon": 9.9217}
            alarm = {"type": "BR-GRD", "place": place, "service": "njb", "number": "2026-77"}
            first = (await system.post("/api/v1/incidents", json=alarm)).json()["id"]
            key = key_name(NJB, f"incident:{first}")
            await north.live.alone(lambda journal: journal.vault.keys.erase(key))
            words = {**alarm, "text": f"{NAME} ringer", "address": f"{STREET} 4"}
            answer = await system.post("/api/v1/incidents", json=words)
            assert answer.status_code in {200, 201}, answer.text
            second = answer.json()["id"]
            assert second != first, "its texts have no place with what is erased"
            chief = await north.person(NJB)
            assert NAME in await chief.page(f"/incidents/{second}/log")

    asyncio.run(story())
