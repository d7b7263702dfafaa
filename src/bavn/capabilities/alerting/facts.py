# SPDX-License-Identifier: Apache-2.0
"""What can have happened in alerting, and who is told.

An order is dispatch's word; that crews were called out is ours; that they are on the way is their
own. Addresses and numbers of people are sealed, and nothing of this leaves the node but what is
asked of another service's: that it calls its own crew.
"""

from typing import Annotated

import msgspec

from bavn.journal.fact import Sealed
from bavn.journal.kinds import Kind
from bavn.kernel.audience import Scope
from bavn.kernel.identity import FactId, OrganisationId
from bavn.kernel.instants import Instant

# More steps would be over before anybody has looked; more addresses in one is a mailing list.
STEPS_LIMIT, ALERTS_LIMIT = 8, 24
Seconds = Annotated[int, msgspec.Meta(ge=0, le=3600)]


class PlannedAlert(msgspec.Struct, frozen=True, gc=False):
    """One alert of a call-out: its number, the address that it goes to, and by which channel."""

    id: str
    address: str
    channel: str


class PlannedStep(msgspec.Struct, frozen=True, gc=False):
    """Who is alerted when the step before has waited so long for an answer."""

    wait_s: Seconds
    alerts: tuple[PlannedAlert, ...]


class CalloutBegun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The crew of a unit is being called out, or called back, by an order.

    About `callout:<id>`, the incident and the unit. All that will be tried stands in `steps`; the
    first is under way. Without any, nobody is known who could be alerted. `asked_by` is whose
    order it is, where that is another's.
    """

    unit: str
    incident: str
    order: FactId
    sort: str
    steps: tuple[PlannedStep, ...]
    board_wait_s: Seconds
    asked_by: OrganisationId | None = None
    latitude: float | None = None
    longitude: float | None = None


class CalloutEscalated(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody has answered: the step of this number begins; after the last, it is the board's."""

    step: int


class AlertHandedOver(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever carries the alert on has taken it."""

    alert: str
    attempt_count: int


class AlertFailed(msgspec.Struct, frozen=True, kw_only=True):
    """The alert could not be handed over, and is not tried again."""

    alert: str
    why: str
    attempt_count: int


class AlertReceipted(msgspec.Struct, frozen=True, kw_only=True):
    """An alert has arrived (`delivered`), or somebody has answered it (`acknowledged`).

    `by` is `gateway`, `person` or `unit`: the last is the unit's own word about where it stands.
    """

    alert: str
    sort: str
    by: str


class CalloutEnded(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody waits for an answer any more: the order was called back, or the incident is over."""

    why: str


class AlertAsked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Another service is to call one of its own crews out, or back: its addresses are its own."""

    of: OrganisationId
    unit: str
    incident: str
    order: FactId
    sort: str
    latitude: float | None = None
    longitude: float | None = None


class AddressSet(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How somebody is alerted. About `alert_address:<id>`.

    `target` is `unit:<id>`, `station:<id>` or `function:<code>`; a rule names the `rank`.
    """

    target: str
    channel: str
    rank: int
    address: Sealed | None = None


class AddressRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody is alerted there any more."""


class RuleStep(msgspec.Struct, frozen=True, gc=False):
    """After so long without an answer these are alerted: `unit/1`, `station/*`, `function:x/2`."""

    wait_s: Seconds
    to: tuple[str, ...]


class RuleSet(msgspec.Struct, frozen=True, kw_only=True):
    """How a service escalates, from an instant on. About `alert_rule:callouts`."""

    begins_at: Instant
    steps: Annotated[tuple[RuleStep, ...], msgspec.Meta(max_length=STEPS_LIMIT)]
    board_wait_s: Seconds
    basis: str


class InformRuleSet(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told of which incidents, from an instant on. About `inform_rule:<code>`.

    An empty `types` is every type, and a type may end in a star. `units_least` is how many units
    make it large enough. One without a name is not told any more.
    """

    begins_at: Instant
    danish: str
    english: str
    types: tuple[str, ...]
    units_least: int
    basis: str


class Informed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who has to know of an incident has been told. `how` is such as `phone`."""

    who: str
    how: str
    account: str
    note: Sealed | None = None


_OWN = frozenset({Scope.OWN})


def _own(name: str, body: type[msgspec.Struct], *, alarm: bool = False) -> Kind:
    return Kind(name=f"alerting.{name}", version=1, body=body, scopes=_OWN, alarm=alarm)


KINDS = (
    _own("callout_begun", CalloutBegun, alarm=True),
    _own("callout_escalated", CalloutEscalated, alarm=True),
    _own("alert_handed_over", AlertHandedOver),
    _own("alert_failed", AlertFailed, alarm=True),
    _own("alert_receipted", AlertReceipted),
    _own("callout_ended", CalloutEnded, alarm=True),
    # Comes with an order, and goes to whose crew it is.
    Kind(
        name="alerting.alert_asked",
        version=1,
        body=AlertAsked,
        scopes=frozenset({Scope.TO}),
        alarm=True,
    ),
    _own("address_set", AddressSet),
    _own("address_removed", AddressRemoved),
    _own("rule_set", RuleSet),
    _own("inform_rule_set", InformRuleSet),
    Kind(name="alerting.informed", version=1, body=Informed, scopes=_OWN, for_stand_in=True),
)
