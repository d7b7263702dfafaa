# SPDX-License-Identifier: Apache-2.0
"""What safety asks of the house: who works at an incident, its units and crews, the country."""

from collections.abc import Sequence
from datetime import tzinfo
from functools import cache
from importlib.resources import files

from bavn.capabilities.operations.model.unit import UnitStatus
from bavn.capabilities.operations.views.room import Room as Operations
from bavn.capabilities.safety.model.air import AirRules, Cylinder
from bavn.capabilities.safety.ports import CylinderKnown, Scene, UnitThere
from bavn.capabilities.safety.views.room import SAID, Room
from bavn.capabilities.scene.ports import Around as Board
from bavn.capabilities.scene.ports import Site
from bavn.frame.call import Call
from bavn.frame.country import Named
from bavn.kernel.identity import OrganisationId
from bavn.runtime.countries import read_table
from bavn.runtime.live import Live


class CylinderRow(Named, frozen=True, kw_only=True):
    """A sort of breathing apparatus, and the figures that a team in it is counted by."""

    litres: float
    working_bar: int
    reserve_bar: int
    use_l_min: int


class RuleRow(Named, frozen=True, kw_only=True):
    """One figure by which teams are watched."""

    value: int
    unit: str


@cache
def cylinders_of(country: str) -> tuple[CylinderKnown, ...]:
    """What is breathed from in a country that comes with the program, the usual one first."""
    rows = read_table(files("bavn") / "countries" / country, "breathing", CylinderRow)
    return tuple(
        CylinderKnown(
            code=row.code,
            danish=row.danish,
            english=row.english,
            figures=Cylinder(
                litres=row.litres,
                working_bar=row.working_bar,
                reserve_bar=row.reserve_bar,
                use_l_min=row.use_l_min,
            ),
            basis=row.basis,
        )
        for row in rows
    )


@cache
def air_rules_of(country: str) -> AirRules:
    """How its teams are watched."""
    rows = read_table(files("bavn") / "countries" / country, "breathing_rules", RuleRow)
    return AirRules(**{row.code: row.value for row in rows})


class CountrySafety:
    """All that safety is connected with: the board of the scene knows who works there."""

    def __init__(self, scene: Board, country: str) -> None:
        self._scene = scene
        self.cylinders: Sequence[CylinderKnown] = cylinders_of(country)
        self.rules = air_rules_of(country)

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""
        return self._scene.zone

    def scene(self, call: Call, incident: str) -> Scene:
        """One incident; ends the handler when there is none."""
        return _scene(self._scene.site(call, incident))

    def known(self, call: Call, incident: str) -> Scene | None:
        """The same, where there may be none."""
        found = self._scene.known(call, incident)
        return None if found is None else _scene(found)

    def units_at(self, call: Call, incident: str) -> Sequence[UnitThere]:
        """The units that have said that they are there, with who is aboard."""
        there = [
            UnitThere(
                unit=each.id,
                callsign=each.callsign,
                expected=each.crew,
                is_said=each.crew_is_said,
            )
            for each in self._scene.units(call, incident)
            if each.status == UnitStatus.AT_SCENE
        ]
        return sorted(there, key=lambda each: each.callsign)

    def name_of(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""
        return self._scene.name_of(call, organisation)


def _scene(site: Site) -> Scene:
    return Scene(
        incident=site.incident,
        label=site.label,
        service=site.service,
        area=site.area,
        assigned=site.assigned,
        is_open=site.is_open,
    )


def safety_of(live: Live, operations: Operations, scene: Board, country: str) -> Room:
    """What its handlers ask for by name; the log tells its facts in its words."""
    room = Room(live.query, CountrySafety(scene, country))
    operations.sayings |= dict.fromkeys(SAID, room.says)
    others = operations.writers

    def writers(call: Call, incident: str) -> set[OrganisationId]:
        return {*others(call, incident), *room.writers(call, incident)}

    operations.writers = writers
    return room
