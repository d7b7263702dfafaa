# SPDX-License-Identifier: Apache-2.0
"""Levels as they were set, and procedures with who has agreed to them and who has ended them.

Every word is kept beside the others, with its basis: which of them count is asked of the policies,
and may be answered anew.
"""

import json

from bavn.capabilities.levels.facts import (
    LevelSet,
    ProcedureAgreed,
    ProcedureEnded,
    ProcedureProposed,
)
from bavn.journal.fact import Fact
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import ms_of

_WORD = (
    Column("fact"),
    Column("organisation"),
    Column("function"),
    Column("basis"),
    Column("at_ms", Sort.INTEGER),
    # Rises strictly where an owner's clock is asked twice in a millisecond.
    Column("recorded"),
)


def _word(fact: Fact) -> Row:
    return {
        "fact": fact.id,
        "organisation": fact.by.organisation,
        "function": fact.by.function,
        "basis": fact.basis,
        "at_ms": ms_of(fact.happened_at),
        "recorded": fact.recorded_at,
    }


def _set(rows: SubjectRows, body: LevelSet, fact: Fact) -> None:
    text = body.text
    row: Row = {
        **_word(fact),
        "level": body.level,
        "reason": body.reason,
        "sealed": None if text is None else text.sealed,
        "key": None if text is None else text.key,
    }
    rows.put(row)


def _proposed(rows: SubjectRows, body: ProcedureProposed, fact: Fact) -> None:
    if rows.get() is not None:
        # What has been agreed to is not changed under its name.
        return
    row: Row = {
        **_word(fact),
        "services": " ".join(body.services),
        "moved": json.dumps([[each.type, each.count] for each in body.moved]),
        "from_on": body.valid_from.isoformat(),
        "to_on": body.valid_to.isoformat(),
    }
    rows.put(row)


def _agreed(rows: SubjectRows, body: ProcedureAgreed, fact: Fact) -> None:
    rows.put({**_word(fact), "of": body.of, "proposal": body.proposal})


def _ended(rows: SubjectRows, body: ProcedureEnded, fact: Fact) -> None:
    if rows.get(body.of) is None:
        rows.put({**_word(fact), "of": body.of})


LEVELS = View(
    name="levels_set",
    version=1,
    about="level",
    scope=Scope.NATION,
    columns=(
        *_WORD,
        Column("level", Sort.INTEGER),
        Column("reason", optional=True),
        Column("sealed", optional=True),
        Column("key", optional=True),
    ),
    key=("fact",),
    folds={LevelSet: _set},
    indexes=(("subject",),),
)
PROCEDURES = View(
    name="levels_procedures",
    version=1,
    about="procedure",
    scope=Scope.NATION,
    columns=(*_WORD, Column("services"), Column("moved"), Column("from_on"), Column("to_on")),
    folds={ProcedureProposed: _proposed},
    indexes=(("subject",),),
)
# A row for each word: one that does not count takes nothing from one that does.
AGREED = View(
    name="levels_agreed",
    version=1,
    about="procedure",
    scope=Scope.NATION,
    columns=(*_WORD, Column("of"), Column("proposal")),
    key=("fact",),
    folds={ProcedureAgreed: _agreed},
    indexes=(("subject",),),
)
# The first word of each that ends it.
ENDED = View(
    name="levels_ended",
    version=1,
    about="procedure",
    scope=Scope.NATION,
    columns=(*_WORD, Column("of")),
    key=("of",),
    folds={ProcedureEnded: _ended},
    indexes=(("subject",),),
)
VIEWS = (LEVELS, PROCEDURES, AGREED, ENDED)
