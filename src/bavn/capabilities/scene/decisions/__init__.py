# SPDX-License-Identifier: Apache-2.0
"""What can be told of a scene, and how it is decided: each a pure function.

Nothing is refused because somebody else has written meanwhile: each version is taken, with those
that its writer had seen, its own among them. Who works there comes with the request, as for the
joint log.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

import msgspec

from bavn.capabilities.scene.facts import (
    BASED_ON_LIMIT,
    HazardTold,
    SectorTold,
    TaskTold,
    UnitPlaced,
    WindMeasured,
)
from bavn.capabilities.scene.model.board import HazardSaid, SectorSaid, TaskSaid, TaskState
from bavn.capabilities.scene.model.versions import Version, carried_on, three_way
from bavn.frame.written import stands_at
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

# A text that is told with the version itself, whose fact has no id yet.
NEW = "new"


class Tell(msgspec.Struct, frozen=True, kw_only=True):
    """Told to `to`, who work at an incident; `at` is when it was written, now when left out."""

    # Another may have come between a letter and its repeat.
    FOUND_HERE: ClassVar[frozenset[str]] = frozenset({"to", "assigned"})

    incident: str
    to: tuple[OrganisationId, ...]
    at: datetime | None = None
    assigned: bool = True


class TellVersion(Tell, frozen=True, kw_only=True):
    """A version of a thing.

    `based_on` are the versions that were seen. `after` are the sender's own numbers of what it has
    told of the thing before, and may not have seen come back.
    """

    based_on: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class TellSector(TellVersion, frozen=True, kw_only=True):
    """A sector as it is to stand; without an id it is a new one.

    `what_of` is the version in which its text stands.
    """

    sector: str | None = None
    name: str
    leader: str = ""
    what: Private | None = None
    what_of: str | None = None
    ended: bool = False


class TellTask(TellVersion, frozen=True, kw_only=True):
    """A task as it is to stand; without an id it is a new one."""

    task: str | None = None
    text: Private | None = None
    text_of: str | None = None
    sector: str | None = None
    unit: str | None = None
    state: TaskState = TaskState.ORDERED
    urgent: bool = False


class TellHazard(TellVersion, frozen=True, kw_only=True):
    """A hazard as it is to stand; without an id it is a new one."""

    hazard: str | None = None
    kind: str
    where: Private | None = None
    where_of: str | None = None
    over: bool = False


class PlaceUnit(Tell, frozen=True, kw_only=True):
    """A unit works in a sector from now on, or in none."""

    unit: str
    sector: str | None = None


class MeasureWind(Tell, frozen=True, kw_only=True):
    """The wind, as it was measured."""

    from_deg: int
    speed_m_s: float


def subject_of(incident: str) -> Subject:
    """What a fact about an incident is about."""
    return Subject(f"incident:{incident}")


def tell_sector(
    told: Sequence[Version], request: TellSector, context: Context
) -> Sequence[Draft] | Refused:
    """A version of a sector."""
    name = " ".join(request.name.split())
    if not name:
        return Refused(
            code="sector_unnamed",
            says="The sector has no name.",
            try_instead="Write what it is called over the radio.",
        )
    what, leader = _said(request.what), " ".join(request.leader.split())
    typed = SectorSaid(
        name=name, leader=leader, what_in=NEW if what else request.what_of, ended=request.ended
    )
    carried = carried_on(request.based_on, request.after, told)
    meant = three_way(typed, carried.base, carried.last)
    body = SectorTold(
        sector=request.sector or context.new_id(),
        based_on=[*carried.based_on][:BASED_ON_LIMIT],
        name=meant.name,
        leader=meant.leader,
        what_of=None if what else meant.what_in,
        ended=meant.ended,
        assigned=request.assigned,
    )
    return [_draft(request, context, body, {"what": what} if what else {})]


def tell_task(
    told: Sequence[Version], request: TellTask, context: Context
) -> Sequence[Draft] | Refused:
    """A version of a task."""
    text = _said(request.text)
    if text is None and request.text_of is None:
        return Refused(
            code="task_empty",
            says="It does not say what is to be done.",
            try_instead="Write the task, then send it again.",
        )
    typed = TaskSaid(
        text_in=NEW if text else request.text_of,
        sector=request.sector,
        unit=request.unit,
        state=request.state.value,
        urgent=request.urgent,
    )
    carried = carried_on(request.based_on, request.after, told)
    meant = three_way(typed, carried.base, carried.last)
    body = TaskTold(
        task=request.task or context.new_id(),
        based_on=[*carried.based_on][:BASED_ON_LIMIT],
        text_of=None if text else meant.text_in,
        sector=meant.sector,
        unit=meant.unit,
        state=meant.state,
        urgent=meant.urgent,
        assigned=request.assigned,
    )
    return [_draft(request, context, body, {"text": text} if text else {})]


def tell_hazard(
    told: Sequence[Version], request: TellHazard, context: Context
) -> Sequence[Draft] | Refused:
    """A version of a hazard; where it is may be left out, that there is one may not wait."""
    where = _said(request.where)
    typed = HazardSaid(
        kind=request.kind, where_in=NEW if where else request.where_of, over=request.over
    )
    carried = carried_on(request.based_on, request.after, told)
    meant = three_way(typed, carried.base, carried.last)
    body = HazardTold(
        hazard=request.hazard or context.new_id(),
        based_on=[*carried.based_on][:BASED_ON_LIMIT],
        kind=meant.kind,
        where_of=None if where else meant.where_in,
        over=meant.over,
        assigned=request.assigned,
    )
    return [_draft(request, context, body, {"where": where} if where else {})]


def place_unit(_state: None, request: PlaceUnit, context: Context) -> Sequence[Draft]:
    """That a unit works in a sector; told of the unit too."""
    body = UnitPlaced(unit=request.unit, sector=request.sector, assigned=request.assigned)
    draft = _draft(request, context, body, {})
    unit = Subject(f"unit:{request.unit}")
    return [msgspec.structs.replace(draft, about=(*draft.about, unit))]


def measure_wind(_state: None, request: MeasureWind, context: Context) -> Sequence[Draft]:
    """The wind."""
    body = WindMeasured(
        from_deg=request.from_deg, speed_m_s=request.speed_m_s, assigned=request.assigned
    )
    return [_draft(request, context, body, {})]


def _said(text: Private | None) -> Private | None:
    return text if text is not None and text.reveal().strip() else None


def _draft(
    request: Tell, context: Context, body: msgspec.Struct, seal: dict[str, Private]
) -> Draft:
    others = tuple(each for each in dict.fromkeys(request.to) if each != context.owner)
    return Draft(
        body=body,
        about=(subject_of(request.incident),),
        happened_at=stands_at(request.at, context.now),
        # Whose own incident it is, alone at it, writes for itself.
        to=others or (context.owner,),
        seal=seal,
    )
