# SPDX-License-Identifier: Apache-2.0
"""Dated rows that all may read, and an organisation's own lists.

A dated view has a row for each day from which something holds; an open beginning is an empty text,
which comes before all days.
"""

import msgspec

from bavn.capabilities.organisation.facts import (
    AreaDescribed,
    ChangePlanned,
    DatedFact,
    ImportApplied,
    ImportConfirmed,
    ImportFaulted,
    ImportKept,
    ImportRead,
    ImportReceived,
    ImportRejected,
    MunicipalityCovered,
    PersonEnrolled,
    PickListSet,
    ServiceDescribed,
    ServicePlaced,
    ServicesMerged,
    ServiceSplit,
    StaffingCounted,
    StationDescribed,
    UnitDescribed,
)
from bavn.capabilities.organisation.model.dated import row_of
from bavn.capabilities.organisation.model.settling import ImportState, Part
from bavn.journal.fact import Fact, Sealed
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import ms_of

_INTEGER, _REAL = Sort.INTEGER, Sort.REAL


def _put_dated(rows: SubjectRows, body: DatedFact, fact: Fact) -> None:
    rows.put(row_of(body, fact.id))


def _dated(
    name: str,
    about: str,
    body: type[DatedFact],
    *columns: Column,
    scope: Scope = Scope.NATION,
    key: tuple[str, ...] = (),
) -> View:
    dates = (
        Column("valid_from"),
        Column("valid_to", optional=True),
        Column("basis"),
        Column("source"),
        Column("fact"),
    )
    return View(
        name=name,
        version=1,
        about=about,
        scope=scope,
        columns=(*columns, *dates),
        key=(*key, "valid_from"),
        folds={body: _put_dated},
    )


AREA = _dated("org_area", "area", AreaDescribed, Column("name"), Column("centre"))
SERVICE = _dated(
    "org_service",
    "service",
    ServiceDescribed,
    *(Column("name"), Column("form"), Column("headquarters")),
)
PLACEMENT = _dated("org_placement", "service", ServicePlaced)
MEMBERSHIP = _dated("org_membership", "municipality", MunicipalityCovered, Column("service"))
STATION = _dated(
    "org_station",
    "station",
    StationDescribed,
    *(Column("name"), Column("municipality"), Column("lat", _REAL), Column("lon", _REAL)),
    *(Column("place_basis"), Column("crewing"), Column("capabilities")),
)
UNIT = _dated(
    "org_unit",
    "unit",
    UnitDescribed,
    *(Column("type"), Column("callsign"), Column("station"), Column("crew", _INTEGER)),
    Column("capabilities"),
)
PICK_LIST = _dated("org_pick_list", "pick_list", PickListSet, Column("needs"))
STAFFING = _dated(
    "org_staffing",
    "staffing",
    StaffingCounted,
    *(Column("employment"), Column("count", _INTEGER)),
    scope=Scope.OWN,
    key=("employment",),
)
PERSON = _dated(
    "org_person",
    "person",
    PersonEnrolled,
    *(Column("function"), Column("employment"), Column("station"), Column("name", optional=True)),
    scope=Scope.OWN,
)

# Changes


def _planned(rows: SubjectRows, body: ChangePlanned, fact: Fact) -> None:
    rows.put(
        {
            "state": "planned",
            "services": msgspec.json.encode(body.services).decode(),
            "into_services": msgspec.json.encode([body.into]).decode(),
            "name": body.name,
            "on_day": body.on.isoformat(),
            "basis": body.basis,
            "source": body.source,
            "fact": fact.id,
        }
    )


def _decided(rows: SubjectRows, body: ServicesMerged | ServiceSplit, fact: Fact) -> None:
    merged = isinstance(body, ServicesMerged)
    services = body.services if isinstance(body, ServicesMerged) else (body.service,)
    into = (body.into,) if isinstance(body, ServicesMerged) else body.into
    rows.put(
        {
            "state": "merged" if merged else "split",
            "services": msgspec.json.encode(services).decode(),
            "into_services": msgspec.json.encode(into).decode(),
            "name": str((rows.get() or {}).get("name") or ""),
            "on_day": body.on.isoformat(),
            "basis": body.ground,
            "source": "",
            "fact": fact.id,
        }
    )


CHANGE = View(
    name="org_change",
    version=1,
    about="change",
    scope=Scope.NATION,
    columns=(
        *(
            Column("state"),
            Column("services"),
            Column("into_services"),
            Column("name"),
            Column("on_day"),
        ),
        *(Column("basis"), Column("source"), Column("fact")),
    ),
    folds={ChangePlanned: _planned, ServicesMerged: _decided, ServiceSplit: _decided},
)

# Lists that wait to be confirmed


def _received(rows: SubjectRows, body: ImportReceived, fact: Fact) -> None:
    rows.put(
        {
            "what": body.what,
            "format": body.format,
            "on_day": body.on.isoformat(),
            "row_count": body.row_count,
            "problem_count": body.problem_count,
            "piece_count": body.piece_count,
            "digest": body.digest,
            "state": ImportState.RECEIVED.value,
            "received_at_ms": ms_of(fact.happened_at),
            "received_by": fact.by.function,
            "applied_count": 0,
            "to_apply": 0,
            "fact": fact.id,
        }
    )


def _settled(rows: SubjectRows, fact: Fact, changes: Row) -> None:
    row = rows.get()
    if row is not None:
        rows.put({**row, "settled_at_ms": ms_of(fact.happened_at), **changes})


def _confirmed(rows: SubjectRows, body: ImportConfirmed, fact: Fact) -> None:
    changes: Row = {
        "state": ImportState.CONFIRMED.value,
        "settled_by": body.confirmer,
        "basis": body.basis,
        "to_apply": body.piece_count + body.removal_count,
    }
    _settled(rows, fact, changes)


def _rejected(rows: SubjectRows, body: ImportRejected, fact: Fact) -> None:
    reason = None if body.reason is None else msgspec.json.encode(body.reason).decode()
    changes: Row = {"settled_by": body.rejecter, "reason": reason}
    _settled(rows, fact, {"state": ImportState.REJECTED.value, **changes})


def _applied(rows: SubjectRows, _body: ImportApplied, _fact: Fact) -> None:
    row = rows.get()
    if row is not None:
        count = row["applied_count"]
        assert isinstance(count, int)
        rows.put({**row, "applied_count": count + 1})


IMPORT = View(
    name="org_import",
    version=1,
    about="import",
    scope=Scope.OWN,
    columns=(
        *(Column("what"), Column("format"), Column("on_day"), Column("row_count", _INTEGER)),
        *(Column("problem_count", _INTEGER), Column("piece_count", _INTEGER), Column("digest")),
        *(Column("state"), Column("received_at_ms", _INTEGER), Column("received_by")),
        *(Column("settled_at_ms", _INTEGER, optional=True), Column("settled_by", optional=True)),
        *(Column("basis", optional=True), Column("reason", optional=True)),
        *(Column("applied_count", _INTEGER), Column("to_apply", _INTEGER), Column("fact")),
    ),
    folds={
        ImportReceived: _received,
        ImportConfirmed: _confirmed,
        ImportRejected: _rejected,
        ImportApplied: _applied,
    },
)


def _piece(rows: SubjectRows, part: Part, number: int, content: object) -> None:
    text = msgspec.json.encode(content).decode()
    rows.put({"part": part.value, "piece": number, "content": text})


def _kept(rows: SubjectRows, body: ImportKept, _fact: Fact) -> None:
    sealed: Sealed | None = body.content
    _piece(rows, Part.KEPT, body.piece, sealed)


def _read(rows: SubjectRows, body: ImportRead, _fact: Fact) -> None:
    _piece(rows, Part.ROWS, body.piece, body.rows)


def _faulted(rows: SubjectRows, body: ImportFaulted, _fact: Fact) -> None:
    _piece(rows, Part.PROBLEMS, body.piece, body.problems)


IMPORT_PIECE = View(
    name="org_import_piece",
    version=1,
    about="import",
    scope=Scope.OWN,
    columns=(Column("part"), Column("piece", _INTEGER), Column("content")),
    key=("part", "piece"),
    folds={ImportKept: _kept, ImportRead: _read, ImportFaulted: _faulted},
)
VIEWS = (
    *(AREA, SERVICE, PLACEMENT, MEMBERSHIP, CHANGE, STATION, UNIT, PICK_LIST),
    *(STAFFING, PERSON, IMPORT, IMPORT_PIECE),
)
