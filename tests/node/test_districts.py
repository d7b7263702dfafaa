# SPDX-License-Identifier: Apache-2.0
"""The police districts over pages and interface of the whole application."""

import asyncio
from pathlib import Path

import pytest

from bavn.kernel.identity import OrganisationId
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from tests.node.watch import AGENCY, NJB, NORTH, founded, watch

pytestmark = pytest.mark.slow
POLICE = OrganisationId("nordjyllands-politi")
HERE, ABROAD = {"lat": 57.0488, "lon": 9.9217}, {"lat": 59.9, "lon": 5.1}
FIRE = {"type": "BR-GRD", "service": "njb"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return founded(Path(tmp_path_factory.mktemp("districts")) / "node", built_in("denmark"))


@pytest.mark.requirement("E5.3")
@pytest.mark.requirement("E0.1")
def test_a_local_staff_sees_what_goes_on_in_its_district_over_all_services(
    folder: Folder,
) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            await north.at_home(NJB)
            system = north.system(NJB)
            placed = (await system.post("/api/v1/incidents", json={**FIRE, "place": HERE})).json()
            lost = (await system.post("/api/v1/incidents", json={**FIRE, "place": ABROAD})).json()
            fire = f"/api/v1/incidents/{placed['id']}"
            leads = {"role": "isl-rb", "callsign": "NJ ISL 1", "name": "CANARY Pia"}
            assert (await system.post(f"{fire}/command/leaders", json=leads)).status_code < 300, (
                "somebody leads"
            )
            need = {"sort": "units", "wants": [{"type": "TAN", "count": 2}], "urgent": True}
            await system.post(f"{fire}/needs", json=need)
            await system.post(f"{fire}/assistance", json={"of": ["brs"]})

            items = (await system.get("/api/v1/districts")).json()["items"]
            stands = {each["seen"]["id"]: one["id"] for one in items for each in one["incidents"]}
            assert stands == {placed["id"]: POLICE, lost["id"]: "unknown"}
            (one,) = (await system.get(f"/api/v1/districts/{POLICE}")).json()["incidents"]
            assert one["leaders"] == [{"role": "ISL-RB", "callsign": "NJ ISL 1"}]
            assert [each["says"] for each in one["needs"]] == ["2 × Vandtankvogn"]
            assert [each["waits"] for each in one["helps"]] == [["Beredskabsstyrelsen"]]
            assert (await system.get("/api/v1/districts/atlantis")).status_code >= 400

            # The police hear the areas of their account; whoever hears none sees no need.
            staff = await north.person(POLICE, "police_commander", areas=(NORTH,))
            page = await staff.page(f"/situation/districts/{POLICE}")
            for word in ("NJ ISL 1", "2 × Vandtankvogn", "har bedt om assistance", "HASTER"):
                assert word in page, word
            assert "CANARY" not in page
            council = await north.person(NJB, "municipal_council")
            page = await council.page(f"/situation/districts/{POLICE}")
            assert "NJ ISL 1" in page
            for person in (
                council,
                staff,
                await north.person(NORTH, "area_operator"),
                await north.person(AGENCY, "inspector"),
            ):
                page = await person.page("/situation/districts")
                assert "Nordjyllands Politi" in page
                assert "Ukendt politikreds" in page
            assert "Ingen åbne" in await staff.page("/situation/districts/fyns-politi")
            assert "Ukendt politikreds" in await staff.page("/situation/districts/unknown")
            # What is over stands nowhere.
            for each in (placed, lost):
                closed = await system.post(
                    f"/api/v1/incidents/{each['id']}/close", json={"outcome": "real"}
                )
                assert closed.status_code < 300, closed.text
            items = (await system.get("/api/v1/districts")).json()["items"]
            assert [each["incidents"] for each in items] == [[]] * 12

    asyncio.run(story())
