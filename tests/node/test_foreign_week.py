# SPDX-License-Identifier: Apache-2.0
"""A foreign system's week is replayed whole: nothing twice, nothing lost, nothing overwritten."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bavn.capabilities.operations.api.bulk import STATUSES_LIMIT
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from tests.node.foreign import foreign_week
from tests.node.watch import NJB, Watch, founded, watch

pytestmark = pytest.mark.slow
UNITS = 16


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return founded(Path(tmp_path_factory.mktemp("foreign")) / "node", built_in("denmark"))


async def replayed(north: Watch, sent: list[Any]) -> dict[str, Any]:
    """All of it, and what the interface answered in sum."""
    found: dict[str, Any] = {"taken": 0, "repeated": 0, "refused": 0}
    system = north.system(NJB)
    for first in range(0, len(sent), STATUSES_LIMIT):
        items = sent[first : first + STATUSES_LIMIT]
        answer = await system.post("/api/v1/statuses", json={"items": items})
        assert answer.status_code == 200, answer.text
        told = answer.json()
        found["taken"] += told["taken"]
        found["repeated"] += told["repeated"]
        found["refused"] += len({each["where"].partition(".")[0] for each in told["problems"]})
    return found


@pytest.mark.requirement("E5.8")
def test_a_foreign_week_is_taken_once_and_what_is_rubbish_is_named(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            register = north.rooms["organisation"]
            known = register.on(register.today(clock.now())).units.values()
            units = [str(each.id) for each in known if each.service == NJB][:UNITS]
            week = foreign_week(units, clock.now(), seed=7)
            assert week.rubbish_count > 10
            before = north.live.position
            told = await replayed(north, week.sent)
            assert told["refused"] == week.rubbish_count
            assert told["taken"] - told["repeated"] == len(week.told)
            assert told["taken"] == len(week.sent) - week.rubbish_count
            assert north.live.position - before == len(week.told), "no fact twice"
            read = (await north.system(NJB).get(f"/api/v1/units?service={NJB}")).json()["items"]
            stands = {each["id"]: each["status"] for each in read if each["id"] in units}
            assert stands == week.standing()

            # The whole of it once more, as after a restart of the other system.
            again = await replayed(north, week.sent)
            assert again["taken"] == again["repeated"]
            assert north.live.position - before == len(week.told)

    asyncio.run(story())


@pytest.mark.requirement("E5.8")
def test_no_word_of_the_week_overwrites_what_the_crew_has_just_said(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            unit = north.unit_of(NJB)
            leader = north.system(NJB, function="incident_commander")
            said = {"status": "at_scene", "incident": "storm-1"}
            assert (await leader.post(f"/api/v1/units/{unit}/status", json=said)).is_success
            late = {"status": "en_route", "incident": "storm-1"}
            answer = await north.system(NJB).post(f"/api/v1/units/{unit}/status", json=late)
            assert "outranked" in answer.json()["flags"]
            week = foreign_week([unit], clock.now(), seed=8)
            await replayed(north, week.sent)
            one = (await leader.get(f"/api/v1/units/{unit}")).json()
            assert one["status"] == "at_scene"
            given = one["given_by"]["unit.status"]
            assert given["by"] == "scene"
            assert [(each["by"], each["value"]) for each in given["also"]] == [
                ("system", "en_route")
            ]

    asyncio.run(story())
