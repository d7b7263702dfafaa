# SPDX-License-Identifier: Apache-2.0
"""What needs ask of the house: who works at an incident, its units, and whose crews tire."""

from collections.abc import Sequence
from datetime import tzinfo
from functools import cache
from importlib.resources import files
from typing import Any

from bavn.capabilities.command.ports import Around as Command
from bavn.capabilities.crews.model.crew import Due
from bavn.capabilities.crews.views.reading import Room as Crews
from bavn.capabilities.dispatch.views import ORDERS
from bavn.capabilities.dispatch.views.room import Room as Dispatch
from bavn.capabilities.needs.model.need import Ordered, RuleKnown
from bavn.capabilities.needs.ports import Scene, UnitThere
from bavn.capabilities.needs.views.room import Room
from bavn.capabilities.operations.views.room import Room as Operations
from bavn.capabilities.operations.views.tables import UNIT_PICTURE
from bavn.frame.call import Call
from bavn.frame.country import Country, Named, ResourceType
from bavn.journal.reader import NOBODY
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import instant_of
from bavn.node.together import WordsOf
from bavn.runtime.countries import read_table
from bavn.runtime.live import Live

# What units are sent as; all else is asked for as a resource.
SENT_AS = frozenset({"vehicle", "vessel", "team"})


class RuleRow(Named, frozen=True, kw_only=True):
    """A sort of need, what is meant by it, and within how many minutes one is to be seen."""

    danish_hint: str
    english_hint: str
    seen_min: int


@cache
def need_rules_of(country: str) -> tuple[RuleKnown, ...]:
    """The sorts of needs in a country that comes with the program."""
    rows = read_table(files("bavn") / "countries" / country, "needs", RuleRow)
    return tuple(
        RuleKnown(
            code=row.code,
            danish=row.danish,
            english=row.english,
            danish_hint=row.danish_hint,
            english_hint=row.english_hint,
            seen_min=row.seen_min,
            basis=row.basis,
        )
        for row in rows
    )


class CountryNeeds:
    """All that needs are connected with."""

    def __init__(
        self,
        live: Live,
        country: Country,
        operations: Operations,
        command: Command,
        crews: Crews,
        dispatch: Dispatch,
    ) -> None:
        self._live = live
        self._country = country
        self._operations = operations
        self._command = command
        self._crews = crews
        self._dispatch = dispatch
        self._words = WordsOf(operations)
        self.rules: Sequence[RuleKnown] = need_rules_of(country.id)

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""
        return self._operations.zone

    def scene(self, call: Call, incident: str) -> Scene:
        """One incident, and who works there by what command knows; ends the handler without it."""
        found = self._command.scene(call, incident)
        return Scene(
            incident=found.incident,
            service=found.service,
            area=found.area,
            assigned=found.assigned,
            is_open=found.is_open,
            same=self._operations.joined.whole(found.incident),
        )

    def known(self, call: Call, incident: str) -> Scene | None:
        """The same, where there may be none."""
        return None if self._command.known(call, incident) is None else self.scene(call, incident)

    def units_at(self, call: Call, scene: Scene) -> Sequence[UnitThere]:
        """Units that say that they are there or on their way, and those ordered; tired first."""
        names = self._operations.joined.whole(scene.incident)
        there = {
            str(row["subject"]).partition(":")[2]
            for name in names
            for row in self._live.query.rows(NOBODY, UNIT_PICTURE, {"incident": name})
        }
        there |= {each.unit for each in self.ordered(call, scene)}
        found = [self._unit(call, unit) for unit in sorted(there)]
        return sorted(
            found, key=lambda each: (not each.is_due, each.relief_at is None, each.callsign)
        )

    def ordered(self, call: Call, scene: Scene) -> Sequence[Ordered]:
        """Units that were ordered to it and not called back."""
        registry, on = self._operations.registry, call.now.date()
        found = []
        for name in self._operations.joined.whole(scene.incident):
            for row in self._live.query.rows(NOBODY, ORDERS, {"incident": name}):
                if row["stood_down_at_ms"] is not None:
                    continue
                unit = str(row["subject"]).partition(":")[2]
                known = registry.unit(unit, on)
                found.append(
                    Ordered(
                        unit=unit,
                        type="" if known is None else known.type,
                        at=instant_of(int(str(row["ordered_at_ms"]))),
                    )
                )
        return found

    def types(self, call: Call) -> Sequence[tuple[str, str]]:
        """What units are sent, in the order of the country's table: what is usual comes first."""
        return [(each.code, _named(call, each)) for each in self._types(sent=True)]

    def resources(self, call: Call) -> Sequence[tuple[str, str]]:
        """What is asked for beside them."""
        return [(each.code, _named(call, each)) for each in self._types(sent=False)]

    def units(self, call: Call, typed: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Read units by id or callsign; and what names none."""
        return self._dispatch.named(call, typed)

    def callsign(self, call: Call, unit: str) -> str:
        """What a unit is called."""
        return self._words(call).unit(unit)

    def name_of(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""
        return self._words(call).organisation(organisation)

    def function_name(self, call: Call, function: str) -> str:
        """What a function is called."""
        return self._words(call).function(function)

    def label(self, call: Call, incident: str) -> str:
        """What people call an incident."""
        return self._command.label(call, incident)

    def _types(self, *, sent: bool) -> list[ResourceType]:
        return [each for each in self._country.resource_types if (each.kind in SENT_AS) is sent]

    def _unit(self, call: Call, unit: str) -> UnitThere:
        known = self._crews.around.unit(call, unit)
        relief = self._crews.one(known, call.now).relief
        return UnitThere(
            id=unit,
            callsign=known.callsign,
            service=OrganisationId(known.service),
            relief_at=None if relief is None else relief.due_at,
            is_due=relief is not None and relief.state is not Due.LATER,
        )


def needs_of(
    live: Live,
    country: Country,
    operations: Operations,
    people: dict[str, Any],
    dispatch: Dispatch,
) -> dict[str, Room]:
    """What its handlers ask for by name; an incident's log has what was asked and answered."""
    command, crews = people["command"], people["crews"]
    around = CountryNeeds(live, country, operations, command.around, crews, dispatch)
    room = Room(live.query, around)
    before = operations.writers
    operations.writers = lambda call, incident: {
        *before(call, incident),
        *room.askers(call, incident),
    }
    return {"needs": room}


def _named(call: Call, each: Named) -> str:
    return each.danish if call.language == "da" else each.english
