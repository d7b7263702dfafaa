# SPDX-License-Identifier: Apache-2.0
"""Cards that are opened: for whom, and that it was done.

Open to people of the object's service (and of whoever goes on for it) who may read personal data;
and to those who were told it for an incident, while it lasts and they are assigned.
"""

from dataclasses import replace
from enum import StrEnum
from hashlib import sha256

import msgspec

from bavn.capabilities.objects.model.card import Card, Described, Told
from bavn.capabilities.objects.model.requests import NoteReading
from bavn.capabilities.objects.ports import AtIncident, Surroundings
from bavn.capabilities.objects.views import INCIDENT_OBJECTS, SHARED_CARDS
from bavn.capabilities.objects.views.looking import ObjectHere, all_of, near, one
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.journal.fact import Sealed
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import ms_of
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

# Who looks again at the same card within so long has read it once: a page loads itself anew with
# everything that is told of its incident.
READ_ONCE_MS = 15 * 60 * 1000


_NOT_PERSONAL = Refused(
    code="cards_are_shut",
    says="Cards are open to people who may read personal data.",
    try_instead="Ask somebody at the service who may.",
)


class Why(StrEnum):
    """Why a card is open, or is not."""

    OWN = "own"
    ASSIGNED = "assigned"
    # There is nothing on it.
    EMPTY = "empty"
    # Not somebody who may read what may name people.
    NOT_PERSONAL = "not_personal"
    # The incident is closed, or the reader's units are sent home.
    OVER = "over"
    # Its key was destroyed, or has not come yet.
    GONE = "gone"


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A card, or why there is none."""

    why: Why
    card: Card | None = None


class AtObject(msgspec.Struct, frozen=True, kw_only=True):
    """The object that an incident is at, with its card as far as the reader may have it.

    `by` says how it was found; `metres` is there for one that is only near.
    """

    owner: OrganisationId
    id: str
    told: Told
    opened: Opened
    by: str
    metres: float | None = None
    is_linked: bool = True


async def own_card(
    desk: Desk, call: Call, around: Surroundings, here: ObjectHere, incident: str | None = None
) -> Opened:
    """The card of an object whose service the reader is of; that it is read is kept."""
    if here.sealed is None:
        return Opened(why=Why.EMPTY)
    if not call.reader.personal or not around.may_open(call, here.owner):
        return Opened(why=Why.NOT_PERSONAL)
    await _noted(desk, call, here.owner, here.id, incident)
    found = await desk.reveal(call.reader, here.owner, here.sealed)
    if not isinstance(found, Private):
        return Opened(why=Why.GONE)
    return Opened(why=Why.OWN, card=msgspec.json.decode(found.reveal(), type=Card))


async def all_told(desk: Desk, call: Call, owner: OrganisationId) -> dict[str, Told]:
    """Every object of a service with its card, to compare a list with; ends where cards are shut.

    It is no reading by a person: nothing of it is shown but that it differs. The node's own log
    has each of them.
    """
    if not call.reader.personal:
        raise Refusal(_NOT_PERSONAL)
    found: dict[str, Told] = {}
    for here in all_of(desk.query, call.reader, owner):
        card = Card()
        if here.sealed is not None:
            text = await desk.reveal(call.reader, here.owner, here.sealed)
            if isinstance(text, Private):
                card = msgspec.json.decode(text.reveal(), type=Card)
        found[here.id] = Told(described=here.described, card=card)
    return found


async def at_incident(
    desk: Desk, call: Call, around: Surroundings, incident: str
) -> AtObject | None:
    """The object that an incident is at, as far as the reader may know it."""
    at = around.incident(call, incident)
    subject = {"subject": f"incident:{incident}"}
    for row in desk.query.rows(call.reader, INCIDENT_OBJECTS, subject):
        here = one(desk.query, call.reader, str(row["owner"]), str(row["object"]))
        if here is not None:
            return await _of_own(desk, call, around, here, incident, str(row["by"]))
    for row in desk.query.rows(call.reader, SHARED_CARDS, subject):
        return await _of_another(desk, call, around, at, row)
    return await _near(desk, call, at)


async def _of_own(
    desk: Desk, call: Call, around: Surroundings, here: ObjectHere, incident: str, by: str
) -> AtObject:
    opened = await own_card(desk, call, around, here, incident)
    told = Told(described=here.described, card=opened.card or Card())
    return AtObject(owner=here.owner, id=here.id, told=told, opened=opened, by=by)


async def _near(desk: Desk, call: Call, at: AtIncident) -> AtObject | None:
    """What is only near is named; its card is opened by whoever says that it is there."""
    if at.lat is None or at.lon is None or not at.is_open:
        return None
    found = near(desk.query, call.reader, at.service, (at.lat, at.lon))
    if not found:
        return None
    metres, here = found[0]
    return AtObject(
        owner=here.owner,
        id=here.id,
        told=Told(described=here.described, card=Card()),
        opened=Opened(why=Why.EMPTY),
        by="near",
        metres=metres,
        is_linked=False,
    )


async def _of_another(
    desk: Desk, call: Call, around: Surroundings, at: AtIncident, row: Row
) -> AtObject | None:
    """What another service has told us, as long as we are assigned."""
    owner, id_ = OrganisationId(str(row["owner"])), str(row["object"])

    def found(why: Why, told: Told | None = None) -> AtObject | None:
        if told is None:
            return None if why is Why.OVER else _unopened(owner, id_, why)
        opened = Opened(why=why, card=told.card)
        return AtObject(owner=owner, id=id_, told=told, opened=opened, by="assigned")

    # Whose units are sent: not all whose words the reader may hear.
    ours = around.assigned(at.id) & call.reader.organisations & call.organisations
    if not at.is_open or not ours:
        return found(Why.OVER)
    if not call.reader.personal or not around.may_open(call, owner, assigned=True):
        return found(Why.NOT_PERSONAL)
    await _noted(desk, call, owner, id_, at.id)
    # Its owner has told it to us for this: what is looked for above is what it was told for.
    purpose = replace(call.reader, organisations=frozenset({owner}))
    sealed = Sealed(sealed=str(row["sealed"]), key=str(row["sealed_key"]))
    read = await desk.reveal(purpose, owner, sealed)
    if not isinstance(read, Private):
        return found(Why.GONE)
    return found(Why.ASSIGNED, msgspec.json.decode(read.reveal(), type=Told))


def _unopened(owner: OrganisationId, id_: str, why: Why) -> AtObject:
    from_there = Told(described=Described(name=id_), card=Card())
    return AtObject(owner=owner, id=id_, told=from_there, opened=Opened(why=why), by="assigned")


async def _noted(
    desk: Desk, call: Call, owner: OrganisationId, id_: str, incident: str | None
) -> None:
    """Keep that it is read; a card is not withheld because that could not be written."""
    reader = call.account or call.sender
    window = ms_of(call.now) // READ_ONCE_MS
    content = NoteReading(owner=owner, object=id_, incident=incident, account=call.account)
    number = sha256(f"{owner}/{id_}/{incident}/{reader}/{window}".encode()).hexdigest()[:32]
    try:
        await carried_out(desk, call, call.actor.organisation, content, f"read-{number}")
    except Refusal:
        # Every opening of a sealed text stands in the node's own log as well.
        return
