# SPDX-License-Identifier: Apache-2.0
"""The picture that situation shows, made of what operations prepares and of the country's words."""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from bavn.capabilities.operations.model.doubt import DoubtsNow
from bavn.capabilities.operations.ports import IncidentTypes, Registry, Territory
from bavn.capabilities.operations.views.picture import INCIDENT_COLUMNS, UNIT_COLUMNS, Prepared
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.operations.views.tables import INCIDENT_PICTURE
from bavn.capabilities.situation.model.picture import symbol_of
from bavn.capabilities.situation.ports import (
    AreaSeen,
    ClosedSeen,
    IncidentSeen,
    PictureNow,
    UnitSeen,
)
from bavn.frame.call import Call
from bavn.journal.fact import Fact
from bavn.journal.reader import NOBODY
from bavn.kernel.identity import OrganisationId
from bavn.runtime.live import Live

# What was closed within a watch is still told of as news.
CLOSED_LATELY = timedelta(hours=12)
# Pictures that are ready, one for each sort of reader and language.
READY_LIMIT = 64
INCIDENT, UNIT = "incident:", "unit:"
_NEVER = (0, 0)


class CountryPicture:
    """Who knows what happens: asked by pages, answered from what operations prepares."""

    def __init__(self, live: Live, room: Room) -> None:
        self._live = live
        self._room = room
        self._ready: OrderedDict[tuple[str, str], PictureNow] = OrderedDict()
        # Positions of the first and of the newest fact about an incident, by its subject.
        self._told: dict[str, tuple[int, int]] = {}
        live.watch(self._heard)

    def stamp(self, call: Call) -> str:
        """What differs whenever the caller's picture differs."""
        return self._prepared(call).etag + self._room.doubts.now().mark

    def now(self, call: Call) -> PictureNow:
        """The picture, within what the caller may read."""
        prepared, doubts = self._prepared(call), self._room.doubts.now()
        key = (prepared.etag + doubts.mark, call.language)
        found = self._ready.get(key)
        if found is None:
            found = self._ready[key] = self._made(prepared.body, call, doubts)
            if len(self._ready) > READY_LIMIT:
                self._ready.popitem(last=False)
        return found

    def _heard(self, fact: Fact) -> None:
        for subject in fact.about:
            self._told.pop(subject, None)

    def _prepared(self, call: Call) -> Prepared:
        pictures, live = self._room.pictures, self._live
        if not pictures.is_fresh(live.position, call.now):
            pictures.renew(live.query, live.position, call.now)
        return pictures.of(live.query, call.reader)

    def _made(self, body: bytes, call: Call, doubts: DoubtsNow) -> PictureNow:
        raw = msgspec.json.decode(body)
        on = call.now.date()
        teller = _Teller(self._room.territory, self._room.types, on, call.language)
        return PictureNow(
            position=raw["position"],
            areas=[AreaSeen(id=each["id"], name=each["name"]) for each in raw["areas"]],
            incidents=[self._incident(each, teller, doubts) for each in raw["incidents"]],
            units=_units(raw["units"], self._room.registry, on, doubts),
            closed=self._closed(call, teller),
            urgencies=teller.urgencies,
        )

    def _incident(self, row: Sequence[Any], teller: "_Teller", doubts: DoubtsNow) -> IncidentSeen:
        seen = dict(zip(INCIDENT_COLUMNS, row, strict=True))
        first, last = self._positions(seen["service"], seen["id"])
        return IncidentSeen(
            id=seen["id"],
            type=seen["type"] or "",
            type_name=teller.type_name(seen["type"]),
            symbol=teller.symbol(seen["type"]),
            urgency=teller.rank(seen["urgency"]),
            owner=seen["service"],
            owner_name=teller.name(seen["service"]),
            area=seen["area"] or "",
            place_name=teller.municipality(seen["municipality"]),
            municipality=seen["municipality"] or "",
            lat=seen["lat"],
            lon=seen["lon"],
            reported_at=_instant(seen["reported_at"]),
            changed_at=_instant(seen["changed_at"]),
            position=last,
            reported_position=first,
            contested=doubts.of(seen["service"], INCIDENT + seen["id"]).contested is not None,
        )

    def _closed(self, call: Call, teller: "_Teller") -> list[ClosedSeen]:
        since = call.now - CLOSED_LATELY
        rows = []
        for day in {since.date(), call.now.date()}:
            where = {"state": "closed", "reported_on": day.isoformat()}
            rows += self._live.query.rows(NOBODY, INCIDENT_PICTURE, where)
        found = []
        for row in rows:
            closed_at = _instant(int(str(row["closed_at_ms"])) / 1_000)
            if closed_at >= since:
                owner, incident = str(row["owner"]), str(row["subject"]).removeprefix(INCIDENT)
                code = row["incident_type"]
                found.append(
                    ClosedSeen(
                        id=incident,
                        type_name=teller.type_name(None if code is None else str(code)),
                        owner_name=teller.name(owner),
                        area=str(row["area"] or ""),
                        closed_at=closed_at,
                        position=self._positions(owner, incident)[1],
                    )
                )
        return sorted(found, key=lambda each: each.closed_at, reverse=True)

    def _positions(self, owner: str, incident: str) -> tuple[int, int]:
        subject = f"{INCIDENT}{incident}"
        known = self._told.get(subject)
        if known is None:
            told = self._live.positions_of(OrganisationId(owner), subject)
            known = self._told[subject] = (told[0], told[-1]) if told else _NEVER
        return known


class _Teller:
    """Says codes in the words of a language."""

    def __init__(self, territory: Territory, types: IncidentTypes, on: date, language: str) -> None:
        self._territory = territory
        self._types = types
        self._on = on
        self._danish = language == "da"
        self._places = {each.code: each.name for each in territory.municipalities(on)}
        self._ranks = {each.code: rank for rank, each in enumerate(types.urgencies, 1)}
        self._names: dict[str, str] = {}

    @property
    def urgencies(self) -> list[str]:
        return [each.danish if self._danish else each.english for each in self._types.urgencies]

    def type_name(self, code: str | None) -> str:
        known = self._types.type_of(code)
        if known is None:
            return code or ""
        return known.danish if self._danish else known.english

    def symbol(self, code: str | None) -> str:
        known = self._types.type_of(code)
        if known is None:
            return symbol_of("")
        return known.symbol or symbol_of(known.group)

    def rank(self, urgency: str | None) -> int:
        return 0 if urgency is None else self._ranks.get(urgency, 0)

    def municipality(self, code: str | None) -> str:
        return "" if code is None else self._places.get(code, code)

    def name(self, organisation: str) -> str:
        if organisation not in self._names:
            known = self._territory.name_of(OrganisationId(organisation), self._on)
            self._names[organisation] = known or organisation
        return self._names[organisation]


def _units(
    rows: Sequence[Sequence[Any]], registry: Registry, on: date, doubts: DoubtsNow
) -> list[UnitSeen]:
    """Units that have said where they stand; of the others nothing is known to show."""
    stations = {each.id: each.station for each in registry.units(on)}
    found = []
    for row in rows:
        seen = dict(zip(UNIT_COLUMNS, row, strict=True))
        if seen["status"] is None:
            continue
        found.append(
            UnitSeen(
                id=seen["id"],
                callsign=seen["callsign"],
                type=seen["type"] or "",
                status=seen["status"],
                status_at=_instant(seen["status_at"]),
                service=seen["service"],
                area=seen["area"] or "",
                station=stations.get(seen["id"]),
                incident=seen["incident"],
                lat=seen["lat"],
                lon=seen["lon"],
                place_at=None if seen["place_at"] is None else _instant(seen["place_at"]),
                contested=doubts.of(seen["service"], UNIT + seen["id"]).contested is not None,
            )
        )
    return found


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
