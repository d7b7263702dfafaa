# SPDX-License-Identifier: Apache-2.0
"""What can be asked of alerting."""

from datetime import timedelta
from hashlib import sha256

import msgspec

from bavn.capabilities.alerting.facts import RuleStep
from bavn.kernel.identity import FactId, OrganisationId
from bavn.kernel.instants import Instant
from bavn.kernel.private import Private

# Nobody is woken for an order that is older: by then somebody has phoned. A node that was down, or
# a backup that was put in its place, would else call crews out to what is over.
TOO_OLD = timedelta(minutes=30)
TURN_OUT, RECALL = "turn_out", "recall"
DELIVERED, ACKNOWLEDGED = "delivered", "acknowledged"
BY_GATEWAY, BY_PERSON, BY_UNIT = "gateway", "person", "unit"


class BeginCallout(msgspec.Struct, frozen=True, kw_only=True):
    """Call the crew of a unit out, or back, because of an order.

    `asked_by` is whose order it is, where this is what another service was asked to do.
    """

    unit: str
    incident: str
    order: FactId
    ordered_at: Instant
    sort: str
    asked_by: OrganisationId | None = None
    latitude: float | None = None
    longitude: float | None = None


class Escalate(msgspec.Struct, frozen=True, kw_only=True):
    """Begin the step of this number, if nobody has answered by now."""

    callout: str
    step: int


class NoteHandedOver(msgspec.Struct, frozen=True, kw_only=True):
    """Keep that an alert was handed over."""

    alert: str
    attempt_count: int


class NoteFailed(msgspec.Struct, frozen=True, kw_only=True):
    """Keep that an alert could not be handed over."""

    alert: str
    why: str
    attempt_count: int


class GiveReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """Say that an alert has arrived, or that somebody answers it."""

    alert: str
    sort: str
    by: str


class HearUnit(msgspec.Struct, frozen=True, kw_only=True):
    """Take a unit's own word about where it stands as the answer of its crew."""

    unit: str
    incident: str | None
    sort: str


class EndCallouts(msgspec.Struct, frozen=True, kw_only=True):
    """Wait for no more answers at an incident that is over."""

    incident: str


class SetAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Say how somebody is alerted."""

    id: str
    target: str
    channel: str
    rank: int
    address: Private


class RemoveAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Alert nobody there any more."""

    id: str


class SetAlertRule(msgspec.Struct, frozen=True, kw_only=True):
    """Say how a service escalates from an instant on."""

    begins_at: Instant
    steps: tuple[RuleStep, ...]
    board_wait_s: int
    basis: str


class SetInformRule(msgspec.Struct, frozen=True, kw_only=True):
    """Say who is told of which incidents from an instant on."""

    code: str
    begins_at: Instant
    danish: str
    english: str
    types: tuple[str, ...]
    units_least: int
    basis: str


class Inform(msgspec.Struct, frozen=True, kw_only=True):
    """Say that somebody has been told of an incident."""

    incident: str
    who: str
    how: str
    account: str
    note: Private


def callout_id(order: str, unit: str) -> str:
    """The number of a call-out: the same however often it is asked for."""
    return sha256(f"{order} {unit}".encode()).hexdigest()[:32]


def callout_of(alert: str) -> str:
    """The call-out that an alert belongs to.

    >>> callout_of("0123-7")
    '0123'
    """
    return alert.rpartition("-")[0]
