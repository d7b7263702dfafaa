# SPDX-License-Identifier: Apache-2.0
"""When an alarm may send itself: a service's rule, and what is proposed at that moment.

A machine sends less readily than a person: whatever is not sure is left to one, and says why.
"""

from datetime import date
from enum import StrEnum

import msgspec


class Units(StrEnum):
    """Whose units may go by themselves."""

    OWN = "own"
    ANY = "any"


class Result(StrEnum):
    """What came of a rule: sent, or why it is left to a person."""

    SENT = "sent"
    # Not all that the pick list asks for can come.
    NOT_WHOLE = "not_whole"
    # Some of them are another service's.
    OTHERS_UNITS = "others_units"
    # The place is a town's or a station's, not the house.
    NOT_EXACT = "not_exact"
    # Some unit's own node is not heard: that it is free is an old word.
    OLD_WORD = "old_word"
    # Somebody was faster.
    ORDERED_ALREADY = "ordered_already"
    # Nobody knows where it is, or what is sent to it.
    NOTHING_PROPOSED = "nothing_proposed"
    # The proposal or the order broke: the alarm stands, and nobody was sent.
    FAILED = "failed"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A service's rule for one type of alarm."""

    type: str
    sends: bool
    units: Units
    valid_from: date
    valid_to: date | None = None

    def holds(self, on: date) -> bool:
        """True on the days for which it was set; `valid_to` is the first on which it is not."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """What is proposed for an alarm, as far as a rule asks."""

    units: tuple[str, ...]
    whole: bool
    exact: bool
    all_own: bool
    all_heard: bool
    ordered_already: bool = False


def verdict(rule: Rule, offered: Offered) -> Result:
    """Whether it is sent, or the first thing that leaves it to a person."""
    if offered.ordered_already:
        return Result.ORDERED_ALREADY
    if not offered.units:
        return Result.NOTHING_PROPOSED
    if not offered.whole:
        return Result.NOT_WHOLE
    if not offered.exact:
        return Result.NOT_EXACT
    if not offered.all_own and rule.units is Units.OWN:
        return Result.OTHERS_UNITS
    return Result.SENT if offered.all_heard else Result.OLD_WORD
