# SPDX-License-Identifier: Apache-2.0
"""What can be told of a scene, and how it is decided: each a pure function.

Nothing is refused because somebody else has written meanwhile: each version is taken, with those
that its writer had seen. Who works there comes with the request, as for the joint log.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bavn.capabilities.scene.facts import (
    HazardTold,
    SectorTold,
    TaskTold,
    UnitPlaced,
    WindMeasured,
)
from bavn.capabilities.scene.model.board import TaskState
from bavn.frame.written import stands_at
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused


class Tell(msgspec.Struct, frozen=True, kw_only=True):
    """Told to `to`, who work at an incident; `at` is when it was written, now when left out."""

    incident: str
    to: tuple[OrganisationId, ...]
    at: datetime | None = None
    assigned: bool = True


class TellSector(Tell, frozen=True, kw_only=True):
    """A sector as it is to stand; without an id it is a new one.

    `based_on` are the versions that were seen. `what_of` is the one in which its text stands.
    """

    sector: str | None = None
    based_on: tuple[str, ...] = ()
    name: str
    leader: str = ""
    what: Private | None = None
    what_of: str | None = None
    ended: bool = False


class TellTask(Tell, frozen=True, kw_only=True):
    """A task as it is to stand; without an id it is a new one."""

    task: str | None = None
    based_on: tuple[str, ...] = ()
    text: Private | None = None
    text_of: str | None = None
    sector: str | None = None
    unit: str | None = None
    state: TaskState = TaskState.ORDERED
    urgent: bool = False


class TellHazard(Tell, frozen=True, kw_only=True):
    """A hazard as it is to stand; without an id it is a new one."""

    hazard: str | None = None
    based_on: tuple[str, ...] = ()
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


def tell_sector(_state: None, request: TellSector, context: Context) -> Sequence[Draft] | Refused:
    """A version of a sector."""
    name = " ".join(request.name.split())
    if not name:
        return Refused(
            code="sector_unnamed",
            says="The sector has no name.",
            try_instead="Write what it is called over the radio.",
        )
    what = _said(request.what)
    body = SectorTold(
        sector=request.sector or context.new_id(),
        based_on=list(request.based_on),
        name=name,
        leader=" ".join(request.leader.split()),
        what_of=None if what else request.what_of,
        ended=request.ended,
        assigned=request.assigned,
    )
    return [_draft(request, context, body, {"what": what} if what else {})]


def tell_task(_state: None, request: TellTask, context: Context) -> Sequence[Draft] | Refused:
    """A version of a task."""
    text = _said(request.text)
    if text is None and request.text_of is None:
        return Refused(
            code="task_empty",
            says="It does not say what is to be done.",
            try_instead="Write the task, then send it again.",
        )
    body = TaskTold(
        task=request.task or context.new_id(),
        based_on=list(request.based_on),
        text_of=None if text else request.text_of,
        sector=request.sector,
        unit=request.unit,
        state=request.state.value,
        urgent=request.urgent,
        assigned=request.assigned,
    )
    return [_draft(request, context, body, {"text": text} if text else {})]


def tell_hazard(_state: None, request: TellHazard, context: Context) -> Sequence[Draft] | Refused:
    """A version of a hazard; where it is may be left out, that there is one may not wait."""
    where = _said(request.where)
    body = HazardTold(
        hazard=request.hazard or context.new_id(),
        based_on=list(request.based_on),
        kind=request.kind,
        where_of=None if where else request.where_of,
        over=request.over,
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
