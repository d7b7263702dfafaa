# SPDX-License-Identifier: Apache-2.0
"""The command line's grammar: anything that is typed is a command, or a clear word of what is not.

Which words there are is data (`Words`), in every language at once; which units and incidents there
are is told (`Names`). Nothing here raises for what somebody typed.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

# A note is a sentence; a page holds more.
TYPED_LIMIT = 1_000
# Silence ends by itself, and no shift goes by in it.
MUTE_MINUTES, MUTE_MINUTES_LIMIT = 10, 60
# As many as are taken in at a glance.
OFFERS_LIMIT = 8
# Fewer letters of an incident's number would often be another's.
HANDLE_LEAST = 4
NUMBER_SIGN = "#"


class Verb(StrEnum):
    """What can be done to something."""

    SEND = "send"
    NOTE = "note"
    CLOSE = "close"
    SHOW = "show"
    RECALL = "recall"
    NEW = "new"
    SEEN = "seen"
    MUTE = "mute"
    HELP = "help"


OF_INCIDENTS = frozenset({Verb.SEND, Verb.NOTE, Verb.CLOSE, Verb.SHOW, Verb.RECALL})


@dataclass(frozen=True, kw_only=True)
class Words:
    """The words that are understood, folded, each with what it means."""

    verbs: Mapping[str, Verb]
    statuses: Mapping[str, str]
    places: Mapping[str, str]
    outcomes: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Names:
    """What things are called now: units by callsign and id, open incidents by id, types by code."""

    units: Mapping[str, str] = field(default_factory=dict)
    incidents: Sequence[str] = ()
    types: Mapping[str, str] = field(default_factory=dict)

    def unit(self, word: str) -> str | None:
        """The unit of this callsign or id."""
        return self.units.get(folded(word))

    def incidents_ending(self, word: str) -> list[str]:
        """The incidents whose id is this, or ends with it."""
        typed = folded(word).removeprefix(NUMBER_SIGN)
        if not typed:
            return []
        whole = [each for each in self.incidents if each.casefold() == typed]
        if whole:
            return whole
        if len(typed) < HANDLE_LEAST:
            return []
        return [each for each in self.incidents if each.casefold().endswith(typed)]


@dataclass(frozen=True, kw_only=True)
class SetStatus:
    """A unit says where it stands."""

    unit: str
    status: str
    incident: str | None = None


@dataclass(frozen=True, kw_only=True)
class Note:
    """Write something down about an incident."""

    incident: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Close:
    """End the work at an incident."""

    incident: str
    outcome: str | None


@dataclass(frozen=True, kw_only=True)
class Send:
    """Send units; none named means those that are proposed, on their page."""

    incident: str
    units: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Recall:
    """Call units back from an incident."""

    incident: str
    units: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Report:
    """A new incident; what is not known is left out."""

    type: str | None
    where: str


@dataclass(frozen=True, kw_only=True)
class Show:
    """Open the page of a unit or an incident."""

    unit: str | None = None
    incident: str | None = None


@dataclass(frozen=True, kw_only=True)
class Go:
    """Open one of the house's pages."""

    place: str


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What waits has been seen: the first, or the one of this number on the board."""

    number: int = 1


@dataclass(frozen=True, kw_only=True)
class Mute:
    """No sound for so many minutes."""

    minutes: int = MUTE_MINUTES


@dataclass(frozen=True, kw_only=True)
class Help:
    """Say what can be written."""


@dataclass(frozen=True, kw_only=True)
class Misread:
    """What is wrong with a line: a text's name, the word it is about, what to write instead."""

    code: str
    value: str = ""
    offers: tuple[str, ...] = ()


Command: TypeAlias = (
    SetStatus | Note | Close | Send | Recall | Report | Show | Go | Seen | Mute | Help
)


def folded(text: str) -> str:
    """A word as it is compared: without case, and with single blanks."""
    return " ".join(text.casefold().split())


def parse(typed: str, words: Words, names: Names) -> Command | Misread:
    """What a line asks for."""
    tokens, whole = typed.split(), folded(typed)
    if len(typed) > TYPED_LIMIT:
        return Misread(code="too_long", value=str(TYPED_LIMIT))
    if not tokens:
        return Misread(code="empty")
    if whole in words.places:
        return Go(place=words.places[whole])
    return _of_thing(tokens, words, names) or _of_word(tokens, words, names)


def handles_of(incidents: Sequence[str]) -> dict[str, str]:
    """By incident, the shortest end of its id that is no other's, with its sign.

    >>> handles_of(["0199-aaaa-1234", "0199-bbbb-9234"])
    {'0199-aaaa-1234': '#1234', '0199-bbbb-9234': '#9234'}
    """
    found: dict[str, str] = {}
    waiting: list[str] = list(dict.fromkeys(incidents))
    length = HANDLE_LEAST
    while waiting:
        ends: dict[str, list[str]] = {}
        for each in waiting:
            ends.setdefault(each[-length:].casefold(), []).append(each)
        waiting = []
        for end, sharing in ends.items():
            if len(sharing) == 1 or len(end) < length:
                found |= dict.fromkeys(sharing, NUMBER_SIGN + end)
            else:
                waiting += sharing
        length += 1
    # Whatever ends with another's whole id would be taken for it, or is that one written larger.
    return {each: found[each] for each in incidents}


def _of_thing(tokens: Sequence[str], words: Words, names: Names) -> Command | Misread | None:
    """A line that begins with what something is called; None for one that does not.

    Names come before what is done: no unit is out of reach for what it is called.
    """
    first, rest = tokens[0], tokens[1:]
    unit = names.unit(first)
    if unit is not None:
        return _of_unit(unit, first, rest, words, names)
    found = names.incidents_ending(first)
    return _of_incident(found, first, rest, words, names) if found else None


def _of_word(tokens: Sequence[str], words: Words, names: Names) -> Command | Misread:
    verb, rest = _verb(tokens, words)
    match verb:
        case None:
            first = tokens[0]
            if first.startswith(NUMBER_SIGN):
                return Misread(code="no_incident", value=first)
            return Misread(code="unknown", value=first, offers=_near(first, words, names))
        case Verb.NEW:
            return _report(rest, names)
        case Verb.HELP:
            return Help()
        case Verb.SEEN | Verb.MUTE:
            return _counted(verb, rest)
        case _:
            return _of_verb(verb, rest, words, names)


def _of_unit(
    unit: str, word: str, rest: Sequence[str], words: Words, names: Names
) -> Command | Misread:
    if not rest:
        return Show(unit=unit)
    said = folded(" ".join(rest))
    if words.verbs.get(said) is Verb.SHOW:
        return Show(unit=unit)
    if said in words.statuses:
        return SetStatus(unit=unit, status=words.statuses[said])
    status = words.statuses.get(folded(" ".join(rest[:-1])))
    if status is not None:
        found = names.incidents_ending(rest[-1])
        if len(found) == 1:
            return SetStatus(unit=unit, status=status, incident=found[0])
        return _which(rest[-1], found)
    return Misread(code="no_status", value=word, offers=_few(words.statuses))


def _of_incident(
    found: Sequence[str], word: str, rest: Sequence[str], words: Words, names: Names
) -> Command | Misread:
    if len(found) != 1:
        return _which(word, found)
    (incident,) = found
    if not rest:
        return Show(incident=incident)
    verb, left = _verb(rest, words)
    if verb not in OF_INCIDENTS:
        offers = [each for each, meant in words.verbs.items() if meant in OF_INCIDENTS]
        return Misread(code="no_verb", value=word, offers=_few(offers))
    return _done_to(incident, verb, left, words, names)


def _of_verb(verb: Verb, rest: Sequence[str], words: Words, names: Names) -> Command | Misread:
    if not rest:
        return Misread(code="what_to", value=verb.value)
    unit = names.unit(rest[0])
    if verb is Verb.SHOW and unit is not None:
        return Show(unit=unit)
    found = names.incidents_ending(rest[0])
    if len(found) != 1:
        return _which(rest[0], found)
    return _done_to(found[0], verb, rest[1:], words, names)


def _done_to(
    incident: str, verb: Verb | None, left: Sequence[str], words: Words, names: Names
) -> Command | Misread:
    match verb:
        case Verb.NOTE:
            return Note(incident=incident, text=" ".join(left)) if left else Misread(code="no_text")
        case Verb.CLOSE:
            return _close(incident, folded(" ".join(left)), words)
        case Verb.SEND | Verb.RECALL:
            return _crew(incident, verb, left, names)
        case _:
            return Show(incident=incident)


def _close(incident: str, said: str, words: Words) -> Command | Misread:
    if said and said not in words.outcomes:
        return Misread(code="no_outcome", value=said, offers=_few(words.outcomes))
    return Close(incident=incident, outcome=words.outcomes.get(said))


def _crew(incident: str, verb: Verb, left: Sequence[str], names: Names) -> Command | Misread:
    units = [(word, names.unit(word)) for word in left]
    unknown = [word for word, unit in units if unit is None]
    if unknown:
        offers = difflib.get_close_matches(folded(unknown[0]), list(names.units), OFFERS_LIMIT)
        return Misread(code="no_unit", value=unknown[0], offers=tuple(offers))
    named = tuple(dict.fromkeys(unit for _, unit in units if unit is not None))
    if verb is Verb.RECALL:
        return Recall(incident=incident, units=named) if named else Misread(code="no_units")
    return Send(incident=incident, units=named)


def _report(rest: Sequence[str], names: Names) -> Report:
    """Never misread: an alarm waits for nobody to find the right word."""
    type_ = names.types.get(folded(rest[0])) if rest else None
    return Report(type=type_, where=" ".join(rest if type_ is None else rest[1:]))


def _counted(verb: Verb, rest: Sequence[str]) -> Command | Misread:
    if not rest:
        return Seen() if verb is Verb.SEEN else Mute()
    # What int() takes beyond plain digits nobody has typed for a number.
    is_number = len(rest) == 1 and rest[0].isascii() and rest[0].isdigit()
    number = int(rest[0]) if is_number and len(rest[0]) <= len(str(TYPED_LIMIT)) else 0
    if number < 1:
        return Misread(code="no_number", value=" ".join(rest))
    if verb is Verb.SEEN:
        return Seen(number=number)
    if number > MUTE_MINUTES_LIMIT:
        return Misread(code="mute_limit", value=str(MUTE_MINUTES_LIMIT))
    return Mute(minutes=number)


def _verb(tokens: Sequence[str], words: Words) -> tuple[Verb | None, Sequence[str]]:
    """The verb that the words begin with, the longest there is, and what comes after it."""
    longest = max((len(each.split()) for each in words.verbs), default=0)
    for count in range(min(longest, len(tokens)), 0, -1):
        verb = words.verbs.get(folded(" ".join(tokens[:count])))
        if verb is not None:
            return verb, tokens[count:]
    return None, tokens


def _which(word: str, found: Sequence[str]) -> Misread:
    if not found:
        return Misread(code="no_incident", value=word)
    offers = list(handles_of(found).values())
    return Misread(code="many_incidents", value=word, offers=tuple(offers[:OFFERS_LIMIT]))


def _near(word: str, words: Words, names: Names) -> tuple[str, ...]:
    known = [*words.verbs, *words.places, *names.units]
    return tuple(difflib.get_close_matches(folded(word), known, OFFERS_LIMIT // 2))


def _few(words: Mapping[str, object] | Sequence[str]) -> tuple[str, ...]:
    return tuple(words)[:OFFERS_LIMIT]
