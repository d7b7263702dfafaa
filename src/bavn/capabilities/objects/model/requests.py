# SPDX-License-Identifier: Apache-2.0
"""What can be asked about objects."""

import msgspec

from bavn.capabilities.objects.model.card import Card, Described, Told
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private

_encode = msgspec.json.encode
# Each is told in two facts, and a request makes 64 at most.
OBJECTS_PER_REQUEST = 30


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """What an object is from now on; what was said before is replaced whole."""

    id: str
    described: Described
    card: Private


class TellObjects(msgspec.Struct, frozen=True, kw_only=True):
    """Say what objects are, and which there are no more.

    `confirmer` is the account of the person who stands for it; nobody needs to in a demonstration.
    `of_list` tells that this is a piece of a whole list, in which no number stands twice.
    """

    told: tuple[Telling, ...] = ()
    ended: tuple[str, ...] = ()
    confirmer: str = ""
    of_list: bool = False


class ConfirmObjectList(msgspec.Struct, frozen=True, kw_only=True):
    """Stand for a whole list by name; its objects are told after it."""

    digest: str
    confirmer: str
    row_count: int
    added_count: int
    changed_count: int
    ended_count: int


class LinkObject(msgspec.Struct, frozen=True, kw_only=True):
    """Say that an incident is at an object."""

    incident: str
    object: str
    by: str


class ShareCard(msgspec.Struct, frozen=True, kw_only=True):
    """Give one who is assigned to an incident the card of what it is at."""

    incident: str
    object: str
    to: OrganisationId
    card: Private


class NoteReading(msgspec.Struct, frozen=True, kw_only=True):
    """Keep that a card was read, and by whom."""

    owner: OrganisationId
    object: str
    incident: str | None = None
    account: str = ""


def sealed_text(content: Card | Told) -> Private:
    """A card as one text for the vault: it is read whole, and erased whole."""
    return Private(_encode(content).decode())
