# SPDX-License-Identifier: Apache-2.0
"""Which numbers an incident has had, by the system that gave them."""

from bavn.capabilities.feeds.facts import IncidentNumbered
from bavn.journal.fact import Fact
from bavn.journal.table import Column, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import ms_of


def _numbered(rows: SubjectRows, body: IncidentNumbered, fact: Fact) -> None:
    rows.put(
        {
            "number": body.number,
            "system": body.system,
            "at_ms": ms_of(fact.happened_at),
            "last_fact": fact.id,
        }
    )


NUMBERS = View(
    name="feeds_numbers",
    version=1,
    about="incident",
    scope=Scope.OWN,
    columns=(
        Column("number"),
        Column("system"),
        Column("at_ms", Sort.INTEGER),
        Column("last_fact"),
    ),
    key=("number", "system"),
    folds={IncidentNumbered: _numbered},
    indexes=(("number",), ("subject",)),
)
VIEWS = (NUMBERS,)
