# SPDX-License-Identifier: Apache-2.0
"""Files in and out of the whole application: what is seen is what is done, and once."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bavn.runtime import clock
from bavn.runtime.countries import built_in
from tests.node.watch import AALBORG, NJB, NVJB, Person, Watch, founded, watch

pytestmark = pytest.mark.slow
FILES = "/api/v1/exchange/files"
OUT = "/api/v1/exchange"


Story = Callable[[Watch], Awaitable[None]]
Tell = Callable[[Story], None]


@pytest.fixture(scope="module")
def tell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tell]:
    """Stories of one node that is served as long as they are told."""
    folder = founded(Path(tmp_path_factory.mktemp("exchange")) / "node", built_in("denmark"))
    with asyncio.Runner() as runner:
        served = watch(folder)
        north = runner.run(served.__aenter__())
        yield lambda story: runner.run(_of(story, north))
        runner.run(served.__aexit__(None, None, None))


async def _of(story: Story, north: Watch) -> None:
    await story(north)


async def sent(
    system: httpx.AsyncClient,
    what: str,
    text: str | bytes,
    mark: str | None = None,
    *,
    points: bool = False,
    status: int = 200,
) -> dict[str, Any]:
    """The answer to a file."""
    raw = text if isinstance(text, bytes) else text.encode()
    media = "application/geo+json" if points else "text/csv"
    asked = {"what": what} | ({"mark": mark} if mark else {})
    answer = await system.post(FILES, params=asked, content=raw, headers={"content-type": media})
    assert answer.status_code == status, (answer.status_code, answer.text)
    found: dict[str, Any] = answer.json()
    return found


async def done(
    system: httpx.AsyncClient, what: str, text: str | bytes, **how: Any
) -> dict[str, Any]:
    """A file that is carried out as its preview says."""
    seen = await sent(system, what, text, **how)
    assert seen["mark"], seen
    return await sent(system, what, text, seen["mark"], **how)


async def out(system: httpx.AsyncClient, what: str, **asked: str) -> bytes:
    answer = await system.get(f"{OUT}/{what}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.content


def test_statuses_become_words_of_units_and_twice_is_once(tell: Tell) -> None:
    async def story(north: Watch) -> None:
        system = north.system(NJB)
        one, other = north.unit_of(NJB, "ASP"), north.unit_of(NJB, "TAN")
        for unit in (one, other):
            await system.post(f"/api/v1/units/{unit}/status", json={"status": "returning"})
        text = f"Enhed;Melding\n{one};ledig\n{other};Ikke indsatsklar\nnobody;ledig\n{one};retur\n"
        seen = await sent(system, "statuses", text)
        assert seen["counts"] == {"new": 0, "changed": 2, "unchanged": 0, "older": 0}
        assert [(each["row"], each["column"], each["code"]) for each in seen["faults"]] == [
            (4, "unit", "unit"),
            (5, "unit", "twice"),
        ]
        before = north.live.position
        after = await sent(system, "statuses", text, seen["mark"])
        assert [(each["row"], each["refused"]) for each in after["done"]] == [(2, ""), (3, "")]
        assert after["counts"]["unchanged"] == 2
        assert after["mark"] is None
        stands = (await system.get(f"/api/v1/units/{other}")).json()
        assert stands["status"] == "not_ready"
        # Two words, what was begun and what became of it; the same file again is nothing.
        position = north.live.position
        assert position - before >= 4
        again = await sent(system, "statuses", text, seen["mark"], status=409)
        assert again["error"]["code"] == "nothing_to_carry_out"
        assert north.live.position == position

    tell(story)


FORMS = ({"form": "csv"}, {"form": "csv", "between": "comma"}, {"form": "geojson"})


@pytest.mark.requirement("E5.8")
def test_what_went_out_comes_in_again_as_nothing_to_change(tell: Tell) -> None:
    async def story(north: Watch) -> None:
        system = north.system(NJB)
        await north.at_home(NJB)
        place = {"lat": AALBORG[0], "lon": AALBORG[1]}
        await system.post("/api/v1/incidents", json={"type": "BR-ABA", "place": place})
        for how in FORMS:
            for what, taken in (
                ("units", "units"),
                ("statuses", "units"),
                ("stations", "stations"),
                ("incidents", "incidents"),
            ):
                raw = await out(system, taken, service=NJB, **how)
                seen = await sent(system, what, raw, points=how["form"] == "geojson")
                assert seen["is_read"], (what, raw[:300])
                assert seen["faults"] == [], what
                changed = [each for each in seen["changes"] if each["sort"] != "unchanged"]
                assert changed == [], (what, changed[:3])
                assert seen["counts"]["unchanged"] > 0, what
                assert seen["absent"] == [], what

    tell(story)


def test_incidents_are_reported_corrected_and_closed_by_their_own_number(tell: Tell) -> None:
    async def story(north: Watch) -> None:
        system = north.system(NJB, personal=True)
        head = "Sagsnr;Type;Breddegrad;Længdegrad;Stand;Udfald;Bemærkninger"
        new = (
            f"{head}\nA-1;BR-ABA;57,0488;9,9217;åben;;CANARY hos Olsen\nA-2;Brandalarm – ABA;;;;;\n"
        )
        after = await done(system, "incidents", new)
        first, second = (each["about"] for each in after["done"])
        told_of = (await system.get(f"/api/v1/incidents/{first}")).json()
        assert (told_of["type"], told_of["state"], told_of["service"]) == ("BR-ABA", "open", NJB)
        assert told_of["place"] == {"lat": 57.0488, "lon": 9.9217}
        facts = (await system.get(f"/api/v1/incidents/{first}/facts")).text
        assert "CANARY" in facts, "the text was sealed with the incident"
        assert "CANARY" not in (await system.get(f"{FILES}/{after['id']}")).text
        # Told otherwise: only what differs is asked for, and the closing with what it was.
        later = f"{head}\nA-1;BR-ABA;57,0490;9,9217;afsluttet;blind;\nA-2;BR-ABA;;;;;\n"
        seen = await sent(system, "incidents", later)
        assert seen["counts"] == {"new": 0, "changed": 1, "unchanged": 1, "older": 0}
        assert [each["field"] for each in seen["changes"][0]["fields"]] == [
            "state",
            "outcome",
            "place",
        ]
        await sent(system, "incidents", later, seen["mark"])
        told_of = (await system.get(f"/api/v1/incidents/{first}")).json()
        assert (told_of["state"], told_of["outcome"]) == ("closed", "blind_other")
        assert told_of["place"]["lat"] == 57.049
        times = [clock.now() - timedelta(hours=each) for each in (3, 1)]
        cells = ";".join(("A-9", "lukket", *(each.isoformat() for each in times)))
        ended = f"Sagsnr;Stand;Meldt;Afsluttet kl.\n{cells}\n"
        old = await done(system, "incidents", ended)
        told_of = (await system.get(f"/api/v1/incidents/{old['done'][0]['about']}")).json()
        assert told_of["reported_at"][:19] == times[0].isoformat()[:19]
        assert told_of["closed_at"][:19] == times[1].isoformat()[:19]
        # What was closed is not opened by a file, and another outcome is not told over the first.
        rows = "A-1;;;;åben;;\nA-3;;57,0;;;;\nA-4;XX;1,0;2,0;;;\nA-2;;;;;reel;\n;BR-ABA;;;;;\n"
        wrong = f"{head}\n{rows}"
        seen = await sent(system, "incidents", wrong)
        assert {(each["row"], each["code"]) for each in seen["faults"]} == {
            (2, "reopen"),
            (3, "half_place"),
            (4, "type"),
            (4, "outside"),
            (5, "outcome_open"),
            (6, "no_number"),
        }
        assert seen["mark"] is None
        assert second in (await system.get("/api/v1/incidents")).text

    tell(story)


def test_a_row_that_is_refused_costs_no_other_and_says_why(tell: Tell) -> None:
    async def story(north: Watch) -> None:
        theirs, ours = north.system(NVJB), north.system(NJB)
        fire = (
            await theirs.post("/api/v1/incidents", json={"type": "BR-ABA", "service": NVJB})
        ).json()
        text = f"id;number;type\n{fire['id']};;BR-ETG\n;B-1;BR-ABA\n"
        after = await done(ours, "incidents", text)
        refused, taken = after["done"]
        assert (refused["row"], refused["refused"]) == (2, "not_by_mandate")
        assert (taken["row"], taken["refused"]) == (3, "")
        assert taken["facts"]
        person = await north.person(NJB)
        sheet = (await person.browser.get(f"/exchange/imports/{after['id']}/refused.csv")).text
        assert fire["id"] in sheet
        assert "B-1" not in sheet
        page = await person.page(f"/exchange/imports/{after['id']}")
        assert "1 rækker blev ikke udført" in page

    tell(story)


def test_a_list_of_units_waits_to_be_confirmed_and_nothing_ends_by_it(tell: Tell) -> None:
    async def story(north: Watch) -> None:
        admin = await north.person(NJB, "organisation_administrator")
        system = north.system(NJB, function="planner")
        unit = north.unit_of(NJB, "ASP")
        text = f"id;Kaldenavn;Type;Station\n{unit};=1+1;;\n"
        seen = await sent(system, "units", text)
        assert seen["counts"] == {"new": 0, "changed": 1, "unchanged": 0, "older": 0}
        assert seen["changes"][0]["fields"] == [
            {
                "field": "callsign",
                "before": seen["changes"][0]["fields"][0]["before"],
                "after": "=1+1",
            }
        ]
        assert len(seen["absent"]) > 10
        after = await sent(system, "units", text, seen["mark"])
        about = after["done"][0]["about"]
        service, _, id_ = about.removeprefix("list:").partition("/")
        assert service == NJB
        page = await admin.page(f"/organisation/{NJB}/lists/{id_}")
        assert "=1+1" in page
        ground = re.search(r'name="ground" value="([0-9a-f]+)"', page)
        assert ground is not None
        register = north.rooms["organisation"]
        here = f"/organisation/{NJB}/lists/{id_}"
        count = len(
            [u for u in register.on(register.today(clock.now())).units.values() if u.service == NJB]
        )
        await admin.send(f"{here}/confirm", {"ground": ground[1]}, at=here)
        units = register.on(register.today(clock.now())).units
        for _ in range(500):
            if units[unit].told.body.callsign == "=1+1" and not north.live.journal.reactor.behind:
                break
            await asyncio.sleep(0.02)
            units = register.on(register.today(clock.now())).units
        assert units[unit].told.body.callsign == "=1+1"
        assert len([each for each in units.values() if each.service == NJB]) == count
        again = await sent(system, "units", text)
        assert again["counts"]["unchanged"] == 1
        # What went out has an apostrophe before it, and comes in without.
        raw = await out(system, "units", service=NJB)
        assert "'=1+1" in raw.decode()
        assert (await sent(system, "units", raw))["counts"]["changed"] == 0

    tell(story)


def test_what_has_changed_since_is_shown_anew_and_nothing_is_done(tell: Tell) -> None:
    async def story(north: Watch) -> None:
        system, unit = north.system(NJB), north.unit_of(NJB, "TAN")
        await north.at_home(NJB)
        text = f"Enhed;Status\n{unit};kaldt\n"
        seen = await sent(system, "statuses", text)
        await system.post(f"/api/v1/units/{unit}/status", json={"status": "on_radio"})
        position = north.live.position
        no = await sent(system, "statuses", text, seen["mark"], status=409)
        assert no["error"]["code"] == "preview_changed"
        assert north.live.position == position
        # A word that is older than what stands is listed, and not told.
        before = (clock.now() - timedelta(minutes=9)).isoformat(timespec="seconds")
        seen = await sent(system, "statuses", f"Enhed;Status;Kl.\n{unit};kaldt;{before}\n")
        assert seen["counts"]["older"] == 1
        assert seen["mark"] is None

    tell(story)


async def uploaded(person: Person, what: str, name: str, raw: bytes, status: int = 303) -> str:
    files = {"file": (name, raw, "application/octet-stream")}
    answer = await person.send("/exchange", {"what": what}, status, at="/exchange", files=files)
    return answer.headers.get("location", "") or answer.text


def test_a_person_names_columns_once_and_has_the_file_carried_out(tell: Tell) -> None:
    async def story(north: Watch) -> None:
        person, unit = await north.person(NJB), north.unit_of(NJB, "ASP")
        await north.at_home(NJB)
        raw = f"Vogn;Hvordan;Vejr\n{unit};Kørt;sol\n".encode("latin-1")
        here = await uploaded(person, "statuses", "vagt.csv", raw)
        assert "Kolonnerne kendes ikke" in await person.page(here)
        form = await person.page(f"{here}/columns")
        assert "Vogn" in form
        twice = {"column-0": "unit", "column-1": "unit", "column-2": "-"}
        no = await person.send(f"{here}/columns", twice, 409, at=f"{here}/columns")
        assert "valgt to gange" in no.text
        lacks = {"column-0": "unit", "column-1": "-", "column-2": "-"}
        await person.send(f"{here}/columns", lacks, 422, at=f"{here}/columns")
        named = {"column-0": "unit", "column-1": "status", "column-2": "-"}
        await person.send(f"{here}/columns", named, at=f"{here}/columns")
        page = await person.page(here)
        assert "<ins>kørt</ins>" in page
        assert "Ikke læst: kolonne 3" in page
        mark = re.search(r'name="mark" value="([0-9a-f]+)"', page)
        key = re.search(r'name="key" value="([^"]+)"', page)
        assert mark is not None
        assert key is not None
        press = {"mark": mark[1], "key": key[1]}
        await person.send(f"{here}/carry-out", press, at=here)
        position = north.live.position
        # Pressed twice, it is carried out once.
        await person.send(f"{here}/carry-out", press, 409, at=here)
        assert north.live.position == position
        page = await person.page(here)
        assert "Intet at ændre" in page
        assert "1 af 1 rækker" in page
        stands = (await north.system(NJB).get(f"/api/v1/units/{unit}")).json()
        assert stands["status"] == "en_route"
        # The next file of this shape is read at once; so is the one that was not, sent again.
        seen = await sent(north.system(NJB), "statuses", raw.replace(b"sol", b"regn"))
        assert seen["is_read"]

    tell(story)


NO_TABLES = (
    (b"PK\x03\x04rest", "regneark eller en pakket fil"),
    ("Enhed;Status\n".encode("utf-16"), "UTF-16"),
    (b"\x00\x01\x02", "ingen tekst"),
    (b"%PDF-1.7", "PDF"),
    (b'Enhed;Status\n"a;b', "anførselstegn"),
    (b"", "Filen er tom"),
    (b"x" * (512 * 1024 + 1), "512 er det meste"),
)


def test_what_is_no_table_gets_a_clear_sentence(tell: Tell) -> None:
    async def story(north: Watch) -> None:
        person = await north.person(NJB)
        for raw, says in NO_TABLES:
            is_refused = not raw or len(raw) > 512 * 1024
            got = await uploaded(person, "statuses", "f.csv", raw, 409 if is_refused else 303)
            assert says in (got if is_refused else await person.page(got)), says
        nothing = await person.send("/exchange", {"what": "statuses"}, 422, at="/exchange")
        assert "Vælg en fil" in nothing.text

    tell(story)


def test_files_are_their_organisations_own_and_take_a_mandate(tell: Tell) -> None:
    async def story(north: Watch) -> None:
        ours, theirs = north.system(NJB), north.system(NVJB)
        unit = north.unit_of(NJB, "ASP")
        seen = await sent(ours, "statuses", f"Enhed;Status\n{unit};retur\n")
        other = await theirs.get(f"{FILES}/{seen['id']}")
        assert (other.status_code, other.json()["error"]["code"]) == (404, "no_such_file")
        assert seen["id"] not in (await theirs.get(FILES)).text
        assert seen["id"] in (await ours.get(FILES)).text
        # Another service's unit is none of ours.
        none = await sent(theirs, "statuses", f"Enhed;Status\n{unit};retur\n")
        assert [each["code"] for each in none["faults"]] == ["unit"]
        nobody = north.system(NJB, function="inspector")
        no = await sent(nobody, "statuses", "Enhed;Status\nx;retur\n", status=403)
        assert no["error"]["code"] == "not_by_mandate"
        # A planner may hand in a list; a status takes whoever speaks for units, and is an alarm's.
        planner = await north.person(NJB, "planner")
        assert "Filer ind og ud" in await planner.page("/exchange")

    tell(story)


def test_texts_are_opened_only_for_those_who_may(tell: Tell) -> None:
    async def story(north: Watch) -> None:
        blind = north.system(NJB)
        text = "Nummer;Type;Tekst\nC-1;BR-ABA;hos CANARY\n"
        seen = await sent(blind, "incidents", text)
        assert "CANARY" not in str(seen)
        position = north.live.position
        no = await sent(blind, "incidents", text, seen["mark"], status=403)
        assert no["error"]["code"] == "not_for_this_reader"
        assert north.live.position == position, "nothing is done without the texts"
        await sent(north.system(NJB, personal=True), "incidents", text, seen["mark"])

    tell(story)


def test_a_long_file_is_carried_out_while_its_page_tells_how_far_it_is(
    tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody waits for it.
    monkeypatch.setattr("bavn.capabilities.exchange.adapters.files.WAIT_S", 0.0)

    async def story(north: Watch) -> None:
        system, person = north.system(NJB), await north.person(NJB)
        await north.at_home(NJB)
        raw = await out(system, "units", service=NJB, between="comma")
        text = raw.decode().replace(",available,", ",on_radio,").replace(",ledig,", ",kaldt,")
        seen = await sent(system, "statuses", text)
        count = seen["counts"]["older"] + seen["counts"]["changed"]
        assert count > 200
        text = "\n".join(["Enhed,Status"] + [f"{e['about']},returning" for e in seen["changes"]])
        seen = await sent(system, "statuses", text)
        begun = await sent(system, "statuses", text, seen["mark"])
        assert begun["is_running"]
        no = await sent(system, "statuses", text, seen["mark"], status=409)
        assert no["error"]["code"] == "import_running"
        assert "Udføres:" in await person.page(f"/exchange/imports/{begun['id']}/part")
        found = begun
        for _ in range(500):
            found = (await system.get(f"{FILES}/{begun['id']}")).json()
            if not found["is_running"]:
                break
            await asyncio.sleep(0.01)
        assert len(found["done"]) == seen["counts"]["changed"]
        assert found["mark"] is None

    tell(story)


@pytest.mark.requirement("E5.8")
def test_a_word_that_another_outranks_is_kept_beside_and_flagged(tell: Tell) -> None:
    async def story(north: Watch) -> None:
        system, unit = north.system(NJB), north.unit_of(NJB, "ASP")
        commander = north.system(NJB, function="incident_commander")
        for status in ("alerted", "en_route", "at_scene"):
            await commander.post(f"/api/v1/units/{unit}/status", json={"status": status})
        text = f"Enhed;Status\n{unit};kaldt\n"
        after = await done(system, "statuses", text)
        assert after["done"][0]["flags"] == ["outranked"]
        stands = (await system.get(f"/api/v1/units/{unit}")).json()
        assert stands["status"] == "at_scene"
        assert after["counts"]["unchanged"] == 1, "it is known, and the same again is nothing"

    tell(story)


def test_a_planner_sees_what_a_list_changes_without_opening_what_names_people(tell: Tell) -> None:
    async def story(north: Watch) -> None:
        planner, unit = await north.person(NJB, "planner"), north.unit_of(NJB, "TAN")
        raw = f"id;type;kaldenavn;station;bemanding\n{unit};;;;9\n".encode()
        here = await uploaded(planner, "units", "CANARY.csv", raw)
        page = await planner.page(here)
        assert "<ins>9</ins>" in page
        assert "CANARY" not in page
        columns = await planner.page(f"{here}/columns", 403)
        assert "CANARY" not in columns
        assert ">Udfør<" in page
        # Who may hand in no list is told whose it is.
        watch_leader = await (await north.person(NJB)).page(here)
        assert ">Udfør<" not in watch_leader
        assert "afleveres af planlæggeren" in watch_leader
        # Oversight looks, and is shown nothing that would be refused.
        inspector = await north.person(NJB, "inspector")
        assert ">Udfør<" not in await inspector.page(here)
        assert "Send ind" not in await inspector.page("/exchange")

    tell(story)


def test_closed_incidents_go_out_by_the_days_of_their_reports(tell: Tell) -> None:
    async def story(north: Watch) -> None:
        system = north.system(NJB)
        fire = (
            await system.post("/api/v1/incidents", json={"type": "BR-ETG", "service": NJB})
        ).json()
        await system.post(f"/api/v1/incidents/{fire['id']}/close", json={"outcome": "real"})
        assert fire["id"] not in (await out(system, "incidents", service=NJB)).decode()
        closed = {"service": NJB, "state": "closed"}
        assert fire["id"] in (await out(system, "incidents", **closed)).decode()
        before = {"from": "2026-01-01", "to": "2026-01-02"}
        assert fire["id"] not in (await out(system, "incidents", **closed, **before)).decode()
        sheet = (await out(system, "incidents", **closed)).decode("utf-8-sig")
        assert sheet.startswith(("Id;", "Id,"))
        assert "reel hændelse" in sheet or "real incident" in sheet
        stranger = north.system(NJB, function="nobody_at_all")
        for what in ("stations", "units", "incidents"):
            assert (await stranger.get(f"{OUT}/{what}")).status_code == 403

    tell(story)


def test_two_who_send_the_same_at_once_make_one_fact(tell: Tell) -> None:
    async def story(north: Watch) -> None:
        systems = (north.system(NJB), north.system(NJB, personal=True))
        unit = north.unit_of(NJB, "TAN")
        await north.at_home(NJB)
        at = clock.now().isoformat(timespec="milliseconds")
        for what, text in (
            ("statuses", f"Enhed;Status;Kl\n{unit};kaldt;{at}\n"),
            ("incidents", "Sagsnr;Type\nD-1;BR-ABA\n"),
        ):
            # Other bytes, and so another file, that says the same.
            files = [text, f"{text}\n"]
            both = list(zip(systems, files, strict=True))
            seen = [await sent(system, what, each) for system, each in both]
            assert seen[0]["id"] != seen[1]["id"]
            after = await asyncio.gather(
                *(
                    sent(system, what, each, one["mark"])
                    for (system, each), one in zip(both, seen, strict=True)
                )
            )
            first, second = (each["done"][0] for each in after)
            assert first["refused"] == second["refused"] == ""
            assert first["facts"] == second["facts"], what

    tell(story)
