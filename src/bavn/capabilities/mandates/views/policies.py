# SPDX-License-Identifier: Apache-2.0
"""Which set of policies a node went by, from when on."""

from bavn.capabilities.mandates.facts import PoliciesTaken
from bavn.journal.fact import Fact
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import ms_of


def _taken(rows: SubjectRows, body: PoliciesTaken, fact: Fact) -> None:
    row: Row = {
        "since_ms": ms_of(fact.happened_at),
        "mark": body.mark,
        "was": body.was,
        "is_own": int(body.is_own),
        "by": fact.by.function,
        "last_fact": fact.id,
    }
    rows.put(row)


POLICIES = View(
    name="mandates_policies",
    version=1,
    about="policies",
    scope=Scope.NATION,
    columns=(
        Column("since_ms", Sort.INTEGER),
        Column("mark"),
        Column("was", optional=True),
        Column("is_own", Sort.INTEGER),
        Column("by"),
        Column("last_fact"),
    ),
    key=("last_fact",),
    folds={PoliciesTaken: _taken},
    indexes=(("subject",),),
)
