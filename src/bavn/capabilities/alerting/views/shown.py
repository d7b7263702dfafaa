# SPDX-License-Identifier: Apache-2.0
"""Call-outs as they are read, the address book without its addresses, and who was told."""

from datetime import datetime

import msgspec

from bavn.capabilities.alerting.model.informing import InformRule, holding, wanted
from bavn.capabilities.alerting.model.requests import callout_of
from bavn.capabilities.alerting.ports import Around, Goal
from bavn.capabilities.alerting.views import (
    ADDRESSES,
    ALERTS,
    CALLOUTS,
    INFORM_RULES,
    INFORMED,
    steps_of,
)
from bavn.capabilities.alerting.views.rows import id_of, inform_rule_of
from bavn.frame.call import Call
from bavn.journal.reader import Query
from bavn.journal.table import Row, Value
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import instant_of


class AlertShown(msgspec.Struct, frozen=True, kw_only=True):
    """One alert of a call-out. Where it went is named by its address's number alone."""

    id: str
    target: str
    channel: str
    step: int
    state: str
    attempt_count: int
    handed_over_at: datetime | None
    why: str | None
    receipt: str | None
    receipt_at: datetime | None


class CalloutShown(msgspec.Struct, frozen=True, kw_only=True):
    """A call-out: what has been tried, what comes next and when, and who has answered."""

    id: str
    service: OrganisationId
    unit: str
    callsign: str
    incident: str
    sort: str
    state: str
    why: str | None
    begun_at: datetime
    step: int
    step_count: int
    next_at: datetime | None
    answered_at: datetime | None
    answered_by: str | None
    alerts: tuple[AlertShown, ...] = ()


class AddressShown(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody is alerted; the address itself is sealed."""

    id: str
    service: OrganisationId
    target: str
    channel: str
    rank: int


class ToInform(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who has to know of an incident, and whether he has been told."""

    code: str
    danish: str
    english: str
    basis: str
    told_at: datetime | None = None
    told_by: str | None = None
    how: str | None = None
    is_mine: bool = False


def callouts_of(call: Call, query: Query, around: Around, incident: str) -> list[CalloutShown]:
    """The call-outs of an incident that the caller may know of, the newest first."""
    rows = query.rows(call.reader, CALLOUTS, {"incident": incident})
    targets = {
        id_of(row): str(row["target"])
        for owner in {str(row["owner"]) for row in rows}
        for row in query.rows(call.reader, ADDRESSES, {"owner": owner})
    }
    found = []
    for row in rows:
        alerts = query.rows(call.reader, ALERTS, {"subject": row["subject"]})
        mine = sorted(
            (each for each in alerts if each["owner"] == row["owner"]),
            key=lambda each: _number(each["alert"]),
        )
        shown = tuple(_alert(each, targets) for each in mine)
        found.append(msgspec.structs.replace(callout_shown(row, around), alerts=shown))
    return sorted(found, key=lambda each: (each.begun_at, each.callsign), reverse=True)


def callout_shown(row: Row, around: Around) -> CalloutShown:
    """A call-out without its alerts."""
    unit = str(row["unit"])
    return CalloutShown(
        id=id_of(row),
        service=OrganisationId(str(row["owner"])),
        unit=unit,
        callsign=around.callsign(unit),
        incident=str(row["incident"]),
        sort=str(row["sort"]),
        state=str(row["state"]),
        why=_text(row["why"]),
        begun_at=instant_of(_int(row["begun_at_ms"])),
        step=_int(row["step"]),
        step_count=len(steps_of(row)),
        next_at=_instant(row["due_at_ms"]),
        answered_at=_instant(row["answered_at_ms"]),
        answered_by=_text(row["answered_by"]),
    )


def callout_row(call: Call, query: Query, callout: str) -> Row | None:
    """The call-out of this number, where the caller may know of it."""
    rows = query.rows(call.reader, CALLOUTS, {"subject": f"callout:{callout}"})
    return next(iter(rows), None)


def alert_row(call: Call, query: Query, alert: str) -> Row | None:
    """The alert of this number, where the caller may know of it."""
    where: dict[str, Value] = {"subject": f"callout:{callout_of(alert)}"}
    rows = query.rows(call.reader, ALERTS, where)
    return next((row for row in rows if row["alert"] == alert), None)


def addresses_of(call: Call, query: Query) -> list[AddressShown]:
    """The address book of whom the caller acts for."""
    found = [
        AddressShown(
            id=id_of(row),
            service=OrganisationId(str(row["owner"])),
            target=str(row["target"]),
            channel=str(row["channel"]),
            rank=_int(row["rank"]),
        )
        for owner in sorted(call.organisations)
        for row in query.rows(call.reader, ADDRESSES, {"owner": owner})
    ]
    return sorted(found, key=lambda each: (each.service, each.target, each.rank, each.id))


def to_inform(call: Call, query: Query, around: Around, goal: Goal) -> list[ToInform]:
    """Who has to know of an incident, those who have not been told first."""
    where = {"owner": goal.service, "subject": f"incident:{goal.incident}"}
    told = {str(row["who"]): row for row in query.rows(call.reader, INFORMED, where)}
    own = [
        inform_rule_of(row)
        for row in query.rows(call.reader, INFORM_RULES, {"owner": goal.service})
    ]
    rules = holding(own, around.country_informing, call.now)
    found = [
        _inform(each, told.get(each.code), call)
        for each in wanted(rules, goal.type, goal.unit_count, told)
    ]
    # Whoever was told by a rule that is gone has been told all the same.
    known = {each.code for each in found}
    found += [_inform(_gone(code), row, call) for code, row in told.items() if code not in known]
    return sorted(found, key=lambda each: each.told_at is not None)


def _gone(code: str) -> InformRule:
    return InformRule(code=code, danish=code, english=code, types=(), units_least=0, basis="")


def _inform(rule: InformRule, row: Row | None, call: Call) -> ToInform:
    return ToInform(
        code=rule.code,
        danish=rule.danish,
        english=rule.english,
        basis=rule.basis,
        told_at=None if row is None else _instant(row["told_at_ms"]),
        told_by=None if row is None else str(row["by"]),
        how=None if row is None else str(row["how"]),
        is_mine=row is not None and bool(call.account) and row["account"] == call.account,
    )


def _alert(row: Row, targets: dict[str, str]) -> AlertShown:
    return AlertShown(
        id=str(row["alert"]),
        target=targets.get(str(row["address"]), ""),
        channel=str(row["channel"]),
        step=_int(row["step"]),
        state=str(row["state"]),
        attempt_count=_int(row["attempt_count"]),
        handed_over_at=_instant(row["handed_at_ms"]),
        why=_text(row["why"]),
        receipt=_text(row["receipt"]),
        receipt_at=_instant(row["receipt_at_ms"]),
    )


def _number(alert: Value) -> int:
    return int(str(alert).rpartition("-")[2])


def _text(value: Value) -> str | None:
    return None if value is None else str(value)


def _int(value: Value) -> int:
    assert isinstance(value, int), "the view says so"
    return value


def _instant(value: Value) -> datetime | None:
    return instant_of(value) if isinstance(value, int) else None
