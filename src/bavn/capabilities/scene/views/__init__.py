# SPDX-License-Identifier: Apache-2.0
"""All versions of what is on the board, who was put where, and each measuring of the wind."""

import msgspec

from bavn.capabilities.scene.facts import (
    HazardTold,
    SectorTold,
    TaskTold,
    UnitPlaced,
    WindMeasured,
)
from bavn.capabilities.scene.model.board import HazardSaid, SectorSaid, TaskSaid
from bavn.journal.fact import Fact, Sealed
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import ms_of

SECTOR, TASK, HAZARD = "sector", "task", "hazard"
TELLS = SectorTold | TaskTold | HazardTold


def content_of(body: TELLS, fact: str) -> SectorSaid | TaskSaid | HazardSaid:
    """A version as it can be compared; its text stands in itself, or in an earlier one."""
    match body:
        case SectorTold():
            return SectorSaid(
                name=body.name,
                leader=body.leader,
                what_in=fact if body.what is not None else body.what_of,
                ended=body.ended,
            )
        case TaskTold():
            return TaskSaid(
                text_in=fact if body.text is not None else body.text_of,
                sector=body.sector,
                unit=body.unit,
                state=body.state,
                urgent=body.urgent,
            )
        case HazardTold():
            return HazardSaid(
                kind=body.kind,
                where_in=fact if body.where is not None else body.where_of,
                over=body.over,
            )


def named_in(body: TELLS) -> tuple[str, str, Sealed | None]:
    """What sort of thing a version is of, which one, and its own text."""
    match body:
        case SectorTold():
            return SECTOR, body.sector, body.what
        case TaskTold():
            return TASK, body.task, body.text
        case HazardTold():
            return HAZARD, body.hazard, body.where


def _told(rows: SubjectRows, body: TELLS, fact: Fact) -> None:
    sort, thing, text = named_in(body)
    row: Row = {
        "fact": fact.id,
        "sort": sort,
        "thing": thing,
        "based_on": " ".join(body.based_on),
        "content": msgspec.json.encode(content_of(body, fact.id)).decode(),
        "at_ms": ms_of(fact.happened_at),
        "told_on": fact.happened_at.date().isoformat(),
        "function": fact.by.function,
        "organisation": fact.by.organisation,
        "assigned": int(body.assigned),
        "ref": "" if fact.sender is None else fact.sender.ref,
        "sealed": None if text is None else text.sealed,
        "sealed_key": None if text is None else text.key,
    }
    rows.put(row)


def _placed(rows: SubjectRows, body: UnitPlaced, fact: Fact) -> None:
    at_ms = ms_of(fact.happened_at)
    rows.put({"fact": fact.id, "unit": body.unit, "sector": body.sector, "at_ms": at_ms})


def _measured(rows: SubjectRows, body: WindMeasured, fact: Fact) -> None:
    rows.put(
        {
            "fact": fact.id,
            "from_deg": body.from_deg,
            "speed_m_s": body.speed_m_s,
            "at_ms": ms_of(fact.happened_at),
            "function": fact.by.function,
        }
    )


VERSIONS = View(
    name="scene_versions",
    version=1,
    about="incident",
    scope=Scope.TO,
    columns=(
        Column("fact"),
        Column("sort"),
        Column("thing"),
        # The versions that its writer had seen, with blanks between.
        Column("based_on"),
        Column("content"),
        Column("at_ms", Sort.INTEGER),
        # The day (UTC) by which the centre's board finds what nobody has settled.
        Column("told_on"),
        Column("function"),
        Column("organisation"),
        Column("assigned", Sort.INTEGER),
        # Its sender's own number of it: whoever goes on before it has come back names that.
        Column("ref"),
        Column("sealed", optional=True),
        Column("sealed_key", optional=True),
    ),
    key=("fact",),
    folds={SectorTold: _told, TaskTold: _told, HazardTold: _told},
    indexes=(("subject",), ("told_on",)),
)
PLACED = View(
    name="scene_placed",
    version=1,
    about="incident",
    scope=Scope.TO,
    columns=(
        Column("fact"),
        Column("unit"),
        Column("sector", optional=True),
        Column("at_ms", Sort.INTEGER),
    ),
    key=("fact",),
    folds={UnitPlaced: _placed},
    indexes=(("subject",),),
)
WIND = View(
    name="scene_wind",
    version=1,
    about="incident",
    scope=Scope.TO,
    columns=(
        Column("fact"),
        Column("from_deg", Sort.INTEGER),
        Column("speed_m_s", Sort.REAL),
        Column("at_ms", Sort.INTEGER),
        Column("function"),
    ),
    key=("fact",),
    folds={WindMeasured: _measured},
    indexes=(("subject",),),
)
VIEWS = (VERSIONS, PLACED, WIND)
