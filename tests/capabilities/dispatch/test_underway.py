# SPDX-License-Identifier: Apache-2.0
"""Who counts for an incident: by the last order and the unit's own word, through every night."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from bavn.capabilities.dispatch.decisions import StandDown
from bavn.capabilities.dispatch.model.order import BINDS_MS
from bavn.capabilities.dispatch.model.proposal import State
from bavn.capabilities.dispatch.ports import Goal, Stands
from bavn.capabilities.dispatch.views.underway import Bound, bound_by, lately
from bavn.frame.call import Call
from bavn.kernel.instants import ms_of
from tests.capabilities.dispatch.test_ordering import ACTOR, OWN, Service, order
from tests.lilleland.nodes import EASTERN, EASTTOWN

# Before midnight of a leap day, before the hour that is there twice, and before a new year.
NIGHTS = [
    datetime(2028, 2, 28, 23, 50, tzinfo=UTC),
    datetime(2028, 2, 29, 23, 50, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 50, tzinfo=UTC),
    datetime(2027, 3, 28, 0, 50, tzinfo=UTC),
    datetime(2026, 12, 31, 23, 50, tzinfo=UTC),
]


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.east.close()
    service.nation.close()


def bound(
    service: Service, standing: Mapping[str, Stands], incident: str = "i1", *same: str
) -> Bound:
    now = service.clock.now
    call = Call(
        actor=ACTOR,
        organisations=frozenset({EASTTOWN}),
        reader=OWN,
        sender="board",
        language="da",
        now=now,
        say=lambda *_given, **_values: "",
    )
    goal = Goal(
        incident=incident,
        type=None,
        lat=None,
        lon=None,
        exact=False,
        service=EASTTOWN,
        area=EASTERN,
        municipality=None,
        is_open=True,
        same=frozenset(same),
    )
    query = service.east.journal.query
    return bound_by(call, query, goal, lately(call, query, standing))


def said(service: Service, status: str, incident: str | None = None, **ago: float) -> Stands:
    return Stands(status, ms_of(service.clock.now - timedelta(**ago)), incident=incident)


@pytest.mark.parametrize("night", NIGHTS)
def test_an_order_binds_half_an_hour_whatever_the_clock_on_the_wall_says(night: datetime) -> None:
    service = Service()
    service.clock.now = night
    service.ordered(order("u1"))
    free = {"u1": said(service, "available", minutes=1)}
    for minutes, state in ((0, State.ORDERED), (20, State.ORDERED), (9.99, State.ORDERED)):
        service.clock.forward(minutes=minutes)
        found = bound(service, free)
        assert found.here["u1"][0] is state
        assert list(found.ordered) == ["u1"]
    service.clock.forward(minutes=0.02)
    gone = bound(service, free)
    assert (gone.here, gone.ordered, gone.unanswered) == ({}, {}, ("u1",))
    service.east.close()
    service.nation.close()


def test_a_unit_s_own_word_is_newer_than_the_order_and_may_name_another_incident(
    service: Service,
) -> None:
    service.ordered(order("u1"))
    service.clock.forward(minutes=2)
    for status, incident, counts in (
        ("en_route", "i1", State.EN_ROUTE),
        ("at_scene", None, State.AT_SCENE),
        ("alerted", None, State.ALERTED),
        ("en_route", "i2", None),
        ("returning", None, None),
        ("available", "i1", None),
        ("not_ready", None, None),
    ):
        found = bound(service, {"u1": said(service, status, incident)})
        assert found.here.get("u1", (None,))[0] is counts, status
        assert found.unanswered == ()
        assert found.ordered == {}
    # An hour later it is still on its way, by its own word.
    word = {"u1": said(service, "en_route", None)}
    service.clock.forward(milliseconds=2 * BINDS_MS)
    assert bound(service, word).here["u1"][0] is State.EN_ROUTE


def test_who_is_called_back_counts_no_more_and_who_comes_by_itself_does(service: Service) -> None:
    service.ordered(order("u1"))
    service.done(StandDown(incident="i1", area=EASTERN, units=("u1",)))
    assert bound(service, {}).here == {}
    word = {"u2": said(service, "en_route", "i1")}
    assert bound(service, word).here == {"u2": (State.EN_ROUTE, word["u2"].status_at_ms)}


def test_two_incidents_that_are_one_share_who_was_sent(service: Service) -> None:
    service.ordered(order("u1"))
    service.clock.forward(seconds=1)
    service.ordered(order("u2", incident="i2"))
    assert set(bound(service, {}, "i1").here) == {"u1"}
    assert set(bound(service, {}, "i1", "i2").here) == {"u1", "u2"}


def test_a_feed_that_repeats_an_old_word_takes_nobody_off_its_order(service: Service) -> None:
    old = {"u1": said(service, "available", hours=2)}
    service.ordered(order("u1"))
    service.clock.forward(minutes=1)
    assert bound(service, old).here["u1"][0] is State.ORDERED
