# SPDX-License-Identifier: Apache-2.0
"""Positions: the last of each unit is known, wrong ones are named, listeners hear once a second."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.operations.adapters import positions
from bavn.capabilities.operations.adapters.positions import (
    BATCH_LIMIT,
    PROBLEMS_LIMIT,
    TRACK_LIMIT,
    TRACK_STEP,
    UnitPositions,
)
from bavn.capabilities.operations.ports import Heard, Position, Voice
from bavn.node.positions import TAKEN_ELSEWHERE

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)


class Listening:
    """Positions with somebody who listens; a loop whose time is what the test says."""

    def __init__(self) -> None:
        self.positions = UnitPositions()
        self.told: list[list[Any]] = []
        self.rang = asyncio.Event()

    def publish(self, event: str, data: dict[str, Any]) -> None:
        assert event == "positions"
        self.told.append(data["items"])
        self.rang.set()

    def take(self, *items: object, now: datetime = NOW) -> Heard:
        return self.positions.take(items, now, lambda _: None, self.publish)


def at(
    unit: object = "u1", lat: float = 57.0, ago_s: float = 0, **more: object
) -> dict[str, object]:
    when = (NOW - timedelta(seconds=ago_s)).isoformat()
    return {"unit": unit, "lat": lat, "lon": 9.9, "at": when, **more}


def run(*batches: Sequence[object]) -> tuple[Listening, list[Heard]]:
    """Send batches one after the other, and wait until all is told."""

    async def story() -> tuple[Listening, list[Heard]]:
        listening = Listening()
        heard = [listening.take(*batch) for batch in batches]
        if listening.positions._due is not None:
            listening.rang.clear()
            await asyncio.wait_for(listening.rang.wait(), 5)
        return listening, heard

    return asyncio.run(story())


def test_the_last_position_of_a_unit_is_known_with_its_age() -> None:
    listening, [heard] = run([at(lat=57.123456789, ago_s=7)])
    assert (heard.taken, heard.problems) == (1, ())
    position = listening.positions.of("u1")
    assert position is not None
    assert (position.lat, position.at) == (57.12346, NOW - timedelta(seconds=7))
    assert listening.positions.of("u2") is None


@pytest.mark.parametrize(
    ("item", "says"),
    [
        (at(lat=91), "no place on Earth"),
        (at(lat=float("nan")), "no place on Earth"),
        (at(ago_s=-61), "ahead of the clock"),
        (at(ago_s=3_601), "more than an hour old"),
        ({"unit": "u1", "lat": 57, "lon": 9}, "at"),
        (at(at="2027-01-01T12:00:00"), "timezone"),
        (at(unit=7), "str"),
        ("u1", "object"),
    ],
)
def test_a_position_that_cannot_be_taken_is_named_and_the_others_are_taken(
    item: object, says: str
) -> None:
    listening, [heard] = run([item, at(unit="u2")])
    assert heard.taken == 1
    [problem] = heard.problems
    assert problem.where == "items[0]"
    assert says in problem.says
    assert listening.positions.of("u1") is None


def test_a_unit_that_is_refused_says_why() -> None:
    async def story() -> Heard:
        listening = Listening()
        return listening.positions.take(
            [at()], NOW, lambda unit: f"no {unit} is known", listening.publish
        )

    heard = asyncio.run(story())
    assert (heard.taken, heard.problems[0].says) == (0, "no u1 is known")


@given(st.lists(st.integers(min_value=0, max_value=600), min_size=1, max_size=20))
def test_in_whatever_order_they_come_the_newest_stands(ages: list[int]) -> None:
    listening, [heard] = run([at(lat=age % 90, ago_s=age) for age in ages])
    position = listening.positions.of("u1")
    assert position is not None
    assert position.at == NOW - timedelta(seconds=min(ages))
    assert position.lat == min(ages) % 90
    assert heard.taken + len(heard.problems) == len(ages)


def test_a_track_is_short_and_its_points_are_apart() -> None:
    batch = [at(ago_s=1_000 - second) for second in range(1_000)]
    listening, _ = run(batch)
    track = listening.positions.track("u1")
    assert len(track) == TRACK_LIMIT
    steps = [b.at - a.at for a, b in pairwise(track)]
    assert min(steps) >= TRACK_STEP
    assert listening.positions.track("u2") == ()


def test_too_many_at_once_are_refused_whole_and_too_many_problems_are_counted() -> None:
    _, [heard] = run([at()] * (BATCH_LIMIT + 1))
    assert (heard.taken, heard.problems[0].where) == (0, "items")
    _, [heard] = run([at(lat=91)] * (PROBLEMS_LIMIT + 7))
    assert len(heard.problems) == PROBLEMS_LIMIT + 1
    assert heard.problems[-1].says == "and 7 more"


def test_no_more_units_are_kept_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(positions, "UNITS_LIMIT", 2)
    listening, [heard] = run([at("u1", ago_s=1), at("u2"), at("u3"), at("u1")])
    assert (heard.taken, heard.problems[0].where) == (3, "items[2]")
    assert listening.positions.of("u3") is None


def test_listeners_hear_at_once_and_then_once_a_second_of_the_last_of_each() -> None:
    listening, _ = run([at(lat=1)], [at(lat=2)], [at("u2"), at(lat=3)])
    # The first at once, the rest together when the second was over.
    assert [[item[:2] for item in told] for told in listening.told] == [
        [["u1", 1.0]],
        [["u1", 3.0], ["u2", 57.0]],
    ]
    assert listening.positions.version == 2


def test_what_is_told_has_its_instant_in_whole_seconds() -> None:
    listening, _ = run([at(ago_s=0.25)])
    [[[unit, lat, lon, when]]] = listening.told
    assert (unit, lat, lon) == ("u1", 57.0, 9.9)
    assert when == NOW - timedelta(seconds=1)


def test_a_batch_in_which_nothing_is_right_tells_nobody() -> None:
    listening, _ = run([at(lat=91)])
    assert (listening.told, listening.positions.version) == ([], 0)


def test_a_restart_begins_with_nothing() -> None:
    run([at()])
    assert UnitPositions().of("u1") is None


SCENE, SYSTEM = Voice(source="scene", weight=2, hold_s=60), Voice(source="system", weight=1)
TOLD = st.lists(
    st.tuples(st.integers(0, 300), st.sampled_from([SCENE, SYSTEM])), min_size=1, max_size=12
)


class Ranked:
    """Positions of one unit, told by sources of different weight, in a loop."""

    def __init__(self) -> None:
        self.positions = UnitPositions()

    def tell(self, lat: float, ago_s: float, voice: Voice) -> tuple[Heard, Position]:
        item = at(lat=lat, ago_s=ago_s)

        async def told() -> Heard:
            return self.positions.take(
                [item], NOW, lambda _: None, lambda *_: None, lambda _: voice
            )

        heard = asyncio.run(told())
        # The next is told in a loop of its own.
        self.positions._due, self.positions._published_at = None, -1e9
        now = self.positions.of("u1")
        assert now is not None
        return heard, now


@given(TOLD)
def test_a_lower_word_never_moves_a_unit_within_the_time_of_a_higher_one(
    told: list[tuple[int, Voice]],
) -> None:
    ranked, before = Ranked(), None
    for number, (ago_s, voice) in enumerate(told):
        heard, now = ranked.tell(50 + number / 100, ago_s, voice)
        if not heard.taken:
            assert now is before
            assert heard.outranked + heard.late == 1
        elif before is not None and voice.weight < before.voice.weight:
            assert (now.at - before.at).total_seconds() > before.voice.hold_s
        assert not heard.taken or now.voice == voice
        before = now


def test_what_another_node_has_taken_holds_until_something_newer() -> None:
    ranked = Ranked()
    assert ranked.tell(50.0, 30, SCENE)[1].lat == 50.0
    assert ranked.tell(51.0, 20, TAKEN_ELSEWHERE)[1].lat == 51.0, "settled where it came in"
    assert ranked.tell(52.0, 25, TAKEN_ELSEWHERE)[1].lat == 51.0
    assert ranked.tell(53.0, 10, SYSTEM)[1].lat == 53.0
