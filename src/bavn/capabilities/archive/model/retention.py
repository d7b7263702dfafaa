# SPDX-License-Identifier: Apache-2.0
"""Rules of retention: what is kept how long, counted from when, and what comes then.

A rule erases nothing. It says from which day something may be erased, and whether it has to be
delivered to the archive before. A person asks, and another one says so too.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

import msgspec

from bavn.journal.fact import Fact
from bavn.journal.kinds import STRUCK

INCIDENT, ACCESS = "incident", "access"
# What is told about what is kept, and about keys, is no part of what is delivered.
OWN_KINDS, JOURNAL_KINDS = "archive.", "journal."
MARK_CHARACTERS = 32


class Then(StrEnum):
    """What comes when the time is over."""

    ARCHIVE_ERASE = "archive_erase"
    ERASE = "erase"
    KEEP = "keep"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of the country. `outcomes` are those of an incident that it is for; none means any.

    `subject` is `incident`, `access`, or a sort that nothing is counted for and that is kept.
    """

    code: str
    danish: str
    english: str
    subject: str
    outcomes: tuple[str, ...]
    days: int
    then: Then
    basis: str
    source: str = ""

    @property
    def erases(self) -> bool:
        """True where something may be erased at all."""
        return self.then is not Then.KEEP

    @property
    def needs_delivery(self) -> bool:
        """True where it has to be in the archive before."""
        return self.then is Then.ARCHIVE_ERASE


Rules = Sequence[Rule]


def rule_for(rules: Rules, subject: str, outcome: str = "") -> Rule | None:
    """The first rule that is for such a thing; None where there is none, and it is kept."""
    for each in rules:
        if each.subject == subject and (not each.outcomes or outcome in each.outcomes):
            return each
    return None


def due_at(rule: Rule, over_at: datetime) -> datetime:
    """From when something that was over then may be erased."""
    return over_at + timedelta(days=rule.days)


def least_days(rules: Rules) -> int:
    """After how many days the first of all may be due."""
    return min((each.days for each in rules if each.erases), default=0)


def is_kept_of(fact: Fact) -> bool:
    """True for what is delivered of a subject: not what is told of keys, nor of keeping it."""
    if fact.kind == STRUCK.name:
        return True
    return not fact.kind.startswith((OWN_KINDS, JOURNAL_KINDS))


def mark_of(facts: Iterable[Fact]) -> str:
    """Differs when anything has been told about a subject since; nothing can be guessed from it."""
    ids = sorted({each.id for each in facts if is_kept_of(each)})
    return sha256("\n".join(ids).encode()).hexdigest()[:MARK_CHARACTERS]
