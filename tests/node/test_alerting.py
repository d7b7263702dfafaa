# SPDX-License-Identifier: Apache-2.0
"""An order reaches the crew through the whole house, and nothing that hangs delays anybody."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bavn.capabilities.alerting.views import ALERTS, CALLOUTS
from bavn.frame.call import Call
from bavn.journal.reader import Reader
from bavn.kernel.mandate import Actor
from bavn.runtime import clock
from bavn.runtime.texts import Texts
from tests.node.alerted import BSIK, CANARY, NJB, Alerted, alerted
from tests.node.test_duty import NUMBER, entered, roster, row
from tests.runtime.alerting.servers import Mood, serving

pytestmark = [pytest.mark.story]
ADDRESS, CALLER, CALLBACK = "Æblevej 1, 9000 Aalborg", "Ida Opdigtet ringer", "+45 70 10 20 30"


def played(story: Callable[[], Any]) -> None:
    asyncio.run(asyncio.wait_for(story(), 60))


def officer() -> Call:
    return Call(
        actor=Actor(organisation=NJB, function="duty_officer"),
        organisations=frozenset({NJB}),
        reader=Reader(organisations=frozenset({NJB})),
        sender="test",
        language="da",
        now=clock.now(),
        say=Texts("da"),
    )


async def reported(by: httpx.AsyncClient) -> str:
    answer = await by.post(
        "/api/v1/incidents",
        json={
            "type": "BR-VIL",
            "service": "njb",
            "place": {"lat": 57.0488, "lon": 9.9217},
            "address": ADDRESS,
            "text": CALLER,
            "callback": CALLBACK,
        },
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def kept(by: httpx.AsyncClient, target: str, channel: str, to: str, rank: int = 1) -> None:
    body = {"target": target, "channel": channel, "address": to, "rank": rank}
    answer = await by.post("/api/v1/alert-addresses", json=body)
    assert answer.status_code == 201, answer.text


async def ordered(by: httpx.AsyncClient, incident: str, *units: str) -> httpx.Response:
    answer = await by.post(f"/api/v1/incidents/{incident}/dispatch", json={"units": units})
    assert answer.status_code == 201, answer.text
    return answer


def states(own: Alerted) -> list[str]:
    reader = Reader(organisations=frozenset({NJB}))
    return sorted(str(row["state"]) for row in own.house.live.query.rows(reader, ALERTS))


def callout(own: Alerted) -> str:
    reader = Reader(organisations=frozenset({NJB}))
    rows = own.house.live.query.rows(reader, CALLOUTS)
    return str(rows[0]["state"]) if rows else ""


@pytest.mark.requirement("E5.1")
def test_an_order_is_handed_over_says_where_names_no_caller_and_is_answered(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async def story() -> None:
        async with serving("webhook") as gateway, alerted(tmp_path, gateway.at) as own:
            by = own.officer()
            await kept(by, "unit:njb-01-asp-1", "gateway", CANARY)
            await kept(by, "unit:njb-01-asp-1", "slips", "station-01")
            incident = await reported(by)
            await ordered(by, incident, "njb-01-asp-1")
            await own.until(lambda: states(own) == ["handed_over", "handed_over"])
            ((_, body),) = gateway.taken
            told = json.loads(body)
            assert told["to"] == CANARY
            assert told["address"] == ADDRESS
            assert told["place"] == {"lat": 57.0488, "lon": 9.9217, "exact": True}
            assert "njb-01-asp-1" in told["units"]
            (slip,) = (tmp_path / "node" / "spool" / "station-01").iterdir()
            for said in (body.decode(), slip.read_text("utf-8")):
                assert "Ida" not in said
                assert "70 10" not in said
            assert ADDRESS in slip.read_text("utf-8")
            # The gateway answers for the crew, twice.
            sending = own.officer("system")
            path = f"/api/v1/alerts/{told['id']}/receipt"
            for is_repeat in (False, True):
                answer = await sending.post(path, json={"sort": "acknowledged"})
                assert (answer.status_code, answer.json()["repeated"]) == (201, is_repeat)
            shown = (await by.get(f"/api/v1/incidents/{incident}/alerts")).json()["items"]
            assert [each["state"] for each in shown] == ["answered"]
            assert CANARY not in json.dumps(shown)
            addresses = (await by.get("/api/v1/alert-addresses")).text
            assert CANARY not in addresses
            # Nobody else's: neither the call-outs nor the receipt.
            other = own.officer(owner=BSIK)
            assert (await other.get(f"/api/v1/incidents/{incident}/alerts")).json()["items"] == []
            refused = await other.post(path, json={"sort": "acknowledged"})
            assert (refused.status_code, refused.json()["error"]["code"]) == (404, "no_such_alert")
            operator = own.officer("control_room_operator")
            no = await operator.post(
                "/api/v1/alert-addresses", json={"target": "x", "channel": "x", "address": "x"}
            )
            assert no.json()["error"]["code"] == "not_by_mandate"

    played(story)
    said = capfd.readouterr()
    log = said.out + said.err
    assert "alert.handed_over" in log
    assert "kanariefugl" not in log
    assert "Æblevej" not in log


def test_a_hanging_gateway_delays_no_order_no_status_and_no_other_channel(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            serving("webhook", Mood.HANGING) as gateway,
            alerted(tmp_path, gateway.at) as own,
        ):
            by = own.officer()
            for unit in range(8):
                await kept(by, f"unit:njb-01-asp-{unit}", "gateway", CANARY)
            await kept(by, "unit:njb-02-asp-1", "slips", "station-02")
            incident = await reported(by)
            await ordered(by, incident, *(f"njb-01-asp-{unit}" for unit in range(8)))
            await gateway.until(lambda: gateway.open_count == 4)
            began = clock.seconds()
            await ordered(by, incident, "njb-02-asp-1")
            status = await by.post(
                "/api/v1/units/njb-01-asp-1/status",
                json={"status": "en_route", "incident": incident},
            )
            assert status.status_code == 201, status.text
            # Far below the deadline of whoever hangs.
            assert clock.seconds() - began < 1.0
            folder = tmp_path / "node" / "spool" / "station-02"
            await own.until(folder.exists)
            assert clock.seconds() - began < 5.0

    played(story)


def test_missing_receipts_stand_on_the_board_and_sound_when_nobody_is_left(tmp_path: Path) -> None:
    async def story() -> None:
        async with alerted(tmp_path) as own:
            by, room = own.officer(), own.rooms["alerting"]
            await kept(by, "unit:njb-01-asp-1", "slips", "station-01")
            rule = {"steps": [{"wait_s": 0, "to": ["unit/*"]}], "board_wait_s": 1, "basis": "own"}
            assert (await by.post("/api/v1/alert-rule", json=rule)).status_code == 201
            incident = await reported(by)
            await ordered(by, incident, "njb-01-asp-1")
            await own.until(lambda: states(own) == ["handed_over"])
            assert room.wanting(officer()) == []
            await own.until(lambda: callout(own) == "unanswered")
            (wants,) = room.wanting(officer())
            assert (wants.loud, wants.about) == (True, f"incident:{incident}")
            assert Texts("da")(wants.text, **wants.values)
            part = await by.get(f"/incidents/{incident}/alerts-part")
            assert "Ingen har kvitteret" in part.text

    played(story)


def test_settings_that_cannot_be_used_stop_nobody_and_are_shown_with_sound(tmp_path: Path) -> None:
    async def story() -> None:
        async with alerted(tmp_path, settings="[channel.x]\nsort = 'pigeon'\n") as own:
            by = own.officer()
            await kept(by, "unit:njb-01-asp-1", "x", "nowhere")
            incident = await reported(by)
            await ordered(by, incident, "njb-01-asp-1")
            await own.until(lambda: callout(own) == "unanswered")
            wants = own.rooms["alerting"].wanting(officer())
            assert {each.id for each in wants} >= {"alerting-settings"}
            assert all(each.loud for each in wants)
            assert "pigeon" in (await by.get("/alerting", headers={"accept": "text/html"})).text

    played(story)


def test_a_functions_address_may_be_whoever_has_its_duty_and_nobody_is_said_to_be_nobody(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with serving("webhook") as gateway, alerted(tmp_path, gateway.at) as own:
            by = own.officer()
            await kept(by, "function:chief", "gateway", "@duty")
            await kept(by, "function:police", "gateway", "@duty")
            to = ["function:chief/*", "function:police/*"]
            rule = {"steps": [{"wait_s": 0, "to": to}], "board_wait_s": 60, "basis": "own"}
            assert (await by.post("/api/v1/alert-rule", json=rule)).status_code == 201
            await entered(by, roster(row(-1, 5), row(-1, 5, "Nr To", 2)))
            incident = await reported(by)
            await ordered(by, incident, "njb-01-asp-1")
            await own.until(lambda: states(own) == ["failed", "handed_over"])
            ((_, body),) = gateway.taken
            assert json.loads(body)["to"] == NUMBER
            (shown,) = (await by.get(f"/api/v1/incidents/{incident}/alerts")).json()["items"]
            assert {each["why"] for each in shown["alerts"]} == {None, "nobody_on_duty"}

    played(story)


def test_what_has_waited_for_too_long_is_not_sent_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As after a restore: the record says that it waits, and that was long ago.
    monkeypatch.setattr("bavn.node.alerting.TOO_OLD", timedelta(0))

    async def story() -> None:
        async with alerted(tmp_path) as own:
            by = own.officer()
            await kept(by, "unit:njb-01-asp-1", "slips", "station-01")
            incident = await reported(by)
            await ordered(by, incident, "njb-01-asp-1")
            await own.until(lambda: states(own) == ["failed"])
            (shown,) = (await by.get(f"/api/v1/incidents/{incident}/alerts")).json()["items"]
            assert (shown["alerts"][0]["why"], shown["state"]) == ("too_old", "unanswered")
            assert not (tmp_path / "node" / "spool" / "station-01").exists()

    played(story)


def test_who_has_to_know_is_told_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with alerted(tmp_path) as own:
            by = own.officer()
            incident = await reported(by)
            path = f"/api/v1/incidents/{incident}/informed"
            assert (await by.get(path)).json()["items"] == []
            await ordered(by, incident, "njb-01-asp-1", "njb-01-isl-1")
            (police,) = (await by.get(path)).json()["items"]
            assert (police["code"], police["told_at"]) == ("police", None)
            assert (await by.post(path, json={"who": "police"})).status_code == 201
            again = await own.officer("control_room_operator").post(path, json={"who": "police"})
            assert (again.status_code, again.json()["error"]["code"]) == (409, "already_informed")
            (police,) = (await by.get(path)).json()["items"]
            assert (police["told_by"], police["how"]) == ("duty_officer", "phone")
            part = await by.get(f"/incidents/{incident}/inform-part")
            assert "Politiets vagtcentral" in part.text

    played(story)


@pytest.mark.slow
def test_killed_between_handing_over_and_noting_nothing_is_lost_and_the_number_is_the_same(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with serving("webhook") as gateway:
            async with alerted(tmp_path, gateway.at) as own:
                by = own.officer()
                await kept(by, "unit:njb-01-asp-1", "gateway", CANARY)
                incident = await reported(by)
                gateway.mood = Mood.HANGING
                await ordered(by, incident, "njb-01-asp-1")
                await own.until(lambda: states(own) == ["queued"])
            assert gateway.taken == []
            gateway.mood = Mood.WELL
            command = [sys.executable, "-m", "tests.node.alerted", str(tmp_path), gateway.at]
            child = await asyncio.create_subprocess_exec(
                *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
            )
            # It dies the moment the gateway has the alert, before it hears that it was taken.
            gateway.on_taken = lambda: os.kill(child.pid, signal.SIGKILL)
            await child.wait()
            assert child.returncode == -signal.SIGKILL
            assert len(gateway.taken) == 1
            gateway.on_taken = None
            async with alerted(tmp_path, gateway.at) as own:
                await own.until(lambda: states(own) == ["handed_over"])
            numbers = [headers["idempotency-key"] for headers, _ in gateway.taken]
            assert len(numbers) == 2
            assert len(set(numbers)) == 1

    played(story)
