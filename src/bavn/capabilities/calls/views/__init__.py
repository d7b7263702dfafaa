# SPDX-License-Identifier: Apache-2.0
"""What was answered, and what each of a service's own incidents lacks."""

from bavn.capabilities.calls.facts import QuestionAnswered
from bavn.capabilities.calls.model.documentation import Lack
from bavn.capabilities.dispatch.facts import OrderExplained, UnitsOrdered
from bavn.capabilities.operations.facts import (
    IncidentClosed,
    IncidentCorrected,
    IncidentDescribed,
    IncidentReported,
)
from bavn.journal.fact import Fact
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import ms_of

# What lacks by these stands since they happened, else since the report.
_SINCE = {Lack.OUTCOME: "closed_at_ms", Lack.REASON: "changed_order_at_ms"}


def _answered(rows: SubjectRows, body: QuestionAnswered, fact: Fact) -> None:
    rows.put(
        {
            "protocol": body.protocol,
            "protocol_version": body.version,
            "question": body.question,
            "answer": body.answer,
            "incident_type": body.incident_type,
            "urgency": body.urgency,
            "text_sealed": None if body.text is None else body.text.sealed,
            "text_key": None if body.text is None else body.text.key,
            "answered_at_ms": ms_of(fact.happened_at),
            "last_fact": fact.id,
        }
    )


# The last answer to each question; the owner has a row, and its area's centre has one.
ANSWERS = View(
    name="calls_answers",
    version=1,
    about="incident",
    scope=Scope.TO,
    columns=(
        Column("protocol"),
        Column("protocol_version", Sort.INTEGER),
        Column("question"),
        Column("answer", optional=True),
        Column("incident_type", optional=True),
        Column("urgency", optional=True),
        Column("text_sealed", optional=True),
        Column("text_key", optional=True),
        Column("answered_at_ms", Sort.INTEGER),
        Column("last_fact"),
    ),
    key=("protocol", "question"),
    folds={QuestionAnswered: _answered},
    indexes=(("subject",),),
)


def _begun(fact: Fact) -> Row:
    at_ms = ms_of(fact.happened_at)
    return {
        "reported_at_ms": at_ms,
        "by": fact.by.function,
        "state": "open",
        "has_type": 0,
        "has_place": 0,
        "has_callback": 0,
        "ordered": "",
    }


def _put(rows: SubjectRows, row: Row, fact: Fact) -> None:
    """Write the row, with what it lacks: what is looked up is found by that."""
    lacks = " ".join(_lacks(row))
    rows.put({**row, "lacks": lacks, "is_lacking": int(bool(lacks)), "last_fact": fact.id})


def _lacks(row: Row) -> list[str]:
    is_open = row["state"] == "open"
    lacking = {
        # What was never known of an incident that is over is no longer of use to anybody.
        Lack.TYPE: is_open and not row["has_type"],
        Lack.PLACE: is_open and not row["has_place"],
        Lack.CALLBACK: is_open and not row["has_callback"],
        Lack.OUTCOME: not is_open and row.get("outcome") is None,
        Lack.REASON: row.get("changed_order_at_ms") is not None,
    }
    return [lack.value for lack, is_so in lacking.items() if is_so]


def _reported(rows: SubjectRows, body: IncidentReported, fact: Fact) -> None:
    row = rows.get() or _begun(fact)
    known = {"has_type": int(body.incident_type is not None or bool(row["has_type"]))}
    is_open = {"state": "open", "closed_at_ms": None, "closed_on": None, "outcome": None}
    _put(rows, {**row, **known, **is_open}, fact)


def _described(rows: SubjectRows, body: IncidentDescribed, fact: Fact) -> None:
    row = rows.get() or _begun(fact)
    known: Row = {}
    if body.latitude is not None:
        known["has_place"] = 1
    if body.callback is not None:
        known["has_callback"] = 1
    _put(rows, {**row, **known}, fact)


def _corrected(rows: SubjectRows, body: IncidentCorrected, fact: Fact) -> None:
    row = rows.get() or _begun(fact)
    _put(rows, row if body.incident_type is None else {**row, "has_type": 1}, fact)


def _closed(rows: SubjectRows, body: IncidentClosed, fact: Fact) -> None:
    row = rows.get() or _begun(fact)
    closed: Row = {
        "state": "closed",
        "outcome": body.outcome,
        "closed_at_ms": ms_of(fact.happened_at),
        "closed_on": fact.happened_at.date().isoformat(),
    }
    _put(rows, {**row, **closed}, fact)


def _ordered(rows: SubjectRows, body: UnitsOrdered, fact: Fact) -> None:
    row = rows.get() or _begun(fact)
    before, units = set(str(row["ordered"]).split()), set(body.units)
    proposed = set(body.proposed)
    is_other = bool(proposed) and not (units <= proposed <= units | before)
    now: Row = {"ordered": " ".join(sorted(before | units))}
    if is_other:
        now["changed_order_at_ms"] = ms_of(fact.happened_at)
    _put(rows, {**row, **now}, fact)


def _explained(rows: SubjectRows, _body: OrderExplained, fact: Fact) -> None:
    row = rows.get() or _begun(fact)
    _put(rows, {**row, "changed_order_at_ms": None}, fact)


# Of the service's own incidents, at the node that hosts it.
DOCUMENTATION = View(
    name="calls_documentation",
    version=1,
    about="incident",
    scope=Scope.OWN,
    columns=(
        Column("reported_at_ms", Sort.INTEGER),
        Column("by"),
        Column("state"),
        Column("outcome", optional=True),
        Column("closed_at_ms", Sort.INTEGER, optional=True),
        Column("closed_on", optional=True),
        Column("has_type", Sort.INTEGER),
        Column("has_place", Sort.INTEGER),
        Column("has_callback", Sort.INTEGER),
        Column("ordered"),
        Column("changed_order_at_ms", Sort.INTEGER, optional=True),
        Column("lacks"),
        Column("is_lacking", Sort.INTEGER),
        Column("last_fact"),
    ),
    folds={
        IncidentReported: _reported,
        IncidentDescribed: _described,
        IncidentCorrected: _corrected,
        IncidentClosed: _closed,
        UnitsOrdered: _ordered,
        OrderExplained: _explained,
    },
    indexes=(("is_lacking", "state"), ("is_lacking", "closed_on"), ("subject",)),
)
VIEWS = (ANSWERS, DOCUMENTATION)


def since_ms(row: Row, lack: Lack) -> int:
    """Since when something lacks, in milliseconds."""
    at_ms = row[_SINCE.get(lack, "reported_at_ms")]
    return at_ms if isinstance(at_ms, int) else int(str(row["reported_at_ms"]))
