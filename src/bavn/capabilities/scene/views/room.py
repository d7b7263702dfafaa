# SPDX-License-Identifier: Apache-2.0
"""The board as it is read: all that stands at one scene, and what nobody has settled."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import msgspec

from bavn.capabilities.scene.facts import HazardTold, SectorTold, TaskTold, WindMeasured
from bavn.capabilities.scene.model.board import (
    ACTIVE,
    HazardSaid,
    Placed,
    SectorSaid,
    TaskSaid,
    point_of,
    where_each_is,
)
from bavn.capabilities.scene.model.versions import Standing, Version
from bavn.capabilities.scene.ports import Around, Due, Leader, Site, UnitThere
from bavn.capabilities.scene.views import HAZARD, PLACED, SECTOR, TASK, VERSIONS, WIND
from bavn.capabilities.scene.views.reading import INCIDENT, Told, unsettled
from bavn.frame.attention import Attention
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.frame.given import Given
from bavn.journal.reader import Query
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.instants import instant_of

# What nobody has settled for longer than this is a matter of the log.
WAITS = timedelta(hours=24)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a thing: its fields, its text for who may read it, and whose word it is.

    `has_text` tells that there is a text; `text_in` names the version in which it stands.
    """

    fact: str
    at: datetime
    by: OrganisationId
    organisation: OrganisationId
    function: str
    assigned: bool
    fields: dict[str, Any]
    text: str | None
    text_in: str | None

    @property
    def has_text(self) -> bool:
        """True where there is a text, whoever may read it."""
        return self.text_in is not None


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """A sector, a task or a hazard: what stands of it, and what the next version is based on.

    Where `versions` has more than one, they contradict each other and nobody has settled it.
    """

    id: str
    versions: tuple[Said, ...]
    based_on: tuple[str, ...]

    @property
    def is_settled(self) -> bool:
        """True where one version stands."""
        return len(self.versions) == 1

    @property
    def last(self) -> Said:
        """What is shown on the board meanwhile: the last by its own time."""
        return self.versions[-1]


class WindNow(msgspec.Struct, frozen=True, kw_only=True):
    """The last measuring of the wind: where it comes from, how fast, when and by whom."""

    from_deg: int
    point: str
    speed_m_s: float
    at: datetime
    by: OrganisationId
    function: str
    is_old: bool


class UnitShown(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that is there or on its way, and the sector that it is placed in."""

    unit: UnitThere
    sector: str | None
    is_near: bool


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """All that stands at a scene; units whose relief is near come first."""

    site: Site
    leaders: tuple[Leader, ...]
    next_report: Due | None
    talk_groups: tuple[str, ...]
    wind: WindNow | None
    sectors: tuple[Thing, ...]
    tasks: tuple[Thing, ...]
    hazards: tuple[Thing, ...]
    units: tuple[UnitShown, ...]

    @property
    def ended(self) -> Sequence[Thing]:
        """Sectors that are no more."""
        return [each for each in self.sectors if each.last.fields["ended"]]

    @property
    def unsettled(self) -> Sequence[tuple[str, Thing]]:
        """The things of which two versions stand, by what sort of thing they are."""
        sorts = ((SECTOR, self.sectors), (TASK, self.tasks), (HAZARD, self.hazards))
        return [(sort, each) for sort, some in sorts for each in some if not each.is_settled]


class Room:
    """Made once for a world that is served."""

    def __init__(self, query: Query, around: Around) -> None:
        self.around = around
        self._query = query

    def writers(self, call: Call, incident: str) -> set[OrganisationId]:
        """Who has told of a scene, as far as the caller may know."""
        where = {"subject": f"{INCIDENT}{incident}"}
        return {
            OrganisationId(str(row["owner"]))
            for view in (VERSIONS, PLACED, WIND)
            for row in self._query.rows(call.reader, view, where)
        }

    async def of(self, desk: Desk, call: Call, incident: str) -> Board:
        """All of one scene, as the caller may read it; ends the handler where there is none."""
        site = self.around.site(call, incident)
        told = Told(self._query, call, incident)
        sectors = await _things(desk, told, SECTOR)
        tasks = await _things(desk, told, TASK)
        return Board(
            site=site,
            leaders=tuple(await self.around.leaders(desk, call, incident)),
            next_report=self.around.next_report(call, incident) if site.is_open else None,
            talk_groups=tuple(self.around.talk_groups(call, incident)),
            wind=self._wind(call, incident),
            sectors=tuple(sorted(sectors, key=_sector_order)),
            tasks=tuple(sorted(tasks, key=_task_order)),
            hazards=tuple(sorted(await _things(desk, told, HAZARD), key=_hazard_order)),
            units=self._units(call, incident, sectors),
        )

    def wanting(self, call: Call) -> Sequence[Attention]:
        """Things at the caller's scenes of which two versions stand."""
        days = sorted({(call.now - timedelta(days=back)).date() for back in (0, 1)})
        subjects = {
            str(row["subject"])
            for day in days
            for row in self._query.rows(call.reader, VERSIONS, {"told_on": day.isoformat()})
        }
        found: list[Attention] = []
        for subject in sorted(subjects):
            rows = self._query.rows(call.reader, VERSIONS, {"subject": subject})
            for sort, thing, stands in unsettled(rows):
                waits = self._waits(call, subject, sort, thing, stands)
                if waits is not None:
                    found.append(waits)
        return found

    def _waits(
        self, call: Call, subject: str, sort: str, thing: str, stands: Standing
    ) -> Attention | None:
        incident, since = subject.removeprefix(INCIDENT), stands.versions[-1].at
        if call.now - since > WAITS:
            return None
        site = self.around.known(call, incident)
        if site is None or not site.is_open or not call.organisations & {*site.assigned}:
            return None
        told = Told(self._query, call, incident).things.get((sort, thing))
        if told is None or told.is_settled:
            return None
        return Attention(
            # Seen is seen of these versions: another one beside them waits anew.
            id=f"scene.versions:{thing}:{max(stands.facts)}",
            text=f"scene.attention.{sort}",
            values={"incident": site.label},
            since=min(since, call.now),
            about=Subject(subject),
            path=f"/incidents/{incident}/board",
            service=site.service,
        )

    def _wind(self, call: Call, incident: str) -> WindNow | None:
        rows = self._query.rows(call.reader, WIND, {"subject": f"{INCIDENT}{incident}"})
        row = max(rows, key=lambda each: (_ms(each["at_ms"]), str(each["fact"])), default=None)
        if row is None:
            return None
        at = instant_of(_ms(row["at_ms"]))
        return WindNow(
            from_deg=_ms(row["from_deg"]),
            point=point_of(_ms(row["from_deg"])),
            speed_m_s=float(str(row["speed_m_s"])),
            at=at,
            by=OrganisationId(str(row["owner"])),
            function=str(row["function"]),
            is_old=call.now - at > self.around.rules.wind_old,
        )

    def _units(self, call: Call, incident: str, sectors: Sequence[Thing]) -> tuple[UnitShown, ...]:
        rows = self._query.rows(call.reader, PLACED, {"subject": f"{INCIDENT}{incident}"})
        placed = where_each_is(
            Placed(
                fact=str(row["fact"]),
                unit=str(row["unit"]),
                sector=None if row["sector"] is None else str(row["sector"]),
                at=instant_of(_ms(row["at_ms"])),
            )
            for row in rows
        )
        # Who stood in a sector that has ended, or that nobody knows here, has to be placed anew.
        open_ones = {each.id for each in sectors if not each.last.fields["ended"]}
        near = self.around.rules.relief_near
        shown = [
            UnitShown(
                unit=unit,
                sector=sector if (sector := placed.get(unit.id)) in open_ones else None,
                is_near=unit.relief is not None and unit.relief.due_at - call.now <= near,
            )
            for unit in self.around.units(call, incident)
        ]
        return tuple(sorted(shown, key=_unit_order))

    def says(self, call: Call, body: msgspec.Struct) -> str | None:
        """What the log says of a fact of the scene beside its text; None for what is not one."""
        match body:
            case SectorTold():
                state = "ended" if body.ended else "led" if body.leader else "active"
                said = {"name": body.name, "leader": body.leader}
                return call.say(f"told.scene.sector.{state}", **said)
            case TaskTold():
                return call.say(f"told.scene.task.{body.state}") if body.state in _STATES else None
            case HazardTold():
                name = self.hazard_name(call, body.kind)
                return call.say(f"told.scene.hazard.{'over' if body.over else 'active'}", kind=name)
            case WindMeasured():
                says = wind_in_words(call, body.from_deg, body.speed_m_s)
                return says[:1].upper() + says[1:]
            case _:
                return None

    def hazard_name(self, call: Call, code: str) -> str:
        """What a kind of hazard is called; the code of one that this country's table lacks."""
        known = next((each for each in self.around.hazards if each.code == code), None)
        if known is None:
            return code
        return known.danish if call.language == "da" else known.english


RoomGiven: TypeAlias = Given[Room]
_STATES = frozenset({"ordered", "begun", "done", "given_up"})


def wind_in_words(call: Call, from_deg: int, speed_m_s: float) -> str:
    """The wind as people say it: where it comes from, and how fast."""
    point = call.say(f"scene.point.{point_of(from_deg)}")
    # Measured to a tenth at best; whole numbers are said without one.
    speed = f"{speed_m_s:.1f}".removesuffix(".0")
    decimal = speed.replace(".", ",") if call.language == "da" else speed
    return call.say("scene.wind.says", point=point, speed=decimal)


async def _things(desk: Desk, told: Told, sort: str) -> list[Thing]:
    return [
        Thing(
            id=thing,
            versions=tuple([await _said(desk, told, each) for each in stands.versions]),
            based_on=stands.facts,
        )
        for (of, thing), stands in told.things.items()
        if of == sort
    ]


async def _said(desk: Desk, told: Told, version: Version) -> Said:
    fields = msgspec.to_builtins(version.content)
    match version.content:
        case SectorSaid(what_in=text_in):
            fields.pop("what_in")
        case TaskSaid(text_in=text_in):
            fields.pop("text_in")
        case HazardSaid(where_in=text_in):
            fields.pop("where_in")
        case _:
            raise AssertionError(version.content)
    return Said(
        fact=version.fact,
        at=version.at,
        by=version.by,
        organisation=OrganisationId(str(told.says(version.fact, "organisation"))),
        function=str(told.says(version.fact, "function")),
        assigned=bool(told.says(version.fact, "assigned")),
        fields=fields,
        text=await told.text(desk, text_in),
        text_in=text_in,
    )


def _sector_order(each: Thing) -> tuple[Any, ...]:
    return each.last.fields["ended"], each.last.fields["name"], each.id


def _task_order(each: Thing) -> tuple[Any, ...]:
    fields = each.last.fields
    return fields["state"] not in ACTIVE, not fields["urgent"], each.last.at, each.id


def _hazard_order(each: Thing) -> tuple[Any, ...]:
    return each.last.fields["over"], each.last.at, each.id


def _unit_order(each: UnitShown) -> tuple[Any, ...]:
    relief = each.unit.relief
    due = "" if relief is None or not each.is_near else relief.due_at.isoformat()
    return not each.is_near, due, each.unit.callsign, each.unit.id


def _ms(value: object) -> int:
    assert isinstance(value, int), "the view says so"
    return value
