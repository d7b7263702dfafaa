# SPDX-License-Identifier: Apache-2.0
"""Notices over pages and interface of the whole application, and at an incident's place."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from bavn.runtime import clock
from bavn.runtime.countries import built_in
from tests.node.watch import AALBORG, AGENCY, NJB, NORTH, NVJB, Watch, founded, watch

API = "/api/v1/notices"
AALBORG_CODE, THISTED_CODE = "0851", "0787"


@dataclass(frozen=True)
class Open:
    """The north, opened once for all stories."""

    north: Watch
    runner: asyncio.Runner

    def tells(self, story: Callable[[Watch], Coroutine[None, None, None]]) -> None:
        """Play a story in it."""
        self.runner.run(story(self.north))


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    path = Path(tmp_path_factory.mktemp("notices")) / "node"
    with asyncio.Runner() as runner:
        door = watch(founded(path, built_in("denmark")))
        yield Open(runner.run(door.__aenter__()), runner)
        runner.run(door.__aexit__(None, None, None))


def sent(number: str, **other: Any) -> dict[str, Any]:
    now = clock.now()
    return {
        "number": number,
        "kind": "weather",
        "step": "serious",
        "title": f"Vindstød {number}",
        "source": "Opdigtet vejrtjeneste",
        "valid_from": (now - timedelta(minutes=5)).isoformat(),
        "valid_to": (now + timedelta(hours=3)).isoformat(),
        **other,
    }


def box(lon: float, lat: float) -> dict[str, Any]:
    west, south, east, north = lon - 0.02, lat - 0.02, lon + 0.02, lat + 0.02
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


async def titles(client: httpx.AsyncClient, **asked: str) -> list[str]:
    answer = await client.get(API, params=asked)
    assert answer.status_code == 200, answer.text
    return [each["title"] for each in answer.json()["items"]]


@pytest.mark.slow
@pytest.mark.requirement("E5.7")
def test_a_system_tells_repeats_replaces_and_withdraws(opened: Open) -> None:
    async def story(north: Watch) -> None:
        system = north.system(NJB)
        body = sent("s1", municipalities=[AALBORG_CODE])
        first = (await system.post(API, json=body)).json()
        again = (await system.post(API, json=body)).json()
        assert [each["items"][0]["repeated"] for each in (first, again)] == [False, True]
        assert first["items"][0]["id"] == again["items"][0]["id"]
        newer = await system.post(API, json={**body, "title": "Orkan", "step": "extreme"})
        assert newer.json()["items"][0]["id"] == first["items"][0]["id"]
        assert await titles(system) == ["Orkan"]
        assert await titles(system, municipality=AALBORG_CODE) == ["Orkan"]
        assert await titles(system, municipality=THISTED_CODE) == []
        tomorrow = (clock.now() + timedelta(days=1)).isoformat()
        assert await titles(system, at=tomorrow) == []
        id_ = first["items"][0]["id"]
        # Whoever told it withdraws it, and nobody else.
        other = await north.system(NVJB).post(f"{API}/{id_}/withdrawn", json={})
        assert (other.status_code, other.json()["error"]["code"]) == (404, "no_such_notice")
        gone = await system.post(f"{API}/{id_}/withdrawn", json={})
        assert gone.status_code == 200, gone.text
        assert await titles(system) == []
        twice = await system.post(f"{API}/{id_}/withdrawn", json={})
        assert twice.json()["error"]["code"] == "notice_withdrawn_already"

    opened.tells(story)


@pytest.mark.slow
@pytest.mark.requirement("E5.7")
def test_what_cannot_be_told_is_refused_alone_and_named_among_many(opened: Open) -> None:
    async def story(north: Watch) -> None:
        system = north.system(NJB)
        for other, status, code in (
            ({"kind": "earthquake"}, 409, "notice_kind_unlisted"),
            ({"step": "purple"}, 409, "notice_step_unlisted"),
            ({"municipalities": ["9999"]}, 409, "notice_place_unlisted"),
            ({}, 409, "notice_nowhere"),
            ({"everywhere": True, "title": ""}, 409, "notice_without_title"),
            ({"everywhere": True, "colour": "red"}, 422, "bad_input"),
            ({"everywhere": True, "valid_to": "2026-01-01T00:00:00"}, 422, "bad_input"),
        ):
            answer = await system.post(API, json=sent("bad", **other))
            assert answer.status_code == status, (other, answer.text)
            if status == 409:
                assert answer.json()["error"]["code"] == code
        for raw in (b"", b"[]", b"{", b"\xff", b"[" * 5_000):
            answer = await system.post(API, content=raw)
            assert answer.status_code == 422, (raw[:9], answer.text)
        lon, lat = AALBORG[1], AALBORG[0]
        line = {"type": "LineString", "coordinates": [[9, 56], [10, 57]]}
        features = [
            {"type": "Feature", "geometry": box(lon, lat), "properties": sent("m0")},
            {"type": "Feature", "geometry": None, "properties": sent("m1")},
            {"type": "Feature", "geometry": line, "properties": sent("m2")},
            {"type": "Feature", "geometry": {"type": "Point"}, "properties": sent("m3")},
            {"type": "Feature", "geometry": None, "properties": {"number": "m4"}},
            {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat, 7.0]},
             "properties": sent("m5", step="minor")},
        ]  # fmt: skip
        many = await system.post(API, json={"type": "FeatureCollection", "features": features})
        assert many.status_code == 200, many.text
        told = many.json()
        assert [each["number"] for each in told["items"]] == ["m0", "m5"]
        places = sorted(each["where"] for each in told["problems"])
        assert places == [f"features[{each}]" for each in (1, 2, 3, 4)]
        assert await titles(system, municipality=AALBORG_CODE) == ["Vindstød m0", "Vindstød m5"]
        assert await titles(system, municipality=THISTED_CODE) == []
        for each in told["items"]:
            await system.post(f"{API}/{each['id']}/withdrawn", json={})

    opened.tells(story)


@pytest.mark.slow
@pytest.mark.requirement("E5.7")
def test_a_person_tells_one_it_is_seen_where_it_holds_and_taken_back(opened: Open) -> None:
    async def story(north: Watch) -> None:
        officer, centre = await north.person(NJB), await north.person(NORTH, "area_duty_leader")
        west = await north.person(NVJB)
        assert "Ingen varsler gælder nu" in await officer.page("/notices")
        assert "bar" not in await officer.page("/notices/head-part")
        local = clock.now().astimezone(ZoneInfo("Europe/Copenhagen"))
        form = {
            "title": "<b>Strømmen er væk</b>",
            "kind": "power",
            "step": "serious",
            "source": "Opdigtet netselskab",
            "from": f"{local - timedelta(minutes=5):%Y-%m-%dT%H:%M}",
            "to": f"{local + timedelta(hours=2):%Y-%m-%dT%H:%M}",
        }
        wrong = await officer.send("/notices", {**form, "kind": "x", "to": "snart"}, 422)
        assert "mindst én kommune" in wrong.text
        assert "&lt;b&gt;Strømmen" in wrong.text
        over = {**form, "everywhere": "yes", "to": form["from"]}
        assert "slutter, før det begynder" in (await officer.send("/notices", over, 409)).text
        await officer.send("/notices", {**form, "municipality": AALBORG_CODE})
        page = await officer.page("/notices")
        assert "&lt;b&gt;Strømmen er væk&lt;/b&gt;" in page
        assert "Opdigtet netselskab" in page
        assert "Vagthavende, Nordjyllands Beredskab" in page
        assert "Ja, træk varslet tilbage" in page
        # Its area's centre sees it, and has not told it.
        assert "Ja, træk varslet tilbage" not in await centre.page("/notices")
        assert "Strømmen er væk" in await centre.page("/notices/head-part")
        assert "/notices/head-part" in await officer.page("/")
        for person, wants in ((officer, True), (centre, True), (west, False)):
            assert ("Strømmen er væk" in await person.page("/centre/parts/wants")) is wants
        id_ = page.partition('id="notice-')[2].partition('"')[0]
        await west.send(f"/notices/{id_}/withdraw", {}, 409, at="/notices")
        await officer.send(f"/notices/{id_}/withdraw", {}, at="/notices")
        assert "Strømmen er væk" not in await officer.page("/notices/head-part")
        assert "Trukket tilbage" in await officer.page("/notices")
        assert "Strømmen er væk" not in await officer.page("/centre/parts/wants")
        officer.browser.headers["accept-language"] = "en"
        assert "No notice holds now" in await officer.page("/notices")

    opened.tells(story)


@pytest.mark.slow
@pytest.mark.requirement("E5.7")
def test_an_incident_shows_what_holds_at_its_place_and_nothing_else(opened: Open) -> None:
    async def story(north: Watch) -> None:
        system, officer = north.system(NJB), await north.person(NJB)
        lat, lon = AALBORG
        alarm = {"type": "BYGN-BRAND", "place": {"lat": lat, "lon": lon}, "sender_ref": "n1"}
        reported = await system.post("/api/v1/incidents", json=alarm)
        assert reported.status_code == 201, reported.text
        id_ = reported.json()["id"]
        assert f"/incidents/{id_}/serious-notices-part" in await officer.page(f"/incidents/{id_}")
        for number, geometry, step in (
            ("here", box(lon, lat), "serious"),
            ("beside", box(lon + 1, lat), "serious"),
            ("mild", {"type": "Point", "coordinates": [lon, lat]}, "minor"),
        ):
            body = sent(number, geometry=geometry, step=step)
            assert (await system.post(API, json=body)).status_code == 200
        serious = await officer.page(f"/incidents/{id_}/serious-notices-part")
        assert "Varsel her" in serious
        assert "Vindstød here" in serious
        assert "til kl. " in serious
        assert "Opdigtet vejrtjeneste" in serious
        rest = await officer.page(f"/incidents/{id_}/notices-part")
        # At the head each serious one has a bar of its own, and the rest one between them.
        head = await officer.page("/notices/head-part")
        assert head.count('class="bar bad"') == 2
        assert head.count('class="bar"') == 1
        assert "Vindstød mild" in head
        assert "Vindstød mild" in rest
        for part in (serious, rest):
            assert "Vindstød beside" not in part
            assert 'data-about-too="notice:*"' in part
        assert "Vindstød here" not in rest
        nowhere = await officer.page("/incidents/no-such/notices-part")
        assert "card" not in nowhere

    opened.tells(story)


WATCH_OR_NOT = (
    (NJB, "duty_officer", True),
    (NJB, "incident_commander", True),
    (NORTH, "area_duty_leader", True),
    (AGENCY, "national_duty_officer", True),
    (AGENCY, "national_analyst", False),
    (NJB, "planner", False),
    (NJB, "organisation_administrator", False),
)


@pytest.mark.slow
@pytest.mark.requirement("E5.7")
def test_the_watch_tells_and_everybody_reads(opened: Open) -> None:
    async def story(north: Watch) -> None:
        for organisation, function, may in WATCH_OR_NOT:
            person = await north.person(organisation, function)
            page = await person.page("/notices")
            assert ("notice-form" in page) is may, function
            client = north.system(organisation, function=function)
            answer = await client.post(API, json=sent(function, everywhere=True))
            assert answer.status_code == (200 if may else 403), answer.text
            if may:
                id_ = answer.json()["items"][0]["id"]
                gone = await client.post(f"{API}/{id_}/withdrawn", json={})
                assert gone.status_code == 200
            else:
                gone = await client.post(f"{API}/{'a' * 32}/withdrawn", json={})
                assert gone.status_code == 403

    opened.tells(story)
