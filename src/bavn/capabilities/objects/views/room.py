# SPDX-License-Identifier: Apache-2.0
"""What the handlers of objects work with beside the record; made once for a served world."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from bavn.capabilities.objects.model.card import Told
from bavn.capabilities.objects.model.lists import (
    Difference,
    Known,
    ReadList,
    Sort,
    differences,
    digest_of,
    read_list,
)
from bavn.capabilities.objects.ports import Surroundings
from bavn.capabilities.objects.views.cards import all_told
from bavn.capabilities.objects.views.looking import ObjectHere, one
from bavn.codecs import sheets
from bavn.codecs.sheets import Fault
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal
from bavn.frame.given import Given
from bavn.kernel.identity import OrganisationId
from bavn.kernel.refusal import Refused


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """A list that was looked at: its text, what is wrong with it, or what it would change."""

    text: str
    wanted: Mapping[str, Told]
    faults: tuple[Fault, ...]
    found: tuple[Difference, ...]
    ground: str | None

    @property
    def moving(self) -> tuple[Difference, ...]:
        """What it would change."""
        return tuple(each for each in self.found if each.sort is not Sort.SAME)

    def count(self, sort: Sort) -> int:
        """How many objects it does this to."""
        return sum(each.sort is sort for each in self.found)


@dataclass(kw_only=True)
class Room:
    """What others know."""

    around: Surroundings

    def known(self) -> Known:
        """What a list may refer to."""
        return Known(
            municipalities=frozenset(each.code for each in self.around.municipalities),
            bounds=self.around.bounds,
        )

    async def looked(self, desk: Desk, call: Call, owner: OrganisationId, raw: bytes) -> Looked:
        """What a whole list of a service would change, beside what it has now."""
        text = sheets.text_of(raw)
        whole = text.encode()
        read: ReadList = read_list(whole, self.known())
        if read.faults:
            return Looked(text=text, wanted={}, faults=read.faults, found=(), ground=None)
        now = await all_told(desk, call, owner)
        found = tuple(differences(now, read.objects))
        return Looked(
            text=text,
            wanted=read.objects,
            faults=(),
            found=found,
            ground=digest_of(whole, found),
        )

    def has(self, desk: Desk, call: Call, owner: OrganisationId, id_: str) -> bool:
        """True when there is an object of this id, and it is not over."""
        found = one(desk.query, call.reader, owner, id_)
        return found is not None and not found.is_over

    def municipality(self, code: str | None) -> str:
        """What a municipality is called."""
        names = {each.code: each.name for each in self.around.municipalities}
        return names.get(code or "", code or "")


RoomGiven = Given[Room]


def own(call: Call, service: str) -> OrganisationId:
    """The organisation, when it is the caller's: objects are nobody else's to see or to change."""
    owner = OrganisationId(service)
    if owner not in call.reader.organisations:
        raise Refusal(
            Refused(
                code="not_for_this_reader",
                says=f"The objects of {owner} are its own.",
                try_instead=f"Ask somebody at {owner}.",
                values={"owner": owner},
            )
        )
    return owner


def the_object(desk: Desk, call: Call, owner: OrganisationId, id_: str) -> ObjectHere:
    """One object; ends the handler when there is none."""
    found = one(desk.query, call.reader, owner, id_)
    if found is None:
        raise Refusal(
            Refused(
                code="no_such_object",
                says=f"There is no object {id_[:64]} here.",
                try_instead="Look it up in the list of objects.",
                values={"object": id_[:64]},
            )
        )
    return found


def confirmable(looked: Looked, ground: str) -> str:
    """The ground, when the list is without faults and changes what was looked at."""
    if looked.ground is None:
        raise Refusal(
            Refused(
                code="list_has_faults",
                says=f"The list has {len(looked.faults)} faults.",
                try_instead="Mend them where the list is kept, and send it again.",
                values={"count": str(len(looked.faults))},
            )
        )
    if ground != looked.ground:
        raise Refusal(
            Refused(
                code="ground_changed",
                says="What the list changes is not what it was when it was looked at.",
                try_instead="Look at the differences again, then confirm.",
                values={"id": "objects"},
            )
        )
    return looked.ground
