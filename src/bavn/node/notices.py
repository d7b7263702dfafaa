# SPDX-License-Identifier: Apache-2.0
"""What notices ask of the house: the country's tables and places, and where incidents are."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from functools import cache
from importlib.resources import files

import numpy as np

from bavn.capabilities.notices.facts import Where
from bavn.capabilities.notices.model.notice import KindKnown, Spot, StepKnown, is_inside
from bavn.capabilities.notices.ports import Named
from bavn.capabilities.notices.views.room import Room
from bavn.capabilities.operations.ports import area_told
from bavn.capabilities.operations.views.incidents import incident
from bavn.capabilities.operations.views.room import Room as Operations
from bavn.capabilities.organisation.views.register import Register
from bavn.frame.call import Call
from bavn.frame.country import Named as NamedRow
from bavn.kernel.identity import OrganisationId
from bavn.node.together import WordsOf
from bavn.runtime.countries import read_table
from bavn.runtime.live import Live
from bavn.runtime.log import log_error
from bavn.runtime.maps import Maps


class KindRow(NamedRow, frozen=True, kw_only=True):
    """A kind of notice, and how near its points concern an incident."""

    near_km: float


class StepRow(NamedRow, frozen=True, kw_only=True):
    """How serious a notice may be."""

    rank: int
    is_serious: bool


@cache
def notice_kinds_of(country: str) -> tuple[KindKnown, ...]:
    """The kinds of notices of a country that comes with the program; none where it has no table."""
    folder = files("bavn") / "countries" / country
    if not (folder / "notice_kinds.csv").is_file():
        return ()
    return tuple(
        KindKnown(
            code=row.code,
            danish=row.danish,
            english=row.english,
            near_km=row.near_km,
            basis=row.basis,
        )
        for row in read_table(folder, "notice_kinds", KindRow)
    )


@cache
def notice_steps_of(country: str) -> tuple[StepKnown, ...]:
    """How serious one may be there, the least first."""
    folder = files("bavn") / "countries" / country
    if not (folder / "notice_steps.csv").is_file():
        return ()
    found = (
        StepKnown(
            code=row.code,
            danish=row.danish,
            english=row.english,
            rank=row.rank,
            is_serious=row.is_serious,
            basis=row.basis,
        )
        for row in read_table(folder, "notice_steps", StepRow)
    )
    return tuple(sorted(found, key=lambda each: each.rank))


class CountryNotices:
    """All that notices are connected with."""

    def __init__(self, live: Live, register: Register, operations: Operations, maps: Maps) -> None:
        self._live = live
        self._register = register
        self._operations = operations
        self._maps = maps
        self._words = WordsOf(operations)
        country = register.country
        self.kinds: Sequence[KindKnown] = notice_kinds_of(country.id)
        self.steps: Sequence[StepKnown] = notice_steps_of(country.id)
        self.municipalities: Sequence[Named] = tuple(
            Named(code=each.code, name=each.name)
            for each in sorted(country.municipalities, key=lambda each: each.name)
        )
        self._all = frozenset(each.code for each in country.municipalities)

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""
        return self._operations.zone

    def spot(self, call: Call, name: str) -> Spot | None:
        """Where an incident is, as far as the reader may know it; None when there is none."""
        found = incident(self._live.query, call.reader, self._operations.types, name)
        if found is None:
            return None
        # A municipality's or a station's point stands for a place that nobody has told.
        place = found.place if found.place_by is None else None
        return Spot(
            lat=None if place is None else place.lat,
            lon=None if place is None else place.lon,
            municipality=found.municipality,
        )

    def touched(self, where: Where) -> frozenset[str]:
        """The municipalities that it names, and those that its polygons and points lie in.

        Of a polygon that is where its corners are, and each one of which the middle is inside.
        """
        found = {*where.municipalities}
        if where.positions:
            try:
                corners = self._maps.municipality_at_each(np.array(where.positions, dtype=float))
            except Exception as error:  # noqa: BLE001 - a broken map takes no page with it
                log_error("map.not_asked", error)
                corners = []
            found |= {each.code for each in corners if each is not None}
        for each in self._register.country.municipalities:
            middle = (each.centre_lon, each.centre_lat)
            if any(is_inside(middle, polygon) for polygon in where.polygons):
                found.add(each.code)
        return frozenset(found)

    def covered(self, organisation: OrganisationId, at: datetime) -> frozenset[str]:
        """The municipalities that an organisation looks after; all of them for the nation."""
        day = self._register.on(self._register.today(at))
        if organisation == self._register.country.agency.id:
            return self._all
        services = ((each, day.service_of(each)) for each in self._all)
        return frozenset(
            code
            for code, service in services
            if service is not None and organisation in (service, day.area_of(service))
        )

    def area_of(self, call: Call, organisation: OrganisationId) -> OrganisationId:
        """The area that an organisation tells."""
        return area_told(self._operations.territory, organisation, None, call.now.date())

    def name_of(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""
        return self._words(call).organisation(organisation)

    def function(self, call: Call, code: str) -> str:
        """What a function is called."""
        return self._words(call).function(code)


def notices_of(live: Live, register: Register, operations: Operations, maps: Maps) -> Room:
    """What its handlers ask for by name."""
    room = Room(live.query, CountryNotices(live, register, operations, maps))
    live.watch(room.hear)
    return room
