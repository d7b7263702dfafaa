# SPDX-License-Identifier: Apache-2.0
"""Through the door: what belongs together, who is aboard, and who leads."""

import asyncio
import html
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from bavn.capabilities.relations.views.room import Room as Relations
from bavn.frame.call import Call
from bavn.journal.reader import Reader
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor
from bavn.node.wiring import COUNTRY
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.texts import Texts
from tests.node.watch import AALBORG, NJB, NVJB, Person, Watch, founded, watch

pytestmark = pytest.mark.slow
PLACE = {"lat": AALBORG[0], "lon": AALBORG[1]}
# Every story has a place of its own where it matters: they share one folder.
AWAY = {"lat": AALBORG[0] - 0.2, "lon": AALBORG[1]}
NEAR = {"lat": AALBORG[0] + 0.001, "lon": AALBORG[1]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return founded(tmp_path_factory.mktemp("together") / "node", built_in(COUNTRY))


def play(folder: Folder, story: Callable[[Watch], Awaitable[None]]) -> None:
    async def played() -> None:
        async with watch(folder) as north:
            await story(north)

    asyncio.run(asyncio.wait_for(played(), 60))


async def got(system: httpx.AsyncClient, path: str, status: int = 200) -> Any:
    answer = await system.get(f"/api/v1{path}")
    assert answer.status_code == status, answer.text
    return answer.json()


async def said(
    system: httpx.AsyncClient, path: str, expect: int = 201, method: str = "POST", **body: Any
) -> Any:
    answer = await system.request(method, f"/api/v1{path}", json=body)
    assert answer.status_code == expect, answer.text
    return answer.json()


async def reported(system: httpx.AsyncClient, **more: Any) -> str:
    answer = await said(system, "/incidents", **{"type": "BR-VIL", "place": PLACE, **more})
    return str(answer["id"])


async def parted(person: Person, incident: str) -> str:
    """The part of the incident's page that relations shows."""
    return html.unescape(await person.page(f"/incidents/{incident}/relations-part"))


@pytest.mark.requirement("E5.1")
def test_a_second_call_about_one_fire_is_seen_merged_and_parted_again(folder: Folder) -> None:
    async def story(north: Watch) -> None:
        system, person = north.system(NJB), await north.person(NJB)
        first = await reported(system, service=NJB)
        second = await reported(system, service=NJB, place=NEAR)
        # The guess is on the page of each and in the list, and has changed nothing.
        for one, other in ((first, second), (second, first)):
            page = await parted(person, one)
            assert "Måske samme hændelse" in page
            assert f'href="/incidents/{other}"' in page
            # And on the page after the report, where the questions are.
            assert f"/incidents/{one}/alike-part" in await person.page(f"/incidents/{one}/call")
            assert other in await person.page(f"/incidents/{one}/alike-part")
        assert (await person.page("/incidents/list-part?state=open")).count("måske meldt før") >= 2
        assert (await got(system, f"/incidents/{second}"))["merged_into"] is None

        await person.send(f"/incidents/{second}/merge", {"other": first})
        whole = await got(system, f"/incidents/{first}")
        assert (whole["merged"], whole["merged_into"]) == ([second], None)
        part = await got(system, f"/incidents/{second}")
        assert (part["state"], part["merged_into"]) == ("open", first)
        assert "Hændelsen er en del af" in await parted(person, second)
        assert "Fører for" in await parted(person, first)
        assert "den førende hændelse" in await person.page(f"/incidents/{second}")
        assert "del af en anden" in await person.page("/incidents/list-part?state=open")
        answer = await person.send(f"/incidents/{second}/merge", {"other": first}, 409)
        assert "allerede én" in answer.text
        await person.send(f"/incidents/{second}/apart", {"other": first})
        assert (await got(system, f"/incidents/{second}"))["merged_into"] is None
        assert "Måske" not in await parted(person, second), "somebody has said that they are two"
        assert "<form" not in await person.page(f"/incidents/{second}/alike-part")

    play(folder, story)


def test_a_word_about_either_counts_for_the_one_that_leads(folder: Folder) -> None:
    async def story(north: Watch) -> None:
        system = north.system(NJB)
        first = await reported(system, service=NJB, place=AWAY)
        second = await reported(system, service=NJB, place=AWAY, sender_ref="call-3")
        await said(system, f"/incidents/{second}/merge", into=first)
        # A word about either counts for the one that leads; the sender's number still works.
        unit = north.unit_of(NJB, "ASP")
        await said(system, f"/units/{unit}/status", status="alerted", incident=second)
        assert (await got(system, f"/incidents/{first}"))["units"] == [unit]
        listed = await got(system, f"/units?incident={first}")
        assert [each["id"] for each in listed["items"]] == [unit]
        again = await said(
            system,
            "/incidents",
            type="BR-VIL",
            place=AWAY,
            service=NJB,
            sender_ref="call-3",
        )
        assert (again["id"], again["repeated"], again["merged_into"]) == (second, True, first)
        noted = await said(system, f"/incidents/{second}/notes", text="nabo ringer")
        assert noted["merged_into"] == first
        picture = await got(system, "/picture")
        ids = [row[0] for row in picture["incidents"]]
        assert first in ids
        assert second not in ids
        at = {row[0]: row[7] for row in picture["units"]}
        assert at[unit] == first
        relations: Relations = north.rooms["relations"]
        assert relations.leading_of(second) == first
        # On the board they are one, with the unit at it.
        shown = await (await north.person(NJB)).page("/centre")
        assert second not in shown
        assert first in shown
        assert f'/units/{unit}"' in shown

        await said(system, f"/incidents/{second}/unmerge", other=first)
        assert (await got(system, f"/incidents/{first}"))["units"] == []
        assert (await got(system, f"/incidents/{second}"))["units"] == [unit]

    play(folder, story)


def test_what_one_owner_says_of_anothers_waits_for_the_others_answer(folder: Folder) -> None:
    async def story(north: Watch) -> None:
        ours, theirs = north.system(NJB), north.system(NVJB)
        first = await reported(ours, service=NJB)
        second = await reported(theirs, service=NVJB, place=NEAR)
        told = await said(theirs, f"/incidents/{second}/merge", into=first)
        assert (told["leading"], told["merged"]) == (second, [])
        assert [each["by"] for each in told["says"]] == [[NVJB]]

        person = await north.person(NJB)
        relations: Relations = north.rooms["relations"]
        call = Call(
            actor=Actor(organisation=NJB, function="duty_officer"),
            organisations=frozenset({NJB}),
            reader=Reader(organisations=frozenset({NJB})),
            sender="board",
            language="da",
            now=clock.now(),
            say=Texts("da"),
        )
        (waits,) = [each for each in relations.wanting(call) if first in each.about]
        assert waits.path == f"/incidents/{first}"
        assert "siger, at" in Texts("da")(waits.text, **waits.values)
        page = await parted(person, first)
        assert "Den anden ejer har ikke sagt det samme" in page
        await person.send(f"/incidents/{first}/merge", {"other": second, "leads": first})
        assert (await got(ours, f"/incidents/{second}"))["merged_into"] == first
        assert not [each for each in relations.wanting(call) if first in each.about]
        # A stranger to both can say nothing of them.
        other = north.system(OrganisationId("brs"))
        refused = await said(other, f"/incidents/{first}/unmerge", 403, other=second)
        assert refused["error"]["code"] == "not_by_mandate"

    play(folder, story)


def test_a_storm_is_an_event_with_a_page_of_all_its_incidents(folder: Folder) -> None:
    async def story(north: Watch) -> None:
        system, person = north.system(NJB), await north.person(NJB)
        one = await reported(system, service=NJB, type="NA-TRA")
        await person.send("/events", {"name": ""}, 422, at="/events")
        answer = await person.send("/events", {"name": "Stormen Bodil"}, at="/events")
        event = answer.headers["location"]
        await person.send(f"/incidents/{one}/tie", {"event": event.rpartition("/")[2]})
        other = await reported(system, service=NJB, type="NA-TRA")
        await person.send(f"/incidents/{other}/tie", {"name": "Stormfloden"})
        page = await person.page(event)
        assert "Stormen Bodil" in page
        assert f"/incidents/{one}" in page
        assert f"/incidents/{other}" not in page
        assert "Stormfloden" in await person.page("/events")
        assert "Stormfloden" in await parted(person, other)
        (tied,) = (await got(system, f"/incidents/{one}/relations"))["events"]
        assert (tied["name"], f"/events/{tied['id']}") == ("Stormen Bodil", event)
        await person.send(f"/incidents/{one}/untie", {"event": tied["id"]})
        assert (await got(system, f"/events/{tied['id']}"))["ties"] == []
        assert (await got(system, "/events/none", 404))["error"]["code"] == "no_such_event"
        named = await said(system, "/events", name="Skybrud")
        for way in ("tie", "untie"):
            await said(system, f"/events/{named['id']}/{way}", incident=one)
        assert [each["name"] for each in (await got(system, "/events"))["items"]][:1] == ["Skybrud"]

    play(folder, story)


@pytest.mark.requirement("E5.2")
def test_a_unit_says_who_is_aboard_by_its_system_and_on_its_page(folder: Folder) -> None:
    async def story(north: Watch) -> None:
        unit, system = north.unit_of(NJB, "ASP"), north.system(NJB)
        person = await north.person(NJB)
        planned = await got(system, f"/units/{unit}/crew")
        assert (planned["source"], planned["last"]) == ("planned", None)
        part = f"/units/{unit}/crew-part"
        assert "enheden har ikke meldt, hvem der er om bord nu" in await person.page(part)

        crew = {"count": 3, "leaders": 1, "smoke_divers": 2, "competences": ["kemi"]}
        told = await said(system, f"/units/{unit}/crew", 200, "PUT", **crew, sender_ref="crew-1")
        assert told["flags"] == ["short"]
        now = await got(system, f"/units/{unit}/crew")
        assert (now["source"], now["count"], now["smoke_divers"]) == ("said", 3, 2)
        assert "færre end planlagt" in await person.page(part)
        wrong = await said(system, f"/units/{unit}/crew", 422, "PUT", count=1, drivers=2)
        assert "drivers" in str(wrong)

        form = f"/units/{unit}/crew"
        await person.send(form, {"usual": "1+5"})
        assert (await got(system, f"/units/{unit}/crew"))["count"] == 6
        answer = await person.send(form, {"aboard": "en del"}, 422)
        assert "er ingen bemanding" in answer.text
        answer = await person.send(form, {"aboard": "1+3", "drivers": "9", "on_duty_at": "x"}, 422)
        assert "9 af 4 om bord kan ikke passe" in html.unescape(answer.text)
        assert "er ikke et klokkeslæt" in html.unescape(answer.text)
        crews = (await got(system, "/crews"))["items"]
        assert {each["unit"]: each["count"] for each in crews}[unit] == 6
        # Another service reads it, and cannot say it.
        other = north.system(NVJB)
        assert (await got(other, f"/units/{unit}/crew"))["count"] == 6
        refused = await said(other, f"/units/{unit}/crew", 403, "PUT", count=1)
        assert refused["error"]["code"] == "not_by_mandate"
        stranger = await north.person(NVJB)
        assert "crew-form" not in await stranger.page(part)

    play(folder, story)


@pytest.mark.requirement("E5.1")
def test_who_leads_and_what_is_written_at_an_incident_of_two_services(folder: Folder) -> None:
    async def story(north: Watch) -> None:
        ours, theirs = north.system(NJB, personal=True), north.system(NVJB, personal=True)
        one = await reported(ours, service=NJB)
        unit = north.unit_of(NVJB)
        await said(theirs, f"/units/{unit}/status", status="alerted", incident=one)
        person = await north.person(NJB)
        here = f"/incidents/{one}/command"
        leader = {"role": "isl-rb", "callsign": "Nord 1", "name": "Opdigtet"}
        await person.send(f"{here}/leader", leader)
        page = await person.page(f"{here}-part")
        assert "<strong>Nord 1</strong> (Opdigtet)" in page
        await said(theirs, f"{here}/leaders", role="isl-po", callsign="Politi 7")
        answer = await person.send(f"{here}/leader", {"role": "x", "callsign": ""}, 422)
        assert "Vælg en rolle." in html.unescape(answer.text)

        await said(theirs, f"{here}/words", text="<b>taget falder</b>")
        page = await person.page(f"{here}-part")
        assert "&lt;b&gt;taget falder&lt;/b&gt;" in page
        await person.send(f"{here}/word", {"word": "trækker ud"})
        words = (await got(theirs, here))["words"]
        assert [(each["by"], each["text"]) for each in words] == [
            (NVJB, "<b>taget falder</b>"),
            (NJB, "trækker ud"),
        ]
        stranger = await got(north.system(OrganisationId("brs"), personal=True), here)
        assert stranger["words"] == []
        assert [each["now"]["callsign"] for each in stranger["roles"] if each["now"]] == [
            "Nord 1",
            "Politi 7",
        ]
        await said(ours, f"{here}/leaders/left", role="isl-rb")
        await person.send(f"{here}/left", {"role": "isl-rb"}, 409)

    play(folder, story)


@pytest.mark.requirement("E5.2")
def test_intervals_are_on_the_page_in_the_interface_and_in_a_sheet(folder: Folder) -> None:
    async def story(north: Watch) -> None:
        system, person = north.system(NJB), await north.person(NJB)
        one, unit = await reported(system, service=NJB), north.unit_of(NJB)
        for status in ("alerted", "en_route"):
            await said(system, f"/units/{unit}/status", status=status, incident=one)
        (course,) = (await got(system, f"/incidents/{one}/intervals"))["items"]
        assert course["afgang"]["seconds"] >= 0
        assert course["koersel"]["missing"] == "not_yet_arrived"
        page = await person.page(f"/incidents/{one}/now-part")
        assert "Målte tider" in page
        assert "ikke ankommet endnu" in page
        sheet = await system.get(f"/api/v1/incidents/{one}/intervals.csv")
        assert sheet.headers["content-type"].startswith("text/csv")
        assert [line.split(",")[1] for line in sheet.text.splitlines()] == ["unit", unit]
        for path in (f"/incidents/{one}/log-part", f"/units/{unit}/now-part", "/units/list-part"):
            assert "<html" not in await person.page(path)

    play(folder, story)
