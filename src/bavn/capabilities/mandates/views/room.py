# SPDX-License-Identifier: Apache-2.0
"""Mandates as they are read: what is delegated, what was declared, and what waits for a look."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

import msgspec

from bavn.capabilities.mandates.facts import Looked
from bavn.capabilities.mandates.ports import Around
from bavn.capabilities.mandates.views import DELEGATIONS, EMERGENCIES, EXPLAINED, LOOKED
from bavn.frame.attention import Attention
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.frame.given import Given
from bavn.journal.fact import Sealed
from bavn.journal.reader import NOBODY, Query
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.instants import instant_of, ms_of
from bavn.kernel.private import Private


class Delegation(msgspec.Struct, frozen=True, kw_only=True):
    """Acts of one organisation that a function of another may do, for a time."""

    id: str
    of: OrganisationId
    to: OrganisationId
    function: str
    acts: tuple[str, ...]
    valid_from: datetime
    valid_to: datetime
    ended_at: datetime | None

    def holds(self, at: datetime) -> bool:
        """True from its first instant until before its last, and until it is ended."""
        begun = self.valid_from <= at < self.valid_to
        return begun and (self.ended_at is None or at < self.ended_at)


class Emergency(msgspec.Struct, frozen=True, kw_only=True):
    """What was declared, and who has looked at it since. Why is for the own organisation."""

    id: str
    of: OrganisationId
    function: str
    declared_at: datetime
    until: datetime
    is_explained: bool
    chief_at: datetime | None
    oversight_at: datetime | None


class Room:
    """Made once for a world that is served."""

    def __init__(self, query: Query, around: Around) -> None:
        self.around = around
        self._query = query

    def delegations(self) -> list[Delegation]:
        """All of them, the latest to begin first."""
        found = [
            Delegation(
                id=str(row["subject"]).partition(":")[2],
                of=OrganisationId(str(row["owner"])),
                to=OrganisationId(str(row["to"])),
                function=str(row["function"]),
                acts=tuple(str(row["acts"]).split()),
                valid_from=_at(row["from_ms"]),
                valid_to=_at(row["to_ms"]),
                ended_at=None if row["ended_at_ms"] is None else _at(row["ended_at_ms"]),
            )
            for row in self._query.rows(NOBODY, DELEGATIONS)
        ]
        return sorted(found, key=lambda each: (each.valid_from, each.id), reverse=True)

    def emergencies(self, call: Call) -> list[Emergency]:
        """All of them, the latest first."""
        explained = {row["subject"] for row in self._query.rows(call.reader, EXPLAINED)}
        return [
            msgspec.structs.replace(each, is_explained=f"emergency:{each.id}" in explained)
            for each in self.declared()
        ]

    async def reasons(self, call: Call, desk: Desk) -> dict[str, str]:
        """Why each of one's own organisation's was declared, by its number; each look is kept."""
        found = {}
        for row in self._query.rows(call.reader, EXPLAINED):
            owner = OrganisationId(str(row["owner"]))
            if owner not in call.organisations or not row["text"]:
                continue
            sealed = Sealed(sealed=str(row["text"]), key=str(row["key_name"]))
            text = await desk.reveal(call.reader, owner, sealed)
            if isinstance(text, Private):
                found[str(row["subject"]).partition(":")[2]] = text.reveal()
        return found

    def declared(self) -> list[Emergency]:
        """The same as everyone may know it."""
        looked: dict[tuple[str, str], datetime] = {}
        for row in self._query.rows(NOBODY, LOOKED):
            # The own chief's word counts for the chief; anybody's oversight counts once.
            if row["by"] == Looked.CHIEF and row["owner"] != row["of"]:
                continue
            looked[str(row["subject"]), str(row["by"])] = _at(row["looked_at_ms"])
        found = []
        for row in self._query.rows(NOBODY, EMERGENCIES):
            subject = str(row["subject"])
            found.append(
                Emergency(
                    id=subject.partition(":")[2],
                    of=OrganisationId(str(row["owner"])),
                    function=str(row["function"]),
                    declared_at=_at(row["declared_at_ms"]),
                    until=_at(row["until_ms"]),
                    is_explained=False,
                    chief_at=looked.get((subject, Looked.CHIEF)),
                    oversight_at=looked.get((subject, Looked.OVERSIGHT)),
                )
            )
        return sorted(found, key=lambda each: (each.declared_at, each.id), reverse=True)

    def wanting(self, call: Call) -> Sequence[Attention]:
        """Emergencies of the caller's own organisation that its chief has not looked at: loud.

        And to an administrator that the node's own policies are not followed.
        """
        return [*self._unfollowed(call), *self._unseen(call)]

    def _unfollowed(self, call: Call) -> list[Attention]:
        holding = self.around.holding()
        if holding is None or holding.refused_at is None or not self.around.administers(call):
            return []
        return [
            Attention(
                id=f"mandates.policies:{ms_of(holding.refused_at)}",
                text="mandates.attention_policies",
                values={"count": str(holding.fault_count)},
                since=min(holding.refused_at, call.now),
                about=Subject("policies:refused"),
                path="/mandates",
                service=call.actor.organisation,
            )
        ]

    def _unseen(self, call: Call) -> list[Attention]:
        return [
            Attention(
                id=f"mandates.emergency:{each.id}",
                text="mandates.attention",
                values={"function": self._function(call, each.function)},
                since=min(each.declared_at, call.now),
                about=Subject(f"emergency:{each.id}"),
                path="/mandates/emergencies",
                service=each.of,
                loud=True,
            )
            for each in self.emergencies(call)
            if each.chief_at is None and each.of in call.organisations
        ]

    def _function(self, call: Call, function: str) -> str:
        return dict(self.around.functions(call)).get(function, function)


RoomGiven: TypeAlias = Given[Room]


def _at(ms: object) -> datetime:
    return instant_of(int(str(ms)))
