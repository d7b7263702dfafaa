# SPDX-License-Identifier: Apache-2.0
"""How things stand with what is kept, as pages and programs are told of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

import msgspec

from bavn.capabilities.archive.model.redaction import Choices
from bavn.capabilities.archive.model.retention import ACCESS as ACCESS_SORT
from bavn.capabilities.archive.model.retention import (
    INCIDENT,
    Rule,
    due_at,
    least_days,
    mark_of,
    rule_for,
)
from bavn.capabilities.archive.model.states import RUNNING, Erasure
from bavn.capabilities.archive.ports import Around, Package
from bavn.capabilities.archive.views import DELIVERED, DELIVERIES, ERASURES, HOLDS, INCIDENTS, ITEMS
from bavn.capabilities.archive.views.access import ACCESS, CHOICES
from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.frame.given import Given
from bavn.journal.reader import ROWS_LIMIT, Query
from bavn.journal.table import Row, Value
from bavn.journal.views import View
from bavn.kernel.identity import OrganisationId, is_subject
from bavn.kernel.instants import instant_of, ms_of
from bavn.kernel.refusal import Refused

# A page of what is due; the rest comes when these are seen to.
DUE_LIMIT = 100
# So many rows are looked through for them: rules of several lengths lie among each other.
LOOKED_AT_LIMIT = 2_000
LIST_LIMIT = 50


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """Something whose time is over by its rule. `held_by` are the codes of what holds it back.

    `delivered` tells whether it was delivered as it stands now; `was_delivered`, that it was once.
    """

    subject: str
    owner: OrganisationId
    label: str
    rule: str
    over_at: datetime
    due_at: datetime
    held_by: tuple[str, ...] = ()
    needs_delivery: bool = False
    delivered: bool = False
    was_delivered: bool = False
    asked: bool = False

    @property
    def may_go(self) -> bool:
        """True where nothing stands in the way but two persons' word."""
        return not self.held_by and (self.delivered or not self.needs_delivery) and not self.asked


class DueList(msgspec.Struct, frozen=True, kw_only=True):
    """The oldest of what is due; `has_more` tells that there is more than is shown."""

    items: list[Due]
    has_more: bool = False


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A hold that stands or has stood."""

    hold: str
    incident: str
    owner: OrganisationId
    reason: str
    account: str
    at: datetime
    lifted_at: datetime | None = None
    lifted_account: str = ""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """How things stand with one incident. Without a rule it is kept."""

    rule: Rule | None
    closed_at: datetime | None
    due_at: datetime | None
    erased_at: datetime | None
    holds: tuple[Held, ...]
    delivered_at: datetime | None
    is_delivered: bool


class Room:
    """Made once for a world that is served."""

    def __init__(self, query: Query, around: Around) -> None:
        self.around = around
        self._query = query

    # Rules

    def due(self, call: Call, limit: int = DUE_LIMIT) -> DueList:
        """What is due in the caller's organisations, the oldest first."""
        before = call.now - timedelta(days=least_days(self.around.rules))
        rows = [
            *self._query.rows(
                call.reader,
                INCIDENTS,
                {"is_erased": 0},
                at_most=("closed_at_ms", ms_of(before)),
                limit=LOOKED_AT_LIMIT,
            ),
            *self._query.rows(
                call.reader,
                ACCESS,
                {"is_erased": 0},
                at_most=("over_at_ms", ms_of(before)),
                limit=LOOKED_AT_LIMIT,
            ),
        ]
        found: list[Due] = []
        for row in rows:
            if len(found) > limit:
                break
            due = self._due(call, row)
            if due is not None:
                found.append(due)
        found.sort(key=lambda each: (each.due_at, each.subject))
        return DueList(items=found[:limit], has_more=len(found) > limit)

    def _due(self, call: Call, row: Row) -> Due | None:
        subject, owner = str(row["subject"]), OrganisationId(str(row["owner"]))
        sort, _, name = subject.partition(":")
        over = row["closed_at_ms"] if sort == INCIDENT else row["over_at_ms"]
        rule = rule_for(self.around.rules, sort, str(row.get("outcome") or ""))
        if rule is None or not rule.erases or not isinstance(over, int):
            return None
        at = due_at(rule, instant_of(over))
        if call.now < at:
            return None
        is_incident = sort == INCIDENT
        marks = self._marks(call, owner, name) if is_incident else frozenset[str]()
        return Due(
            subject=subject,
            owner=owner,
            label=self.around.label(call, name if is_incident else str(row["incident"])),
            rule=rule.code,
            over_at=instant_of(over),
            due_at=at,
            held_by=self._held_by(call, owner, name) if is_incident else (),
            needs_delivery=rule.needs_delivery,
            delivered=bool(marks) and self._mark(call, owner, subject) in marks,
            was_delivered=bool(marks),
            asked=self._is_asked(call, owner, subject),
        )

    def kept(self, call: Call, owner: OrganisationId, incident: str) -> Kept | None:
        """How things stand with an incident; None where the caller may not know."""
        subject = f"{INCIDENT}:{incident}"
        row = self._one(call, INCIDENTS, owner, subject)
        if row is None or row["reported_at_ms"] is None:
            return None
        rule = rule_for(self.around.rules, INCIDENT, str(row["outcome"]))
        closed, erased = _at(row["closed_at_ms"]), _at(row["erased_at_ms"])
        delivered = self._rows(call, DELIVERED, {"owner": owner, "incident": incident})
        marks = {str(each["mark"]) for each in delivered}
        return Kept(
            rule=rule,
            closed_at=closed,
            due_at=None if rule is None or closed is None else due_at(rule, closed),
            erased_at=erased,
            holds=tuple(self.holds(call, {"owner": owner, "subject": subject})),
            delivered_at=max((_sure(each["at_ms"]) for each in delivered), default=None),
            is_delivered=bool(marks) and self._mark(call, owner, subject) in marks,
        )

    def holds(self, call: Call, where: Mapping[str, Value] | None = None) -> list[Held]:
        """Holds of the caller's organisations, the newest first."""
        rows = self._rows(call, HOLDS, where or {})
        rows.sort(key=lambda row: -int(str(row["at_ms"])))
        return [
            Held(
                hold=str(row["hold"]),
                incident=str(row["subject"]).partition(":")[2],
                owner=OrganisationId(str(row["owner"])),
                reason=str(row["reason"]),
                account=str(row["account"]),
                at=_sure(row["at_ms"]),
                lifted_at=_at(row["lifted_at_ms"]),
                lifted_account=str(row["lifted_account"] or ""),
            )
            for row in rows
        ]

    # What was delivered, and what is asked to be erased

    def packages(self, call: Call) -> list[Package]:
        """Packages of the caller's organisations that were made here and not delivered."""
        done = {str(row["digest"]) for row in self._rows(call, DELIVERIES, {})}
        return [
            each
            for each in self.around.packages()
            if each.owner in call.reader.organisations and each.digest not in done
        ]

    def deliveries(self, call: Call) -> list[Row]:
        """What was delivered, the newest first."""
        rows = self._rows(call, DELIVERIES, {})
        return sorted(rows, key=lambda row: -int(str(row["at_ms"])))

    def erasures(self, call: Call) -> list[Row]:
        """Erasures that were asked for, those that wait first, then the newest."""
        rows = self._rows(call, ERASURES, {})
        waits = Erasure.ASKED.value
        return sorted(rows, key=lambda row: (row["state"] != waits, -int(str(row["asked_at_ms"]))))

    # Requests to see something

    def requests(self, call: Call, where: Mapping[str, Value] | None = None) -> list[Row]:
        """Requests to see something, those that run first, then the newest."""
        rows = self._rows(call, ACCESS, where or {})
        return sorted(rows, key=lambda row: (row["state"] not in RUNNING, -int(str(row["at_ms"]))))

    def request(self, call: Call, access: str) -> Row | None:
        """One of them; None where there is none that the caller may know."""
        subject = f"{ACCESS_SORT}:{access}"
        found = self._rows(call, ACCESS, {"subject": subject}) if is_subject(subject) else []
        return found[0] if found else None

    def choices(self, call: Call, request: Row) -> Choices:
        """What was chosen for it, by piece."""
        where = {"owner": request["owner"], "subject": request["subject"]}
        rows = self._rows(call, CHOICES, where)
        if len(rows) >= ROWS_LIMIT:
            # What a query does not give any more would be let in, in silence.
            raise Refusal(
                Refused(
                    code="access_too_large",
                    says=f"More than {ROWS_LIMIT} choices were made for this request.",
                    try_instead="Answer it on paper, or ask for a part of it at a time.",
                    values={"most": str(ROWS_LIMIT)},
                )
            )
        return {str(row["piece"]): str(row["ground"]) for row in rows}

    # How it is found

    def _rows(self, call: Call, view: View, where: Mapping[str, Value]) -> list[Row]:
        return self._query.rows(call.reader, view, where)

    def _one(self, call: Call, view: View, owner: OrganisationId, subject: str) -> Row | None:
        if not is_subject(subject):
            return None
        found = self._rows(call, view, {"owner": owner, "subject": subject})
        return found[0] if found else None

    def _marks(self, call: Call, owner: OrganisationId, incident: str) -> frozenset[str]:
        rows = self._rows(call, DELIVERED, {"owner": owner, "incident": incident})
        return frozenset(str(row["mark"]) for row in rows)

    def _mark(self, call: Call, owner: OrganisationId, subject: str) -> str:
        return mark_of(item.fact for item in self._query.history(call.reader, owner, subject))

    def _held_by(self, call: Call, owner: OrganisationId, incident: str) -> tuple[str, ...]:
        holds = self._rows(call, HOLDS, {"owner": owner, "subject": f"{INCIDENT}:{incident}"})
        asked = self._rows(call, ACCESS, {"owner": owner, "incident": incident})
        found = [str(row["reason"]) for row in holds if row["lifted_at_ms"] is None]
        found += ["access" for row in asked if row["state"] in RUNNING]
        return tuple(dict.fromkeys(found))

    def _is_asked(self, call: Call, owner: OrganisationId, subject: str) -> bool:
        for item in self._rows(call, ITEMS, {"owner": owner, "item": subject}):
            case = self._one(call, ERASURES, owner, str(item["subject"]))
            if case is not None and case["state"] == Erasure.ASKED:
                return True
        return False


RoomGiven: TypeAlias = Given[Room]


def _at(value: Value) -> datetime | None:
    return instant_of(value) if isinstance(value, int) else None


def _sure(value: Value) -> datetime:
    return instant_of(int(str(value)))


def named(rows: Sequence[Row]) -> list[tuple[str, Row]]:
    """Each row with the number of its subject."""
    return [(str(row["subject"]).partition(":")[2], row) for row in rows]
