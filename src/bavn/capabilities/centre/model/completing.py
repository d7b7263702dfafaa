# SPDX-License-Identifier: Apache-2.0
"""What a line of the command line may become: offered while it is written."""

from collections.abc import Sequence

from bavn.capabilities.centre.model.command import (
    OF_INCIDENTS,
    OFFERS_LIMIT,
    TYPED_LIMIT,
    Names,
    Verb,
    Words,
    folded,
    handles_of,
)


def complete(typed: str, words: Words, names: Names) -> tuple[str, ...]:
    """Whole lines that what is typed may become; the likeliest first."""
    tokens = typed.split() if len(typed) <= TYPED_LIMIT else []
    begun = "" if not tokens or typed[-1:].isspace() else folded(tokens[-1])
    before = tokens if not begun else tokens[:-1]
    lead = " ".join([*before, ""])
    return _starting(_following(before, words, names), begun, lead)


def _following(before: Sequence[str], words: Words, names: Names) -> Sequence[str]:
    """All that may come after these words."""
    handles = list(handles_of(names.incidents).values())
    if not before:
        return [*words.verbs, *words.places, *names.units, *handles]
    if names.unit(before[0]) is not None:
        return [*words.statuses, *(handles if len(before) > 1 else ())]
    is_first = len(before) == 1
    verb = words.verbs.get(folded(before[0]))
    if names.incidents_ending(before[0]):
        if is_first:
            return [word for word, meant in words.verbs.items() if meant in OF_INCIDENTS]
        verb, is_first = words.verbs.get(folded(before[1])), False
    elif is_first and verb in OF_INCIDENTS:
        return handles
    after: dict[Verb | None, Sequence[str]] = {
        Verb.SEND: list(names.units),
        Verb.RECALL: list(names.units),
        Verb.CLOSE: list(words.outcomes),
        Verb.NEW: list(names.types) if is_first else (),
    }
    return after.get(verb, ())


def _starting(whole: Sequence[str], begun: str, lead: str) -> tuple[str, ...]:
    found = (each for each in dict.fromkeys(whole) if each.startswith(begun) and each != begun)
    return tuple(lead + each for each, _ in zip(found, range(OFFERS_LIMIT), strict=False))
