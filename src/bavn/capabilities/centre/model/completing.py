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


def complete(typed: str, words: Words, offered: Words, names: Names) -> tuple[str, ...]:
    """Whole lines that what is typed may become; the likeliest first.

    What is typed already may be any word; what is offered is one for each thing.
    """
    if len(typed) > TYPED_LIMIT:
        return ()
    tokens = typed.split()
    said = folded(typed[typed.find(tokens[0]) + len(tokens[0]) :]) if tokens else ""
    if tokens and names.unit(tokens[0]) is not None and (said or typed[-1:].isspace()):
        # A status may be several words: what is begun is all that stands after the unit.
        return _starting([*offered.statuses], said, tokens[0] + " ")
    begun = "" if not tokens or typed[-1:].isspace() else folded(tokens[-1])
    before = tokens if not begun else tokens[:-1]
    lead = " ".join([*before, ""])
    return _starting(_following(before, words, offered, names), begun, lead)


def _following(before: Sequence[str], words: Words, offered: Words, names: Names) -> Sequence[str]:
    """All that may come after these words."""
    handles = list(handles_of(names.incidents).values())
    if not before:
        return [*offered.verbs, *offered.places, *names.units, *handles]
    is_first = len(before) == 1
    verb = words.verbs.get(folded(before[0]))
    if names.incidents_ending(before[0]):
        if is_first:
            return [word for word, meant in offered.verbs.items() if meant in OF_INCIDENTS]
        verb, is_first = words.verbs.get(folded(before[1])), False
    elif is_first and verb in OF_INCIDENTS:
        return handles
    after: dict[Verb | None, Sequence[str]] = {
        Verb.SEND: list(names.units),
        Verb.RECALL: list(names.units),
        Verb.CLOSE: list(offered.outcomes),
        Verb.NEW: list(names.types) if is_first else (),
    }
    return after.get(verb, ())


def _starting(whole: Sequence[str], begun: str, lead: str) -> tuple[str, ...]:
    found = (each for each in dict.fromkeys(whole) if each.startswith(begun) and each != begun)
    return tuple(lead + each for each, _ in zip(found, range(OFFERS_LIMIT), strict=False))
