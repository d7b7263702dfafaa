# SPDX-License-Identifier: Apache-2.0
"""Call-outs of an incident, receipts, and who is told of it once."""

from typing import Annotated, Literal

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from bavn.capabilities.alerting.decisions import asking
from bavn.capabilities.alerting.decisions.calling import no_such_alert
from bavn.capabilities.alerting.model.requests import BY_GATEWAY, GiveReceipt, Inform
from bavn.capabilities.alerting.views.room import RoomGiven
from bavn.capabilities.alerting.views.shown import (
    CalloutShown,
    ToInform,
    alert_row,
    callouts_of,
    to_inform,
)
from bavn.frame.desk import Refusal, carried_out
from bavn.frame.given import CallGiven, DeskGiven
from bavn.journal.decision import REF_CHARACTERS_LIMIT
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private

INCIDENT = "/api/v1/incidents/{incident_id:str}"
Ref = Annotated[str, msgspec.Meta(min_length=1, max_length=REF_CHARACTERS_LIMIT)]
Code = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,31}$")]
How = Literal["phone", "radio", "sms", "mail", "in_person"]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sent: a field that nobody knows is refused, never dropped."""


class ReceiptBody(Body, frozen=True, kw_only=True):
    """`delivered` when it has arrived, `acknowledged` when somebody answers it."""

    sort: Literal["delivered", "acknowledged"]


class InformedBody(Body, frozen=True, kw_only=True):
    """Who has been told, and how."""

    who: Code
    how: How = "phone"
    note: str = ""
    sender_ref: Ref | None = None


class CalloutList(msgspec.Struct, frozen=True, kw_only=True):
    """The call-outs of an incident, the newest first."""

    items: list[CalloutShown]
    next: str | None = None


class InformList(msgspec.Struct, frozen=True, kw_only=True):
    """Who has to know of an incident."""

    items: list[ToInform]
    next: str | None = None


class KeptAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """It is kept; `repeated` tells that it had been before."""

    id: str
    facts: tuple[str, ...]
    repeated: bool


@get(
    INCIDENT + "/alerts",
    opt={"act": "alerting.read_alerts"},
    summary="Who was called out, and who has answered",
)
async def alerts(
    incident_id: str, call: CallGiven, desk: DeskGiven, alerting: RoomGiven
) -> CalloutList:
    """Those of the caller's own crews; where an alert went is named by its sort alone."""
    goal = alerting.around.goal(call, incident_id)
    return CalloutList(items=callouts_of(call, desk.query, alerting.around, goal.incident))


@post(
    "/api/v1/alerts/{alert_id:str}/receipt",
    opt={"act": "alerting.give_receipt"},
    summary="An alert has arrived, or somebody answers it",
)
async def receipt(
    alert_id: str, data: JSONBody[ReceiptBody], call: CallGiven, desk: DeskGiven
) -> KeptAnswer:
    """Sent twice it is kept once."""
    row = alert_row(call, desk.query, alert_id)
    if row is None:
        raise Refusal(no_such_alert(alert_id))
    content = GiveReceipt(alert=alert_id, sort=data.sort, by=BY_GATEWAY)
    done = await carried_out(desk, call, OrganisationId(str(row["owner"])), content, None)
    return KeptAnswer(id=alert_id, facts=done.facts, repeated=not done.facts)


@get(
    INCIDENT + "/informed",
    opt={"act": "alerting.read_alerts"},
    summary="Who has to know of an incident, and who has been told",
)
async def informing(
    incident_id: str, call: CallGiven, desk: DeskGiven, alerting: RoomGiven
) -> InformList:
    """Those who have not been told first."""
    goal = alerting.around.goal(call, incident_id)
    return InformList(items=to_inform(call, desk.query, alerting.around, goal))


@post(
    INCIDENT + "/informed",
    opt={"act": "alerting.inform"},
    summary="Somebody who has to know has been told",
)
async def inform(
    incident_id: str,
    data: JSONBody[InformedBody],
    call: CallGiven,
    desk: DeskGiven,
    alerting: RoomGiven,
) -> KeptAnswer:
    """Refused for one who has been told already: nobody is told twice by two."""
    goal = alerting.around.goal(call, incident_id)
    told = Inform(
        incident=goal.incident,
        who=data.who,
        how=data.how,
        account=call.account,
        note=Private(data.note),
    )
    done = await asking.inform(desk, call, goal.service, told, data.sender_ref)
    return KeptAnswer(id=incident_id, facts=done.facts, repeated=done.repeated)


HANDLERS = (alerts, receipt, informing, inform)
