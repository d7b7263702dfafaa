# SPDX-License-Identifier: Apache-2.0
"""Each open incident stands in exactly one police district, or in the unknown; none is left out."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.situation.model.districts import (
    UNKNOWN,
    Around,
    DistrictSeen,
    HelpSeen,
    LevelSeen,
    NeedSeen,
    StationSeen,
    districts_now,
)
from bavn.capabilities.situation.model.picture import IncidentSeen
from bavn.capabilities.situation.views import or_quiet
from bavn.frame.desk import Refusal
from bavn.node.districts import towns_of
from bavn.runtime.countries import built_in
from tests.capabilities.situation.test_model import incident, unit

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DISTRICTS = (
    DistrictSeen(id="north", name="North", municipalities=frozenset({"1", "2"})),
    DistrictSeen(id="south", name="South", municipalities=frozenset({"3"})),
)
# A municipality of a district, one of none that we know, and none.
towns = st.sampled_from(["north", "south", "nowhere", UNKNOWN, ""])


def around(where: dict[str, str], **more: object) -> Around:
    return Around(districts=DISTRICTS, district_of=where, **more)  # type: ignore[arg-type]


@pytest.mark.requirement("E5.3")
@given(st.lists(st.tuples(towns, st.integers(0, 5)), max_size=20))
def test_each_open_incident_stands_in_exactly_one_district_or_in_the_unknown(
    drawn: list[tuple[str, int]],
) -> None:
    seen = [incident(number, urgency=urgency) for number, (_, urgency) in enumerate(drawn)]
    where = {each.id: town for each, (town, _) in zip(seen, drawn, strict=True) if town}
    found = districts_now(seen, [], around(where))
    stands = Counter(each.seen.id for district in found for each in district.incidents)
    assert stands == Counter(each.id for each in seen)
    for district in found:
        for each in district.incidents:
            told = where.get(each.seen.id, UNKNOWN)
            assert district.id == (told if told in {"north", "south"} else UNKNOWN)
        assert district.figures.open == len(district.incidents)
    # Every district has its row, also an empty one; the unknown where something is there.
    names = [each.id for each in found]
    assert names[:2] == ["north", "south"]
    assert (UNKNOWN in names) is (UNKNOWN in {each.id for each in found if each.incidents})


def test_every_municipality_of_the_country_is_in_exactly_one_district() -> None:
    country = built_in("denmark")
    found = towns_of(country)
    counted = Counter(town for each in found for town in each.municipalities)
    assert counted == Counter(each.code for each in country.municipalities)
    assert len(found) == 12
    assert UNKNOWN not in {each.id for each in found}


def test_what_is_asked_for_stands_with_its_incident_and_what_stands_out_is_named() -> None:
    def reported(number: int, minutes: int, urgency: int) -> IncidentSeen:
        at = NOON - timedelta(minutes=minutes)
        return incident(number, urgency=urgency, reported_at=at)

    seen = [reported(1, 5, 2), reported(2, 300, 3), reported(3, 20, 1), reported(4, 1, 1)]
    where = {"i1": "north", "i2": "north", "i3": "north", "i4": "south"}
    units = [unit(number, status="at_scene", incident="i3") for number in range(3)]
    units += [unit(7, status="en_route", incident="i1"), unit(8, status="available")]
    need = NeedSeen(incident="i3", says="2 × ASP", urgent=True, asked_at=NOON)
    help_ = HelpSeen(incident="i1", asker="Lake", waits=("Hill",), asked_at=NOON)
    north, south = districts_now(
        seen,
        units,
        around(where, needs=[need], helps=[help_], report_due_at={"i2": NOON}),
    )
    assert [each.seen.id for each in north.incidents] == ["i3", "i1", "i2"]
    assert (north.longest, north.largest) == ("i2", "i3")
    # One alone is neither the longest nor the largest of anything.
    assert (south.longest, south.largest) == (None, None)
    assert (north.figures.out, north.need_count, north.help_count, north.overdue_count) == (
        4,
        1,
        1,
        1,
    )
    first, second, third = north.incidents
    assert (first.needs, first.statuses) == ((need,), {"at_scene": 3})
    assert (second.helps, third.report_due_at) == ((help_,), NOON)


def test_a_station_is_empty_when_all_have_said_so_and_a_level_covers_those_it_is_over() -> None:
    def station(name: str, town: str, count: int, left: int | None) -> StationSeen:
        return StationSeen(
            id=name,
            name=name,
            municipality=town,
            service_name="Lake",
            unit_count=count,
            available_count=left,
        )

    stations = [
        station("out", "1", 2, 0),
        station("home", "1", 2, 1),
        station("silent", "2", 2, None),
        station("bare", "2", 0, 0),
        station("far", "3", 1, 0),
    ]
    level = LevelSeen(owner="lake", owner_name="Lake", level=3)
    north, south = districts_now(
        [],
        [],
        around({}, stations=stations, levels=[level], covered_by={"north": frozenset({"lake"})}),
    )
    assert [each.name for each in north.empty] == ["out"]
    assert north.unsaid_count == 1
    assert (north.levels, south.levels) == ((level,), ())
    assert [each.name for each in south.empty] == ["far"]
    assert not south.is_quiet


def test_a_district_that_there_is_not_is_refused_and_the_unknown_may_be_quiet() -> None:
    found = districts_now([], [], around({}))
    with pytest.raises(Refusal) as refused:
        or_quiet(found, "atlantis")
    assert refused.value.refused.code == "no_such_district"
    assert refused.value.refused.try_instead
    assert or_quiet(found, UNKNOWN).is_quiet
    assert or_quiet(found, "north").name == "North"
