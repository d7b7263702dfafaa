# SPDX-License-Identifier: Apache-2.0
"""Units go where they are needed: the nearest adequate, one place at a time, by allowed moves."""

import math
from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bavn.engines.turnouts import Course, Event, Incident, Kind, Manners, Need, Spot, Units

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
# Kilometres are degrees here: the laws do not care, and distances can be read off.
SPEED_S = 600.0
TYPES, SERVICES = 3, 2
DEEP = float("inf")
UNIT_KINDS = {Kind.ALERTED, Kind.EN_ROUTE, Kind.AT_SCENE, Kind.RETURNING, Kind.AVAILABLE}
MOVES = {
    Kind.AVAILABLE: {Kind.ALERTED},
    Kind.ALERTED: {Kind.EN_ROUTE, Kind.AVAILABLE},
    Kind.EN_ROUTE: {Kind.AT_SCENE, Kind.RETURNING},
    Kind.AT_SCENE: {Kind.RETURNING},
    Kind.RETURNING: {Kind.AVAILABLE, Kind.ALERTED},
}


class Flat:
    """A plain without water or roads; another land is out of reach."""

    def run_s(
        self,
        lat: Floats,
        lon: Floats,
        land: Whole,
        goal: Spot,
    ) -> Floats:
        way = np.hypot(lat - goal.lat, lon - goal.lon) * SPEED_S
        return np.where(land == goal.land, way, np.inf)

    def bends(self, start: Spot, goal: Spot) -> Floats:
        return np.array([[start.lat, start.lon], [goal.lat, goal.lon]])

    def along(self, bends: Floats, share: float) -> tuple[float, float]:
        lat, lon = bends[0] + min(max(share, 0.0), 1.0) * (bends[1] - bends[0])
        return float(lat), float(lon)


def units_of(seed: int, count: int) -> Units:
    chance = np.random.default_rng(seed)
    return Units(
        type=chance.integers(TYPES, size=count),
        service=chance.integers(SERVICES, size=count),
        lat=chance.random(count) * 3,
        lon=chance.random(count) * 3,
        land=np.zeros(count, dtype=np.int64),
        median_s=chance.choice([60.0, 240.0], size=count),
        spread=np.full(count, 0.2),
        limit_s=np.full(count, 300.0),
        national=chance.random(count) < 0.1,
        commander=np.zeros(count, dtype=np.bool_),
    )


def manners(border_s: float = 300.0) -> Manners:
    adequate = np.eye(TYPES, dtype=np.bool_)
    adequate[0, 1] = True
    return Manners(
        handling_s=20.0,
        border_s=np.full(TYPES, border_s),
        reach_s=1500.0,
        far_s=4000.0,
        run_spread=0.1,
        home_factor=1.3,
        look_s=60.0,
        scene_least_s=120.0,
        leave_from=0.3,
        adequate=adequate,
    )


def incidents_of(seed: int, count: int, span_s: float = 20_000) -> list[Incident]:
    found = []
    for number in range(count):
        chance = np.random.default_rng([seed, number])
        real = bool(chance.random() < 0.6)
        found.append(
            Incident(
                number=number,
                at_s=float(chance.random() * span_s),
                spot=Spot(float(chance.random() * 3), float(chance.random() * 3), 0),
                service=int(chance.integers(SERVICES)),
                needs=(Need(0, int(chance.integers(1, 3))), Need(2, 1)),
                real=real,
                lasts_s=float(chance.random() * 6000),
                later=(Need(1, 1),) if chance.random() < 0.3 else (),
                later_s=200.0,
                called_off_s=DEEP if real else float(chance.random() * 500),
                chance=chance,
            )
        )
    return found


def played(seed: int, units: int = 25, incidents: int = 40) -> tuple[Course, list[Event]]:
    course = Course(units_of(seed, units), Flat(), manners())
    for incident in incidents_of(seed, incidents):
        course.report(incident)
    return course, list(course.until(DEEP))


@given(seed=st.integers(0, 10_000), steps=st.lists(st.floats(0, 30_000), max_size=5))
def test_read_at_once_or_in_pieces_it_is_the_same_course(seed: int, steps: list[float]) -> None:
    _, whole = played(seed)
    course = Course(units_of(seed, 25), Flat(), manners())
    for incident in incidents_of(seed, 40):
        course.report(incident)
    pieces = [event for at_s in [*sorted(steps), DEEP] for event in course.until(at_s)]
    assert pieces == whole


@given(seed=st.integers(0, 10_000))
def test_events_come_in_order_and_every_move_of_a_unit_is_allowed(seed: int) -> None:
    _, events = played(seed)
    assert [event.at_s for event in events] == sorted(event.at_s for event in events)
    phase: dict[int, Kind] = defaultdict(lambda: Kind.AVAILABLE)
    for event in events:
        if event.unit >= 0:
            assert event.kind in MOVES[phase[event.unit]], (event, phase[event.unit])
            phase[event.unit] = event.kind
    assert set(phase.values()) <= {Kind.AVAILABLE}


@given(seed=st.integers(0, 10_000))
def test_no_unit_is_at_two_places(seed: int) -> None:
    _, events = played(seed)
    taken: dict[int, int] = {}
    for event in events:
        if event.kind is Kind.ALERTED:
            assert event.unit not in taken, "a busy unit was sent elsewhere"
            taken[event.unit] = event.incident
        elif event.kind in {Kind.EN_ROUTE, Kind.AT_SCENE}:
            assert taken[event.unit] == event.incident
        elif event.kind in {Kind.RETURNING, Kind.AVAILABLE}:
            taken.pop(event.unit, None)


@given(seed=st.integers(0, 10_000))
def test_no_unit_jumps(seed: int) -> None:
    course = Course(units_of(seed, 25), Flat(), manners())
    for incident in incidents_of(seed, 40):
        course.report(incident)
    before: dict[int, tuple[float, float]] = {}
    for at_s in np.arange(0.0, 20_000.0, 100.0):
        list(course.until(at_s))
        now = {unit: (lat, lon) for unit, lat, lon in course.moving(at_s)}
        for unit in now.keys() & before.keys():
            way = math.dist(now[unit], before[unit]) * SPEED_S
            # Runs are faster than expected at times: exp(0.1 z).
            assert way <= 100 * 1.6, (unit, at_s)
        before = now


@given(seed=st.integers(0, 10_000), of=st.integers(0, TYPES - 1), service=st.integers(0, 1))
def test_the_unit_that_is_sent_is_the_nearest_adequate_by_trying_all(
    seed: int, of: int, service: int
) -> None:
    units, rules = units_of(seed, 25), manners()
    course = Course(units, Flat(), rules)
    incident = incidents_of(seed, 1)[0]
    incident = Incident(**{**vars(incident), "service": service})
    found = course.best(incident, of, 0.0)
    best = best_local = (DEEP, DEEP, -1)
    for number in range(25):
        if not rules.adequate[of, units.type[number]]:
            continue
        way = np.hypot(units.lat[number] - incident.spot.lat, units.lon[number] - incident.spot.lon)
        arrives_s = float(units.median_s[number] + way * SPEED_S)
        cost = arrives_s + (300.0 if units.service[number] != service else 0.0)
        if units.national[number]:
            best = min(best, (cost, arrives_s, number))
        else:
            best_local = min(best_local, (cost, arrives_s, number))
    in_reach = best_local[1] <= rules.reach_s
    expected = best_local if in_reach else min(best, best_local)
    assert found == (expected[2] if expected[1] <= rules.reach_s else -1)


@given(seed=st.integers(0, 10_000))
def test_each_incident_is_closed_once_after_its_last_unit_has_left(seed: int) -> None:
    _, events = played(seed)
    closed = [event.incident for event in events if event.kind is Kind.CLOSED]
    assert sorted(closed) == list(range(40))
    last: dict[int, float] = {}
    for event in events:
        if event.kind is Kind.RETURNING:
            last[event.incident] = event.at_s
        elif event.kind is Kind.CLOSED:
            assert event.at_s >= last.get(event.incident, 0.0)


def one(course: Course, **changes: object) -> list[Event]:
    whole: dict[str, object] = {**vars(incidents_of(1, 1)[0]), "at_s": 0.0, "later": (), **changes}
    course.report(Incident(**whole))  # type: ignore[arg-type]
    return list(course.until(DEEP))


def lone(type_of: list[int], lat: list[float], **columns: object) -> Units:
    whole = vars(units_of(1, len(lat)))
    fixed = {
        "type": np.array(type_of),
        "lat": np.array(lat),
        "lon": np.zeros(len(lat)),
        "service": np.zeros(len(lat), dtype=np.int64),
        "national": np.zeros(len(lat), dtype=np.bool_),
    }
    return Units(**{**whole, **fixed, **columns})


HERE = Spot(0.0, 0.0, 0)


def test_a_blind_alarm_that_is_called_off_turns_everybody_back() -> None:
    course = Course(lone([0, 0], [0.5, 1.0]), Flat(), manners())
    events = one(course, spot=HERE, service=0, needs=(Need(0, 2),), real=False, called_off_s=25.0)
    kinds = [event.kind for event in events]
    assert Kind.CALLED_OFF in kinds
    assert Kind.AT_SCENE not in kinds
    assert kinds[-1] is Kind.CLOSED or Kind.CLOSED in kinds


def test_what_is_blind_sends_the_others_home_when_the_first_has_looked() -> None:
    course = Course(lone([0, 0], [0.1, 2.0]), Flat(), manners())
    events = one(course, spot=HERE, service=0, needs=(Need(0, 2),), real=False, called_off_s=DEEP)
    assert [event.unit for event in events if event.kind is Kind.AT_SCENE] == [0]
    blind = next(event for event in events if event.kind is Kind.BLIND)
    turned = next(e for e in events if e.unit == 1 and e.kind in {Kind.RETURNING, Kind.AVAILABLE})
    assert turned.at_s == blind.at_s


def test_whoever_waits_is_helped_by_the_unit_that_gets_free() -> None:
    course = Course(lone([0], [0.2]), Flat(), manners())
    first = {**vars(incidents_of(1, 1)[0]), "needs": (Need(0, 1),), "spot": HERE, "service": 0}
    first |= {"real": True, "later": (), "called_off_s": DEEP, "lasts_s": 1000.0}
    course.report(Incident(**{**first, "at_s": 0.0}))
    course.report(Incident(**{**first, "number": 1, "at_s": 10.0, "lasts_s": 9000.0}))
    events = list(course.until(DEEP))
    assert [e.incident for e in events if e.kind is Kind.WAITING] == [1]
    free = next(e.at_s for e in events if e.kind is Kind.RETURNING and e.incident == 0)
    sent = next(e.at_s for e in events if e.kind is Kind.ALERTED and e.incident == 1)
    assert sent == free


def test_nobody_is_forgotten_where_no_road_leads() -> None:
    course = Course(lone([0], [0.2]), Flat(), manners())
    island = Spot(0.0, 0.0, 7)
    events = one(course, spot=island, service=0, needs=(Need(0, 1),), called_off_s=DEEP)
    assert [event.kind for event in events] == [
        Kind.REPORTED,
        Kind.HANDLED,
        Kind.WAITING,
        Kind.GIVEN_UP,
        Kind.CLOSED,
    ]


def test_a_national_unit_is_sent_when_no_local_one_can_come() -> None:
    national = np.array([True, False])
    near_and_far = lone([0, 0], [0.1, 1.0], national=national)
    events = one(Course(near_and_far, Flat(), manners()), spot=HERE, service=0, needs=(Need(0, 1),))
    assert next(e.unit for e in events if e.kind is Kind.ALERTED) == 1
    events = one(Course(near_and_far, Flat(), manners()), spot=HERE, service=0, needs=(Need(0, 2),))
    assert [e.unit for e in events if e.kind is Kind.ALERTED] == [1, 0]


def test_an_incidents_units_take_their_chance_from_it_alone() -> None:
    """Another incident elsewhere moves nothing of this one's."""
    units = lone([0, 0], [0.3, 2.9])
    alone = Course(units, Flat(), manners())
    mine = vars(incidents_of(1, 1)[0]) | {"at_s": 0.0, "spot": HERE, "needs": (Need(0, 1),)}
    mine |= {"real": True, "later": (), "called_off_s": DEEP, "service": 0, "lasts_s": 2000.0}

    def times(course: Course) -> list[tuple[float, Kind]]:
        return [(e.at_s, e.kind) for e in course.until(DEEP) if e.incident == 0]

    alone.report(Incident(**{**mine, "chance": np.random.default_rng(5)}))
    beside = Course(units, Flat(), manners())
    beside.report(Incident(**{**mine, "chance": np.random.default_rng(5)}))
    far = {"number": 1, "spot": Spot(3.0, 0.0, 0), "chance": np.random.default_rng(6)}
    beside.report(Incident(**{**mine, **far}))
    assert times(alone) == times(beside)
