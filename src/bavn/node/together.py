# SPDX-License-Identifier: Apache-2.0
"""What relations asks of the house: incidents as operations has them, and how near is near."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo

from bavn.capabilities.operations.model.incident import IncidentState
from bavn.capabilities.operations.ports import area_told
from bavn.capabilities.operations.views.incidents import (
    Incident,
    id_of,
    incident,
    the_incident,
)
from bavn.capabilities.operations.views.room import Room as Operations
from bavn.capabilities.operations.views.tables import INCIDENT_DETAILS, INCIDENT_PICTURE
from bavn.capabilities.operations.views.words import Words
from bavn.capabilities.relations.model.likeness import Nearness, Seen
from bavn.capabilities.relations.views.room import Room as Relations
from bavn.frame.call import Call
from bavn.frame.country import Country
from bavn.journal.reader import NOBODY, Reader
from bavn.journal.table import Row, Value
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import instant_of
from bavn.runtime.live import Live

# So long a list asks whether two are one; after that it is history.
ASKED_FOR = timedelta(hours=24)


# Lists that are ready, one for each sort of reader.
KNOWN_LIMIT = 16


class WordsOf:
    """Names for a call, made once for it: a page asks for many."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        self._last: tuple[Call, Words] | None = None

    def __call__(self, call: Call) -> Words:
        """Its names."""
        if self._last is None or self._last[0] is not call:
            self._last = call, Words(call, self._operations)
        return self._last[1]


class CountryTogether:
    """All that relations is connected with."""

    def __init__(self, live: Live, country: Country, operations: Operations) -> None:
        self._live = live
        self._operations = operations
        self._words = WordsOf(operations)
        self._known: OrderedDict[tuple[int, Reader, date, date], list[Seen]] = OrderedDict()
        self.nearness = nearness_of(country)

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""
        return self._operations.zone

    def incident(self, call: Call, incident: str) -> Seen:
        """One incident as the caller may know it; ends the handler when there is none."""
        types = self._operations.types
        return self._seen(call, the_incident(self._live.query, call.reader, types, incident))

    def known(self, call: Call, name: str) -> Seen | None:
        """The same, where there may be none."""
        found = incident(self._live.query, call.reader, self._operations.types, name)
        return None if found is None else self._seen(call, found)

    def reported(self, call: Call, begin: datetime, end: datetime) -> Sequence[Seen]:
        """All that was reported from one instant to another, open or not."""
        first, last = begin.date(), end.date()
        key = (self._live.position, call.reader, first, last)
        known = self._known.get(key)
        if known is None:
            days = (first + timedelta(days=day) for day in range((last - first).days + 1))
            rows = [row for day in days for row in self._rows({"reported_on": day.isoformat()})]
            # Pages that look after the same fact see the same.
            known = self._known[key] = self._read(call, rows)
            if len(self._known) > KNOWN_LIMIT:
                self._known.popitem(last=False)
        return [each for each in known if begin <= each.reported_at <= end]

    def newest_open(self, call: Call, limit: int) -> Sequence[Seen]:
        """Those of the open ones that were reported last, the newest first."""
        rows = self._rows({"state": IncidentState.OPEN.value})
        rows.sort(key=lambda row: int(str(row["reported_at_ms"])), reverse=True)
        return self._read(call, rows[:limit])

    def _rows(self, where: dict[str, str]) -> list[Row]:
        return self._live.query.rows(NOBODY, INCIDENT_PICTURE, where)

    def _read(self, call: Call, rows: Sequence[Row]) -> list[Seen]:
        """Each as the caller may know it: its exact place, where that is for the caller."""
        state = {"state": IncidentState.OPEN.value}
        exact = {
            (row["owner"], row["subject"]): row
            for row in self._live.query.rows(call.reader, INCIDENT_DETAILS, state)
        }
        return [self._seen_in(call, row, exact.get((row["owner"], row["subject"]))) for row in rows]

    def _seen_in(self, call: Call, row: Row, exact: Row | None) -> Seen:
        """A row, without all that a page would want of it: there are hundreds in a storm."""
        is_exact = exact is not None and exact["latitude"] is not None
        place = exact if is_exact and exact is not None else row
        is_told = is_exact or row["place_by"] is None
        type_ = None if row["incident_type"] is None else str(row["incident_type"])
        known = self._operations.types.type_of(type_)
        service = OrganisationId(str(row["owner"]))
        area = None if row["area"] is None else str(row["area"])
        return Seen(
            id=id_of(row),
            type=type_,
            group=None if known is None else known.group,
            lat=_degrees(place["latitude"]) if is_told else None,
            lon=_degrees(place["longitude"]) if is_told else None,
            exact=is_exact,
            municipality=None if row["municipality"] is None else str(row["municipality"]),
            service=service,
            area=area_told(self._operations.territory, service, area, call.now.date()),
            reported_at=instant_of(int(str(row["reported_at_ms"]))),
            is_open=row["state"] == IncidentState.OPEN,
        )

    def area_of(self, call: Call, organisation: OrganisationId) -> OrganisationId:
        """The area that an organisation tells."""
        return area_told(self._operations.territory, organisation, None, call.now.date())

    def label(self, call: Call, seen: Seen) -> str:
        """What people call an incident: its type, where, when and whose."""
        words = self._words(call)
        where = words.municipality(seen.municipality)
        parts = (words.type(seen.type), where, words.short(seen.reported_at))
        whose = words.organisation(seen.service)
        return f"{', '.join(each for each in parts if each)} ({whose})"

    def name_of(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""
        return self._words(call).organisation(organisation)

    def basis(self, call: Call, basis: str) -> str:
        """Why something was allowed, in words."""
        return Words(call, self._operations).basis(basis)

    def _seen(self, call: Call, found: Incident) -> Seen:
        known = self._operations.types.type_of(found.type)
        place = found.place if found.place_by is None else None
        return Seen(
            id=found.id,
            type=found.type,
            group=None if known is None else known.group,
            lat=None if place is None else place.lat,
            lon=None if place is None else place.lon,
            exact=found.place_exact,
            municipality=found.municipality,
            service=found.service,
            area=area_told(self._operations.territory, found.service, found.area, call.now.date()),
            reported_at=found.reported_at,
            is_open=found.state is IncidentState.OPEN,
        )


class CountryJoined:
    """What operations asks of relations; others that need to know where a word counts ask here."""

    def __init__(self, relations: Relations) -> None:
        self._relations = relations

    def leading(self) -> Mapping[str, str]:
        """Each incident that has become part of another, with the one that leads."""
        return self._relations.together().leading

    def leading_of(self, incident: str) -> str:
        """The incident that a word about this one counts for."""
        return self._relations.leading_of(incident)

    def whole(self, incident: str) -> tuple[str, ...]:
        """All incidents that are one with this, the leading one first."""
        return self._relations.together().whole(incident)

    def maybe_same(self, call: Call, incidents: Mapping[str, datetime]) -> frozenset[str]:
        """Those of these, by when they were reported, that may be the same as others."""
        return self._relations.doubtful(call, incidents, call.now - ASKED_FOR)


def _degrees(value: Value) -> float | None:
    return value if isinstance(value, float) else None


def nearness_of(country: Country) -> Nearness:
    """How near is near, as the country's figures say."""
    figures = {each.key: each for each in country.figures if each.key.startswith("likeness.")}

    def number(key: str) -> float:
        return (figures[key].number if key in figures else None) or 0.0

    return Nearness(
        exact_m=number("likeness.exact_m"),
        rough_m=number("likeness.rough_m"),
        within=timedelta(minutes=number("likeness.within_min")),
        basis=next((each.basis for each in figures.values()), ""),
    )
