# SPDX-License-Identifier: Apache-2.0
"""Coded alarms, rules and codes as they are read; and alarms that were to send themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import msgspec

from bavn.capabilities.receiving.model.alarm import REPEAT_MS
from bavn.capabilities.receiving.model.here import AlarmHere
from bavn.capabilities.receiving.model.rule import Result, Rule, Units
from bavn.capabilities.receiving.ports import Around
from bavn.capabilities.receiving.views import ALARM_REFS, ALARMS, CODES, OPEN, RULES
from bavn.frame.attention import Attention
from bavn.frame.call import Call
from bavn.frame.given import Given
from bavn.journal.fact import Sealed
from bavn.journal.reader import Query, Reader
from bavn.journal.table import Row, Value
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.instants import instant_of, ms_of

# An order that is being made is no reason to call anybody.
UNDER_WAY_MS = 5_000


class RuleHere(msgspec.Struct, frozen=True, kw_only=True):
    """A rule, with who set it (a function) and when."""

    service: OrganisationId
    rule: Rule
    by: str
    set_at: datetime
    reason: Sealed | None


class CodeHere(msgspec.Struct, frozen=True, kw_only=True):
    """What another system's code stands for."""

    service: OrganisationId
    code: str
    type: str


def alarm_at(query: Query, reader: Reader, incident: str) -> AlarmHere | None:
    """How an incident came in; None when it was no coded alarm that the reader may know of."""
    rows = query.rows(reader, ALARMS, {"subject": f"incident:{incident}"})
    return _alarm(rows[0]) if rows else None


def rules_of(query: Query, reader: Reader, service: str) -> list[RuleHere]:
    """A service's rules, by type."""
    return sorted(
        map(_rule, query.rows(reader, RULES, {"owner": service})), key=lambda each: each.rule.type
    )


def codes_of(query: Query, reader: Reader, service: str) -> list[CodeHere]:
    """What other systems' codes stand for at a service."""
    rows = query.rows(reader, CODES, {"owner": service})
    found = [
        CodeHere(service=OrganisationId(service), code=_id_of(row), type=str(row["type"]))
        for row in rows
        if row["type"] is not None
    ]
    return sorted(found, key=lambda each: each.code)


class Records:
    """What was taken and set before, for the alarm path: read for whose it is, not for who asks."""

    def sent_as(self, around: Around, sender: str, ref: str) -> AlarmHere | None:
        """The alarm that came in under a sender's number, first or as a repeat."""
        for row in around.query.rows(around.hosted, ALARM_REFS, {"ref": f"{sender}/{ref}"}):
            found = alarm_at(around.query, around.hosted, _id_of(row))
            if found is not None:
                return found
        return None

    def still_open(self, around: Around, number: str, at: datetime) -> AlarmHere | None:
        """The open incident of which an alarm of this number is a repeat."""
        rows = around.query.rows(around.hosted, ALARMS, {"number": number, "state": OPEN})
        at_ms = ms_of(at)
        # Within so long either way: what is told late may have come before the first.
        recent = [
            _alarm(row)
            for row in rows
            if int(str(row["taken_at_ms"])) - REPEAT_MS
            < at_ms
            < int(str(row["last_at_ms"])) + REPEAT_MS
        ]
        return max(recent, key=lambda each: (each.last_at, each.incident), default=None)

    def rule_for(self, around: Around, service: str, type_: str | None, on: date) -> Rule | None:
        """The rule that has an alarm send itself on a day; None where a person decides."""
        where: dict[str, Value] = {"owner": service, "subject": f"alarm_rule:{type_}"}
        for row in around.query.rows(around.hosted, RULES, where):
            rule = _rule(row).rule
            if rule.sends and rule.holds(on):
                return rule
        return None

    def type_for(self, around: Around, service: str, code: str) -> str | None:
        """What a code stands for at a service."""
        where: dict[str, Value] = {"owner": service, "subject": f"alarm_code:{code}"}
        for row in around.query.rows(around.hosted, CODES, where):
            return _text(row, "type")
        return None


@dataclass(kw_only=True)
class Room:
    """What the handlers of receiving work with beside the record; made once for a served world."""

    around: Around
    records: Records = field(default_factory=Records)

    def wanting(self, call: Call) -> Sequence[Attention]:
        """Alarms that were to send themselves, and to which nobody has been sent."""
        found = []
        rows = self.around.query.rows(call.reader, ALARMS, {"sends": 1, "state": OPEN})
        for each in map(_alarm, rows):
            is_under_way = ms_of(call.now) - ms_of(each.taken_at) < UNDER_WAY_MS
            if each.result is Result.SENT or (each.result is None and is_under_way):
                continue
            if not self.around.is_ordered(each.incident):
                found.append(self._attention(call, each))
        return found

    def _attention(self, call: Call, each: AlarmHere) -> Attention:
        why = "interrupted" if each.result is None else each.result.value
        return Attention(
            id=f"receiving.not_sent.{each.incident}",
            text="receiving.not_sent_by_itself",
            values={"code": each.type or "?", "why": call.say(f"receiving.result.{why}")},
            since=each.taken_at,
            about=Subject(f"incident:{each.incident}"),
            path=f"/incidents/{each.incident}/send",
            service=each.service,
            loud=True,
        )


RoomGiven = Given[Room]


def _alarm(row: Row) -> AlarmHere:
    result = _text(row, "result")
    return AlarmHere(
        incident=_id_of(row),
        service=OrganisationId(str(row["owner"])),
        told_code=_text(row, "told_code"),
        type=_text(row, "type"),
        number=_text(row, "number"),
        object=_text(row, "object"),
        by_hand=bool(row["by_hand"]),
        sends=bool(row["sends"]),
        result=None if result is None else Result(result),
        is_open=row["state"] == OPEN,
        repeat_count=int(str(row["repeat_count"])),
        repeat_code=_text(row, "repeat_code"),
        taken_at=instant_of(int(str(row["taken_at_ms"]))),
        last_at=instant_of(int(str(row["last_at_ms"]))),
    )


def _rule(row: Row) -> RuleHere:
    ends, reason = _text(row, "valid_to"), _text(row, "reason")
    return RuleHere(
        service=OrganisationId(str(row["owner"])),
        rule=Rule(
            type=_id_of(row),
            sends=bool(row["sends"]),
            units=Units(str(row["units"])),
            valid_from=date.fromisoformat(str(row["valid_from"])),
            valid_to=None if ends is None else date.fromisoformat(ends),
        ),
        by=str(row["by"]),
        set_at=instant_of(int(str(row["set_at_ms"]))),
        reason=None if reason is None else Sealed(sealed=reason, key=str(row["reason_key"])),
    )


def _id_of(row: Row) -> str:
    return str(row["subject"]).partition(":")[2]


def _text(row: Row, name: str) -> str | None:
    value = row[name]
    return None if value is None else str(value)
