# SPDX-License-Identifier: Apache-2.0
"""Who was told to lead, and who has written a word for those at an incident."""

from bavn.capabilities.command.facts import (
    LeaderLeft,
    LeaderNamed,
    SituationReported,
    WordAppended,
)
from bavn.journal.fact import Fact
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import ms_of


def _led(rows: SubjectRows, body: LeaderNamed | LeaderLeft, fact: Fact) -> None:
    named = body if isinstance(body, LeaderNamed) else None
    row: Row = {
        "role": body.role,
        "fact": fact.id,
        "callsign": "" if named is None else named.callsign,
        "at_ms": ms_of(fact.happened_at),
        "assigned": int(named is None or named.assigned),
        "has_name": int(named is not None and named.name is not None),
    }
    rows.put(row)


def _appended(rows: SubjectRows, _body: WordAppended, fact: Fact) -> None:
    rows.put(
        {
            "fact": fact.id,
            "at_ms": ms_of(fact.happened_at),
            "said_on": fact.happened_at.date().isoformat(),
        }
    )


def _reported(rows: SubjectRows, body: SituationReported, fact: Fact) -> None:
    rows.put(
        {
            "fact": fact.id,
            "at_ms": ms_of(fact.happened_at),
            "form": body.form,
            "next_ms": None if body.next_at is None else ms_of(body.next_at),
            "next_on": None if body.next_at is None else body.next_at.date().isoformat(),
        }
    )


LEADERS = View(
    name="command_leaders",
    version=1,
    about="incident",
    scope=Scope.NATION,
    columns=(
        Column("role"),
        Column("fact"),
        Column("callsign"),
        Column("at_ms", Sort.INTEGER),
        Column("assigned", Sort.INTEGER),
        Column("has_name", Sort.INTEGER),
    ),
    key=("fact",),
    folds={LeaderNamed: _led, LeaderLeft: _led},
    indexes=(("subject",),),
)
WORDS = View(
    name="command_words",
    version=1,
    about="incident",
    scope=Scope.TO,
    columns=(Column("fact"), Column("at_ms", Sort.INTEGER), Column("said_on")),
    key=("fact",),
    folds={WordAppended: _appended},
    indexes=(("subject",), ("said_on",)),
)
REPORTS = View(
    name="command_reports",
    version=1,
    about="incident",
    scope=Scope.TO,
    columns=(
        Column("fact"),
        Column("at_ms", Sort.INTEGER),
        Column("form"),
        Column("next_ms", Sort.INTEGER, optional=True),
        # The day on which the next one is due (UTC): the board looks at the last days only.
        Column("next_on", optional=True),
    ),
    key=("fact",),
    folds={SituationReported: _reported},
    indexes=(("subject",), ("next_on",)),
)
VIEWS = (LEADERS, WORDS, REPORTS)
