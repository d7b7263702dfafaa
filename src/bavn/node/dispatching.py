# SPDX-License-Identifier: Apache-2.0
"""What dispatch asks of the house: incidents and units of operations, the register, and the ways.

Dispatch declares these as ports. Turn-out and driving are the country's tables: every proposal says
what it stands on.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from bavn.capabilities.crews.facts import UNIT_MANNED
from bavn.capabilities.crews.model.crew import CrewNow, Source
from bavn.capabilities.crews.views.reading import Room as Crews
from bavn.capabilities.dispatch.facts import TURN_OUT_TOLD
from bavn.capabilities.dispatch.ports import (
    Aboard,
    CrewTurnOut,
    Fleet,
    Goal,
    Picked,
    Stands,
)
from bavn.capabilities.dispatch.views import TURN_OUTS
from bavn.capabilities.operations.model.incident import IncidentState
from bavn.capabilities.operations.model.unit import UnitStatus
from bavn.capabilities.operations.ports import Position, area_told
from bavn.capabilities.operations.views.incidents import the_incident
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.operations.views.tables import INCIDENT_PICTURE, UNIT_PICTURE
from bavn.capabilities.organisation.model.dated import on_day
from bavn.capabilities.organisation.views import looking
from bavn.capabilities.organisation.views.register import Register
from bavn.capabilities.relations.views.room import Room as Relations
from bavn.frame.call import Call
from bavn.journal.fact import Fact
from bavn.journal.kinds import TRUST_KIND_NAMES
from bavn.journal.reader import NOBODY
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId
from bavn.node.fleets import Fleets, country_turn_outs, picked_of
from bavn.runtime.live import Live
from bavn.runtime.travel.coarse import CoarseWays
from bavn.runtime.travel.tables import travel_tables

# On the board; more waits in the list.
OPEN_SHOWN = 25
# Whoever has said where it is within this long, and is free, is there and not at home.
FRESH = timedelta(minutes=5)
UNIT = "unit:"
FREE = frozenset({UnitStatus.AVAILABLE, UnitStatus.ON_RADIO, UnitStatus.RETURNING})


class Said(NamedTuple):
    """A unit's last word: whose it is, the status, since when, and where it says that it goes."""

    owner: str
    status: str
    at_ms: int
    incident: str | None


class LastSaid:
    """The last word of each unit, as everyone may know it: read once, then only what is new."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._said: dict[str, Said] | None = None
        # Units of which something was told since.
        self._stale: set[str] = set()
        live.watch(self._heard)

    def all(self) -> Mapping[str, Said]:
        """What each unit has said last."""
        if self._said is None:
            self._stale.clear()
            self._said = {}
            self._read(self._live.query.rows(NOBODY, UNIT_PICTURE))
        while self._stale:
            subject = self._stale.pop()
            self._said.pop(subject[len(UNIT) :], None)
            self._read(self._live.query.rows(NOBODY, UNIT_PICTURE, {"subject": subject}))
        return self._said

    def _heard(self, fact: Fact) -> None:
        if fact.kind in TRUST_KIND_NAMES:
            # What somebody has told may no longer count, or count again: nothing kept is sure.
            self._said = None
        self._stale.update(each for each in fact.about if each.startswith(UNIT))

    def _read(self, rows: Sequence[Row]) -> None:
        assert self._said is not None
        for row in rows:
            unit, incident = str(row["subject"])[len(UNIT) :], row["incident"]
            said = Said(
                owner=str(row["owner"]),
                status=str(row["status"]),
                at_ms=int(str(row["status_at_ms"])),
                incident=None if incident is None else str(incident),
            )
            before = self._said.get(unit)
            # Where two owners have told of it, the later word holds until somebody mends that.
            if before is None or before.at_ms <= said.at_ms:
                self._said[unit] = said


class LastAboard:
    """Who is aboard by the units' own words: weighed anew when one is told, and every minute."""

    def __init__(self, live: Live, crews: Crews) -> None:
        self._crews = crews
        self._minute: datetime | None = None
        self._aboard: Mapping[str, Aboard] = {}
        live.watch(self._heard)

    def at(self, now: datetime) -> Mapping[str, Aboard]:
        """By unit, of those whose word still holds."""
        minute = now.replace(second=0, microsecond=0)
        if self._minute != minute:
            self._minute = minute
            self._aboard = {
                unit: _aboard(crew)
                for unit, crew in self._crews.all(now).items()
                if crew.source is Source.SAID
            }
        return self._aboard

    def _heard(self, fact: Fact) -> None:
        if fact.kind == UNIT_MANNED.name or fact.kind in TRUST_KIND_NAMES:
            self._minute = None


def _aboard(crew: CrewNow) -> Aboard:
    counted = {
        "leaders": crew.leaders,
        "smoke divers": crew.smoke_divers,
        "drivers": crew.drivers,
        # How many can do it was not said: one at least.
        **dict.fromkeys(crew.competences, 1),
    }
    told = {name: count for name, count in counted.items() if count is not None}
    return Aboard(count=crew.count or 0, competences=told)


class CountryDispatching:
    """All that dispatch is connected with."""

    def __init__(
        self,
        live: Live,
        register: Register,
        operations: Room,
        ways: CoarseWays,
        crews: Crews,
        relations: Relations,
    ) -> None:
        self.ways = ways
        self._live = live
        self._crews = LastAboard(live, crews)
        self._relations = relations
        self._register = register
        self._operations = operations
        self._said = LastSaid(live)
        self._fleet: tuple[tuple[int, date], Fleet] | None = None
        # By service; None when it has to be looked up anew.
        self._own_turn_outs: list[tuple[str, CrewTurnOut]] | None = None
        live.watch(self._heard)
        # By unit: what it was made of, and how it stands.
        self._stands: dict[str, tuple[Said, Position | None, bool, Stands]] = {}

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""
        return self._operations.zone

    def goal(self, call: Call, incident: str) -> Goal:
        """An incident; ends the handler when there is none."""
        types, territory = self._operations.types, self._operations.territory
        found = the_incident(self._live.query, call.reader, types, incident)
        on = call.now.date()
        # A station or a municipality that only stands for the place is still the way to go.
        return Goal(
            incident=found.id,
            type=found.type,
            lat=None if found.place is None else found.place.lat,
            lon=None if found.place is None else found.place.lon,
            exact=found.place_exact and found.place_by is None,
            service=found.service,
            area=area_told(territory, found.service, found.area, on),
            municipality=found.municipality,
            is_open=found.state is IncidentState.OPEN,
            urgency=found.urgency,
            same=frozenset(self._relations.together().whole(found.id)),
        )

    def open_ones(self, call: Call) -> tuple[Sequence[Goal], int]:
        """The caller's own open incidents, the newest first, and how many more there are."""
        rows = [
            row
            for owner in sorted(call.organisations)
            for row in self._live.query.rows(
                call.reader, INCIDENT_PICTURE, {"state": IncidentState.OPEN.value, "owner": owner}
            )
        ]
        rows.sort(key=lambda row: (int(str(row["reported_at_ms"])), str(row["subject"])))
        names = [str(row["subject"]).partition(":")[2] for row in reversed(rows)]
        leading = [each for each in names if self._relations.leading_of(each) == each]
        shown = leading[:OPEN_SHOWN]
        return [self.goal(call, each) for each in shown], len(leading) - len(shown)

    def label(self, call: Call, incident: str) -> str:
        """Its sort and its municipality; its number where nobody knows either."""
        found = the_incident(self._live.query, call.reader, self._operations.types, incident)
        known = self._operations.types.type_of(found.type)
        sort = "" if known is None else known.danish if call.language == "da" else known.english
        towns = {each.code: each.name for each in self._register.country.municipalities}
        return ", ".join(
            each for each in (sort, towns.get(found.municipality or "", "")) if each
        ) or (incident)

    def picked(self, call: Call, service: OrganisationId, type_: str | None) -> Picked:
        """What the service sends first, else what the country's table says."""
        on = self._register.today(call.now)
        told = looking.pick_lists(
            lambda view, where: self._live.query.rows(call.reader, view, where), service
        )
        own = {each.id: each.body for each in on_day(told, on)}.get(type_ or "")
        return picked_of(self._register.country, own, type_)

    def fleet(self, on: date) -> Fleet:
        """Who there is on a day."""
        if self._own_turn_outs is None:
            self._own_turn_outs = self._told_turn_outs()
            self._fleet = None
        mark = (self._register.version, on)
        if self._fleet is None or self._fleet[0] != mark:
            fleets = Fleets(self._register.country, self.ways)
            self._fleet = mark, fleets.of(self._register.on(on), self._own_turn_outs)
        return self._fleet[1]

    def turn_outs(self, service: OrganisationId) -> Sequence[CrewTurnOut]:
        """The service's own where it has told them, else the country's."""
        own = {each.crew: each for owner, each in self._told_turn_outs() if owner == service}
        return [own.get(each.crew, each) for each in country_turn_outs(self._register.country)]

    def _told_turn_outs(self) -> list[tuple[str, CrewTurnOut]]:
        """What each service has told of its own crews, and has not taken back."""
        found = []
        for row in self._live.query.rows(NOBODY, TURN_OUTS):
            owner, median_s = str(row["owner"]), float(str(row["median_s"]))
            # Only a service's own word of itself counts.
            if median_s > 0 and str(row["subject"]) == f"service:{owner}":
                told = CrewTurnOut(
                    crew=str(row["crew"]),
                    median_s=median_s,
                    spread=float(str(row["spread"])),
                    limit_s=float(str(row["limit_s"])),
                    basis=str(row["source"]),
                    own=True,
                )
                found.append((owner, told))
        return found

    def _heard(self, fact: Fact) -> None:
        if fact.kind == TURN_OUT_TOLD.name or fact.kind in TRUST_KIND_NAMES:
            self._own_turn_outs = None

    def standing(self, now: datetime) -> Mapping[str, Stands]:
        """Where all units stand that have said so."""
        unheard, positions = self._operations.doubts.now().unheard, self._operations.positions
        oldest, found = now - FRESH, {}
        for unit, said in self._said.all().items():
            last = positions.of(unit) if said.status in FREE else None
            if last is not None and last.at < oldest:
                last = None
            is_heard = said.owner not in unheard
            kept = self._stands.get(unit)
            if kept is None or kept[0] is not said or kept[1] is not last or kept[2] != is_heard:
                lat, lon = (None, None) if last is None else (last.lat, last.lon)
                stands = Stands(said.status, said.at_ms, lat, lon, is_heard, said.incident)
                kept = self._stands[unit] = said, last, is_heard, stands
            found[unit] = kept[3]
        return found

    def aboard(self, now: datetime) -> Mapping[str, Aboard]:
        """Who is aboard, of the units whose own word about it holds."""
        return self._crews.at(now)

    def reach_s(self, urgency: str | None) -> float:
        """The country's limit for an urgency; the widest where nobody knows how urgent it is."""
        reach = travel_tables(self._register.country.id).reach_s
        return reach.get(urgency or "", max(reach.values(), default=float("inf")))

    def hurry(self, urgency: str | None) -> int:
        """The place of an urgency in the country's table; the first where nobody knows it."""
        codes = [each.code for each in self._register.country.urgencies]
        return codes.index(urgency) if urgency in codes else 0

    def capability_name(self, call: Call, code: str) -> str:
        """What a capability is called in the caller's language; itself where it has no name."""
        named = self._operations.capability_names.get(code)
        if named is None:
            return code
        return named.danish if call.language == "da" else named.english

    def type_name(self, call: Call, code: str) -> str:
        """What a type of unit is called in the caller's language."""
        named = self._operations.resource_types.get(code)
        if named is None:
            return code
        return named.danish if call.language == "da" else named.english

    def day(self, now: datetime) -> date:
        """The day that it is in the country."""
        return self._register.today(now)
