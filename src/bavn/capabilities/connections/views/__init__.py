# SPDX-License-Identifier: Apache-2.0
"""What connections keeps at hand: who took over what, and what was asked of whom."""

from bavn.capabilities.connections.facts import Answered, Asked, HandedBack, Heard, TakenOver
from bavn.journal.fact import Fact
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import ms_of

_NUMBER = Sort.INTEGER


def _taken(rows: SubjectRows, body: TakenOver, fact: Fact) -> None:
    rows.put(
        {
            "epoch": body.epoch,
            "what": "taken_over",
            "node": body.node,
            "from_node": body.from_node,
            "at_ms": ms_of(fact.happened_at),
            "by": fact.by.function,
            "contact": body.contact,
            "tried_by": " ".join(body.tried_by),
            "tried_at_ms": ms_of(body.tried_at),
            "fact": fact.id,
        }
    )


def _handed(rows: SubjectRows, body: HandedBack, fact: Fact) -> None:
    rows.put(
        {
            "epoch": body.epoch,
            "what": "handed_back",
            "node": body.node,
            "from_node": body.from_node,
            "at_ms": ms_of(fact.happened_at),
            "by": fact.by.function,
            "conflict_count": body.conflict_count,
            "fact": fact.id,
        }
    )


def _asked(rows: SubjectRows, body: Asked, fact: Fact) -> None:
    row: Row = {
        "of": body.of,
        "asked_at_ms": ms_of(fact.happened_at),
        "asked_by": fact.by.function,
        "fact": fact.id,
    }
    if body.report is not None:
        told = body.report
        row |= {name: getattr(told, name) for name in told.__struct_fields__}
    rows.put(row)


def _heard(rows: SubjectRows, body: Heard, fact: Fact) -> None:
    rows.put({"asker": body.asker, "heard_at_ms": ms_of(fact.happened_at), "fact": fact.id})


def _answered(rows: SubjectRows, body: Answered, fact: Fact) -> None:
    before = rows.get() or {"asker": body.asker, "heard_at_ms": ms_of(fact.happened_at)}
    rows.put(
        {
            **before,
            "answer": body.answer,
            "answered_at_ms": ms_of(fact.happened_at),
            "answered_by": fact.by.function,
            "fact": fact.id,
        }
    )


# The owner of a row is who decided it.
CHANGES_OF_HOST = View(
    name="changes_of_host",
    version=1,
    about="organisation",
    scope=Scope.NATION,
    columns=(
        Column("epoch", _NUMBER),
        Column("what"),
        Column("node"),
        Column("from_node"),
        Column("at_ms", _NUMBER),
        Column("by"),
        Column("contact", optional=True),
        Column("tried_by", optional=True),
        Column("tried_at_ms", _NUMBER, optional=True),
        Column("conflict_count", _NUMBER, optional=True),
        Column("fact"),
    ),
    key=("epoch", "what"),
    folds={TakenOver: _taken, HandedBack: _handed},
    indexes=(("subject",),),
)
# One row by who asked, and one by whom it was asked of, once that has heard it.
ASKED = View(
    name="asked",
    version=1,
    about="asked",
    scope=Scope.TO,
    columns=(
        Column("of", optional=True),
        Column("asked_at_ms", _NUMBER, optional=True),
        Column("asked_by", optional=True),
        Column("incident", optional=True),
        Column("area", optional=True),
        Column("incident_type", optional=True),
        Column("municipality", optional=True),
        Column("latitude", Sort.REAL, optional=True),
        Column("longitude", Sort.REAL, optional=True),
        Column("urgency", optional=True),
        Column("place_by", optional=True),
        Column("asker", optional=True),
        Column("heard_at_ms", _NUMBER, optional=True),
        Column("answer", optional=True),
        Column("answered_at_ms", _NUMBER, optional=True),
        Column("answered_by", optional=True),
        Column("fact"),
    ),
    folds={Asked: _asked, Heard: _heard, Answered: _answered},
    indexes=(("subject",), ("of",), ("asker",)),
)
VIEWS = (CHANGES_OF_HOST, ASKED)
