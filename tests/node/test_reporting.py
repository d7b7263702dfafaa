# SPDX-License-Identifier: Apache-2.0
"""Reports and bills over pages and interface of the whole application, with two services."""

import asyncio
import csv
from datetime import timedelta
from pathlib import Path

import pytest

from bavn.frame.call import Call
from bavn.frame.paper import Pressed
from bavn.journal.reader import Reader
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from tests.node.reported import correct, digest_on, helped, mark_of, over, signed, told
from tests.node.watch import AGENCY, NJB, NVJB, Person, Watch, founded, watch
from tests.runtime.press.reading import stands_in

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return founded(Path(tmp_path_factory.mktemp("reporting")) / "node", built_in("denmark"))


def test_a_report_is_due_when_the_last_unit_is_free(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            fire, own, _ = await helped(north)
            leader = await north.person(NJB, "incident_commander")
            draft = await leader.page(f"/reports/{fire}")
            assert "ikke alle enheder er meldt fri" in draft
            assert 'name="mark"' not in draft, "it is not due while a unit is out"
            early = await leader.send(f"/reports/{fire}/sign", {"mark": "x"}, 409)
            assert "enheder er ude" in early.text
            assert "Rapport</h2>" not in await leader.page(f"/incidents/{fire}/report-part")
            await told(north.system(NJB), own, "available", fire, clock.now())
            assert fire in await leader.page("/reports")
            assert "Rapport</h2>" in await leader.page(f"/incidents/{fire}/report-part")

    asyncio.run(story())


@pytest.mark.requirement("E5.8")
def test_a_report_is_corrected_and_signed_as_it_was_read(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            fire, leader = await over(north), await north.person(NJB, "incident_commander")
            here = f"/reports/{fire}"
            draft = mark_of(await leader.page(here))
            # Nobody has said the outcome, and it must be there.
            lacks = await leader.send(f"{here}/sign", {"mark": draft}, 409)
            assert "Rapporten mangler: Udfald" in lacks.text
            for code, wrong in (("outcome", "quite"), ("no_such", "x"), ("type", "NO-TYPE")):
                await correct(leader, fire, 422, field=code, **{f"value-{code}": wrong})
            for code in ("saved", "arrived_at", "municipality", "tasks"):
                await correct(leader, fire, 422, field=code, **{f"value-{code}": ""})
            await correct(leader, fire, 303, field="outcome", **{"value-outcome": "malicious"})
            # Somebody has corrected it after it was read.
            changed = await leader.send(f"{here}/sign", {"mark": draft}, 409)
            assert "ændret" in changed.text
            when = {"value-arrived_at": "2026-01-02T03:04"}
            await correct(leader, fire, 303, field="arrived_at", **when)
            await correct(leader, fire, 303, field="tasks", **{"value-tasks": "Hos Olsen"})
            read = await leader.page(here)
            assert "02.01.2026 03:04:00" in read
            await leader.send(f"{here}/sign", {"mark": mark_of(read)})
            printed = await leader.page(f"{here}/versions/1")
            assert "Hos Olsen" in printed
            assert "falsk alarm" in printed
            await leader.page(f"{here}/versions/2", 404)
            told_all = await north.system(NJB).get(f"/api/v1/incidents/{fire}/report")
            assert "Olsen" not in told_all.text

    asyncio.run(story())


def test_what_is_signed_is_opened_with_a_reason_and_stays(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            fire, leader = await signed(north)
            here, machine = f"/reports/{fire}", north.system(NJB)
            assert "BR-ABA" in await leader.page(here), "what the draft said stays visible"
            saved = {"field": "saved", "value-saved": "2"}
            await correct(leader, fire, 409, **saved)
            await leader.send(f"{here}/open", {"reason": " "}, 409)
            await leader.send(f"{here}/open", {"reason": "To personer var reddet"})
            await correct(leader, fire, 303, **saved)
            await leader.send(f"{here}/sign", {"mark": mark_of(await leader.page(here))})
            report = (await machine.get(f"/api/v1/incidents/{fire}/report")).json()
            assert [each["version"] for each in report["versions"]] == [2, 1]
            assert "To personer var reddet" in await leader.page(here)
            day = f"{clock.now():%Y-%m-%d}"
            sheet = await machine.get(f"/api/v1/reports/signed.csv?begin={day}&end={day}")
            rows = [r for r in csv.DictReader(sheet.text.splitlines()) if r["incident"] == fire]
            found = [(r["version"], r["saved"], r["type"], r["tasks"]) for r in rows]
            assert found == [("1", "", "BR-GRD", ""), ("2", "2", "BR-GRD", "")]
            lessons = (await machine.get("/api/v1/reports/corrections")).json()["items"]
            kinds = {(each["field"], each["was"], each["value"]) for each in lessons}
            assert ("type", "BR-ABA", "BR-GRD") in kinds
            planner = await north.person(NJB, "planner")
            assert "BR-ABA" in await planner.page("/reports/learnt")

    asyncio.run(story())


def test_who_may_what_with_a_report(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            fire, own, _ = await helped(north)
            await told(north.system(NJB), own, "available", fire, clock.now())
            saved = {"field": "saved", "value-saved": "1"}
            for who, function in ((NVJB, "incident_commander"), (NJB, "planner")):
                person = await north.person(who, function)
                await person.send(f"/reports/{fire}/correct", saved, 403)
                await person.send(f"/reports/{fire}/sign", {"mark": "x"}, 403)
                await person.send(f"/reports/{fire}/open", {"reason": "x"}, 403)
            clerk = await north.person(NJB, "control_room_operator")
            await clerk.send(f"/reports/{fire}/correct", saved)
            await clerk.send(f"/reports/{fire}/sign", {"mark": "x"}, 403)
            machine = north.system(NJB)
            assert (await machine.post(f"/reports/{fire}/correct", data=saved)).status_code == 403
            # What is corrected is the owner's: the other service sees the draft of what all know.
            other = await north.person(NVJB, "duty_officer")
            assert "Rettet" not in await other.page(f"/reports/{fire}")
            missing = (await north.system(NVJB).get("/api/v1/reports/missing")).json()["items"]
            assert fire not in {each["incident"] for each in missing}

    asyncio.run(story())


async def with_tariff(north: Watch, leader: Person, type_: str) -> None:
    """Have the helper's tariff set, and faults in it refused."""
    keeper = await north.person(NVJB, "organisation_administrator")
    tariff = {"valid_from": "2020-01-01", "begun_min": "30", f"rate-{type_}": "1250,50"}
    await leader.send("/reports/tariff", tariff, 403)
    for wrong in ({"valid_from": "soon"}, {"begun_min": "7"}, {f"rate-{type_}": "x"}):
        await keeper.send("/reports/tariff", {**tariff, **wrong}, 422)
    await keeper.send("/reports/tariff", tariff)
    assert "1250,50" in await keeper.page("/reports/tariff")


def test_a_bill_goes_by_the_helpers_tariff_and_is_read_by_who_was_helped(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            fire, _, unit = await helped(north)
            here = f"/bills/nvjb/{fire}"
            leader = await north.person(NVJB)
            assert "Uden takst ingen regning" in await leader.page(here)
            bill = (await north.system(NVJB).get(f"/api/v1/incidents/{fire}/bill/nvjb")).json()
            (line,) = bill["lines"]
            assert (line["minutes"], line.get("amount"), bill["sum"]) == (71, None, None)
            none = await leader.send(
                f"{here}/sign", {"mark": mark_of(await leader.page(here))}, 409
            )
            assert "Ingen takst" in none.text
            await with_tariff(north, leader, line["type"])
            # 71 minutes are three begun half hours.
            page = await leader.page(here)
            assert "1875,75" in page
            await leader.send(f"{here}/correct", {"line": f"{unit}/1", "minutes": "many"}, 422)
            await leader.send(f"{here}/correct", {"line": f"{unit}/1", "minutes": "60"})
            await leader.send(f"{here}/sign", {"mark": mark_of(page)}, 409)
            payer = await north.person(NJB)
            assert "1250,50" not in await payer.page(here)
            await payer.send(f"{here}/sign", {"mark": "x"}, 403)
            await leader.send(f"{here}/sign", {"mark": mark_of(await leader.page(here))})
            assert "1250,50" in await payer.page(here)
            assert f"/bills/nvjb/{fire}" in await payer.page(f"/reports/{fire}")
            await leader.send(f"{here}/correct", {"line": f"{unit}/1", "minutes": "1"}, 409)
            await leader.send(f"{here}/open", {"reason": "Forkert enhed"})
            await leader.send(f"{here}/open", {"reason": "Igen"}, 409)
            # Nobody bills for its own incident.
            await payer.send(f"/bills/njb/{fire}/sign", {"mark": "x"}, 409)
            await as_pdf(north, payer, fire)

    asyncio.run(story())


async def as_pdf(north: Watch, payer: Person, fire: str) -> None:
    """The signed bill is a PDF for whoever sends it and for whom it is, and for nobody else."""
    file = await payer.browser.get(f"/bills/nvjb/{fire}/versions/1/bill.pdf")
    assert stands_in(file.content, "1250,50")
    assert digest_on(await payer.page(f"/bills/nvjb/{fire}")) == Pressed.of(file.content).digest
    api = f"/api/v1/incidents/{fire}/bill/nvjb/versions"
    assert (await north.system(NVJB).get(f"{api}/1/bill.pdf")).content.startswith(b"%PDF")
    assert (await north.system(NVJB).get(f"{api}/2/bill.pdf")).status_code == 404
    assert (await north.system(AGENCY).get(f"{api}/1/bill.pdf")).status_code == 404


def call_of(organisation: OrganisationId, after: timedelta) -> Call:
    reader = Reader(organisations=frozenset({organisation}))
    return Call(
        actor=Actor(organisation=organisation, function="duty_officer"),
        organisations=reader.organisations,
        reader=reader,
        sender="x",
        language="da",
        now=clock.now() + after,
        say=lambda name, **_: name,
    )


def test_what_is_overdue_is_one_quiet_line_for_the_service_and_nobody_else(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            fire, room = await over(north), north.rooms["reports"]
            assert room.wanting(call_of(NJB, timedelta(hours=71))) == []
            (line,) = room.wanting(call_of(NJB, timedelta(hours=73)))
            assert (line.service, line.path, line.loud) == (NJB, "/reports", False)
            assert int(line.values["count"]) >= 1
            assert fire in {each.incident for each in room.missing(call_of(NJB, timedelta()))}
            assert room.wanting(call_of(NVJB, timedelta(hours=73))) == []

    asyncio.run(story())
