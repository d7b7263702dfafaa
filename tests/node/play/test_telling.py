# SPDX-License-Identifier: Apache-2.0
"""What is told of a play: each thing under a number of its own, the same at every reading."""

from collections import defaultdict
from datetime import UTC, datetime
from functools import cache

from bavn.engines.days import DAY_S
from bavn.engines.turnouts import Kind
from bavn.journal.decision import REF_CHARACTERS_LIMIT
from bavn.node.play.ground import ORDINARY
from bavn.node.play.manner import manner_of, table
from bavn.node.play.telling import STATUSES, Saying, Telling
from bavn.node.play.tempo import Stretch, Tempo
from tests.node.play.casts import DENMARK, script

TEMPO = Tempo([Stretch(play_s=0, wall=datetime(2026, 5, 20, tzinfo=UTC), speed=1.0)])


def read_anew(seed: int = 1, kind: str = ORDINARY) -> tuple[Saying, ...]:
    one = script(seed, kind)
    telling = Telling(one, TEMPO, "d1")
    return tuple(saying for event in one.until(DAY_S) for saying in telling.of(event))


@cache
def sayings() -> tuple[Saying, ...]:
    return read_anew()


def test_each_number_is_used_once_and_is_short_enough() -> None:
    refs = [saying.body["sender_ref"] for saying in sayings()]
    assert len(set(refs)) == len(refs) > 500
    assert max(map(len, refs)) <= REF_CHARACTERS_LIMIT


def test_read_again_the_same_is_told_under_the_same_numbers() -> None:
    assert [(s.path, s.body) for s in read_anew()] == [(s.path, s.body) for s in sayings()]


def test_a_unit_tells_of_each_of_its_moves() -> None:
    told: dict[int, list[str]] = defaultdict(list)
    for saying in sayings():
        if saying.unit >= 0:
            told[saying.unit].append(saying.body["status"])
    assert {status for each in told.values() for status in each} == {s.value for s in STATUSES}
    assert all(statuses[0] == Kind.ALERTED for statuses in told.values())


def test_nothing_of_an_incident_is_told_before_its_report_or_after_its_end() -> None:
    seen, closed = set[int](), set[int]()
    for saying in sayings():
        if saying.is_report:
            seen.add(saying.incident)
        assert saying.incident in seen
        if saying.unit < 0:
            assert saying.incident not in closed, saying
        if saying.path.endswith("/close"):
            closed.add(saying.incident)


def test_a_correction_moves_the_place_a_little() -> None:
    one = script()
    telling = Telling(one, TEMPO, "d1")
    for incident in one.day(0):
        scene, place = (
            one.scenes[incident.number],
            telling.correction(incident.number, 0).body["place"],
        )
        moved = abs(place["lat"] - scene.lat), abs(place["lon"] - scene.lon)
        assert 0 < max(moved) < 0.004


def test_every_parameter_says_what_it_stands_on() -> None:
    rows = table(DENMARK, "demo.csv") + table(DENMARK, "travel.csv")
    assert all(row["basis"].startswith("own calibration") for row in rows)
    keys = [row["key"] for row in table(DENMARK, "demo.csv")]
    assert len(set(keys)) == len(keys)
    # What is sent to services must be a text for every kind of note.
    assert all(manner_of(DENMARK).text(f"says.{kind}") for kind in ("asked", "waiting", "blind"))
