# SPDX-License-Identifier: Apache-2.0
"""The normal picture through the door of a whole node: what it says, and who may see it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from bavn.capabilities.situation.model.normal import WEEK_HOURS, hour_number
from bavn.node.invented_past import turnouts
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.past.importing import Importer
from bavn.runtime.past.rows import DAY_HOURS, HOUR_S, Turnout
from bavn.runtime.past.store import past_path
from tests.node.watch import AALBORG, NJB, WORLD, Watch, founded, watch

pytestmark = pytest.mark.slow
PART, API = "/situation/normal", "/api/v1/normal"
COUNTRY = built_in("denmark")
ZONE = ZoneInfo(COUNTRY.time_zone)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return founded(tmp_path_factory.mktemp("normal") / "node", COUNTRY)


def play(folder: Folder, story: Callable[[Watch], Awaitable[None]]) -> None:
    async def played() -> None:
        async with watch(folder) as north:
            await story(north)

    asyncio.run(asyncio.wait_for(played(), 60))


def remembered(folder: Folder, weeks: int, each_hour: int) -> None:
    """Give the service a history of as many turn-outs in each of the hours that may be looked at.

    One week is a storm.
    """
    now = datetime.now(UTC)
    rows: list[Turnout] = []
    for back in range(weeks):
        for hours in (-2, -1, 0, 1):
            at = now - timedelta(weeks=back + 1) + timedelta(hours=hours)
            for number in range(500 if back == 7 else each_hour):
                rows.append(turned_out(at, len(rows), number))
    Importer(past_path(folder.path, WORLD).parent, COUNTRY).invent("test", now, [rows])


def turned_out(at: datetime, key: int, number: int) -> Turnout:
    return Turnout(
        key=key,
        at=int(at.timestamp()),
        hour=hour_number(at.astimezone(ZONE)),
        service=str(NJB),
        type="BR-BIL" if number % 2 else "never heard of",
        municipality="0851",
        x=None,
        y=None,
        outcome="",
        station="",
        vehicles=None,
        turnout_s=None,
        drive_s=None,
        response_s=None,
        is_twofold=False,
    )


async def reported(system: httpx.AsyncClient, count: int) -> None:
    place = {"lat": AALBORG[0], "lon": AALBORG[1]}
    for _ in range(count):
        answer = await system.post("/api/v1/incidents", json={"type": "BR-BIL", "place": place})
        assert answer.status_code == 201, answer.text


@pytest.mark.requirement("E5.3")
def test_the_last_hour_stands_beside_what_is_normal_for_it(folder: Folder) -> None:
    async def story(north: Watch) -> None:
        officer, system = await north.person(NJB), north.system(NJB)
        # Nothing was imported: it says so, and how to.
        assert "bavn import odin" in await officer.page(PART)
        assert (await system.get(API)).json()["lines"] == []
        # A little is not enough.
        remembered(folder, 20, 4)
        little = await officer.page(PART)
        assert "to hele år" in little
        assert (await system.get(API)).json()["lines"] == []
        # A server that runs sees the history when it is there.
        remembered(folder, 140, 4)
        answer = (await system.get(API)).json()
        assert answer["ground"]["service_count"] == 1
        assert answer["ground"]["is_synthetic"] is True
        local = (clock.now() - timedelta(minutes=30)).astimezone(ZONE)
        assert answer["weekday"] * DAY_HOURS + answer["hour"] in {
            hour_number(each) % WEEK_HOURS for each in (local, local - timedelta(minutes=1))
        }
        lines = {(each["scope"], each["id"]): each for each in answer["lines"]}
        assert set(lines) >= {("all", ""), ("area", "nordjylland"), ("service", "njb")}
        whole = lines["all", ""]
        # The storm is one week of many.
        assert (whole["median"], whole["low"], whole["high"]) == (4, 4, 4)
        assert (whole["now_count"], whole["verdict"]) == (0, "fewer")
        assert (lines["group", "fire"]["median"], lines["group", "other"]["median"]) == (2, 2)
        assert "færre end normalt" in await officer.page(PART)
        # What is reported is counted at once, and the deviation is a word.
        await reported(system, 5)
        page = await officer.page(PART)
        assert ": 4 (4–4); seneste time: 5." in page
        assert "flere end normalt" in page
        assert "OPDIGTET" in page
        answer = (await system.get(API)).json()
        assert {each["verdict"] for each in answer["lines"] if each["id"] in {"", "njb"}} == {
            "more"
        }
        # It is a part of the picture's page.
        assert f'data-live="{PART}"' in await officer.page("/")

    play(folder, story)


def test_who_may_not_see_the_picture_does_not_see_what_is_normal(folder: Folder) -> None:
    async def story(north: Watch) -> None:
        stranger = north.house.visitor(accept="text/html")
        assert (await stranger.get(PART)).status_code in {303, 401}
        assert (await north.house.visitor().get(API)).status_code == 401
        # Nobody is that there, by the mandates.
        for path in (PART, API):
            answers = [
                await _asked(north, function, path) for function in ("national_chief", "system")
            ]
            assert [each.status_code for each in answers] == [403, 200], path

    play(folder, story)


async def _asked(north: Watch, function: str, path: str) -> httpx.Response:
    return await north.system(NJB, function=function).get(path)


def test_the_invented_history_is_the_plays_own_calibration() -> None:
    until = datetime(2026, 11, 20, tzinfo=UTC).date()
    days = list(turnouts(COUNTRY, until, 40))
    assert days == list(turnouts(COUNTRY, until, 40))
    count = sum(map(len, days)) / len(days)
    # 110 a day over the year; October and November are a little quieter.
    assert 95 < count < 125
    for each in days[-1]:
        local = datetime.fromtimestamp(each.at, ZONE)
        assert local.date() == until - timedelta(days=1)
        assert each.hour == hour_number(local)
        assert 0 <= each.at % HOUR_S < HOUR_S
