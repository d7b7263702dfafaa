# SPDX-License-Identifier: Apache-2.0
"""What the centre reads back: who has seen what, hand-overs, own cards, steps, rows of paper."""

from bavn.capabilities.centre.facts import (
    AttentionSeen,
    CardWritten,
    PaperTyped,
    ShiftHandedOver,
    ShiftTakenOver,
    StepTicked,
)
from bavn.journal.fact import Fact
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import ms_of

# Columns of a list of texts: what no text holds stands between them.
BETWEEN = "\x1f"


def _seen(rows: SubjectRows, body: AttentionSeen, fact: Fact) -> None:
    rows.put({"item": body.item, "by": fact.by.function, "account": body.account, **_at(fact)})


def _handed(rows: SubjectRows, body: ShiftHandedOver, fact: Fact) -> None:
    signed: Row = {"by": fact.by.function, "account": body.account, "signed_fact": fact.id}
    rows.put({**(rows.get() or {}), **signed, **_at(fact)})


def _taken(rows: SubjectRows, body: ShiftTakenOver, fact: Fact) -> None:
    row = rows.get()
    if row is None:
        return  # the sheet itself was struck
    taken: Row = {"taken_by": fact.by.function, "taken_account": body.account}
    rows.put({**row, **taken, "taken_at_ms": ms_of(fact.happened_at), "taken_fact": fact.id})


def _written(rows: SubjectRows, body: CardWritten, fact: Fact) -> None:
    told: Row = {
        "title": body.title,
        "types": BETWEEN.join(body.types),
        "steps": BETWEEN.join(body.steps),
        "function": body.function,
    }
    rows.put({**told, **_at(fact)})


def _ticked(rows: SubjectRows, body: StepTicked, fact: Fact) -> None:
    told: Row = {"card": body.card, "step": body.step, "says": body.says, "done": int(body.done)}
    rows.put({**told, "by": fact.by.function, "account": body.account, **_at(fact)})


def _typed(rows: SubjectRows, body: PaperTyped, fact: Fact) -> None:
    rows.put({"sort": body.sort, "by": fact.by.function, "account": body.account, **_at(fact)})


def _at(fact: Fact) -> Row:
    day = fact.happened_at.date().isoformat()
    return {"at_ms": ms_of(fact.happened_at), "on_day": day, "last_fact": fact.id}


# When it was, the day of it (UTC), by which lists are read, and the fact that says so.
_WHEN = (Column("at_ms", Sort.INTEGER), Column("on_day"), Column("last_fact"))

SEEN = View(
    name="centre_seen",
    version=1,
    about="attention",
    scope=Scope.OWN,
    columns=(Column("item"), Column("by"), Column("account"), *_WHEN),
    folds={AttentionSeen: _seen},
    indexes=(("on_day",),),
)
HANDOVERS = View(
    name="centre_handovers",
    version=1,
    about="handover",
    scope=Scope.OWN,
    columns=(
        Column("by"),
        Column("account"),
        Column("signed_fact"),
        Column("taken_by", optional=True),
        Column("taken_account", optional=True),
        Column("taken_at_ms", Sort.INTEGER, optional=True),
        Column("taken_fact", optional=True),
        *_WHEN,
    ),
    folds={ShiftHandedOver: _handed, ShiftTakenOver: _taken},
    indexes=(("on_day",),),
)
CARDS = View(
    name="centre_cards",
    version=1,
    about="card",
    scope=Scope.AREA,
    columns=(Column("title"), Column("types"), Column("steps"), Column("function"), *_WHEN),
    folds={CardWritten: _written},
)
STEPS = View(
    name="centre_steps",
    version=1,
    about="incident",
    scope=Scope.AREA,
    columns=(
        Column("card"),
        Column("step", Sort.INTEGER),
        Column("says"),
        Column("done", Sort.INTEGER),
        Column("by"),
        Column("account"),
        *_WHEN,
    ),
    key=("card", "step"),
    folds={StepTicked: _ticked},
    indexes=(("subject",),),
)
PAPER = View(
    name="centre_paper",
    version=1,
    about="paper",
    scope=Scope.OWN,
    columns=(Column("sort"), Column("by"), Column("account"), *_WHEN),
    folds={PaperTyped: _typed},
)
VIEWS = (SEEN, HANDOVERS, CARDS, STEPS, PAPER)
