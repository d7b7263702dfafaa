# SPDX-License-Identifier: Apache-2.0
"""Call-outs: begun by an order, escalated by time, ended by an answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from bavn.capabilities.alerting.facts import (
    AlertAsked,
    AlertFailed,
    AlertHandedOver,
    AlertReceipted,
    CalloutBegun,
    CalloutEnded,
    CalloutEscalated,
)
from bavn.capabilities.alerting.model.escalating import Address, Rule, holding, plan
from bavn.capabilities.alerting.model.requests import (
    ACKNOWLEDGED,
    BY_PERSON,
    BY_UNIT,
    DELIVERED,
    RECALL,
    TOO_OLD,
    BeginCallout,
    EndCallouts,
    Escalate,
    GiveReceipt,
    HearUnit,
    NoteFailed,
    NoteHandedOver,
    callout_id,
    callout_of,
)
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.refusal import Refused

STOOD_DOWN, ORDERED_AGAIN, CLOSED = "stood_down", "ordered_again", "closed"
OPEN, UNANSWERED = "open", "unanswered"
# States in which somebody is still waited for.
WAITING = frozenset({OPEN, UNANSWERED})
DONE = frozenset({"answered", "ended"})
QUEUED, FAILED = "queued", "failed"


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What a call-out is begun on.

    `service` is whose unit it is, as the register says; None for one that nobody knows.
    """

    service: OrganisationId | None
    station: str
    addresses: Sequence[Address]
    # True when the service alerts at all by this system.
    is_used: bool
    rules: Sequence[Rule]
    # All call-outs of the unit for the incident.
    callouts: Sequence[Row]
    place: Row | None


def begin(
    ground: Ground, request: BeginCallout, context: Context, country: Rule
) -> Sequence[Draft]:
    """Call the crew out, or ask whoever's crew it is to.

    Begun twice it is one call-out. A service that keeps no addresses alerts by other means, and
    nothing is told.
    """
    id_ = callout_id(f"{request.order} {request.sort}", request.unit)
    is_old = context.now - request.ordered_at > TOO_OLD
    if is_old or any(row["subject"] == f"callout:{id_}" for row in ground.callouts):
        return []
    if ground.service not in (None, context.owner) and request.asked_by is None:
        return [_asked(ground, request, context)]
    if not ground.is_used:
        return []
    rule = holding(ground.rules, context.now, country)
    body = CalloutBegun(
        unit=request.unit,
        incident=request.incident,
        order=request.order,
        sort=request.sort,
        steps=plan(id_, rule.steps, ground.addresses, request.unit, ground.station),
        board_wait_s=rule.board_wait_s,
        asked_by=request.asked_by,
        latitude=request.latitude,
        longitude=request.longitude,
    )
    about = (
        callout_subject(id_),
        Subject(f"incident:{request.incident}"),
        Subject(f"unit:{request.unit}"),
    )
    why = STOOD_DOWN if request.sort == RECALL else ORDERED_AGAIN
    ended = [_ended(row, why, context) for row in ground.callouts if row["state"] in WAITING]
    return [*ended, Draft(body=body, about=about, happened_at=context.now)]


def escalate(callout: Row | None, request: Escalate, context: Context) -> Sequence[Draft]:
    """Begin the next step, if this call-out still waits, and for just this step."""
    if callout is None or callout["state"] != OPEN or request.step != _next(callout):
        return []
    return [_told(CalloutEscalated(step=request.step), request.callout, context.now)]


def note_handed_over(
    alerts: Sequence[Row], request: NoteHandedOver, context: Context
) -> list[Draft]:
    """Keep that it was handed over; told twice it is once."""
    alert = _the(alerts, request.alert)
    if alert is None or alert["handed_at_ms"] is not None:
        return []
    body = AlertHandedOver(alert=request.alert, attempt_count=request.attempt_count)
    return [_told(body, callout_of(request.alert), context.now)]


def note_failed(
    state: tuple[Row | None, Sequence[Row]], request: NoteFailed, context: Context
) -> list[Draft]:
    """Keep that it failed; where that was the last of its step, the next begins at once."""
    callout, alerts = state
    alert = _the(alerts, request.alert)
    if callout is None or alert is None or alert["state"] != QUEUED:
        return []
    id_ = callout_of(request.alert)
    body = AlertFailed(alert=request.alert, why=request.why, attempt_count=request.attempt_count)
    drafts = [_told(body, id_, context.now)]
    current = [row for row in alerts if row["step"] == callout["step"]]
    are_others_failed = all(
        row["state"] == FAILED for row in current if row["alert"] != request.alert
    )
    if callout["state"] == OPEN and alert["step"] == callout["step"] and are_others_failed:
        drafts.append(_told(CalloutEscalated(step=_next(callout)), id_, context.now))
    return drafts


def receipt(
    state: tuple[Row | None, Sequence[Row]], request: GiveReceipt, context: Context
) -> Sequence[Draft] | Refused:
    """Keep that it has arrived, or that somebody answers. Whatever comes twice is kept once."""
    callout, alerts = state
    alert = _the(alerts, request.alert)
    # A person may answer for a crew that nobody could be alerted for.
    if callout is None or (alert is None and request.by != BY_PERSON):
        return no_such_alert(request.alert)
    if request.sort not in (DELIVERED, ACKNOWLEDGED):
        return Refused(
            code="no_such_receipt",
            says=f"{request.sort} is no receipt.",
            try_instead=f"Send {DELIVERED} or {ACKNOWLEDGED}.",
            values={"sort": request.sort},
        )
    known = None if alert is None else alert["receipt"]
    if known in (request.sort, ACKNOWLEDGED) or callout["state"] in DONE:
        return []
    name = "" if alert is None else request.alert
    body = AlertReceipted(alert=name, sort=request.sort, by=request.by)
    return [_told(body, callout_of(request.alert), context.now)]


def hear_unit(callouts: Sequence[Row], request: HearUnit, context: Context) -> list[Draft]:
    """Who says that it is on its way has been reached."""
    return [
        _told(AlertReceipted(alert="", sort=ACKNOWLEDGED, by=BY_UNIT), _id_of(row), context.now)
        for row in callouts
        if row["state"] in WAITING
        and row["sort"] == request.sort
        and request.incident in (None, row["incident"])
    ]


def end(callouts: Sequence[Row], _request: EndCallouts, context: Context) -> list[Draft]:
    """Nobody is waited for any more where the work is over."""
    return [_ended(row, CLOSED, context) for row in callouts if row["state"] in WAITING]


def no_such_alert(alert: str) -> Refused:
    """There is no such alert, or it is not the caller's to know of."""
    return Refused(
        code="no_such_alert",
        says=f"There is no alert {alert} here.",
        try_instead="Send the number that came with the alert, as it came.",
        values={"alert": alert},
    )


def callout_subject(id_: str) -> Subject:
    """What a fact about a call-out is about."""
    return Subject(f"callout:{id_}")


def _asked(ground: Ground, request: BeginCallout, context: Context) -> Draft:
    assert ground.service is not None, "what is nobody's is called out here"
    place: Mapping[str, object] = ground.place or {}
    body = AlertAsked(
        of=ground.service,
        unit=request.unit,
        incident=request.incident,
        order=request.order,
        sort=request.sort,
        latitude=_degrees(place.get("latitude")),
        longitude=_degrees(place.get("longitude")),
    )
    about = (Subject(f"incident:{request.incident}"), Subject(f"unit:{request.unit}"))
    return Draft(body=body, about=about, to=(ground.service,), happened_at=context.now)


def _told(body: msgspec.Struct, id_: str, now: datetime) -> Draft:
    return Draft(body=body, about=(callout_subject(id_),), happened_at=now)


def _ended(row: Row, why: str, context: Context) -> Draft:
    return _told(CalloutEnded(why=why), _id_of(row), context.now)


def _id_of(row: Row) -> str:
    return str(row["subject"]).partition(":")[2]


def _next(callout: Row) -> int:
    step = callout["step"]
    assert isinstance(step, int), "the view says so"
    return step + 1


def _the(alerts: Sequence[Row], alert: str) -> Row | None:
    return next((row for row in alerts if row["alert"] == alert), None)


def _degrees(value: object) -> float | None:
    return value if isinstance(value, float) else None
