# SPDX-License-Identifier: Apache-2.0
"""Crews: the last word holds while it may, the plan is marked as one, and relief comes in time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.crews.capability import CREWS_CAPABILITY
from bavn.capabilities.crews.decisions import ManUnit
from bavn.capabilities.crews.facts import UnitManned
from bavn.capabilities.crews.model.crew import (
    Because,
    CrewFlag,
    CrewNow,
    Due,
    Limits,
    Planned,
    Source,
    aboard_in,
    competence_in,
    last_at,
    relief_of,
)
from bavn.capabilities.crews.ports import Unit
from bavn.capabilities.crews.views import CREWS
from bavn.capabilities.crews.views.reading import Room
from bavn.capabilities.operations.capability import OPERATIONS
from bavn.capabilities.operations.decisions import SetUnitStatus
from bavn.capabilities.operations.model.unit import UnitStatus
from bavn.frame.call import Call
from bavn.journal.catalogue import catalogue_of
from bavn.journal.decision import Done, Request
from bavn.journal.kinds import Kinds
from bavn.journal.reader import NOBODY, Reader
from bavn.journal.strike import StrikeFact
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from bavn.runtime.texts import Texts
from tests.lilleland.nodes import EAST, EASTERN, EASTTOWN, NATION, WESTTOWN, Clock, Node, Settings

ACTOR = Actor(organisation=EASTTOWN, function="duty_officer")
KINDS = Kinds(CREWS_CAPABILITY.part.kinds)
NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
LIMITS = Limits(
    on_duty=timedelta(hours=24),
    at_work=timedelta(hours=4),
    warned=timedelta(minutes=45),
    holds=timedelta(hours=24),
    basis="own calibration",
)


class Around:
    """Lilleland's only unit, planned with six."""

    zone = ZoneInfo("Europe/Copenhagen")
    limits = LIMITS
    one = Unit(
        id="u1",
        callsign="Ø1",
        service=EASTTOWN,
        area=EASTERN,
        plan=Planned(count=6, basis="own calibration"),
    )

    def unit(self, call: Call, unit_id: str) -> Unit:
        return self.one

    def planned(self, now: datetime) -> list[Unit]:
        return [self.one]


class Station:
    """A unit's own service, and the nation that hears."""

    def __init__(self) -> None:
        self.clock = Clock(NOW)
        parts = catalogue_of([CREWS_CAPABILITY.part, OPERATIONS.part])
        settings = Settings(catalogue=parts, clock=self.clock)
        self.east = Node(EAST, settings=settings)
        self.nation = Node(NATION, settings=settings)
        self.room = Room(self.east.journal.query, Around())

    def say(self, content: msgspec.Struct) -> Done:
        done = self.east.done(Request(owner=EASTTOWN, actor=ACTOR, content=content))
        self.nation.hear(self.east)
        self.room.hear(["unit:u1"])
        return done

    def man(self, count: int, **more: object) -> UnitManned:
        self.clock.forward(milliseconds=1)
        content = ManUnit(unit="u1", area=EASTERN, count=count, planned=6, **more)  # type: ignore[arg-type]
        item = self.east.journal.query.item(NOBODY, self.say(content).facts[0])
        assert item is not None
        body = KINDS.read(item.fact)
        assert isinstance(body, UnitManned)
        return body

    def stand(self, status: UnitStatus, at: datetime | None = None) -> None:
        self.clock.forward(milliseconds=1)
        self.say(SetUnitStatus(unit="u1", area=EASTERN, status=status, at=at, incident="i1"))

    def now(self) -> CrewNow:
        here = self.room.one(Around.one, self.clock())
        assert self.room.all(self.clock()) == {"u1": here}
        there = self.nation.journal.query.rows(NOBODY, CREWS)
        assert there == self.east.journal.query.rows(NOBODY, CREWS)
        return here

    def call(self, organisation: OrganisationId = EASTTOWN) -> Call:
        return Call(
            actor=Actor(organisation=organisation, function="duty_officer"),
            organisations=frozenset({organisation}),
            reader=Reader(organisations=frozenset({organisation})),
            sender="board",
            language="da",
            now=self.clock(),
            say=Texts("da"),
        )


@pytest.fixture
def station() -> Iterator[Station]:
    station = Station()
    yield station
    for node in (station.east, station.nation):
        assert list(node.journal.verify()) == []
        node.close()


def test_unknown_is_unknown_and_the_plan_is_marked_as_one(station: Station) -> None:
    crew = station.now()
    assert (crew.source, crew.count, crew.planned_basis) == (Source.PLANNED, 6, "own calibration")
    assert (crew.leaders, crew.last, crew.relief) == (None, None, None)
    unplanned = msgspec.structs.replace(Around.one, plan=Planned())
    assert station.room.one(unplanned, NOW).source is Source.UNKNOWN


@pytest.mark.requirement("E5.2")
def test_a_pump_with_three_is_not_a_pump_with_six(station: Station) -> None:
    body = station.man(3, leaders=1, smoke_divers=2, drivers=1, competences=("kemi",))
    assert body.flags == (CrewFlag.SHORT,)
    crew = station.now()
    assert (crew.source, crew.count, crew.planned) == (Source.SAID, 3, 6)
    assert (crew.leaders, crew.smoke_divers, crew.drivers) == (1, 2, 1)
    assert crew.competences == ("kemi",)
    station.man(0)
    empty = station.now()
    assert (empty.source, empty.count, empty.on_duty_at, empty.relief) == (
        Source.SAID,
        0,
        None,
        None,
    )


def test_the_same_people_are_on_duty_as_before_and_others_since_they_came(station: Station) -> None:
    first = station.man(6)
    came_at = first.on_duty_at
    assert came_at is not None
    station.clock.forward(hours=2)
    assert station.man(5).on_duty_at == came_at
    relieved = station.man(6, relieved=True)
    assert relieved.on_duty_at is not None
    assert relieved.on_duty_at - came_at > timedelta(hours=2) - timedelta(seconds=1)
    told = station.man(6, on_duty_at=NOW - timedelta(hours=3))
    assert told.on_duty_at == NOW - timedelta(hours=3)
    # Nobody comes on duty after the moment that they are aboard.
    ahead = station.man(6, on_duty_at=station.clock() + timedelta(hours=3))
    assert ahead.on_duty_at == station.clock()


def test_a_late_word_is_history_and_one_of_the_future_is_told_now(station: Station) -> None:
    station.man(6)
    late = station.man(2, at=NOW - timedelta(hours=1))
    assert CrewFlag.LATE in late.flags
    assert station.now().count == 6
    ahead = station.man(4, at=station.clock() + timedelta(minutes=2))
    assert CrewFlag.CLOCK_AHEAD in ahead.flags
    last = station.now().last
    assert last is not None
    assert (last.count, last.told_at) == (4, station.clock())


def test_a_word_that_ended_or_is_too_old_gives_way_to_the_plan(station: Station) -> None:
    station.man(4, until=NOW + timedelta(hours=1))
    assert station.now().source is Source.SAID
    station.clock.forward(hours=1)
    crew = station.now()
    assert (crew.source, crew.count) == (Source.PLANNED, 6)
    assert crew.last is not None
    assert crew.last.count == 4
    station.man(5)
    station.clock.forward(hours=24, seconds=1)
    assert station.now().source is Source.PLANNED


def test_a_struck_word_gives_back_what_stood(station: Station) -> None:
    station.man(6)
    content = ManUnit(unit="u1", area=EASTERN, count=2)
    (wrong,) = station.say(content).facts
    assert station.now().count == 2
    station.say(StrikeFact(fact=wrong, reason=Private("the other pump")))
    assert station.now().count == 6


def test_a_crew_at_work_is_relieved_by_what_comes_first(station: Station) -> None:
    station.man(6)
    station.stand(UnitStatus.ALERTED)
    assert station.now().working_since is None
    station.stand(UnitStatus.EN_ROUTE)
    left_at = station.clock()
    station.stand(UnitStatus.AT_SCENE)
    station.stand(UnitStatus.ALERTED)  # sent elsewhere without a rest
    station.stand(UnitStatus.EN_ROUTE)
    crew = station.now()
    assert crew.working_since == left_at
    assert crew.relief is not None
    assert (crew.relief.due_at, crew.relief.because) == (
        left_at + timedelta(hours=4),
        Because.AT_WORK,
    )
    station.stand(UnitStatus.RETURNING)
    rested = station.now()
    assert rested.working_since is None
    assert rested.relief is not None
    assert rested.relief.because is Because.ON_DUTY


def test_somebody_is_told_before_it_bites_and_only_at_home(station: Station) -> None:
    station.man(6)
    station.stand(UnitStatus.EN_ROUTE)
    assert station.room.wanting(station.call()) == []
    station.clock.forward(hours=3, minutes=30)
    (soon,) = station.room.wanting(station.call())
    assert soon.text == "crews.attention.soon.at_work"
    assert Texts("da")(soon.text, **soon.values) == (
        "Ø1 har været længe i arbejde: afløses senest 17:00"
    )
    assert station.room.wanting(station.call(WESTTOWN)) == []
    # The same thing has the same id until it is another thing.
    assert [each.id for each in station.room.wanting(station.call())] == [soon.id]
    station.clock.forward(hours=1)
    (over,) = station.room.wanting(station.call())
    assert over.text == "crews.attention.over.at_work"
    assert over.id != soon.id
    assert over.since < station.clock()


def test_another_service_says_nothing_of_our_crew(station: Station) -> None:
    stranger = Actor(organisation=WESTTOWN, function="duty_officer")
    content = ManUnit(unit="u1", area=EASTERN, count=1)
    refused = station.east.ask(Request(owner=EASTTOWN, actor=stranger, content=content))
    assert isinstance(refused, Refused)
    assert refused.code == "no_mandate"


spans = st.none() | st.integers(min_value=0, max_value=100).map(lambda h: timedelta(hours=h))


@given(spans, spans, spans, spans)
def test_relief_is_due_by_the_first_limit_and_never_before_anything_is_known(
    on_duty: timedelta | None,
    at_work: timedelta | None,
    duty_limit: timedelta | None,
    work_limit: timedelta | None,
) -> None:
    limits = msgspec.structs.replace(LIMITS, on_duty=duty_limit, at_work=work_limit)
    found = relief_of(
        None if on_duty is None else NOW - on_duty,
        None if at_work is None else NOW - at_work,
        limits,
        NOW,
    )
    left = [
        limit - spent
        for spent, limit in ((on_duty, duty_limit), (at_work, work_limit))
        if spent is not None and limit is not None
    ]
    assert (found is None) == (not left)
    if found is not None:
        assert found.due_at - NOW == min(left)
        assert (found.state is Due.OVER) == (min(left) <= timedelta())
        assert (found.state is Due.LATER) == (min(left) > LIMITS.warned)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("1+5", (1, 6)),
        (" 1 + 3 ", (1, 4)),
        ("0", (None, 0)),
        ("6", (None, 6)),
        ("", None),
        ("1+", None),
        ("-1", None),
        ("²", None),
    ],
)
def test_a_crew_is_read_as_people_write_it(typed: str, read: tuple[int | None, int] | None) -> None:
    assert aboard_in(typed) == read


def test_a_competence_is_a_word() -> None:
    assert competence_in(" Højderedning ") == "højderedning"
    assert competence_in("to ord") is None


COPENHAGEN = ZoneInfo("Europe/Copenhagen")


@pytest.mark.parametrize(
    ("now", "typed", "at"),
    [
        # Over midnight it was yesterday's; and the hour that summer time takes or gives is counted.
        ((2027, 1, 2, 7), "2330", "2027-01-01T22:30:00+00:00"),
        ((2027, 1, 2, 7), "7.00", "2027-01-02T06:00:00+00:00"),
        ((2027, 3, 28, 7), "23:30", "2027-03-27T22:30:00+00:00"),
        ((2027, 10, 31, 7), "23:30", "2027-10-30T21:30:00+00:00"),
        ((2028, 3, 1, 0, 30), "23:30", "2028-02-29T22:30:00+00:00"),
    ],
)
def test_a_time_of_day_is_the_last_that_there_was(
    now: tuple[int, ...], typed: str, at: str
) -> None:
    here = datetime(*now, tzinfo=COPENHAGEN)  # type: ignore[arg-type,misc]
    found = last_at(typed, here)
    assert found is not None
    assert found.isoformat() == at


@pytest.mark.parametrize("typed", ["24:00", "12:60", "nu", "7"])
def test_what_is_no_time_is_none(typed: str) -> None:
    assert last_at(typed, NOW) is None
