# SPDX-License-Identifier: Apache-2.0
"""What is delegated, and what was declared in an emergency."""

from bavn.capabilities.mandates.facts import (
    DelegationEnded,
    EmergencyDeclared,
    EmergencyExplained,
    EmergencyLookedAt,
    MandateDelegated,
)
from bavn.journal.fact import Fact
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import ms_of


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


def _explained(rows: SubjectRows, _body: EmergencyExplained, fact: Fact) -> None:
    rows.put({"explained_at_ms": ms_of(fact.happened_at), "last_fact": fact.id})


def _looked_at(rows: SubjectRows, body: EmergencyLookedAt, fact: Fact) -> None:
    row: Row = {
        "of": body.of,
        "by": body.by.value,
        "looked_at_ms": ms_of(fact.happened_at),
        "last_fact": fact.id,
    }
    rows.put(row)


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
    version=1,
    about="emergency",
    scope=Scope.OWN,
    columns=(Column("explained_at_ms", Sort.INTEGER), Column("last_fact")),
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
VIEWS = (DELEGATIONS, EMERGENCIES, EXPLAINED, LOOKED)
