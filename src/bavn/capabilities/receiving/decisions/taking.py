# SPDX-License-Identifier: Apache-2.0
"""Taking a coded alarm: on the board first, then all that goes with it.

Nothing that follows the report can take it back: what breaks on the way is listed in the answer.
The same alarm again (by its sender's number, or by its alarm number while it is open) is the same
incident, in whatever order the two come.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple, TypeVar

import msgspec

from bavn.capabilities.receiving.model.alarm import Alarm, LinkedBy, Said, code_in
from bavn.capabilities.receiving.model.here import AlarmHere
from bavn.capabilities.receiving.model.requests import NoteAlarm, NoteRepeat
from bavn.capabilities.receiving.ports import Around, AtObject, Kept, Reported
from bavn.frame.call import Call
from bavn.frame.desk import Desk, carried_out
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private
from bavn.kernel.refusal import Problem

T = TypeVar("T")


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What a coded alarm became."""

    reported: Reported
    type: str | None
    number: str | None
    at: AtObject | None
    repeated: bool = False
    repeat_count: int = 0
    sends: bool = False
    problems: tuple[Problem, ...] = ()


async def take(
    desk: Desk, call: Call, around: Around, kept: Kept, alarm: Alarm, ref: str | None
) -> Taken:
    """Have a coded alarm be an incident on the board, once.

    Runbook, when the answer lists `note` or `object` as not kept: the incident stands on the board,
    and only how it came in does not. Send it by its page; look at the node's log for why.
    """
    return await _Taking(desk, call, around, kept, alarm, _number_of(ref)).take()


class _Before(NamedTuple):
    """The incident that an alarm is already, where it is kept, and whether it is but a re-send."""

    around: Around
    desk: Desk
    here: AlarmHere
    is_same: bool


@dataclass(slots=True)
class _Taking:
    """One alarm on its way in."""

    desk: Desk
    call: Call
    around: Around
    kept: Kept
    alarm: Alarm
    ref: str | None
    problems: list[Problem] = field(default_factory=list)

    async def take(self) -> Taken:
        """Look whether it is here already, and take it when it is not."""
        number = self._number()
        keys = [] if number is None else [f"number {number}"]
        keys += [] if self.ref is None else [f"ref {self.call.sender} {self.ref}"]
        async with self.around.turn(sorted(keys)):
            found = self._safely("repeat", lambda: self._before(number), None)
            if found is None:
                return await self._new(number)
            return await self._again(number, found)

    def _at(self) -> datetime:
        """When it sounded: a sender that was cut off tells hours later what was hours apart."""
        now = self.call.now
        return min(self.alarm.said.occurred_at or now, now)

    def _number(self) -> str | None:
        told = self.alarm.number
        found = None if told is None else self.around.number(told)
        if told is not None and found is None:
            self._wrong("alarm_number", "is no alarm number")
        return found

    def _before(self, number: str | None) -> _Before | None:
        """The incident that it is already, where, and whether its sender has only repeated it."""
        nodes = self.around.nodes(self.desk)
        if self.ref is not None:
            for around, desk in nodes:
                sent = self.kept.sent_as(around, self.call.sender, self._part("note"))
                sent = sent or self.kept.sent_as(around, self.call.sender, self._part("repeat"))
                if sent is not None:
                    return _Before(around, desk, sent, is_same=True)
        for around, desk in nodes if number is not None else ():
            is_open = self.kept.still_open(around, number or "", self._at())
            if is_open is not None:
                return _Before(around, desk, is_open, is_same=False)
        return None

    async def _again(self, number: str | None, before: _Before) -> Taken:
        """The same alarm: counted on its incident, unless its sender was only not answered."""
        around, desk, here, is_same = before
        if not is_same:
            content = NoteRepeat(
                incident=here.incident,
                told_code=code_in(self.alarm.code),
                number=number,
                at=self._at(),
            )
            await self._beside("note", self._note(desk, here.service, content, "repeat"))
        at = next(
            (each for each in around.by_number(here.number or "") if each.id == here.object), None
        )
        return Taken(
            reported=Reported(incident=here.incident, service=here.service),
            type=here.type,
            number=here.number,
            at=at,
            repeated=True,
            repeat_count=here.repeat_count + (not is_same),
            sends=here.sends,
            problems=tuple(self.problems),
        )

    async def _new(self, number: str | None) -> Taken:
        no_object: tuple[AtObject | None, LinkedBy] = (None, LinkedBy.ALARM_NUMBER)
        at, by = self._safely("object", lambda: self._object(number), no_object)
        type_ = self._safely("code", lambda: self._type(at), None)
        said = self._safely("place", lambda: self._said(at), self.alarm.said)
        ref = None if self.ref is None else self._part("report")
        reported = await self.around.report(self.desk, self.call, type_, said, ref)
        around, desk = self.around.at(self.desk, reported.service)
        if at is not None and at.service != reported.service:
            # Its owner's node could not be asked: the card is not this service's to tie to.
            self._wrong("object", f"is {at.service}'s, whose node could not be asked")
            at = None
        if at is not None:
            await self._beside("object", around.link(desk, self.call, reported.incident, at, by))
        owner, now = reported.service, self.call.now
        rule = self._safely(
            "rule", lambda: self.kept.rule_for(around, owner, type_, around.today(now)), None
        )
        note = NoteAlarm(
            incident=reported.incident,
            told_code=code_in(self.alarm.code),
            type=type_,
            number=number,
            object=None if at is None else at.id,
            by_hand=self.alarm.by_hand,
            sends=rule is not None,
            at=self._at(),
        )
        await self._beside("note", self._note(desk, reported.service, note, "note"))
        return Taken(
            reported=reported,
            type=type_,
            number=number,
            at=at,
            sends=rule is not None,
            problems=tuple(self.problems),
        )

    def _object(self, number: str | None) -> tuple[AtObject | None, LinkedBy]:
        """What the alarm is at: by its number, else by its address."""
        every = [around for around, _ in self.around.nodes(self.desk)]
        if number is not None:
            found = [at for around in every for at in around.by_number(number)]
            if not found:
                self._wrong("alarm_number", f"{number} names no object that is known here")
            return self._one(found, "alarm_number"), LinkedBy.ALARM_NUMBER
        address = self.alarm.address
        found = [at for around in every for at in around.by_address(address)] if address else []
        return self._one(found, "address"), LinkedBy.ADDRESS

    def _one(self, found: list[AtObject], where: str) -> AtObject | None:
        """The first; one's own before others'."""
        own = self.call.organisations
        found = sorted(found, key=lambda at: (at.service not in own, at.service, at.id))
        if len(found) > 1:
            self._wrong(where, f"names {len(found)} objects; the first is taken")
        return found[0] if found else None

    def _type(self, at: AtObject | None) -> str | None:
        """What the code stands for: the country's own, else what the service has said."""
        code = code_in(self.alarm.code)
        if code is None:
            says = "is missing" if not self.alarm.code else "is no code"
            self._wrong("code", says)
            return None
        if self.around.is_type(code):
            return code
        whose = [] if at is None else [at.service]
        named = self.alarm.said.service
        whose += [] if named is None else [OrganisationId(named)]
        for service in dict.fromkeys([*whose, *sorted(self.call.organisations)]):
            around, _ = self.around.at(self.desk, service)
            found = self.kept.type_for(around, service, code)
            if found is not None:
                return found
        self._wrong("code", f"{code} is no type of the country, and nobody has said what it means")
        return None

    def _said(self, at: AtObject | None) -> Said:
        """What is reported: where an object is known, its place and address are surer."""
        said, address = self.alarm.said, self.alarm.address
        if at is None:
            house = self.around.place_of(address) if address and said.lat is None else None
            more = {} if house is None else {"lat": house.lat, "lon": house.lon}
            text = said.address or (Private(address) if address else None)
            return msgspec.structs.replace(said, address=text, **more)
        place = {"lat": at.lat, "lon": at.lon} if at.lat is not None else {}
        return msgspec.structs.replace(
            said,
            service=at.service,
            municipality=at.municipality or said.municipality,
            address=Private(f"{at.name}, {at.address}".strip(", ")),
            **place,
        )

    async def _note(
        self, desk: Desk, owner: OrganisationId, content: msgspec.Struct, part: str
    ) -> None:
        ref = None if self.ref is None else self._part(part)
        await carried_out(desk, self.call, owner, content, ref)

    def _safely(self, where: str, look: Callable[[], T], otherwise: T) -> T:
        """What is looked up; what breaks in looking stops no alarm."""
        try:
            return look()
        except Exception as error:  # noqa: BLE001 - whatever it is, the alarm goes on without it
            self.around.failed(f"receiving.{where}_not_looked_up", error)
            self._wrong(where, "could not be looked up")
            return otherwise

    async def _beside(self, where: str, work: Awaitable[None]) -> None:
        """Have something done beside an alarm that stands: it is told of, and stops nothing."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 - whatever it is, the alarm is on the board
            self.around.failed(f"receiving.{where}_not_kept", error)
            self.problems.append(Problem(where=where, says=f"not kept: {type(error).__name__}"))

    def _part(self, part: str) -> str:
        return f"{self.ref}-{part}"

    def _wrong(self, where: str, says: str) -> None:
        self.problems.append(Problem(where=where, says=f"{says}; taken without it"))


def _number_of(ref: str | None) -> str | None:
    """A sender's number as several requests can have parts of it, however long it is."""
    return None if ref is None else f"alarm-{sha256(ref.encode()).hexdigest()[:40]}"
