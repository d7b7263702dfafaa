# SPDX-License-Identifier: Apache-2.0
"""The duty through the whole house: entered, called, kept; talk groups given and given back."""

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bavn.runtime import clock
from tests.node.alerted import BSIK, NJB, Alerted, alerted

NAME, NUMBER = "Kanariefugl Opdigtet", "+45 00 00 47 11"


def played(story: Callable[[], Any]) -> None:
    asyncio.run(asyncio.wait_for(story(), 60))


def at(hours: float) -> str:
    return (clock.now() + timedelta(hours=hours)).strftime("%Y-%m-%d %H:%M+00:00")


def roster(*rows: str) -> str:
    return "\n".join(("function;organisation;from;to;name;number;place", *rows))


def row(begins: float, ends: float, name: str = NAME, place: int = 1, who: str = "chief") -> str:
    return f"{who};Øst;{at(begins)};{at(ends)};{name};{NUMBER};{place}"


async def entered(by: httpx.AsyncClient, csv: str) -> dict[str, Any]:
    looked = (await by.post("/api/v1/duty/list", json={"csv": csv})).json()
    assert looked["faults"] == [], looked
    done = await by.post("/api/v1/duty/list", json={"csv": csv, "ground": looked["ground"]})
    assert done.status_code == 201, done.text
    return dict(looked)


async def now(by: httpx.AsyncClient, q: str = "") -> list[dict[str, Any]]:
    answer = await by.get("/api/v1/duty", params={"q": q})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def reported(by: httpx.AsyncClient) -> str:
    answer = await by.post("/api/v1/incidents", json={"type": "BR-VIL", "service": "njb"})
    return str(answer.json()["id"])


@pytest.mark.requirement("E5.1")
def test_a_roster_is_entered_whole_and_a_number_is_called_with_the_incident(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async def story() -> None:
        async with alerted(tmp_path) as own:
            by = own.officer()
            csv = roster(row(-1, 5), row(-1, 5, "Nr To", 2), row(7, 9), row(-1, 9, who="police"))
            assert (await entered(by, csv))["added_count"] == 4
            chief, police = await now(by)
            assert [each["name"] for each in chief["now"]] == [NAME, "Nr To"]
            assert [each["number"] for each in police["now"]] == [NUMBER]
            assert len(chief["gaps"]) == 2, "between the watches, and after the last"
            assert [each["function"] for each in await now(by, "police")] == ["police"]
            assert [each["function"] for each in await now(by, "nr to")] == ["chief"]
            # Sent again nothing more is there; one less, and it is gone.
            assert (await entered(by, csv))["added_count"] == 0
            fewer = roster(row(-1, 5), row(7, 9), row(-1, 9, who="police"))
            looked = (await by.post("/api/v1/duty/list", json={"csv": fewer})).json()
            stale = await by.post(
                "/api/v1/duty/list", json={"csv": csv, "ground": looked["ground"]}
            )
            assert stale.json()["error"]["code"] == "roster_changed"
            assert len((await entered(by, fewer))["removed"]) == 1
            # One touch, kept with its incident, and whether it was answered.
            incident = await reported(by)
            watch = (await now(by))[0]["now"][0]["watch"]
            path = f"/api/v1/duty/watches/{watch}/call"
            body = {"incident": incident, "sender_ref": "touch-1"}
            first = (await by.post(path, json=body)).json()
            again = (await by.post(path, json=body)).json()
            assert (again["id"], again["repeated"]) == (first["id"], True)
            await by.post(f"/api/v1/duty/calls/{first['id']}/ended", json={"answered": False})
            (call,) = (await by.get("/api/v1/duty")).json()["calls"]
            assert (call["incident"], call["answered"], call["by"]) == (
                incident,
                False,
                "duty_officer",
            )

    played(story)
    said = capfd.readouterr()
    log = said.out + said.err
    assert "text.read" in log, "that a number was read is logged"
    assert "Kanariefugl" not in log
    assert "47 11" not in log


def test_names_and_numbers_are_for_whom_they_are_and_a_fault_never_repeats_them(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with alerted(tmp_path) as own:
            await entered(own.officer(), roster(row(-1, 5)))
            planner = own.house.machine("planner", organisations=(NJB,), personal=False)
            ((post,),) = [await now(planner)]
            assert [each["name"] for each in post["now"]] == [None]
            assert await now(own.officer(owner=BSIK)) == []
            watch = post["now"][0]["watch"]
            for client, path in (
                (own.officer(owner=BSIK), f"/api/v1/duty/watches/{watch}/call"),
                (own.officer(), "/api/v1/duty/watches/nobody/call"),
            ):
                answer = await client.post(path, json={})
                assert (answer.status_code, answer.json()["error"]["code"]) == (
                    404,
                    "no_such_watch",
                )
            operator = own.officer("control_room_operator")
            refused: tuple[tuple[str, dict[str, str]], ...] = (
                ("/api/v1/duty/list", {"csv": roster(row(0, 1))}),
                ("/api/v1/talk-groups", {"id": "g", "name": "G"}),
                (f"/api/v1/duty/watches/{watch}/remove", {}),
            )
            for path, body in refused:
                answer = await operator.post(path, json=body)
                assert answer.json()["error"]["code"] == "not_by_mandate", path
            bad = await own.officer().post("/api/v1/duty/list", json={"csv": roster(row(3, 1))})
            assert [each["name"] for each in bad.json()["faults"]] == ["ends_first"]
            assert "Kanariefugl" not in bad.text
            raws = own.house.live.reading.facts_after(0, 200)
            assert not any(b"Kanariefugl" in each.raw for each in raws)

    played(story)


def test_a_talk_group_is_given_shown_twice_where_it_is_used_twice_and_given_back(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with alerted(tmp_path) as own:
            by = own.officer()
            first, second = await reported(by), await reported(by)
            group = {"id": "s1", "name": "Skadested 1", "use": "indsats"}
            assert (await by.post("/api/v1/talk-groups", json=group)).status_code == 201
            path = "/api/v1/incidents/{}/talk-group"
            missing = await by.post(path.format(first), json={"group": "s9"})
            assert (missing.status_code, missing.json()["error"]["code"]) == (
                404,
                "no_such_talk_group",
            )
            for incident in (first, second, second):
                assert (
                    await by.post(path.format(incident), json={"group": "s1"})
                ).status_code == 201
            assert sorted(await held(by)) == sorted([first, second])
            part = await by.get(
                f"/incidents/{first}/groups-part", headers={"accept-language": "da"}
            )
            assert "Skadested 1" in part.text
            assert "Bruges to steder" in part.text
            closed = await by.post(f"/api/v1/incidents/{first}/close", json={"outcome": "real"})
            assert closed.status_code in (200, 201), closed.text
            await until_held(own, by, [second])
            await by.post(path.format(second) + "/release", json={"group": "s1"})
            assert await held(by) == []

    played(story)


async def held(by: httpx.AsyncClient) -> list[str]:
    (group,) = (await by.get("/api/v1/duty")).json()["talk_groups"]
    return list(group["incidents"])


async def until_held(own: Alerted, by: httpx.AsyncClient, wanted: list[str]) -> None:
    told = asyncio.Event()
    own.house.live.after_news(told.set)
    async with asyncio.timeout(10):
        while await held(by) != wanted:
            told.clear()
            await told.wait()


def test_the_page_calls_by_one_touch_and_takes_a_list_by_hand(tmp_path: Path) -> None:
    async def story() -> None:
        async with alerted(tmp_path) as own:
            by = await own.house.person(organisation=NJB, function="duty_officer")
            by.headers["accept"] = "text/html"
            page = (await by.get("/duty/roster")).text
            key = re.search(r'name="csrf" value="([^"]+)"', page)
            assert key is not None
            fields = {"csrf": key[1], "csv": roster(row(-1, 5), row(3, 1))}
            faulty = await by.post("/duty/roster", data=fields)
            assert faulty.status_code == 422
            assert "Slutter, før den begynder" in faulty.text
            fields["csv"] = roster(row(-1, 5))
            looked = (await by.post("/duty/roster", data=fields)).text
            ground = re.search(r'name="ground" value="([^"]+)"', looked)
            assert ground is not None
            done = await by.post("/duty/roster", data={**fields, "ground": ground[1]})
            assert done.status_code == 303
            one = {"csrf": key[1], "function": "police", "organisation": "Kreds", "name": "En Til"}
            one |= {"from": at(-1).replace(" ", "T"), "to": at(2), "number": "ingen", "place": "1"}
            assert "Er intet telefonnummer" in (await by.post("/duty/watch", data=one)).text
            one["number"] = "+45 00 00 00 02"
            assert (await by.post("/duty/watch", data=one)).status_code == 303
            incident = await reported(own.officer())
            page = (await by.get("/duty", params={"incident": incident})).text
            assert 'href="tel:+4500004711"' in page
            assert NAME in page
            assert "En Til" in page
            assert (await by.get("/duty")).headers["cache-control"] == "no-store"
            form = re.search(r'action="(/duty/[^"]+/called)"', page)
            assert form is not None
            data = {"csrf": key[1], "incident": incident, "sender_ref": "one"}
            assert (await by.post(form[1], data=data)).status_code == 303
            page = (await by.get("/duty")).text
            ended = re.search(r'action="(/duty/calls/[^"]+/ended)"', page)
            assert ended is not None
            await by.post(ended[1], data={"csrf": key[1], "answered": "yes"})
            page = (await by.get("/duty")).text
            assert "Bygningsbrand" in page
            assert "/ended" not in page

    played(story)
