# SPDX-License-Identifier: Apache-2.0
"""What relations asks of the house: incidents as operations has them, and how near is near."""

from collections.abc import Mapping, Sequence
from datetime import timedelta, tzinfo

from bavn.capabilities.operations.model.incident import IncidentState
from bavn.capabilities.operations.ports import area_told
from bavn.capabilities.operations.views.incidents import (
    Incident,
    incident,
    incident_of,
    the_incident,
)
from bavn.capabilities.operations.views.room import Room as Operations
from bavn.capabilities.operations.views.tables import INCIDENT_DETAILS, INCIDENT_PICTURE
from bavn.capabilities.operations.views.words import Words
from bavn.capabilities.relations.model.likeness import Nearness, Seen
from bavn.capabilities.relations.views.room import Room as Relations
from bavn.frame.call import Call
from bavn.frame.country import Country
from bavn.journal.reader import NOBODY
from bavn.kernel.identity import OrganisationId
from bavn.runtime.live import Live


class CountryTogether:
    """All that relations is connected with."""

    def __init__(self, live: Live, country: Country, operations: Operations) -> None:
        self._live = live
        self._operations = operations
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

    def lately(self, call: Call) -> Sequence[Seen]:
        """All that was reported today and the day before, open or not."""
        query = self._live.query
        exact = {
            (row["owner"], row["subject"]): row
            for row in query.rows(
                call.reader, INCIDENT_DETAILS, {"state": IncidentState.OPEN.value}
            )
        }
        today = call.now.date()
        return [
            self._seen(
                call,
                incident_of(row, self._operations.types, exact.get((row["owner"], row["subject"]))),
            )
            for day in (today, today - timedelta(days=1))
            for row in query.rows(NOBODY, INCIDENT_PICTURE, {"reported_on": day.isoformat()})
        ]

    def area_of(self, call: Call, organisation: OrganisationId) -> OrganisationId:
        """The area that an organisation tells."""
        return area_told(self._operations.territory, organisation, None, call.now.date())

    def label(self, call: Call, seen: Seen) -> str:
        """What people call an incident: its type, where, when and whose."""
        words = Words(call, self._operations)
        where = words.municipality(seen.municipality)
        parts = (words.type(seen.type), where, words.short(seen.reported_at))
        whose = words.organisation(seen.service)
        return f"{', '.join(each for each in parts if each)} ({whose})"

    def name_of(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""
        return Words(call, self._operations).organisation(organisation)

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

    def maybe_same(self, call: Call, incidents: Sequence[str]) -> frozenset[str]:
        """Those of these that may be the same as others."""
        return self._relations.doubtful(call, incidents)


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
