# SPDX-License-Identifier: Apache-2.0
"""What is asked for, and what each has answered: a row for those assigned and one for the area.

A view is for one sort of audience, and a need is told to two. Both are folded alike; whoever reads
has the newest that he may read.
"""

import json

from bavn.capabilities.needs.facts import NeedAnswered, NeedAsked, NeedTakenBack
from bavn.journal.fact import Fact, Sealed
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.hybrid_clock import Tick
from bavn.kernel.instants import ms_of

INCIDENT = "incident:"


def _asked(rows: SubjectRows, body: NeedAsked, fact: Fact) -> None:
    if rows.get() is not None:
        return
    rows.put(
        {
            "incident": _incident_of(fact),
            "sort": body.sort,
            "wants": json.dumps([[each.type, each.count] for each in body.wants]),
            "unit": body.unit,
            "urgent": int(body.urgent),
            "by_ms": None if body.by_at is None else ms_of(body.by_at),
            "by_radio": int(body.by_radio),
            "assigned": int(body.assigned),
            "function": fact.by.function,
            "at_ms": ms_of(fact.happened_at),
            "asked_on": fact.happened_at.date().isoformat(),
            "taken_back_ms": None,
            "fact": fact.id,
            **_text(body.text),
            **_told(fact),
        }
    )


def _taken_back(rows: SubjectRows, _body: NeedTakenBack, fact: Fact) -> None:
    row = rows.get()
    if row is not None:
        rows.put({**row, "taken_back_ms": ms_of(fact.happened_at), **_told(fact)})


def _answered(rows: SubjectRows, body: NeedAnswered, fact: Fact) -> None:
    rows.put(
        {
            "fact": fact.id,
            "answer": body.answer,
            "units": " ".join(body.units),
            "because": body.because,
            "function": fact.by.function,
            "at_ms": ms_of(fact.happened_at),
            **_text(body.text),
            **_told(fact),
        }
    )


def _incident_of(fact: Fact) -> str:
    return next((e for e in fact.about if e.startswith(INCIDENT)), "").removeprefix(INCIDENT)


def _text(text: Sealed | None) -> Row:
    return {} if text is None else {"sealed": text.sealed, "key": text.key}


def _told(fact: Fact) -> Row:
    return {"told_ms": Tick.parse(fact.recorded_at).ms}


_TEXT = (Column("sealed", optional=True), Column("key", optional=True))
_TOLD = Column("told_ms", Sort.INTEGER)


def _asked_of(scope: Scope) -> View:
    return View(
        name=f"needs_asked_{scope}",
        version=1,
        about="need",
        scope=scope,
        columns=(
            Column("incident"),
            Column("sort"),
            Column("wants"),
            Column("unit", optional=True),
            Column("urgent", Sort.INTEGER),
            Column("by_ms", Sort.INTEGER, optional=True),
            Column("by_radio", Sort.INTEGER),
            Column("assigned", Sort.INTEGER),
            Column("function"),
            Column("at_ms", Sort.INTEGER),
            # The day of it (UTC): the board looks at the last days only.
            Column("asked_on"),
            Column("taken_back_ms", Sort.INTEGER, optional=True),
            Column("fact"),
            *_TEXT,
            _TOLD,
        ),
        folds={NeedAsked: _asked, NeedTakenBack: _taken_back},
        indexes=(("subject",), ("incident",), ("asked_on",)),
    )


def _answers_of(scope: Scope) -> View:
    return View(
        name=f"needs_answers_{scope}",
        version=1,
        about="need",
        scope=scope,
        columns=(
            Column("fact"),
            Column("answer"),
            Column("units"),
            Column("because", optional=True),
            Column("function"),
            Column("at_ms", Sort.INTEGER),
            *_TEXT,
            _TOLD,
        ),
        key=("fact",),
        folds={NeedAnswered: _answered},
        indexes=(("subject",),),
    )


ASKED = tuple(map(_asked_of, (Scope.TO, Scope.AREA)))
ANSWERS = tuple(map(_answers_of, (Scope.TO, Scope.AREA)))
VIEWS = (*ASKED, *ANSWERS)
