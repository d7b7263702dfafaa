# SPDX-License-Identifier: Apache-2.0
"""What was said of an incident and of all that it hangs together with, from whatever is read."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from bavn.capabilities.relations.model.together import Known, Together, Word, together
from bavn.capabilities.relations.views import REPORTED, WORDS
from bavn.journal.table import Row, Value
from bavn.journal.views import View

INCIDENT = "incident:"
Look = Callable[[View, Mapping[str, Value]], Sequence[Row]]


def around(look: Look, incidents: Iterable[str]) -> Together:
    """What these incidents are in, as far as words lead from one to the next."""
    words: set[Word] = set()
    known: dict[str, Known] = {}
    left, met = list(incidents), set(incidents)
    while left:
        name = left.pop()
        first = known_of(look, name)
        if first is not None:
            known[name] = first
        for word in words_of(look, {"subject": f"{INCIDENT}{name}"}):
            words.add(word)
            further = {word.incident, word.into} - met if word.stands else set()
            met |= further
            left += further
    return together(words, known)


def everywhere(look: Look) -> tuple[Together, frozenset[str]]:
    """All that belongs together, and every incident that anything was said of."""
    words = set(words_of(look, {"stands": 1}))
    names = frozenset({each.incident for each in words} | {each.into for each in words})
    known = {name: first for name in names if (first := known_of(look, name)) is not None}
    return together(words, known), names


def words_of(look: Look, where: Mapping[str, Value]) -> list[Word]:
    """What was said, each word once: a row stands under both of its incidents."""
    found = {
        Word(
            by=str(row["owner"]),
            incident=str(row["incident"]),
            into=str(row["into"]),
            stands=bool(row["stands"]),
        )
        for row in look(WORDS, where)
    }
    return list(found)


def known_of(look: Look, incident: str) -> Known | None:
    """Whose an incident is; None where nobody has reported it."""
    rows = look(REPORTED, {"subject": f"{INCIDENT}{incident}"})
    firsts = [(int(str(row["reported_at_ms"])), str(row["owner"])) for row in rows]
    if not firsts:
        return None
    at_ms, owner = min(firsts)
    return Known(owner=owner, reported_at_ms=at_ms)
