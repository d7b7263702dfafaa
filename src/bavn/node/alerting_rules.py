# SPDX-License-Identifier: Apache-2.0
"""What a country's tables say of alerting: `alerting.csv` and `informing.csv`."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from bavn.capabilities.alerting.facts import RuleStep
from bavn.capabilities.alerting.model.escalating import Rule, rule_faults
from bavn.capabilities.alerting.model.informing import InformRule
from bavn.frame.country import Row
from bavn.kernel.refusal import BadInput, Problem
from bavn.runtime.countries import read_table

STEP, BOARD, SHOWN = "step", "board", "shown"


class AlertingRow(Row, frozen=True, kw_only=True):
    """A step of the rule, when the board calls, or when it shows that a receipt is missing."""

    what: str
    wait_s: int
    to: tuple[str, ...] = ()
    note: str = ""


class InformingRow(Row, frozen=True, kw_only=True):
    """Who is told of which incidents."""

    code: str
    danish: str
    english: str
    types: tuple[str, ...] = ()
    units_least: int = 0


@dataclass(frozen=True, kw_only=True)
class AlertingTables:
    """The tables of one country, read and checked."""

    rule: Rule
    shown_after_s: float
    informing: tuple[InformRule, ...]


@cache
def alerting_tables(country: str) -> AlertingTables:
    """The tables of a country that comes with the program."""
    return read_alerting_tables(files("bavn") / "countries" / country)


def read_alerting_tables(folder: Traversable | Path) -> AlertingTables:
    """The tables in this folder; raises BadInput with every problem that was found."""
    rows = read_table(folder, "alerting", AlertingRow)
    steps = tuple(RuleStep(row.wait_s, row.to) for row in rows if row.what == STEP)
    waits = {row.what: row for row in rows if row.what != STEP}
    problems = [
        Problem(where=f"alerting.csv, step {number}", says=why)
        for number, why in rule_faults(steps)
    ]
    problems += [
        Problem(where=f"alerting.csv, {what}", says="is missing")
        for what in (BOARD, SHOWN)
        if what not in waits
    ]
    if problems or not steps:
        raise BadInput(*(problems or [Problem(where="alerting.csv", says="has no step")]))
    return AlertingTables(
        rule=Rule(steps=steps, board_wait_s=waits[BOARD].wait_s, basis=waits[BOARD].basis),
        shown_after_s=waits[SHOWN].wait_s,
        informing=tuple(
            InformRule(
                code=each.code,
                danish=each.danish,
                english=each.english,
                types=each.types,
                units_least=each.units_least,
                basis=each.basis,
            )
            for each in read_table(folder, "informing", InformingRow)
        ),
    )
