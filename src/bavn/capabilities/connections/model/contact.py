# SPDX-License-Identifier: Apache-2.0
"""Before anything is taken over: who may, and whether somebody has tried to reach the centre.

A silent node is not a dead centre. Its people go on by radio, and know nothing of a link that is
down. So somebody calls first, and a named person decides.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from bavn.journal.roster import Roster
from bavn.kernel.identity import NodeId, OrganisationId


class Contact(StrEnum):
    """What came of trying to reach the centre."""

    VOICE = "voice"
    NO_CONTACT = "no_contact"


class Way(StrEnum):
    """How it was tried."""

    SINE = "sine"
    PHONE = "phone"
    NEIGHBOUR = "neighbour"
    MESSENGER = "messenger"


# Both must have failed before a centre counts as not to be reached: they rest on different nets.
BOTH_NEEDED = frozenset({Way.SINE, Way.PHONE})
# A try says something about now. An hour leaves time for the others, and for the form.
TRIED_WITHIN = timedelta(hours=1)
# People's clocks, and the second in which the form was sent.
AHEAD_LIMIT = timedelta(minutes=5)


class Why(StrEnum):
    """What is missing in what was documented."""

    NO_REASON = "no_reason_given"
    NO_DECIDER = "no_decider"
    NOBODY_CALLED = "nobody_called"
    NOT_TRIED = "not_tried"
    NO_TIME = "no_time"
    TOO_LONG_AGO = "tried_too_long_ago"
    STILL_HEARD = "still_heard"


def missing(
    contact: Contact,
    ways: Collection[str],
    tried_at: datetime | None,
    now: datetime,
    *,
    is_heard: bool,
) -> Why | None:
    """What is missing in the documented contact; None when it is enough."""
    if is_heard and contact is not Contact.VOICE:
        return Why.STILL_HEARD
    if contact is Contact.NO_CONTACT and not set(ways) >= BOTH_NEEDED:
        return Why.NOT_TRIED
    if tried_at is None:
        return Why.NO_TIME
    if tried_at > now + AHEAD_LIMIT or now - tried_at > TRIED_WITHIN:
        return Why.TOO_LONG_AGO
    return None


def ways_left(ways: Collection[str]) -> list[Way]:
    """The ways that have to be tried still."""
    return [way for way in Way if way in BOTH_NEEDED and way not in ways]


def may_take_over(roster: Roster, node: NodeId, owner: OrganisationId) -> bool:
    """True for a named stand-in, for who sees to the owner, and for where trust begins."""
    is_named = any(each.node == node for each in roster.stand_ins.get(owner, ()))
    return is_named or sees_to(roster, node, owner)


def sees_to(roster: Roster, node: NodeId, owner: OrganisationId) -> bool:
    """True for who stands above an owner."""
    above = (owner in roster.under.get(each, ()) for each in roster.hosted_by(node))
    return node in roster.roots or any(above)
