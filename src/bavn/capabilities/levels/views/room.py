# SPDX-License-Identifier: Apache-2.0
"""Levels and procedures as they are read, each word with whether it counts here."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeAlias, TypeVar

import msgspec

from bavn.capabilities.levels.facts import LOWEST, Moved
from bavn.capabilities.levels.model import (
    Agreed,
    LevelTold,
    Procedure,
    Word,
    held,
    highest,
    is_own_word,
    order,
)
from bavn.capabilities.levels.ports import Around
from bavn.capabilities.levels.views import AGREED, ENDED, LEVELS, PROCEDURES
from bavn.frame.attention import Attention
from bavn.frame.call import Call
from bavn.frame.given import Given
from bavn.journal.fact import Sealed
from bavn.journal.reader import NOBODY, Query
from bavn.journal.table import Row
from bavn.kernel.identity import FactId, OrganisationId, Subject
from bavn.kernel.instants import instant_of
from bavn.kernel.mandate import Actor

SET, PROPOSE, AGREE = "levels.set_level", "levels.propose_procedure", "levels.agree_procedure"
W = TypeVar("W", bound=Word)
ByOwner = Mapping[OrganisationId, Sequence[LevelTold]]


class Room:
    """Made once for a world that is served."""

    def __init__(self, query: Query, around: Around) -> None:
        self.around = around
        self._query = query

    def told(self) -> dict[OrganisationId, list[LevelTold]]:
        """All levels that were set, of each organisation the latest first."""
        found: dict[OrganisationId, list[LevelTold]] = {}
        for row in self._query.rows(NOBODY, LEVELS):
            each = LevelTold(
                **_word(row),
                level=int(str(row["level"])),
                reason=None if row["reason"] is None else str(row["reason"]),
                has_text=row["sealed"] is not None,
            )
            # Whoever tells a level tells its own: what is told of another's is nobody's.
            if row["subject"] == f"level:{each.owner}":
                found.setdefault(each.owner, []).append(self.judged_level(each))
        for words in found.values():
            words.sort(key=order, reverse=True)
        return found

    def procedures(self) -> list[Procedure]:
        """All procedures, the latest first, with what each party has said."""
        agreed: dict[tuple[str, str], list[Agreed]] = {}
        for row in self._query.rows(NOBODY, AGREED):
            said = Agreed(**_word(row), proposal=FactId(str(row["proposal"])))
            agreed.setdefault((str(row["of"]), str(row["subject"])), []).append(said)
        ended: dict[tuple[str, str], list[tuple[datetime, OrganisationId]]] = {}
        for row in self._query.rows(NOBODY, ENDED):
            by = instant_of(int(str(row["at_ms"]))), OrganisationId(str(row["owner"]))
            ended.setdefault((str(row["of"]), str(row["subject"])), []).append(by)
        found = [
            self._procedure(row, agreed, ended) for row in self._query.rows(NOBODY, PROCEDURES)
        ]
        return sorted(found, key=order, reverse=True)

    def procedure(self, of: str, id_: str) -> Procedure | None:
        """One of them; None when there is none."""
        found = (each for each in self.procedures() if (each.owner, each.id) == (of, id_))
        return next(found, None)

    def covering(
        self, told: ByOwner, organisation: OrganisationId, at: datetime
    ) -> LevelTold | None:
        """The highest above 1 that covers an organisation: its own, its area's, the nation's."""
        above = self.around.above(organisation, at)
        return highest([held(told.get(each, ()), at) for each in above])

    def raised(self, told: ByOwner, at: datetime) -> list[LevelTold]:
        """Every level above 1 that holds, the highest first."""
        found = [each for each in (held(words, at) for words in told.values()) if each is not None]
        above = [each for each in found if each.level > LOWEST]
        return sorted(above, key=lambda each: (-each.level, each.at, each.owner))

    def text_of(self, call: Call, fact: str) -> tuple[OrganisationId, Sealed] | None:
        """Where the reason of a level lies, for a reader of whoever set it."""
        for row in self._query.rows(NOBODY, LEVELS, {"fact": fact}):
            owner = OrganisationId(str(row["owner"]))
            if row["sealed"] is not None and owner in call.organisations:
                return owner, Sealed(sealed=str(row["sealed"]), key=str(row["key"]))
        return None

    def wanting(self, call: Call) -> Sequence[Attention]:
        """Raised levels that cover the caller: loud, until somebody has seen them.

        So is a procedure that waits for the caller's word, which is quiet.
        """
        own, told = call.actor.organisation, self.told()
        above = self.around.above(own, call.now)
        found = [
            Attention(
                id=f"levels.raised:{each.fact}",
                text="levels.attention",
                values={
                    "level": str(each.level),
                    "owner": self.around.name_of(call, each.owner),
                },
                since=min(each.at, call.now),
                about=Subject(f"level:{each.owner}"),
                path="/levels",
                service=own,
                loud=True,
            )
            for each in self.raised(told, call.now)
            if each.owner in above
        ]
        return [*found, *self._waiting(call, own)]

    def _waiting(self, call: Call, own: OrganisationId) -> list[Attention]:
        today = call.now.astimezone(self.around.zone).date()
        return [
            Attention(
                id=f"levels.procedure:{each.fact}",
                text="levels.attention_procedure",
                values={"owner": self.around.name_of(call, each.owner)},
                since=min(each.at, call.now),
                about=Subject(f"procedure:{each.id}"),
                path="/levels/procedures",
                service=own,
            )
            for each in self.procedures()
            if own in each.services
            and own in each.missing(call.now)
            and each.counts
            and each.ended_at is None
            and today < each.valid_to
        ]

    def _procedure(
        self,
        row: Row,
        agreed: Mapping[tuple[str, str], list[Agreed]],
        ended: Mapping[tuple[str, str], list[tuple[datetime, OrganisationId]]],
    ) -> Procedure:
        word, subject = _word(row), str(row["subject"])
        key = word["owner"], subject
        told = Procedure(
            **word,
            id=subject.partition(":")[2],
            services=tuple(OrganisationId(each) for each in str(row["services"]).split()),
            moved=tuple(Moved(sort, count) for sort, count in json.loads(str(row["moved"]))),
            valid_from=date.fromisoformat(str(row["from_on"])),
            valid_to=date.fromisoformat(str(row["to_on"])),
            agreed=tuple(agreed.get(key, ())),
        )
        # To end it takes no more than being bound by it: what closes is never held back.
        first = min((each for each in ended.get(key, ()) if each[1] in told.parties), default=None)
        if first is not None:
            told = msgspec.structs.replace(told, ended_at=first[0], ended_by=first[1])
        return self.judged_procedure(told)

    def judged_level(self, told: LevelTold) -> LevelTold:
        """The same, with whether it counts by the policies that hold now."""
        return self._judged(SET, told)

    def judged_procedure(self, told: Procedure) -> Procedure:
        """The same, with whether it and each word to it count by the policies that hold now."""
        agreed = tuple(self._judged(AGREE, each) for each in told.agreed)
        return self._judged(PROPOSE, msgspec.structs.replace(told, agreed=agreed))

    def _judged(self, act: str, word: W) -> W:
        counts = is_own_word(word) and self.around.counts(act, word)
        return msgspec.structs.replace(word, counts=counts)


RoomGiven: TypeAlias = Given[Room]


def _word(row: Row) -> dict[str, Any]:
    actor = Actor(
        organisation=OrganisationId(str(row["organisation"])), function=str(row["function"])
    )
    return {
        "fact": FactId(str(row["fact"])),
        "owner": OrganisationId(str(row["owner"])),
        "by": actor,
        "basis": str(row["basis"]),
        "at": instant_of(int(str(row["at_ms"]))),
        "recorded": str(row["recorded"]),
    }
