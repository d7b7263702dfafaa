# SPDX-License-Identifier: Apache-2.0
"""What the centre's board shows, kept at hand: read once, then only what something was told of."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Protocol, TypeVar

import msgspec

from bavn.capabilities.centre.model.board import BoardNow, IncidentSeen, OrderSeen, UnitSeen
from bavn.capabilities.dispatch.views import ORDERS
from bavn.capabilities.operations.model.doubt import DoubtsNow
from bavn.capabilities.operations.ports import RegisteredUnit
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.operations.views.tables import INCIDENT_PICTURE, UNIT_PICTURE
from bavn.capabilities.situation.model.picture import symbol_of
from bavn.journal.fact import Fact
from bavn.journal.reader import NOBODY, Query
from bavn.journal.table import Row
from bavn.journal.views import View
from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.kernel.instants import instant_of

INCIDENT, UNIT = "incident:", "unit:"
# What a watch does about its own work changes nothing of what is shown here.
OWN_KINDS = "centre."
TalkGroup = Callable[[str], str]
T = TypeVar("T")
C = TypeVar("C", UnitSeen, OrderSeen)


class Watched(Protocol):
    """A record that tells of what is new in it."""

    @property
    def query(self) -> Query:
        """The way to what is on record."""

    @property
    def world(self) -> World:
        """The world that it is of."""

    @property
    def node(self) -> NodeId:
        """The node whose it is."""

    def watch(self, watcher: Callable[[Fact], None]) -> None:
        """Have every new fact shown to a watcher."""


class LiveBoard:
    """The board of one served world; everyone may know all of it."""

    def __init__(
        self, live: Watched, operations: Room, talk_group: TalkGroup = lambda _: ""
    ) -> None:
        self._live, self._operations, self._talk_group = live, operations, talk_group
        # By subject, the rows about it; None until they were read for the first time.
        self._rows: dict[str, list[Row]] | None = None
        self._orders: dict[str, list[OrderSeen]] = {}
        self._incidents: dict[str, IncidentSeen] = {}
        self._units: dict[str, UnitSeen] = {}
        self._stale: set[str] = set()
        self._towns: Mapping[str, str] = {}
        self._told_count = 0
        self._units_of: tuple[date, int] | None = None
        self._ready: BoardNow | None = None
        live.watch(self.heard)

    def now(self, at: datetime) -> BoardNow:
        """All that is known at this moment."""
        registry, doubts = self._operations.registry, self._operations.doubts.now()
        day = at.date()
        self._read(day)
        mark = (self._live.world, self._live.node, self._told_count, day, registry.version)
        named = ".".join(map(str, (*mark, doubts.mark)))
        if self._ready is None or self._ready.mark != named:
            parts = self._parts()
            self._ready = BoardNow(
                mark=named,
                incidents=[
                    _doubted(each, INCIDENT, doubts)
                    for each in self._incidents.values()
                    if each.id not in parts
                ],
                units=[
                    _doubted(_counted(each, parts), UNIT, doubts) for each in self._units.values()
                ],
                orders=self._ordered(parts),
            )
        return self._ready

    def _parts(self) -> Mapping[str, str]:
        """Each that is shown as the open one that leads it; what leads and is closed hides none."""
        leading = self._operations.joined.leading()
        return {one: first for one, first in leading.items() if first in self._incidents}

    def _ordered(self, parts: Mapping[str, str]) -> list[OrderSeen]:
        """Each order once, also where a unit was sent to two that turned out to be one."""
        orders = [_counted(each, parts) for told in self._orders.values() for each in told]
        return list({(each.unit, each.incident): each for each in orders}.values())

    def heard(self, fact: Fact) -> None:
        """Note what a fact is about: it is read again at the next look."""
        if fact.kind.startswith(OWN_KINDS):
            return
        self._told_count += 1
        self._stale.update(each for each in fact.about if each.startswith((INCIDENT, UNIT)))

    def _read(self, day: date) -> None:
        registry, query = self._operations.registry, self._live.query
        if self._rows is None or self._units_of != (day, registry.version):
            self._stale.clear()
            self._rows, self._units_of = {}, (day, registry.version)
            places = self._operations.territory.municipalities(day)
            self._towns = {each.code: each.name for each in places}
            for row in query.rows(NOBODY, UNIT_PICTURE):
                self._rows.setdefault(str(row["subject"]), []).append(row)
            for row in query.rows(NOBODY, INCIDENT_PICTURE, {"state": "open"}):
                self._rows.setdefault(str(row["subject"]), []).append(row)
            registered = {unit.id: unit for unit in registry.units(day)}
            names = registered.keys() | {
                each.removeprefix(UNIT) for each in self._rows if each.startswith(UNIT)
            }
            self._units = {}
            for name in sorted(names):
                self._keep_unit(name, self._rows.get(UNIT + name, []), registered.get(name), day)
            self._incidents = {}
            for subject in [each for each in self._rows if each.startswith(INCIDENT)]:
                self._keep_incident(subject, self._rows[subject])
            self._orders = {}
            for name in self._incidents:
                self._keep_orders(name)
        for subject in self._stale:
            self._look_again(subject, day)
        self._stale.clear()

    def _look_again(self, subject: str, day: date) -> None:
        if subject.startswith(UNIT):
            name = subject.removeprefix(UNIT)
            rows = self._about(UNIT_PICTURE, subject)
            self._keep_unit(name, rows, self._operations.registry.unit(name, day), day)
            return
        self._keep_incident(subject, self._about(INCIDENT_PICTURE, subject))
        self._keep_orders(subject.removeprefix(INCIDENT))

    def _about(self, view: View, subject: str) -> list[Row]:
        return self._live.query.rows(NOBODY, view, {"subject": subject})

    def _keep_unit(
        self, name: str, rows: list[Row], known: RegisteredUnit | None, day: date
    ) -> None:
        # Where two owners have told of it, the later word holds until somebody mends that.
        said = max(rows, key=lambda row: int(str(row["status_at_ms"])), default=None)
        if said is None and known is None:
            self._units.pop(name, None)
            return
        service = known.service if known is not None else str(said["owner"]) if said else ""
        area = known.area if known is not None else None
        incident = None if said is None else said["incident"]
        self._units[name] = UnitSeen(
            id=name,
            callsign=name if known is None else known.callsign,
            type="" if known is None else known.type,
            service=service,
            area=area or self._operations.territory.area_of(OrganisationId(service), day) or "",
            status=None if said is None else str(said["status"]),
            status_at=None if said is None else instant_of(int(str(said["status_at_ms"]))),
            incident=None if incident is None else str(incident),
        )

    def _keep_incident(self, subject: str, rows: list[Row]) -> None:
        name = subject.removeprefix(INCIDENT)
        opened = [row for row in rows if row["state"] == "open"]
        if not opened:
            self._incidents.pop(name, None)
            self._orders.pop(name, None)
            return
        # Two owners may have told of one incident by mistake; the first to report it has it.
        row = min(opened, key=lambda each: int(str(each["reported_at_ms"])))
        types = self._operations.types
        code = "" if row["incident_type"] is None else str(row["incident_type"])
        known = types.type_of(code or None)
        urgency = row["urgency"] or (None if known is None else known.urgency)
        ranks = [each.code for each in types.urgencies]
        group = "" if known is None else known.group
        drawn = symbol_of(group) if known is None or not known.symbol else known.symbol
        self._incidents[name] = IncidentSeen(
            id=name,
            type=code,
            group=group,
            symbol=drawn,
            urgency=ranks.index(str(urgency)) + 1 if urgency in ranks else 0,
            service=str(row["owner"]),
            area=str(row["area"] or ""),
            place=self._place(row["municipality"]),
            reported_at=instant_of(int(str(row["reported_at_ms"]))),
            changed_at=instant_of(int(str(row["changed_at_ms"]))),
            talk_group=self._talk_group(name),
        )

    def _keep_orders(self, incident: str) -> None:
        if incident not in self._incidents:
            self._orders.pop(incident, None)
            return
        rows = self._live.query.rows(NOBODY, ORDERS, {"incident": incident})
        self._orders[incident] = [
            OrderSeen(
                unit=str(row["subject"]).removeprefix(UNIT),
                incident=incident,
                at=instant_of(int(str(row["ordered_at_ms"]))),
            )
            for row in rows
            if row["stood_down_at_ms"] is None
        ]

    def _place(self, code: object) -> str:
        return "" if code is None else self._towns.get(str(code), str(code))


def _counted(each: C, parts: Mapping[str, str]) -> C:
    """What is told of a part counts for the one that leads."""
    first = parts.get(each.incident or "")
    return each if first is None else msgspec.structs.replace(each, incident=first)


def _doubted(seen: T, sort: str, doubts: DoubtsNow) -> T:
    if not doubts.mark:
        return seen
    assert isinstance(seen, IncidentSeen | UnitSeen), "only these are shown"
    doubt = doubts.of(seen.service, f"{sort}{seen.id}")
    contested = doubt.contested is not None
    return msgspec.structs.replace(seen, is_heard=doubt.is_heard, contested=contested)
