# SPDX-License-Identifier: Apache-2.0
"""Merging and splitting: on every day one service for each municipality, and the past stays."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.organisation.decisions.changes import (
    MergeServices,
    NewService,
    SplitService,
)
from bavn.capabilities.organisation.facts import (
    AreaDescribed,
    DatedFact,
    MunicipalityCovered,
    ServiceDescribed,
    ServicePlaced,
)
from bavn.capabilities.organisation.model.changes import (
    AreaRows,
    Formed,
    change,
    municipalities_of,
)
from bavn.capabilities.organisation.model.dated import Held, on_day
from bavn.capabilities.organisation.model.directory import Day, Directory
from bavn.journal.strike import StrikeFact
from bavn.kernel.identity import OrganisationId
from bavn.kernel.refusal import Refused
from tests.capabilities.organisation.house import (
    AFTER,
    BEFORE,
    EASTCOAST,
    EASTERN,
    EASTTOWN,
    MERGER,
    PORT,
    WESTERN,
    House,
)

MERGE = MergeServices(
    change="east-and-port",
    services=(EASTTOWN, PORT),
    into=EASTCOAST,
    name="Østkystens Redning",
    headquarters="Havn",
    on=MERGER,
    ground="the councils' agreement",
)


def new(number: int, *municipalities: str) -> NewService:
    return NewService(
        id=OrganisationId(f"new-{number}"), name=f"New {number}", municipalities=municipalities
    )


SPLIT = SplitService(
    change="east-apart",
    service=EASTTOWN,
    into=(new(0, "01"), new(1, "02")),
    on=MERGER,
    ground="the council's decision",
)


@pytest.mark.requirement("E6.1")
def test_services_become_one_on_a_day_and_one_may_look_at_either_side(house: House) -> None:
    house.done("eastern", MERGE)
    before, after = house.on(BEFORE), house.on(MERGER)
    assert {before.service_of(code) for code in ("01", "02")} == {EASTTOWN}
    assert before.service_of("03") == PORT
    assert EASTCOAST not in before.services
    assert {after.service_of(code) for code in ("01", "02", "03")} == {EASTCOAST}
    assert set(after.services) == {EASTCOAST, "westtown"}
    assert after.area_of(EASTCOAST) == EASTERN
    assert after.services[EASTCOAST].body.name == "Østkystens Redning"
    assert after.services[EASTCOAST].body.form == "joint"


def test_stations_and_units_follow(house: House) -> None:
    house.done("eastern", MERGE)
    for day, services in ((BEFORE, {EASTTOWN, PORT}), (AFTER, {EASTCOAST})):
        found = house.on(day)
        eastern = [unit for unit in found.units.values() if unit.area == EASTERN]
        assert {unit.service for unit in eastern} == services
        assert len(eastern) == 8
        assert {found.stations[unit.told.body.station].service for unit in eastern} == services


@pytest.mark.requirement("E6.1")
def test_a_service_becomes_two_and_each_station_follows_its_municipality(house: House) -> None:
    house.done("eastern", SPLIT)
    day = house.on(AFTER)
    assert {code: day.service_of(code) for code in ("01", "02")} == {"01": "new-0", "02": "new-1"}
    assert day.stations["easttown-01"].service == "new-0"
    assert day.stations["easttown-02"].service == "new-1"
    assert day.units["easttown-02-pmp-1"].service == "new-1"
    assert house.on(BEFORE).stations["easttown-02"].service == EASTTOWN


def test_a_service_may_go_on_with_another_in_it(house: House) -> None:
    absorbed = msgspec.structs.replace(MERGE, into=EASTTOWN, name="Østby og Havn")
    house.done("eastern", absorbed)
    day = house.on(AFTER)
    assert set(day.services) == {EASTTOWN, "westtown"}
    assert day.service_of("03") == EASTTOWN
    assert day.stations["port-01"].service == EASTTOWN
    assert day.stations["easttown-01"].service == EASTTOWN


def test_a_merger_that_is_struck_is_as_if_it_had_not_been(house: House) -> None:
    before = house.on(AFTER)
    done = house.done("eastern", MERGE)
    assert house.on(AFTER) != before
    for fact in done.facts:
        house.done("eastern", StrikeFact(fact=fact))
    assert house.on(AFTER) == before


def test_a_municipality_that_two_areas_claim_is_shown_as_a_problem(house: House) -> None:
    claim = MergeServices(
        change="claim",
        services=(OrganisationId("westtown"), EASTTOWN),
        into=EASTCOAST,
        name="x",
        on=MERGER,
        ground="x",
    )
    assert house.refused("western", claim) == "no_such_service"
    told = Held(WESTERN, "01", MunicipalityCovered(service=PORT, basis="x"))
    other = Held(EASTERN, "01", MunicipalityCovered(service=EASTTOWN, basis="x"))
    day = Directory(memberships=[told, other]).on(AFTER)
    assert [problem.where for problem in day.problems] == ["municipality 01"]
    assert day.service_of("01") == EASTTOWN


def with_(content: msgspec.Struct, **values: object) -> msgspec.Struct:
    return msgspec.structs.replace(content, **values)


@pytest.mark.parametrize(
    ("owner", "content", "code"),
    [
        ("eastern", with_(MERGE, ground=" "), "no_ground"),
        ("eastern", with_(MERGE, into="East Coast"), "id_not_in_form"),
        ("eastern", with_(MERGE, change="x/y"), "id_not_in_form"),
        ("eastern", with_(MERGE, services=(PORT, PORT)), "change_of_one"),
        ("eastern", with_(MERGE, services=(PORT, "nobody")), "no_such_service"),
        ("eastern", with_(MERGE, on=date(2020, 1, 1)), "no_such_service"),
        ("western", MERGE, "no_such_service"),
        ("eastern", with_(MERGE, into="westtown"), "service_exists"),
        ("eastern", with_(SPLIT, into=(new(0, "01", "02"),)), "change_of_one"),
        ("eastern", with_(SPLIT, into=(new(0, "01"), new(0, "02"))), "id_not_in_form"),
        ("eastern", with_(SPLIT, into=(new(0, "01"), new(1, "01"))), "not_whole"),
        ("eastern", with_(SPLIT, into=(new(0, "01", "02"), new(1))), "not_whole"),
        ("eastern", with_(SPLIT, into=(new(0, "01"), new(1, "02", "03"))), "not_whole"),
        ("eastern", with_(SPLIT, into=(new(0, "01"), new(1, "02", "09"))), "not_whole"),
        ("eastern", with_(SPLIT, service="nobody"), "no_such_service"),
    ],
)
def test_a_refusal_says_what_to_do(
    house: House, owner: str, content: msgspec.Struct, code: str
) -> None:
    assert house.refused(owner, content) == code


def test_what_is_decided_for_a_later_day_stands_in_the_way(house: House) -> None:
    house.done("eastern", MERGE)
    earlier = msgspec.structs.replace(SPLIT, on=BEFORE)
    assert house.refused("eastern", earlier) == "later_change_stands"


def test_nobody_changes_another_area(house: House) -> None:
    assert house.on(AFTER).area_of(OrganisationId("westtown")) == WESTERN
    wrong = MergeServices(
        change="x",
        services=(EASTTOWN, PORT),
        into=EASTCOAST,
        name="x",
        on=MERGER,
        ground="x",
    )
    assert house.refused("western", wrong) == "no_such_service"


def test_more_than_a_request_can_tell_is_refused() -> None:
    rows = area("a", *(f"{n:02}" for n in range(40)))
    formed = [formed_of("b", *(f"{n:02}" for n in range(40)))]
    refused = change(rows, [OrganisationId("a")], formed, date(2027, 1, 1), "x")
    assert isinstance(refused, Refused)
    assert refused.code == "too_much_at_once"


# Laws, on an area that changes any number of times

START = date(2026, 1, 1)
CODES = [f"{n:02}" for n in range(6)]
AREA = OrganisationId("area")


def area(service: str, *codes: str) -> AreaRows:
    placed = ServicePlaced(valid_from=START, basis="x")
    covered = MunicipalityCovered(service=OrganisationId(service), valid_from=START, basis="x")
    return AreaRows(
        placements=[Held(AREA, service, placed)],
        memberships=[Held(AREA, code, covered) for code in codes],
        placed_anywhere={OrganisationId(service): frozenset({AREA})},
    )


def formed_of(service: str, *codes: str) -> Formed:
    return Formed(
        id=OrganisationId(service), name=service, form="x", headquarters="", municipalities=codes
    )


class Told:
    """What an area has told, kept as its views keep it."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, type, date | None], DatedFact] = {}
        first = area("s0", *CODES)
        for each in (*first.placements, *first.memberships):
            kind = "service" if isinstance(each.body, ServicePlaced) else "municipality"
            self.tell([(f"{kind}:{each.id}", each.body)])
        self.made = 1

    def tell(self, told: Sequence[tuple[str, DatedFact]]) -> None:
        for subject, body in told:
            self.rows[subject, type(body), body.valid_from] = body

    def of(self, kind: type) -> list[Held]:  # type: ignore[type-arg]
        found = [(s, body) for (s, sort, _), body in self.rows.items() if sort is kind]
        return [Held(AREA, subject.partition(":")[2], body) for subject, body in found]

    @property
    def area_rows(self) -> AreaRows:
        placements = self.of(ServicePlaced)
        return AreaRows(
            placements=placements,
            memberships=self.of(MunicipalityCovered),
            placed_anywhere={OrganisationId(each.id): frozenset({AREA}) for each in placements},
        )

    def on(self, day: date) -> Day:
        return Directory(
            areas=[Held(AREA, AREA, AreaDescribed(name="a", centre="a", basis="x"))],
            services=self.of(ServiceDescribed),
            placements=self.of(ServicePlaced),
            memberships=self.of(MunicipalityCovered),
        ).on(day)


def picture(day: Day) -> tuple[object, ...]:
    return (
        sorted(day.placements),
        sorted((code, each.body.service) for code, each in day.memberships.items()),
    )


steps = st.lists(
    st.tuples(
        st.integers(0, 400),
        st.lists(st.integers(0, 9), min_size=1, max_size=3, unique=True),
        st.integers(1, 3),
    ),
    max_size=6,
)


@pytest.mark.requirement("E6.1")
@given(steps, st.integers(0, 500))
def test_on_every_day_each_municipality_is_in_one_service_and_the_past_stays(
    changes: list[tuple[int, list[int], int]], look: int
) -> None:
    told = Told()
    for days, chosen, into_count in changes:
        on = START + timedelta(days=days)
        here = sorted(each.id for each in on_day(told.area_rows.placements, on))
        leaving = sorted({OrganisationId(here[n % len(here)]) for n in chosen})
        codes = municipalities_of(told.area_rows, leaving, on)
        parts = [codes[n::into_count] for n in range(min(into_count, len(codes)))]
        formed = [formed_of(f"s{told.made + n}", *part) for n, part in enumerate(parts)]
        told.made += len(formed)
        earlier = [START + timedelta(days=n) for n in range(0, days, 40)]
        before = [picture(told.on(day)) for day in earlier]
        result = change(told.area_rows, leaving, formed, on, "x")
        if isinstance(result, Refused):
            assert result.code == "later_change_stands"
            continue
        told.tell(result)
        assert [picture(told.on(day)) for day in earlier] == before
        assert {told.on(on).service_of(code) for code in codes} == {each.id for each in formed}
    day = told.on(START + timedelta(days=look))
    assert day.problems == ()
    assert sorted(day.memberships) == CODES
    covered = Counter(each.body.service for each in day.memberships.values())
    assert set(covered) == set(day.placements), "each service that there is covers something"
    assert {day.area_of(service) for service in covered} == {AREA}
