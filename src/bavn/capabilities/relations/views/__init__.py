# SPDX-License-Identifier: Apache-2.0
"""What each organisation has said of two incidents, and what belongs to which event."""

from bavn.capabilities.operations.facts import IncidentClosed, IncidentReported
from bavn.capabilities.relations.facts import (
    EventNamed,
    IncidentsApart,
    IncidentsSame,
    IncidentTied,
    IncidentUntied,
)
from bavn.journal.fact import Fact
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import ms_of


def _said(rows: SubjectRows, body: IncidentsSame | IncidentsApart, fact: Fact) -> None:
    # The last word of one organisation about two incidents is the only one that counts.
    if rows.get(body.into, body.incident) is not None:
        rows.remove(body.into, body.incident)
    row: Row = {
        "incident": body.incident,
        "into": body.into,
        "stands": int(isinstance(body, IncidentsSame)),
        "said_at_ms": ms_of(fact.happened_at),
        "last_fact": fact.id,
    }
    rows.put(row)


def _reported(rows: SubjectRows, body: IncidentReported, fact: Fact) -> None:
    before = rows.get()
    at_ms = ms_of(fact.happened_at) if before is None else before["reported_at_ms"]
    area = body.area if body.area is not None or before is None else before["area"]
    rows.put({"reported_at_ms": at_ms, "area": area, "is_open": 1})


def _closed(rows: SubjectRows, _body: IncidentClosed, _fact: Fact) -> None:
    row = rows.get()
    if row is not None:
        rows.put({**row, "is_open": 0})


def _named(rows: SubjectRows, body: EventNamed, fact: Fact) -> None:
    row, at_ms = rows.get(), ms_of(fact.happened_at)
    opened_at_ms = at_ms if row is None else row["opened_at_ms"]
    rows.put({"name": body.name, "opened_at_ms": opened_at_ms, "last_fact": fact.id})


def _tied(rows: SubjectRows, body: IncidentTied | IncidentUntied, fact: Fact) -> None:
    row: Row = {
        "incident": body.incident,
        "tied": int(isinstance(body, IncidentTied)),
        "said_at_ms": ms_of(fact.happened_at),
        "last_fact": fact.id,
    }
    rows.put(row)


WORDS = View(
    name="relations_words",
    version=1,
    about="incident",
    scope=Scope.NATION,
    columns=(
        Column("incident"),
        Column("into"),
        Column("stands", Sort.INTEGER),
        Column("said_at_ms", Sort.INTEGER),
        Column("last_fact"),
    ),
    key=("incident", "into"),
    folds={IncidentsSame: _said, IncidentsApart: _said},
    indexes=(("subject",), ("stands",)),
)
# Whose an incident is: of all who have told of it, the first to report it; and whether it is open.
REPORTED = View(
    name="relations_reported",
    version=1,
    about="incident",
    scope=Scope.NATION,
    columns=(
        Column("reported_at_ms", Sort.INTEGER),
        Column("area", optional=True),
        Column("is_open", Sort.INTEGER),
    ),
    folds={IncidentReported: _reported, IncidentClosed: _closed},
    indexes=(("subject",),),
)
EVENTS = View(
    name="relations_events",
    version=1,
    about="event",
    scope=Scope.NATION,
    columns=(Column("name"), Column("opened_at_ms", Sort.INTEGER), Column("last_fact")),
    folds={EventNamed: _named},
    indexes=(("subject",),),
)
TIES = View(
    name="relations_ties",
    version=1,
    about="event",
    scope=Scope.NATION,
    columns=(
        Column("incident"),
        Column("tied", Sort.INTEGER),
        Column("said_at_ms", Sort.INTEGER),
        Column("last_fact"),
    ),
    key=("incident",),
    folds={IncidentTied: _tied, IncidentUntied: _tied},
    indexes=(("subject",), ("incident",)),
)
VIEWS = (WORDS, REPORTED, EVENTS, TIES)
