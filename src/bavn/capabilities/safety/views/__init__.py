# SPDX-License-Identifier: Apache-2.0
"""What was told of teams inside and of roll calls: a row for each word."""

from bavn.capabilities.safety.facts import (
    ContactMade,
    MaydayEnded,
    MaydayTold,
    OfTeam,
    PressureTold,
    RollCalled,
    RollClosed,
    TeamEntered,
    TeamOut,
    TeamTurned,
    UnitCounted,
)
from bavn.capabilities.safety.model.roll import RollSort
from bavn.capabilities.safety.model.teams import StepSort
from bavn.journal.fact import Fact
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import ms_of

_SORTS: dict[type[OfTeam], StepSort] = {
    TeamEntered: StepSort.ENTERED,
    ContactMade: StepSort.CONTACT,
    PressureTold: StepSort.PRESSURE,
    TeamTurned: StepSort.TURNED,
    TeamOut: StepSort.OUT,
    MaydayTold: StepSort.MAYDAY,
    MaydayEnded: StepSort.MAYDAY_ENDED,
}


def _stepped(rows: SubjectRows, body: OfTeam, fact: Fact) -> None:
    row: Row = {
        "fact": fact.id,
        "step": body.step or fact.id,
        "sort": _SORTS[type(body)].value,
        "at_ms": ms_of(fact.happened_at),
        "told_on": fact.happened_at.date().isoformat(),
        "team": body.team,
        "callsign": body.callsign,
        "corrects": 0,
        "flags": " ".join(body.flags),
    }
    if isinstance(body, TeamEntered):
        row |= {
            "unit": body.unit,
            "count": body.count,
            "bar": body.pressure_bar,
            "litres": body.litres,
            "working_bar": body.working_bar,
            "reserve_bar": body.reserve_bar,
            "use_l_min": body.use_l_min,
        }
    elif isinstance(body, PressureTold):
        row |= {"bar": body.pressure_bar, "corrects": int(body.corrects)}
    rows.put(row)


def _word(fact: Fact, sort: RollSort, **more: str | int | None) -> Row:
    return {
        "fact": fact.id,
        "unit": "",
        "sort": sort.value,
        "at_ms": ms_of(fact.happened_at),
        "told_on": fact.happened_at.date().isoformat(),
        "callsign": "",
        **more,
    }


def _called(rows: SubjectRows, body: RollCalled, fact: Fact) -> None:
    rows.put(_word(fact, RollSort.CALLED))
    for each in body.units:
        named = {"unit": each.unit, "callsign": each.callsign}
        rows.put(_word(fact, RollSort.EXPECTED, **named, expected=each.expected))


def _counted(rows: SubjectRows, body: UnitCounted, fact: Fact) -> None:
    word = _word(
        fact,
        RollSort.COUNTED,
        unit=body.unit,
        callsign=body.callsign,
        expected=body.expected,
        present=body.present,
        inside=body.inside,
    )
    rows.put(word)


def _closed(rows: SubjectRows, _body: RollClosed, fact: Fact) -> None:
    rows.put(_word(fact, RollSort.CLOSED))


STEPS = View(
    name="safety_steps",
    version=1,
    about="incident",
    scope=Scope.TO,
    columns=(
        Column("fact"),
        Column("step"),
        Column("sort"),
        Column("at_ms", Sort.INTEGER),
        # The day (UTC): the board looks at the last days only.
        Column("told_on"),
        Column("team"),
        Column("callsign"),
        Column("unit", optional=True),
        Column("count", Sort.INTEGER, optional=True),
        Column("bar", Sort.INTEGER, optional=True),
        Column("litres", Sort.REAL, optional=True),
        Column("working_bar", Sort.INTEGER, optional=True),
        Column("reserve_bar", Sort.INTEGER, optional=True),
        Column("use_l_min", Sort.INTEGER, optional=True),
        Column("corrects", Sort.INTEGER),
        Column("flags"),
    ),
    key=("fact",),
    folds=dict.fromkeys(_SORTS, _stepped),
    indexes=(("subject",), ("told_on",)),
)
ROLLS = View(
    name="safety_rolls",
    version=1,
    about="incident",
    scope=Scope.TO,
    columns=(
        Column("fact"),
        # Empty in a word that is of all units.
        Column("unit"),
        Column("sort"),
        Column("at_ms", Sort.INTEGER),
        Column("told_on"),
        Column("callsign"),
        Column("expected", Sort.INTEGER, optional=True),
        Column("present", Sort.INTEGER, optional=True),
        Column("inside", Sort.INTEGER, optional=True),
    ),
    key=("fact", "unit"),
    folds={RollCalled: _called, UnitCounted: _counted, RollClosed: _closed},
    indexes=(("subject",), ("told_on",)),
)
VIEWS = (STEPS, ROLLS)
