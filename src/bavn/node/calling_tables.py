# SPDX-License-Identifier: Apache-2.0
"""What a country's tables say of direct calls: the question protocols, and what is to be there.

A country without the tables asks nothing and wants nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from bavn.capabilities.calls.model.documentation import Lack, Want
from bavn.capabilities.calls.model.protocols import (
    Answer,
    Effect,
    Protocol,
    Protocols,
    Question,
    protocol_faults,
)
from bavn.frame.country import Country, DatedRow, Need, Row
from bavn.kernel.refusal import BadInput, Problem
from bavn.runtime.countries import built_in, read_table

PROTOCOLS, QUESTIONS, ANSWERS = "protocols", "questions", "answers"
DOCUMENTATION = "documentation"


class ProtocolRow(DatedRow, frozen=True, kw_only=True):
    """A protocol in one version: for which types of incident, as patterns of codes."""

    code: str
    version: int
    danish: str
    english: str
    types: tuple[str, ...]


class QuestionRow(Row, frozen=True, kw_only=True):
    """A question, in the order of the table; `after` is `question=answer`."""

    protocol: str
    version: int
    code: str
    danish: str
    english: str
    kind: str
    after: str = ""


class AnswerRow(Row, frozen=True, kw_only=True):
    """An answer, its key, and what it changes."""

    protocol: str
    version: int
    question: str
    key: str
    code: str
    danish: str
    english: str
    type: str | None = None
    urgency: str | None = None
    asks_for: tuple[Need, ...] = ()
    advice_danish: str = ""
    advice_english: str = ""
    tell_danish: str = ""
    tell_english: str = ""
    is_hazard: bool = False


class DocumentationRow(Row, frozen=True, kw_only=True):
    """What is to be there: asked for so many minutes after it began to lack."""

    code: Lack
    danish: str
    english: str
    after_min: int
    from_people: bool


@dataclass(frozen=True, kw_only=True)
class CallingTables:
    """The tables of one country, read and checked."""

    protocols: Protocols = Protocols()  # noqa: RUF009 - frozen
    wants: tuple[Want, ...] = ()


@cache
def calling_tables(country: str) -> CallingTables:
    """The tables of a country that comes with the program; empty where it has none."""
    folder = files("bavn") / "countries" / country
    return read_calling_tables(folder, built_in(country)) if folder.is_dir() else CallingTables()


def read_calling_tables(folder: Traversable | Path, country: Country) -> CallingTables:
    """The tables in this folder; raises BadInput with every problem that was found."""
    protocols: tuple[Protocol, ...] = ()
    if (folder / f"{PROTOCOLS}.csv").is_file():
        protocols = _protocols(folder)
    problems = list(
        protocol_faults(
            protocols,
            types={each.code for each in country.incident_types},
            urgencies={each.code for each in country.urgencies},
            resources={each.code for each in country.resource_types},
        )
    )
    if problems:
        raise BadInput(*problems)
    return CallingTables(protocols=Protocols(all=protocols), wants=_wants(folder))


def _protocols(folder: Traversable | Path) -> tuple[Protocol, ...]:
    rows = read_table(folder, PROTOCOLS, ProtocolRow)
    questions = read_table(folder, QUESTIONS, QuestionRow)
    answers = read_table(folder, ANSWERS, AnswerRow)
    known = {(each.code, each.version) for each in rows}
    asked = {(each.protocol, each.version, each.code) for each in questions}
    problems = _orphans(QUESTIONS, [(each.protocol, each.version) for each in questions], known)
    problems += _orphans(
        ANSWERS, [(each.protocol, each.version, each.question) for each in answers], asked
    )
    if problems:
        raise BadInput(*problems)
    return tuple(
        Protocol(
            code=row.code,
            version=row.version,
            danish=row.danish,
            english=row.english,
            types=row.types,
            questions=tuple(
                _question(each, answers)
                for each in questions
                if (each.protocol, each.version) == (row.code, row.version)
            ),
            basis=row.basis,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )
        for row in rows
    )


def _orphans(
    name: str, keys: list[tuple[str | int, ...]], known: Collection[tuple[str | int, ...]]
) -> list[Problem]:
    """Rows that belong to nothing."""
    return [
        Problem(
            where=f"{name}.csv row {number}", says=f"belongs to nothing: {' '.join(map(str, key))}"
        )
        for number, key in enumerate(keys, start=2)
        if key not in known
    ]


def _question(row: QuestionRow, answers: tuple[AnswerRow, ...]) -> Question:
    question, _, answer = row.after.partition("=")
    return Question(
        code=row.code,
        danish=row.danish,
        english=row.english,
        kind=row.kind,
        after=(question, answer) if row.after else None,
        answers=tuple(
            Answer(
                key=each.key,
                code=each.code,
                danish=each.danish,
                english=each.english,
                effect=_effect(each),
            )
            for each in answers
            if (each.protocol, each.version, each.question) == (row.protocol, row.version, row.code)
        ),
    )


def _effect(row: AnswerRow) -> Effect:
    return Effect(
        incident_type=row.type,
        urgency=row.urgency,
        asks_for=tuple((each.type, each.count) for each in row.asks_for),
        advice=_pair(row.advice_danish, row.advice_english),
        tell=_pair(row.tell_danish, row.tell_english),
        is_hazard=row.is_hazard,
    )


def _pair(danish: str, english: str) -> tuple[str, str] | None:
    return (danish, english or danish) if danish or english else None


def _wants(folder: Traversable | Path) -> tuple[Want, ...]:
    if not (folder / f"{DOCUMENTATION}.csv").is_file():
        return ()
    return tuple(
        Want(
            code=each.code,
            danish=each.danish,
            english=each.english,
            after=timedelta(minutes=each.after_min),
            from_people=each.from_people,
            basis=each.basis,
        )
        for each in read_table(folder, DOCUMENTATION, DocumentationRow)
    )
