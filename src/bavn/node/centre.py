# SPDX-License-Identifier: Apache-2.0
"""What the centre asks of the house: the board, names, the country's cards, and ordinary requests.

The centre declares these as ports. What is typed in from paper is asked of operations here, as its
own pages ask it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from bavn.capabilities.centre.model.board import BoardNow
from bavn.capabilities.centre.model.command import Verb, Words, folded
from bavn.capabilities.centre.ports import BinderSet, Listed, Owned, PaperRow
from bavn.capabilities.centre.ports import Room as CentreRoom
from bavn.capabilities.operations.decisions import (
    CloseIncident,
    NoteIncident,
    SetUnitStatus,
    asking,
)
from bavn.capabilities.operations.facts import UNIT_STATUS_CHANGED, UnitStatusChanged
from bavn.capabilities.operations.model.incident import ClosedAs, IncidentState
from bavn.capabilities.operations.model.unit import UnitStatus
from bavn.capabilities.operations.ports import area_told
from bavn.capabilities.operations.views.incidents import the_incident
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.operations.views.units import Units
from bavn.capabilities.organisation.views.register import Register
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.journal.decision import Done
from bavn.journal.kinds import Kinds
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from bavn.node.board import LiveBoard
from bavn.node.centre_lists import TalkGroups
from bavn.node.centre_names import CountryNames
from bavn.node.connections import CountrySilences
from bavn.node.handed import Handed
from bavn.node.take_overs import CountryTakeOvers
from bavn.runtime.live import Live
from bavn.runtime.log import log_error
from bavn.runtime.shelf import Shelf as FileShelf
from bavn.runtime.texts import LANGUAGES, Texts

# Two who write down the same word are seldom more than this apart.
SAME_WORD = timedelta(seconds=90)
# What a word of the command line opens.
PLACES: Mapping[str, str] = {
    "map": "/",
    "board": "/centre",
    "incidents": "/incidents",
    "units": "/units",
    "handover": "/centre/handover",
    "paper": "/centre/paper",
    "binder": "/centre/binder",
    "cards": "/centre/cards",
    "connections": "/connections",
    "duty": "/duty",
}
_KINDS = Kinds([UNIT_STATUS_CHANGED])


def words_of(
    places: Mapping[str, str], languages: Sequence[str] = LANGUAGES, *, first_only: bool = False
) -> Words:
    """The words of the command line, from the texts of these languages.

    Of several for one thing the first is the one that is offered.
    """
    verbs: dict[str, Verb] = {}
    statuses: dict[str, str] = {}
    opened: dict[str, str] = {}
    outcomes: dict[str, str] = {}
    for language in languages:
        said = _Said(Texts(language), first_only=first_only)
        for verb in Verb:
            verbs |= dict.fromkeys(said.of(f"word.{verb}"), verb)
        for status in UnitStatus:
            statuses |= dict.fromkeys(said.of(f"word_status.{status}"), status.value)
        for place in places:
            opened |= dict.fromkeys(said.of(f"word_place.{place}"), place)
        for outcome in ClosedAs:
            outcomes |= dict.fromkeys(said.of(f"word_outcome.{outcome}"), outcome.value)
    return Words(verbs=verbs, statuses=statuses, places=opened, outcomes=outcomes)


class _Said:
    def __init__(self, texts: Texts, *, first_only: bool) -> None:
        self._texts, self._count = texts, 1 if first_only else None

    def of(self, name: str) -> list[str]:
        return [folded(each) for each in self._texts(f"centre.{name}").split(",")][: self._count]


class CountryCentre(CountryNames):
    """Everybody else, as the centre needs them."""

    def __init__(
        self, register: Register, operations: Room, board: LiveBoard, handed: Handed
    ) -> None:
        super().__init__(register, operations)
        self._board, self._handed = board, handed
        self.places = dict(PLACES)
        self._offered: dict[str, Words] = {}

    @cached_property
    def words(self) -> Words:
        """The words of the command line, in every language."""
        return words_of(self.places)

    def offered(self, language: str) -> Words:
        """The words that are offered in a language: one for each thing."""
        if language not in self._offered:
            self._offered[language] = words_of(self.places, [language], first_only=True)
        return self._offered[language]

    def board(self, call: Call) -> BoardNow:
        """What is going on."""
        return self._board.now(call.now)

    # Whose things are

    def incident(self, call: Call, incident: str) -> Owned:
        """An incident; ends the handler when there is none."""
        types, query = self._operations.types, self._handed.live.query
        found = the_incident(query, call.reader, types, incident)
        known = types.type_of(found.type)
        on = self._register.today(call.now)
        return Owned(
            id=found.id,
            service=found.service,
            area=area_told(self._operations.territory, found.service, found.area, on),
            type=found.type or "",
            group="" if known is None else known.group,
            is_open=found.state is IncidentState.OPEN,
        )

    def unit(self, call: Call, unit: str) -> Owned:
        """A unit; ends the handler when there is none."""
        on, units = self._register.today(call.now), self._units
        units.the_unit(call.reader, unit, on)
        owner, area, _ = units.whose(call, unit, on)
        return Owned(
            id=unit,
            service=owner,
            area=area_told(self._operations.territory, owner, area, on),
        )

    def handed(self, call: Call) -> Sequence[Listed]:
        """What others know of a watch."""
        return self._handed.of(call)

    # From paper

    async def report(self, desk: Desk, call: Call, row: PaperRow, ref: str) -> Done:
        """Have the ordinary fact told that a row of paper is."""
        match row.sort:
            case "status":
                return await self._status(desk, call, row, ref)
            case "report":
                return await self._report(desk, call, row, ref)
            case "note":
                found = self.incident(call, row.incident)
                text = row.text or Private("")
                content = NoteIncident(incident=found.id, text=text, at=row.at)
                return await carried_out(desk, call, found.service, content, ref)
            case _:
                found = self.incident(call, row.incident)
                closing = CloseIncident(
                    incident=found.id, area=found.area, outcome=row.outcome or None, at=row.at
                )
                return await carried_out(desk, call, found.service, closing, ref)

    def is_known(self, desk: Desk, call: Call, row: PaperRow) -> bool:
        """True when a unit's word has been told already, by itself or by somebody else."""
        if row.sort != "status":
            return False
        owner = self.unit(call, row.unit).service
        for item in desk.query.history(call.reader, owner, f"unit:{row.unit}"):
            body = _KINDS.read(item.fact)
            is_same = isinstance(body, UnitStatusChanged) and body.status == row.status
            if is_same and not item.struck and abs(item.fact.happened_at - row.at) <= SAME_WORD:
                return True
        return False

    async def _status(self, desk: Desk, call: Call, row: PaperRow, ref: str) -> Done:
        owned = self.unit(call, row.unit)
        on = self._register.today(call.now)
        content = SetUnitStatus(
            unit=row.unit,
            area=owned.area,
            status=UnitStatus(row.status),
            incident=row.incident or None,
            at=row.at,
            registered=self._operations.registry.unit(row.unit, on) is not None,
        )
        return await carried_out(desk, call, owned.service, content, ref)

    async def _report(self, desk: Desk, call: Call, row: PaperRow, ref: str) -> Done:
        where = "" if row.text is None else row.text.reveal()
        town = where.rpartition(",")[2].strip()
        codes = {each.name: each.code for each in self.towns(call)}
        alarm = asking.Alarm(
            incident_type=row.type or None,
            municipality=codes.get(town),
            address=Private(where) if where else None,
            occurred_at=row.at,
        )
        told = await asking.report(desk, call, self._operations.territory, alarm, ref)
        history = desk.query.history(call.reader, told.service, f"incident:{told.id}")
        if not history:
            raise Refusal(
                Refused(
                    code="no_such_incident",
                    says=f"There is no incident {told.id} here.",
                    try_instead="Look it up on the board, or report it first.",
                    values={"incident": told.id},
                )
            )
        return Done(facts=(history[0].fact.id,), repeated=told.repeated)

    @property
    def _units(self) -> Units:
        room = self._operations
        return Units(self._handed.live.query, room.registry, room.territory, room.positions)


class Paper(NamedTuple):
    """The shelf as the pages of the centre see it, and who is told to make a set."""

    shelf: FileShelf
    wake: list[Callable[[], None]]

    def sets(self) -> Sequence[BinderSet]:
        """The sets that are there, the newest first."""
        return [
            BinderSet(name=each.name, made_at=each.made_at, bytes_count=each.bytes_count)
            for each in self.shelf.sets()
        ]

    def read(self, name: str) -> bytes | None:
        """One of them; None when there is none of this name."""
        return self.shelf.read(name)

    def make_now(self) -> None:
        """Have a new one made, where this process has them made."""
        for each in self.wake:
            each()


def _broken(who: str, error: Exception) -> None:
    log_error("wants.broken", error, who=who)


def centre_of(
    live: Live,
    register: Register,
    operations: Room,
    silences: CountrySilences,
    take_overs: CountryTakeOvers,
    data: Path,
) -> CentreRoom:
    """The room of the centre; others who know of what waits are added to it."""
    handed = Handed(live, register, silences, take_overs)
    around = CountryCentre(
        register, operations, LiveBoard(live, operations, TalkGroups(live.query)), handed
    )
    paper = Paper(FileShelf(data, live.world), [])
    return CentreRoom(around=around, shelf=paper, attentive=[handed], broken=_broken)
