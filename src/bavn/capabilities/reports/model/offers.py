# SPDX-License-Identifier: Apache-2.0
"""What the scene has said of a field that no fact can answer: offered, and never filled in.

A person takes it or leaves it. What was taken is known by its words: while they stand in what the
person has written, that is from this fact too.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec

from bavn.capabilities.command.facts import SituationReported
from bavn.capabilities.reports.model.told import Told, those
from bavn.capabilities.scene.facts import HazardTold, TaskTold
from bavn.journal.fact import Sealed

TASKS, SUBSTANCES = "tasks", "substances"
# What a report from the scene says of a field of ours: its part, by the field.
_OF_REPORTS = ((TASKS, "done"), (SUBSTANCES, "seen"))
# How far a task has come that is offered as done.
DONE = "done"
B = TypeVar("B", TaskTold, HazardTold)


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """Words of a fact that may answer a field. `sort` is what it was said as.

    `hazard` is the kind of a hazard, by the country's table. `text` may stand in another fact than
    the one that is offered: a later version of a task leaves the words where they were written.
    """

    field: str
    fact: str
    sort: str
    hazard: str = ""
    text: Sealed | None = None
    text_fact: str = ""


def offers(told: Sequence[Told]) -> list[Offer]:
    """All that is offered: reports from the scene, tasks that are done, and hazards, also past."""
    return [*_reported(told), *_tasks(told), *_hazards(told)]


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


def _reported(told: Sequence[Told]) -> Iterator[Offer]:
    for each, body in those(told, SituationReported):
        for field, part in _OF_REPORTS:
            text = getattr(body, part)
            if isinstance(text, Sealed):
                yield Offer(field=field, fact=each.id, sort=part, text=text, text_fact=each.id)


def _tasks(told: Sequence[Told]) -> Iterator[Offer]:
    versions = those(told, TaskTold)
    texts = {each.id: body.text for each, body in versions}
    for each, body in _standing(versions):
        if body.state != DONE:
            continue
        text_fact = each.id if body.text is not None else body.text_of or ""
        text = texts.get(text_fact)
        if text is not None:
            yield Offer(field=TASKS, fact=each.id, sort="task", text=text, text_fact=text_fact)


def _hazards(told: Sequence[Told]) -> Iterator[Offer]:
    versions = those(told, HazardTold)
    texts = {each.id: body.where for each, body in versions}
    for each, body in _standing(versions):
        text_fact = each.id if body.where is not None else body.where_of or ""
        yield Offer(
            field=SUBSTANCES,
            fact=each.id,
            sort="hazard",
            hazard=body.kind,
            text=texts.get(text_fact),
            text_fact=text_fact,
        )


def _standing(versions: Sequence[tuple[Told, B]]) -> Iterator[tuple[Told, B]]:
    """The versions that nobody has gone on from; where two stand, a person sees both."""
    left = {fact for _, body in versions for fact in body.based_on}
    return ((each, body) for each, body in versions if each.id not in left)


def _lines(text: str) -> str:
    # A browser sends lines as the mail of 1982 did.
    return text.replace("\r\n", "\n")
