# SPDX-License-Identifier: Apache-2.0
"""How a node's process stands: the whole table."""

import pytest

from bavn.node.federated.states import MOVES, Act, Happened, State, after, allowed

S, A, H = State, Act, Happened


@pytest.mark.parametrize(
    ("course", "ends"),
    [
        ([H.BEGUN, H.ANSWERS], S.UP),
        ([H.BEGUN, H.ENDED], S.FELL),
        ([H.BEGUN, H.ENDED, A.BRING_BACK, H.ANSWERS], S.UP),
        ([H.BEGUN, H.ANSWERS, A.KILL, H.ENDED], S.KILLED),
        ([H.BEGUN, H.ANSWERS, A.KILL, H.ENDED, A.BRING_BACK], S.STARTING),
        ([H.BEGUN, H.ANSWERS, A.HOLD, A.BRING_BACK], S.UP),
        ([H.BEGUN, H.ANSWERS, A.HOLD, A.KILL], S.KILLED),
        ([H.BEGUN, H.ANSWERS, H.ENDED], S.FELL),
        ([H.BEGUN, H.OVER, H.ENDED], S.OVER),
    ],
)
def test_a_course_ends_where_it_should(course: list[Act | Happened], ends: State) -> None:
    state = S.WAITING
    for what in course:
        follows = after(state, what)
        assert follows is not None, (state, what)
        state = follows
    assert state is ends


def test_every_state_can_be_ended_and_nothing_comes_after_the_end() -> None:
    assert set(MOVES) == set(State)
    assert all(after(state, H.OVER) is S.OVER for state in State)
    assert set(MOVES[S.OVER].values()) == {S.OVER}
    assert allowed(S.OVER) == allowed(S.WAITING) == []


def test_whatever_is_down_can_be_brought_back_and_whatever_runs_can_be_killed() -> None:
    down, running = (S.HELD, S.KILLED, S.FELL), (S.STARTING, S.UP, S.HELD)
    assert [state for state in State if A.BRING_BACK in allowed(state)] == list(down)
    assert [state for state in State if A.KILL in allowed(state)] == list(running)
    assert allowed(S.UP) == [A.KILL, A.HOLD]
