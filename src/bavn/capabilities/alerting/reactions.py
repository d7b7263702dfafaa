# SPDX-License-Identifier: Apache-2.0
"""What follows by itself: an order leads to call-outs, a call-back to recalls, time to the next."""

from collections.abc import Sequence

import msgspec

from bavn.capabilities.alerting.facts import AlertAsked
from bavn.capabilities.alerting.model.requests import (
    RECALL,
    TOO_OLD,
    TURN_OUT,
    BeginCallout,
    EndCallouts,
    HearUnit,
)
from bavn.capabilities.dispatch.facts import UnitsOrdered, UnitsStoodDown
from bavn.capabilities.operations.facts import IncidentClosed, UnitStatusChanged
from bavn.journal.fact import Fact
from bavn.journal.reaction import Reaction
from bavn.kernel.identity import OrganisationId

INCIDENT, UNIT = "incident:", "unit:"
FREE = "available"
# A unit that says one of these has been reached, whatever its receipts say, and by which call-out.
ANSWERS = {
    "alerted": TURN_OUT,
    "en_route": TURN_OUT,
    "at_scene": TURN_OUT,
    "returning": RECALL,
    "available": RECALL,
    "on_radio": RECALL,
}


def _incident(fact: Fact) -> str:
    return next(each for each in fact.about if each.startswith(INCIDENT)).removeprefix(INCIDENT)


def _ordered(fact: Fact, body: UnitsOrdered) -> Sequence[msgspec.Struct]:
    return [_callout(fact, unit, TURN_OUT) for unit in body.units]


def _stood_down(fact: Fact, body: UnitsStoodDown) -> Sequence[msgspec.Struct]:
    return [_callout(fact, unit, RECALL) for unit in body.units]


def _callout(fact: Fact, unit: str, sort: str) -> BeginCallout:
    return BeginCallout(
        unit=unit,
        incident=_incident(fact),
        order=fact.id,
        ordered_at=fact.happened_at,
        sort=sort,
    )


def _asked_of(_fact: Fact, body: AlertAsked) -> OrganisationId:
    return body.of


def _asked(fact: Fact, body: AlertAsked) -> Sequence[msgspec.Struct]:
    return [
        BeginCallout(
            unit=body.unit,
            incident=body.incident,
            order=body.order,
            ordered_at=fact.happened_at,
            sort=body.sort,
            asked_by=fact.owner,
            latitude=body.latitude,
            longitude=body.longitude,
        )
    ]


def _stands(fact: Fact, body: UnitStatusChanged) -> Sequence[msgspec.Struct]:
    units = [each.removeprefix(UNIT) for each in fact.about if each.startswith(UNIT)]
    sort = ANSWERS.get(body.status)
    # That it is free a unit says all day, of no incident, and thousands do at once after a cut: to
    # look each up would hold the writer for nothing.
    if sort is None or (body.status == FREE and body.incident is None):
        return []
    return [HearUnit(unit=each, incident=body.incident, sort=sort) for each in units]


def _closed(fact: Fact, _body: IncidentClosed) -> Sequence[msgspec.Struct]:
    return [EndCallouts(incident=_incident(fact))]


REACTIONS = (
    Reaction(name="alert-ordered", body=UnitsOrdered, requests=_ordered, stale_after=TOO_OLD),
    Reaction(
        name="recall-stood-down",
        body=UnitsStoodDown,
        requests=_stood_down,
        stale_after=TOO_OLD,
    ),
    Reaction(
        name="alert-as-asked",
        body=AlertAsked,
        requests=_asked,
        stale_after=TOO_OLD,
        owner=_asked_of,
    ),
    Reaction(
        name="answered-by-status",
        body=UnitStatusChanged,
        requests=_stands,
        stale_after=TOO_OLD,
    ),
    Reaction(name="end-callouts", body=IncidentClosed, requests=_closed, stale_after=TOO_OLD),
)
