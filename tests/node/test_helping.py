# SPDX-License-Identifier: Apache-2.0
"""Assistance over pages and interface of the whole application."""

import asyncio
from pathlib import Path

import pytest

from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from tests.node.watch import AGENCY, NJB, founded, watch

pytestmark = pytest.mark.slow
FIRE = {"type": "BR-GRD", "place": {"lat": 57.0488, "lon": 9.9217}, "service": "njb"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return founded(Path(tmp_path_factory.mktemp("helping")) / "node", built_in("denmark"))


@pytest.mark.requirement("E5.4")
def test_assistance_is_called_for_answered_and_ended(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            system = north.system(NJB)
            fire = (await system.post("/api/v1/incidents", json=FIRE)).json()["id"]
            here = f"/incidents/{fire}/assistance"
            leader = await north.person(NJB, "incident_commander")
            form = {"type-0": "TAN", "count-0": "2"}
            nobody = await leader.send(here, form, 422, at=here)
            assert 'value="2"' in nobody.text
            await leader.send(here, {**form, "of": "brs", "count-0": "1000"}, 422)
            await leader.send(here, {**form, "of": "brs"})
            part = await leader.page(f"/incidents/{fire}/assistance-part")
            assert "intet svar endnu" in part
            assert "§ 18, stk. 3" in part
            # The technical leader calls; a council demands.
            await leader.send(f"/incidents/{fire}/demand", {**form, "of": "brs"}, 403)
            other = await north.person(AGENCY, "national_duty_officer")
            (one,) = (await system.get("/api/v1/reinforcement")).json()["items"]
            answer = f"/reinforcement/{one['id']}/answer"
            wrong = await other.send(
                answer, {"of": "brs", "answer": "coming", "units": "NOBODY"}, 422
            )
            assert "NOBODY" in wrong.text
            await other.send(answer, {"of": "brs", "answer": "cannot"}, 409)
            # Nobody answers for another.
            await leader.send(answer, {"of": "brs", "answer": "coming"}, 403)
            unit = north.unit_of(AGENCY)
            await other.send(answer, {"of": "brs", "answer": "coming", "units": unit})
            assert f"/units/{unit}" in await leader.page(f"/incidents/{fire}/assistance-part")
            await other.send(f"/reinforcement/{one['id']}/end", {}, 403)
            await leader.send(f"/reinforcement/{one['id']}/end", {})
            assert (await system.get("/api/v1/reinforcement")).json()["items"] == []

    asyncio.run(story())


def test_whoever_is_known_gets_a_call_for_assistance_through(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            fire = (await north.system(NJB).post("/api/v1/incidents", json=FIRE)).json()["id"]
            stranger = north.system(NJB, function="a_function_of_nobodys")
            path, asked = f"/api/v1/incidents/{fire}/assistance", {"of": ["brs"]}
            called = await stranger.post(path, json=asked)
            assert called.status_code == 201, called.text
            assert called.json()["items"][0]["basis"] == "alarm"

    asyncio.run(story())
