# SPDX-License-Identifier: Apache-2.0
"""A service's own control-room system feeds the stand-in, with a token that was made beforehand."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bavn.runtime import clock
from bavn.runtime.peers import known, lookout
from bavn.runtime.peers.memory_line import Mode
from tests.runtime.web.house import House
from tests.story.centres import (
    MIDDLE,
    NORTH,
    NOTE,
    SERVICE,
    STAND_IN,
    TEXT,
    Two,
    known_to_the_stand_in,
    two,
)

pytestmark = [pytest.mark.story, pytest.mark.slow]
INCIDENTS = "/api/v1/incidents"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "SILENT_S", 1.5)
    monkeypatch.setattr(lookout, "LOOK_EACH_S", 0.05)


async def sent(feed: httpx.AsyncClient, ref: str) -> httpx.Response:
    """The answer to an alarm of the service's own system."""
    body = {"type": "BR-VIL", "municipality": "0851", "service": SERVICE, "sender_ref": ref}
    return await feed.post(INCIDENTS, json={**body, "text": "fra vagtcentralen"})


async def fed(feed: httpx.AsyncClient, ref: str) -> dict[str, Any]:
    """What becomes of the alarm."""
    answer = await sent(feed, ref)
    assert answer.status_code in (200, 201), answer.text
    found: dict[str, Any] = answer.json()
    return found


async def read(feed: httpx.AsyncClient) -> str:
    """All that is told of the incident that was going on."""
    answer = await feed.get(f"{INCIDENTS}/one")
    story = await feed.get(f"{INCIDENTS}/one/facts")
    return answer.text + story.text


async def taken_over(house: House) -> None:
    chief = house.machine("area_duty_leader", organisations=(STAND_IN,), name="chief")
    body = {
        "owner": SERVICE,
        "from_node": NORTH,
        "contact": "no_contact",
        "tried_by": ["sine", "phone"],
        "tried_at": (clock.now() - timedelta(minutes=2)).isoformat(),
        "decider": "Bo Opfundet",
        "called": "ingen",
        "reason": "tavs",
    }
    said = ""
    for _ in range(200):
        answer = await chief.post("/api/v1/connections/take-overs", json=body)
        if answer.status_code in (200, 201):
            return
        said = answer.text
        await asyncio.sleep(0.05)
    raise AssertionError(said)


@pytest.mark.requirement("E5.6")
def test_a_feed_acts_for_its_service_at_the_stand_in_as_soon_as_that_goes_on_for_it(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with two(tmp_path) as world:
            await known_to_the_stand_in(world)
            feed = world.house.machine("system", organisations=(SERVICE,), personal=True)
            both = world.house.machine(
                "system", organisations=(SERVICE, STAND_IN), personal=False, name="both"
            )
            # Before: one that acts for the stand-in as well has its alarms taken there; one that
            # does not is told where to send them; and nothing private of the service is read.
            assert (await fed(both, "b-1"))["service"] == STAND_IN
            refused = await sent(feed, "a-1")
            assert refused.status_code == 409, refused.text
            assert refused.json()["error"]["values"]["host"] == NORTH
            shown = await read(feed)
            assert TEXT not in shown
            assert NOTE not in shown
            await cut_off_and_taken_over(world)
            assert (await fed(both, "b-2"))["service"] == SERVICE
            second = await fed(feed, "a-2")
            assert second["service"] == SERVICE
            assert TEXT in await read(feed)
            # The same number gets the same answer, whoever it is that goes on.
            again = await fed(feed, "a-2")
            assert (again["id"], again["repeated"]) == (second["id"], True)
            unit = {"status": "at_scene", "service": SERVICE}
            answer = await feed.post("/api/v1/units/njb-01-asp-1/status", json=unit)
            assert answer.status_code in (200, 201), answer.text

    asyncio.run(story())


async def cut_off_and_taken_over(world: Two) -> None:
    world.link(Mode.CUT)
    await taken_over(world.house)
    record = world.house.live.journal.record
    await world.until(lambda: record.roster.host_of(SERVICE) == MIDDLE, "it is taken over")
