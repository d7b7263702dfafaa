# SPDX-License-Identifier: Apache-2.0
"""What the scene has said of a field that no fact can answer: offered, and never filled in.

A person takes it or leaves it. What was taken is known by its words: while they stand in what the
person has written, that is from this fact too.
"""

from collections.abc import Iterable, Sequence

import msgspec

from bavn.capabilities.command.facts import SituationReported
from bavn.capabilities.reports.model.told import Told, those
from bavn.journal.fact import Sealed

TASKS, SUBSTANCES = "tasks", "substances"
# What a report from the scene says of a field of ours: its part, by the field.
_OF_REPORTS = ((TASKS, "done"), (SUBSTANCES, "seen"))


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """Words of a fact that may answer a field. `sort` is what it was said as."""

    field: str
    fact: str
    sort: str
    text: Sealed


def offers(told: Sequence[Told]) -> list[Offer]:
    """All that is offered, in the order of when it was said."""
    return [
        Offer(field=field, fact=each.id, sort=part, text=text)
        for each, body in those(told, SituationReported)
        for field, part in _OF_REPORTS
        if isinstance(text := getattr(body, part), Sealed)
    ]


def stands_in(written: str, words: str) -> bool:
    """True where the words stand in what is written, however its lines end."""
    return bool(words) and _lines(words) in _lines(written)


def with_words(written: str, words: str) -> str:
    """What was written with some words after it; as it was where they stand in it already."""
    if stands_in(written, words):
        return written
    return f"{written}\n{words}" if written else words


def sources_of(written: str, offered: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The facts, of pairs of fact and words, whose words stand in what is written."""
    return tuple(dict.fromkeys(fact for fact, words in offered if stands_in(written, words)))


def _lines(text: str) -> str:
    # A browser sends lines as the mail of 1982 did.
    return text.replace("\r\n", "\n")
