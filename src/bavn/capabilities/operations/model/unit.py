# SPDX-License-Identifier: Apache-2.0
"""Where a unit stands, and which moves from there are expected.

The statuses are those of the radio's status keys. A unit that skips a step has pressed one key too
few, or its system has lost a message: its word is taken and flagged, never refused (design: the
alarm path).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum


class UnitStatus(StrEnum):
    """Where a unit stands."""

    # At home, and ready to leave.
    AVAILABLE = "available"
    # Away from home and ready: it may be sent from where it is.
    ON_RADIO = "on_radio"
    ALERTED = "alerted"
    EN_ROUTE = "en_route"
    AT_SCENE = "at_scene"
    # On its way home: it may be alerted again.
    RETURNING = "returning"
    NOT_READY = "not_ready"


class UnitFlag(StrEnum):
    """What is odd about a unit's word."""

    SKIPPED_STEP = "skipped_step"
    # Whoever says it does not usually say that of a unit.
    UNUSUAL_TELLER = "unusual_teller"
    # No register knows the unit.
    NOT_REGISTERED = "not_registered"
    # It says that something happened before what is known already: kept, and nothing is changed.
    LATE = "late"
    # The sender's clock is ahead: the instant of arrival is told instead.
    CLOCK_AHEAD = "clock_ahead"
    # A source above this one has just said otherwise: kept beside, and nothing is changed.
    OUTRANKED = "outranked"


_AVAILABLE, _ON_RADIO = UnitStatus.AVAILABLE, UnitStatus.ON_RADIO
_ALERTED = UnitStatus.ALERTED
_EN_ROUTE, _AT_SCENE = UnitStatus.EN_ROUTE, UnitStatus.AT_SCENE
_RETURNING, _NOT_READY = UnitStatus.RETURNING, UnitStatus.NOT_READY

# From each status, those that are expected next. The same again is always expected: it is how a
# unit is sent on from one incident to another, and how a system repeats itself.
MOVES: Mapping[UnitStatus, frozenset[UnitStatus]] = {
    # Drives out without an alarm: to an exercise, to a shop.
    _AVAILABLE: frozenset({_ON_RADIO, _ALERTED, _NOT_READY}),
    _ON_RADIO: frozenset({_AVAILABLE, _ALERTED, _RETURNING, _NOT_READY}),
    # Stood down before it left or where it stood, or sent elsewhere.
    _ALERTED: frozenset({_EN_ROUTE, _AVAILABLE, _ON_RADIO, _NOT_READY}),
    # Turned round, sent elsewhere, or broken down.
    _EN_ROUTE: frozenset({_AT_SCENE, _RETURNING, _ON_RADIO, _ALERTED, _NOT_READY}),
    _AT_SCENE: frozenset({_RETURNING, _ON_RADIO, _NOT_READY}),
    _RETURNING: frozenset({_AVAILABLE, _ON_RADIO, _ALERTED, _NOT_READY}),
    _NOT_READY: frozenset({_AVAILABLE}),
}
# In these a unit is taken up by an incident.
ON_TASK = frozenset({_ALERTED, _EN_ROUTE, _AT_SCENE})
# Clocks that are set by the net agree within this; a sender further ahead is wrong.
CLOCK_AHEAD_LIMIT = timedelta(seconds=60)


def is_expected(before: UnitStatus | None, after: UnitStatus) -> bool:
    """True for a move of the table, for the same again, and for a unit's first word.

    >>> is_expected(UnitStatus.AVAILABLE, UnitStatus.AT_SCENE)
    False
    """
    return before is None or before == after or after in MOVES[before]


def status_in(text: object) -> UnitStatus | None:
    """The status that a text names; None when it names none."""
    return UnitStatus(text) if isinstance(text, str) and text in frozenset(UnitStatus) else None


def happened_at(at: datetime | None, now: datetime) -> tuple[datetime, bool]:
    """When it happened, and whether the sender's clock is so far ahead that `now` is told."""
    if at is None:
        return now, False
    if at - now > CLOCK_AHEAD_LIMIT:
        return now, True
    return min(at, now), False
