# SPDX-License-Identifier: Apache-2.0
"""A node is summed up by the worst that can be said of it; what is wrong says what to do."""

from datetime import UTC, datetime
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.connections.model.nodes import (
    BEHIND_FOR_S,
    Condition,
    NodeNow,
    State,
    advices,
    condition_of,
    conditions,
    worst_first,
)
from bavn.kernel.hybrid_clock import PEER_LEAD_MS_LIMIT
from bavn.runtime.texts import LANGUAGES, Texts

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
STATES: tuple[State, ...] = get_args(State)
WELL: dict[str, Any] = {
    "stopped": False,
    "behind_count": 0,
    "behind_s": None,
    "waiting_count": 0,
    "is_catching_up": False,
    "skew_ms": 0,
}


def condition(state: State = "heard", **more: Any) -> Condition:
    return condition_of(state, **{**WELL, **more})


def node(name: str = "east", condition: Condition = Condition.HEARD, **more: Any) -> NodeNow:
    whole = NodeNow(
        id=name,
        name=name,
        hosts=(),
        state="heard",
        condition=condition,
        heard_at=NOON,
        way="memory",
        told_by=None,
        behind_count=0,
        behind_s=None,
        is_catching_up=False,
        unheard_count=0,
        waiting_count=0,
        stopped=(),
        skew_ms=0,
        version="1",
        incarnation=1,
    )
    return msgspec.structs.replace(whole, **more)


@pytest.mark.parametrize("state", STATES)
def test_with_nothing_wrong_a_node_is_as_it_is_heard(state: State) -> None:
    assert condition(state) == state


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"stopped": True}, Condition.STOPPED),
        ({"is_catching_up": True}, Condition.BEHIND),
        ({"waiting_count": 1}, Condition.BEHIND),
        ({"behind_count": 1, "behind_s": BEHIND_FOR_S}, Condition.BEHIND),
        # What is on its way for a moment is no news.
        ({"behind_count": 9, "behind_s": BEHIND_FOR_S - 1}, Condition.HEARD),
        ({"skew_ms": PEER_LEAD_MS_LIMIT}, Condition.HEARD),
        ({"skew_ms": PEER_LEAD_MS_LIMIT + 1}, Condition.SKEWED),
        ({"skew_ms": -PEER_LEAD_MS_LIMIT - 1}, Condition.SKEWED),
        ({"skew_ms": None}, Condition.HEARD),
        ({"skew_ms": 60_000, "waiting_count": 1}, Condition.BEHIND),
    ],
)
def test_the_worst_is_what_is_said(more: dict[str, Any], expected: Condition) -> None:
    assert condition(**more) is expected


@given(
    state=st.sampled_from(["silent", "never"]),
    behind=st.integers(0, 9),
    waiting=st.integers(0, 9),
    skew_ms=st.none() | st.integers(-90_000, 90_000),
)
def test_what_is_not_heard_is_never_called_better_than_that(
    state: State, behind: int, waiting: int, skew_ms: int | None
) -> None:
    found = condition(
        state, behind_count=behind, behind_s=60.0, waiting_count=waiting, skew_ms=skew_ms
    )
    assert found == state


@given(st.lists(st.sampled_from(list(Condition))))
def test_the_worst_come_first_and_all_are_counted(drawn: list[Condition]) -> None:
    nodes = [node(f"n{number:02}", each) for number, each in enumerate(drawn)]
    ranks = [list(Condition).index(each.condition) for each in worst_first(nodes)]
    assert ranks == sorted(ranks)
    assert sum(conditions(nodes).values()) == len(drawn)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        (node(), []),
        (node(condition=Condition.SILENT), ["silent"]),
        (node(condition=Condition.NEVER), ["never"]),
        (node(condition=Condition.STOPPED, stopped=("east/1/nation: fork",)), ["stopped"]),
        (node(waiting_count=2, skew_ms=9_000), ["waiting", "skew_ahead"]),
        (node(skew_ms=-9_000), ["skew_behind"]),
    ],
)
def test_whatever_is_wrong_comes_with_what_to_do_in_words(
    wrong: NodeNow, names: list[str], language: str
) -> None:
    texts = Texts(language)
    found = advices(wrong)
    assert [each.name for each in found] == names
    for each in found:
        assert texts(f"connections.advice.{each.name}.says", **each.values)
        assert texts(f"connections.advice.{each.name}.do")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_condition_has_its_word(language: str) -> None:
    texts = Texts(language)
    words = {texts(f"connections.condition.{each}") for each in Condition}
    assert len(words) == len(Condition)
