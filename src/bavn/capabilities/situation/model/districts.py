# SPDX-License-Identifier: Apache-2.0
"""What goes on in each police district over all services: for a local staff.

An incident stands in exactly one district, or in the unknown; none is left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from bavn.capabilities.situation.model.picture import (
    RANKS,
    Figures,
    IncidentSeen,
    UnitSeen,
    at_work,
    figures,
    rank_of,
)

# Where nobody knows in which district something is. No district of a country is called so.
UNKNOWN = "unknown"
# The longest and the largest are named in a sentence above the list, where there are so many.
NOTABLE_LEAST = 2


class DistrictSeen(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A police district, and the municipalities in it."""

    id: str
    name: str
    municipalities: frozenset[str] = frozenset()


class LeaderSeen(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who leads in a role at an incident: by callsign, never by name."""

    role: str
    callsign: str


class NeedSeen(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that a scene has asked its centre for, in words."""

    incident: str
    says: str
    urgent: bool
    asked_at: datetime


class HelpSeen(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Help that one service has asked others for; `waits` are those that have not answered."""

    incident: str
    asker: str
    waits: tuple[str, ...]
    asked_at: datetime


class LevelSeen(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A preparedness level above the lowest that holds for an organisation."""

    owner: str
    owner_name: str
    level: int


class StationSeen(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A station: how many units it has, and how many of them are there."""

    id: str
    name: str
    municipality: str
    service_name: str
    unit_count: int
    # None where some of its units have never said how they stand.
    available_count: int | None

    @property
    def is_empty(self) -> bool:
        """True where all have said how they stand, and none is there."""
        return self.unit_count > 0 and self.available_count == 0


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What is known beside the picture; by incident, where it is about one."""

    districts: Sequence[DistrictSeen]
    # The district of each open incident; what is not here is in the unknown.
    district_of: Mapping[str, str] = {}
    leaders: Mapping[str, tuple[LeaderSeen, ...]] = {}
    # When a report should have come that has not.
    report_due_at: Mapping[str, datetime] = {}
    needs: Sequence[NeedSeen] = ()
    helps: Sequence[HelpSeen] = ()
    levels: Sequence[LevelSeen] = ()
    # The organisations whose levels cover each district.
    covered_by: Mapping[str, frozenset[str]] = {}
    stations: Sequence[StationSeen] = ()


class IncidentThere(msgspec.Struct, frozen=True, kw_only=True):
    """An open incident with all that a staff asks of it."""

    seen: IncidentSeen
    unit_count: int
    statuses: Mapping[str, int]
    leaders: tuple[LeaderSeen, ...]
    report_due_at: datetime | None
    needs: tuple[NeedSeen, ...]
    helps: tuple[HelpSeen, ...]


class DistrictNow(msgspec.Struct, frozen=True, kw_only=True):
    """One district as it stands: its incidents the most urgent first."""

    id: str
    name: str
    figures: Figures
    incidents: tuple[IncidentThere, ...]
    levels: tuple[LevelSeen, ...]
    empty: tuple[StationSeen, ...]
    # How many stations have units that have never said how they stand.
    unsaid_count: int
    longest: str | None = None
    largest: str | None = None

    @property
    def need_count(self) -> int:
        """What scenes have asked for that waits."""
        return sum(len(each.needs) for each in self.incidents)

    @property
    def help_count(self) -> int:
        """Help that was asked for and is needed still."""
        return sum(len(each.helps) for each in self.incidents)

    @property
    def overdue_count(self) -> int:
        """Incidents from which a report should have come."""
        return sum(each.report_due_at is not None for each in self.incidents)

    @property
    def is_quiet(self) -> bool:
        """True where there is nothing to tell of."""
        return not (self.incidents or self.levels or self.empty)


def districts_now(
    incidents: Iterable[IncidentSeen], units: Sequence[UnitSeen], around: Around
) -> tuple[DistrictNow, ...]:
    """Every district, in the order of the country's; last the unknown, where something is there."""
    by_district: dict[str, list[IncidentSeen]] = {each.id: [] for each in around.districts}
    unknown: list[IncidentSeen] = []
    for each in incidents:
        by_district.get(around.district_of.get(each.id, UNKNOWN), unknown).append(each)
    told = _Told(units, around)
    found = [told.district(each, by_district[each.id]) for each in around.districts]
    if unknown:
        found.append(told.district(DistrictSeen(id=UNKNOWN, name=""), unknown))
    return tuple(found)


class _Told:
    """What is told of a district; gathered by incident once for all of them."""

    def __init__(self, units: Sequence[UnitSeen], around: Around) -> None:
        self._units = units
        self._around = around
        self._work = at_work(units)

    def district(self, district: DistrictSeen, seen: Sequence[IncidentSeen]) -> DistrictNow:
        there = sorted(
            map(self._there, seen),
            key=lambda each: (
                rank_of(each.seen.urgency) or RANKS[-1] + 1,
                each.seen.reported_at,
                each.seen.id,
            ),
        )
        names = {each.id for each in seen}
        covering = self._around.covered_by.get(district.id, frozenset())
        stations = [
            each for each in self._around.stations if each.municipality in district.municipalities
        ]
        is_many = len(there) >= NOTABLE_LEAST
        longest = min(there, key=lambda each: (each.seen.reported_at, each.seen.id), default=None)
        largest = max(there, key=lambda each: (each.unit_count, each.seen.id), default=None)
        return DistrictNow(
            id=district.id,
            name=district.name,
            figures=figures(seen, [each for each in self._units if each.incident in names]),
            incidents=tuple(there),
            levels=tuple(each for each in self._around.levels if each.owner in covering),
            empty=tuple(each for each in stations if each.is_empty),
            unsaid_count=sum(each.available_count is None for each in stations),
            longest=longest.seen.id if longest is not None and is_many else None,
            largest=largest.seen.id
            if largest is not None and is_many and largest.unit_count
            else None,
        )

    def _there(self, seen: IncidentSeen) -> IncidentThere:
        around, statuses = self._around, self._work.get(seen.id, {})
        return IncidentThere(
            seen=seen,
            unit_count=sum(statuses.values()),
            statuses=statuses,
            leaders=around.leaders.get(seen.id, ()),
            report_due_at=around.report_due_at.get(seen.id),
            needs=tuple(each for each in around.needs if each.incident == seen.id),
            helps=tuple(each for each in around.helps if each.incident == seen.id),
        )
