# SPDX-License-Identifier: Apache-2.0
"""What was ordered, by unit: who told it to go where, and whether that still stands."""

from bavn.capabilities.dispatch.facts import TurnOutTold, UnitsOrdered, UnitsStoodDown
from bavn.journal.fact import Fact
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import ms_of

INCIDENT = "incident:"


def incident_in(fact: Fact) -> str:
    """The incident that an order is about."""
    return next(each for each in fact.about if each.startswith(INCIDENT)).removeprefix(INCIDENT)


def _ordered(rows: SubjectRows, _body: UnitsOrdered, fact: Fact) -> None:
    at: Row = {
        "ordered_at_ms": ms_of(fact.happened_at),
        "ordered_on": fact.happened_at.date().isoformat(),
        "stood_down_at_ms": None,
    }
    rows.put({"incident": incident_in(fact), "by": fact.by.function, "last_fact": fact.id, **at})


def _stood_down(rows: SubjectRows, _body: UnitsStoodDown, fact: Fact) -> None:
    row = rows.get(incident_in(fact))
    if row is None:
        # The order itself was struck, or is not heard yet.
        return
    rows.put({**row, "stood_down_at_ms": ms_of(fact.happened_at), "last_fact": fact.id})


# A row for each incident that a unit was ordered to.
ORDERS = View(
    name="dispatch_orders",
    version=1,
    about="unit",
    scope=Scope.NATION,
    columns=(
        Column("incident"),
        Column("by"),
        Column("ordered_at_ms", Sort.INTEGER),
        # The day of it (UTC): what was ordered lately is looked up by it.
        Column("ordered_on"),
        Column("stood_down_at_ms", Sort.INTEGER, optional=True),
        Column("last_fact"),
    ),
    key=("incident",),
    folds={UnitsOrdered: _ordered, UnitsStoodDown: _stood_down},
    indexes=(("subject",), ("incident",), ("ordered_on",)),
)


def _turn_out(rows: SubjectRows, body: TurnOutTold, fact: Fact) -> None:
    rows.put(
        {
            "crew": body.crew,
            "median_s": body.median_s,
            "spread": body.spread,
            "limit_s": body.limit_s,
            "source": body.source,
            "last_fact": fact.id,
        }
    )


# A row for each kind of crew that a service has told of.
TURN_OUTS = View(
    name="dispatch_turn_outs",
    version=1,
    about="service",
    scope=Scope.NATION,
    columns=(
        Column("crew"),
        Column("median_s", Sort.REAL),
        Column("spread", Sort.REAL),
        Column("limit_s", Sort.REAL),
        Column("source"),
        Column("last_fact"),
    ),
    key=("crew",),
    folds={TurnOutTold: _turn_out},
    indexes=(("subject",),),
)
VIEWS = (ORDERS, TURN_OUTS)
