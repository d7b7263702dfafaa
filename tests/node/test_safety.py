# SPDX-License-Identifier: Apache-2.0
"""Smoke divers and the roll call through the door: told, read by those who work there, awaited."""

import asyncio
import html
from collections.abc import Callable, Coroutine, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bavn.frame.call import Call
from bavn.journal.reader import Reader
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.texts import Texts
from tests.node.test_log import fire, got, sent, told
from tests.node.watch import AGENCY, NJB, NORTH, NVJB, Watch, founded, watch

pytestmark = pytest.mark.slow
Play = Callable[[Callable[[Watch], Coroutine[Any, Any, None]]], None]
POLICE = OrganisationId("nordjyllands-politi")
TEAM = {"callsign": "RD 1", "count": 2, "pressure_bar": 300, "cylinder": "k68"}


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """Tells a story in the north, which is opened once for all of them."""
    folder = founded(Path(tmp_path_factory.mktemp("safety")) / "node", built_in("denmark"))
    with asyncio.Runner() as runner:
        opened = watch(folder)
        here = runner.run(opened.__aenter__())
        yield lambda story: runner.run(story(here))
        runner.run(opened.__aexit__(None, None, None))


async def there(here: Watch) -> tuple[httpx.AsyncClient, str, str]:
    """The service's own system, a fire, and a unit with six aboard that has come there."""
    njb = here.system(NJB, function="duty_officer", personal=True)
    incident, unit = await fire(njb), here.unit_of(NJB)
    manned = await njb.put(f"/api/v1/units/{unit}/crew", json={"count": 6})
    assert manned.status_code == 200, manned.text
    await sent(njb, f"/units/{unit}/status", status="at_scene", incident=incident)
    return njb, incident, unit


def waits(here: Watch, incident: str, organisation: OrganisationId = NJB) -> list[tuple[str, bool]]:
    """What of safety waits on a centre's board, and whether it sounds."""
    call = Call(
        actor=Actor(organisation=organisation, function="duty_officer"),
        organisations=frozenset({organisation}),
        reader=Reader(organisations=frozenset({organisation})),
        sender="board",
        language="da",
        now=clock.now(),
        say=Texts("da"),
    )
    found = here.rooms["safety"].wanting(call)
    own = [each for each in found if each.about == f"incident:{incident}"]
    return [(Texts("da")(each.text, **each.values), each.loud) for each in own]


@pytest.mark.requirement("E5.3")
def test_a_team_is_kept_from_the_device_and_everybody_there_sees_the_same(play: Play) -> None:
    async def story(here: Watch) -> None:
        njb, incident, unit = await there(here)
        officer = await here.person(NJB, "incident_commander")
        path = f"/incidents/{incident}/divers"
        page = await officer.page(path)
        assert "aldrig det eneste" in page
        assert "egen kalibrering" in page
        began = clock.now() - timedelta(minutes=20)
        steps = [
            ("", 0, "s1", {"callsign": "RD 1", "count": "2", "bar": "300", "cylinder": "k68"}),
            ("/tell", 4, "s2", {"sort": "pressure", "bar": "260"}),
            ("/tell", 9, "s3", {"sort": "contact"}),
            ("/tell", 12, "s4", {"sort": "turned"}),
        ]
        for _ in range(2):
            # As a device's outbox sends them when there is network again: each its own number.
            for way, minutes, ref, fields in steps:
                at = (began + timedelta(minutes=minutes)).isoformat()
                said = {"team": "t1", "unit": unit, "kept": "yes", "written_at": at, **fields}
                await officer.send(path + way, {**said, "sender_ref": ref}, at=path)
        safety = await got(njb, f"/incidents/{incident}/safety")
        assert [each["step"] for each in safety["steps"]] == ["s1", "s2", "s3", "s4"]
        (team,) = safety["teams"]
        assert (team["callsign"], team["unit"], team["air"]["bar"]) == ("RD 1", unit, 260)
        assert team["air"]["is_measured"]
        assert team["since_ms"] == int(began.timestamp() * 1000)
        assert team["signals"] == ["contact_over"]
        ((words, is_loud),) = waits(here, incident)
        assert words.startswith("RD 1 er ikke hørt, ventet ")
        assert not is_loud
        # The area's centre sees the same; who does not work there sees nothing.
        for organisation, count in ((NORTH, 1), (NVJB, 0), (AGENCY, 0)):
            reader = here.system(organisation, function="duty_officer")
            found = await got(reader, f"/incidents/{incident}/safety")
            assert len(found["teams"]) == count, organisation
        part = html.unescape(await officer.page(f"/incidents/{incident}/safety-part"))
        assert "INGEN KONTAKT" in part
        assert "RD 1" in part
        log = told(await got(njb, f"/incidents/{incident}/log", sort="safety"))
        assert log[0] == "Røgdykkere ind: RD 1, 2 personer, 300 bar"
        assert log[1] == "Røgdykkere melder tryk: RD 1, 260 bar"
        assert len(log) == 4

    play(story)


@pytest.mark.requirement("E5.3")
def test_a_mayday_sounds_and_nothing_stops_it(play: Play) -> None:
    async def story(here: Watch) -> None:
        njb, incident, _ = await there(here)
        path = f"/api/v1/incidents/{incident}/safety"
        await sent(njb, f"/incidents/{incident}/safety/teams", **TEAM, team="t1")
        assert waits(here, incident) == []
        # Of a function that may nothing, and of a body that is none.
        inspector = here.system(AGENCY, function="inspector")
        assert (await inspector.post(f"{path}/teams", json=TEAM)).status_code == 403
        taken = await inspector.post(f"{path}/maydays", content=b"?")
        assert taken.status_code in {200, 201}, taken.text
        assert [(said[:6], is_loud) for said, is_loud in waits(here, incident)] == [
            ("MAYDAY", True)
        ]
        # The police have no node: the service tells it for them.
        police = await here.person(POLICE, "police_commander")
        scene = f"/incidents/{incident}/divers"
        await police.send(f"{scene}/mayday", {"callsign": "RD 7"}, at=f"/incidents/{incident}")
        assert "RD 7" in await police.page(f"/incidents/{incident}/safety-part")
        long = {"team": "t1", "callsign": "x" * 40, "odd": 1}
        assert (await njb.post(f"{path}/maydays", json=long)).status_code in {200, 201}
        assert sum(is_loud for _, is_loud in waits(here, incident)) == 3
        ended = await njb.post(f"{path}/maydays/ended", json={"team": "t1"})
        assert ended.status_code in {200, 201}
        assert len(waits(here, incident)) == 2
        none = await njb.post(f"{path}/maydays/ended", json={"team": "nobody"})
        assert (none.status_code, none.json()["error"]["code"]) == (409, "no_mayday")
        # A form with too long a callsign is a mayday all the same.
        officer = await here.person(NJB, "incident_commander")
        divers = f"/incidents/{incident}/divers"
        await officer.send(f"{divers}/mayday", {"team": "t1", "callsign": "y" * 40}, at=divers)
        assert len(waits(here, incident)) == 3
        log = told(await got(njb, f"/incidents/{incident}/log", q="MAYDAY RD 1"))
        assert log == ["MAYDAY: RD 1", "Mayday ovre: RD 1", "MAYDAY: RD 1"]

    play(story)


def test_what_is_typed_now_is_asked_about_and_what_a_device_kept_is_taken(play: Play) -> None:
    async def story(here: Watch) -> None:
        _, incident, _ = await there(here)
        officer = await here.person(NJB, "incident_commander")
        path = f"/incidents/{incident}/divers"
        wrong = {"callsign": "", "count": "0", "bar": "meget", "cylinder": "k68"}
        answer = html.unescape((await officer.send(path, wrong, 422, at=path)).text)
        assert answer.count("Skriv et helt tal") >= 2
        assert "Skriv et kaldenavn" in answer
        good = {"callsign": "RD 1", "count": "2", "bar": "300", "cylinder": "k68", "team": "t1"}
        for field, bad in (("bar", "400"), ("bar", "60")):
            await officer.send(path, {**good, field: bad}, 409, at=path)
        await officer.send(path, good, at=path)
        again = html.unescape((await officer.send(path, good, 409, at=path)).text)
        assert "RD 1 er allerede inde." in again
        rose = {"team": "t1", "sort": "pressure", "bar": "310"}
        assert "Det forrige tryk var forkert" in (
            html.unescape((await officer.send(f"{path}/tell", rose, 409, at=path)).text)
        )
        await officer.send(f"{path}/tell", {**rose, "bar": "250"}, at=path)
        await officer.send(f"{path}/tell", {**rose, "bar": "260", "corrects": "yes"}, at=path)
        await officer.send(f"{path}/tell", {**rose, "bar": "280", "kept": "yes"}, at=path)
        await officer.send(f"{path}/tell", {"team": "t9", "sort": "out", "kept": "yes"}, at=path)
        for fields in ({"team": "t1", "sort": "gone"}, {"team": "", "sort": "out"}):
            await officer.send(f"{path}/tell", fields, 422, at=path)
        page = html.unescape(await officer.page(path))
        assert "Ikke meldt ind" in page
        assert "260 bar" in page
        unknown = {**good, "cylinder": "old", "team": "t2", "callsign": "RD 2", "kept": "yes"}
        await officer.send(path, unknown, at=path)

    play(story)


@pytest.mark.requirement("E5.3")
def test_a_roll_call_counts_each_unit_and_who_is_missing_is_loud(play: Play) -> None:
    async def story(here: Watch) -> None:
        njb, incident, unit = await there(here)
        officer = await here.person(NJB, "incident_commander")
        path = f"/incidents/{incident}/roll-call"
        page = html.unescape(await officer.page(path))
        assert "Alle: 6 af 6" in page
        assert "close-form" not in page
        callsign = (await got(njb, f"/incidents/{incident}/safety"))["units"][0]["callsign"]
        await sent(njb, f"/incidents/{incident}/safety/teams", **TEAM, unit=unit)
        row = {f"callsign:{unit}": callsign, f"expected:{unit}": "6", f"inside:{unit}": "2"}
        await officer.send(path, {**row, f"count:{unit}": "mange"}, 422, at=path)
        for way in ("/closed", ""):
            await officer.send(path + way, row, 409, at=path)
        # Written without network, twenty minutes ago: one letter begins and counts.
        early = (clock.now() - timedelta(minutes=20)).isoformat(timespec="milliseconds")
        letter = {**row, f"count:{unit}": "3", "starts": "yes", "written_at": early}
        for _ in range(2):
            await officer.send(path, {**letter, "sender_ref": "r1"}, at=path)
        roll = (await got(njb, f"/incidents/{incident}/safety"))["roll"]
        (counted,) = roll["units"]
        assert (counted["present"], counted["inside"], counted["expected"]) == (3, 2, 6)
        assert datetime.fromisoformat(roll["called_at"]) == datetime.fromisoformat(early)
        ((said, is_loud),) = waits(here, incident)
        assert f"{callsign} 5 af 6" in said
        assert is_loud
        assert "MANGLER 1" in html.unescape(
            await officer.page(f"/incidents/{incident}/safety-part")
        )
        # The centre's own reader may not end it by machine; a person may, and says why.
        system = here.system(NJB)
        ends = f"/api/v1/incidents/{incident}/safety/roll-call/closed"
        assert (await system.post(ends, json={})).status_code == 403
        await officer.send(path, {**row, "whole": unit}, at=path)
        assert waits(here, incident) == []
        assert "Alle er talt" in html.unescape(await officer.page(path))
        await officer.send(path, {**row, f"count:{unit}": "3"}, at=path)
        await officer.send(f"{path}/closed", {"reason": " "}, 409, at=path)
        reason = "CANARY kørt til sygehus"
        await officer.send(f"{path}/closed", {"reason": reason}, at=path)
        assert waits(here, incident) == []
        log = told(await got(njb, f"/incidents/{incident}/log", sort="safety"))
        assert log[-1] == f"Mandtal afsluttet: 1 mangler, 0 enheder ikke talt {reason}"
        assert f"Mandtal: {callsign}, 4 ude og 2 inde" in log
        other = here.system(NVJB, function="duty_officer", personal=True)
        assert "CANARY" not in str(await got(other, f"/incidents/{incident}/log"))

    play(story)


def test_a_roll_call_is_counted_over_the_interface(play: Play) -> None:
    async def story(here: Watch) -> None:
        njb, incident, unit = await there(here)
        path = f"/api/v1/incidents/{incident}/safety"
        empty = await njb.post(f"{path}/roll-call", json={})
        assert (empty.status_code, empty.json()["error"]["code"]) == (409, "roll_empty")
        await sent(njb, f"/incidents/{incident}/safety/roll-call", starts=True)
        counts = [{"unit": unit, "callsign": "M1", "present": 6, "expected": 6}]
        now = await sent(njb, f"/incidents/{incident}/safety/roll-call", counts=counts)
        (counted,) = now["roll"]["units"]
        assert (counted["expected"], counted["present"]) == (6, 6)
        closed = await sent(njb, f"/incidents/{incident}/safety/roll-call/closed")
        assert closed["roll"]["closed_at"]
        for bad in (
            {"team": "t1", "sort": "entered"},
            {"team": "t1", "sort": "pressure"},
        ):
            assert (await njb.post(f"{path}/steps", json=bad)).status_code == 422
        odd = {**TEAM, "cylinder": "none"}
        assert (await njb.post(f"{path}/teams", json=odd)).status_code == 422
        assert (await njb.get("/api/v1/incidents/none/safety")).status_code == 404

    play(story)


def test_who_may_only_look_is_shown_no_form(play: Play) -> None:
    async def story(here: Watch) -> None:
        njb, incident, _ = await there(here)
        await sent(njb, f"/incidents/{incident}/safety/teams", **TEAM)
        council = await here.person(NJB, "municipal_council")
        brief = f"/incidents/{incident}/safety-part?brief=yes"
        assert "RD 1" in await council.page(brief)
        quiet = await fire(njb)
        assert "safety-title" not in await council.page(brief.replace(incident, quiet))
        assert "safety-title" in await council.page(f"/incidents/{quiet}/safety-part")
        for page in ("divers", "roll-call", "safety-part", "divers-part"):
            shown = await council.page(f"/incidents/{incident}/{page}")
            assert "/divers/" not in shown.replace(f"/incidents/{incident}/divers-part", ""), page
            assert "roll-call/closed" not in shown
        assert "RD 1" in await council.page(f"/incidents/{incident}/safety-part")
        # To whom nothing is told, "nobody is inside" would be a lie.
        other = await here.person(NVJB, "incident_commander")
        for page in ("divers", "roll-call", "safety-part", "divers-part"):
            shown = await other.page(f"/incidents/{incident}/{page}")
            assert "bliver ikke fortalt hertil" in shown, page

    play(story)
