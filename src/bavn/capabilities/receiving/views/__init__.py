# SPDX-License-Identifier: Apache-2.0
"""Coded alarms by incident, the senders' numbers of them, and a service's rules and codes."""

from bavn.capabilities.operations.facts import IncidentClosed, IncidentReported
from bavn.capabilities.receiving.facts import (
    AlarmAnswered,
    AlarmRepeated,
    AlarmTaken,
    CodeMapped,
    RuleSet,
)
from bavn.journal.fact import Fact
from bavn.journal.table import Column, Row, Sort, Value
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import ms_of

OPEN, CLOSED = "open", "closed"


def _taken(rows: SubjectRows, body: AlarmTaken, fact: Fact) -> None:
    at_ms = ms_of(fact.happened_at)
    rows.put(
        {
            "told_code": body.told_code,
            "type": body.type,
            "number": body.number,
            "object": body.object,
            "by_hand": int(body.by_hand),
            "sends": int(body.sends),
            "result": None,
            "state": OPEN,
            "repeat_count": 0,
            "repeat_code": None,
            "taken_at_ms": at_ms,
            "last_at_ms": at_ms,
            "last_fact": fact.id,
        }
    )


def _changed(rows: SubjectRows, **told: Value) -> None:
    row = rows.get()
    if row is not None:
        # What is not known of here is not a coded alarm, or is not heard yet.
        rows.put({**row, **told})


def _repeated(rows: SubjectRows, body: AlarmRepeated, fact: Fact) -> None:
    row = rows.get()
    if row is not None:
        count = int(str(row["repeat_count"])) + 1
        at_ms = ms_of(fact.happened_at)
        last_ms = max(at_ms, int(str(row["last_at_ms"])))
        told: Row = {"repeat_count": count, "last_at_ms": last_ms, "last_fact": fact.id}
        rows.put({**row, **told, "repeat_code": body.told_code})


def _answered(rows: SubjectRows, body: AlarmAnswered, fact: Fact) -> None:
    _changed(rows, result=body.result, last_fact=fact.id)


def _closed(rows: SubjectRows, _body: IncidentClosed, _fact: Fact) -> None:
    _changed(rows, state=CLOSED)


def _reported(rows: SubjectRows, _body: IncidentReported, _fact: Fact) -> None:
    # A report of an incident that was closed opens it again.
    _changed(rows, state=OPEN)


# How an incident came in; `result` is empty until a rule that had it sent has been carried out.
ALARMS = View(
    name="coded_alarms",
    version=1,
    about="incident",
    scope=Scope.OWN,
    columns=(
        Column("told_code", optional=True),
        Column("type", optional=True),
        Column("number", optional=True),
        Column("object", optional=True),
        Column("by_hand", Sort.INTEGER),
        Column("sends", Sort.INTEGER),
        Column("result", optional=True),
        Column("state"),
        Column("repeat_count", Sort.INTEGER),
        Column("repeat_code", optional=True),
        Column("taken_at_ms", Sort.INTEGER),
        Column("last_at_ms", Sort.INTEGER),
        Column("last_fact"),
    ),
    folds={
        AlarmTaken: _taken,
        AlarmRepeated: _repeated,
        AlarmAnswered: _answered,
        IncidentClosed: _closed,
        IncidentReported: _reported,
    },
    indexes=(("subject",), ("number", "state"), ("sends", "state")),
)


def _numbered(rows: SubjectRows, _body: AlarmTaken | AlarmRepeated, fact: Fact) -> None:
    if fact.sender is not None:
        rows.put({"ref": f"{fact.sender.sender}/{fact.sender.ref}"})


# Under which numbers an alarm and its repeats were sent.
ALARM_REFS = View(
    name="coded_alarm_refs",
    version=1,
    about="incident",
    scope=Scope.OWN,
    columns=(Column("ref"),),
    key=("ref",),
    folds={AlarmTaken: _numbered, AlarmRepeated: _numbered},
    indexes=(("ref",),),
)


def _rule(rows: SubjectRows, body: RuleSet, fact: Fact) -> None:
    rows.put(
        {
            "sends": int(body.sends),
            "units": body.units,
            "valid_from": body.valid_from.isoformat(),
            "valid_to": None if body.valid_to is None else body.valid_to.isoformat(),
            "setter": body.setter,
            "by": fact.by.function,
            "reason": None if body.reason is None else body.reason.sealed,
            "reason_key": None if body.reason is None else body.reason.key,
            "set_at_ms": ms_of(fact.happened_at),
            "last_fact": fact.id,
        }
    )


RULES = View(
    name="alarm_rules",
    version=1,
    about="alarm_rule",
    scope=Scope.OWN,
    columns=(
        Column("sends", Sort.INTEGER),
        Column("units"),
        Column("valid_from"),
        Column("valid_to", optional=True),
        Column("setter"),
        Column("by"),
        Column("reason", optional=True),
        Column("reason_key", optional=True),
        Column("set_at_ms", Sort.INTEGER),
        Column("last_fact"),
    ),
    folds={RuleSet: _rule},
    indexes=(("subject",),),
)


def _mapped(rows: SubjectRows, body: CodeMapped, fact: Fact) -> None:
    told: Row = {"by": fact.by.function, "set_at_ms": ms_of(fact.happened_at)}
    rows.put({**told, "type": body.type, "last_fact": fact.id})


CODES = View(
    name="alarm_codes",
    version=1,
    about="alarm_code",
    scope=Scope.OWN,
    columns=(
        Column("type", optional=True),
        Column("by"),
        Column("set_at_ms", Sort.INTEGER),
        Column("last_fact"),
    ),
    folds={CodeMapped: _mapped},
    indexes=(("subject",),),
)
VIEWS = (ALARMS, ALARM_REFS, RULES, CODES)
