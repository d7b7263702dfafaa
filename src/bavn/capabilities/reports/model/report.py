# SPDX-License-Identifier: Apache-2.0
"""The draft of a report: a pure function of the facts, field by field, each with where it is from.

What no fact says is asked of a person and never guessed.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from bavn.capabilities.command.facts import LeaderLeft, LeaderNamed
from bavn.capabilities.dispatch.facts import UnitsOrdered
from bavn.capabilities.operations.facts import (
    IncidentClosed,
    IncidentCorrected,
    IncidentDescribed,
    IncidentReported,
)
from bavn.capabilities.receiving.facts import AlarmTaken
from bavn.capabilities.reinforcement.facts import AssistanceCalled, HelpAnswered, HelpDemanded
from bavn.capabilities.reports.model.courses import Course, Measure, words_in
from bavn.capabilities.reports.model.told import Told, in_order, those

# Facts that a field names; a list of fifty leaders is told by the first of them.
SOURCES_LIMIT = 12
# Why a field has nothing: no fact says it and a person is asked; none has said it yet; its text is
# sealed and stays so; a unit has not said how many are aboard, or that it is home.
ASKED, NOT_TOLD, SEALED, CREW_SILENT, NOT_HOME = (
    "asked",
    "not_told",
    "sealed",
    "crew_silent",
    "not_home",
)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What the facts say of one field, and which; or why they say nothing."""

    value: str = ""
    sources: tuple[str, ...] = ()
    missing: str = ""


class CrewWord(msgspec.Struct, frozen=True, kw_only=True):
    """How many a unit has said are aboard, and when."""

    unit: str
    count: int
    at: datetime
    fact: str


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """All that a draft is made of. `told` is in order and holds nothing that was struck."""

    told: tuple[Told, ...]
    courses: tuple[Course, ...]
    crews: Mapping[str, CrewWord]


def known(told: Sequence[Told], measure: Measure, crews: Sequence[CrewWord]) -> Known:
    """The same for the same facts, whatever order they come in.

    Of a unit's words about its crew the last counts that was said before its course was over.
    """
    ordered = in_order(told)
    courses = tuple(measure(words_in(ordered)))
    until = {each.unit: each.ended_at for each in courses}
    aboard: dict[str, CrewWord] = {}
    for word in sorted(crews, key=lambda each: (each.at, each.fact)):
        ended = until.get(word.unit)
        if word.unit in until and (ended is None or word.at <= ended):
            aboard[word.unit] = word
    return Known(told=tuple(ordered), courses=courses, crews=aboard)


def drafted(code: str, all_known: Known) -> Found:
    """What the facts say of a field; a field that no fact can say is asked of a person."""
    find = _FINDERS.get(code)
    return Found(missing=ASKED) if find is None else find(all_known)


def _found(value: str, *sources: str) -> Found:
    return Found(value=value, sources=tuple(dict.fromkeys(sources))[:SOURCES_LIMIT])


def _at(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _first_report(all_known: Known) -> tuple[Told, IncidentReported] | None:
    return next(iter(those(all_known.told, IncidentReported)), None)


def _reported_at(all_known: Known) -> Found:
    first = _first_report(all_known)
    return Found(missing=NOT_TOLD) if first is None else _found(_at(first[0].at), first[0].id)


def _how(all_known: Known) -> Found:
    for told, alarm in those(all_known.told, AlarmTaken):
        return _found("coded_by_hand" if alarm.by_hand else "coded", told.id)
    first = _first_report(all_known)
    if first is None:
        return Found(missing=NOT_TOLD)
    return _found("by_system" if first[0].function == "system" else "typed", first[0].id)


def _first_type(all_known: Known) -> Found:
    said = _words(all_known, "incident_type")
    return said[0][0] if said else Found(missing=NOT_TOLD)


def _holding(all_known: Known, name: str, field: str) -> Found:
    """The word that holds: the last of a source, before all that weigh no more than it does."""
    kept: list[tuple[int, str | None, Found]] = []
    for found, source, weights in _words(all_known, name):
        weight = weights.get(field, 0)
        others = [each for each in kept if each[1] != source]
        above = [each for each in others if each[0] > weight]
        kept = [*above, (weight, source, found), *others[len(above) :]]
    return kept[0][2] if kept else Found(missing=NOT_TOLD)


def _words(all_known: Known, name: str) -> list[tuple[Found, str | None, dict[str, int]]]:
    """What was said of one thing that everyone knows, by which source and with what weights."""
    return [
        (_found(value, each.id), each.body.source, each.body.weights)
        for each in all_known.told
        if isinstance(each.body, IncidentReported | IncidentCorrected)
        and (value := getattr(each.body, name)) is not None
    ]


def _address(all_known: Known) -> Found:
    held = [told.id for told, body in those(all_known.told, IncidentDescribed) if body.address]
    return Found(missing=SEALED, sources=tuple(held)) if held else Found(missing=NOT_TOLD)


def _ordered(all_known: Known) -> Found:
    for told, _ in those(all_known.told, UnitsOrdered):
        return _found(_at(told.at), told.id)
    return Found(missing=NOT_TOLD)


def _word_at(all_known: Known, at: datetime, units: frozenset[str]) -> tuple[str, ...]:
    words = words_in(all_known.told)
    return tuple(each.fact for each in words if each.at == at and each.unit in units)


def _arrived(all_known: Known) -> Found:
    arrived = [each for each in all_known.courses if each.arrived_at is not None]
    if not arrived:
        return Found(missing=NOT_TOLD)
    first = min(each.arrived_at for each in arrived if each.arrived_at is not None)
    units = frozenset(each.unit for each in arrived if each.arrived_at == first)
    return _found(_at(first), *_word_at(all_known, first, units))


def _home(all_known: Known) -> Found:
    if not all_known.courses:
        return Found(missing=NOT_TOLD)
    ended = [each.ended_at for each in all_known.courses if each.ended_at is not None]
    if len(ended) < len(all_known.courses):
        return Found(missing=NOT_HOME)
    last = max(ended)
    units = frozenset(each.unit for each in all_known.courses if each.ended_at == last)
    return _found(_at(last), *_word_at(all_known, last, units))


def _closed(all_known: Known) -> Found:
    closed = those(all_known.told, IncidentClosed)
    return _found(_at(closed[-1][0].at), closed[-1][0].id) if closed else Found(missing=NOT_TOLD)


def _outcome(all_known: Known) -> Found:
    for told, body in reversed(those(all_known.told, IncidentClosed)):
        if body.outcome is not None:
            return _found(body.outcome, told.id)
    return Found(missing=NOT_TOLD)


def _units(all_known: Known) -> Found:
    units = {each.unit for each in all_known.courses}
    first = {word.unit: word.fact for word in reversed(words_in(all_known.told))}
    return _found(str(len(units)), *(first[unit] for unit in sorted(units) if unit in first))


def _crew(all_known: Known) -> Found:
    arrived = {each.unit for each in all_known.courses if each.arrived_at is not None}
    if not arrived:
        return Found(missing=NOT_TOLD)
    words = [all_known.crews[unit] for unit in sorted(arrived) if unit in all_known.crews]
    if len(words) < len(arrived):
        # A sum without those who were silent would be a number that is too small.
        return Found(missing=CREW_SILENT, sources=tuple(each.fact for each in words))
    return _found(str(sum(each.count for each in words)), *(each.fact for each in words))


def _leaders(all_known: Known) -> Found:
    named, sources = [], []
    for each in all_known.told:
        if isinstance(each.body, LeaderNamed):
            named.append(f"{each.body.role}={each.body.callsign}")
        if isinstance(each.body, LeaderNamed | LeaderLeft):
            sources.append(each.id)
    if not named:
        return Found(missing=NOT_TOLD)
    return _found("\n".join(dict.fromkeys(named)), *sources)


def _help(all_known: Known) -> Found:
    """Whom help was asked of, with the last answer of each; nobody is an answer too."""
    answers: dict[str, str] = {}
    sources = []
    for each in all_known.told:
        if isinstance(each.body, AssistanceCalled | HelpDemanded):
            sources.append(each.id)
            for of in each.body.of:
                answers.setdefault(of, "silent")
    for told, body in those(all_known.told, HelpAnswered):
        sources.append(told.id)
        answers[told.owner] = "coming" if body.coming else "cannot"
    if not answers:
        return Found(value="", missing="nobody_asked")
    return _found("\n".join(f"{of}={said}" for of, said in sorted(answers.items())), *sources)


_FINDERS: Mapping[str, Callable[[Known], Found]] = {
    "reported_at": _reported_at,
    "how": _how,
    "first_type": _first_type,
    "type": lambda each: _holding(each, "incident_type", "incident.type"),
    "municipality": lambda each: _holding(each, "municipality", "incident.place"),
    "address": _address,
    "ordered_at": _ordered,
    "arrived_at": _arrived,
    "home_at": _home,
    "closed_at": _closed,
    "outcome": _outcome,
    "units": _units,
    "crew": _crew,
    "leaders": _leaders,
    "help": _help,
}
