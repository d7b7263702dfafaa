# SPDX-License-Identifier: Apache-2.0
"""Other systems through the door: their numbers, their silences, and what cannot be understood."""

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bavn.capabilities.feeds.facts import INCIDENT_NUMBERED
from bavn.capabilities.feeds.model.faults import OTHER, REFUSED
from bavn.capabilities.operations.facts import (
    INCIDENT_CORRECTED,
    INCIDENT_DESCRIBED,
    INCIDENT_REPORTED,
)
from bavn.frame.call import Call
from bavn.journal.fact import Fact
from bavn.journal.kinds import Kind
from bavn.journal.reader import Reader
from bavn.kernel.mandate import Actor
from bavn.node.feeds import rules_of
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.readings import Wanted
from bavn.runtime.texts import Texts
from tests.node.watch import NJB, NVJB, Watch, founded, watch

pytestmark = pytest.mark.slow
HERE = {"lat": 57.0488, "lon": 9.9217}
FAR = {"lat": 57.46, "lon": 9.98}
INCIDENTS, FEEDS = "/api/v1/incidents", "/api/v1/feeds"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return founded(Path(tmp_path_factory.mktemp("feeds")) / "node", built_in("denmark"))


@pytest.fixture
def empty(begun: Folder, tmp_path: Path) -> Folder:
    """A copy of its own: a test that moves the clock leaves no later words behind."""
    return Folder(Path(shutil.copytree(begun.path, tmp_path / "node")))


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> list[timedelta]:
    """How far the clock stands from now."""
    off, real = [timedelta()], clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + off[0])
    return off


def heard(north: Watch) -> list[Fact]:
    """All that is told from now on."""
    facts: list[Fact] = []
    north.live.watch(facts.append)
    return facts


def kinds(facts: list[Fact], kind: Kind) -> list[Fact]:
    return [each for each in facts if each.kind == kind.name]


def officer() -> Call:
    """Somebody on watch at the service."""
    return Call(
        actor=Actor(organisation=NJB, function="duty_officer"),
        organisations=frozenset({NJB}),
        reader=Reader(organisations=frozenset({NJB}), personal=True),
        sender="watch",
        language="da",
        now=clock.now(),
        say=Texts("da"),
        is_person=True,
    )


def wanting(north: Watch) -> list[tuple[str, str]]:
    found = north.rooms["feeds"].wanting(officer())
    assert not any(each.loud for each in found)
    return sorted((each.text, each.about) for each in found)


async def reported(system: Any, **body: Any) -> dict[str, Any]:
    answer = await system.post(INCIDENTS, json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


@pytest.mark.requirement("E5.8")
def test_however_a_system_numbers_it_there_is_one_incident_and_every_number_finds_it(
    empty: Folder,
) -> None:
    async def story() -> None:
        async with watch(empty) as north:
            cad, told = north.system(NJB), heard(north)
            first = await reported(
                cad, number="A-1", sender_ref="m1", type="BR-VIL", place=HERE, text="Rog"
            )
            again = [
                # The message once more, the same under another message's number, and numbered anew.
                await reported(
                    cad, number="A-1", sender_ref="m1", type="BR-VIL", place=HERE, text="Rog"
                ),
                await reported(cad, number="A-1", sender_ref="m2", type="BR-VIL", place=HERE),
                await reported(cad, number="B-7", was="A-1", sender_ref="m3", type="BR-VIL"),
                # The first message with its new number.
                await reported(
                    cad, number="B-7", sender_ref="m1", type="BR-VIL", place=HERE, text="Rog"
                ),
                await reported(
                    cad, number="C-1", sender_ref="m1", type="BR-VIL", place=HERE, text="Rog"
                ),
            ]
            assert {each["id"] for each in again} == {first["id"]}
            assert all(each["repeated"] for each in again)
            changed = {"number": "A-1", "sender_ref": "m1", "type": "BR-ETG", "place": HERE}
            refused = await cad.post(INCIDENTS, json=changed)
            assert refused.json()["error"]["code"] == "repeat_differs"
            assert len(kinds(told, INCIDENT_REPORTED)) == 1
            assert len(kinds(told, INCIDENT_DESCRIBED)) == 1
            assert len(kinds(told, INCIDENT_NUMBERED)) == 3
            answer = await cad.post(f"{FEEDS}/numbers", json={"number": "D-1", "was": "A-1"})
            assert answer.json()["id"] == first["id"]
            assert not answer.json()["repeated"]
            another = await reported(cad, number="E-1", sender_ref="m9", place=FAR)
            wrong = await cad.post(f"{FEEDS}/numbers", json={"number": "E-1", "was": "A-1"})
            assert wrong.status_code == 409, wrong.text
            assert wrong.json()["error"]["code"] == "number_elsewhere"
            assert another["id"] != first["id"]
            repeat = await cad.post(f"{FEEDS}/numbers", json={"number": "D-1", "was": "A-1"})
            assert repeat.json()["repeated"]
            for number in ("A-1", "B-7", "C-1", "D-1"):
                listed = (await cad.get(f"{INCIDENTS}?number={number}")).json()["items"]
                assert [each["id"] for each in listed] == [first["id"]]
            person = await north.person(NJB)
            assert first["id"] in await person.page("/feeds/number?number=A-1")
            part = await person.page(f"/incidents/{first['id']}/feeds-part")
            assert "D-1" in part
            assert "tidligere" in part

    asyncio.run(story())


@pytest.mark.requirement("E5.8")
def test_news_under_a_number_are_news_of_its_incident(empty: Folder) -> None:
    async def story() -> None:
        async with watch(empty) as north:
            cad, told = north.system(NJB), heard(north)
            body = {"number": "N-1", "type": "BR-VIL", "place": HERE}
            first = await reported(cad, sender_ref="n1", **body)
            news = await reported(cad, sender_ref="n2", **{**body, "type": "BR-ETG"})
            assert (news["id"], news["repeated"]) == (first["id"], False)
            one = (await cad.get(f"{INCIDENTS}/{first['id']}")).json()
            assert one["type"] == "BR-ETG"
            assert len(kinds(told, INCIDENT_CORRECTED)) == 1

            # Closed: what happened before is history, and what happens after opens it again.
            assert (await cad.post(f"{INCIDENTS}/{first['id']}/close", json={})).is_success
            before = (clock.now() - timedelta(minutes=5)).isoformat()
            late = await reported(cad, sender_ref="n3", occurred_at=before, **body)
            assert late["id"] == first["id"]
            one = (await cad.get(f"{INCIDENTS}/{first['id']}")).json()
            assert one["state"] == "closed"
            for ref, told_before in (("n1", body), ("n2", {**body, "type": "BR-ETG"})):
                again = await reported(cad, sender_ref=ref, **told_before)
                assert again["repeated"], "a repeat opens nothing"
            one = (await cad.get(f"{INCIDENTS}/{first['id']}")).json()
            assert one["state"] == "closed"
            anew = await reported(cad, sender_ref="n4", **body)
            assert anew["id"] == first["id"]
            one = (await cad.get(f"{INCIDENTS}/{first['id']}")).json()
            assert one["state"] == "open"

    asyncio.run(story())


@pytest.mark.requirement("E5.8")
def test_a_number_that_is_used_again_hides_no_alarm(empty: Folder, moved: list[timedelta]) -> None:
    async def story() -> None:
        async with watch(empty) as north:
            cad = north.system(NJB)
            other = north.house.machine("system", name="other system", organisations=(NJB,))
            first = await reported(cad, number="17", sender_ref="u1", type="BR-VIL", place=HERE)
            far = await reported(cad, number="17", sender_ref="u2", type="BR-VIL", place=FAR)
            assert far["id"] != first["id"], "it is somewhere else"
            theirs = await reported(other, number="17", sender_ref="u3", place=HERE)
            assert theirs["id"] not in {first["id"], far["id"]}, "another system counts for itself"
            moved[0] = timedelta(days=8)
            later = await reported(cad, number="17", sender_ref="u4", type="BR-VIL", place=HERE)
            assert later["id"] != first["id"], "it is a week later"
            found = north.rooms["feeds"].found(officer(), "17")
            assert found[0] == later["id"]
            assert set(found) == {each["id"] for each in (first, far, theirs, later)}

    asyncio.run(story())


def test_two_messages_of_one_moment_make_one_incident(empty: Folder) -> None:
    async def story() -> None:
        async with watch(empty) as north:
            cad = north.system(NJB)
            all_ = await asyncio.gather(
                *(
                    reported(cad, number="Z-1", sender_ref=f"z{each}", type="BR-VIL", place=HERE)
                    for each in range(8)
                )
            )
            assert len({each["id"] for each in all_}) == 1
            assert not north.rooms["operations"].turns

    asyncio.run(story())


@pytest.mark.requirement("E5.3")
def test_an_account_that_breaks_stops_no_alarm(empty: Folder) -> None:
    async def story() -> None:
        async with watch(empty) as north:
            cad, room = north.system(NJB), north.rooms["feeds"]

            def broken(*_: object, **__: object) -> Any:
                raise RuntimeError

            room._sender = room._numbered = room.numbers = broken
            first = await reported(cad, number="X-1", sender_ref="x1", type="BR-VIL")
            assert first["problems"][0]["where"] == "number"
            assert (await cad.get(f"{INCIDENTS}/{first['id']}")).is_success
            unit = north.unit_of(NJB)
            said = await cad.post(f"/api/v1/units/{unit}/status", json={"status": "available"})
            assert said.is_success

    asyncio.run(story())


# What each address is sent that it cannot take, and the reason that is kept for it.
WRONG: tuple[tuple[str, bytes, str], ...] = (
    (INCIDENTS, b'{"type": "brand"}', "no_type"),
    (INCIDENTS, b'{"number": "Hansen"}', "no_number"),
    (INCIDENTS, b'{"municipality": "Aalborg"}', "no_municipality"),
    (INCIDENTS, b'{"urgency": "HURTIGT"}', "no_urgency"),
    (INCIDENTS, b'{"service": "No Such"}', "no_service"),
    (INCIDENTS, b'{"place": {"lat": 157, "lon": 9}}', "no_place"),
    (INCIDENTS, b'{"place": "her"}', "wrong_sort"),
    (INCIDENTS, b'{"occurred_at": "i gaar"}', "bad_time"),
    (INCIDENTS, b'{"occurred_at": "2020-01-01T00:00:00Z"}', "too_old"),
    (INCIDENTS, b'{"sender_ref": ""}', "bad_ref"),
    (INCIDENTS, b'{"farve": "red"}', "no_such_field"),
    (INCIDENTS, '{"text": "Bål"}'.encode("latin-1"), "encoding"),
    (INCIDENTS, b"[", "not_json"),
    (INCIDENTS, b"[1]", "not_object"),
    ("/api/v1/units/u1/status", b'{"status": "S7"}', "no_status"),
    ("/api/v1/statuses", b'{"items": [{"unit": "no unit", "status": "available"}]}', "no_unit"),
    (
        "/api/v1/statuses",
        b'{"items": [{"unit": "u1", "status": "available", "incident": "no id"}]}',
        "no_incident",
    ),
    ("/api/v1/statuses", b'{"items": "\xe5"}', "encoding"),
    ("/api/v1/statuses", b'{"items": 1', "not_json"),
    ("/api/v1/statuses", b"{}", "missing_field"),
    ("/api/v1/statuses", b'{"items": [], "mere": 1}', "no_such_field"),
    ("/api/v1/positions", b'{"items": [{"unit": "u1"}]}', "missing_field"),
    (
        "/api/v1/positions",
        b'{"items": [{"unit": "ukendt", "lat": 57, "lon": 9, "at": "2026-01-01T00:00:00Z"}]}',
        "unknown_unit",
    ),
    (f"{FEEDS}/numbers", b'{"number": "Q-2", "was": "Q-1"}', "unknown_number"),
)


@pytest.mark.requirement("E5.8")
def test_what_cannot_be_understood_is_kept_as_it_came_with_what_to_do(empty: Folder) -> None:
    async def story() -> None:
        async with watch(empty) as north:
            name = "a faulty system"
            cad = north.house.machine("system", name=name, organisations=(NJB,))
            for path, raw, _ in WRONG:
                answer = await cad.post(path, content=raw)
                assert answer.status_code < 500, (path, raw, answer.text)
            # An alarm is taken in spite of it, and only what is no alarm at all is refused.
            feeds = (await cad.get(FEEDS)).json()["items"]
            (mine,) = [each for each in feeds if each["name"] == name]
            counted = {each["sort"]: each["fault_count"] for each in mine["sorts"]}
            assert sum(counted.values()) == len(WRONG)
            watching = north.system(NJB, function="duty_officer", personal=True)
            told = (await watching.get(f"{FEEDS}/faults?sender={name}&limit=1000")).json()
            found = {(each["row"], each["reason"]) for each in told["items"]}
            for _, raw, reason in WRONG:
                rows = [row for row, why in found if why == reason]
                assert rows, (raw, reason, told["items"])
            assert all(each["try_instead"] for each in told["items"])
            vague = [each for each in told["items"] if each["reason"] in {OTHER, REFUSED}]
            assert vague == []
            assert any("Bål" in each["row"] for each in told["items"])

            # A number that means something else: kept with its own reason.
            unit = north.unit_of(NJB)
            for status in ("available", "not_ready"):
                item = {"unit": unit, "status": status, "sender_ref": "s1"}
                await cad.post("/api/v1/statuses", json={"items": [item]})
            told = (await watching.get(f"{FEEDS}/faults?sender={name}")).json()
            assert told["items"][0]["reason"] == "ref_reused"
            assert told["items"][0]["field"] == ""

    asyncio.run(story())


def test_rows_that_may_name_people_are_for_those_who_may_read_such_and_it_is_kept_who_did(
    empty: Folder,
) -> None:
    async def story() -> None:
        async with watch(empty) as north:
            name = "a private system"
            cad = north.house.machine("system", name=name, organisations=(NJB,))
            await cad.post(INCIDENTS, json={"text": "Fru Hansen", "type": "brand"})
            assert (await cad.get(f"{FEEDS}/faults")).status_code == 403
            plain = north.system(NJB, function="duty_officer")
            (item,) = (await plain.get(f"{FEEDS}/faults?sender={name}")).json()["items"]
            assert (item["row"], item["value"], item["says"]) == ("", "", "")
            assert item["is_hidden"]
            (item,) = (
                await north.system(NJB, function="duty_officer", personal=True).get(
                    f"{FEEDS}/faults?sender={name}"
                )
            ).json()["items"]
            assert "Fru Hansen" in item["row"]
            kept = await north.live.readings.entries(Wanted(subject=f"feed:{name}"))
            assert [(each.owner, each.count) for each in kept] == [(NJB, 1)]
            operator = await north.person(NJB, "control_room_operator")
            assert name in await operator.page("/feeds")
            assert "/feeds/faults" not in await operator.page("/feeds")
            await operator.page("/feeds/faults", 403)
            elsewhere = await north.person(NVJB)
            assert name not in await elsewhere.page("/feeds"), "another service's system"

    asyncio.run(story())


@pytest.mark.requirement("E5.8")
def test_a_silent_system_is_said_until_it_speaks_and_one_that_never_spoke_is_not(
    empty: Folder, moved: list[timedelta]
) -> None:
    async def story() -> None:
        async with watch(empty) as north:
            rule = rules_of("denmark")["positions"]
            unit = north.unit_of(NJB)
            often = north.house.machine("system", name="often", organisations=(NJB,))
            seldom = north.house.machine("system", name="seldom", organisations=(NJB,))
            for system, count in ((often, rule.spoken_least), (seldom, 3)):
                at = clock.now().isoformat()
                items = [{"unit": unit, "lat": 57.0, "lon": 9.9, "at": at}] * count
                assert (await system.post("/api/v1/positions", json={"items": items})).is_success
            assert wanting(north) == []
            moved[0] += timedelta(minutes=rule.silent_min + 1)
            assert wanting(north) == [("feeds.attention_silent", f"organisation:{NJB}")]
            person = await north.person(NJB)
            page = await person.page("/feeds")
            assert "tavs: plejer at sende inden for 15 minutter" in page
            at = clock.now().isoformat()
            item = {"unit": unit, "lat": 57.0, "lon": 9.9, "at": at}
            await often.post("/api/v1/positions", json={"items": [item]})
            assert wanting(north) == []
            # Of one that is gone for good nobody is told for ever.
            moved[0] += timedelta(days=1)
            assert len(wanting(north)) == 1
            moved[0] += timedelta(days=7)
            assert wanting(north) == []

    asyncio.run(story())


@pytest.mark.requirement("E5.8")
def test_a_closing_that_never_came_is_asked_about_and_nothing_closes_by_itself(
    empty: Folder, moved: list[timedelta]
) -> None:
    async def story() -> None:
        async with watch(empty) as north:
            cad, unit = north.system(NJB), north.unit_of(NJB)
            fire = await reported(cad, number="L-1", sender_ref="l1", type="BR-VIL", place=HERE)
            own = await reported(cad, sender_ref="l2", type="BR-VIL", place=FAR)
            asked = ("feeds.attention_unfinished", f"incident:{fire['id']}")
            moved[0] += timedelta(minutes=1)
            word = {"status": "at_scene", "incident": fire["id"], "at": clock.now().isoformat()}
            assert (await cad.post(f"/api/v1/units/{unit}/status", json=word)).is_success
            moved[0] += timedelta(hours=7)
            assert asked not in wanting(north), "a unit is there"
            word = {"status": "available", "at": clock.now().isoformat()}
            assert (await cad.post(f"/api/v1/units/{unit}/status", json=word)).is_success
            assert asked not in wanting(north), "something was said of it just now"
            moved[0] += timedelta(hours=7)
            assert asked in wanting(north)
            assert all(about != f"incident:{own['id']}" for _, about in wanting(north))
            person = await north.person(NJB)
            assert "Er den slut?" in await person.page(f"/incidents/{fire['id']}/feeds-part")
            one = (await cad.get(f"{INCIDENTS}/{fire['id']}")).json()
            assert one["state"] == "open"
            assert (await cad.post(f"{INCIDENTS}/{fire['id']}/close", json={})).is_success
            assert asked not in wanting(north)
            assert "Er den slut?" not in await person.page(f"/incidents/{fire['id']}/feeds-part")

    asyncio.run(story())


@pytest.mark.requirement("E5.8")
def test_lists_of_resources_are_a_feed_too(empty: Folder) -> None:
    async def story() -> None:
        async with watch(empty) as north:
            cad = north.house.machine("system", name="lists", organisations=(NJB,))
            path = f"/api/v1/services/{NJB}/imports?what=stations&sender_ref=l1"
            raw = b"id;navn\n;uden id\n"
            answer = await cad.post(path, content=raw, headers={"content-type": "text/csv"})
            assert answer.status_code < 500, answer.text
            (feed,) = [
                each for each in (await cad.get(FEEDS)).json()["items"] if each["name"] == "lists"
            ]
            assert [each["sort"] for each in feed["sorts"]] == ["resources"]
            assert feed["sorts"][0]["fault_count"] > 0

    asyncio.run(story())


@pytest.mark.requirement("E5.8")
def test_a_service_orders_whose_position_holds(empty: Folder) -> None:
    async def story() -> None:
        async with watch(empty) as north:
            officer = north.system(NJB, function="duty_officer")
            order = {"field": "unit.position", "sources": ["system", "scene"], "hold_s": 30}
            answer = await officer.post("/api/v1/authority", json=order)
            assert answer.is_success, answer.text
            assert answer.json()["fields"]["unit.position"]["hold_s"] == 30
            unit, cad = north.unit_of(NJB), north.system(NJB)
            scene = north.system(NJB, function="incident_commander")
            for system, taken in ((cad, 1), (scene, 0)):
                at = clock.now().isoformat()
                item = {"unit": unit, "lat": 57.0, "lon": 9.9, "at": at}
                told = (await system.post("/api/v1/positions", json={"items": [item]})).json()
                assert (told["taken"], told["outranked"]) == (taken, 1 - taken)

    asyncio.run(story())


@pytest.mark.requirement("E5.8")
def test_a_word_of_a_unit_in_the_wrong_letters_is_taken(empty: Folder) -> None:
    async def story() -> None:
        async with watch(empty) as north:
            unit, cad = north.unit_of(NJB), north.system(NJB)
            raw = '{"status": "available", "note": "Bål"}'.encode("latin-1")
            answer = await cad.post(f"/api/v1/units/{unit}/status", content=raw)
            assert answer.is_success, answer.text
            assert {each["where"] for each in answer.json()["problems"]} == {"body", "note"}

    asyncio.run(story())


@pytest.mark.requirement("E5.8")
def test_a_clock_that_is_seven_minutes_off_is_said_on_the_page(
    empty: Folder, moved: list[timedelta]
) -> None:
    async def story() -> None:
        async with watch(empty) as north:
            name = "a slow clock"
            cad = north.house.machine("system", name=name, organisations=(NJB,))
            unit = north.unit_of(NJB)
            for number in range(30):
                moved[0] += timedelta(seconds=40)
                at = (clock.now() - timedelta(minutes=7)).isoformat()
                item = {"unit": unit, "lat": 57.0 + number / 1_000, "lon": 9.9, "at": at}
                assert (await cad.post("/api/v1/positions", json={"items": [item]})).is_success
            person = await north.person(NJB)
            assert "7 minutter bagud" in await person.page("/feeds")

    asyncio.run(story())


@pytest.mark.requirement("E5.8")
def test_a_lower_source_does_not_move_a_unit_that_the_scene_has_just_placed(
    empty: Folder, moved: list[timedelta]
) -> None:
    async def story() -> None:
        async with watch(empty) as north:
            unit = north.unit_of(NJB, "ASP")
            cad, scene = north.system(NJB), north.system(NJB, function="incident_commander")

            async def at(system: Any, lat: float, before_s: float = 0) -> dict[str, Any]:
                when = (clock.now() - timedelta(seconds=before_s)).isoformat()
                item = {"unit": unit, "lat": lat, "lon": 9.9, "at": when}
                return dict((await system.post("/api/v1/positions", json={"items": [item]})).json())

            async def stands() -> tuple[float, str]:
                one = (await cad.get(f"/api/v1/units/{unit}")).json()
                return one["place"]["lat"], one["given_by"]["unit.position"]["by"]

            assert (await at(cad, 57.1))["taken"] == 1
            assert await stands() == (57.1, "system")
            assert (await at(scene, 57.2, before_s=20))["taken"] == 1, "slower, and above"
            assert await stands() == (57.2, "scene")
            answer = await at(cad, 57.3)
            assert (answer["taken"], answer["outranked"], answer["problems"]) == (0, 1, [])
            assert await stands() == (57.2, "scene")
            moved[0] += timedelta(seconds=61)
            assert (await at(cad, 57.4))["taken"] == 1
            assert await stands() == (57.4, "system")
            person = await north.person(NJB)
            assert "sagt af beredskabets eget system" in await person.page(f"/units/{unit}")

    asyncio.run(story())
