# SPDX-License-Identifier: Apache-2.0
"""Question protocols: which questions an incident has, and what an answer changes."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

import msgspec

from bavn.kernel.refusal import Problem

# What a protocol says of types where nobody knows the type yet.
UNKNOWN = "unknown"
CHOICE, TEXT = "choice", "text"
# One hand on the digits: nought passes a question over.
KEYS = "123456789"
# A caller in need answers a few questions; more is a form.
QUESTIONS_LIMIT = 6


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer changes. `urgency` is only ever raised to; advice is read to the caller."""

    incident_type: str | None = None
    urgency: str | None = None
    asks_for: tuple[tuple[str, int], ...] = ()
    advice: tuple[str, str] | None = None
    # What the crew is told, in Danish and in English; a hazard is marked.
    tell: tuple[str, str] | None = None
    is_hazard: bool = False

    @property
    def is_nothing(self) -> bool:
        """True for an answer that there is no reason to ask for."""
        told = self.incident_type, self.urgency, self.advice, self.tell
        return not self.asks_for and all(each is None for each in told)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One answer that can be given with one key."""

    key: str
    code: str
    danish: str
    english: str
    effect: Effect


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One question. `after` is the answer that it follows, as (question, answer)."""

    code: str
    danish: str
    english: str
    kind: str
    answers: tuple[Answer, ...] = ()
    after: tuple[str, str] | None = None

    def answer(self, code: str | None) -> Answer | None:
        """One of its answers; None when it has none of this code."""
        return next((each for each in self.answers if each.code == code), None)


class Protocol(msgspec.Struct, frozen=True, kw_only=True):
    """Questions for some types of incident, in one version, for some time."""

    code: str
    version: int
    danish: str
    english: str
    types: tuple[str, ...]
    questions: tuple[Question, ...]
    basis: str
    valid_from: date | None = None
    valid_to: date | None = None

    def question(self, code: str) -> Question | None:
        """One of its questions; None when it has none of this code."""
        return next((each for each in self.questions if each.code == code), None)

    def is_for(self, incident_type: str | None) -> bool:
        """True where its questions are those to ask."""
        return any(means(each, incident_type or UNKNOWN) for each in self.types)

    def holds(self, on: date) -> bool:
        """True when it holds on a day."""
        begun = self.valid_from is None or self.valid_from <= on
        return begun and (self.valid_to is None or on < self.valid_to)


class Protocols(msgspec.Struct, frozen=True, kw_only=True):
    """All protocols of a country, of all times."""

    all: tuple[Protocol, ...] = ()

    def for_type(self, incident_type: str | None, on: date) -> Protocol | None:
        """The protocol to follow; None where there is nothing to ask."""
        found = (each for each in self.all if each.holds(on) and each.is_for(incident_type))
        return next(found, None)

    def of(self, code: str, version: int) -> Protocol | None:
        """A protocol in a version, whether or not it still holds."""
        found = (each for each in self.all if (each.code, each.version) == (code, version))
        return next(found, None)


def means(pattern: str, code: str) -> bool:
    """True where a code is meant: itself, or what all that begins so are called.

    >>> means("MI-*", "MI-GAS"), means("MI-GAS", "MI-GAS"), means("MI-GAS", "MI-KEM")
    (True, True, False)
    """
    return code.startswith(pattern[:-1]) if pattern.endswith("*") else code == pattern


def raised(effect: Effect, urgency: str | None, order: Sequence[str]) -> str | None:
    """The urgency that an answer raises to; None when it is as urgent already.

    >>> raised(Effect(urgency="immediate"), "soon", ["immediate", "soon"])
    'immediate'
    >>> raised(Effect(urgency="soon"), "immediate", ["immediate", "soon"])
    """
    wanted = effect.urgency
    if wanted is None or wanted not in order:
        return None
    is_so = urgency in order and order.index(urgency) <= order.index(wanted)
    return None if is_so else wanted


def applies(question: Question, given: Mapping[str, str | None]) -> bool:
    """True when a question is to be asked, by the answers that were given before."""
    return question.after is None or given.get(question.after[0]) == question.after[1]


def protocol_faults(
    protocols: Sequence[Protocol],
    types: Collection[str],
    urgencies: Collection[str],
    resources: Collection[str],
) -> Iterator[Problem]:
    """All that is wrong with protocols: what nobody could answer, and answers that do nothing."""
    for protocol in protocols:
        where = f"protocols.csv, {protocol.code} version {protocol.version}"
        count = len(protocol.questions)
        if not 0 < count <= QUESTIONS_LIMIT:
            yield Problem(where=where, says=f"has {count} questions, not 1 to {QUESTIONS_LIMIT}")
        unknown = [
            each
            for each in protocol.types
            if each != UNKNOWN and not any(means(each, code) for code in types)
        ]
        if unknown:
            yield Problem(where=where, says=f"no type of incident is meant by {', '.join(unknown)}")
        yield from _question_faults(protocol, types, urgencies, resources)
    versions = Counter((each.code, each.version) for each in protocols)
    for (code, version), count in versions.items():
        if count > 1:
            yield Problem(where=f"protocols.csv, {code}", says=f"has version {version} twice")


def _question_faults(
    protocol: Protocol,
    types: Collection[str],
    urgencies: Collection[str],
    resources: Collection[str],
) -> Iterator[Problem]:
    before: dict[str, Question] = {}
    for question in protocol.questions:
        where = f"questions.csv, {protocol.code} {question.code}"
        if question.code in before:
            yield Problem(where=where, says="stands twice")
        if question.kind not in {CHOICE, TEXT}:
            yield Problem(where=where, says=f"{question.kind} is neither {CHOICE} nor {TEXT}")
        if (question.kind == CHOICE) is not bool(question.answers):
            yield Problem(where=where, says="a choice has answers, and a text has none")
        if question.after is not None:
            asked = before.get(question.after[0])
            if asked is None or asked.answer(question.after[1]) is None:
                says = f"follows {'='.join(question.after)}, which is no answer before it"
                yield Problem(where=where, says=says)
        keys = [each.key for each in question.answers]
        if len(set(keys)) != len(keys) or any(each not in KEYS for each in keys):
            yield Problem(where=where, says=f"its keys are {keys}, not different ones of {KEYS}")
        for answer in question.answers:
            at = f"answers.csv, {protocol.code} {question.code} {answer.code}"
            yield from _effect_faults(at, answer.effect, types, urgencies, resources)
        before[question.code] = question


def _effect_faults(
    where: str,
    effect: Effect,
    types: Collection[str],
    urgencies: Collection[str],
    resources: Collection[str],
) -> Iterator[Problem]:
    if effect.is_nothing:
        yield Problem(where=where, says="changes nothing, so there is no reason to ask")
    for value, known, what in (
        (effect.incident_type, types, "type of incident"),
        (effect.urgency, urgencies, "urgency"),
        *((each, resources, "type of unit") for each, _ in effect.asks_for),
    ):
        if value is not None and value not in known:
            yield Problem(where=where, says=f"{value} is no {what}")
