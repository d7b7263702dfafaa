# SPDX-License-Identifier: Apache-2.0
"""Command as it is read: who leads, what was written, and what waits to be seen."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

import msgspec

from bavn.capabilities.command.facts import KINDS, WORD_APPENDED, LeaderNamed, WordAppended
from bavn.capabilities.command.model.leading import Leads, now_leading, succession
from bavn.capabilities.command.ports import Around, Scene
from bavn.capabilities.command.views import LEADERS, WORDS
from bavn.capabilities.command.views.reports import Reports
from bavn.frame.attention import Attention
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.frame.given import Given
from bavn.journal.kinds import Kinds
from bavn.journal.reader import NOBODY, HistoryItem, Query, as_told
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.instants import instant_of
from bavn.kernel.private import Private

INCIDENT = "incident:"
_KINDS = Kinds(KINDS)
_WRITTEN = (WORD_APPENDED.name,)
# A word that nobody has looked at for this long is history; who is there has heard it by radio.
WAITS = timedelta(hours=2)


class RoleNow(msgspec.Struct, frozen=True, kw_only=True):
    """A role: who leads in it now, and who did before."""

    role: str
    now: Leads | None
    before: tuple[Leads, ...] = ()


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wrote for those at an incident, and whose word it is.

    `text` is there for those it was written for; `struck` says that it was taken back.
    """

    fact: str
    by: OrganisationId
    function: str
    at: datetime
    text: str | None
    assigned: bool
    struck: bool = False


class CommandNow(msgspec.Struct, frozen=True, kw_only=True):
    """Who leads at an incident, and what those who work there have written."""

    id: str
    roles: tuple[RoleNow, ...]
    words: tuple[Word, ...]
    assigned: tuple[OrganisationId, ...]


class Room:
    """Made once for a world that is served."""

    def __init__(self, query: Query, around: Around) -> None:
        self.around = around
        self._query = query
        self.reports = Reports(query, around)

    def writers(self, call: Call, incident: str) -> set[OrganisationId]:
        """Who works at an incident, and who has written or reported to those who do."""
        rows = self._query.rows(call.reader, WORDS, {"subject": f"{INCIDENT}{incident}"})
        scene = self.around.known(call, incident)
        return {
            *(OrganisationId(str(row["owner"])) for row in rows),
            *(() if scene is None else scene.assigned),
            *self.reports.writers(call, incident),
        }

    async def of(self, desk: Desk, call: Call, scene: Scene) -> CommandNow:
        """All of one incident, as the caller may read it."""
        return CommandNow(
            id=scene.incident,
            roles=await self.roles(desk, call, scene),
            words=await self._words(desk, call, scene),
            assigned=scene.assigned,
        )

    def wanting(self, call: Call) -> Sequence[Attention]:
        """What others have written of the caller's incidents, and reports that are missed."""
        return [*self._written(call), *self.reports.wanting(call)]

    def _written(self, call: Call) -> Sequence[Attention]:
        found = {}
        for day in {call.now.date(), (call.now - WAITS).date()}:
            for row in self._query.rows(call.reader, WORDS, {"said_on": day.isoformat()}):
                at = instant_of(int(str(row["at_ms"])))
                by, incident = str(row["owner"]), str(row["subject"]).removeprefix(INCIDENT)
                if by in call.organisations or call.now - at > WAITS:
                    continue
                scene = self.around.known(call, incident)
                if scene is None or not call.organisations & {scene.service, *scene.assigned}:
                    continue
                fact = str(row["fact"])
                found[fact] = Attention(
                    id=f"command.word:{fact}",
                    text="command.attention",
                    values={
                        "by": self.around.name_of(call, by),
                        "incident": self.around.label(call, incident),
                    },
                    since=min(at, call.now),
                    about=Subject(str(row["subject"])),
                    path=f"/incidents/{incident}",
                    service=scene.service,
                )
        return list(found.values())

    async def roles(self, desk: Desk, call: Call, scene: Scene) -> tuple[RoleNow, ...]:
        """Who leads in each role, and who did before."""
        rows = self._query.rows(NOBODY, LEADERS, {"subject": f"{INCIDENT}{scene.incident}"})
        told = [
            Leads(
                role=str(row["role"]),
                callsign=str(row["callsign"]),
                since=instant_of(int(str(row["at_ms"]))),
                by=OrganisationId(str(row["owner"])),
                assigned=bool(row["assigned"]),
                has_name=bool(row["has_name"]),
                fact=str(row["fact"]),
            )
            for row in rows
        ]
        courses = succession([await self._named(desk, call, each) for each in told])
        codes = [each.code for each in self.around.roles]
        return tuple(
            RoleNow(
                role=role,
                now=now_leading(courses.get(role, ())),
                before=tuple(each for each in courses.get(role, ()) if each.until is not None),
            )
            for role in dict.fromkeys((*codes, *sorted(courses)))
        )

    async def _named(self, desk: Desk, call: Call, leads: Leads) -> Leads:
        """Who leads, with the name where the caller may read it."""
        item = self._query.item(call.reader, leads.fact) if leads.has_name else None
        body = None if item is None else _KINDS.read(item.fact)
        if not isinstance(body, LeaderNamed) or body.name is None:
            return leads
        text = await desk.reveal(call.reader, leads.by, body.name)
        name = text.reveal() if isinstance(text, Private) else ""
        return msgspec.structs.replace(leads, name=name)

    async def _words(self, desk: Desk, call: Call, scene: Scene) -> tuple[Word, ...]:
        subject = f"{INCIDENT}{scene.incident}"
        rows = self._query.rows(call.reader, WORDS, {"subject": subject})
        # A word that was struck has no row; whoever else has written here may have struck one too.
        owners = {OrganisationId(str(row["owner"])) for row in rows}
        owners |= {*scene.assigned, *call.reader.organisations}
        found = []
        for owner in sorted(owners):
            for item in self._query.history(call.reader, owner, subject, _WRITTEN):
                body = _KINDS.read(item.fact)
                if isinstance(body, WordAppended):
                    found.append(await self._word(desk, call, item, body))
        return tuple(sorted(found, key=lambda each: (each.at, each.fact)))

    async def _word(self, desk: Desk, call: Call, item: HistoryItem, body: WordAppended) -> Word:
        text = None
        if body.text is not None:
            found = await desk.reveal(as_told(call.reader, item), item.fact.owner, body.text)
            text = found.reveal() if isinstance(found, Private) else None
        return Word(
            fact=item.fact.id,
            by=item.fact.owner,
            function=item.fact.by.function,
            at=item.fact.happened_at,
            text=text,
            assigned=body.assigned,
            struck=item.struck,
        )


RoomGiven: TypeAlias = Given[Room]
