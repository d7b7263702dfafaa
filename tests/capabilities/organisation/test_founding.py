# SPDX-License-Identifier: Apache-2.0
"""A country's tables are told once, whole; the real world takes nothing that nobody signed for."""

import pytest

from bavn.capabilities.organisation.decisions import founding
from bavn.capabilities.organisation.decisions.founding import TellBuiltIn, founding_requests
from bavn.capabilities.organisation.facts import (
    Need,
    PickListSet,
    StationDescribed,
    UnitDescribed,
)
from bavn.journal.decision import FACTS_PER_REQUEST_LIMIT, Context, Done
from bavn.kernel.identity import REAL, OrganisationId, Subject, World
from bavn.kernel.mandate import Actor
from bavn.kernel.refusal import Refused
from bavn.runtime.countries import built_in
from tests.capabilities.organisation.house import AFTER, House
from tests.lilleland.country import lilleland
from tests.lilleland.nodes import START


def context(world: World) -> Context:
    owner = OrganisationId("port")
    actor = Actor(organisation=owner, function="machine")
    return Context(
        owner=owner, actor=actor, basis="owner", now=START, new_id=lambda: "x", world=world
    )


def test_what_was_founded_is_there(house: House) -> None:
    day = house.on(AFTER)
    country = house.country
    assert set(day.areas) == {area.id for area in country.areas}
    assert set(day.placements) == set(day.services) == {each.id for each in country.services}
    assert set(day.memberships) == {each.code for each in country.municipalities}
    assert set(day.stations) == {each.id for each in country.stations}
    assert len(day.units) == 15
    assert day.problems == ()


def test_what_is_invented_says_so(house: House) -> None:
    day = house.on(AFTER)
    assert all("own calibration" in each.told.body.basis for each in day.units.values())
    assert all("own calibration" in each.told.body.basis for each in day.stations.values())


def test_founding_again_tells_nothing_twice(house: House) -> None:
    position = house.node.journal.record.position
    outcomes = house.found()
    assert outcomes
    assert all(isinstance(each, Done) and each.repeated for each in outcomes)
    assert house.node.journal.record.position == position


def test_a_whole_country_is_about_3000_facts_in_requests_that_the_journal_takes() -> None:
    requests = list(founding_requests(built_in("denmark")))
    rows = [len(each.content.rows) for each in requests if isinstance(each.content, TellBuiltIn)]
    assert len(rows) == len(requests)
    assert 2_800 <= sum(rows) <= 3_200
    assert max(rows) <= FACTS_PER_REQUEST_LIMIT
    numbers = [each.numbered for each in requests]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.slow
def test_the_whole_country_is_founded_and_every_unit_is_somewhere() -> None:
    house = House(built_in("denmark"))
    assert all(isinstance(outcome, Done) for outcome in house.found())
    day = house.on(AFTER)
    assert (len(day.areas), len(day.services), len(day.memberships)) == (4, 32, 98)
    assert len(day.stations) == 302
    local = [unit for unit in day.units.values() if unit.service != house.country.agency.id]
    assert {unit.area for unit in local} == set(day.areas)
    house.close()


STATION = StationDescribed(
    name="x",
    municipality="03",
    lat=11.0,
    lon=21.0,
    place_basis="",
    crewing="always",
    capabilities=(),
    basis="own calibration",
)
UNIT = UnitDescribed(
    type="PMP", callsign="x", station="port-01", crew=6, capabilities=(), basis="own calibration"
)
PICK_LIST = PickListSet(needs=(Need("PMP", 1),), basis="own calibration")


@pytest.mark.parametrize(
    ("subject", "body"),
    [("station:port-09", STATION), ("unit:port-09-pmp-1", UNIT), ("pick_list:ZZ-FIR", PICK_LIST)],
)
def test_the_real_world_refuses_what_nobody_has_signed_for(
    subject: str, body: founding.BuiltIn
) -> None:
    request = TellBuiltIn(country="lilleland", rows=((Subject(subject), body),))
    refused = founding.tell(None, request, context(REAL))
    assert isinstance(refused, Refused)
    assert refused.code == "nobody_signed"
    assert refused.try_instead
    told = founding.tell(None, request, context(World("demo")))
    assert not isinstance(told, Refused)
    assert [draft.about for draft in told] == [(subject,)]


def test_the_real_world_is_founded_with_who_there_is_and_nothing_that_they_have() -> None:
    requests = list(founding_requests(lilleland(), real=True))
    assert requests
    for each in requests:
        assert isinstance(each.content, TellBuiltIn)
        assert not isinstance(founding.tell(None, each.content, context(REAL)), Refused)
        assert not any(isinstance(body, founding.NEEDS_SIGNATURE) for _, body in each.content.rows)
