# SPDX-License-Identifier: Apache-2.0
"""Over the web: who there is on a day, and a list sent, looked at and confirmed by a person."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import pytest

from bavn.capabilities.organisation.capability import ORGANISATION
from bavn.capabilities.organisation.decisions.founding import founding_requests
from bavn.capabilities.organisation.views.register import Register
from bavn.journal.catalogue import catalogue_of
from bavn.journal.decision import Done
from bavn.kernel.identity import NodeId
from bavn.runtime import clock
from bavn.runtime.access import Access
from bavn.runtime.folder import Folder
from bavn.runtime.founding import found_node
from bavn.runtime.live import Live
from bavn.runtime.maps import Maps
from bavn.runtime.opened import open_to_write
from bavn.runtime.web.app import make_app
from bavn.runtime.web.callers import Callers
from bavn.runtime.web.site import Site
from tests.capabilities.organisation.house import AFTER, BEFORE, EASTCOAST, PORT
from tests.capabilities.organisation.test_imports import UNITS
from tests.lilleland.country import lilleland
from tests.lilleland.mandates import lilleland_gate
from tests.lilleland.nodes import WORLD
from tests.runtime.web.house import HTML, QUICK, House, form_key, run

KEEPER = {"organisation": PORT, "function": "keeper"}
Client = httpx.AsyncClient


@asynccontextmanager
async def served(path: Path) -> AsyncIterator[House]:
    """Lilleland, founded and served."""
    country = lilleland()
    parts = catalogue_of([ORGANISATION.part])
    folder = Folder(path / "node")
    found_node(
        folder,
        WORLD,
        NodeId("lilleland"),
        hosts=country.organisations,
        areas=[area.id for area in country.areas],
        catalogue=parts,
    )
    live = Live(open_to_write(folder, WORLD, parts, may=lilleland_gate()))
    access = Access(path / "access.db", QUICK)
    try:
        outcomes = [await live.write(each) for each in founding_requests(country)]
        assert all(isinstance(each, Done) for each in outcomes), outcomes
        callers = Callers(access, country=country, site=Site())
        register = Register(country, live.query)
        live.watch(lambda fact: register.heard(fact.kind))
        maps = Maps(files("bavn") / "countries" / country.id, path)
        provided = {"organisation": register, "maps": maps}
        door = make_app(live, callers, (ORGANISATION,), provided=provided)
        yield House(live=live, access=access, callers=callers, door=door)
    finally:
        await live.close()
        access.close()


async def items(client: Client, path: str, **asked: str) -> list[dict[str, Any]]:
    answer = await client.get(f"/api/v1/{path}", params=asked)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["next"] is None
    items: list[dict[str, Any]] = found["items"]
    return items


def told(tmp_path: Path, story: Any) -> None:
    async def tell() -> None:
        async with served(tmp_path) as house:
            await story(house)

    run(tell())


@pytest.mark.requirement("E4.1")
def test_who_there_is_on_a_day(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        client = house.machine("observer")
        areas = await items(client, "areas")
        assert [(each["id"], each["name"]) for each in areas] == [
            ("eastern", "Østlandet"),
            ("western", "Vestlandet"),
        ]
        services = {each["id"]: each for each in await items(client, "services", on="2027-01-01")}
        assert set(services) == {"easttown", "port", "westtown"}
        assert services["easttown"]["municipalities"] == ["01", "02"]
        assert services["easttown"]["population"] == 49_000
        assert {each["area"] for each in services.values()} == {"eastern", "western"}
        assert "own calibration" in services["port"]["basis"]
        stations = await items(client, "stations", service="port")
        assert [each["id"] for each in stations] == ["port-01"]
        assert stations[0]["place"] == {"lat": 11.7, "lon": 21.9}
        assert await items(client, "services", on="2020-01-01") == []

    told(tmp_path, story)


def test_municipalities_have_three_geographies_of_their_own(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        client = house.machine("observer")
        for on, region in ((BEFORE, "old-port"), (AFTER, "east")):
            found = await items(client, "municipalities", on=on.isoformat())
            (port,) = [each for each in found if each["code"] == "03"]
            assert (port["service"], port["area"]) == ("port", "eastern")
            assert (port["region"], port["police_district"]) == (region, "north")

    told(tmp_path, story)


@pytest.mark.requirement("E0.2")
def test_partners_are_shown_and_never_ours_to_send(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        (partner,) = await items(house.machine("observer"), "partners")
        assert partner["dispatchable"] is False

    told(tmp_path, story)


def test_the_countrys_pick_list_is_shown_as_what_it_is(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        found = await items(house.machine("observer"), "services/port/pick-lists")
        assert {each["own"] for each in found} == {False}
        assert found[0]["needs"] == {"CAR": 1, "PMP": 2}
        assert found[0]["basis"].startswith("own calibration")

    told(tmp_path, story)


@pytest.mark.requirement("E6.1")
def test_an_area_merges_services_and_looks_at_either_side(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        (plan,) = await items(house.machine("observer"), "changes")
        assert (plan["state"], plan["basis"]) == ("planned", "planned")
        body = {key: plan[key] for key in ("services", "name", "on")}
        body |= {"change": plan["id"], "into": plan["into"][0], "ground": "the agreement"}
        centre = house.machine("centre", organisations=("eastern",))
        watch = house.machine("watch", organisations=("eastern",))
        path = "/api/v1/areas/eastern/merges"
        assert (await watch.post(path, json=body)).status_code == 403
        heard = asyncio.Event()
        house.live.watch(lambda fact: heard.set() if "merged" in fact.kind else None)
        again = {**body, "sender_ref": "m1"}
        for repeated in (False, True):
            answer = await centre.post(path, json=again)
            assert answer.status_code == 201, answer.text
            assert answer.json()["repeated"] is repeated
        await heard.wait()
        for on, names in ((BEFORE, {"easttown", "port"}), (AFTER, {"eastcoast"})):
            found = await items(centre, "services", on=on.isoformat())
            assert {each["id"] for each in found} == {*names, "westtown"}
        (change,) = await items(centre, "changes")
        assert (change["state"], change["name"]) == ("merged", plan["name"])
        wrong = await centre.post(path, json={**body, "into": "westtown"})
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (404, "no_such_service")

    told(tmp_path, story)


def test_staffing_is_counted_by_known_codes_and_read_at_home(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        keeper = house.machine("keeper", organisations=("port",))
        path = "/api/v1/services/port/staffing"
        body = {"function": "watch", "employment": "conscript", "count": 4, "on": "2026-02-01"}
        assert (await keeper.post(path, json=body)).status_code == 201
        (counted,) = await items(keeper, "services/port/staffing", on="2026-03-01")
        assert (counted["employment"], counted["count"]) == ("conscript", 4)
        assert await items(house.machine("observer"), "services/port/staffing") == []
        wrong = await keeper.post(path, json={**body, "function": "x", "employment": "y"})
        assert wrong.status_code == 422
        assert [each["where"] for each in wrong.json()["error"]["problems"]] == [
            "function",
            "employment",
        ]

    told(tmp_path, story)


def test_a_list_is_sent_by_a_machine_and_confirmed_by_a_person(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        machine = house.machine("keeper", organisations=("port",))
        path = "/api/v1/services/port/imports"
        asked = {"what": "units", "on": "2027-07-01", "sender_ref": "l1"}
        headers = {"content-type": "text/csv"}
        answers = [
            await machine.post(path, params=asked, content=UNITS.encode(), headers=headers)
            for _ in range(2)
        ]
        assert [each.status_code for each in answers] == [201, 201], answers[0].text
        assert answers[0].json() == answers[1].json()
        shown = answers[0].json()
        assert shown["counts"] == {"added": 1, "changed": 0, "removed": 3, "unchanged": 1}
        confirm = f"{path}/{shown['id']}/confirm"
        ground = {"ground": shown["ground"]}
        refused = await machine.post(confirm, json=ground)
        assert refused.json()["error"]["code"] == "no_confirmer"
        person = await house.person(**KEEPER)
        page = await person.get(f"/organisation/port/lists/{shown['id']}", headers=HTML)
        assert page.status_code == 200
        done = await person.post(
            confirm, json=ground, headers={"x-csrf-token": form_key(page.text)}
        )
        assert done.status_code == 201, done.text
        await house.live._writer.alone(lambda journal: [journal.turn() for _ in range(4)])
        register = Register(lilleland(), house.live.query)
        units = [u for u in register.on(AFTER).units.values() if u.service == PORT]
        assert sorted(unit.id for unit in units) == ["port-01-bot-9", "port-01-car-1"]
        # A decision knows no country's time: its day is UTC's.
        signed = f"confirmed by id-pia (keeper) on {clock.now().date()}"
        assert {unit.told.body.basis for unit in units} == {signed}

    told(tmp_path, story)


def test_a_person_sends_looks_and_rejects_on_pages(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        person = await house.person(**KEEPER)
        page = await person.get("/organisation/port/lists", headers=HTML)
        assert "Ingen lister er modtaget" in page.text
        ref = re.search(r'name="sender_ref" value="([^"]+)"', page.text)
        assert ref
        data = {"csrf": form_key(page.text), "sender_ref": ref[1], "what": "units"}
        file = {"file": ("enheder.csv", UNITS.encode() + b"x y,,,\n", "text/csv")}
        sent = await person.post(
            "/organisation/port/lists", data={**data, "on": "2027-07-01"}, files=file, headers=HTML
        )
        assert sent.status_code == 303, sent.text
        shown = await person.get(sent.headers["location"], headers=HTML)
        assert "række 4, kolonnen type" in html.unescape(shown.text)
        assert "4 fejl" in shown.text
        assert "Jeg har set forskellene" not in shown.text
        reject = {"csrf": form_key(shown.text), "reason": "forkert ark"}
        done = await person.post(sent.headers["location"] + "/reject", data=reject, headers=HTML)
        assert done.status_code == 303, done.text
        assert "afvist" in (await person.get(sent.headers["location"], headers=HTML)).text

    told(tmp_path, story)


def test_pages_show_a_day_with_what_each_thing_stands_on(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        person = await house.person(organisation=PORT, function="watch")
        page = await person.get("/organisation", headers=HTML)
        assert page.status_code == 200, page.text
        for word in ("Østlandet", "Havnens Redning", "egen kalibrering", "planlagt", "Redningsb"):
            assert word in page.text, word
        empty = await person.get("/organisation?on=2020-01-01", headers=HTML)
        assert "Intet kendes om denne dag" in empty.text
        service = await person.get("/organisation/port?on=2027-01-01", headers=HTML)
        assert "PORT-01-01" in service.text
        assert (await person.get("/organisation/nobody", headers=HTML)).status_code == 404
        assert (await person.get("/organisation/easttown/lists", headers=HTML)).status_code == 403

    told(tmp_path, story)


def test_the_register_looks_anew_when_something_is_heard(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        register = Register(lilleland(), house.live.query)
        before = register.on(AFTER)
        register.heard("operations.incident_reported")
        assert register.on(AFTER) is before
        assert register.version == 0
        register.heard("organisation.unit_described")
        assert register.version == 1
        assert register.on(AFTER) is not before
        assert EASTCOAST not in before.services

    told(tmp_path, story)


def test_the_interface_describes_itself(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        answer = await house.visitor().get("/api/openapi.json")
        assert answer.status_code == 200, answer.text
        paths = answer.json()["paths"]
        assert {f"/api/v1/{name}" for name in ("areas", "services", "stations")} <= set(paths)
        asked = paths["/api/v1/services"]["get"]["parameters"]
        assert [each["name"] for each in asked] == ["on"]

    told(tmp_path, story)
