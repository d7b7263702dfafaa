# SPDX-License-Identifier: Apache-2.0
"""What the commander's board asks of the house: who works there, what stands where, who leads."""

from collections.abc import Mapping, Sequence
from datetime import timedelta, tzinfo
from functools import cache
from importlib.resources import files
from typing import Any

from bavn.capabilities.command.ports import Scene
from bavn.capabilities.command.views.room import Room as Command
from bavn.capabilities.crews.model.crew import CrewNow, Source
from bavn.capabilities.crews.model.crew import Due as ReliefDue
from bavn.capabilities.crews.views.reading import Room as Crews
from bavn.capabilities.duty.views.room import Room as Duty
from bavn.capabilities.operations.views.incidents import incident
from bavn.capabilities.operations.views.room import Room as Operations
from bavn.capabilities.operations.views.units import Unit, Units, WantedUnits
from bavn.capabilities.scene.facts import HazardTold, SectorTold, TaskTold, WindMeasured
from bavn.capabilities.scene.model.board import BoardRules, HazardKnown
from bavn.capabilities.scene.ports import Due, Leader, Relief, Site, UnitThere
from bavn.capabilities.scene.views.room import Room
from bavn.frame.call import Call
from bavn.frame.country import Country, Named
from bavn.frame.desk import Desk
from bavn.kernel.identity import OrganisationId
from bavn.node.together import WordsOf
from bavn.runtime.countries import read_table
from bavn.runtime.live import Live

WIND_OLD = "wind_old"


class HazardRow(Named, frozen=True, kw_only=True):
    """A kind of hazard at a scene, with the short mark that stands on the board."""

    mark: str


class RuleRow(Named, frozen=True, kw_only=True):
    """After how many minutes something is to be marked."""

    minutes: int


@cache
def hazards_of(country: str) -> tuple[HazardKnown, ...]:
    """The kinds of hazards of a country that comes with the program; none where it has no table."""
    folder = files("bavn") / "countries" / country
    if not (folder / "scene_hazards.csv").is_file():
        return ()
    return tuple(
        HazardKnown(
            code=row.code,
            danish=row.danish,
            english=row.english,
            mark=row.mark,
            basis=row.basis,
        )
        for row in read_table(folder, "scene_hazards", HazardRow)
    )


class CountryScene:
    """All that the board is connected with."""

    def __init__(
        self,
        live: Live,
        country: Country,
        operations: Operations,
        command: Command,
        crews: Crews,
        duty: Duty,
    ) -> None:
        self._operations = operations
        self._command = command
        self._crews = crews
        self._duty = duty
        self._words = WordsOf(operations)
        self._units = Units(
            live.query, operations.registry, operations.territory, operations.positions
        )
        self._districts = {
            each.code: OrganisationId(each.police_district) for each in country.municipalities
        }
        self._live = live
        self.hazards: Sequence[HazardKnown] = hazards_of(country.id)
        self.rules = _rules(country.id, crews.around.limits.warned)

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""
        return self._operations.zone

    def site(self, call: Call, incident: str) -> Site:
        """One incident; ends the handler when there is none."""
        return self._site(call, self._command.around.scene(call, incident))

    def known(self, call: Call, incident: str) -> Site | None:
        """The same, where there may be none."""
        found = self._command.around.known(call, incident)
        return None if found is None else self._site(call, found)

    def name_of(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""
        return self._words(call).organisation(organisation)

    def function(self, call: Call, code: str) -> str:
        """What a function is called."""
        return self._words(call).function(code)

    def unit_name(self, call: Call, unit: str) -> str:
        """What a unit is called over the radio."""
        return self._words(call).unit(unit)

    def units(self, call: Call, incident: str) -> Sequence[UnitThere]:
        """The units at an incident and on their way there, and at those that are one with it."""
        whole = frozenset(self._operations.joined.whole(incident))
        wanted = WantedUnits(on=call.now.date(), incidents=whole)
        found, _ = self._units.list(call.reader, wanted)
        return [self._there(call, each) for each in found]

    async def leaders(self, desk: Desk, call: Call, incident: str) -> Sequence[Leader]:
        """Who leads in each role, by callsign."""
        scene = self._command.around.scene(call, incident)
        known = {each.code: each for each in self._command.around.roles}
        leaders = []
        for each in await self._command.roles(desk, call, scene):
            role = known.get(each.role)
            title = "" if role is None else role.danish if call.language == "da" else role.english
            leaders.append(
                Leader(
                    role=each.role,
                    short=each.role if role is None else role.short,
                    title=title,
                    callsign="" if each.now is None else each.now.callsign,
                    since=None if each.now is None else each.now.since,
                )
            )
        return leaders

    def next_report(self, call: Call, incident: str) -> Due | None:
        """When the next situation report is due."""
        found = self._command.reports.due(call, self._command.around.scene(call, incident))
        return None if found is None else Due(at=found[0], is_over=found[1])

    def talk_groups(self, call: Call, incident: str) -> Sequence[str]:
        """What the talk groups of the incident are called."""
        return self._duty.talk_groups(call, incident)

    def _site(self, call: Call, scene: Scene) -> Site:
        return Site(
            incident=scene.incident,
            label=self._command.around.label(call, scene.incident),
            service=scene.service,
            area=scene.area,
            assigned=(*scene.assigned, *self._police(call, scene.incident)),
            is_open=scene.is_open,
        )

    def _police(self, call: Call, name: str) -> Sequence[OrganisationId]:
        """The police district of the place: it leads there too, and has a node nowhere."""
        found = incident(self._live.query, call.reader, self._operations.types, name)
        code = None if found is None else found.municipality
        return () if code not in self._districts else (self._districts[code],)

    def _there(self, call: Call, unit: Unit) -> UnitThere:
        words = self._words(call)
        crew = self._crews.one(self._crews.around.unit(call, unit.id), call.now)
        return UnitThere(
            id=unit.id,
            callsign=unit.callsign,
            type=words.unit_type(unit.type),
            service=unit.service,
            status="" if unit.status is None else unit.status.value,
            status_text="" if unit.status is None else words.status(unit.status),
            since=unit.status_at,
            crew=crew.count,
            crew_is_said=crew.source is Source.SAID,
            relief=_relief(crew),
        )


def _relief(crew: CrewNow) -> Relief | None:
    if crew.relief is None:
        return None
    return Relief(due_at=crew.relief.due_at, is_over=crew.relief.state is ReliefDue.OVER)


@cache
def rules_of(country: str) -> Mapping[str, RuleRow]:
    """The rules of a country that comes with the program; none where it has no table."""
    folder = files("bavn") / "countries" / country
    if not (folder / "scene_rules.csv").is_file():
        return {}
    return {row.code: row for row in read_table(folder, "scene_rules", RuleRow)}


def _rules(country: str, relief_near: timedelta) -> BoardRules:
    rule = rules_of(country).get(WIND_OLD)
    if rule is None:
        return BoardRules(relief_near=relief_near)
    return BoardRules(
        wind_old=timedelta(minutes=rule.minutes), relief_near=relief_near, basis=rule.basis
    )


def scene_of(
    live: Live, country: Country, operations: Operations, people: dict[str, Any], duty: Duty
) -> Room:
    """What its handlers ask for by name; the log tells its facts in its words."""
    command, crews = people["command"], people["crews"]
    room = Room(live.query, CountryScene(live, country, operations, command, crews, duty))
    told = (SectorTold, TaskTold, HazardTold, WindMeasured)
    operations.sayings |= dict.fromkeys(told, room.says)
    others = operations.writers

    def writers(call: Call, incident: str) -> set[OrganisationId]:
        return {*others(call, incident), *room.writers(call, incident)}

    operations.writers = writers
    return room
