# SPDX-License-Identifier: Apache-2.0
"""An incident that two services were at, its report corrected and signed, over the whole house."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from bavn.runtime import clock
from tests.node.watch import NJB, NVJB, Person, Watch

FIRE = {"type": "BR-ABA", "place": {"lat": 57.0488, "lon": 9.9217}, "service": "njb"}


async def told(system: httpx.AsyncClient, unit: str, status: str, fire: str, at: datetime) -> None:
    body = {"status": status, "incident": fire, "at": at.astimezone(UTC).isoformat()}
    answer = await system.post(f"/api/v1/units/{unit}/status", json=body)
    assert answer.status_code in {200, 201}, answer.text


async def helped(north: Watch) -> tuple[str, str, str]:
    """An incident of one service that a unit of another has helped at for 71 minutes."""
    ours, theirs = north.system(NJB), north.system(NVJB)
    fire = str((await ours.post("/api/v1/incidents", json=FIRE)).json()["id"])
    own, other = north.unit_of(NJB), north.unit_of(NVJB)
    now = clock.now()
    for system, unit in ((ours, own), (theirs, other)):
        for status, before in (("alerted", 80), ("en_route", 79), ("at_scene", 70)):
            await told(system, unit, status, fire, now - timedelta(minutes=before))
    await told(theirs, other, "available", fire, now - timedelta(minutes=8))
    return fire, own, other


def mark_of(page: str) -> str:
    found = re.search(r'name="mark" value="([0-9a-f]+)"', page)
    assert found is not None, page
    return found[1]


async def correct(person: Person, fire: str, status: int, **fields: Any) -> str:
    answer = await person.send(f"/reports/{fire}/correct", fields, status)
    return answer.text


async def over(north: Watch) -> str:
    """One whose units are all free again."""
    fire, own, _ = await helped(north)
    await told(north.system(NJB), own, "available", fire, clock.now())
    return fire


async def signed(north: Watch) -> tuple[str, Person]:
    """One whose report is signed, with who signed it."""
    fire, leader = await over(north), await north.person(NJB, "incident_commander")
    for code, value in (("outcome", "malicious"), ("type", "BR-GRD"), ("tasks", "Hos Olsen")):
        await correct(leader, fire, 303, field=code, **{f"value-{code}": value})
    mark = mark_of(await leader.page(f"/reports/{fire}"))
    await leader.send(f"/reports/{fire}/sign", {"mark": mark})
    return fire, leader


def digest_on(page: str) -> str:
    found = re.search(r"\b[0-9a-f]{64}\b", page)
    assert found is not None, page
    return found[0]
