# SPDX-License-Identifier: Apache-2.0
"""Units as they are read: the register, what each has said, and where it was last."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import msgspec

from bavn.capabilities.operations.model.authority import POSITION, GivenBy, given_by, words_in
from bavn.capabilities.operations.model.doubt import Contested
from bavn.capabilities.operations.model.unit import UnitStatus, status_in
from bavn.capabilities.operations.ports import (
    LastPositions,
    Position,
    RegisteredUnit,
    Registry,
    Territory,
)
from bavn.capabilities.operations.views.incidents import Place, id_of
from bavn.capabilities.operations.views.tables import UNIT_PICTURE
from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.journal.reader import Query, Reader
from bavn.journal.table import Row, Value
from bavn.kernel.identity import OrganisationId, is_subject
from bavn.kernel.instants import instant_of
from bavn.kernel.refusal import Refused

# All units of a country fit in one answer.
LIMIT, LIMIT_MOST = 5_000, 5_000


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit: what is registered of it, what it has said, and where it was last.

    `place` is its last position (`place_at`), or its station's place when it has sent none. A unit
    that no register knows has `registered` false. `flags` tells what is odd about its last word.
    `is_heard` is false while the node that goes on for its service is not heard: all of it is then
    as it was at `last_heard_at`. `contested` says why nobody can tell yet what holds: several nodes
    have told of it (`conflict`), or two claim to go on for its service (`claims`). `given_by` tells
    as what its status and its position were told, and what a lower source says otherwise.
    """

    id: str
    callsign: str
    type: str | None
    service: OrganisationId
    area: str | None
    station: str | None
    crew: int
    capabilities: tuple[str, ...]
    status: UnitStatus | None
    status_at: datetime | None
    incident: str | None
    place: Place | None
    place_at: datetime | None
    registered: bool
    flags: tuple[str, ...]
    basis: str
    is_heard: bool = True
    last_heard_at: datetime | None = None
    contested: Contested | None = None
    given_by: dict[str, GivenBy] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedUnits:
    """Which units a list is to hold."""

    on: date
    service: str | None = None
    area: str | None = None
    status: UnitStatus | None = None
    # Units at any of these; None for units wherever they are.
    incidents: frozenset[str] | None = None
    limit: int = LIMIT
    after: str | None = None

    def takes(self, unit: Unit) -> bool:
        """True for a unit that the list is to hold."""
        return (
            self.service in {None, unit.service}
            and self.area in {None, unit.area}
            and self.status in {None, unit.status}
            and (self.incidents is None or unit.incident in self.incidents)
            and (self.after is None or unit.id > self.after)
        )


@dataclass(frozen=True, slots=True)
class Units:
    """Where units are read from."""

    query: Query
    registry: Registry
    territory: Territory
    positions: LastPositions

    def all(self, reader: Reader, on: date) -> Iterator[Unit]:
        """Every unit, by id: those registered on a day, and those that only operations knows."""
        rows = {id_of(row): row for row in self.query.rows(reader, UNIT_PICTURE)}
        registered = {unit.id: unit for unit in self.registry.units(on)}
        for unit_id in sorted(registered.keys() | rows.keys()):
            yield self._unit(unit_id, registered.get(unit_id), rows.get(unit_id), on)

    def list(self, reader: Reader, wanted: WantedUnits) -> tuple[list[Unit], str | None]:
        """Some units, and where the list goes on."""
        found = [unit for unit in self._among(reader, wanted) if wanted.takes(unit)]
        shown = found[: wanted.limit]
        return shown, shown[-1].id if len(found) > wanted.limit else None

    def _among(self, reader: Reader, wanted: WantedUnits) -> Iterator[Unit]:
        """All that may be wanted: of those at an incident only they are read, not the country's."""
        if wanted.incidents is None:
            yield from self.all(reader, wanted.on)
            return
        names = {
            id_of(row)
            for incident in wanted.incidents
            for row in self.query.rows(reader, UNIT_PICTURE, {"incident": incident})
        }
        for name in sorted(names):
            found = self.one(reader, name, wanted.on)
            if found is not None:
                yield found

    def one(self, reader: Reader, unit_id: str, on: date) -> Unit | None:
        """One unit; None when neither a register nor operations knows it."""
        row, registered = self.row(reader, unit_id), self.registry.unit(unit_id, on)
        if row is None and registered is None:
            return None
        return self._unit(unit_id, registered, row, on)

    def the_unit(self, reader: Reader, unit_id: str, on: date) -> Unit:
        """One unit; ends the handler when there is none."""
        found = self.one(reader, unit_id, on)
        if found is None:
            raise Refusal(
                Refused(
                    code="no_such_unit",
                    says=f"There is no unit {unit_id[:64]}.",
                    try_instead="Look it up in the list of units.",
                    values={"unit": unit_id[:64]},
                )
            )
        return found

    def whose(
        self, call: Call, unit_id: str, on: date
    ) -> tuple[OrganisationId, OrganisationId | None, bool]:
        """Whose unit it is, its area, and whether it is registered.

        One that nobody knows is the caller's own.
        """
        registered = self.registry.unit(unit_id, on)
        if registered is not None:
            return registered.service, registered.area, True
        owner, _ = self.owner(call.reader, unit_id, on)
        return owner or call.actor.organisation, None, False

    def row(self, reader: Reader, unit_id: str) -> Row | None:
        """What a unit has said of itself last."""
        subject = f"unit:{unit_id}"
        if not is_subject(subject):
            return None
        rows = self.query.rows(reader, UNIT_PICTURE, {"subject": subject})
        return max(rows, key=lambda row: str(row["changed_at_ms"]), default=None)

    def owner(self, reader: Reader, unit_id: str, on: date) -> tuple[OrganisationId | None, bool]:
        """Whose unit it is, as far as that is known, and whether a register says so."""
        registered = self.registry.unit(unit_id, on)
        if registered is not None:
            return registered.service, True
        row = self.row(reader, unit_id)
        return (None if row is None else OrganisationId(str(row["owner"]))), False

    def _unit(
        self, unit_id: str, registered: RegisteredUnit | None, row: Row | None, on: date
    ) -> Unit:
        said = row or {}
        owner = registered.service if registered else OrganisationId(str(said["owner"]))
        position = self.positions.of(unit_id)
        lat, lon = (registered.lat, registered.lon) if registered else (None, None)
        if position is not None:
            lat, lon = position.lat, position.lon
        return Unit(
            id=unit_id,
            callsign=registered.callsign if registered else unit_id,
            type=registered.type if registered else None,
            service=owner,
            area=(registered and registered.area) or self.territory.area_of(owner, on),
            station=registered.station if registered else None,
            crew=registered.crew if registered else 0,
            capabilities=registered.capabilities if registered else (),
            status=status_in(said.get("status")),
            status_at=_instant(said.get("status_at_ms")),
            incident=str(said["incident"]) if said.get("incident") is not None else None,
            place=None if lat is None or lon is None else Place(lat=lat, lon=lon),
            place_at=None if position is None else position.at,
            registered=registered is not None,
            flags=tuple(str(said.get("flags", "")).split()),
            basis=registered.basis if registered else "",
            given_by=given_by(words_in(said.get("given"))) | _placed_by(position),
        )


def _placed_by(position: Position | None) -> dict[str, GivenBy]:
    if position is None or position.voice.source is None:
        return {}
    return {POSITION: GivenBy(by=position.voice.source, at=position.at)}


def _instant(value: Value) -> datetime | None:
    return instant_of(value) if isinstance(value, int) else None
