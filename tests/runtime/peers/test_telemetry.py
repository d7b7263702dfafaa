# SPDX-License-Identifier: Apache-2.0
"""Telemetry: the newest stands, nothing is queued, and nothing grows without bound."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.kernel.identity import NodeId
from bavn.runtime.peers import telemetry
from bavn.runtime.peers.content import Moved
from bavn.runtime.peers.telemetry import Telemetry

EAST, WEST = NodeId("east"), NodeId("west")
PLENTY = 1_000_000


def moved(key: str, at_ms: int) -> Moved:
    return Moved("position", "eastern", key, at_ms, msgspec.Raw(msgspec.msgpack.encode(at_ms)))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9))))
def test_in_whatever_order_they_come_the_newest_goes_on(told: list[tuple[str, int]]) -> None:
    kept = Telemetry()
    heard: list[Moved] = []
    kept.on_heard(heard.extend)
    for key, at_ms in told:
        kept.heard([moved(key, at_ms)], [WEST])
    newest = {key: max(at for each, at in told if each == key) for key, _ in told}
    assert {each.key: each.at_ms for each in kept.next_for(WEST, PLENTY)} == newest
    assert {each.key: each.at_ms for each in heard} == newest


def test_what_went_is_forgotten_and_goes_to_each_once() -> None:
    kept = Telemetry()
    kept.put([moved("a", 1)], [EAST, WEST])
    assert [each.key for each in kept.next_for(EAST, PLENTY)] == ["a"]
    assert kept.next_for(EAST, PLENTY) == ()
    assert [each.key for each in kept.next_for(WEST, PLENTY)] == ["a"]


def test_nothing_waits_for_a_node_that_is_not_heard() -> None:
    kept = Telemetry()
    kept.put([moved("a", 1)], [EAST])
    kept.forget(EAST)
    assert kept.next_for(EAST, PLENTY) == ()


def test_who_is_heard_again_is_told_the_last_of_everything() -> None:
    kept = Telemetry()
    kept.put([moved("a", 1), moved("b", 1)], [])
    kept.put([moved("a", 2)], [])
    kept.greet(EAST)
    assert {each.key: each.at_ms for each in kept.next_for(EAST, PLENTY)} == {"a": 2, "b": 1}


def test_what_came_from_elsewhere_twice_is_told_once() -> None:
    kept = Telemetry()
    heard: list[Moved] = []
    kept.on_heard(heard.extend)
    kept.heard([moved("a", 1)], [])
    kept.heard([moved("a", 1)], [WEST])
    assert len(heard) == 1
    assert kept.next_for(WEST, PLENTY) == ()


def test_a_wrong_sender_cannot_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telemetry, "KEPT_LIMIT", 3)
    kept = Telemetry()
    kept.put([moved(str(number), 1) for number in range(10)], [EAST])
    kept.put([moved("0", 2)], [EAST])
    assert {each.key: each.at_ms for each in kept.next_for(EAST, PLENTY)} == {
        "0": 2,
        "1": 1,
        "2": 1,
    }


def test_a_letter_takes_what_fits_and_each_has_its_turn() -> None:
    kept = Telemetry()
    first = [moved(key, 1) for key in "abcd"]
    two = 2 * telemetry.bytes_of(first[0])
    kept.put(first, [EAST])
    assert [each.key for each in kept.next_for(EAST, two)] == ["a", "b"]
    # A newer value of what has gone waits behind what has not.
    kept.put([moved("a", 2), moved("c", 2)], [EAST])
    assert [(each.key, each.at_ms) for each in kept.next_for(EAST, two)] == [("c", 2), ("d", 1)]
    assert [(each.key, each.at_ms) for each in kept.next_for(EAST, 1)] == [("a", 2)]
    assert not kept.waits_for(EAST)
