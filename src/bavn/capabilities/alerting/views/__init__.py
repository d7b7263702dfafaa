# SPDX-License-Identifier: Apache-2.0
"""Call-outs with their alerts, the address book, rules, who was told, and where units belong."""

import msgspec

from bavn.capabilities.alerting.facts import (
    AddressRemoved,
    AddressSet,
    AlertFailed,
    AlertHandedOver,
    AlertReceipted,
    CalloutBegun,
    CalloutEnded,
    CalloutEscalated,
    Informed,
    InformRuleSet,
    PlannedStep,
    RuleSet,
)
from bavn.capabilities.alerting.model.requests import ACKNOWLEDGED
from bavn.capabilities.operations.facts import IncidentDescribed
from bavn.capabilities.organisation.facts import UnitDescribed
from bavn.journal.fact import Fact, Sealed
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import ms_of

_NUMBER = Sort.INTEGER
_SECOND_MS = 1000
_STEPS = msgspec.json.Decoder(tuple[PlannedStep, ...])


def steps_of(row: Row) -> tuple[PlannedStep, ...]:
    """The plan of a call-out."""
    return _STEPS.decode(str(row["plan"]))


# Call-outs


def _begun(rows: SubjectRows, body: CalloutBegun, fact: Fact) -> None:
    begun_at_ms = ms_of(fact.happened_at)
    row: Row = {
        "unit": body.unit,
        "incident": body.incident,
        "sort": body.sort,
        "ordered_by": body.order,
        "asked_by": body.asked_by,
        "latitude": body.latitude,
        "longitude": body.longitude,
        "plan": msgspec.json.encode(body.steps).decode(),
        "board_wait_s": body.board_wait_s,
        "state": "open" if body.steps else "unanswered",
        "step": 0,
        "begun_at_ms": begun_at_ms,
        "due_at_ms": _due(body.steps, 0, body.board_wait_s, begun_at_ms),
        "answered_at_ms": None,
        "answered_by": None,
        "why": None if body.steps else "nobody",
    }
    rows.put(row)


def _escalated(rows: SubjectRows, body: CalloutEscalated, fact: Fact) -> None:
    row = rows.get()
    if row is None or row["state"] != "open":
        return
    steps, wait_s = steps_of(row), row["board_wait_s"]
    assert isinstance(wait_s, int), "the view says so"
    is_boards = body.step >= len(steps)
    rows.put(
        {
            **row,
            "step": body.step,
            "state": "unanswered" if is_boards else "open",
            "due_at_ms": _due(steps, body.step, wait_s, ms_of(fact.happened_at)),
        }
    )


def _due(steps: tuple[PlannedStep, ...], step: int, board_wait_s: int, now_ms: int) -> int | None:
    """When the next step begins, or it becomes the board's; None when it is."""
    if step >= len(steps):
        return None
    wait_s = steps[step + 1].wait_s if step + 1 < len(steps) else board_wait_s
    return now_ms + wait_s * _SECOND_MS


def _receipted(rows: SubjectRows, body: AlertReceipted, fact: Fact) -> None:
    row = rows.get()
    if row is None or body.sort != ACKNOWLEDGED or row["state"] not in ("open", "unanswered"):
        return
    told: Row = {"answered_at_ms": ms_of(fact.happened_at), "answered_by": body.by}
    rows.put({**row, **told, "state": "answered", "due_at_ms": None})


def _ended(rows: SubjectRows, body: CalloutEnded, _fact: Fact) -> None:
    row = rows.get()
    if row is not None:
        rows.put({**row, "state": "ended", "why": body.why, "due_at_ms": None})


CALLOUTS = View(
    name="alerting_callouts",
    version=1,
    about="callout",
    scope=Scope.OWN,
    columns=(
        Column("unit"),
        Column("incident"),
        Column("sort"),
        Column("ordered_by"),
        Column("asked_by", optional=True),
        Column("latitude", Sort.REAL, optional=True),
        Column("longitude", Sort.REAL, optional=True),
        Column("plan"),
        Column("board_wait_s", _NUMBER),
        Column("state"),
        Column("step", _NUMBER),
        Column("begun_at_ms", _NUMBER),
        Column("due_at_ms", _NUMBER, optional=True),
        Column("answered_at_ms", _NUMBER, optional=True),
        Column("answered_by", optional=True),
        Column("why", optional=True),
    ),
    folds={
        CalloutBegun: _begun,
        CalloutEscalated: _escalated,
        AlertReceipted: _receipted,
        CalloutEnded: _ended,
    },
    indexes=(("incident",), ("unit",), ("state",), ("due_at_ms",), ("subject",)),
)


# Alerts: the outbox


def _first_queued(rows: SubjectRows, body: CalloutBegun, fact: Fact) -> None:
    for number, step in enumerate(body.steps):
        for alert in step.alerts:
            row: Row = {
                "alert": alert.id,
                "address": alert.address,
                "channel": alert.channel,
                "step": number,
                "attempt_count": 0,
                # What belongs to a later step waits for it.
                "state": "queued" if number == 0 else "planned",
            }
            if number == 0:
                row["queued_at_ms"] = ms_of(fact.happened_at)
            rows.put(row)


def _next_queued(rows: SubjectRows, body: CalloutEscalated, fact: Fact) -> None:
    for row in _of_callout(rows, fact):
        if row["step"] == body.step and row["state"] == "planned":
            rows.put({**row, "state": "queued", "queued_at_ms": ms_of(fact.happened_at)})


def _handed_over(rows: SubjectRows, body: AlertHandedOver, fact: Fact) -> None:
    row = rows.get(body.alert)
    if row is not None:
        told: Row = {"handed_at_ms": ms_of(fact.happened_at), "attempt_count": body.attempt_count}
        rows.put({**row, **told, "state": "handed_over"})


def _failed(rows: SubjectRows, body: AlertFailed, fact: Fact) -> None:
    row = rows.get(body.alert)
    if row is not None:
        told: Row = {"failed_at_ms": ms_of(fact.happened_at), "why": body.why}
        rows.put({**row, **told, "attempt_count": body.attempt_count, "state": "failed"})


def _alert_receipted(rows: SubjectRows, body: AlertReceipted, fact: Fact) -> None:
    row = rows.get(body.alert) if body.alert else None
    if row is not None:
        told: Row = {"receipt": body.sort, "receipt_at_ms": ms_of(fact.happened_at)}
        rows.put({**row, **told, "state": "handed_over"})
    if body.sort == ACKNOWLEDGED:
        _dropped(rows, body, fact)


def _dropped(rows: SubjectRows, _body: AlertReceipted | CalloutEnded, fact: Fact) -> None:
    """Nobody is alerted for what has its answer, or is over."""
    for row in _of_callout(rows, fact):
        if row["state"] in ("planned", "queued"):
            rows.put({**row, "state": "dropped"})


def _of_callout(rows: SubjectRows, fact: Fact) -> list[Row]:
    """The alerts of the call-out that a fact is about: their numbers are counted up."""
    id_ = fact.about[0].partition(":")[2]
    found: list[Row] = []
    while (row := rows.get(f"{id_}-{len(found)}")) is not None:
        found.append(row)
    return found


ALERTS = View(
    name="alerting_alerts",
    version=1,
    about="callout",
    scope=Scope.OWN,
    columns=(
        Column("alert"),
        Column("address"),
        Column("channel"),
        Column("step", _NUMBER),
        Column("state"),
        Column("attempt_count", _NUMBER),
        Column("queued_at_ms", _NUMBER, optional=True),
        Column("handed_at_ms", _NUMBER, optional=True),
        Column("failed_at_ms", _NUMBER, optional=True),
        Column("why", optional=True),
        Column("receipt", optional=True),
        Column("receipt_at_ms", _NUMBER, optional=True),
    ),
    key=("alert",),
    folds={
        CalloutBegun: _first_queued,
        CalloutEscalated: _next_queued,
        AlertHandedOver: _handed_over,
        AlertFailed: _failed,
        AlertReceipted: _alert_receipted,
        CalloutEnded: _dropped,
    },
    indexes=(("state",), ("subject",)),
)


# What is kept


def _address(rows: SubjectRows, body: AddressSet, _fact: Fact) -> None:
    sealed = body.address or Sealed(sealed="", key="")
    rows.put(
        {
            "target": body.target,
            "channel": body.channel,
            "rank": body.rank,
            "sealed": sealed.sealed,
            "key_name": sealed.key,
        }
    )


def _no_address(rows: SubjectRows, _body: AddressRemoved, _fact: Fact) -> None:
    if rows.get() is not None:
        rows.remove()


ADDRESSES = View(
    name="alerting_addresses",
    version=1,
    about="alert_address",
    scope=Scope.OWN,
    columns=(
        Column("target"),
        Column("channel"),
        Column("rank", _NUMBER),
        Column("sealed"),
        Column("key_name"),
    ),
    folds={AddressSet: _address, AddressRemoved: _no_address},
    indexes=(("owner",),),
)


def _rule(rows: SubjectRows, body: RuleSet, _fact: Fact) -> None:
    rows.put({"begins_at_ms": ms_of(body.begins_at), "rule": msgspec.json.encode(body).decode()})


RULES = View(
    name="alerting_rules",
    version=1,
    about="alert_rule",
    scope=Scope.OWN,
    columns=(Column("begins_at_ms", _NUMBER), Column("rule")),
    key=("begins_at_ms",),
    folds={RuleSet: _rule},
    indexes=(("owner",),),
)


def _inform_rule(rows: SubjectRows, body: InformRuleSet, _fact: Fact) -> None:
    rows.put({"begins_at_ms": ms_of(body.begins_at), "rule": msgspec.json.encode(body).decode()})


INFORM_RULES = View(
    name="alerting_inform_rules",
    version=1,
    about="inform_rule",
    scope=Scope.OWN,
    columns=(Column("begins_at_ms", _NUMBER), Column("rule")),
    key=("begins_at_ms",),
    folds={InformRuleSet: _inform_rule},
    indexes=(("owner",),),
)


def _informed(rows: SubjectRows, body: Informed, fact: Fact) -> None:
    rows.put(
        {
            "who": body.who,
            "how": body.how,
            "by": fact.by.function,
            "account": body.account,
            "told_at_ms": ms_of(fact.happened_at),
        }
    )


INFORMED = View(
    name="alerting_informed",
    version=1,
    about="incident",
    scope=Scope.OWN,
    columns=(
        Column("who"),
        Column("how"),
        Column("by"),
        Column("account"),
        Column("told_at_ms", _NUMBER),
    ),
    key=("who",),
    folds={Informed: _informed},
    indexes=(("subject",),),
)


def _belongs(rows: SubjectRows, body: UnitDescribed, _fact: Fact) -> None:
    rows.put({"station": body.station, "callsign": body.callsign})


# Whose unit it is: the owner of the row.
UNITS = View(
    name="alerting_units",
    version=1,
    about="unit",
    scope=Scope.NATION,
    columns=(Column("station"), Column("callsign")),
    folds={UnitDescribed: _belongs},
    indexes=(("subject",),),
)


def _described(rows: SubjectRows, body: IncidentDescribed, _fact: Fact) -> None:
    if body.latitude is not None and body.longitude is not None:
        rows.put({"latitude": body.latitude, "longitude": body.longitude})


# The exact place, at whose incident it is: it goes along when another's crew is asked for.
PLACES = View(
    name="alerting_places",
    version=1,
    about="incident",
    scope=Scope.OWN,
    columns=(Column("latitude", Sort.REAL), Column("longitude", Sort.REAL)),
    folds={IncidentDescribed: _described},
)
VIEWS = (CALLOUTS, ALERTS, ADDRESSES, RULES, INFORM_RULES, INFORMED, UNITS, PLACES)
