# SPDX-License-Identifier: Apache-2.0
"""What is delegated, what was declared in an emergency, and what is asked for."""

from bavn.capabilities.mandates.facts import (
    DelegationEnded,
    EmergencyDeclared,
    EmergencyExplained,
    EmergencyLookedAt,
    MandateAnswered,
    MandateAsked,
    MandateAskWithdrawn,
    MandateDelegated,
)
from bavn.journal.fact import Fact, Sealed
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import ms_of

# Where nothing was written.
_NOTHING = Sealed(sealed="", key="")


def _delegated(rows: SubjectRows, body: MandateDelegated, fact: Fact) -> None:
    row: Row = {
        "to": body.to,
        "function": body.function,
        "acts": " ".join(body.acts),
        "from_ms": ms_of(body.valid_from),
        "to_ms": ms_of(body.valid_to),
        "ended_at_ms": None,
        "by": fact.by.function,
        "last_fact": fact.id,
    }
    rows.put(row)


def _ended(rows: SubjectRows, _body: DelegationEnded, fact: Fact) -> None:
    row = rows.get()
    if row is not None:
        rows.put({**row, "ended_at_ms": ms_of(fact.happened_at), "last_fact": fact.id})


def _declared(rows: SubjectRows, body: EmergencyDeclared, fact: Fact) -> None:
    row: Row = {
        "function": body.function,
        "declared_at_ms": ms_of(fact.happened_at),
        "until_ms": ms_of(body.until),
        "last_fact": fact.id,
    }
    rows.put(row)


def _explained(rows: SubjectRows, body: EmergencyExplained, fact: Fact) -> None:
    text = body.text or _NOTHING
    row: Row = {
        "explained_at_ms": ms_of(fact.happened_at),
        "text": text.sealed,
        "key_name": text.key,
        "last_fact": fact.id,
    }
    rows.put(row)


def _looked_at(rows: SubjectRows, body: EmergencyLookedAt, fact: Fact) -> None:
    row: Row = {
        "of": body.of,
        "by": body.by.value,
        "looked_at_ms": ms_of(fact.happened_at),
        "last_fact": fact.id,
    }
    rows.put(row)


def _asked(rows: SubjectRows, body: MandateAsked, fact: Fact) -> None:
    why = body.why or _NOTHING
    row: Row = {
        "of": body.of,
        "act": body.act,
        "at": body.at,
        "by": fact.by.function,
        "page": body.page,
        "incident": _incident(fact),
        "why": why.sealed,
        "key_name": why.key,
        "asked_at_ms": ms_of(fact.happened_at),
        "withdrawn_at_ms": None,
        "fact": fact.id,
    }
    rows.put(row)


def _withdrawn(rows: SubjectRows, _body: MandateAskWithdrawn, fact: Fact) -> None:
    row = rows.get()
    if row is not None:
        rows.put({**row, "withdrawn_at_ms": ms_of(fact.happened_at)})


def _answered(rows: SubjectRows, body: MandateAnswered, fact: Fact) -> None:
    text = body.text or _NOTHING
    row: Row = {
        "asker": body.asker,
        "delegation": body.delegation,
        "because": body.because,
        "text": text.sealed,
        "key_name": text.key,
        "by": fact.by.function,
        "answered_at_ms": ms_of(fact.happened_at),
    }
    rows.put(row)


def _incident(fact: Fact) -> str | None:
    found = (each for each in fact.about if each.startswith("incident:"))
    return next((each.partition(":")[2] for each in found), None)


DELEGATIONS = View(
    name="mandates_delegations",
    version=1,
    about="delegation",
    scope=Scope.NATION,
    columns=(
        Column("to"),
        Column("function"),
        Column("acts"),
        Column("from_ms", Sort.INTEGER),
        Column("to_ms", Sort.INTEGER),
        Column("ended_at_ms", Sort.INTEGER, optional=True),
        Column("by"),
        Column("last_fact"),
    ),
    folds={MandateDelegated: _delegated, DelegationEnded: _ended},
    indexes=(("subject",), ("to",)),
)
EMERGENCIES = View(
    name="mandates_emergencies",
    version=1,
    about="emergency",
    scope=Scope.NATION,
    columns=(
        Column("function"),
        Column("declared_at_ms", Sort.INTEGER),
        Column("until_ms", Sort.INTEGER),
        Column("last_fact"),
    ),
    folds={EmergencyDeclared: _declared},
    indexes=(("subject",),),
)
EXPLAINED = View(
    name="mandates_explained",
    version=2,
    about="emergency",
    scope=Scope.OWN,
    columns=(
        Column("explained_at_ms", Sort.INTEGER),
        Column("text"),
        Column("key_name"),
        Column("last_fact"),
    ),
    folds={EmergencyExplained: _explained},
    indexes=(("subject",),),
)
# A row for each that has looked, told by whoever looked.
LOOKED = View(
    name="mandates_looked_at",
    version=1,
    about="emergency",
    scope=Scope.NATION,
    columns=(
        Column("of"),
        Column("by"),
        Column("looked_at_ms", Sort.INTEGER),
        Column("last_fact"),
    ),
    key=("by",),
    folds={EmergencyLookedAt: _looked_at},
    indexes=(("subject",),),
)
# A row by who asked, told to whom; and one by who answered, told to who had asked.
REQUESTS = View(
    name="mandates_requests",
    version=1,
    about="mandate_request",
    scope=Scope.TO,
    columns=(
        Column("of"),
        Column("act"),
        Column("at"),
        Column("by"),
        Column("page", optional=True),
        Column("incident", optional=True),
        Column("why"),
        Column("key_name"),
        Column("asked_at_ms", Sort.INTEGER),
        Column("withdrawn_at_ms", Sort.INTEGER, optional=True),
        Column("fact"),
    ),
    folds={MandateAsked: _asked, MandateAskWithdrawn: _withdrawn},
    indexes=(("subject",), ("owner",), ("of",)),
)
ANSWERS = View(
    name="mandates_answers",
    version=1,
    about="mandate_request",
    scope=Scope.TO,
    columns=(
        Column("asker"),
        Column("delegation", optional=True),
        Column("because", optional=True),
        Column("text"),
        Column("key_name"),
        Column("by"),
        Column("answered_at_ms", Sort.INTEGER),
    ),
    folds={MandateAnswered: _answered},
    indexes=(("subject",), ("asker",)),
)
VIEWS = (DELEGATIONS, EMERGENCIES, EXPLAINED, LOOKED, REQUESTS, ANSWERS)
