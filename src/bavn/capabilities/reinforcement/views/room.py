# SPDX-License-Identifier: Apache-2.0
"""Help as it is read: of one incident, of everything that is open, and what waits for an answer."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

import msgspec

from bavn.capabilities.reinforcement.facts import Needed
from bavn.capabilities.reinforcement.ports import Around
from bavn.capabilities.reinforcement.views import ANSWERS, ASKED
from bavn.frame.attention import Attention
from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.frame.given import Given
from bavn.journal.reader import NOBODY, Query
from bavn.journal.table import Row, Value
from bavn.kernel.identity import OrganisationId, Subject, is_subject
from bavn.kernel.instants import instant_of
from bavn.kernel.refusal import Refused


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What one that was asked has said; it has said nothing where `coming` is None."""

    of: OrganisationId
    coming: bool | None = None
    units: tuple[str, ...] = ()
    because: str | None = None
    by: str | None = None
    answered_at: datetime | None = None


class Help(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was asked for, on which ground, and what those that were asked have said."""

    id: str
    incident: str
    asker: OrganisationId
    demanded: bool
    needs: tuple[Needed, ...]
    by: str
    basis: str
    asked_at: datetime
    ended_at: datetime | None
    answers: tuple[Answered, ...]

    @property
    def waits(self) -> tuple[OrganisationId, ...]:
        """Those that have not answered, while it is still needed."""
        if self.ended_at is not None:
            return ()
        return tuple(each.of for each in self.answers if each.coming is None)


class Room:
    """Made once for a world that is served."""

    def __init__(self, query: Query, around: Around) -> None:
        self.around = around
        self._query = query

    def of_incident(self, incident: str) -> list[Help]:
        """All that was asked for an incident, the latest first."""
        return self._all({"incident": incident})

    def open(self) -> list[Help]:
        """All that is needed still, the latest first."""
        return self._all({"is_open": 1})

    def the_one(self, asked: str) -> Help:
        """One; ends the handler when there is none."""
        subject = f"help:{asked}"
        found = self._all({"subject": subject}) if is_subject(subject) else []
        if not found:
            raise Refusal(
                Refused(
                    code="no_help_asked",
                    says=f"Nothing of the number {asked[:64]} was asked for.",
                    try_instead="Look at what is asked for.",
                    values={"asked": asked[:64]},
                )
            )
        return found[0]

    def wanting(self, call: Call) -> Sequence[Attention]:
        """What is asked of the caller's own organisations and not answered: loud, each of it."""
        return [
            Attention(
                id=f"reinforcement.asked:{each.id}:{of}",
                text="reinforcement.attention",
                values={
                    "asker": self.around.name_of(call, each.asker),
                    "incident": self.around.label(call, each.incident),
                },
                since=min(each.asked_at, call.now),
                about=Subject(f"help:{each.id}"),
                path="/reinforcement",
                service=of,
                loud=True,
            )
            for each in self.open()
            for of in each.waits
            if of in call.organisations
        ]

    def _all(self, where: Mapping[str, Value]) -> list[Help]:
        rows = self._query.rows(NOBODY, ASKED, where)
        found = [self._help(row) for row in rows]
        return sorted(found, key=lambda each: (each.asked_at, each.id), reverse=True)

    def _help(self, row: Row) -> Help:
        answers = {
            str(each["owner"]): each
            for each in self._query.rows(NOBODY, ANSWERS, {"subject": row["subject"]})
        }
        ended_ms = row["ended_at_ms"]
        return Help(
            id=str(row["subject"]).partition(":")[2],
            incident=str(row["incident"]),
            asker=OrganisationId(str(row["owner"])),
            demanded=bool(row["demanded"]),
            needs=tuple(Needed(*each) for each in json.loads(str(row["needs"]))),
            by=str(row["by"]),
            basis=str(row["basis"]),
            asked_at=instant_of(int(str(row["asked_at_ms"]))),
            ended_at=None if ended_ms is None else instant_of(int(str(ended_ms))),
            answers=tuple(
                _answered(OrganisationId(of), answers.get(of)) for of in str(row["of"]).split()
            ),
        )


RoomGiven: TypeAlias = Given[Room]


def _answered(of: OrganisationId, row: Row | None) -> Answered:
    if row is None:
        return Answered(of=of)
    return Answered(
        of=of,
        coming=bool(row["coming"]),
        units=tuple(str(row["units"]).split()),
        because=str(row["because"]) or None,
        by=str(row["by"]),
        answered_at=instant_of(int(str(row["answered_at_ms"]))),
    )
