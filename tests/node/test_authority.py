# SPDX-License-Identifier: Apache-2.0
"""Authority per field through the door of a node: a system, a person, and who may order it."""

import asyncio
from pathlib import Path

import pytest

from bavn.kernel.refusal import BadInput
from bavn.node.authority import authority_tables, read_authority_tables
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from tests.node.watch import NJB, founded, watch

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return founded(Path(tmp_path_factory.mktemp("authority")) / "node", built_in("denmark"))


@pytest.mark.requirement("E5.8")
def test_who_gave_each_value_is_visible_and_a_service_may_order_it_otherwise(
    folder: Folder,
) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            system, chief = north.system(NJB), await north.person(NJB)
            told = {"type": "BR-VIL", "service": NJB, "municipality": "0851", "sender_ref": "A-1"}
            one = (await system.post("/api/v1/incidents", json=told)).json()["id"]
            page = f"/incidents/{one}"
            await chief.send(f"{page}/correct", {"type": "RE-DYR"}, at=page)
            read = (await system.get(f"/api/v1/incidents/{one}")).json()
            # What was typed on the watch counts; the system's word stands beside it.
            assert read["type"] == "RE-DYR"
            said = read["given_by"]["incident.type"]
            assert (said["by"], said["also"][0]["by"]) == ("centre", "system")
            assert said["also"][0]["value"] == "BR-VIL"
            shown = await chief.page(page)
            assert "sagt af centralen i hånden" in shown
            assert "også sagt af beredskabets eget system" in shown

            order = {"field": "incident.type", "sources": ["scene", "system", "centre"]}
            refused = await system.post("/api/v1/authority", json=order)
            assert refused.status_code == 403, "a system does not rank itself"
            leader = north.system(NJB, function="duty_officer")
            answer = await leader.post("/api/v1/authority", json=order)
            assert answer.status_code == 200, answer.text
            fields = (await system.get("/api/v1/authority")).json()["fields"]
            assert fields["incident.type"]["sources"] == order["sources"]
            assert fields["incident.type"]["basis"] == "service"
            assert fields["incident.place"]["basis"] == "own calibration"
            # From now on: the next incident goes by it.
            told["sender_ref"] = "A-2"
            two = (await system.post("/api/v1/incidents", json=told)).json()["id"]
            page = f"/incidents/{two}"
            await chief.send(f"{page}/correct", {"type": "RE-DYR"}, at=page)
            read = (await system.get(f"/api/v1/incidents/{two}")).json()
            assert read["type"] == "BR-VIL"
            assert read["given_by"]["incident.type"]["also"][0]["value"] == "RE-DYR"

    asyncio.run(story())


def test_every_function_that_speaks_is_one_of_the_countrys_and_every_order_is_calibrated() -> None:
    tables, country = authority_tables("denmark"), built_in("denmark")
    functions = {each.code for each in country.functions}
    assert set(tables.authority.sources) <= functions
    assert {each.basis for each in tables.authority.orders.values()} == {"own calibration"}
    assert {each.basis for each in tables.sources} == {"own calibration"}


def test_a_table_that_ranks_what_does_not_exist_is_refused_with_every_problem(
    tmp_path: Path,
) -> None:
    (tmp_path / "authority_sources.csv").write_text(
        "code,danish,english,functions,basis,source\nscene,s,s,system,own calibration,\n"
    )
    (tmp_path / "authority.csv").write_text(
        "field,sources,hold_s,basis,source\n"
        "incident.colour,scene,,own calibration,\n"
        "unit.status,scene;nobody,9999,own calibration,\n"
    )
    with pytest.raises(BadInput) as raised:
        read_authority_tables(tmp_path)
    says = " ".join(each.says for each in raised.value.problems)
    assert len(raised.value.problems) == 3
    assert all(word in says for word in ("incident.colour", "nobody", "hold_s"))
