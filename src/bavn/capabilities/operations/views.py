# SPDX-License-Identifier: Apache-2.0
"""The service's own board of incidents, and the picture that everyone shares."""

from bavn.capabilities.operations.facts import IncidentClosed, IncidentNoted, IncidentReported
from bavn.capabilities.operations.model import IncidentState
from bavn.journal.fact import Fact
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import ms_of

_KNOWN_TO_ALL = (
    Column("incident_type", optional=True),
    Column("municipality", optional=True),
    Column("latitude", Sort.REAL, optional=True),
    Column("longitude", Sort.REAL, optional=True),
    Column("state"),
    Column("reported_at_ms", Sort.INTEGER),
    Column("closed_at_ms", Sort.INTEGER, optional=True),
    Column("last_fact"),
)


def _begun(fact: Fact) -> Row:
    """What stands on the board when the report itself has not been heard, or was struck."""
    return {
        "state": IncidentState.OPEN.value,
        "reported_at_ms": ms_of(fact.happened_at),
        "last_fact": fact.id,
    }


def _reported(rows: SubjectRows, body: IncidentReported, fact: Fact) -> None:
    row = rows.get() or _begun(fact)
    told = {
        "incident_type": body.incident_type,
        "municipality": body.municipality,
        "latitude": body.latitude,
        "longitude": body.longitude,
    }
    # A later report of the same incident adds to what is known; what it leaves out still holds.
    known = {name: value for name, value in told.items() if value is not None}
    state: Row = {
        "state": IncidentState.OPEN.value,
        "closed_at_ms": None,
        "last_fact": fact.id,
    }
    rows.put({**row, **known, **state})


def _closed(rows: SubjectRows, _body: IncidentClosed, fact: Fact) -> None:
    row = rows.get() or _begun(fact)
    state: Row = {
        "state": IncidentState.CLOSED.value,
        "closed_at_ms": ms_of(fact.happened_at),
        "last_fact": fact.id,
    }
    rows.put({**row, **state})


def _noted(rows: SubjectRows, _body: IncidentNoted, fact: Fact) -> None:
    row = rows.get() or _begun(fact)
    count = row.get("note_count") or 0
    assert isinstance(count, int)
    rows.put({**row, "note_count": count + 1, "last_fact": fact.id})


INCIDENT_BOARD = View(
    name="incident_board",
    version=1,
    about="incident",
    scope=Scope.OWN,
    columns=(*_KNOWN_TO_ALL, Column("note_count", Sort.INTEGER, optional=True)),
    folds={IncidentReported: _reported, IncidentNoted: _noted, IncidentClosed: _closed},
    indexes=(("state",),),
)
INCIDENT_PICTURE = View(
    name="incident_picture",
    version=1,
    about="incident",
    scope=Scope.NATION,
    columns=_KNOWN_TO_ALL,
    folds={IncidentReported: _reported, IncidentClosed: _closed},
    indexes=(("state",),),
)
VIEWS = (INCIDENT_BOARD, INCIDENT_PICTURE)
