# SPDX-License-Identifier: Apache-2.0
"""The board of a scene through the door: who writes on it, who reads it, and what the log says."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from bavn.kernel.identity import OrganisationId
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from tests.node.watch import NJB, NORTH, Watch, founded, watch

pytestmark = pytest.mark.slow
FIRE = {"type": "BR-GRD", "place": {"lat": 57.0488, "lon": 9.9217}, "service": "njb"}
POLICE = OrganisationId("nordjyllands-politi")
TEXT = "Sluk fra nordsiden"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return founded(Path(tmp_path_factory.mktemp("scene")) / "node", built_in("denmark"))


async def reported(north: Watch) -> str:
    answer = await north.system(NJB).post("/api/v1/incidents", json=FIRE)
    assert answer.status_code in {200, 201}, answer.text
    return str(answer.json()["id"])


async def told(by: httpx.AsyncClient, incident: str, what: str, **body: Any) -> dict[str, Any]:
    answer = await by.post(f"/api/v1/incidents/{incident}/board/{what}", json=body)
    assert answer.status_code == 201, answer.text
    board: dict[str, Any] = answer.json()
    return board


def test_smoke(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            incident = await reported(north)
            leader = north.system(NJB, function="incident_commander", personal=True)
            board = await told(leader, incident, "sectors", name="Nordside", leader="Nord 2")
            sector = board["sectors"][0]["id"]
            board = await told(leader, incident, "tasks", text=TEXT, sector=sector, urgent=True)
            board = await told(leader, incident, "hazards", kind="gas-cylinders", where="kælder")
            board = await told(leader, incident, "wind", from_deg=225, speed_m_s=8)
            unit = north.unit_of(NJB)
            answer = await north.system(NJB).post(
                f"/api/v1/units/{unit}/status", json={"status": "en_route", "incident": incident}
            )
            board = await told(leader, incident, "units", unit=unit, sector=sector)
            person = await north.person(NJB, "incident_commander", personal=True)
            page = await person.page(f"/incidents/{incident}/board")
            log = await person.page(f"/incidents/{incident}/log")
            police = await north.person(POLICE, "police_commander", areas=(NORTH,))
            page = await police.page(f"/incidents/{incident}/board")
            answer = await police.send(
                f"/incidents/{incident}/board/wind", {"from": "n", "speed": "5,5"}
            )

    asyncio.run(story())
