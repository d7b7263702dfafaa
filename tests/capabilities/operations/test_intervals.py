# SPDX-License-Identifier: Apache-2.0
"""The three intervals: from a unit's words in the order of events, or missing for a reason."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.operations.capability import OPERATIONS
from bavn.capabilities.operations.capability import operations as operations_by
from bavn.capabilities.operations.decisions import SetUnitStatus
from bavn.capabilities.operations.model.authority import STATUS, Authority, Order
from bavn.capabilities.operations.model.intervals import (
    Span,
    Turnout,
    UnitWord,
    Why,
    turnouts,
)
from bavn.capabilities.operations.model.unit import UnitFlag, UnitStatus
from bavn.capabilities.operations.views.intervals import COLUMNS, sheet_of, turnouts_of
from bavn.journal.catalogue import catalogue_of
from bavn.journal.decision import Request
from bavn.journal.strike import StrikeFact
from bavn.kernel.identity import FactId
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from tests.lilleland.nodes import EAST, EASTERN, EASTTOWN, NATION, Clock, Node, Settings

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
ACTOR = Actor(organisation=EASTTOWN, function="duty_officer")
ALERTED, EN_ROUTE = UnitStatus.ALERTED, UnitStatus.EN_ROUTE
AT_SCENE, RETURNING = UnitStatus.AT_SCENE, UnitStatus.RETURNING


def words(*said: tuple[UnitStatus, float], unit: str = "u1") -> list[UnitWord]:
    """What a unit said, so many seconds after noon."""
    return [
        UnitWord(unit=unit, status=status, at=NOW + timedelta(seconds=after_s))
        for status, after_s in said
    ]


def spans(course: Turnout) -> tuple[object, object, object]:
    found = (course.afgang, course.koersel, course.respons)
    return tuple(each.missing if each.seconds is None else each.seconds for each in found)  # type: ignore[return-value]


@pytest.mark.requirement("E5.2")
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([(ALERTED, 0), (EN_ROUTE, 90), (AT_SCENE, 390)], (90.0, 300.0, 390.0)),
        # Said twice, the first counts; said by a second system, no negative time.
        (
            [(ALERTED, 0), (ALERTED, 5), (EN_ROUTE, 90), (EN_ROUTE, 95)],
            (90.0, Why.NOT_YET_ARRIVED, Why.NOT_YET_ARRIVED),
        ),
        ([(ALERTED, 0)], (Why.NOT_YET_LEFT, Why.NOT_YET_LEFT, Why.NOT_YET_ARRIVED)),
        ([(EN_ROUTE, 0), (AT_SCENE, 60)], (Why.NO_ALARM, 60.0, Why.NO_ALARM)),
        ([(ALERTED, 0), (AT_SCENE, 60)], (Why.NO_LEAVING, Why.NO_LEAVING, 60.0)),
        ([(AT_SCENE, 60)], (Why.NO_ALARM, Why.NO_LEAVING, Why.NO_ALARM)),
        # Turned round on the way.
        ([(ALERTED, 0), (EN_ROUTE, 60), (RETURNING, 90)], (60.0, Why.NO_ARRIVAL, Why.NO_ARRIVAL)),
        (
            [(ALERTED, 0), (UnitStatus.AVAILABLE, 30)],
            (Why.NO_LEAVING, Why.NO_LEAVING, Why.NO_ARRIVAL),
        ),
        # Another clock told the alarm a little after the unit had left.
        ([(EN_ROUTE, 0), (ALERTED, 4), (AT_SCENE, 300)], (Why.CLOCKS, 300.0, 296.0)),
    ],
)
def test_an_interval_is_measured_or_says_why_not(
    said: list[tuple[UnitStatus, float]], expected: tuple[object, ...]
) -> None:
    (course,) = turnouts(words(*said))
    assert spans(course) == expected


def test_a_unit_that_is_sent_again_has_two_courses() -> None:
    stood_down = words(
        (ALERTED, 0), (UnitStatus.AVAILABLE, 60), (ALERTED, 600), (EN_ROUTE, 660), (AT_SCENE, 700)
    )
    first, second = turnouts(stood_down)
    assert spans(first) == (Why.NO_LEAVING, Why.NO_LEAVING, Why.NO_ARRIVAL)
    assert (second.number, spans(second)) == (2, (60.0, 40.0, 100.0))
    again = words((ALERTED, 0), (EN_ROUTE, 60), (ALERTED, 600), (EN_ROUTE, 630))
    assert [spans(each)[0] for each in turnouts(again)] == [60.0, 30.0]


def test_a_unit_that_is_elsewhere_by_now_will_not_arrive() -> None:
    said = words((ALERTED, 0), (EN_ROUTE, 60))
    assert turnouts(said)[0].koersel.missing is Why.NOT_YET_ARRIVED
    assert turnouts(said, {"u1"})[0].koersel.missing is Why.NO_ARRIVAL


COPENHAGEN = ZoneInfo("Europe/Copenhagen")


@pytest.mark.parametrize(
    "begun",
    [
        datetime(2027, 12, 31, 23, 59, 30, tzinfo=COPENHAGEN),
        datetime(2028, 2, 28, 23, 59, 30, tzinfo=COPENHAGEN),
        # The hour that is left out, and the one that comes twice.
        datetime(2027, 3, 28, 1, 59, 30, tzinfo=COPENHAGEN),
        datetime(2027, 10, 31, 2, 59, 30, tzinfo=COPENHAGEN),
    ],
)
def test_neither_midnight_nor_summer_time_is_in_an_interval(begun: datetime) -> None:
    start = begun.astimezone(UTC)
    said = [
        UnitWord(unit="u1", status=status, at=start + timedelta(seconds=after))
        for status, after in ((ALERTED, 0), (EN_ROUTE, 90), (AT_SCENE, 600))
    ]
    assert spans(turnouts(said)[0]) == (90.0, 510.0, 600.0)


told = st.lists(
    st.tuples(
        st.sampled_from(["u1", "u2"]),
        st.sampled_from(UnitStatus),
        st.integers(min_value=0, max_value=900),
    ),
    max_size=10,
    unique_by=lambda each: (each[0], each[2]),
)


@given(told, st.randoms(use_true_random=False))
def test_nothing_is_negative_and_no_order_of_hearing_matters(
    said: list[tuple[str, UnitStatus, int]], chance: object
) -> None:
    heard = [word for unit, status, at in said for word in words((status, at), unit=unit)]
    found = turnouts(heard)
    chance.shuffle(heard)  # type: ignore[attr-defined]
    assert turnouts(heard) == found
    for course in found:
        for span in (course.afgang, course.koersel, course.respons):
            assert (span.seconds is None) != (span.missing is None)
            assert span.seconds is None or span.seconds >= 0
        if None not in (course.afgang.seconds, course.koersel.seconds):
            assert course.respons.seconds == course.afgang.seconds + course.koersel.seconds  # type: ignore[operator]


class Service:
    """A service whose units speak, and the nation that hears."""

    def __init__(self) -> None:
        self.clock = Clock(NOW)
        settings = Settings(catalogue=catalogue_of([OPERATIONS.part]), clock=self.clock)
        self.east, self.nation = Node(EAST, settings=settings), Node(NATION, settings=settings)

    def say(
        self, status: UnitStatus, at_s: float, *, incident: str = "i1", unit: str = "u1"
    ) -> FactId:
        content = SetUnitStatus(
            unit=unit,
            area=EASTERN,
            status=status,
            incident=incident,
            at=NOW + timedelta(seconds=at_s),
        )
        self.clock.now = max(self.clock.now, NOW + timedelta(seconds=at_s))
        (fact,) = self.east.done(Request(owner=EASTTOWN, actor=ACTOR, content=content)).facts
        return fact

    def turnouts(self, *incidents: str) -> list[Turnout]:
        self.nation.hear(self.east)
        here = turnouts_of(self.east.journal.query, incidents or ("i1",))
        assert turnouts_of(self.nation.journal.query, incidents or ("i1",)) == here
        return here


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    for node in (service.east, service.nation):
        assert list(node.journal.verify()) == []
        node.close()


def test_a_late_word_finds_its_place_and_a_struck_one_leaves_it(service: Service) -> None:
    service.say(ALERTED, 0)
    service.say(AT_SCENE, 600)
    assert spans(service.turnouts()[0]) == (Why.NO_LEAVING, Why.NO_LEAVING, 600.0)
    wrong = service.say(EN_ROUTE, 60)
    (course,) = service.turnouts()
    assert (spans(course), course.flags) == ((60.0, 540.0, 600.0), ("late", "skipped_step"))
    strike = StrikeFact(fact=wrong, reason=Private("another unit"))
    service.east.done(Request(owner=EASTTOWN, actor=ACTOR, content=strike))
    assert spans(service.turnouts()[0]) == (Why.NO_LEAVING, Why.NO_LEAVING, 600.0)


def test_a_word_that_is_kept_beside_a_higher_one_is_in_no_interval() -> None:
    """A crew is at the scene; its service's own system says a minute later that it has left."""
    by = {"incident_commander": "scene", "system": "system"}
    order = Order(sources=("scene", "system"), hold_s=120)
    authority = Authority(sources=by, orders={STATUS: order})
    clock = Clock(NOW)
    catalogue = catalogue_of([operations_by(authority).part])
    east = Node(EAST, settings=Settings(catalogue=catalogue, clock=clock))
    for function, status, at_s in (
        ("incident_commander", ALERTED, 0),
        ("incident_commander", EN_ROUTE, 90),
        ("incident_commander", AT_SCENE, 390),
        ("system", UnitStatus.AVAILABLE, 420),
        ("incident_commander", UnitStatus.AVAILABLE, 3_600),
    ):
        at = NOW + timedelta(seconds=at_s)
        clock.now = at
        content = SetUnitStatus(unit="u1", area=EASTERN, status=status, incident="i1", at=at)
        actor = Actor(organisation=EASTTOWN, function=function)
        east.done(Request(owner=EASTTOWN, actor=actor, content=content))
    (course,) = turnouts_of(east.journal.query, ["i1"])
    assert course.ended_at == NOW + timedelta(seconds=3_600)
    assert UnitFlag.OUTRANKED not in course.flags
    east.close()


def test_incidents_that_are_one_are_measured_together(service: Service) -> None:
    service.say(ALERTED, 0, incident="i1")
    service.say(EN_ROUTE, 60, incident="i2")
    service.say(AT_SCENE, 300, incident="i2")
    assert spans(service.turnouts("i2", "i1")[0]) == (60.0, 240.0, 300.0)
    # Alone, the first knows that the unit has gone on to something else.
    assert spans(service.turnouts("i1")[0])[0] is Why.NO_LEAVING


def test_a_sheet_says_the_same(service: Service) -> None:
    service.say(ALERTED, 0)
    service.say(EN_ROUTE, 61.5)
    (course,) = service.turnouts()
    head, row = csv.reader(io.StringIO(sheet_of("i1", [course])))
    assert tuple(head) == COLUMNS
    cells = dict(zip(head, row, strict=True))
    assert (cells["unit"], cells["afgang_s"], cells["afgang_missing"]) == ("u1", "61.500", "")
    assert (cells["koersel_s"], cells["koersel_missing"]) == ("", Why.NOT_YET_ARRIVED)
    assert datetime.fromisoformat(cells["alerted_at"]) == NOW


def test_a_span_is_one_or_the_other() -> None:
    assert Span(seconds=1.0).missing is None
