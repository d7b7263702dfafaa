# SPDX-License-Identifier: Apache-2.0
"""What things are called on the board and on paper, and the country's own cards and lists."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from importlib.resources import files
from zoneinfo import ZoneInfo

from bavn.capabilities.centre.model.command import folded
from bavn.capabilities.centre.ports import Card, Listed, PlaceNamed
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.organisation.views.register import Register
from bavn.frame.call import Call
from bavn.frame.country import PARTNER, Basis, Row
from bavn.kernel.identity import OrganisationId
from bavn.runtime.countries import read_table

CARDS = "action_cards"


class CardRow(Row, frozen=True, kw_only=True):
    """A row of the country's action cards."""

    code: str
    danish: str
    english: str
    types: tuple[str, ...] = ()
    function: str = ""
    danish_steps: tuple[str, ...]
    english_steps: tuple[str, ...]


def country_cards(country: str, language: str) -> tuple[Card, ...]:
    """The action cards that come with a country; none where it has no such table."""
    folder = files("bavn") / "countries" / country
    if not (folder / f"{CARDS}.csv").is_file():
        return ()
    is_danish = language == "da"
    return tuple(
        Card(
            code=each.code,
            title=each.danish if is_danish else each.english,
            types=each.types,
            function=each.function,
            steps=each.danish_steps if is_danish else each.english_steps,
            basis=each.basis,
        )
        for each in read_table(folder, CARDS, CardRow)
    )


class CountryNames:
    """The register and the country's tables, as the board and paper need them."""

    def __init__(self, register: Register, operations: Room) -> None:
        self._register, self._operations = register, operations
        self.zone: tzinfo = ZoneInfo(register.country.time_zone)
        self._cards: dict[str, tuple[Card, ...]] = {}

    def type_name(self, call: Call, code: str) -> str:
        """What a type of incident is called."""
        known = self._operations.types.type_of(code)
        return code if known is None else _named(call, known.danish, known.english)

    def group_name(self, call: Call, group: str) -> str:
        """What a kind of work is called; one without a name stands as it is."""
        name = f"centre.group.{group}"
        has = getattr(call.say, "has", None)
        return call.say(name) if has is None or has(name) else group

    def unit_type_name(self, call: Call, code: str) -> str:
        """What a kind of unit is called."""
        known = self._operations.resource_types.get(code)
        return code if known is None else _named(call, known.danish, known.english)

    def organisation_name(self, call: Call, organisation: str) -> str:
        """What a service or an area is called."""
        on = self._register.today(call.now)
        return self._operations.territory.name_of(OrganisationId(organisation), on) or organisation

    def function_name(self, call: Call, code: str) -> str:
        """What a function is called."""
        known = self._operations.functions.get(code)
        return code if known is None else _named(call, known.danish, known.english)

    def urgency_name(self, call: Call, rank: int) -> str:
        """What an urgency is called."""
        known = self._operations.types.urgencies
        if not 1 <= rank <= len(known):
            return call.say("operations.urgency_unknown")
        return _named(call, known[rank - 1].danish, known[rank - 1].english)

    def types(self) -> Mapping[str, str]:
        """Types of incident by what may be typed: codes, and names without a blank."""
        found: dict[str, str] = {}
        for each in self._operations.types.types:
            names = [folded(each.danish), folded(each.english)]
            found |= {name: each.code for name in names if " " not in name}
        return found | {folded(each.code): each.code for each in self._operations.types.types}

    # What there is to choose from

    def areas(self, call: Call) -> Sequence[PlaceNamed]:
        """All areas."""
        on = self._register.today(call.now)
        found = self._operations.territory.areas(on)
        return [PlaceNamed(code=each.id, name=each.name) for each in found]

    def services(self, call: Call) -> Sequence[PlaceNamed]:
        """All services, by name."""
        day = self._register.on(self._register.today(call.now))
        found = [PlaceNamed(code=each, name=told.body.name) for each, told in day.services.items()]
        return sorted(found, key=lambda each: each.name)

    def groups(self, call: Call) -> Sequence[PlaceNamed]:
        """All kinds of work."""
        codes = dict.fromkeys(each.group for each in self._operations.types.types)
        return [PlaceNamed(code=each, name=self.group_name(call, each)) for each in codes]

    def unit_types(self, call: Call) -> Sequence[PlaceNamed]:
        """All kinds of units that are sent, by name."""
        types = self._register.country.resource_types
        found = [
            PlaceNamed(code=each.code, name=_named(call, each.danish, each.english))
            for each in types
            if each.kind != PARTNER
        ]
        return sorted(found, key=lambda each: each.name)

    def towns(self, call: Call) -> Sequence[PlaceNamed]:
        """All municipalities."""
        found = self._operations.territory.municipalities(self._register.today(call.now))
        return [PlaceNamed(code=each.code, name=each.name) for each in found]

    def area_of(self, call: Call, organisation: OrganisationId) -> OrganisationId:
        """The area that an organisation is in; itself where that is unknown."""
        on = self._register.today(call.now)
        return self._operations.territory.area_of(organisation, on) or organisation

    def cards(self, language: str) -> Sequence[Card]:
        """The country's own action cards."""
        if language not in self._cards:
            self._cards[language] = country_cards(self._register.country.id, language)
        return self._cards[language]

    def lists(self, call: Call, hosted: frozenset[str]) -> Sequence[Listed]:
        """What stands in the tables and is needed on paper: what is sent to what, and stations."""
        day = self._register.on(self._register.today(call.now))
        towns = {each.code: each.name for each in self.towns(call)}
        sent = [
            (
                each.code,
                _named(call, each.danish, each.english),
                ", ".join(
                    f"{need.count} {self.unit_type_name(call, need.type)}"
                    for need in each.first_dispatch
                ),
                call.say("operations.calibration")
                if each.basis.startswith(Basis.CALIBRATION)
                else "",
            )
            for each in self._register.country.incident_types
        ]
        stations = sorted(
            (
                self.organisation_name(call, each.service),
                each.told.body.name,
                towns.get(each.told.body.municipality, each.told.body.municipality),
            )
            for each in day.stations.values()
            if {str(each.service), str(day.area_of(each.service))} & hosted
        )
        return (
            Listed(name="picklists", heads=(), rows=tuple(sent)),
            Listed(name="stations", heads=(), rows=tuple(stations)),
        )


def _named(call: Call, danish: str, english: str) -> str:
    return danish if call.language == "da" else english
