# SPDX-License-Identifier: Apache-2.0
"""What is asked for, and what each that was asked has answered."""

import json

from bavn.capabilities.reinforcement.facts import (
    AssistanceCalled,
    HelpAnswered,
    HelpDemanded,
    HelpNoLongerNeeded,
)
from bavn.journal.fact import Fact
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import ms_of

INCIDENT = "incident:"


def _asked(rows: SubjectRows, body: AssistanceCalled | HelpDemanded, fact: Fact) -> None:
    if rows.get() is not None:
        return
    row: Row = {
        "incident": next(each for each in fact.about if each.startswith(INCIDENT))[len(INCIDENT) :],
        "demanded": int(isinstance(body, HelpDemanded)),
        "of": " ".join(body.of),
        "needs": json.dumps([[each.type, each.count] for each in body.needs]),
        "by": fact.by.function,
        "basis": fact.basis,
        "asked_at_ms": ms_of(fact.happened_at),
        "is_open": 1,
        "ended_at_ms": None,
        "last_fact": fact.id,
    }
    rows.put(row)


def _ended(rows: SubjectRows, _body: HelpNoLongerNeeded, fact: Fact) -> None:
    row = rows.get()
    if row is not None:
        over: Row = {"is_open": 0, "ended_at_ms": ms_of(fact.happened_at), "last_fact": fact.id}
        rows.put({**row, **over})


def _answered(rows: SubjectRows, body: HelpAnswered, fact: Fact) -> None:
    row: Row = {
        "coming": int(body.coming),
        "units": " ".join(body.units),
        "because": body.because or "",
        "by": fact.by.function,
        "answered_at_ms": ms_of(fact.happened_at),
        "last_fact": fact.id,
    }
    rows.put(row)


ASKED = View(
    name="reinforcement_asked",
    version=1,
    about="help",
    scope=Scope.NATION,
    columns=(
        Column("incident"),
        Column("demanded", Sort.INTEGER),
        Column("of"),
        Column("needs"),
        Column("by"),
        # The ground that it was asked on.
        Column("basis"),
        Column("asked_at_ms", Sort.INTEGER),
        Column("is_open", Sort.INTEGER),
        Column("ended_at_ms", Sort.INTEGER, optional=True),
        Column("last_fact"),
    ),
    folds={AssistanceCalled: _asked, HelpDemanded: _asked, HelpNoLongerNeeded: _ended},
    indexes=(("subject",), ("incident",), ("is_open",)),
)
# A row for each that has answered: its own.
ANSWERS = View(
    name="reinforcement_answers",
    version=1,
    about="help",
    scope=Scope.NATION,
    columns=(
        Column("coming", Sort.INTEGER),
        Column("units"),
        Column("because"),
        Column("by"),
        Column("answered_at_ms", Sort.INTEGER),
        Column("last_fact"),
    ),
    folds={HelpAnswered: _answered},
    indexes=(("subject",),),
)
VIEWS = (ASKED, ANSWERS)
