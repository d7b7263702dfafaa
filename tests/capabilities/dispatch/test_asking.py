# SPDX-License-Identifier: Apache-2.0
"""What a pick list asks: crews are counted, what gives the same stands in, who comes counts."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.dispatch.pages.sending import lasting
from bavn.capabilities.dispatch.ports import Aboard, Fleet, Need, Stands
from bavn.capabilities.dispatch.views.asking import Lists
from bavn.capabilities.dispatch.views.moment import Moment, Moments
from bavn.engines.dispatch import Rule, Standing, recommend
from bavn.engines.dispatch.words import Arrival, Recommendation
from bavn.frame.call import Call
from bavn.journal.reader import NOBODY
from bavn.kernel.mandate import Actor
from bavn.runtime.texts import Texts
from tests.capabilities.dispatch.plain import HERE, Plain, all_at_home, fleet, unit

FLEET = fleet(
    unit("p1", "PMP", 6, 55.01, **{"smoke divers": 4.0}),
    unit("p2", "PMP", 3, 55.02, **{"smoke divers": 4.0}),
    unit("p3", "PMP", 6, 55.03, **{"smoke divers": 4.0}),
    unit("t1", "TNK", 2, 55.04),
    unit("b1", "BTH", 6, 55.05, **{"smoke divers": 2.0}),
    stand_ins={"PMP": frozenset({"PMP", "BTH"}), "TNK": frozenset({"TNK", "BTH"})},
)


def moment_of(of: Fleet, **aboard: Aboard) -> Moment:
    return Moments(of, Plain()).now(all_at_home(of), (), aboard)


def found(
    needs: tuple[Need, ...], moment: Moment, coming: tuple[str, ...] = (), of: Fleet = FLEET
) -> tuple[Recommendation | None, list[str]]:
    """What the engine proposes, the units in the order of their distance."""
    rows = {each.id: row for row, each in enumerate(of.units)}
    asking = Lists(of).asked(needs, moment, [rows[each] for each in coming])
    if not asking.left:
        return None, []
    at_s = 60.0 + 60.0 * np.arange(len(of.units), dtype=np.float64)
    for each in coming:
        at_s[rows[each]] = np.inf
    recommendation = recommend(asking.units, asking.left, Arrival(at_s, at_s), Rule())
    return recommendation, sorted(of.units[row].id for row in recommendation.best.units)


@pytest.mark.requirement("E5.1")
def test_a_pump_with_three_is_not_a_pump_with_six() -> None:
    moment = moment_of(FLEET)
    assert found((Need("PMP", 2),), moment)[1] == ["p1", "p2"]
    assert found((Need("PMP", 2, crew=6),), moment)[1] == ["p1", "p3"]
    # The first says that only four are aboard, the second that it is full.
    told = moment_of(FLEET, p1=Aboard(count=4), p2=Aboard(count=6))
    assert found((Need("PMP", 2, crew=6),), told)[1] == ["p2", "p3"]
    assert found((Need("PMP", 2),), told)[1] == ["p1", "p2"]


def test_who_has_nobody_aboard_is_not_sent() -> None:
    moment = moment_of(FLEET, p1=Aboard(count=0))
    assert moment.unmanned.tolist() == [True, False, False, False, False]
    assert moment.standing[0] == Standing.BUSY
    assert found((Need("PMP", 1), Need("", 4, capability="smoke divers")), moment)[1] == [
        "p2",
        "p3",
    ]


def test_what_gives_the_same_stands_in_and_in_one_place_only() -> None:
    moment = moment_of(FLEET)
    assert found((Need("PMP", 4),), moment)[1] == ["b1", "p1", "p2", "p3"]
    # It can be the fourth pump or the second tanker, and not both.
    recommendation, _ = found((Need("PMP", 4), Need("TNK", 2)), moment)
    assert recommendation is not None
    assert not recommendation.best.adequate
    assert found((Need("PMP", 3), Need("TNK", 2)), moment)[1] == ["b1", "p1", "p2", "p3", "t1"]


def test_a_capability_is_counted_up_over_all_that_come_and_by_who_is_aboard() -> None:
    needs = (Need("PMP", 1), Need("", 8, capability="smoke divers"))
    # Three aboard the second: three of its four can dive, and that is one too few.
    assert found(needs, moment_of(FLEET))[1] == ["p1", "p3"]
    full = moment_of(FLEET, p2=Aboard(count=6))
    assert found(needs, full)[1] == ["p1", "p2"]
    told = moment_of(FLEET, p1=Aboard(count=6, competences={"smoke divers": 6}), p2=Aboard(count=6))
    assert found((Need("", 10, capability="smoke divers"),), told)[1] == ["p1", "p2"]
    assert found((Need("", 12, capability="crew"),), full)[1] == ["p1", "p2"]


def test_who_comes_already_is_not_asked_for_again() -> None:
    moment = moment_of(FLEET)
    needs = (Need("PMP", 2), Need("TNK", 1), Need("", 8, capability="smoke divers"))
    assert found(needs, moment, ("p1",))[1] == ["p2", "p3", "t1"]
    assert found(needs, moment, ("p1", "p3", "t1")) == (None, [])
    # One that came instead of a tanker leaves the pump to be sent, whichever it stands for.
    assert found((Need("PMP", 1), Need("TNK", 1)), moment, ("b1",))[1] == ["p1"]


@given(st.integers(0, 1_000_000))
def test_where_something_is_short_nobody_is_asked_for_who_fills_no_line(seed: int) -> None:
    chance = np.random.default_rng(seed)
    moment = moment_of(FLEET)
    needs = tuple(
        Need(type_, int(chance.integers(1, 4))) for type_ in ("PMP", "TNK") if chance.random() < 0.8
    ) or (Need("PMP", 3),)
    rows = chance.permutation(5).tolist()
    coming, can = rows[: int(chance.integers(0, 3))], np.zeros(5, dtype=np.bool_)
    can[[row for row in rows if row not in coming and chance.random() < 0.7]] = True
    asking = Lists(FLEET).asked(needs, moment, coming)
    less = asking.within_reach(can)
    most = sum(at >= 0 for at in asking.shares(np.flatnonzero(can).tolist()))
    at_s = np.where(can, 60.0 + 60.0 * np.arange(5), np.inf)
    sent: tuple[int, ...] = ()
    if less.left:
        sent = recommend(less.units, less.left, Arrival(at_s, at_s), Rule()).best.units
    stands = asking.shares(sent)
    assert sum(at >= 0 for at in stands) == most
    assert -1 not in stands[len(coming) :]


def test_deadlines_are_those_of_the_lines() -> None:
    asking = Lists(FLEET).asked((Need("PMP", 1, within_min=10),), moment_of(FLEET), ())
    assert [want.within_s for want in asking.left] == [600.0]


def test_a_long_list_that_shares_units_is_met_type_by_type() -> None:
    types = [f"T{number}" for number in range(12)]
    every = frozenset(types)
    many = fleet(
        *(unit(f"u{number:02}", type_) for number, type_ in enumerate(types)),
        stand_ins=dict.fromkeys(types, every),
    )
    needs = tuple(Need(each, 1) for each in types)
    assert len(found(needs, moment_of(many), of=many)[1]) == len(types)


words = st.sampled_from(["available", "returning", "en_route", "not_ready", None])
places = st.sampled_from([None, 55.01, 55.5])


@given(st.lists(st.tuples(st.integers(0, 4), words, places, st.booleans()), max_size=12))
def test_brought_up_to_date_it_is_what_is_made_anew(
    said: list[tuple[int, str | None, float | None, bool]],
) -> None:
    kept, standing = Moments(FLEET, Plain()), dict[str, Stands]()
    for number, (row, status, lat, is_heard) in enumerate(said):
        lon = None if lat is None else 10.0
        standing[FLEET.units[row].id] = Stands(status, number, lat, lon, is_heard)
        taken = [FLEET.units[number % 5].id]
        found_now = kept.now(standing, taken, {"p1": Aboard(count=number % 3)})
        anew = Moments(FLEET, Plain()).now(standing, taken, {"p1": Aboard(count=number % 3)})
        for name, column in vars(anew).items():
            assert np.array_equal(np.asarray(column), np.asarray(vars(found_now)[name])), name


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        (59.6, "1 min 00 s"),
        (65, "1 min 05 s"),
        (629, "10 min"),
        (630, "11 min"),
        (5_399, "90 min"),
        (5_400, "1 t 30 min"),
        (7_190, "2 t 0 min"),
    ],
)
def test_a_stretch_of_time_is_said_as_people_on_watch_say_it(seconds: float, says: str) -> None:
    call = Call(
        actor=Actor(organisation=HERE, function="duty_officer"),
        organisations=frozenset(),
        reader=NOBODY,
        sender="",
        language="da",
        now=datetime(2027, 1, 1, tzinfo=UTC),
        say=Texts("da"),
    )
    assert lasting(call, seconds) == says
