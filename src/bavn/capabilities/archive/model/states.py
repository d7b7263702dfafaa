# SPDX-License-Identifier: Apache-2.0
"""Where a request to see something stands, and where an erasure does: allowed moves as data."""

from enum import StrEnum


class Access(StrEnum):
    """Where a request to see something stands."""

    OPEN = "open"
    WAITING = "waiting"
    APPROVED = "approved"
    GIVEN = "given"
    ENDED = "ended"


class Move(StrEnum):
    """What is done with it."""

    CHOOSE = "choose"
    SUBMIT = "submit"
    RETURN = "return"
    APPROVE = "approve"
    GIVE = "give"
    END = "end"


MOVES: dict[tuple[Access, Move], Access] = {
    (Access.OPEN, Move.CHOOSE): Access.OPEN,
    (Access.OPEN, Move.SUBMIT): Access.WAITING,
    (Access.OPEN, Move.END): Access.ENDED,
    (Access.WAITING, Move.RETURN): Access.OPEN,
    (Access.WAITING, Move.APPROVE): Access.APPROVED,
    (Access.WAITING, Move.END): Access.ENDED,
    (Access.APPROVED, Move.RETURN): Access.OPEN,
    (Access.APPROVED, Move.GIVE): Access.GIVEN,
    (Access.APPROVED, Move.END): Access.ENDED,
}
# What stands so holds its incident back from being erased.
RUNNING = frozenset({Access.OPEN, Access.WAITING, Access.APPROVED})


class Erasure(StrEnum):
    """Where an erasure stands."""

    ASKED = "asked"
    APPROVED = "approved"
    DROPPED = "dropped"


HOLD_REASONS = ("open_case", "access", "oversight", "other")
LAWS = ("offentlighedsloven", "forvaltningsloven", "databeskyttelse")
ENDINGS = ("taken_back", "refused")
