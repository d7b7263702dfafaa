# SPDX-License-Identifier: Apache-2.0
"""The answer to "why?": every fact about an incident or a unit, struck ones visibly struck."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec

from bavn.capabilities.command.facts import KINDS as COMMAND_KINDS
from bavn.capabilities.command.facts import LeaderNamed
from bavn.capabilities.needs.facts import KINDS as NEEDS_KINDS
from bavn.capabilities.needs.facts import NeedAnswered, NeedAsked
from bavn.capabilities.operations.facts import (
    KINDS,
    IncidentClosed,
    IncidentCorrected,
    IncidentDescribed,
    IncidentNoted,
    IncidentReported,
    UnitStatusChanged,
)
from bavn.capabilities.operations.model.unit import UnitFlag, UnitStatus
from bavn.capabilities.operations.views.gathered import UNDERSTOOD, Gathered, gathered
from bavn.capabilities.operations.views.words import Words
from bavn.capabilities.safety.facts import KINDS as SAFETY_KINDS
from bavn.capabilities.scene.facts import KINDS as SCENE_KINDS
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.journal.fact import Sealed
from bavn.journal.kinds import Struck
from bavn.journal.reader import HistoryItem, as_told
from bavn.kernel.hybrid_clock import Tick
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.instants import instant_of
from bavn.kernel.private import Private

# What is told of and from the scene names its readers, who read it as its teller does.
_FOR_ITS_READERS = frozenset(
    kind.name for kind in (*COMMAND_KINDS, *NEEDS_KINDS, *SAFETY_KINDS, *SCENE_KINDS)
)
_FLAGS = frozenset(UnitFlag)
# A metre, for those who may know the place; a kilometre for everyone.
_EXACT_DECIMALS, _OPEN_DECIMALS = 5, 2


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One fact in the answer to "why?".

    `says` is the fact in the caller's language. `texts` are the private texts that came with it, by
    name, for who may read them; `sealed` counts those that this reader may not read. `to` is who
    was told.
    """

    id: str
    kind: str
    version: int
    owner: OrganisationId
    by: str
    organisation: OrganisationId
    basis: str
    happened_at: datetime
    recorded_at: datetime
    heard_at: datetime
    struck: bool
    struck_by: str | None
    causes: tuple[str, ...]
    sender: str | None
    sender_ref: str | None
    to: tuple[str, ...]
    says: str
    texts: dict[str, str] = {}
    sealed: int = 0


async def story(
    desk: Desk, call: Call, words: Words, subject: Subject, owners: Iterable[OrganisationId]
) -> list[Line]:
    """What the caller may read of all facts about a subject, in the order of their recording."""
    whole = gathered(desk.query, call.reader, [subject], owners)
    return await told(desk, call, words, whole, whole.items)


async def told(
    desk: Desk, call: Call, words: Words, whole: Gathered, items: Iterable[HistoryItem]
) -> list[Line]:
    """Some of what was gathered, in the caller's language, with the texts that the caller reads."""
    teller = _Teller(call, words, whole)
    lines = []
    for item in items:
        body = UNDERSTOOD.read(item.fact)
        said = teller.says(body, item)
        texts, sealed = await _texts(desk, call, item, body)
        lines.append(_line(item, said, whole.struck_by.get(item.fact.id), texts, sealed))
    return lines


def _line(
    item: HistoryItem,
    says: str,
    struck_by: str | None,
    texts: dict[str, str],
    sealed: int,
) -> Line:
    fact = item.fact
    return Line(
        id=fact.id,
        kind=fact.kind,
        version=fact.version,
        owner=fact.owner,
        by=fact.by.function,
        organisation=fact.by.organisation,
        basis=fact.basis,
        happened_at=fact.happened_at,
        recorded_at=instant_of(Tick.parse(fact.recorded_at).ms),
        heard_at=instant_of(item.heard_at_ms),
        struck=item.struck,
        struck_by=struck_by,
        causes=tuple(fact.causes),
        sender=None if fact.sender is None else fact.sender.sender,
        sender_ref=None if fact.sender is None else fact.sender.ref,
        to=item.audiences,
        says=says,
        texts=texts,
        sealed=sealed,
    )


async def _texts(
    desk: Desk, call: Call, item: HistoryItem, body: object
) -> tuple[dict[str, str], int]:
    """The private texts of a fact that the caller may read, and how many there are beyond."""
    found: dict[str, str] = {}
    hidden = 0
    if not isinstance(body, msgspec.Struct):
        return found, hidden
    is_for_its_readers = item.fact.kind in _FOR_ITS_READERS
    reader = as_told(call.reader, item) if is_for_its_readers else call.reader
    for name in body.__struct_fields__:
        sealed = getattr(body, name)
        if isinstance(sealed, Sealed):
            text = await desk.reveal(reader, item.fact.owner, sealed)
            if isinstance(text, Private):
                found[name] = text.reveal()
            else:
                hidden += 1
    return found, hidden


class _Teller:
    """Says each fact in the caller's language."""

    def __init__(self, call: Call, words: Words, whole: Gathered) -> None:
        self._say = call.say
        self._words = words
        self._whole = whole
        self._by_body: dict[type, Callable[[Any, HistoryItem], str]] = {
            IncidentReported: self._reported,
            IncidentDescribed: self._described,
            IncidentCorrected: self._corrected,
            IncidentNoted: self._noted,
            IncidentClosed: self._closed,
            UnitStatusChanged: self._stood,
            LeaderNamed: self._leads,
            NeedAsked: self._needs,
            NeedAnswered: self._answered,
            Struck: self._struck,
        }

    def says(self, body: object, item: HistoryItem) -> str:
        """One fact."""
        teller = self._by_body.get(type(body))
        if teller is None:
            return self._words.told(body) or self._other(item)
        return teller(body, item)

    def _other(self, item: HistoryItem) -> str:
        """What others told of it, in the words that they have for that, and of which units."""
        name, has = f"told.{item.fact.kind}", getattr(self._say, "has", None)
        if has is None or not has(name):
            return self._say("operations.says.other", kind=self._say("operations.kind.other"))
        said = self._say(name)
        subjects = [each.partition(":") for each in item.fact.about]
        units = [self._words.unit(id_) for sort, _, id_ in subjects if sort == "unit"]
        # The incident comes first; what is first of all about a unit stands on the unit's own page.
        if not units or subjects[0][0] == "unit":
            return said
        return self._say("operations.log.with_units", says=said, units=", ".join(units))

    def _leads(self, body: LeaderNamed, item: HistoryItem) -> str:
        return self._say(
            "operations.log.leads",
            says=self._other(item),
            role=body.role.upper(),
            callsign=body.callsign,
        )

    def _needs(self, body: NeedAsked, _item: HistoryItem) -> str:
        parts = [f"{each.count} × {self._words.unit_type(each.type)}" for each in body.wants]
        if body.unit is not None:
            parts.append(self._say("needs.relief_of", unit=self._words.unit(body.unit)))
        said = self._say("told.needs.need_asked")
        if parts:
            said = self._say("operations.log.with_units", says=said, units=", ".join(parts))
        return self._say("needs.log_urgent", says=said) if body.urgent else said

    def _answered(self, body: NeedAnswered, item: HistoryItem) -> str:
        name, has = f"needs.log.{body.answer}", getattr(self._say, "has", None)
        if has is None or not has(name):
            return self._other(item)
        if body.because is not None and has(f"needs.because.{body.because}"):
            return self._say(name, because=self._say(f"needs.because.{body.because}"))
        said = self._say(name, because="")
        units = ", ".join(map(self._words.unit, body.units))
        return self._say("operations.log.with_units", says=said, units=units) if units else said

    def _reported(self, body: IncidentReported, _item: HistoryItem) -> str:
        where = self._words.municipality(body.municipality) or self._say("operations.no_place")
        what = self._words.type(body.incident_type)
        said = self._say("operations.says.reported", type=what, where=where)
        if body.urgency is None:
            return said
        urgency = self._words.urgency(body.urgency)
        return said + self._say("operations.says.urgency", urgency=urgency)

    def _described(self, body: IncidentDescribed, _item: HistoryItem) -> str:
        place = _place(body.latitude, body.longitude, _EXACT_DECIMALS)
        if not place:
            return self._say("operations.page.said")
        return self._say("operations.says.described", place=place)

    def _corrected(self, body: IncidentCorrected, item: HistoryItem) -> str:
        known, parts = self._whole.before.get(item.fact.id, {}), []
        names = {
            "incident_type": self._words.type,
            "municipality": self._words.municipality,
            "urgency": self._words.urgency,
        }
        for name, named in names.items():
            value, was = getattr(body, name), known.get(name)
            if value is not None:
                parts.append((name, named(value), "" if was is None else named(was)))
        if body.latitude is not None:
            old = _place(known.get("latitude"), known.get("longitude"), _OPEN_DECIMALS)
            parts.append(("place", _place(body.latitude, body.longitude, _OPEN_DECIMALS), old))
        nothing = self._say("operations.nothing")
        return "; ".join(
            self._say(f"operations.says.corrected.{name}", new=new, old=old or nothing)
            for name, new, old in parts
        )

    def _noted(self, _body: IncidentNoted, _item: HistoryItem) -> str:
        return self._say("operations.says.noted")

    def _closed(self, body: IncidentClosed, _item: HistoryItem) -> str:
        return self._say("operations.says.closed", outcome=self._words.outcome(body.outcome))

    def _stood(self, body: UnitStatusChanged, item: HistoryItem) -> str:
        units = [each for each in item.fact.about if each.startswith("unit:")]
        unit = units[0].partition(":")[2] if units else ""
        flags = [self._words.flag(flag) for flag in body.flags if flag in _FLAGS]
        status = _status(self._words, body.status)
        said = self._say("operations.says.unit", unit=self._words.unit(unit), status=status)
        return f"{said} ({', '.join(flags)})" if flags else said

    def _struck(self, body: Struck, _item: HistoryItem) -> str:
        struck = self._whole.by_id.get(body.fact)
        what = self._say(f"operations.kind.{_kind(struck)}")
        at = "" if struck is None else self._words.instant(struck.fact.happened_at)
        return self._say("operations.says.struck", what=what, at=at)


def _status(words: Words, status: str) -> str:
    # A peer with a newer program may know more statuses than we do.
    return words.status(status) if status in frozenset(UnitStatus) else status


def _kind(item: HistoryItem | None) -> str:
    """The last part of a kind's name, for one of ours."""
    ours = {kind.name for kind in KINDS}
    return item.fact.kind.partition(".")[2] if item and item.fact.kind in ours else "other"


def _place(latitude: float | None, longitude: float | None, decimals: int) -> str:
    if latitude is None or longitude is None:
        return ""
    return f"{latitude:.{decimals}f}, {longitude:.{decimals}f}"
