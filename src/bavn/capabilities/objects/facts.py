# SPDX-License-Identifier: Apache-2.0
"""What can have happened to objects, and who is told.

Everybody may know that a service has an object of some id in some municipality, and no more. What
the object is and where stays with its service and those who stand in for it. The card itself (door
codes, key boxes, names to call) is sealed there, and is told on, sealed, only to those who are
assigned to an incident at it.
"""

import msgspec

from bavn.journal.fact import Sealed
from bavn.journal.kinds import Kind
from bavn.kernel.audience import Scope


class ObjectListed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """There is an object of this id, or there is none any more. About `object:<id>`."""

    municipality: str | None = None
    is_over: bool = False


class ObjectDescribed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an object is, for its service. A later one replaces the whole. About `object:<id>`.

    `alarm_numbers` are those by which automatic alarms name it. `card` is sealed.
    """

    name: str
    sort: str = ""
    address: str = ""
    municipality: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    alarm_numbers: tuple[str, ...] = ()
    basis: str
    card: Sealed | None = None


class ObjectEnded(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """There is no such object any more. About `object:<id>`."""

    basis: str


class IncidentAtObject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An incident is at an object of its owner's. About the incident.

    `by` says how that was found: by the alarm's number, by its address, or by a person.
    """

    object: str
    by: str


class CardShared(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A card as it was, for one who is assigned to an incident at it. About the incident.

    All of it is sealed, under the incident's own key.
    """

    object: str
    card: Sealed | None = None


class CardRead(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody has read a card, told to whose it is. About `object:<id>` of its owner.

    `account` is the id of who read, which names nobody; a machine has none.
    """

    owner: str
    incident: str | None = None
    account: str | None = None


class ObjectListConfirmed(msgspec.Struct, frozen=True, kw_only=True):
    """A person has stood for a whole list of objects. About `object_list:<digest>`."""

    confirmer: str
    row_count: int
    added_count: int
    changed_count: int
    ended_count: int
    digest: str


OBJECT_LISTED = Kind(
    name="objects.object_listed",
    version=1,
    body=ObjectListed,
    scopes=frozenset({Scope.NATION}),
)
OBJECT_DESCRIBED = Kind(
    name="objects.object_described",
    version=1,
    body=ObjectDescribed,
    scopes=frozenset({Scope.OWN}),
    for_stand_in=True,
)
OBJECT_ENDED = Kind(
    name="objects.object_ended",
    version=1,
    body=ObjectEnded,
    scopes=frozenset({Scope.OWN}),
    for_stand_in=True,
)
# It comes with an alarm, and must get through as that does.
INCIDENT_AT_OBJECT = Kind(
    name="objects.incident_at_object",
    version=1,
    body=IncidentAtObject,
    scopes=frozenset({Scope.OWN}),
    alarm=True,
    for_stand_in=True,
)
CARD_SHARED = Kind(
    name="objects.card_shared",
    version=1,
    body=CardShared,
    scopes=frozenset({Scope.TO}),
)
CARD_READ = Kind(
    name="objects.card_read",
    version=1,
    body=CardRead,
    scopes=frozenset({Scope.TO}),
)
OBJECT_LIST_CONFIRMED = Kind(
    name="objects.object_list_confirmed",
    version=1,
    body=ObjectListConfirmed,
    scopes=frozenset({Scope.OWN}),
)
KINDS = (
    OBJECT_LISTED,
    OBJECT_DESCRIBED,
    OBJECT_ENDED,
    INCIDENT_AT_OBJECT,
    CARD_SHARED,
    CARD_READ,
    OBJECT_LIST_CONFIRMED,
)
