# SPDX-License-Identifier: Apache-2.0
"""The service's own board of incidents, the picture that everyone shares, and where units stand."""

from bavn.capabilities.operations.facts import (
    IncidentClosed,
    IncidentCorrected,
    IncidentDescribed,
    IncidentNoted,
    IncidentReported,
    UnitStatusChanged,
)
from bavn.capabilities.operations.model.incident import IncidentState
from bavn.capabilities.operations.model.unit import ON_TASK, status_in
from bavn.journal.fact import Fact
from bavn.journal.kinds import Struck
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.hybrid_clock import Tick
from bavn.kernel.instants import ms_of

_KNOWN_TO_ALL = (
    Column("incident_type", optional=True),
    Column("municipality", optional=True),
    Column("latitude", Sort.REAL, optional=True),
    Column("longitude", Sort.REAL, optional=True),
    Column("urgency", optional=True),
    Column("area", optional=True),
    Column("owner_by", optional=True),
    Column("place_by", optional=True),
    Column("state"),
    Column("outcome", optional=True),
    Column("reported_at_ms", Sort.INTEGER),
    # The day of it (UTC), by which lists are read from the newest on.
    Column("reported_on"),
    Column("closed_at_ms", Sort.INTEGER, optional=True),
    Column("changed_at_ms", Sort.INTEGER),
    Column("last_fact"),
)


def _begun(fact: Fact) -> Row:
    """What stands on the board when the report itself has not been heard, or was struck."""
    return {
        "state": IncidentState.OPEN.value,
        "reported_at_ms": ms_of(fact.happened_at),
        "reported_on": fact.happened_at.date().isoformat(),
    }


def _touched(fact: Fact) -> Row:
    return {"last_fact": fact.id, "changed_at_ms": Tick.parse(fact.recorded_at).ms}


def _said(body: IncidentReported | IncidentCorrected) -> Row:
    told = {
        "incident_type": body.incident_type,
        "municipality": body.municipality,
        "latitude": body.latitude,
        "longitude": body.longitude,
        "urgency": body.urgency,
    }
    # A later word adds to what is known; what it leaves out still holds.
    said: Row = {name: value for name, value in told.items() if value is not None}
    if body.latitude is not None:
        # A place that was told takes the place of one that only stood for it.
        said["place_by"] = body.place_by if isinstance(body, IncidentReported) else None
    return said


def _reported(rows: SubjectRows, body: IncidentReported, fact: Fact) -> None:
    row = rows.get() or _begun(fact)
    state: Row = {"state": IncidentState.OPEN.value, "closed_at_ms": None, "outcome": None}
    if body.area is not None:
        state |= {"area": body.area, "owner_by": body.owner_by}
    rows.put({**row, **_said(body), **state, **_touched(fact)})


def _corrected(rows: SubjectRows, body: IncidentCorrected, fact: Fact) -> None:
    row = rows.get() or _begun(fact)
    rows.put({**row, **_said(body), **_touched(fact)})


def _closed(rows: SubjectRows, body: IncidentClosed, fact: Fact) -> None:
    row = rows.get() or _begun(fact)
    state: Row = {
        "state": IncidentState.CLOSED.value,
        "closed_at_ms": ms_of(fact.happened_at),
        "outcome": body.outcome,
    }
    rows.put({**row, **state, **_touched(fact)})


def _noted(rows: SubjectRows, _body: IncidentNoted, fact: Fact) -> None:
    row = rows.get() or _begun(fact)
    count = row.get("note_count") or 0
    assert isinstance(count, int)
    rows.put({**row, "note_count": count + 1, **_touched(fact)})


def _described(rows: SubjectRows, body: IncidentDescribed, fact: Fact) -> None:
    row = rows.get() or {"state": IncidentState.OPEN.value}
    told = {"latitude": body.latitude, "longitude": body.longitude}
    place = {name: value for name, value in told.items() if value is not None}
    rows.put({**row, **place, **_touched(fact)})


def _over(rows: SubjectRows, _body: IncidentClosed, fact: Fact) -> None:
    rows.put({**(rows.get() or {}), "state": IncidentState.CLOSED.value, **_touched(fact)})


def _traced(rows: SubjectRows, _body: object, fact: Fact) -> None:
    rows.put({"last_fact": fact.id})


def _stands(rows: SubjectRows, body: UnitStatusChanged, fact: Fact) -> None:
    row, at_ms = rows.get(), ms_of(fact.happened_at)
    before = row["status_at_ms"] if row is not None else None
    if row is not None and isinstance(before, int) and at_ms < before:
        # Heard late: it is history, and not where the unit stands.
        rows.put({**row, **_touched(fact)})
        return
    is_on_task = status_in(body.status) in ON_TASK
    rows.put(
        {
            "status": body.status,
            "status_at_ms": at_ms,
            "incident": body.incident if is_on_task else None,
            "flags": " ".join(body.flags),
            **_touched(fact),
        }
    )


def _told_at(rows: SubjectRows, body: UnitStatusChanged, fact: Fact) -> None:
    unit = next((each for each in fact.about if each.startswith("unit:")), None)
    if unit is not None:
        at_ms, flags = ms_of(fact.happened_at), " ".join(body.flags)
        rows.put(
            {
                "unit": unit.removeprefix("unit:"),
                "fact": fact.id,
                "status": body.status,
                "at_ms": at_ms,
                "flags": flags,
            }
        )


INCIDENT_BOARD = View(
    name="incident_board",
    version=3,
    about="incident",
    scope=Scope.OWN,
    columns=(*_KNOWN_TO_ALL, Column("note_count", Sort.INTEGER, optional=True)),
    folds={
        IncidentReported: _reported,
        IncidentCorrected: _corrected,
        IncidentNoted: _noted,
        IncidentClosed: _closed,
    },
    indexes=(("state",),),
)
INCIDENT_PICTURE = View(
    name="incident_picture",
    version=3,
    about="incident",
    scope=Scope.NATION,
    columns=_KNOWN_TO_ALL,
    folds={
        IncidentReported: _reported,
        IncidentCorrected: _corrected,
        IncidentClosed: _closed,
    },
    indexes=(("state", "reported_on"), ("reported_on",), ("subject",)),
)
# For the owner and for its area's centre; each has a row of its own.
INCIDENT_DETAILS = View(
    name="incident_details",
    version=1,
    about="incident",
    scope=Scope.TO,
    columns=(
        Column("latitude", Sort.REAL, optional=True),
        Column("longitude", Sort.REAL, optional=True),
        Column("state"),
        Column("changed_at_ms", Sort.INTEGER),
        Column("last_fact"),
    ),
    folds={IncidentDescribed: _described, IncidentClosed: _over},
    indexes=(("subject",), ("state",)),
)
# Who has ever told everyone something of an incident, struck or not: it is how "why?" is answered
# when nothing of it stands any more.
INCIDENT_TRACE = View(
    name="incident_trace",
    version=1,
    about="incident",
    scope=Scope.NATION,
    columns=(Column("last_fact"),),
    folds=dict.fromkeys(
        (IncidentReported, IncidentCorrected, IncidentClosed, UnitStatusChanged, Struck), _traced
    ),
    indexes=(("subject",),),
)
UNIT_PICTURE = View(
    name="unit_picture",
    version=1,
    about="unit",
    scope=Scope.NATION,
    columns=(
        Column("status"),
        Column("status_at_ms", Sort.INTEGER),
        Column("incident", optional=True),
        Column("flags"),
        Column("changed_at_ms", Sort.INTEGER),
        Column("last_fact"),
    ),
    folds={UnitStatusChanged: _stands},
    indexes=(("incident",), ("subject",)),
)
# Every word of every unit about an incident: what the intervals are measured by.
UNIT_WORDS = View(
    name="incident_unit_words",
    version=1,
    about="incident",
    scope=Scope.NATION,
    columns=(
        Column("unit"),
        Column("fact"),
        Column("status"),
        Column("at_ms", Sort.INTEGER),
        Column("flags"),
    ),
    key=("unit", "fact"),
    folds={UnitStatusChanged: _told_at},
    indexes=(("subject",),),
)
VIEWS = (
    INCIDENT_BOARD,
    INCIDENT_PICTURE,
    INCIDENT_DETAILS,
    INCIDENT_TRACE,
    UNIT_PICTURE,
    UNIT_WORDS,
)
