# SPDX-License-Identifier: Apache-2.0
"""What can have happened between centres: taken over, handed back, weighed, asked and answered.

Who goes on for whom is for everyone to know; who was called, and why, is for those who decided.
"""

from typing import Annotated

import msgspec

from bavn.journal.conflicts import ConflictSettled
from bavn.journal.fact import Epoch, Sealed
from bavn.journal.kinds import Kind
from bavn.kernel.audience import Scope
from bavn.kernel.identity import NodeId, OrganisationId
from bavn.kernel.instants import Instant

# Ways of trying to reach somebody: radio, telephone, and whatever else was at hand.
_Ways = Annotated[tuple[str, ...], msgspec.Meta(max_length=16)]


class TakenOver(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A node goes on for an organisation whose own node is silent; the ground was documented.

    `contact` is `voice` when the centre itself said so, `no_contact` when it could not be reached.
    The names of who decided and who was called, and the reason, are sealed.
    """

    of: OrganisationId
    node: NodeId
    from_node: NodeId
    epoch: Epoch
    contact: str
    tried_by: _Ways
    tried_at: Instant
    heard_at: Instant | None = None
    decider: Sealed | None = None
    called: Sealed | None = None
    reason: Sealed | None = None


class HandedBack(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation is hosted by a node again that had it before."""

    of: OrganisationId
    node: NodeId
    from_node: NodeId
    epoch: Epoch
    # Conflicts that nobody had settled then.
    conflict_count: int


class AskedReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An alarm that is somebody else's: what everyone may know of it."""

    incident: str
    area: OrganisationId
    incident_type: str | None = None
    municipality: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    urgency: str | None = None
    place_by: str | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something was asked of another organisation; it is kept here until that answers.

    Either an alarm that is to be its incident, or a request in words.
    """

    of: OrganisationId
    report: AskedReport | None = None
    text: Sealed | None = None


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked has come to whom it was asked of."""

    asker: OrganisationId


class Answered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was asked has an answer: `taken` or `declined`."""

    asker: OrganisationId
    answer: str
    incident: str | None = None
    text: Sealed | None = None


_NATION = frozenset({Scope.NATION})
_TO = frozenset({Scope.TO})

TAKEN_OVER = Kind(name="connections.taken_over", version=1, body=TakenOver, scopes=_NATION)
HANDED_BACK = Kind(name="connections.handed_back", version=1, body=HandedBack, scopes=_NATION)
# Whoever holds the facts that were weighed must know that they were.
CONFLICT_SETTLED = Kind(
    name="connections.conflict_settled", version=1, body=ConflictSettled, scopes=_NATION
)
# It comes with an alarm.
ASKED = Kind(name="connections.asked", version=1, body=Asked, scopes=_TO, alarm=True)
# Whoever goes on for an owner must know what was answered in its name: an alarm that one has taken
# up and closed must not be taken up again by the next.
HEARD = Kind(name="connections.heard", version=1, body=Heard, scopes=_TO, for_stand_in=True)
ANSWERED = Kind(
    name="connections.answered", version=1, body=Answered, scopes=_TO, for_stand_in=True
)
KINDS = (TAKEN_OVER, HANDED_BACK, CONFLICT_SETTLED, ASKED, HEARD, ANSWERED)
