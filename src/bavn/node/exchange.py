# SPDX-License-Identifier: Apache-2.0
"""What exchange asks of the house: the register's lists, the country's words, and what goes out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from functools import cache
from importlib.resources import files

from bavn.capabilities.exchange.adapters.files import Files
from bavn.capabilities.exchange.model.columns import What, Word, Words
from bavn.capabilities.exchange.ports import Line, Period, Target
from bavn.capabilities.operations.model.incident import IncidentState
from bavn.capabilities.operations.views.doubted import doubted_incident, doubted_units
from bavn.capabilities.operations.views.incidents import (
    LIMIT_MOST,
    Incident,
    Wanted,
    incidents,
)
from bavn.capabilities.operations.views.room import Room as Operations
from bavn.capabilities.operations.views.units import Unit, Units
from bavn.capabilities.organisation.model.settling import ListKind
from bavn.capabilities.organisation.views.register import Register
from bavn.frame.call import Call
from bavn.frame.country import Country, IncidentType, Named
from bavn.node.exchange_operations import IncidentTarget, StatusTarget
from bavn.node.exchange_register import ListTarget
from bavn.node.together import WordsOf
from bavn.runtime.countries import read_table
from bavn.runtime.live import Live

TABLE = "exchange_words"
# A year of a large service, some times over; what is more is taken out in parts.
LINES_LIMIT = 20_000


class WordRow(Named, frozen=True, kw_only=True):
    """A code with all that it is called. `kind` is `column`, or the column that it stands in."""

    kind: str
    others: tuple[str, ...] = ()


@cache
def words_of(country: str) -> tuple[Word, ...]:
    """The words of a country that comes with the program; none where it has no such table."""
    folder = files("bavn") / "countries" / country
    if not (folder / f"{TABLE}.csv").is_file():
        return ()
    return tuple(
        Word(
            kind=row.kind,
            code=row.code,
            danish=row.danish,
            english=row.english,
            others=row.others,
        )
        for row in read_table(folder, TABLE, WordRow)
    )


def _all_words(country: Country) -> Words:
    words = Words(words_of(country.id))
    named: dict[str, Iterable[Named | IncidentType]] = {
        "type": (*country.incident_types, *country.resource_types),
        "urgency": country.urgencies,
        "crewing": country.crewings,
    }
    for kind, rows in named.items():
        for row in rows:
            words.add(Word(kind=kind, code=row.code, danish=row.danish, english=row.english))
    for place in country.municipalities:
        # A spreadsheet takes a number for a number, and leaves out the nought before it.
        short = (place.code.lstrip("0"),)
        words.add(
            Word(
                kind="municipality",
                code=place.code,
                danish=place.name,
                english=place.name,
                others=short,
            )
        )
    return words


class CountryExchange:
    """All that exchange is connected with."""

    def __init__(self, live: Live, register: Register, operations: Operations) -> None:
        self._live = live
        self._register = register
        self._operations = operations
        self._words_of = WordsOf(operations)
        self.words = _all_words(register.country)
        self.targets: Mapping[What, Target] = {
            What.STATIONS: ListTarget(live, register, ListKind.STATIONS, self.words),
            What.UNITS: ListTarget(live, register, ListKind.UNITS, self.words),
            What.STATUSES: StatusTarget(live, operations, self.words),
            What.INCIDENTS: IncidentTarget(live, register.country, operations, self.words),
        }

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""
        return self._operations.zone

    def name_of(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""
        return self._words_of(call).organisation(organisation)

    def function(self, call: Call, code: str) -> str:
        """What a function is called."""
        return self._words_of(call).function(code)

    def stations(self, call: Call, service: str | None) -> Sequence[Line]:
        """Stations as the pages show them today."""
        day = self._register.on(self._register.today(call.now))
        return [
            {
                "id": id_,
                "service": each.service,
                "name": each.told.body.name,
                "municipality": each.told.body.municipality,
                "lat": each.told.body.lat,
                "lon": each.told.body.lon,
                "crewing": each.told.body.crewing,
                "place_basis": each.told.body.place_basis,
                "capabilities": each.told.body.capabilities,
            }
            for id_, each in sorted(day.stations.items())
            if service in {None, each.service}
        ]

    def units(self, call: Call, service: str | None) -> Sequence[Line]:
        """Units with status and last place, as the pages show them."""
        room = self._operations
        every = Units(self._live.query, room.registry, room.territory, room.positions)
        on = self._register.today(call.now)
        found = [each for each in every.all(call.reader, on) if service in {None, each.service}]
        return [_unit_line(each) for each in doubted_units(found, room.doubts.now())]

    def incidents(self, call: Call, period: Period, service: str | None) -> Sequence[Line]:
        """Incidents as the pages show them to the caller; none of their texts."""
        room, lines, after = self._operations, list[Line](), None
        doubts, zone = room.doubts.now(), self.zone
        while len(lines) < LINES_LIMIT:
            wanted = Wanted(
                today=call.now.date(),
                state=IncidentState.OPEN if period.is_open else IncidentState.CLOSED,
                service=service,
                limit=LIMIT_MOST,
                after=after,
            )
            found = incidents(self._live.query, call.reader, room.types, wanted)
            for each in found.items:
                day = each.reported_at.astimezone(zone).date()
                if not period.is_open and day < period.first:
                    return lines
                if period.is_open or day <= period.last:
                    lines.append(_incident_line(doubted_incident(each, doubts)))
            after = found.next
            if after is None:
                break
        return lines


def _unit_line(unit: Unit) -> Line:
    return {
        "id": unit.id,
        "service": unit.service,
        "type": unit.type,
        "callsign": unit.callsign,
        "station": unit.station,
        "crew": unit.crew,
        "capabilities": unit.capabilities,
        "status": None if unit.status is None else unit.status.value,
        "status_at": unit.status_at,
        "incident": unit.incident,
        "lat": None if unit.place is None else unit.place.lat,
        "lon": None if unit.place is None else unit.place.lon,
        "position_at": unit.place_at,
        "last_heard_at": None if unit.is_heard else unit.last_heard_at,
    }


def _incident_line(each: Incident) -> Line:
    return {
        "id": each.id,
        "type": each.type,
        "urgency": each.urgency,
        "municipality": each.municipality,
        "lat": None if each.place is None else each.place.lat,
        "lon": None if each.place is None else each.place.lon,
        "place_exact": "yes" if each.place_exact else "no",
        "reported_at": each.reported_at,
        "state": each.state.value,
        "outcome": each.outcome,
        "service": each.service,
        "area": each.area,
        "closed_at": each.closed_at,
        "units": each.units,
        "last_heard_at": None if each.is_heard else each.last_heard_at,
    }


def exchange_of(live: Live, register: Register, operations: Operations) -> Files:
    """What its handlers ask for by name."""
    return Files(live.query, CountryExchange(live, register, operations))
