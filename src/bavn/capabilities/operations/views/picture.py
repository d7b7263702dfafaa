# SPDX-License-Identifier: Apache-2.0
"""The picture: all that is open and every unit, prepared once for everyone who may see the same.

What everyone may see is computed once for each state of the record. A reader who may see exact
places gets its incidents with them; all else is shared, byte for byte.
"""

import zlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

import msgspec

from bavn.capabilities.operations.ports import (
    IncidentTypes,
    LastPositions,
    Position,
    RegisteredUnit,
    Registry,
    Territory,
)
from bavn.capabilities.operations.views.incidents import id_of
from bavn.capabilities.operations.views.tables import (
    INCIDENT_DETAILS,
    INCIDENT_PICTURE,
    UNIT_PICTURE,
)
from bavn.journal.reader import NOBODY, Query, Reader
from bavn.journal.table import Row, Value

# Four decimals are about ten metres: what a symbol on a map can show.
DECIMALS = 4
# Sorts of readers with a picture ready: the organisations of a country, and some more.
READERS_LIMIT = 128
# Level 1 of zlib: three times as fast as the default, for a tenth more bytes.
_LEVEL, _GZIP = 1, 31
INCIDENT_COLUMNS = (
    "id",
    "type",
    "urgency",
    "service",
    "area",
    "municipality",
    "lat",
    "lon",
    "exact",
    "reported_at",
    "changed_at",
    "units",
)
UNIT_COLUMNS = (
    "id",
    "callsign",
    "type",
    "service",
    "area",
    "status",
    "status_at",
    "incident",
    "lat",
    "lon",
    "place_at",
)
_LAT, _LON, _EXACT = (INCIDENT_COLUMNS.index(name) for name in ("lat", "lon", "exact"))
_encode = msgspec.json.encode
# What a picture is made of: the day, and the versions of the record, the register and positions.
# Each only grows, so that the larger state is the newer one.
State = tuple[date, int, int, int]
Array = list[Any]


@dataclass(slots=True)
class Prepared:
    """A picture as it goes over the line, plain and packed, and its mark."""

    etag: str
    body: bytes
    _packed: bytes | None = None

    @property
    def packed(self) -> bytes:
        """The same in gzip, packed once."""
        if self._packed is None:
            packing = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
            self._packed = packing.compress(self.body) + packing.flush()
        return self._packed


@dataclass(slots=True)
class _Shared:
    """What is the same for everyone."""

    state: State
    head: bytes
    incidents: dict[tuple[str, str], Array]
    incidents_json: bytes
    units_json: bytes
    prepared: OrderedDict[Reader, Prepared] = field(default_factory=OrderedDict)


class Pictures:
    """Prepares pictures; each state of the record is read once, however many ask."""

    def __init__(
        self,
        territory: Territory,
        registry: Registry,
        types: IncidentTypes,
        positions: LastPositions,
    ) -> None:
        self._territory = territory
        self._registry = registry
        self._types = types
        self._positions = positions
        self._shared: _Shared | None = None
        # Each unit's array, with what it is made of, for one day of one register.
        self._arrays: dict[
            str, tuple[tuple[tuple[Value, Value] | None, Position | None], Array]
        ] = {}
        self._arrays_of: tuple[date, int] | None = None
        # Each incident that is part of another, with the one that leads.
        self.leading: Callable[[], Mapping[str, str]] = dict
        self.made_count = 0
        # When it was last made, by the clock of whoever has it made.
        self.renewed_at_s = float("-inf")

    def is_fresh(self, position: int, now: datetime) -> bool:
        """True when the picture that is ready holds all that is known at this moment."""
        return self._shared is not None and self._shared.state >= self._state(position, now)

    def renew(self, query: Query, position: int, now: datetime) -> None:
        """Read the record anew. What was written after `position` may be in it already."""
        self._shared = self._share(query, self._state(position, now), now)

    def of(self, query: Query, reader: Reader) -> Prepared:
        """The picture that is ready, as a reader may see it."""
        shared = self._shared
        assert shared is not None, "it was renewed before it is asked for"
        # Whether somebody may read private texts makes no difference here.
        reader = Reader(organisations=reader.organisations, areas=reader.areas)
        prepared = shared.prepared.get(reader)
        if prepared is None:
            prepared = shared.prepared[reader] = self._prepare(query, reader, shared)
            if len(shared.prepared) > READERS_LIMIT:
                shared.prepared.popitem(last=False)
        return prepared

    def _state(self, position: int, now: datetime) -> State:
        return (now.date(), position, self._registry.version, self._positions.version)

    def _share(self, query: Query, state: State, now: datetime) -> _Shared:
        self.made_count += 1
        day, position = state[:2]
        still_open = query.rows(NOBODY, INCIDENT_PICTURE, {"state": "open"})
        parts = self._parts({id_of(row) for row in still_open})
        units = [each for each in query.rows(NOBODY, UNIT_PICTURE) if each["status"] is not None]
        if parts:
            # A word about a part counts for the one that leads.
            units = [
                {**each, "incident": parts.get(str(each["incident"]), each["incident"])}
                for each in units
            ]
        at_incident: dict[str, int] = {}
        for row in units:
            if row["incident"] is not None:
                name = str(row["incident"])
                at_incident[name] = at_incident.get(name, 0) + 1
        incidents = {}
        for row in still_open:
            if id_of(row) not in parts:
                count = at_incident.get(id_of(row), 0)
                incidents[str(row["owner"]), str(row["subject"])] = self._incident(row, count)
        arrays = self._units(units, day)
        head = {
            "at": now.replace(microsecond=0),
            "position": position,
            "areas": self._areas(day, incidents.values(), arrays),
            "columns": {"incidents": INCIDENT_COLUMNS, "units": UNIT_COLUMNS},
        }
        return _Shared(
            state,
            _encode(head)[:-1],
            incidents,
            _encode(list(incidents.values())),
            _encode(arrays),
        )

    def _parts(self, still_open: set[str]) -> dict[str, str]:
        """Each that is shown as the open one that leads it; what leads and is closed hides none."""
        return {one: first for one, first in self.leading().items() if first in still_open}

    def _prepare(self, query: Query, reader: Reader, shared: _Shared) -> Prepared:
        incidents = shared.incidents_json
        exact = query.rows(reader, INCIDENT_DETAILS, {"state": "open"})
        if exact:
            incidents = _encode(_with_places(shared.incidents, exact))
        body = b'%b,"incidents":%b,"units":%b}' % (shared.head, incidents, shared.units_json)
        _, position, registered, moved = shared.state
        scope = blake2b(repr(_scope(reader)).encode(), digest_size=6).hexdigest()
        return Prepared(f'"{shared.state[0]}.{position}.{registered}.{moved}.{scope}"', body)

    def _incident(self, row: Row, unit_count: int) -> Array:
        code = row["incident_type"]
        known = self._types.type_of(None if code is None else str(code))
        return [
            id_of(row),
            code,
            row["urgency"] or (known.urgency if known is not None else None),
            row["owner"],
            row["area"],
            row["municipality"],
            row["latitude"],
            row["longitude"],
            0,
            _seconds(row["reported_at_ms"]),
            _seconds(row["changed_at_ms"]),
            unit_count,
        ]

    def _units(self, rows: list[Row], day: date) -> list[Array]:
        said = {id_of(row): row for row in rows}
        areas: dict[str, str | None] = {}
        registered = {unit.id: unit for unit in self._registry.units(day)}
        for row in rows:
            owner = str(row["owner"])
            if owner not in areas:
                areas[owner] = self._territory.area_of(owner, day)  # type: ignore[arg-type]
        if self._arrays_of != (day, self._registry.version):
            self._arrays, self._arrays_of = {}, (day, self._registry.version)
        arrays = []
        for unit_id in sorted(registered.keys() | said.keys()):
            word, position = said.get(unit_id), self._positions.of(unit_id)
            made_of = (
                None if word is None else (word["last_fact"], word["incident"]),
                position,
            )
            known = self._arrays.get(unit_id)
            # Most units are where they were: theirs is not made anew.
            if known is None or known[0] != made_of:
                array = self._unit(unit_id, registered.get(unit_id), word, areas, position)
                known = self._arrays[unit_id] = (made_of, array)
            arrays.append(known[1])
        return arrays

    @staticmethod
    def _unit(
        unit_id: str,
        unit: RegisteredUnit | None,
        row: Row | None,
        areas: Mapping[str, str | None],
        position: Position | None,
    ) -> Array:
        if unit is not None:
            array: Array = [unit_id, unit.callsign, unit.type, unit.service, unit.area]
            place: Array = [_rounded(unit.lat), _rounded(unit.lon), None]
        else:
            assert row is not None, "a unit is registered, or has said something"
            owner = str(row["owner"])
            array, place = [unit_id, unit_id, None, owner, areas[owner]], [None, None, None]
        if row is not None:
            array += [row["status"], _seconds(row["status_at_ms"]), row["incident"]]
        else:
            array += [None, None, None]
        if position is not None:
            at = int(position.at.timestamp())
            place = [_rounded(position.lat), _rounded(position.lon), at]
        return array + place

    def _areas(self, day: date, incidents: Any, units: list[Array]) -> list[dict[str, Any]]:
        """Each area with its figures: open incidents by urgency, units by status."""
        found: dict[str, dict[str, dict[str, int]]] = {}
        urgency, area = INCIDENT_COLUMNS.index("urgency"), INCIDENT_COLUMNS.index("area")
        for each in incidents:
            _count(found, each[area], "incidents", each[urgency])
        status, area = UNIT_COLUMNS.index("status"), UNIT_COLUMNS.index("area")
        for each in units:
            _count(found, each[area], "units", each[status])
        named = {each.id: each.name for each in self._territory.areas(day)}
        none: dict[str, dict[str, int]] = {"incidents": {}, "units": {}}
        return [
            {"id": each, "name": named.get(each, each), "figures": found.get(each, none)}  # type: ignore[call-overload]
            for each in [*named, *sorted(found.keys() - named.keys())]
        ]


def _count(found: dict[str, Any], area: str | None, sort: str, word: str | None) -> None:
    if area is not None:
        counts = found.setdefault(area, {"incidents": {}, "units": {}})[sort]
        counts[word or "unknown"] = counts.get(word or "unknown", 0) + 1


def _with_places(incidents: Mapping[tuple[str, str], Array], exact: list[Row]) -> list[Array]:
    """The incidents with the exact places that a reader may see."""
    arrays = dict(incidents)
    for row in sorted(exact, key=lambda each: _seconds(each["changed_at_ms"])):
        key = (str(row["owner"]), str(row["subject"]))
        array = arrays.get(key)
        if array is not None and row["latitude"] is not None:
            array = list(array)
            array[_LAT], array[_LON] = _rounded(row["latitude"]), _rounded(row["longitude"])
            array[_EXACT] = 1
            arrays[key] = array
    return list(arrays.values())


def _scope(reader: Reader) -> tuple[list[str], list[str]]:
    return sorted(reader.organisations), sorted(reader.areas)


def _rounded(value: Value) -> float | None:
    return round(value, DECIMALS) if isinstance(value, float) else None


def _seconds(value: Value) -> int:
    assert isinstance(value, int), "the view says so"
    return value // 1000
