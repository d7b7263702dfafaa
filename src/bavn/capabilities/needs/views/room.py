# SPDX-License-Identifier: Apache-2.0
"""Needs as they are read: of one incident, all that wait, and what wants the centre."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

import msgspec

from bavn.capabilities.needs.facts import Wanted
from bavn.capabilities.needs.model.need import (
    WAITS,
    Answered,
    Proposed,
    State,
    is_loud,
    proposed,
    state_of,
)
from bavn.capabilities.needs.ports import Around, Scene
from bavn.capabilities.needs.views import ANSWERS, ASKED
from bavn.frame.attention import Attention
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal
from bavn.frame.given import Given
from bavn.journal.fact import Sealed
from bavn.journal.reader import Query, Reader
from bavn.journal.table import Row, Value
from bavn.journal.views import View
from bavn.kernel.audience import to
from bavn.kernel.identity import OrganisationId, Subject, is_subject
from bavn.kernel.instants import instant_of
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

INCIDENT, NEED = "incident:", "need:"
# What has waited for longer is a matter of the log; the board has newer things.
WAITS_FOR = timedelta(hours=48)


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a scene asked for, and how it stands with it.

    `text` is there for those it was told to, who may read names; `has_text` tells that there is
    one. `answers` are all, the oldest first. `proposed` is what the orders since then answer.
    """

    id: str
    incident: str
    asker: OrganisationId
    function: str
    sort: str
    wants: tuple[Wanted, ...]
    unit: str | None
    urgent: bool
    by_at: datetime | None
    asked_at: datetime
    by_radio: bool
    assigned: bool
    taken_back_at: datetime | None
    state: State
    answers: tuple[Answered, ...]
    fact: str
    has_text: bool = False
    text: str | None = None
    proposed: Proposed | None = None

    @property
    def waits(self) -> bool:
        """True while somebody has still to do something about it."""
        return self.state in WAITS


class NeedsNow(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for at an incident, the latest first."""

    id: str
    items: tuple[Need, ...]
    next: str | None = None


class Room:
    """Made once for a world that is served."""

    def __init__(self, query: Query, around: Around) -> None:
        self.around = around
        self._query = query

    def askers(self, call: Call, incident: str) -> set[OrganisationId]:
        """Who has asked or answered at an incident, as far as the caller may know."""
        found = set()
        for row in self._rows(call.reader, ASKED, {"incident": incident}):
            found.add(OrganisationId(str(row["owner"])))
            answers = self._rows(call.reader, ANSWERS, {"subject": row["subject"]})
            found |= {OrganisationId(str(each["owner"])) for each in answers}
        return found

    async def of(self, desk: Desk, call: Call, scene: Scene) -> NeedsNow:
        """All of one incident, with the texts that the caller may read."""
        rows = [
            row
            for name in scene.names
            for row in self._rows(call.reader, ASKED, {"incident": name})
        ]
        ordered = self.around.ordered(call, scene)
        found = []
        for key in dict.fromkeys(map(_key, rows)):
            need = self._need(call.reader, [row for row in rows if _key(row) == key])
            found.append(await self._opened(desk, call, need, rows))
        items = [
            msgspec.structs.replace(each, proposed=proposed(each.wants, ordered, each.asked_at))
            if each.waits and scene.is_open
            else each
            for each in found
        ]
        items.sort(key=lambda each: (each.asked_at, each.id), reverse=True)
        return NeedsNow(id=scene.incident, items=tuple(items))

    def the_one(self, call: Call, scene: Scene, need: str) -> Need:
        """One need of an incident; ends the handler when there is none that the caller may see."""
        subject = f"{NEED}{need}"
        rows = self._rows(call.reader, ASKED, {"subject": subject}) if is_subject(subject) else []
        rows = [row for row in rows if row["incident"] in scene.names]
        if not rows:
            raise Refusal(
                Refused(
                    code="need_unknown",
                    says=f"Nothing of the number {need[:64]} was asked for.",
                    try_instead="Look at what is asked for at the incident.",
                    values={"need": need[:64]},
                )
            )
        return self._need(call.reader, rows)

    def waiting(self, call: Call) -> list[Need]:
        """All that waits and was asked within two days, whosever it is; without texts."""
        days = {(call.now - WAITS_FOR + timedelta(days=day)).date() for day in range(3)}
        rows = [
            row
            for day in sorted(days)
            for row in self._rows(call.reader, ASKED, {"asked_on": day.isoformat()})
        ]
        grouped: dict[tuple[Value, Value], list[Row]] = {}
        for row in rows:
            grouped.setdefault(_key(row), []).append(row)
        needs = (self._need(call.reader, each) for each in grouped.values())
        return [each for each in needs if each.waits and call.now - each.asked_at <= WAITS_FOR]

    def wanting(self, call: Call) -> Sequence[Attention]:
        """What waits for an answer of the caller's; loud where it is urgent or nobody looks."""
        found = []
        scenes: dict[str, Scene | None] = {}
        for each in self.waiting(call):
            if each.incident not in scenes:
                scenes[each.incident] = self.around.known(call, each.incident)
            scene = scenes[each.incident]
            if scene is None or not scene.is_open:
                continue
            own = next((one for one in scene.answering if one in call.organisations), None)
            if own is not None:
                found.append(self._attention(call, each, own))
        return found

    def seen_min(self, sort: str) -> int:
        """Within how many minutes a need of a sort is to be seen."""
        return next((rule.seen_min for rule in self.around.rules if rule.code == sort), 0)

    def _attention(self, call: Call, need: Need, own: OrganisationId) -> Attention:
        loud = is_loud(
            need.state,
            need.asked_at,
            call.now,
            urgent=need.urgent,
            seen_min=self.seen_min(need.sort),
        )
        return Attention(
            id=f"needs.need:{need.id}",
            text="needs.attention_urgent" if need.urgent else f"needs.attention_{need.state}",
            values={
                "what": what_of(call, self.around, need),
                "incident": self.around.label(call, need.incident),
            },
            since=min(need.asked_at, call.now),
            about=Subject(f"{NEED}{need.id}"),
            path=f"/incidents/{need.incident}/needs",
            service=own,
            loud=loud,
        )

    def _rows(self, reader: Reader, views: Sequence[View], where: Mapping[str, Value]) -> list[Row]:
        return [row for view in views for row in self._query.rows(reader, view, where)]

    def _need(self, reader: Reader, rows: Sequence[Row]) -> Need:
        row = max(rows, key=_told)
        where = {"subject": row["subject"]}
        answers = {
            str(each["fact"]): _answered(each) for each in self._rows(reader, ANSWERS, where)
        }
        back = instant_or_none(row["taken_back_ms"])
        return Need(
            id=str(row["subject"]).removeprefix(NEED),
            incident=str(row["incident"]),
            asker=OrganisationId(str(row["owner"])),
            function=str(row["function"]),
            sort=str(row["sort"]),
            wants=tuple(Wanted(*each) for each in json.loads(str(row["wants"]))),
            unit=None if row["unit"] is None else str(row["unit"]),
            urgent=bool(row["urgent"]),
            by_at=instant_or_none(row["by_ms"]),
            asked_at=instant_of(int(str(row["at_ms"]))),
            by_radio=bool(row["by_radio"]),
            assigned=bool(row["assigned"]),
            taken_back_at=back,
            state=state_of(answers.values(), back),
            answers=tuple(sorted(answers.values(), key=lambda each: (each.at, each.fact))),
            fact=str(row["fact"]),
            has_text=row["sealed"] is not None,
        )

    async def _opened(self, desk: Desk, call: Call, need: Need, rows: Iterable[Row]) -> Need:
        """The same with its texts, and those of its answers, as the caller may read them."""
        subject = f"{NEED}{need.id}"
        own = [row for row in rows if row["subject"] == subject and row["owner"] == need.asker]
        answers = self._rows(call.reader, ANSWERS, {"subject": subject})
        opened = []
        for each in need.answers:
            told = [row for row in answers if row["fact"] == each.fact]
            text = await _revealed(desk, call.reader, told)
            opened.append(msgspec.structs.replace(each, text=text))
        return msgspec.structs.replace(
            need, text=await _revealed(desk, call.reader, own), answers=tuple(opened)
        )


RoomGiven: TypeAlias = Given[Room]


def what_of(call: Call, around: Around, need: Need) -> str:
    """What is asked for, in a few words of the caller's language."""
    names = {**dict(around.types(call)), **dict(around.resources(call))}
    parts = [f"{each.count} × {names.get(each.type, each.type)}" for each in need.wants]
    if need.unit is not None:
        parts.append(call.say("needs.relief_of", unit=around.callsign(call, need.unit)))
    if parts:
        return ", ".join(parts)
    rule = next((each for each in around.rules if each.code == need.sort), None)
    if rule is None:
        return need.sort
    return rule.danish if call.language == "da" else rule.english


async def _revealed(desk: Desk, reader: Reader, rows: Sequence[Row]) -> str | None:
    """The text of a fact that names its readers: they read it as its teller does."""
    sealed = [row for row in rows if row["sealed"] is not None]
    if not sealed:
        return None
    row, audiences = sealed[0], {str(each["audience"]) for each in sealed}
    owner = OrganisationId(str(row["owner"]))
    if not {to(each) for each in reader.organisations}.isdisjoint(audiences):
        reader = replace(reader, organisations=reader.organisations | {owner})
    text = await desk.reveal(reader, owner, Sealed(sealed=str(row["sealed"]), key=str(row["key"])))
    return text.reveal() if isinstance(text, Private) else None


def _answered(row: Row) -> Answered:
    return Answered(
        fact=str(row["fact"]),
        by=OrganisationId(str(row["owner"])),
        function=str(row["function"]),
        at=instant_of(int(str(row["at_ms"]))),
        answer=str(row["answer"]),
        units=tuple(str(row["units"]).split()),
        because=None if row["because"] is None else str(row["because"]),
        has_text=row["sealed"] is not None,
    )


def _key(row: Row) -> tuple[Value, Value]:
    return row["owner"], row["subject"]


def _told(row: Row) -> int:
    return int(str(row["told_ms"]))


def instant_or_none(value: Value) -> datetime | None:
    """An instant of a column that may be empty."""
    return None if value is None else instant_of(int(str(value)))
