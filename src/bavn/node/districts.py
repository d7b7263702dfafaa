# SPDX-License-Identifier: Apache-2.0
"""The police districts that situation shows: where incidents are, and what is known of them."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo

from bavn.capabilities.command.model.leading import Leads, now_leading, succession
from bavn.capabilities.command.views import LEADERS
from bavn.capabilities.command.views.room import Room as Command
from bavn.capabilities.levels.views.room import Room as Levels
from bavn.capabilities.needs.views.room import Room as Needs
from bavn.capabilities.needs.views.room import what_of
from bavn.capabilities.operations.ports import Joined
from bavn.capabilities.organisation.views.register import Register
from bavn.capabilities.reinforcement.views.room import Room as Reinforcement
from bavn.capabilities.situation.model.districts import (
    UNKNOWN,
    Around,
    DistrictSeen,
    HelpSeen,
    LeaderSeen,
    LevelSeen,
    NeedSeen,
    StationSeen,
    districts_now,
)
from bavn.capabilities.situation.model.picture import AVAILABLE
from bavn.capabilities.situation.ports import (
    DistrictNow,
    IncidentSeen,
    Picture,
    PictureNow,
)
from bavn.frame.call import Call
from bavn.frame.country import Country
from bavn.journal.reader import NOBODY
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import instant_of
from bavn.runtime.live import Live
from bavn.runtime.log import log_error
from bavn.runtime.maps import Maps

# Days whose coverings are ready: today's, and one that somebody looks back at.
DAYS_LIMIT = 4


class CountryDistricts:
    """Who knows what goes on in each police district, by what all others know."""

    def __init__(  # noqa: PLR0913, PLR0917 - all who know something of a district
        self,
        live: Live,
        register: Register,
        maps: Maps,
        picture: Picture,
        command: Command,
        needs: Needs,
        reinforcement: Reinforcement,
        levels: Levels,
        joined: Joined,
    ) -> None:
        self._live = live
        self._register = register
        self._maps = maps
        self._picture = picture
        self._command = command
        self._needs = needs
        self._reinforcement = reinforcement
        self._levels = levels
        self._joined = joined
        self._towns = towns_of(register.country)
        self._district_of = {town: each.id for each in self._towns for town in each.municipalities}
        self._coverings: OrderedDict[tuple[date, int], Mapping[str, frozenset[str]]] = OrderedDict()

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""
        return ZoneInfo(self._register.country.time_zone)

    def now(self, call: Call, named: str | None = None) -> Sequence[DistrictNow]:
        """Every district, within what the caller may read."""
        picture = self._picture.now(call)
        where = {each.id: self.district_of(each) for each in picture.incidents}
        wanted = [each for each in picture.incidents if where[each.id] == named]
        around = Around(
            districts=self._towns,
            district_of=where,
            leaders={each.id: self._leaders(each.id) for each in wanted},
            report_due_at=self._command.reports.overdue(call),
            needs=self._asked(call),
            helps=self._helps(call),
            levels=self._raised(call),
            covered_by=self._covered_by(call.now),
            stations=self._stations(call, picture),
        )
        return districts_now(picture.incidents, picture.units, around)

    def district_of(self, incident: IncidentSeen) -> str:
        """The district of an incident: by the municipality that all were told, else by its place.

        A place is known to some within a metre and to others within a kilometre: by it alone one
        incident could stand in two districts. The municipality is the same for everybody.
        """
        found = self._district_of.get(incident.municipality)
        if found is not None:
            return found
        if incident.lat is None or incident.lon is None:
            return UNKNOWN
        try:
            town = self._maps.municipality_at(incident.lat, incident.lon)
        except Exception as error:  # noqa: BLE001 - a broken map must not take a page away
            log_error("map.not_asked", error)
            return UNKNOWN
        return UNKNOWN if town is None else self._district_of.get(town.code, UNKNOWN)

    def _leaders(self, incident: str) -> tuple[LeaderSeen, ...]:
        rows = self._live.query.rows(NOBODY, LEADERS, {"subject": f"incident:{incident}"})
        courses = succession(
            Leads(
                role=str(row["role"]),
                callsign=str(row["callsign"]),
                since=instant_of(int(str(row["at_ms"]))),
                by=OrganisationId(str(row["owner"])),
                fact=str(row["fact"]),
            )
            for row in rows
        )
        short = {each.code: each.short for each in self._command.around.roles}
        leading = ((role, now_leading(courses[role])) for role in courses)
        order = {code: at for at, code in enumerate(short)}
        return tuple(
            LeaderSeen(role=short.get(role, role), callsign=each.callsign)
            for role, each in sorted(leading, key=lambda pair: (order.get(pair[0], 99), pair[0]))
            if each is not None
        )

    def _asked(self, call: Call) -> list[NeedSeen]:
        return [
            NeedSeen(
                incident=self._stands_at(each.incident),
                says=what_of(call, self._needs.around, each),
                urgent=each.urgent,
                asked_at=each.asked_at,
            )
            for each in self._needs.waiting(call)
        ]

    def _stands_at(self, incident: str) -> str:
        """Where it stands: what is one with another stands where that one stands."""
        return self._joined.leading().get(incident, incident)

    def _helps(self, call: Call) -> list[HelpSeen]:
        names = self._reinforcement.around
        return [
            HelpSeen(
                incident=self._stands_at(each.incident),
                asker=names.name_of(call, each.asker),
                waits=tuple(names.name_of(call, of) for of in each.waits),
                asked_at=each.asked_at,
            )
            for each in self._reinforcement.open()
        ]

    def _raised(self, call: Call) -> list[LevelSeen]:
        levels = self._levels
        return [
            LevelSeen(
                owner=each.owner,
                owner_name=levels.around.name_of(call, each.owner),
                level=each.level,
            )
            for each in levels.raised(levels.told(), call.now)
        ]

    def _covered_by(self, now: datetime) -> Mapping[str, frozenset[str]]:
        """By district the services of its municipalities, with what they lie under."""
        key = self._register.today(now), self._register.version
        found = self._coverings.get(key)
        if found is None:
            day = self._register.on(key[0])
            found = {}
            for district in self._towns:
                services = {day.service_of(town) for town in district.municipalities} - {None}
                found[district.id] = frozenset(
                    above
                    for service in services
                    if service is not None
                    for above in self._levels.around.above(service, now)
                )
            self._coverings[key] = found
            if len(self._coverings) > DAYS_LIMIT:
                self._coverings.popitem(last=False)
        return found

    def _stations(self, call: Call, picture: PictureNow) -> list[StationSeen]:
        """The local services' stations that have units, with how many of them are there."""
        day = self._register.on(self._register.today(call.now))
        agency = self._register.country.agency.id
        said = {each.id: each.status for each in picture.units}
        units: dict[str, list[str | None]] = {}
        for each in day.units.values():
            units.setdefault(each.told.body.station, []).append(said.get(each.id))
        return [
            StationSeen(
                id=station.id,
                name=station.told.body.name,
                municipality=station.told.body.municipality,
                service_name=self._reinforcement.around.name_of(call, station.service),
                unit_count=len(units[station.id]),
                available_count=None
                if None in units[station.id]
                else units[station.id].count(AVAILABLE),
            )
            for station in day.stations.values()
            if station.service != agency and station.id in units
        ]


def towns_of(country: Country) -> tuple[DistrictSeen, ...]:
    """The police districts of a country, each with its municipalities."""
    return tuple(
        DistrictSeen(
            id=each.id,
            name=each.name,
            municipalities=frozenset(
                town.code for town in country.municipalities if town.police_district == each.id
            ),
        )
        for each in country.police_districts
    )
