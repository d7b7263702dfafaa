# SPDX-License-Identifier: Apache-2.0
"""How a node's process stands, and what may be done to it: a table, tested whole."""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """How a process stands."""

    # Its turn to be started has not come.
    WAITING = "waiting"
    STARTING = "starting"
    UP = "up"
    # Stopped where it stands: it answers nobody, and its connections stay open.
    HELD = "held"
    # Killed by whoever plays, as a power cut would.
    KILLED = "killed"
    # It ended without being told to.
    FELL = "fell"
    # Everything is being ended.
    OVER = "over"


class Act(StrEnum):
    """What a person may do to a node."""

    KILL = "kill"
    HOLD = "hold"
    BRING_BACK = "bring_back"


class Happened(StrEnum):
    """What a process does by itself, and what is done to all at the beginning and the end."""

    BEGUN = "begun"
    ANSWERS = "answers"
    ENDED = "ended"
    OVER = "over"


MOVES: Mapping[State, Mapping[Act | Happened, State]] = {
    State.WAITING: {
        Happened.BEGUN: State.STARTING,
        Happened.OVER: State.OVER,
    },
    State.STARTING: {
        Happened.ANSWERS: State.UP,
        Happened.ENDED: State.FELL,
        Happened.OVER: State.OVER,
        Act.KILL: State.KILLED,
    },
    State.UP: {
        Happened.ENDED: State.FELL,
        Happened.OVER: State.OVER,
        Act.KILL: State.KILLED,
        Act.HOLD: State.HELD,
    },
    State.HELD: {
        Happened.ENDED: State.FELL,
        Happened.OVER: State.OVER,
        Act.KILL: State.KILLED,
        Act.BRING_BACK: State.UP,
    },
    State.KILLED: {
        # The end of what was killed is heard of later.
        Happened.ENDED: State.KILLED,
        Happened.OVER: State.OVER,
        Act.BRING_BACK: State.STARTING,
    },
    State.FELL: {
        Happened.ENDED: State.FELL,
        Happened.OVER: State.OVER,
        Act.BRING_BACK: State.STARTING,
    },
    State.OVER: {Happened.ENDED: State.OVER, Happened.OVER: State.OVER},
}


def after(state: State, what: Act | Happened) -> State | None:
    """The state that follows; None for what cannot be done or happen in this one."""
    return MOVES[state].get(what)


def allowed(state: State) -> list[Act]:
    """What a person may do in a state."""
    return [act for act in Act if act in MOVES[state]]
